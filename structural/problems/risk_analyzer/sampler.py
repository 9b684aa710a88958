"""Questions as people ask them: typical projects, some odd ones, and optional inputs given or left out."""

import numpy as np
from numpy.typing import NDArray

from structural.decimals import significant
from structural.problems.risk_analyzer.reference_classes import (
    COMPLEXITIES,
    PROJECT_TYPE_NAMES,
    planned_months,
    type_array,
)
from structural.problems.risk_analyzer.request import (
    CATEGORY_PRIORS,
    CONTINGENCY_BY_CLASS,
    CONTINGENCY_LOG_SD,
    MAX_BUDGET_USD,
    MAX_CONTINGENCY,
    MAX_SCHEDULE_MONTHS,
    MAX_STORIES,
    MIN_BUDGET_USD,
    MIN_SCHEDULE_MONTHS,
    OPTIONAL_COLUMNS,
    OPTIONAL_LEVELS,
    STORIES_LOG_SD,
)
from structural.tables import UNSPECIFIED, Table

ALL_MISSING_SHARE = 0.30
"""Requests with the four required fields alone, the commonest kind."""
ALL_GIVEN_SHARE = 0.10
ODD_SHARE = 0.12
"""Requests from anywhere in the allowed range of budget, with schedules far from usual."""
COMPLEXITY_SHARES = (0.25, 0.40, 0.23, 0.12)
BUDGET_LOG_SD = 1.1
SCHEDULE_LOG_SD, ODD_SCHEDULE_LOG_SD = 0.30, 0.90
SCHEDULE_LOG_MEAN = 0.12
"""Planned somewhat longer than Bromilow's law: its constants are of the 2000s, projects have grown slower."""
TYPE_SHARES = {
    # Ordinary buildings are most of what is asked; no type is so rare that it could not be learned and judged.
    "office_building": 0.11,
    "warehouse": 0.09,
    "industrial_building": 0.08,
    "school": 0.09,
    "hospital": 0.06,
    "laboratory": 0.05,
    "hotel": 0.07,
    "mid_rise_housing": 0.11,
    "high_rise_housing": 0.06,
    "parking_structure": 0.07,
    "stadium": 0.03,
    "museum": 0.03,
    "airport_terminal": 0.03,
    "bridge": 0.06,
    "tunnel": 0.03,
    "rail": 0.03,
}


def sample(count: int, rng: np.random.Generator) -> Table:
    """Draw questions: the QUESTION columns, ``count`` rows each, from this generator alone."""
    shares = [TYPE_SHARES[name] for name in PROJECT_TYPE_NAMES]
    project_type = rng.choice(len(shares), size=count, p=shares)
    complexity = rng.choice(len(COMPLEXITIES), size=count, p=COMPLEXITY_SHARES)
    odd = rng.random(count) < ODD_SHARE
    budget = _budgets(project_type, odd, rng)
    usual = planned_months(project_type, complexity, budget)
    spread = np.where(odd, ODD_SCHEDULE_LOG_SD, SCHEDULE_LOG_SD) * rng.standard_normal(count)
    schedule = significant(usual * np.exp(SCHEDULE_LOG_MEAN + spread), 4)
    table: Table = {
        "project_type": np.asarray(PROJECT_TYPE_NAMES)[project_type],
        "budget_usd": budget,
        "schedule_months": np.clip(schedule, MIN_SCHEDULE_MONTHS, MAX_SCHEDULE_MONTHS),
        "complexity": np.asarray(COMPLEXITIES)[complexity],
    }
    given = _given(count, rng)
    for position, (name, prior) in enumerate(CATEGORY_PRIORS.items()):
        level = rng.choice(len(prior), size=count, p=prior)
        if name == "design_class":
            design_class = level
        table[name] = np.where(given[:, position], np.asarray(OPTIONAL_LEVELS[name])[level], UNSPECIFIED)
    table["stories"] = np.where(given[:, -2], _stories(project_type, rng), np.nan)
    table["contingency_share"] = np.where(given[:, -1], _contingencies(design_class, rng), np.nan)
    return table


def _given(count: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    share = rng.random(count)
    chance = np.where(share < ALL_MISSING_SHARE, 0.0, np.where(share < ALL_MISSING_SHARE + ALL_GIVEN_SHARE, 1.0, 0.5))
    return rng.random((count, len(OPTIONAL_COLUMNS))) < chance[:, None]


def _budgets(project_type: NDArray, odd: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.float64]:
    typical = np.log(type_array("typical_budget_usd")[project_type])
    usual = typical + BUDGET_LOG_SD * rng.standard_normal(len(project_type))
    anywhere = rng.uniform(np.log(MIN_BUDGET_USD), np.log(MAX_BUDGET_USD), len(project_type))
    budget = np.exp(np.where(odd, anywhere, usual))
    return np.clip(significant(budget, 4), MIN_BUDGET_USD, MAX_BUDGET_USD)


def _stories(project_type: NDArray, rng: np.random.Generator) -> NDArray[np.float64]:
    typical = type_array("typical_stories")[project_type]
    drawn = np.rint(typical * np.exp(1.3 * STORIES_LOG_SD * rng.standard_normal(len(project_type))))
    return np.where(typical > 0, np.clip(drawn, 1, MAX_STORIES), np.nan)


def _contingencies(design_class: NDArray, rng: np.random.Generator) -> NDArray[np.float64]:
    count = len(design_class)
    habit = CONTINGENCY_BY_CLASS[design_class] * np.exp(CONTINGENCY_LOG_SD * rng.standard_normal(count))
    anywhere = rng.uniform(0, MAX_CONTINGENCY, count)
    return np.clip(np.round(np.where(rng.random(count) < 0.2, anywhere, habit), 3), 0, MAX_CONTINGENCY)
