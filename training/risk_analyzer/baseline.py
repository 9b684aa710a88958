"""The simple rule that the ensemble must beat."""

import numpy as np
from numpy.typing import NDArray

from structural.problems.risk_analyzer.reference_classes import COMPLEXITIES, PROJECT_TYPE_NAMES
from structural.problems.risk_analyzer.request import CONTINGENCY_BY_CLASS, OPTIONAL_LEVELS
from structural.problems.risk_analyzer.scoring import risk_class
from structural.tables import Table

BASELINE = "linear regression of the score on the plain inputs (logs of numbers, one-hot categories), then thresholds"


def predict_baseline(train: Table, questions: Table) -> NDArray[np.str_]:
    """Fit on labelled training rows and return the class of each question, shape (n,)."""
    coefficients, *_ = np.linalg.lstsq(_design(train), np.asarray(train["risk_score"], dtype=float), rcond=None)
    return risk_class(_design(questions) @ coefficients)


def _design(table: Table) -> NDArray[np.float64]:
    stories = np.asarray(table["stories"], dtype=float)
    contingency = np.asarray(table["contingency_share"], dtype=float)
    columns = [
        np.ones(len(stories)),
        np.log(np.asarray(table["budget_usd"], dtype=float)),
        np.log(np.asarray(table["schedule_months"], dtype=float)),
        np.where(np.isnan(stories), 0.0, np.log(stories)),
        np.where(np.isnan(contingency), CONTINGENCY_BY_CLASS.mean(), contingency),
    ]
    levels = {"project_type": PROJECT_TYPE_NAMES, "complexity": COMPLEXITIES, **OPTIONAL_LEVELS}
    columns += [(table[name] == level).astype(float) for name, values in levels.items() for level in values]
    return np.stack(columns, axis=1)
