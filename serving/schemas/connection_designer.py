"""Public request and response of the connection designer, contract version 1. Lengths in in., forces in kip."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from serving.schemas.base import WHOLE, RequestModel, Words
from structural.problems.connection_designer.request import (
    BOLT_GRADES,
    ELECTRODES,
    FAYING_SURFACES,
    HOLE_TYPES,
    JOINT_TYPES,
    LOAD_CHARACTERS,
    METHODS,
    PLY_GRADES,
    THREADS,
)

UTILIZATION_CAP = 1000.0
"""Utilization of a joint for which no family is permitted: it has no strength, and JSON has no infinity."""


class Request(RequestModel):
    """A load and the bolts one has in mind for it. What is not given takes the documented default.

    Words are read in any case and with any separators.
    """

    model_config = ConfigDict(
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
    bolt_count: Annotated[int, Field(ge=2, le=24), WHOLE] = Field(
        description="bolts in the connection; in a double angle those through the beam web, as many again a leg"
    )
    bolt_grade: Annotated[str, Words(BOLT_GRADES)] = Field(description="ASTM A307, F3125 grade, or F3148")
    tributary_load_kips: float = Field(
        ge=0.1, le=20_000, description="required strength, kip: factored for LRFD, service for ASD"
    )
    design_method: Annotated[str, Words(METHODS)] = Field("LRFD", description="LRFD or ASD")
    thread_condition: Annotated[str, Words(THREADS)] = Field(
        "X", description="threads excluded from (X) or in (N) the shear planes"
    )
    shear_planes: Annotated[int, Field(ge=1, le=2), WHOLE] = Field(
        1, description="shear planes of a lap splice; beam families have their own"
    )
    hole_type: Annotated[str, Words(HOLE_TYPES)] = Field(
        "standard", description="hole of Table J3.3; slots lie across the load"
    )
    faying_surface: Annotated[str, Words(FAYING_SURFACES)] = Field(
        "A", description="slip class of the faying surfaces (J3.9)"
    )
    load_character: Annotated[str, Words(LOAD_CHARACTERS)] = Field(
        "static",
        description="static; reversing and seismic need pretensioned bolts; fatigue and slip_not_tolerated need "
        "slip-critical ones, and fatigue bars load-carrying welds",
    )
    joint_type: Annotated[str, Words(JOINT_TYPES)] = Field("lap_splice", description="what is joined to what")
    supported_member: str | None = Field(
        None, max_length=32, description="supported beam, a W shape; default W24X76; not used in a lap splice"
    )
    supporting_member: str | None = Field(
        None, max_length=32, description="girder or column, a W shape; default W27X84 or W14X90"
    )
    ply_thickness_in: float | None = Field(
        None, ge=0.1875, le=3.0, description="plies, plate or angles, in.; default d (lap splice) or d/2 (beam)"
    )
    ply_grade: Annotated[str, Words(PLY_GRADES)] = Field("A572-50", description="steel of plies, plates and angles")
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
    weld_electrode: Annotated[str, Words(ELECTRODES)] = Field("E70", description="filler metal classification strength")


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
        ge=0,
        description="available strength of the family, kip; for Inadequate that of the strongest permitted family, "
        "always less than the load, and 0 where no family is permitted",
    )
    confidence: float = Field(ge=0, le=1, description="calibrated probability of this answer before the proof")
    slip_critical: bool = Field(description="its bolts are slip-critical (J3.9)")
    cost_usd: float = Field(
        ge=0,
        description="made and erected, USD; for Inadequate that of the strongest permitted family, 0 where none is",
    )
    verified: bool = Field(description="the engine has detailed the connection")
    governing_limit_state: str = Field(
        description="limit state that sets the capacity; not_permitted where rules bar every family of the joint"
    )
    clause: str = Field(description="ANSI/AISC 360-22 unless another document is named")
    utilization_ratio: float = Field(
        ge=0,
        le=UTILIZATION_CAP,
        description="load over available strength, rounded up: at most 1 when adequate, always above 1 for Inadequate, "
        f"{UTILIZATION_CAP:g} where no family is permitted or the ratio is beyond",
    )
    alternatives: list[Alternative] = Field(description="other adequate families, cheapest first")
    not_permitted: list[NotPermitted] = Field(description="families of this kind of joint that a rule bars")
    model_proposal: str = Field(description="what the model proposed before the proof")
    overruled: bool = Field(description="the engine replaced the model's proposal")
    reason: str = Field(
        description="why the answer stands, in words; where no family is permitted it names the strongest one that "
        "exists and the rule that bars it"
    )
    assumptions: list[str] = Field(
        description="the value taken for each optional field that was left out and matters for this joint, as "
        "'name = value' in the unit of the field, for example 'thread_condition = X'"
    )
    model_version: str = Field("", description="version of the model that answered")
    prediction_id: str = Field("", description="names this answer, for feedback on it")
    request_id: str = Field("", description="the caller's x-request-id, else one made here")
