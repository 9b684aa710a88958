"""The two pictures of an evaluation, as PNG files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

ANNOTATED_LABELS = 12
"""Counts are written into the cells of matrices up to this size."""


def draw_confusion(matrix: Mapping[str, Any], title: str, path: Path) -> None:
    """Draw a confusion matrix (``labels``, ``counts``): rows are truth, shaded by their share."""
    from matplotlib.figure import Figure

    labels, counts = matrix["labels"], np.asarray(matrix["counts"], dtype=float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 3.5 + 0.35 * len(labels)
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=8)
    axes.set_yticks(range(len(labels)), labels, fontsize=8)
    axes.set_xlabel("answer")
    axes.set_ylabel("truth")
    axes.set_title(title, fontsize=10)
    if len(labels) <= ANNOTATED_LABELS:
        for (row, column), count in np.ndenumerate(counts):
            colour = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, f"{count:.0f}", ha="center", va="center", fontsize=8, color=colour)
    figure.savefig(path, dpi=110)


def draw_reliability(bins: Sequence[Mapping[str, float]], error: float, title: str, path: Path) -> None:
    """Draw confidence against accuracy, one point a bin, its area by the bin's count."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linestyle="--", linewidth=1, label="perfect calibration")
    total = max(sum(row["count"] for row in bins), 1)
    axes.scatter(
        [row["confidence"] for row in bins],
        [row["accuracy"] for row in bins],
        s=[20 + 400 * row["count"] / total for row in bins],
        label=f"bins, error {error:.4f}",
    )
    axes.set_xlim(0, 1.02)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("mean confidence")
    axes.set_ylabel("accuracy")
    axes.set_title(title, fontsize=10)
    axes.legend(loc="upper left")
    figure.savefig(path, dpi=110)
