"""Reading dataset files: one problem, one split, as a table."""

from pathlib import Path

import numpy as np

from structural.problem import Kind, Problem, Role
from structural.tables import Table
from training.errors import TrainingError

SPLITS = ("train", "validation", "holdout")
SEALED_SPLIT = "holdout"


def read_split(path: Path, problem: Problem, split: str) -> Table:
    """Return the entries of one split, all columns of the problem plus ``entry_id``.

    The sealed holdout is refused here: evaluation reads it through `read_sealed_holdout`, which is counted.
    """
    if split == SEALED_SPLIT:
        raise TrainingError("the holdout is sealed: trainers use 'train' and 'validation' only")
    return _read(path, problem, split)


def read_sealed_holdout(path: Path, problem: Problem) -> Table:
    """Return the sealed holdout. Only the evaluation step calls this, and each use is written to the ledger."""
    return _read(path, problem, SEALED_SPLIT)


def _read(path: Path, problem: Problem, split: str) -> Table:
    import pyarrow.parquet as pq

    if split not in SPLITS:
        raise TrainingError(f"unknown split {split!r}; known: {', '.join(SPLITS)}")
    names = ["entry_id", *(column.name for column in problem.columns)]
    arrow = pq.read_table(path, columns=names, filters=[("split", "=", split)])
    table: Table = {"entry_id": np.asarray(arrow["entry_id"].to_pylist(), dtype=np.str_)}
    for column in problem.columns:
        values = arrow[column.name]
        if column.kind in (Kind.CATEGORY, Kind.TEXT):
            table[column.name] = np.asarray(values.to_pylist(), dtype=np.str_)
        else:
            table[column.name] = values.to_numpy().astype(column.kind.value)
    return table


def question_table(table: Table, problem: Problem) -> Table:
    """Return only what a model may read: the QUESTION columns."""
    return {name: table[name] for name in problem.names(Role.QUESTION)}
