"""Entries made of accepted reports: written for the next build, and kept away from the sealed holdout."""

from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from data_validation.content import coarse_keys
from data_validation.contract import HOLDOUT, SPLIT, column_from_arrow, to_arrow
from data_validation.writer import open_parquet
from structural.problem import Problem, Role
from structural.tables import Table


def holdout_keys(problem: Problem, dataset_file: Path) -> NDArray[np.uint64]:
    """Return the coarse keys of a built file's holdout questions, shape (k,).

    An entry with one of these keys is a near duplicate of a holdout question and must not be trained on.
    """
    asked = [column for column in problem.columns if column.role is Role.QUESTION]
    names = [column.name for column in asked]
    rows = pq.read_table(dataset_file, columns=[SPLIT, *names], filters=pc.field(SPLIT) == HOLDOUT)
    if not len(rows):
        return np.empty(0, dtype=np.uint64)
    return coarse_keys(problem, {column.name: column_from_arrow(column, rows[column.name]) for column in asked})


def write_reviewed(problem: Problem, entries: Table, folder: Path) -> Path:
    """Write labelled entries as the folder's file of a problem, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{problem.name}.parquet"
    part = path.with_suffix(".part")
    rows = to_arrow(problem, entries)
    with open_parquet(part, rows.schema) as writer:
        writer.write_table(rows)
    part.replace(path)
    return path
