"""Public request and response of the compliance checker, contract version 1."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from serving.schemas.base import RequestModel, Words
from structural.code_checks.jurisdictions import (
    DEFAULT_DESIGN_CODE,
    DEFAULT_JURISDICTION,
    DESIGN_CODES,
    JURISDICTIONS,
)
from structural.problems.compliance_checker.segments import MAX_ENTRIES, MAX_TEXT, document_problem

StatusName = Literal["pass", "fail", "advisory", "not_applicable", "missing_input"]

_EXAMPLE: dict[str, JsonValue] = {
    "member": "W18x50 A992",
    "span": "30 ft",
    "Lb (ft)": 10,
    "dead load": "0.45 klf",
    "live_load": "11.7 kN/m",
    "LL deflection limit": "L/360",
    "bolt dia": "3/4 in",
    "notes": '(3) 3/4" A325-N bolts in STD holes, spacing 3 in, edge distance 1-1/2 in. '
    'PL 3/8" x 4-1/2" A36, LRFD design',
}


def _usable(value: Any) -> Any:
    """Refuse what cannot be read: depth, count, lengths, numbers that are not finite, other types."""
    problem = document_problem(value)
    if problem:
        raise ValueError(problem)
    return value


class Request(RequestModel):
    """A design to check: any keys, any units, free notes."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"design_parameters": _EXAMPLE, "design_code": "AISC 360-22", "jurisdiction": "US-NY"}
        },
    )

    design_parameters: Annotated[dict[str, Any], BeforeValidator(_usable)] = Field(
        min_length=1,
        description="the design as free key-value pairs and notes, any spelling, any units; at most "
        f"{MAX_ENTRIES} entries, texts of at most {MAX_TEXT} characters",
    )
    design_code: Annotated[str, Words(DESIGN_CODES)] = Field(
        DEFAULT_DESIGN_CODE, description="edition that the design names; the rules are those of AISC 360-22"
    )
    jurisdiction: Annotated[str, Words(JURISDICTIONS)] = Field(
        DEFAULT_JURISDICTION, description="key of the place, for example US-NY"
    )


class CheckResult(BaseModel):
    """One check. Figures are null where the check is no comparison or lacks an input."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, from_attributes=True)

    check_id: str
    title: str
    clause: str = Field(description="clause of ANSI/AISC 360-22 or of the standard named")
    core: bool = Field(description="one of the 47 core checks; the others are extended")
    demand: float | None = Field(description="required value, in unit")
    capacity: float | None = Field(description="available value with phi or Omega, in unit")
    ratio: float | None = Field(description="demand over capacity; adequate up to 1")
    unit: str = Field(description="unit of demand and capacity, 1 for pure numbers")
    status: StatusName
    formula: str = Field(description="the relation in symbols, nominal")
    factors: str = Field(description="resistance factor / safety factor")
    details: dict[str, float] = Field(description="values in between by symbol, unit in the name")
    reason: str = Field("", description="why it is not applicable, what is missing, or that there is no rule")
    confirmed: bool = Field(description="the relation was checked against a primary text")


class ReadParameter(BaseModel):
    """One value that was understood."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    parameter: str = Field(description="canonical name; the unit is in it")
    value: float | str = Field(description="value in the canonical unit")
    unit: str = Field(description="canonical unit, empty for words and pure numbers")
    source: str = Field(description="the entry or sentence it was read from")
    source_text: str = Field(description="the value as written")
    source_unit: str = Field("", description="unit it was written in")
    assumed: str = Field("", description="what was taken for granted, empty for nothing")


class NotUnderstood(BaseModel):
    """A part of the document that gave no value to any check."""

    model_config = ConfigDict(extra="forbid")

    text: str
    reason: str


class JurisdictionInfo(BaseModel):
    """What the place has adopted."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    key: str
    building_code: str
    adopted_steel_edition: str = Field(description="adopted AISC 360; empty where each city adopts its own")
    seismic_edition: str = Field(description="AISC 341 that goes with it; empty where not known")
    loads_edition: str = Field(description="ASCE 7 that goes with it; empty where not known")
    note: str = Field(description="what differs from the base case")
    effective: str = Field(description="day the code came into force, ISO; empty where not known")
    confirmed: bool = Field(description="the adoption was checked against a primary text")


class Response(BaseModel):
    """Verdict and the checks behind it.

    ``checks_passed`` counts core checks that neither fail nor lack an input, so checks that do not apply to the design
    count as passed; ``counts`` shows every status by itself.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, protected_namespaces=())

    compliant: bool = Field(description="no check fails, none lacks an input, and the document was read for certain")
    checks_passed: int = Field(ge=0, description="checks without failure or missing input")
    checks_total: int = Field(ge=0, description="core checks")
    extended_checks_passed: int = Field(ge=0, description="extended checks without failure or missing input")
    extended_checks_total: int = Field(ge=0, description="extended checks")
    confidence: float = Field(ge=0, le=1, description="calibrated probability that verdict and violations are right")
    violations: list[CheckResult] = Field(description="failed checks, worst ratio first")
    missing_input: list[CheckResult] = Field(description="checks that apply but lack an input, with what is missing")
    advisories: list[CheckResult] = Field(description="preferences and notes that are no failures")
    checks: list[CheckResult] = Field(description="all checks in order, core then extended")
    counts: dict[StatusName, int] = Field(description="number of checks by status")
    read_parameters: list[ReadParameter]
    not_understood: list[NotUnderstood]
    doubts: list[str] = Field(description="why the reading is not certain; a doubtful document is never compliant")
    jurisdiction: JurisdictionInfo
    edition_differences: list[str] = Field(
        description="AISC 360-16 against 360-22, where the design code or the adopted edition is not 360-22"
    )
    assumptions: list[str] = Field(description="defaults the checks took where the document is silent, name = value")
    design_code: str
    verified: bool = Field(description="the answer follows from the rules on values that were read for certain")
    governing_limit_state: str = Field(description="check with the largest ratio, empty for none")
    clause: str = Field(description="clause of the governing check")
    model_version: str = Field("", description="version of the model that answered")
    prediction_id: str = Field("", description="names this answer, for feedback on it")
    request_id: str = Field("", description="the caller's x-request-id, else one made here")
