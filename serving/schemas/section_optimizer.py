"""Request and response of ``POST /api/v1/design/section``."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

MemberType = Literal["beam", "girder", "column", "brace", "beam_column"]
EndCondition = Literal["pinned-pinned", "fixed-pinned", "fixed-fixed", "fixed-free"]
SteelGrade = Literal["A992", "A36", "A529-50", "A572-50", "A588", "A913-50", "A913-65", "A913-70"]


class Request(BaseModel):
    """A member and its load. What is not given takes the documented default."""

    model_config = ConfigDict(
        extra="forbid",
        allow_inf_nan=False,
        json_schema_extra={
            "example": {
                "member_type": "beam",
                "span_feet": 40,
                "tributary_load_psf": 150,
                "design_code": "AISC 360-22",
            }
        },
    )

    member_type: MemberType = Field(description="kind of member; beam-column is accepted for beam_column")
    span_feet: float = Field(ge=3, le=120, description="span or length of the member, ft")
    tributary_load_psf: float = Field(ge=5, le=1000, description="service load on the tributary area, psf")
    design_code: Literal["AISC 360-22"] = Field("AISC 360-22", description="design code")
    tributary_width_ft: float | None = Field(
        None,
        ge=1,
        le=100,
        description="tributary width, ft; default beam 10, girder 30, column 30, brace 15, beam_column 15. A column "
        "carries psf x width^2, a brace psf x width x length",
    )
    unbraced_length_ft: float | None = Field(
        None,
        ge=0,
        le=120,
        description="unbraced length of the compression flange and of the weak axis, ft; default: beam 0 (deck), "
        "girder a third of the span, otherwise the whole length",
    )
    end_condition: EndCondition | None = Field(None, description="restraint of the ends; default pinned-pinned")
    axial_load_kips: float | None = Field(
        None,
        ge=0,
        le=10_000,
        description="service axial compression from elsewhere, kip; default 0, for a beam_column psf x width^2",
    )
    live_load_share: float | None = Field(None, ge=0, le=1, description="live share of the service load; default 0.5")
    live_deflection_limit: float | None = Field(None, ge=100, le=1200, description="n of span/n; default 360")
    total_deflection_limit: float | None = Field(None, ge=90, le=1200, description="n of span/n; default 240")
    steel_grade: SteelGrade | None = Field(None, description="ASTM grade of the shape; default A992")
    depth_limit_in: float | None = Field(None, ge=6, le=60, description="largest depth allowed, in.; default none")
    camber_in: float | None = Field(
        None, ge=0, le=6, description="camber, in., taken off the dead-load deflection; default 0"
    )
    design_method: Literal["LRFD", "ASD"] | None = Field(None, description="default LRFD")

    @field_validator("member_type", mode="before")
    @classmethod
    def _hyphen(cls, value: object) -> object:
        return value.lower().replace("-", "_") if isinstance(value, str) else value


class Alternative(BaseModel):
    """The next heavier shape that passes too."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    section: str
    weight_per_foot: float = Field(ge=0, description="lb/ft")
    utilization_ratio: float = Field(ge=0, description="largest demand over capacity")


class Response(BaseModel):
    """The lightest W shape that the engine has found adequate."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, protected_namespaces=())

    recommended_section: str = Field(description="for example W27×194")
    depth: float = Field(description="in.")
    area: float = Field(description="in2")
    weight_per_foot: float = Field(description="lb/ft")
    ix: float = Field(description="in4")
    iy: float = Field(description="in4")
    confidence: float = Field(ge=0, le=1, description="calibrated probability of this answer before the proof")
    utilization_ratio: float = Field(ge=0, le=1, description="largest demand over capacity of all limit states")
    verified: bool = Field(description="the engine has checked this section")
    governing_limit_state: str
    clause: str = Field(description="where the governing limit state stands")
    alternatives: list[Alternative] = Field(description="the next heavier shapes that pass too")
    model_proposal: str = Field(description="what the model proposed before the proof, or none")
    overruled: bool = Field(description="the engine replaced the model's proposal")
    model_version: str = ""
    request_id: str = ""
