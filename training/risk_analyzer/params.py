"""Hyper-parameters of the risk analyzer's three members."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from training.errors import TrainingError
from training.parts import checked_parts

NETWORK, XGBOOST, LIGHTGBM = "network", "xgboost", "lightgbm"
PARTS = (NETWORK, XGBOOST, LIGHTGBM)
"""What may be left out, all but one. Without the network the mean of every target stands in for what it would say, and
the trees learn the score from the features alone."""


@dataclass(frozen=True, slots=True)
class Params:
    """What the YAML section may set; the defaults are the tuned values.

    The network has ``layers`` hidden layers of ``hidden_width`` and stops when its validation error of the score has
    not fallen for ``patience_epochs``; ``score_weight`` is how much more the score counts in its loss than any other
    target. The trees stop when theirs has not fallen for ``patience_rounds``. ``limit_rows`` bounds the training rows
    (0: all), for trials. ``parts`` are those of `PARTS` that are trained.
    """

    epochs: int = 40
    batch_size: int = 512
    learning_rate: float = 0.004
    weight_decay: float = 0.001
    hidden_width: int = 192
    layers: int = 3
    score_weight: float = 8.0
    patience_epochs: int = 12
    boosting_rounds: int = 500
    tree_learning_rate: float = 0.05
    tree_depth: int = 6
    tree_leaves: int = 31
    patience_rounds: int = 40
    limit_rows: int = 0
    parts: tuple[str, ...] = PARTS


def read_params(values: Mapping[str, Any]) -> Params:
    """Return the parameters; a key or part that does not exist raises `TrainingError` with the known ones."""
    known = {item.name for item in fields(Params)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise TrainingError(f"risk_analyzer: unknown parameter {unknown[0]!r}; known: {', '.join(sorted(known))}")
    parts = checked_parts("risk_analyzer", values.get("parts", PARTS), PARTS, at_least_one=True)
    return Params(**{**values, "parts": parts})
