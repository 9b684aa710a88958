"""Figures of a classifier on a holdout: intervals, calibration, confusion, slices, paired comparison. Pure NumPy."""

from collections.abc import Mapping
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Z_95 = 1.959963984540054
"""Two-sided 95 % point of the normal distribution."""
RELIABILITY_BINS = 15
CONFUSION_LABELS = 20
OTHER = "(other)"


def wilson_interval(right: int, count: int, z: float = Z_95) -> tuple[float, float]:
    """Return the Wilson score interval of a proportion (Wilson 1927), in 0..1.

    ``right`` successes of ``count`` trials; no trials give the whole range. Unlike the normal interval it stays
    inside 0..1 and is honest at 100 %.
    """
    if not 0 <= right <= count:
        raise ValueError(f"right must lie between 0 and count, got {right} of {count}")
    if count == 0:
        return 0.0, 1.0
    ratio = right / count
    centre = (ratio + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * sqrt(ratio * (1 - ratio) / count + z * z / (4 * count * count))
    # At 0 and 100 % the outer bound is exact; rounding must not push it off.
    low = 0.0 if right == 0 else max(0.0, centre - half)
    return low, 1.0 if right == count else min(1.0, centre + half)


def reliability_bins(
    confidence: NDArray[np.float64], correct: NDArray[np.bool_], bins: int = RELIABILITY_BINS
) -> list[dict[str, float]]:
    """Return the non-empty equal-width bins of a reliability diagram: count, mean confidence, accuracy, edges."""
    edges = np.linspace(0.0, 1.0, bins + 1)
    which = np.clip(np.digitize(confidence, edges[1:-1]), 0, bins - 1)
    rows = []
    for index in np.unique(which):
        inside = which == index
        rows.append(
            {
                "low": float(edges[index]),
                "high": float(edges[index + 1]),
                "count": int(inside.sum()),
                "confidence": float(confidence[inside].mean()),
                "accuracy": float(correct[inside].mean()),
            }
        )
    return rows


def calibration_error(bins: list[dict[str, float]]) -> float:
    """Return the expected calibration error of reliability bins (Naeini et al. 2015), in 0..1; no bins give 0."""
    total = sum(row["count"] for row in bins)
    return sum(row["count"] * abs(row["confidence"] - row["accuracy"]) for row in bins) / max(total, 1)


def confusion(truth: NDArray[np.str_], answers: NDArray[np.str_], limit: int = CONFUSION_LABELS) -> dict[str, Any]:
    """Return ``{"labels": [...], "counts": [[...]]}``: rows are truth, columns answers.

    With more than ``limit`` labels the most frequent true ones are kept and the others pooled as `OTHER`.
    """
    labels = np.unique(np.concatenate([truth, answers]))
    if len(labels) > limit:
        frequent, frequency = np.unique(truth, return_counts=True)
        kept = np.sort(frequent[np.argsort(-frequency, kind="stable")[:limit]])
        names = [str(label) for label in kept] + [OTHER]
    else:
        kept, names = labels, [str(label) for label in labels]
    matrix = np.zeros((len(names), len(names)), dtype=int)
    np.add.at(matrix, (_index(kept, truth), _index(kept, answers)), 1)
    return {"labels": names, "counts": matrix.tolist()}


def _index(kept: NDArray[np.str_], values: NDArray[np.str_]) -> NDArray[np.intp]:
    found = np.clip(np.searchsorted(kept, values), 0, len(kept) - 1)
    return np.where(kept[found] == values, found, len(kept))


def slice_figures(groups: Mapping[str, NDArray[np.str_]], correct: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Return accuracy and count of every group of every slice, in the order given."""
    rows = []
    for name, group in groups.items():
        for value in np.unique(group):
            inside = group == value
            count = int(inside.sum())
            rows.append({"slice": name, "group": str(value), "count": count, "accuracy": float(correct[inside].mean())})
    return rows


def mcnemar(first_correct: NDArray[np.bool_], second_correct: NDArray[np.bool_]) -> tuple[int, int, float]:
    """Compare two models on the same questions (McNemar 1947, exact two-sided binomial form).

    Returns how many questions only the first answers right, how many only the second, and the p-value of their
    being equally good. Shapes (n,) and (n,), same order.
    """
    from scipy.stats import binomtest

    only_first = int(np.sum(first_correct & ~second_correct))
    only_second = int(np.sum(second_correct & ~first_correct))
    if only_first + only_second == 0:
        return 0, 0, 1.0
    return only_first, only_second, float(binomtest(only_first, only_first + only_second, 0.5).pvalue)


def detail_figures(truth: Mapping[str, NDArray], details: Mapping[str, NDArray]) -> dict[str, float]:
    """Score the further columns of a proposal that carry the name of a truth column.

    Numbers give the mean absolute error in percent over rows whose truth is not zero (``<column>_mape_percent``),
    everything else the share of exact matches (``<column>_accuracy``).
    """
    figures: dict[str, float] = {}
    for name, proposed in details.items():
        if name not in truth or len(proposed) != len(truth[name]):
            continue
        expected = truth[name]
        if expected.dtype.kind == "f" and proposed.dtype.kind in "fiu":
            scored = np.isfinite(expected) & np.isfinite(proposed) & (expected != 0)
            if scored.any():
                error = np.abs(proposed[scored] - expected[scored]) / np.abs(expected[scored])
                figures[f"{name}_mape_percent"] = float(100 * error.mean())
        else:
            figures[f"{name}_accuracy"] = float(np.mean(expected == proposed))
    return figures
