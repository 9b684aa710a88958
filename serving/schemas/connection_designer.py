"""Public request and response of the connection designer, contract version 1. Lengths in in., forces in kip."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

BoltGrade = Literal["A307", "A325", "F1852", "F3148", "A490", "F2280"]
HoleType = Literal["standard", "oversized", "short_slot", "long_slot"]
LoadCharacter = Literal["static", "reversing", "fatigue", "seismic", "slip_not_tolerated"]
JointType = Literal["lap_splice", "beam_to_girder_web", "beam_to_column_flange", "beam_to_column_web"]


class Request(BaseModel):
    """A load and the bolts one has in mind for it. What is not given takes the documented default."""

    model_config = ConfigDict(
        extra="forbid",
        allow_inf_nan=False,
        protected_namespaces=(),
        json_schema_extra={
            "example": {
                "bolt_diameter": 1.0,
                "bolt_count": 8,
                "bolt_grade": "A325",
                "tributary_load_kips": 250,
            }
        },
    )

    bolt_diameter: float = Field(ge=0.5, le=1.5, description="nominal diameter, in.: 1/2 to 1-1/2 in eighths")
    bolt_count: int = Field(
        ge=2,
        le=24,
        description="bolts in the connection; in a double angle those through the beam web, as many again a leg",
    )
    bolt_grade: BoltGrade = Field(description="ASTM A307, F3125 grade, or F3148")
    tributary_load_kips: float = Field(
        ge=0.1, le=20_000, description="required strength, kip: factored for LRFD, service for ASD"
    )
    design_method: Literal["LRFD", "ASD"] = Field("LRFD", description="LRFD or ASD")
    thread_condition: Literal["X", "N"] = Field("X", description="threads excluded from (X) or in (N) the shear planes")
    shear_planes: int = Field(1, ge=1, le=2, description="shear planes of a lap splice; beam families have their own")
    hole_type: HoleType = Field("standard", description="hole of Table J3.3; slots lie across the load")
    faying_surface: Literal["A", "B"] = Field("A", description="slip class of the faying surfaces (J3.9)")
    load_character: LoadCharacter = Field(
        "static",
        description="static; reversing and seismic need pretensioned bolts; fatigue and slip_not_tolerated need "
        "slip-critical ones, and fatigue bars load-carrying welds",
    )
    joint_type: JointType = Field("lap_splice", description="what is joined to what")
    supported_member: str | None = Field(
        None, max_length=32, description="supported beam, a W shape; default W24X76; not used in a lap splice"
    )
    supporting_member: str | None = Field(
        None, max_length=32, description="girder or column, a W shape; default W27X84 or W14X90"
    )
    ply_thickness_in: float | None = Field(
        None, ge=0.1875, le=3.0, description="plies, plate or angles, in.; default d (lap splice) or d/2 (beam)"
    )
    ply_grade: Literal["A572-50", "A36"] = Field("A572-50", description="steel of plies, plates and angles")
    ply_width_in: float | None = Field(
        None, ge=1.0, le=100.0, description="width of the plies of a lap splice, in.; default the Whitmore width"
    )
    edge_distance_in: float | None = Field(
        None, ge=0.5, le=12.0, description="centre of the end bolt to the free edge, in.; default 1.5 d"
    )
    spacing_in: float | None = Field(None, ge=1.0, le=12.0, description="centre to centre of bolts, in.; default 3 d")
    eccentricity_in: float = Field(
        0.0, ge=0.0, le=60.0, description="load from the bolt group (lap splice) or beyond the support (beam), in."
    )
    weld_electrode: Literal["E70", "E60", "E80"] = Field("E70", description="filler metal classification strength")


class Alternative(BaseModel):
    """Another family that carries the load."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    connection_type: str
    capacity_kips: float = Field(ge=0, description="available strength, kip")
    cost_usd: float = Field(ge=0, description="made and erected, USD")
    utilization_ratio: float = Field(ge=0, description="load over available strength")
    governing_limit_state: str
    clause: str


class NotPermitted(BaseModel):
    """A family that a rule bars from this joint."""

    model_config = ConfigDict(extra="forbid")

    connection_type: str
    clause: str
    reason: str


class Response(BaseModel):
    """The cheapest adequate connection, detailed by the engine."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, protected_namespaces=())

    connection_type: str = Field(description="family, or Inadequate when none carries the load")
    capacity_kips: float = Field(
        ge=0, description="available strength of the family, kip; for Inadequate that of the strongest family"
    )
    confidence: float = Field(ge=0, le=1, description="calibrated probability of this answer before the proof")
    slip_critical: bool = Field(description="its bolts are slip-critical (J3.9)")
    cost_usd: float = Field(ge=0, description="made and erected, USD; for Inadequate that of the strongest family")
    verified: bool = Field(description="the engine has detailed the connection")
    governing_limit_state: str
    clause: str = Field(description="ANSI/AISC 360-22 unless another document is named")
    utilization_ratio: float = Field(ge=0, description="load over available strength; above 1 when inadequate")
    alternatives: list[Alternative] = Field(description="other adequate families, cheapest first")
    not_permitted: list[NotPermitted] = Field(description="families of this kind of joint that a rule bars")
    model_proposal: str = Field(description="what the model proposed before the proof")
    overruled: bool = Field(description="the engine replaced the model's proposal")
    reason: str = Field(description="why the answer stands, in words")
    model_version: str = ""
    request_id: str = ""
