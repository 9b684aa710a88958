"""Questions as model input, shared by training and serving.

Beside the plain inputs there is one physical feature: how tight the schedule is against Bromilow's law. Whether an
optional input was given is a feature of its own, and a missing one is neutral otherwise.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from structural.problems.risk_analyzer.inputs import MISSING, read_inputs
from structural.problems.risk_analyzer.reference_classes import (
    COMPLEXITIES,
    PROJECT_TYPE_NAMES,
    planned_months,
    type_array,
)
from structural.problems.risk_analyzer.request import OPTIONAL_LEVELS
from structural.tables import Table

ENCODING_VERSION = 1

FEATURES = (
    "log_budget",
    "log_size",
    "log_schedule",
    "pressure",
    "pressure_above_zero",
    "log_stories",
    "stories_missing",
    "contingency",
    "contingency_missing",
    *(f"project_type={name}" for name in PROJECT_TYPE_NAMES),
    *(f"complexity={name}" for name in COMPLEXITIES),
    *(f"{name}={level}" for name, levels in OPTIONAL_LEVELS.items() for level in (*levels, "missing")),
)
"""Names of the columns of `encode`, in order."""


def encode(questions: Table) -> NDArray[np.float32]:
    """Return the features of a question table, shape (n, len(FEATURES)), float32.

    Logs are natural; ``log_size`` and ``log_stories`` are relative to what is typical of the project type, and
    ``pressure`` is the log of usual over planned duration.
    """
    inputs = read_inputs(questions)
    typical_stories = type_array("typical_stories")[inputs.project_type]
    with np.errstate(divide="ignore", invalid="ignore"):
        log_stories = np.log(inputs.stories / typical_stories)
    usual = planned_months(inputs.project_type, inputs.complexity, inputs.budget_usd)
    pressure = np.log(usual / inputs.schedule_months)
    size = np.log(inputs.budget_usd / type_array("typical_budget_usd")[inputs.project_type])
    numbers = [
        np.log(inputs.budget_usd / 1e7),
        size,
        np.log(inputs.schedule_months / 18.0),
        pressure,
        np.maximum(pressure, 0.0),
        _without_nan(log_stories),
        np.isnan(log_stories),
        _without_nan(np.log1p(inputs.contingency)),
        np.isnan(inputs.contingency),
    ]
    one_hots = [
        _one_hot(inputs.project_type, len(PROJECT_TYPE_NAMES)),
        _one_hot(inputs.complexity, len(COMPLEXITIES)),
        *(
            _one_hot(np.where(inputs.levels[name] == MISSING, len(levels), inputs.levels[name]), len(levels) + 1)
            for name, levels in OPTIONAL_LEVELS.items()
        ),
    ]
    columns = (column[:, None] for column in numbers)
    return np.concatenate([*columns, *one_hots], axis=1, dtype=np.float64).astype(np.float32)


def _without_nan(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isnan(values), 0.0, values)


def _one_hot(indices: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    return _unit_rows(count)[indices]


@cache
def _unit_rows(count: int) -> NDArray[np.float64]:
    """Return the unit matrix, whose row is the one-hot form of an index."""
    return np.eye(count)
