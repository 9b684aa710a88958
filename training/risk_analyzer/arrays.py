"""One split of the dataset as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structural.problems.risk_analyzer import PROBLEM
from structural.problems.risk_analyzer.decoding import encode_targets
from structural.problems.risk_analyzer.encoding import encode
from structural.tables import Table, row_count, take
from training.contract import TrainingJob
from training.data import question_table, read_split
from training.errors import TrainingError

MIN_ROWS = 50


@dataclass(frozen=True, slots=True)
class Split:
    """``features`` (n, k) float32, ``targets`` (n, t) on the scale networks learn, and the labelled ``table``."""

    features: NDArray[np.float32]
    targets: NDArray[np.float64]
    table: Table

    @property
    def scores(self) -> NDArray[np.float64]:
        """True scores, (n,)."""
        return np.asarray(self.table["risk_score"], dtype=float)

    def take(self, rows: NDArray) -> "Split":
        """Return these rows."""
        return Split(self.features[rows], self.targets[rows], take(self.table, rows))


def read_arrays(job: TrainingJob, split: str, limit_rows: int) -> Split:
    """Return a split, at most ``limit_rows`` rows of it (0: all); too few rows raise `TrainingError`."""
    table = read_split(job.dataset_path, PROBLEM, split)
    if limit_rows:
        table = take(table, slice(0, limit_rows))
    if row_count(table) < MIN_ROWS:
        raise TrainingError(f"{job.problem}: {row_count(table)} entries in {split}; at least {MIN_ROWS} are needed")
    return Split(encode(question_table(table, PROBLEM)), encode_targets(table), table)
