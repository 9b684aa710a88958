"""What a design problem is: columns, a sampler, a truth, rules, and the name of the answer that is scored.

Every floor of the project (data, training, serving, flows) reads the five problems through this one type, so adding a
problem means adding one folder a floor and no special case.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from structural.tables import Table


class Kind(StrEnum):
    """Value type of a column, as stored."""

    FLOAT = "float64"
    INTEGER = "int64"
    BOOLEAN = "bool"
    CATEGORY = "category"
    TEXT = "text"


class Role(StrEnum):
    """What a column is for."""

    QUESTION = "question"
    """Known when the question is asked; the only thing a model may read."""
    PROVENANCE = "provenance"
    """How the entry came about (for example the injected error); never shown to a model."""
    LABEL = "label"
    """Computed truth."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a problem's table.

    ``unit`` is a unit symbol (``"ft"``, ``"kip"``), ``"1"`` for pure numbers and ``""`` for text. ``minimum`` and
    ``maximum`` are inclusive. ``optional`` numbers may be NaN; optional categories may be ``UNSPECIFIED``, which must
    then be among ``categories``.
    """

    name: str
    kind: Kind
    role: Role
    unit: str
    description: str
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class PhysicsRule:
    """A relation between columns that must hold in every row, for example depth > 2 flange thicknesses."""

    name: str
    description: str
    holds: Callable[[Table], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Slice:
    """A named way to cut the questions into groups for robustness figures: returns a group name a row, shape (n,)."""

    name: str
    group: Callable[[Table], NDArray[np.str_]]


@dataclass(frozen=True, slots=True)
class Problem:
    """One of the five problems.

    ``sample(n, rng)`` draws n questions (QUESTION and PROVENANCE columns). ``label(table)`` adds the truth: it takes a
    table with those columns and returns the LABEL columns only. Both are pure, vectorised and deterministic.
    ``answer_column`` names the LABEL column whose exact match is the accuracy of the problem. ``group_column`` names
    an INTEGER PROVENANCE column, if any: entries of one number above 0 belong together and share a split.
    ``sources`` are packages and modules beside `structural` whose code decides the questions.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    answer_column: str
    sample: Callable[[int, np.random.Generator], Table]
    label: Callable[[Table], Table]
    rules: tuple[PhysicsRule, ...] = ()
    slices: tuple[Slice, ...] = field(default=())
    group_column: str = ""
    sources: tuple[str, ...] = ()

    def names(self, role: Role) -> tuple[str, ...]:
        """Return the names of the columns that have this role, in order."""
        return tuple(column.name for column in self.columns if column.role is role)

    def generate(self, count: int, rng: np.random.Generator) -> Table:
        """Return ``count`` labelled entries: questions, provenance and labels in column order."""
        table = self.sample(count, rng)
        table = {**table, **self.label(table)}
        return {column.name: table[column.name] for column in self.columns}
