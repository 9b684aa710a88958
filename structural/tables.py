"""Tables: columns of equal length, the shape in which questions and answers travel.

A table is a plain ``dict`` from column name to a one-dimensional NumPy array. Missing numbers are NaN, missing
categories are the explicit category ``UNSPECIFIED``; there are no other nulls.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structural.errors import StructuralError

Array = NDArray[np.generic]
IntArray = NDArray[np.int64]
Table = dict[str, NDArray]

UNSPECIFIED = "unspecified"


def row_count(table: Mapping[str, NDArray]) -> int:
    """Return the number of rows of a table; columns of different lengths raise `StructuralError`."""
    lengths = {name: len(column) for name, column in table.items()}
    if not lengths:
        return 0
    if len(set(lengths.values())) != 1:
        raise StructuralError(f"columns differ in length: {lengths}; every column needs the same number of rows")
    return next(iter(lengths.values()))


def table_of(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return rows of plain values, one or more with the same names, as a table of columns (n,)."""
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def take(table: Mapping[str, NDArray], rows: NDArray | slice) -> Table:
    """Return the given rows (integer indices, boolean mask or slice) of every column."""
    return {name: column[rows] for name, column in table.items()}


def distinct(column: Array) -> tuple[list[Any], IntArray]:
    """Return the distinct values of a column (n,) in order of appearance, and which of them each row holds, (n,).

    Words are told apart by hashing, which takes a fraction of the time of sorting them.
    """
    places: dict[Any, int] = {}
    at = [places.setdefault(value, len(places)) for value in column.tolist()]
    return list(places), np.array(at, dtype=np.int64)


def concatenate(tables: Sequence[Mapping[str, NDArray]]) -> Table:
    """Stack tables of the same columns on top of one another, in order."""
    if not tables:
        return {}
    names = list(tables[0])
    return {name: np.concatenate([table[name] for table in tables]) for name in names}
