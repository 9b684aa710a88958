"""The reference-class model of cost and duration: one distribution of overruns for each project and each set of inputs.

Everything is of shape (rows, points): a row is a project, a point one draw of the inputs that were not given and of
the chances of the work. Weights without another mark are assumptions of the reference model [P].
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from structural.problems.risk_analyzer.inputs import MISSING, Inputs
from structural.problems.risk_analyzer.priors import Points
from structural.problems.risk_analyzer.reference_classes import (
    AACE_BUILDING_RANGE,
    AACE_CIVIL_RANGE,
    INTERVAL_80_SIGMAS,
    MATURITY_GAP,
    MOTT_COST_OVERRUN,
    MOTT_TIME_OVERRUN,
    PROJECT_TYPES,
    SIGMA_SCHEDULE,
    Kind,
    planned_months,
    type_array,
)
from structural.problems.risk_analyzer.request import (
    CONTINGENCY_BY_CLASS,
    CONTINGENCY_LOG_SD,
    MAX_CONTINGENCY,
    STORIES_LOG_SD,
)

Matrix = NDArray[np.float64]

EXECUTION_SIGMA = 0.10
"""Spread of cost beside that of the estimate; total log sd of housing then is near the 0.20 of Tehran [D]."""
TAIL_THRESHOLD = 0.5
"""Overrun at which the tail begins (Flyvbjerg & Gardner)."""
TAIL_BY_CLASS = np.array([1.3, 1.0, 0.75, 0.45, 0.25])
TAIL_LOGIT_COMPLEXITY = np.array([-0.5, 0.0, 0.5, 1.0])
TAIL_LOGIT_SIZE = 0.3
"""A log unit of budget; Grattan 2016 finds +10 % size, 6 % more overruns [V], about half taken within one type."""
TAIL_TIME_SHIFT = 0.15
BATH_TIME_OVERRUN = 0.05
"""Bath studies: median duration +6 to +12 % [V]; less Mott's share of it."""
PRESSURE_SLOPE = 0.6
SLACK_SLOPE = 0.15
CONTINGENCY_EFFECT = 0.8

COST_COMPLEXITY = np.array([-0.03, 0.0, 0.05, 0.10])
COST_SIZE = 0.015
COST_STORIES = 0.02
TIME_COMPLEXITY = np.array([-0.03, 0.0, 0.05, 0.10])
TIME_STORIES = 0.02
COST_EFFECTS = {
    # Konchar & Sanvido, repeated 2018 with 212 projects: design-build 3.8 points below design-bid-build [M].
    "delivery_method": np.array([0.0, -0.02, -0.038, -0.045]),
    "site_conditions": np.array([-0.02, 0.0, 0.06]),
    "seismicity": np.array([0.0, 0.01, 0.025]),
    "market": np.array([-0.03, 0.0, 0.05]),
}
TIME_EFFECTS = {
    # The same repeat: 1.7 points of schedule growth [M].
    "delivery_method": np.array([0.0, -0.01, -0.017, -0.02]),
    "site_conditions": np.array([-0.02, 0.0, 0.06]),
    "seismicity": np.array([0.0, 0.0, 0.01]),
    "market": np.array([-0.015, 0.0, 0.03]),
}


@dataclass(frozen=True, slots=True)
class Draws:
    """What both the overruns and the other factors are computed from.

    ``levels`` holds level indices (rows, points) of the optional categories; ``log_stories`` the log of stories over
    the typical number, (rows, points); ``log_size`` the log of budget over the typical one and ``pressure`` the log of
    usual over planned duration, both (rows, 1).
    """

    levels: Mapping[str, NDArray[np.int64]]
    log_stories: Matrix
    log_size: Matrix
    pressure: Matrix


@dataclass(frozen=True, slots=True)
class Overruns:
    """Ratios of actual to planned, (rows, points), for a project that stays in the body and for one in the tail.

    ``tail_share`` is the probability of the tail at each point.
    """

    cost_body: Matrix
    cost_tail: Matrix
    time_body: Matrix
    time_tail: Matrix
    tail_share: Matrix


def draw_inputs(inputs: Inputs, points: Points) -> Draws:
    """Fill the inputs that were not given from their priors, a value for each point."""
    levels = {
        name: np.where(given[:, None] == MISSING, points.levels[name][None, :], given[:, None])
        for name, given in inputs.levels.items()
    }
    typical = type_array("typical_stories")[inputs.project_type][:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        given = np.log(inputs.stories[:, None] / typical)
    log_stories = np.where(np.isnan(given), STORIES_LOG_SD * points.stories[None, :], given) * (typical > 0)
    size = np.log(inputs.budget_usd / type_array("typical_budget_usd")[inputs.project_type])
    usual = planned_months(inputs.project_type, inputs.complexity, inputs.budget_usd)
    return Draws(levels, log_stories, size[:, None], np.log(usual / inputs.schedule_months)[:, None])


def simulate(inputs: Inputs, draws: Draws, points: Points) -> Overruns:
    """Return the overruns of every project at every point."""
    tables = _class_tables()
    design_class = draws.levels["design_class"]
    row_type = inputs.project_type[:, None]
    log_cost = tables.log_cost[row_type, design_class] + tables.sigma_cost[row_type, design_class] * points.cost
    log_cost += (COST_COMPLEXITY[inputs.complexity])[:, None] + COST_SIZE * draws.log_size
    log_cost += COST_STORIES * draws.log_stories + _contingency_relief(inputs, design_class, points)
    log_time = tables.log_time[row_type, design_class] + tables.sigma_time[row_type] * points.time
    log_time += TIME_COMPLEXITY[inputs.complexity][:, None] + TIME_STORIES * draws.log_stories
    log_time += PRESSURE_SLOPE * np.maximum(draws.pressure, 0) + SLACK_SLOPE * np.minimum(draws.pressure, 0)
    for name, effect in COST_EFFECTS.items():
        log_cost += effect[draws.levels[name]]
    for name, effect in TIME_EFFECTS.items():
        log_time += effect[draws.levels[name]]
    excess = (type_array("tail_overrun")[inputs.project_type] - TAIL_THRESHOLD)[:, None] * points.excess
    time_body = np.exp(log_time)
    return Overruns(
        np.exp(log_cost),
        1.0 + TAIL_THRESHOLD + excess,
        time_body,
        time_body * np.exp(TAIL_TIME_SHIFT),
        _tail_share(inputs, draws, tables.tail_logit[row_type, design_class]),
    )


def _tail_share(inputs: Inputs, draws: Draws, base_logit: Matrix) -> Matrix:
    shift = TAIL_LOGIT_COMPLEXITY[inputs.complexity][:, None] + TAIL_LOGIT_SIZE * draws.log_size
    return logistic(base_logit + shift)


def _contingency_relief(inputs: Inputs, design_class: NDArray[np.int64], points: Points) -> Matrix:
    """Return the effect on log cost of more or less contingency than the habit of the design class."""
    habit = CONTINGENCY_BY_CLASS[design_class]
    usual = np.minimum(habit * np.exp(CONTINGENCY_LOG_SD * points.contingency), MAX_CONTINGENCY)
    given = inputs.contingency[:, None]
    share = np.where(np.isnan(given), usual, given)
    return np.asarray(-CONTINGENCY_EFFECT * (np.log1p(share) - np.log1p(habit)))


def logistic(logit: Matrix) -> Matrix:
    """Return 1 / (1 + exp(-logit))."""
    return 1.0 / (1.0 + np.exp(-logit))


@dataclass(frozen=True, slots=True)
class _ClassTables:
    """Parameters by project type and design class, shape (types, 5); ``sigma_time`` (types,)."""

    log_cost: Matrix
    sigma_cost: Matrix
    log_time: Matrix
    tail_logit: Matrix
    sigma_time: Matrix


@cache
def _class_tables() -> _ClassTables:
    kinds = [entry.kind for entry in PROJECT_TYPES]
    share = np.minimum(type_array("tail_share")[:, None] * TAIL_BY_CLASS, 0.6)
    overrun = np.stack([_between(MOTT_COST_OVERRUN[kind]) for kind in kinds])
    # Mott's means include the tail: what the tail contributes is taken out of the body, down to a body on budget.
    body = np.maximum((overrun - share * type_array("tail_overrun")[:, None]) / (1.0 - share), 0.0)
    sigma = np.stack([_spread(kind) for kind in kinds])
    sigma_time = np.array([SIGMA_SCHEDULE[kind] for kind in kinds])
    time_overrun = np.stack([_between(MOTT_TIME_OVERRUN[kind]) for kind in kinds])
    return _ClassTables(
        np.log1p(body) - sigma**2 / 2,
        sigma,
        np.log1p(time_overrun + BATH_TIME_OVERRUN) - sigma_time[:, None] ** 2 / 2,
        np.log(share / (1.0 - share)),
        sigma_time,
    )


def _between(bounds: tuple[float, float]) -> Matrix:
    at_concept, at_award = bounds
    return at_award + (at_concept - at_award) * MATURITY_GAP


def _spread(kind: Kind) -> Matrix:
    civil = kind in (Kind.STANDARD_CIVIL, Kind.NONSTANDARD_CIVIL)
    low, high = np.array(AACE_CIVIL_RANGE if civil else AACE_BUILDING_RANGE).T
    return np.asarray(np.hypot((np.log1p(high) - np.log1p(low)) / INTERVAL_80_SIGMAS, EXECUTION_SIGMA))
