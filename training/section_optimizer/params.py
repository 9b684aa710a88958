"""Hyper-parameters of the section optimizer, with the values that are used when the settings say nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from training.errors import TrainingError
from training.parts import checked_parts

XGBOOST, LIGHTGBM = "xgboost", "lightgbm"
PARTS = (XGBOOST, LIGHTGBM)
"""What may be left out, all but one: the trees that are left then decide alone."""


@dataclass(frozen=True, slots=True)
class Params:
    """Boosting settings; both libraries share what means the same in both."""

    max_rounds: int = 600
    """Boosting rounds at most, a library."""
    patience: int = 40
    """Rounds without gain on validation after which boosting stops."""
    learning_rate: float = 0.1
    depth: int = 8
    """Tree depth (XGBoost)."""
    leaves: int = 127
    """Leaves of a tree (LightGBM)."""
    max_bins: int = 512
    """Histogram bins a feature; the target is smooth, so fine bins pay."""
    feature_share: float = 0.7
    """Share of the features looked at for a split."""
    l2: float = 0.1
    min_leaf_rows: int = 8
    beyond_answer: int = 4
    """Training candidates of a question beyond the true answer, in order of preference."""
    boundary_width: float = 0.1
    """Log utilization over which the weight of a training row falls to 1/e; what matters is close to 1."""
    parts: tuple[str, ...] = PARTS
    """Those of `PARTS` that are trained."""

    @staticmethod
    def of(values: Mapping[str, Any]) -> "Params":
        """Return the defaults overridden by ``values``; an unknown key or part raises `TrainingError`."""
        known = {item.name: item.type for item in fields(Params)}
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise TrainingError(f"section_optimizer: unknown parameters {unknown}; known: {sorted(known)}")
        parts = checked_parts("section_optimizer", values.get("parts", PARTS), PARTS, at_least_one=True)
        params = Params(**{**values, "parts": parts})
        if min(params.max_rounds, params.patience, params.depth, params.leaves, params.min_leaf_rows) < 1:
            raise TrainingError("section_optimizer: rounds, patience, depth, leaves and leaf rows must be at least 1")
        return params
