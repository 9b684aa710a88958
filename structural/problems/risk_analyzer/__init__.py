"""Risk analyzer: how risky a project is against its reference class, and which factors make it so."""

import numpy as np
from numpy.typing import NDArray

from structural.problem import PhysicsRule, Problem, Slice
from structural.problems.risk_analyzer.inputs import missing_optionals
from structural.problems.risk_analyzer.request import (
    LABEL_COLUMNS,
    OPTIONAL_COLUMNS,
    OPTIONAL_LEVELS,
    PROBABILITY_COLUMNS,
    QUESTION_COLUMNS,
    SEVERITY_COLUMNS,
    WITHOUT_STORIES,
)
from structural.problems.risk_analyzer.sampler import sample
from structural.problems.risk_analyzer.scoring import risk_class
from structural.problems.risk_analyzer.truth import label
from structural.slicing import by_category, by_range, completeness
from structural.tables import Table

_STORIES = OPTIONAL_COLUMNS.index("stories")


def _probabilities_hold(table: Table) -> NDArray[np.bool_]:
    values = np.stack([table[name] for name in PROBABILITY_COLUMNS])
    return np.asarray(np.all((values >= 0) & (values <= 1), axis=0))


def _quantiles_hold(table: Table) -> NDArray[np.bool_]:
    cost = (table["cost_p10"] <= table["cost_p50"]) & (table["cost_p50"] <= table["cost_p90"])
    return cost & (table["time_p10"] <= table["time_p50"]) & (table["time_p50"] <= table["time_p90"])


def _class_holds(table: Table) -> NDArray[np.bool_]:
    return np.asarray(risk_class(table["risk_score"]) == table["overall_risk"])


def _severities_hold(table: Table) -> NDArray[np.bool_]:
    values = np.stack([table[name] for name in SEVERITY_COLUMNS])
    struck = np.minimum(table["severity_schedule"], table["severity_budget"])
    # Schedule and budget count as struck from an overrun of a tenth, so their mean is at least that.
    return np.asarray(np.all(values >= 0, axis=0) & (struck >= 0.1 - 1e-9))


def _stories_hold(table: Table) -> NDArray[np.bool_]:
    return np.asarray(~(np.isin(table["project_type"], WITHOUT_STORIES) & np.isfinite(table["stories"])))


def _optionals_group(table: Table) -> NDArray[np.str_]:
    missing = missing_optionals(table)
    # Stories cannot be given where they mean nothing, so there they follow the others.
    without = np.isin(table["project_type"], WITHOUT_STORIES)
    missing[without, _STORIES] = missing[without, 0]
    return completeness(missing)


def _budget_million_usd(table: Table) -> NDArray[np.float64]:
    return np.asarray(table["budget_usd"], dtype=float) / 1e6


PROBLEM = Problem(
    name="risk_analyzer",
    title="Cost and schedule risk of a project against its reference class",
    columns=(*QUESTION_COLUMNS, *LABEL_COLUMNS),
    answer_column="overall_risk",
    sample=sample,
    label=label,
    rules=(
        PhysicsRule("probabilities", "every factor probability lies between 0 and 1", _probabilities_hold),
        PhysicsRule("quantiles", "P10 <= P50 <= P90 of cost and of time", _quantiles_hold),
        PhysicsRule("class_of_score", "the class is the one its score falls into", _class_holds),
        PhysicsRule(
            "severities", "severities are not negative; schedule and budget strike from 10 %", _severities_hold
        ),
        PhysicsRule("stories", "bridges, tunnels and rail have no stories", _stories_hold),
    ),
    slices=(
        by_category("project_type"),
        by_category("complexity"),
        by_range("budget_million_usd", "million USD", (2.0, 10.0, 50.0, 200.0, 1000.0), _budget_million_usd),
        by_range("schedule_months", "months", (12.0, 24.0, 48.0, 96.0), "schedule_months"),
        by_range("stories", "stories", (3, 8, 20), "stories"),
        *(by_category(name) for name in OPTIONAL_LEVELS),
        Slice("optional_inputs", _optionals_group),
    ),
)

__all__ = ["PROBLEM"]
