"""The reference classes: what is known about overruns of each kind of project, and the names used everywhere.

Marks of the sources, as in the project's risk notes: [V] read in a public copy, [D] computed from the public data that
``benchmarks/risk_outcomes.py`` reads or from the Tehran housing data (UCI 437), [M] from memory of the named
publication, [P] a proposal of this project that no publication gives. A [P] is an assumption of the reference model,
not a finding.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

COMPLEXITIES = ("low", "medium", "high", "very_high")
DESIGN_CLASSES = ("class_5", "class_4", "class_3", "class_2", "class_1")
"""AACE estimate classes, from concept (5) to check estimate (1)."""
DELIVERY_METHODS = ("design_bid_build", "construction_manager_at_risk", "design_build", "integrated_project_delivery")
SITE_CONDITIONS = ("good", "average", "poor")
SEISMICITIES = ("low", "moderate", "high")
MARKETS = ("soft", "balanced", "tight")

COST, TIME = "cost", "time"


@dataclass(frozen=True, slots=True)
class Factor:
    """One of the eight risk factors; ``scale`` says whether its impact is read on the cost or the time scale."""

    key: str
    title: str
    scale: str


FACTORS = (
    Factor("schedule", "Schedule Risk", TIME),
    Factor("budget", "Budget Risk", COST),
    Factor("design_change", "Design Change Risk", COST),
    Factor("labor_supply", "Labor and Supply Risk", COST),
    Factor("geotechnical", "Geotechnical Risk", COST),
    Factor("regulatory", "Regulatory Risk", TIME),
    Factor("weather", "Weather Risk", TIME),
    Factor("safety", "Safety Risk", TIME),
)


class Kind(StrEnum):
    """Mott MacDonald's project groups (2002, for HM Treasury)."""

    STANDARD_BUILDING = "standard_building"
    NONSTANDARD_BUILDING = "nonstandard_building"
    STANDARD_CIVIL = "standard_civil"
    NONSTANDARD_CIVIL = "nonstandard_civil"


# Mean overrun at outline business case and at contract award. Cost 24 -> 2, 51 -> 4, 44 -> 3, 66 -> 6 % and time
# 4 -> 1, 39 -> 2, 20 -> 1, 25 -> 3 %: Mott MacDonald 2002 [V upper bounds of buildings, cost 4, civil cost; M others].
MOTT_COST_OVERRUN = {
    Kind.STANDARD_BUILDING: (0.24, 0.02),
    Kind.NONSTANDARD_BUILDING: (0.51, 0.04),
    Kind.STANDARD_CIVIL: (0.44, 0.03),
    Kind.NONSTANDARD_CIVIL: (0.66, 0.06),
}
MOTT_TIME_OVERRUN = {
    Kind.STANDARD_BUILDING: (0.04, 0.01),
    Kind.NONSTANDARD_BUILDING: (0.39, 0.02),
    Kind.STANDARD_CIVIL: (0.20, 0.01),
    Kind.NONSTANDARD_CIVIL: (0.25, 0.03),
}
# How far each design class lies from contract award (0) towards outline business case (1) [P].
MATURITY_GAP = np.array([1.0, 0.75, 0.45, 0.2, 0.0])

# Accuracy ranges around the estimate, low / high, about an 80 % interval, midpoints of the published spans:
# AACE 56R-08 for buildings [M], AACE 18R-97 for civil and process work [M].
AACE_BUILDING_RANGE = ((-0.25, 0.40), (-0.15, 0.25), (-0.10, 0.15), (-0.075, 0.10), (-0.04, 0.065))
AACE_CIVIL_RANGE = ((-0.35, 0.65), (-0.22, 0.35), (-0.15, 0.20), (-0.10, 0.125), (-0.065, 0.09))
INTERVAL_80_SIGMAS = 2.563

SIGMA_SCHEDULE = {
    # sd of log duration ratio; 0.26 over NYC projects above $25M [D], less for ordinary buildings [P].
    Kind.STANDARD_BUILDING: 0.16,
    Kind.NONSTANDARD_BUILDING: 0.20,
    Kind.STANDARD_CIVIL: 0.22,
    Kind.NONSTANDARD_CIVIL: 0.26,
}


@dataclass(frozen=True, slots=True)
class ProjectType:
    """One reference class.

    ``tail_share`` and ``tail_overrun``: share of projects that overrun by half or more, and their mean overrun as a
    ratio. ``duration_factor`` scales Bromilow's K. ``typical_budget_usd`` and ``typical_stories`` centre the size
    (``typical_stories`` 0: stories mean nothing here). The four shares are mean probabilities of the factors
    geotechnical, regulatory, weather and safety.
    """

    name: str
    kind: Kind
    tail_share: float
    tail_overrun: float
    duration_factor: float
    typical_budget_usd: float
    typical_stories: float
    geotechnical: float
    regulatory: float
    weather: float
    safety: float


_SB, _NB, _SC, _NC = Kind.STANDARD_BUILDING, Kind.NONSTANDARD_BUILDING, Kind.STANDARD_CIVIL, Kind.NONSTANDARD_CIVIL
# tail_share, tail_overrun: Flyvbjerg & Gardner 2023, appendix [M], for hospital, airport, bridge, tunnel, rail; for
# stadium and museum its "buildings" row (large iconic buildings). Ordinary buildings 2-6 % [P].
# duration_factor: warehouse 0.7, school and office 1.0, hospital 1.25, tunnel and rail 1.5 and more [P].
# Geotechnical and regulatory shares follow Mott MacDonald's Table 15 (ground 2-6 + site 1-5 %, permits and
# legislation 9-12 %) scaled so that design change is 0.40 [V shares, P scale]; weather, safety and sizes [P].
PROJECT_TYPES = (
    ProjectType("office_building", _SB, 0.04, 0.80, 1.00, 1.5e7, 5, 0.07, 0.12, 0.12, 0.05),
    ProjectType("warehouse", _SB, 0.02, 0.70, 0.70, 8.0e6, 1, 0.07, 0.08, 0.15, 0.04),
    ProjectType("industrial_building", _SB, 0.06, 0.90, 0.95, 2.5e7, 2, 0.08, 0.14, 0.13, 0.07),
    ProjectType("school", _SB, 0.04, 0.75, 1.00, 2.0e7, 2, 0.07, 0.13, 0.13, 0.04),
    ProjectType("hospital", _NB, 0.13, 1.67, 1.25, 9.0e7, 5, 0.10, 0.20, 0.12, 0.06),
    ProjectType("laboratory", _NB, 0.10, 1.20, 1.15, 4.0e7, 3, 0.09, 0.19, 0.11, 0.06),
    ProjectType("hotel", _SB, 0.05, 0.85, 1.05, 3.0e7, 8, 0.08, 0.12, 0.12, 0.05),
    ProjectType("mid_rise_housing", _SB, 0.04, 0.75, 0.95, 1.8e7, 5, 0.08, 0.14, 0.14, 0.05),
    ProjectType("high_rise_housing", _NB, 0.06, 0.90, 1.15, 8.0e7, 22, 0.11, 0.15, 0.14, 0.10),
    ProjectType("parking_structure", _SB, 0.02, 0.70, 0.75, 1.2e7, 4, 0.09, 0.08, 0.15, 0.05),
    ProjectType("stadium", _NB, 0.39, 2.06, 1.20, 3.0e8, 4, 0.12, 0.18, 0.18, 0.09),
    ProjectType("museum", _NB, 0.39, 2.06, 1.25, 8.0e7, 3, 0.11, 0.17, 0.12, 0.06),
    ProjectType("airport_terminal", _NB, 0.43, 0.88, 1.30, 4.0e8, 3, 0.12, 0.22, 0.15, 0.07),
    ProjectType("bridge", _SC, 0.21, 1.07, 1.30, 4.0e7, 0, 0.22, 0.18, 0.26, 0.10),
    ProjectType("tunnel", _NC, 0.28, 1.03, 1.60, 4.0e8, 0, 0.35, 0.18, 0.12, 0.13),
    ProjectType("rail", _NC, 0.28, 1.16, 1.50, 3.0e8, 0, 0.22, 0.22, 0.22, 0.09),
)
PROJECT_TYPE_NAMES = tuple(entry.name for entry in PROJECT_TYPES)

# T = K * C^B, Hoffman et al. 2007 for the US Air Force: 856 projects [V], calendar days from plain US$ [M].
BROMILOW_K_DAYS = 26.8
BROMILOW_B = 0.202
DAYS_A_MONTH = 365.25 / 12
COMPLEXITY_DURATION = np.array([0.9, 1.0, 1.1, 1.2])  # [P]


def planned_months(
    type_index: NDArray[np.int64], complexity_index: NDArray[np.int64], budget_usd: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the duration usual for such a project in months, shape (n,): Bromilow's law with Hoffman's constants."""
    days = BROMILOW_K_DAYS * budget_usd**BROMILOW_B
    factor = type_array("duration_factor")[type_index] * COMPLEXITY_DURATION[complexity_index]
    return np.asarray(days / DAYS_A_MONTH * factor)


@cache
def type_array(field: str) -> NDArray[np.float64]:
    """Return one numeric field of every project type, shape (types,)."""
    return np.array([getattr(entry, field) for entry in PROJECT_TYPES], dtype=float)
