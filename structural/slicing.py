"""Cutting entries into groups for robustness figures: by category, by range of a number, by what was left out.

The edges of ranges are fixed engineering numbers, not quantiles of the data: a group means the same in every dataset,
so its accuracy can be followed from month to month.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from structural.errors import StructuralError
from structural.problem import Slice
from structural.tables import UNSPECIFIED, Table

NOT_GIVEN = "not given"
"""The group of the entries that leave out the number a slice is cut by."""
ALL_MISSING, SOME_MISSING, ALL_GIVEN = "all missing", "some missing", "all given"

Numbers = Callable[[Table], NDArray]


def by_category(column: str) -> Slice:
    """Return the slice that has a group for each value of a column."""
    return Slice(column, lambda table: np.asarray(table[column], dtype=np.str_))


def by_range(name: str, unit: str, edges: Sequence[float], numbers: str | Numbers) -> Slice:
    """Return the slice that groups entries by the range that a number falls into.

    ``name`` is the slice's own and carries the unit (``span_ft``); ``unit`` is written into each group
    (``15 to 25 ft``). ``edges`` rise; a number on an edge belongs to the range below it. ``numbers`` is a column, or a
    function from table to numbers (n,) in ``unit``. NaN goes to `NOT_GIVEN`. Raises `StructuralError` for edges that
    do not rise.
    """
    if not edges or any(low >= high for low, high in pairwise(edges)):
        raise StructuralError(f"slice {name}: the edges {tuple(edges)} do not rise; give at least one, smallest first")
    labels = np.array([*_range_labels(edges, unit), NOT_GIVEN])

    def group(table: Table) -> NDArray[np.str_]:
        given = table[numbers] if isinstance(numbers, str) else numbers(table)
        values = np.asarray(given, dtype=float)
        places = np.searchsorted(np.asarray(edges, dtype=float), values, side="left")
        return np.asarray(labels[np.where(np.isnan(values), len(labels) - 1, places)])

    return Slice(name, group)


def _range_labels(edges: Sequence[float], unit: str) -> list[str]:
    """Return the names of the ranges, lowest first: one more than there are edges."""
    between = [f"{low:,g} to {high:,g} {unit}" for low, high in pairwise(edges)]
    return [f"up to {edges[0]:,g} {unit}", *between, f"over {edges[-1]:,g} {unit}"]


def by_completeness(name: str, columns: Sequence[str]) -> Slice:
    """Return the slice that tells whether none, some or all of the optional ``columns`` are left out."""

    def group(table: Table) -> NDArray[np.str_]:
        return completeness(np.stack([_is_missing(table[column]) for column in columns], axis=1))

    return Slice(name, group)


def completeness(missing: NDArray[np.bool_]) -> NDArray[np.str_]:
    """Return `ALL_MISSING`, `SOME_MISSING` or `ALL_GIVEN` a row, (n,), from which inputs are missing, (n, inputs)."""
    partly = np.where(missing.any(axis=1), SOME_MISSING, ALL_GIVEN)
    return np.where(missing.all(axis=1), ALL_MISSING, partly)


def _is_missing(values: NDArray) -> NDArray[np.bool_]:
    if values.dtype.kind == "f":
        return np.asarray(np.isnan(values))
    return np.asarray((values == UNSPECIFIED) | (values == ""), dtype=bool)
