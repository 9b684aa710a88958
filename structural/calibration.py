"""Calibrated confidence: a monotone map from a raw score to a probability, stored as knots and applied anywhere.

The map is fitted in `training` (isotonic regression) and applied here by linear interpolation, so serving needs no
fitting library.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.errors import StructuralError


@dataclass(frozen=True, slots=True)
class Calibration:
    """Piecewise-linear map: ``scores`` ascending, shape (k,), to ``probabilities`` in 0..1, shape (k,)."""

    scores: tuple[float, ...]
    probabilities: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.scores) != len(self.probabilities) or not self.scores:
            raise StructuralError(
                "calibration needs as many probabilities as scores, at least one", field="calibration"
            )
        if np.any(np.diff(self.scores) < 0) or np.any(np.diff(self.probabilities) < 0):
            raise StructuralError("calibration scores and probabilities must not decrease", field="calibration")

    def apply(self, raw_scores: ArrayLike) -> NDArray[np.float64]:
        """Return calibrated probabilities, shape of ``raw_scores``."""
        return np.asarray(np.interp(np.asarray(raw_scores, dtype=float), self.scores, self.probabilities))

    def to_json(self) -> dict[str, list[float]]:
        """Return a JSON-ready dict; `from_json` reads it back."""
        return {"scores": list(self.scores), "probabilities": list(self.probabilities)}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> "Calibration":
        """Read what `to_json` wrote; a missing key raises `StructuralError`."""
        try:
            return Calibration(tuple(map(float, data["scores"])), tuple(map(float, data["probabilities"])))
        except KeyError as error:
            raise StructuralError(f"calibration lacks {error}; export the model again", field="calibration") from error
