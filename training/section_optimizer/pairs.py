"""Training rows: candidate shapes of the questions near the decision, labelled by the engine."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structural.problems.section_optimizer.catalogue import catalogue
from structural.problems.section_optimizer.checking import check
from structural.problems.section_optimizer.decoding import TARGET_SCALE
from structural.problems.section_optimizer.encoding import encode, features
from structural.tables import Table, row_count, take

CHUNK_ROWS = 4096
TARGET_LIMIT = 30.0
"""Targets are clipped here (percent); beyond it a shape is far from the decision."""
FAR_WEIGHT = 0.1


@dataclass(frozen=True, slots=True)
class Pairs:
    """Question and shape pairs: features (k, f), scaled target (k,), weight (k,), row of the question (k,)."""

    features: NDArray[np.float32]
    target: NDArray[np.float64]
    weight: NDArray[np.float64]
    question: NDArray[np.intp]

    def of(self, rows: NDArray[np.bool_]) -> "Pairs":
        """Return the pairs marked True."""
        return Pairs(self.features[rows], self.target[rows], self.weight[rows], self.question[rows])


def build_pairs(table: Table, beyond_answer: int, boundary_width: float) -> Pairs:
    """Return the pairs of a labelled table: every candidate up to the answer and ``beyond_answer`` after it."""
    parts = []
    for start in range(0, row_count(table), CHUNK_ROWS):
        part = _chunk_pairs(take(table, slice(start, start + CHUNK_ROWS)), beyond_answer, boundary_width)
        parts.append((part.features, part.target, part.weight, part.question + start))
    return Pairs(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _chunk_pairs(table: Table, beyond_answer: int, boundary_width: float) -> Pairs:
    members, candidates = encode(table)
    shapes = catalogue()
    position = {str(name): row for row, name in enumerate(shapes.name)}
    answer = np.array([position.get(str(name), len(shapes)) for name in table["section"]])
    up_to_answer = np.bincount(
        candidates.question, weights=candidates.shape <= answer[candidates.question], minlength=len(answer)
    )
    near = candidates.rank < up_to_answer[candidates.question] + beyond_answer
    question, shape = candidates.question[near], candidates.shape[near]
    paired, chosen = members.take(question), shapes.take(shape)
    rows, log_estimate = features(paired, chosen)
    log_utilization = np.log(check(paired, chosen).utilization)
    target = np.clip(TARGET_SCALE * (log_utilization - log_estimate), -TARGET_LIMIT, TARGET_LIMIT)
    weight = np.exp(-np.abs(log_utilization) / boundary_width) + FAR_WEIGHT
    return Pairs(rows, target, weight, question)
