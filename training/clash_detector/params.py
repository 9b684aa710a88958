"""Hyper-parameters of the clash detector's network."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from training.errors import TrainingError
from training.parts import checked_parts

CNN, LSTM = "cnn", "lstm"
PARTS = (CNN, LSTM)
"""What may be left out: the convolutions (the slices are then read voxel by voxel) and the LSTM over the slices (they
are then averaged). Without both the grid is not read at all; the scalars always stay."""


@dataclass(frozen=True, slots=True)
class Params:
    """What the YAML section may set; the defaults are the tuned values.

    ``channels`` are the filters of the two convolutions, ``slice_width`` the size of a slice's summary that the LSTM
    reads, ``lstm_width`` its state, ``hidden_width`` that of the final layers, ``average_decay`` that of the running
    average of weights that is kept. ``label_smoothing`` is the share of a label that the other classes get, so that
    the network is not driven to be sure near thresholds. Training stops when its validation loss has not fallen for
    ``patience_epochs``. ``limit_rows`` bounds the training rows (0: all), for trials. ``parts`` are those of `PARTS`
    that are built.
    """

    epochs: int = 28
    batch_size: int = 256
    learning_rate: float = 0.003
    weight_decay: float = 0.01
    channels: tuple[int, int] = (8, 16)
    slice_width: int = 48
    lstm_width: int = 48
    hidden_width: int = 384
    dropout: float = 0.15
    label_smoothing: float = 0.03
    average_decay: float = 0.998
    patience_epochs: int = 8
    limit_rows: int = 0
    parts: tuple[str, ...] = PARTS


def read_params(values: Mapping[str, Any]) -> Params:
    """Return the parameters; a key or part that does not exist raises `TrainingError` with the known ones."""
    known = {item.name for item in fields(Params)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise TrainingError(f"clash_detector: unknown parameter {unknown[0]!r}; known: {', '.join(sorted(known))}")
    cleaned = dict(values)
    if "channels" in cleaned:
        cleaned["channels"] = tuple(int(width) for width in cleaned["channels"])
    if "parts" in cleaned:
        cleaned["parts"] = checked_parts("clash_detector", cleaned["parts"], PARTS)
    return Params(**cleaned)
