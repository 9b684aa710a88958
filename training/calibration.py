"""Fitting calibrated confidence on the validation split."""

import numpy as np
from numpy.typing import NDArray

from structural.calibration import Calibration

KNOTS = 40


def fit_calibration(raw_scores: NDArray[np.float64], correct: NDArray[np.bool_]) -> Calibration:
    """Fit a monotone map from raw score to the probability that the answer is right.

    ``raw_scores`` and ``correct`` have shape (n,) and come from the validation split, never from the holdout.
    Isotonic regression, thinned to at most `KNOTS` knots; each end is pulled off 0 and 1 by Laplace smoothing, because
    no finite sample proves certainty.
    """
    from sklearn.isotonic import IsotonicRegression

    scores = np.asarray(raw_scores, dtype=float)
    fitted = IsotonicRegression(out_of_bounds="clip", y_min=0.0, y_max=1.0).fit(scores, correct.astype(float))
    knots = np.unique(np.quantile(scores, np.linspace(0.0, 1.0, KNOTS)))
    limit = 1.0 / (len(scores) + 2)
    probabilities = np.clip(fitted.predict(knots), limit, 1.0 - limit)
    return Calibration(tuple(map(float, knots)), tuple(map(float, np.maximum.accumulate(probabilities))))


def expected_calibration_error(confidence: NDArray[np.float64], correct: NDArray[np.bool_], bins: int = 15) -> float:
    """Return the expected calibration error over equal-width bins (Naeini et al. 2015), in 0..1."""
    edges = np.linspace(0.0, 1.0, bins + 1)
    which = np.clip(np.digitize(confidence, edges[1:-1]), 0, bins - 1)
    counts = np.bincount(which, minlength=bins)
    gaps = np.abs(
        np.bincount(which, weights=confidence, minlength=bins) - np.bincount(which, weights=correct, minlength=bins)
    )
    return float(gaps.sum() / max(counts.sum(), 1))
