"""Hyper-parameters of the connection designer's network."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from training.errors import TrainingError
from training.parts import checked_parts

CNN, ATTENTION = "cnn", "attention"
PARTS = (CNN, ATTENTION)
"""What may be left out: the convolutions over the drawing, the attention over the bolts. The scalars always stay."""


@dataclass(frozen=True, slots=True)
class Params:
    """What the YAML section may set; the defaults are the tuned values.

    ``channels`` are the filters of the two convolutions, ``drawing_width`` the summary of the drawing,
    ``token_width`` and ``heads`` the attention over bolts, ``hidden_width`` and ``blocks`` the trunk.
    ``average_decay`` is that of the running average of weights that is kept. ``capacity_weight`` balances the capacity
    head against the type head. Training stops when the validation loss has not fallen for ``patience_epochs``.
    ``limit_rows`` bounds the training rows (0: all), for trials. ``parts`` are those of `PARTS` that are built.
    """

    epochs: int = 12
    batch_size: int = 256
    learning_rate: float = 0.002
    weight_decay: float = 0.01
    channels: tuple[int, int] = (8, 16)
    drawing_width: int = 32
    token_width: int = 32
    heads: int = 4
    hidden_width: int = 256
    blocks: int = 3
    dropout: float = 0.1
    average_decay: float = 0.998
    capacity_weight: float = 2.0
    patience_epochs: int = 5
    limit_rows: int = 0
    parts: tuple[str, ...] = PARTS


def read_params(values: Mapping[str, Any]) -> Params:
    """Return the parameters; a key or part that does not exist raises `TrainingError` with the known ones."""
    known = {item.name for item in fields(Params)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise TrainingError(f"connection_designer: unknown parameter {unknown[0]!r}; known: {', '.join(sorted(known))}")
    cleaned = dict(values)
    if "channels" in cleaned:
        first, second = cleaned["channels"]
        cleaned["channels"] = (int(first), int(second))
    if "parts" in cleaned:
        cleaned["parts"] = checked_parts("connection_designer", cleaned["parts"], PARTS)
    return Params(**cleaned)
