"""Request and response of ``POST /api/v1/design/section`` (contract v1)."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from serving.schemas.base import RequestModel, Words
from structural.problems.section_optimizer.request import (
    COLUMNS,
    DESIGN_CODES,
    END_CONDITIONS,
    GRADES,
    MEMBER_TYPES,
    METHODS,
)

_COLUMN = {column.name: column for column in COLUMNS}


def _bounded(name: str, default: Any, text: str) -> Any:
    column = _COLUMN[name]
    unit = "" if column.unit == "1" else f" ({column.unit})"
    return Field(default, ge=column.minimum, le=column.maximum, description=f"{text}{unit}")


class Request(RequestModel):
    """A member to be sized: the lightest W shape is wanted.

    Loads are service loads; the member's own weight is added. Left-out fields take the defaults of their description.
    Words are read in any case and with any separators.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "member_type": "beam",
                "span_feet": 40,
                "tributary_load_psf": 150,
                "design_code": "AISC 360-22",
            }
        },
    )

    member_type: Annotated[str, Words(MEMBER_TYPES)] = Field(
        description="beam, girder (uniform load psf x width), column (axial psf x width squared), brace (axial psf x "
        "width x length) or beam_column (uniform load and axial load)"
    )
    span_feet: float = _bounded("span_feet", ..., "span or length of the member")
    tributary_load_psf: float = _bounded("tributary_load_psf", ..., "service load, dead and live, without self-weight")
    design_code: Annotated[str, Words(DESIGN_CODES)] = Field(description="design code")
    tributary_width_ft: float | None = _bounded(
        "tributary_width_ft", None, "tributary width; left out: beam 10, girder 30, column 30, brace and beam_column 15"
    )
    unbraced_length_ft: float | None = _bounded(
        "unbraced_length_ft",
        None,
        "unbraced length of the compression flange and the weak axis; left out: beam 0 (deck) or span/4 with fixed "
        "ends, girder span/3, cantilevers and other members the whole length",
    )
    end_condition: Annotated[str, Words(END_CONDITIONS)] | None = Field(
        None,
        description="restraint of the ends, left out: pinned-pinned. Sets moments, deflections and the effective "
        "length factor K 1.0, 0.80, 0.65, 2.10 in this order",
    )
    axial_load_kips: float | None = _bounded(
        "axial_load_kips",
        None,
        "service axial compression on top of what the tributary area brings to a column or brace; the axial load of a "
        "beam_column; left out: 0, for a beam_column psf x width squared",
    )
    live_load_share: float | None = _bounded("live_load_share", None, "live share of the service load; left out: 0.5")
    live_deflection_limit: float | None = _bounded(
        "live_deflection_limit", None, "n of the live-load deflection limit span/n; left out: 360"
    )
    total_deflection_limit: float | None = _bounded(
        "total_deflection_limit", None, "n of the dead-plus-live deflection limit span/n; left out: 240"
    )
    steel_grade: Annotated[str, Words(GRADES)] | None = Field(
        None, description="ASTM grade of the shape, for example A992 (left out) or 'ASTM A572 Gr. 50'"
    )
    depth_limit_in: float | None = _bounded("depth_limit_in", None, "largest depth; left out: no limit")
    camber_in: float | None = _bounded(
        "camber_in", None, "camber, taken off the total deflection up to the dead-load part of it; left out: 0"
    )
    design_method: Annotated[str, Words(METHODS)] | None = Field(None, description="LRFD (left out) or ASD")

    @field_validator("unbraced_length_ft")
    @classmethod
    def _within_the_span(cls, value: float | None, info: ValidationInfo) -> float | None:
        span = info.data.get("span_feet")  # absent where it was refused itself
        if value is not None and span is not None and value > span:
            raise ValueError(f"must not exceed span_feet ({span:g})")
        return value


class Alternative(BaseModel):
    """A heavier section that passes too."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    section: str = Field(description="name, for example W24×62")
    weight_per_foot: float = Field(description="weight (lb/ft)")
    depth: float = Field(description="depth (in)")
    utilization_ratio: float = Field(description="largest demand over capacity")


class Response(BaseModel):
    """The section, its properties (AISC Shapes Database v16.0) and what governs it."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, protected_namespaces=())

    recommended_section: str = Field(description="lightest W shape that passes every check, for example W27×194")
    depth: float = Field(description="depth (in)")
    area: float = Field(description="area (in2)")
    weight_per_foot: float = Field(description="weight (lb/ft)")
    ix: float = Field(description="moment of inertia about the strong axis (in4)")
    iy: float = Field(description="moment of inertia about the weak axis (in4)")
    confidence: float = Field(ge=0, le=1, description="calibrated probability that the model's own section is the best")
    utilization_ratio: float = Field(description="largest demand over capacity, at most 1")
    verified: bool = Field(description="the engine checked this section against every limit state below")
    governing_limit_state: str = Field(description="limit state of the utilization ratio")
    clause: str = Field(description="clause of that limit state")
    limit_states: dict[str, float] = Field(description="demand over capacity of every limit state that applies")
    model_section: str = Field(description="what the model proposed before the proof")
    alternatives: list[Alternative] = Field(description="the next heavier sections that pass")
    assumptions: list[str] = Field(
        description="the value taken for each optional field that was left out and matters for this member, as "
        "'name = value' in the unit of the field, for example 'tributary_width_ft = 10'"
    )
    model_version: str = Field("", description="version of the model that answered")
    prediction_id: str = Field("", description="names this answer, for feedback on it")
    request_id: str = Field("", description="the caller's x-request-id, else one made here")
