"""From overruns to the score, its class, and the impact levels."""

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.problems.risk_analyzer.reference_classes import COST
from structural.problems.risk_analyzer.request import RISK_CLASSES

IMPACTS = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
IMPACT_VALUES = np.array([0.10, 0.20, 0.40, 0.80])
"""PMBOK 6 impact scale [V]: low 0.10, moderate 0.20, high 0.40, very high 0.80."""
COST_LEVELS = np.array([0.10, 0.20, 0.40])
TIME_LEVELS = np.array([0.05, 0.10, 0.20])
"""Overruns at which the level rises, PMBOK 6 [V]; insignificant and low are merged into LOW."""

# Impact as a continuous function of the overrun: through the middle of each PMBOK band, insignificant 0.05 at none [V
# values, P knots].
_IMPACT_KNOTS = np.array([0.05, 0.10, 0.20, 0.40, 0.80])
_COST_KNOTS = np.array([0.0, 0.05, 0.15, 0.30, 0.60])
_TIME_KNOTS = np.array([0.0, 0.025, 0.075, 0.15, 0.30])

SCORE_THRESHOLDS = np.array([4.0, 7.0, 8.5])
SCORE_WEIGHTS = (0.4, 0.4, 0.2)
"""Of cost, time and the other factors [P]."""
SCORE_MIDPOINT = 0.2469
SCORE_STEEPNESS = 3.0
"""The map 10 x^k / (1 + x^k) of x = expected impact / midpoint. Set once: the documented sample scores 6.5 [P]."""


def cost_impact(overrun: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the impact (0.05 to 0.80) of cost overruns given as ratios; any shape."""
    return _piecewise(overrun, _COST_KNOTS)


def time_impact(overrun: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the impact (0.05 to 0.80) of time overruns given as ratios; any shape."""
    return _piecewise(overrun, _TIME_KNOTS)


def _piecewise(overrun: NDArray[np.float64], knots: NDArray[np.float64]) -> NDArray[np.float64]:
    # A sum of clipped ramps: several times quicker than np.interp on the large arrays of the truth.
    total = np.full_like(overrun, _IMPACT_KNOTS[0])
    slopes = np.diff(_IMPACT_KNOTS) / np.diff(knots)
    for (low, high), slope in zip(pairwise(knots), slopes, strict=True):
        total += slope * (np.clip(overrun, low, high) - low)
    return total


def score_from_impact(expected_impact: ArrayLike) -> NDArray[np.float64]:
    """Return the score, 0 to 10, of an expected impact, 0 to 1: a fixed increasing map."""
    powered = (np.asarray(expected_impact, dtype=float) / SCORE_MIDPOINT) ** SCORE_STEEPNESS
    return 10.0 * powered / (1.0 + powered)


def risk_class(score: ArrayLike) -> NDArray[np.str_]:
    """Return the class of each score: LOW below 4, MEDIUM below 7, HIGH below 8.5, else CRITICAL."""
    return np.asarray(RISK_CLASSES)[np.searchsorted(SCORE_THRESHOLDS, np.asarray(score, dtype=float), side="right")]


def impact_level(severity: ArrayLike, scale: str) -> NDArray[np.int64]:
    """Return the index into `IMPACTS` of mean overruns given as ratios, on the ``cost`` or the ``time`` scale."""
    levels = COST_LEVELS if scale == COST else TIME_LEVELS
    return np.searchsorted(levels, np.asarray(severity, dtype=float), side="right")
