"""The question: four inputs that every request has, seven that may be left out.

A missing optional input is not given a constant: the answer is then the expectation over its prior. The priors are
part of the meaning of an answer, so they stand here, beside the columns. All are assumptions of the reference model
[P], oriented at the habits noted with each.
"""

import numpy as np

from structural.problem import Column, Kind, Role
from structural.problems.risk_analyzer.reference_classes import (
    COMPLEXITIES,
    DELIVERY_METHODS,
    DESIGN_CLASSES,
    FACTORS,
    MARKETS,
    PROJECT_TYPE_NAMES,
    PROJECT_TYPES,
    SEISMICITIES,
    SITE_CONDITIONS,
)
from structural.tables import UNSPECIFIED

MIN_BUDGET_USD, MAX_BUDGET_USD = 1e5, 1e10
MIN_SCHEDULE_MONTHS, MAX_SCHEDULE_MONTHS = 1.0, 240.0
MAX_STORIES = 120.0
MAX_CONTINGENCY = 0.40
RISK_CLASSES = ("LOW", "MEDIUM", "HIGH", "CRITICAL")

CATEGORY_PRIORS = {
    # Most questions come at scheme or development stage.
    "design_class": (0.10, 0.25, 0.35, 0.20, 0.10),
    # Shares of US non-residential work by delivery method, roughly.
    "delivery_method": (0.45, 0.20, 0.30, 0.05),
    "site_conditions": (0.25, 0.55, 0.20),
    "seismicity": (0.50, 0.30, 0.20),
    "market": (0.20, 0.50, 0.30),
}
"""Prior of each optional category, in the order of its levels."""

OPTIONAL_LEVELS = {
    "design_class": DESIGN_CLASSES,
    "delivery_method": DELIVERY_METHODS,
    "site_conditions": SITE_CONDITIONS,
    "seismicity": SEISMICITIES,
    "market": MARKETS,
}
WITHOUT_STORIES = tuple(entry.name for entry in PROJECT_TYPES if entry.typical_stories == 0)
"""Types that have no stories: the input is without effect and not counted as missing."""
OPTIONAL_NUMBERS = ("stories", "contingency_share")
OPTIONAL_COLUMNS = (*OPTIONAL_LEVELS, *OPTIONAL_NUMBERS)

STORIES_LOG_SD = 0.45
"""Stories are lognormal about the typical number of the project type."""
CONTINGENCY_BY_CLASS = np.array([0.15, 0.12, 0.10, 0.075, 0.05])
"""Habit: 5-10 % at tender, 10-20 % at concept [M]; lognormal about these, by design class."""
CONTINGENCY_LOG_SD = 0.35


def _category(name: str, levels: tuple[str, ...], description: str) -> Column:
    return Column(
        name,
        Kind.CATEGORY,
        Role.QUESTION,
        "",
        description,
        categories=(*levels, UNSPECIFIED) if name in OPTIONAL_LEVELS else levels,
        optional=name in OPTIONAL_LEVELS,
    )


def _number(name: str, unit: str, description: str, bounds: tuple[float, float]) -> Column:
    return Column(name, Kind.FLOAT, Role.QUESTION, unit, description, *bounds, optional=name in OPTIONAL_NUMBERS)


def _label(name: str, unit: str, description: str, bounds: tuple[float, float]) -> Column:
    return Column(name, Kind.FLOAT, Role.LABEL, unit, description, *bounds)


QUESTION_COLUMNS = (
    _category("project_type", PROJECT_TYPE_NAMES, "reference class of the project"),
    _number("budget_usd", "USD", "approved budget with contingency", (MIN_BUDGET_USD, MAX_BUDGET_USD)),
    _number("schedule_months", "month", "planned duration", (MIN_SCHEDULE_MONTHS, MAX_SCHEDULE_MONTHS)),
    _category("complexity", COMPLEXITIES, "how unusual the design and the work are"),
    _category("design_class", DESIGN_CLASSES, "AACE class of the estimate, 5 concept to 1 check estimate"),
    _category("delivery_method", DELIVERY_METHODS, "how design and construction are contracted"),
    _category("site_conditions", SITE_CONDITIONS, "ground, access and existing structures"),
    _category("seismicity", SEISMICITIES, "seismic hazard of the site"),
    _category("market", MARKETS, "how busy the contractors and suppliers of the region are"),
    _number("stories", "1", "stories above ground; without effect for bridges, tunnels and rail", (1, MAX_STORIES)),
    _number("contingency_share", "1", "contingency in the budget, as a ratio to the base cost", (0, MAX_CONTINGENCY)),
)

PROBABILITY_COLUMNS = tuple(f"p_{factor.key}" for factor in FACTORS)
SEVERITY_COLUMNS = tuple(f"severity_{factor.key}" for factor in FACTORS)
QUANTILE_COLUMNS = ("cost_p10", "cost_p50", "cost_p90", "time_p10", "time_p50", "time_p90")

LABEL_COLUMNS = (
    Column("overall_risk", Kind.CATEGORY, Role.LABEL, "", "class of the risk score", categories=RISK_CLASSES),
    _label("risk_score", "1", "expected risk score of the reference model", (0, 10)),
    *(_label(name, "1", "probability that the factor strikes", (0, 1)) for name in PROBABILITY_COLUMNS),
    *(
        _label(
            name, "1", "overrun ratio when the factor strikes: mean for schedule and budget, added for others", (0, 100)
        )
        for name in SEVERITY_COLUMNS
    ),
    *(_label(name, "1", "quantile of actual over planned", (0.1, 100)) for name in QUANTILE_COLUMNS),
)
