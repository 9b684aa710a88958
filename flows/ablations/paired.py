"""Comparing two models on the same entries."""

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from flows.errors import FlowError
from flows.metrics import Z_95


@dataclass(frozen=True, slots=True)
class Difference:
    """How much more often the first of two models is right than the second, with its 95 % interval; ratios."""

    value: float
    low: float
    high: float
    only_first: int
    only_second: int


class Worth(StrEnum):
    """What a part is worth."""

    BUYS = "buys"
    NOTHING = "nothing"
    """The interval holds zero."""
    LUCK = "luck"
    """The interval leaves zero out, but another seed alone moves the whole model as far."""
    COSTS = "costs"


def compare(first: NDArray[np.bool_], second: NDArray[np.bool_], z: float = Z_95) -> Difference:
    """Return the difference of two shares of right answers to the same entries, shapes (n,) and (n,), same order.

    The interval is that of Agresti and Min (2005, Statistics in Medicine 24:729): Wald's for matched pairs after half
    an entry is added to each of the four counts, which keeps its promise also where the two hardly ever differ. Raises
    `FlowError` when there is no entry.
    """
    count = len(first)
    if count == 0 or count != len(second):
        raise FlowError(f"{count} and {len(second)} answers cannot be compared; both need the same entries")
    only_first, only_second = int(np.sum(first & ~second)), int(np.sum(second & ~first))
    padded = count + 2
    centre = (only_first - only_second) / padded
    spread = sqrt(only_first + only_second + 1 - (only_first - only_second) ** 2 / padded) / padded
    value = (only_first - only_second) / count
    # Near the ends the padded centre may leave the observed value outside.
    low, high = min(centre - z * spread, value), max(centre + z * spread, value)
    return Difference(value, max(low, -1.0), min(high, 1.0), only_first, only_second)


def worth(gain: Difference, luck: float) -> Worth:
    """Return what a part is worth that gains so much, where another seed alone makes a difference of ``luck``."""
    if gain.low <= 0.0 <= gain.high:
        return Worth.NOTHING
    if abs(gain.value) <= abs(luck):
        return Worth.LUCK
    return Worth.BUYS if gain.value > 0.0 else Worth.COSTS
