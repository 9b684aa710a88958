"""Public request and response of the risk analyzer, contract version 1."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.schemas.base import WHOLE, RequestModel, Words
from structural.problems.risk_analyzer.reference_classes import (
    COMPLEXITIES,
    DELIVERY_METHODS,
    MARKETS,
    PROJECT_TYPE_NAMES,
    SEISMICITIES,
    SITE_CONDITIONS,
)

RiskClass = Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]

REFERENCE_NOTE = (
    "Expectation over a reference class of similar projects, not a forecast of this one; "
    "there is no engineering proof for risk."
)


class Request(RequestModel):
    """A project. An optional input that is left out is averaged over its usual distribution, never assumed.

    Words are read in any case and with any separators.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "project_type": "office_building",
                "budget_usd": 5000000,
                "schedule_months": 18,
                "complexity": "medium",
            }
        },
    )

    project_type: Annotated[str, Words(PROJECT_TYPE_NAMES)] = Field(description="reference class of the project")
    budget_usd: float = Field(ge=1e5, le=1e10, description="approved budget with contingency, US dollars")
    schedule_months: float = Field(ge=1, le=240, description="planned duration, months")
    complexity: Annotated[str, Words(COMPLEXITIES)] = Field(description="how unusual the design and the work are")
    design_class: Annotated[int, Field(ge=1, le=5), WHOLE] | None = Field(
        None, description="AACE class of the estimate, 5 concept to 1 check estimate; left out: averaged over"
    )
    delivery_method: Annotated[str, Words(DELIVERY_METHODS)] | None = Field(
        None, description="form of contract; left out: averaged over"
    )
    site_conditions: Annotated[str, Words(SITE_CONDITIONS)] | None = Field(
        None, description="ground, access and existing structures; left out: averaged over"
    )
    seismicity: Annotated[str, Words(SEISMICITIES)] | None = Field(
        None, description="seismic hazard of the site; left out: averaged over"
    )
    market: Annotated[str, Words(MARKETS)] | None = Field(
        None, description="how busy the contractors of the region are; left out: averaged over"
    )
    stories: Annotated[int, Field(ge=1, le=120), WHOLE] | None = Field(
        None, description="stories above ground; ignored for bridge, tunnel and rail; left out: averaged over"
    )
    contingency_share: float | None = Field(
        None, ge=0, le=0.4, description="contingency in the budget, ratio to the base cost; left out: averaged over"
    )


class RiskFactor(BaseModel):
    """One of the leading factors."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    factor: str = Field(description="name of the factor, for example Schedule Risk")
    probability: float = Field(ge=0, le=1, description="probability that it strikes")
    impact: RiskClass = Field(description="level of the mean overrun when it strikes, by the PMBOK scale")


class Quantiles(BaseModel):
    """Ratio of actual to planned."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    p10: float = Field(gt=0, description="one in ten projects ends below this")
    p50: float = Field(gt=0, description="median")
    p90: float = Field(gt=0, description="one in ten projects ends above this")


class Response(BaseModel):
    """The risk of the project against its reference class."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, protected_namespaces=())

    overall_risk: RiskClass = Field(description="LOW below 4, MEDIUM below 7, HIGH below 8.5, else CRITICAL")
    risk_score: float = Field(ge=0, le=10, description="expected risk score, 0 to 10")
    top_risks: list[RiskFactor] = Field(description="leading factors by probability times impact")
    confidence: float = Field(ge=0, le=1, description="calibrated probability that the class is the reference model's")
    cost_ratio: Quantiles = Field(description="final cost over budget")
    schedule_ratio: Quantiles = Field(description="actual over planned duration")
    assumptions: list[str] = Field(description="optional inputs not given, averaged over their usual distribution")
    verified: bool = Field(False, description="always false: risk has no proof")
    note: str = Field(REFERENCE_NOTE, description="what the answer means")
    model_version: str = Field("", description="version of the model that answered")
    prediction_id: str = Field("", description="names this answer, for feedback on it")
    request_id: str = Field("", description="the caller's x-request-id, else one made here")
