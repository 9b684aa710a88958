"""A small made-up problem with every kind of column, importable by worker processes."""

import csv
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from structural.problem import Column, Kind, PhysicsRule, Problem, Role
from structural.tables import UNSPECIFIED, Table


def _significant(values: NDArray, digits: int = 4) -> NDArray:
    return np.array([float(f"{value:.{digits}g}") for value in values])


def sample(count: int, rng: np.random.Generator) -> Table:
    depth_in = _significant(rng.uniform(4, 44, count))
    limit = _significant(rng.uniform(0.1, 2, count))
    limit[rng.random(count) < 0.3] = np.nan
    words = np.array(["braced at third points", "no camber", "Roof beam", "see drawing S-201"])
    return {
        "depth_in": depth_in,
        "flange_in": _significant(depth_in * rng.uniform(0.01, 0.2, count)),
        "bolts": rng.integers(1, 40, count),
        "limit_in": limit,
        "grade": rng.choice(["A992", "A36", UNSPECIFIED], count),
        "braced": rng.random(count) < 0.5,
        "notes": np.strings.add(rng.choice(words, count), np.strings.add(" ", rng.integers(0, 400, count).astype(str))),
        "recipe": rng.choice(["plain", "edge"], count),
    }


def label(table: Table) -> Table:
    capacity = table["bolts"] * table["depth_in"] * np.where(table["grade"] == "A36", 0.7, 1.0)
    return {
        "capacity_kip": capacity,
        "answer": np.where(capacity < 200, "small", np.where(capacity < 700, "medium", "large")),
    }


def _flanges_fit(table: Table) -> NDArray[np.bool_]:
    return np.asarray(table["depth_in"] > 2 * table["flange_in"])


COLUMNS = (
    Column("depth_in", Kind.FLOAT, Role.QUESTION, "in", "depth", 4, 44),
    Column("flange_in", Kind.FLOAT, Role.QUESTION, "in", "flange thickness", 0.01, 10),
    Column("bolts", Kind.INTEGER, Role.QUESTION, "1", "number of bolts", 1, 40),
    Column("limit_in", Kind.FLOAT, Role.QUESTION, "in", "deflection limit", 0.1, 2, optional=True),
    Column("grade", Kind.CATEGORY, Role.QUESTION, "", "steel", categories=("A992", "A36", UNSPECIFIED), optional=True),
    Column("braced", Kind.BOOLEAN, Role.QUESTION, "", "braced"),
    Column("notes", Kind.TEXT, Role.QUESTION, "", "free text"),
    Column("recipe", Kind.CATEGORY, Role.PROVENANCE, "", "how sampled", categories=("plain", "edge")),
    Column("capacity_kip", Kind.FLOAT, Role.LABEL, "kip", "capacity", 0, 2000),
    Column("answer", Kind.CATEGORY, Role.LABEL, "", "size", categories=("small", "medium", "large")),
)
RULES = (PhysicsRule("flanges_fit", "the depth exceeds two flange thicknesses", _flanges_fit),)


def make_problem(name: str) -> Problem:
    """Return the made-up problem under a name."""
    return Problem(name, name, COLUMNS, "answer", sample, label, RULES)


def make_poor_problem(name: str) -> Problem:
    """Return a problem that knows only 40 different questions."""

    def few(count: int, rng: np.random.Generator) -> Table:
        rows = rng.integers(0, 40, count)
        return {column: values[rows] for column, values in sample(40, np.random.default_rng(1)).items()}

    return Problem(name, name, COLUMNS, "answer", few, label, RULES)


@dataclass(frozen=True)
class Options:
    """Settings of a small dataset."""

    entries_per_problem: int = 500
    seed: int = 7
    chunk_rows: int = 128
    workers: int = 1
    train_weight_percent: int = 80
    validation_weight_percent: int = 10
    own_data_dir: Path | None = None
    reviewed_dir: Path | None = None
    max_age_days: int = 45


def make_slow_problem(name: str) -> Problem:
    """Return a problem whose chunks take a tenth of a second."""

    def slowly(count: int, rng: np.random.Generator) -> Table:
        time.sleep(0.1)
        return sample(count, rng)

    return Problem(name, name, COLUMNS, "answer", slowly, label, RULES)


def as_texts(table: Table) -> Table:
    """Return a table of text cells as in a CSV file, so that a test can put anything into one."""
    return {
        name: np.array(["" if v != v else str(v) for v in values.tolist()], "U40") for name, values in table.items()
    }


def write_table(path: Path, table: Table) -> None:
    """Write a table as CSV the way a company would: no identity, empty cells for missing numbers."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(table)
        for cells in zip(*(values.tolist() for values in table.values()), strict=True):
            writer.writerow(["" if cell != cell else cell for cell in cells])
