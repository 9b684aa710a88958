"""The columns of a dataset file: ``entry_id``, ``split`` and the columns of the problem, with their stored types."""

from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from data_validation.errors import DataError
from structural.problem import Column, Kind, Problem, Role
from structural.tables import UNSPECIFIED, Table, row_count

ENTRY_ID = "entry_id"
SPLIT = "split"
OWN_DATA = "own_data"
"""Value of a text or category PROVENANCE column in entries that a company brought itself."""

TRAIN, VALIDATION, HOLDOUT = "train", "validation", "holdout"
SPLITS = (TRAIN, VALIDATION, HOLDOUT)

UNIT_KEY = b"unit"
_ARROW_TYPES = {
    Kind.FLOAT: pa.float64(),
    Kind.INTEGER: pa.int64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.CATEGORY: pa.string(),
    Kind.TEXT: pa.string(),
}


class SplitWeights(Protocol):
    """Weights of the splits in percent; what is left of 100 is the sealed holdout."""

    @property
    def train_weight_percent(self) -> int: ...
    @property
    def validation_weight_percent(self) -> int: ...


def arrow_type(column: Column) -> pa.DataType:
    """Return the stored type of a column."""
    return _ARROW_TYPES[column.kind]


def arrow_schema(problem: Problem) -> pa.Schema:
    """Return the schema of a problem's file; the unit of each column travels as field metadata."""
    fields = [pa.field(ENTRY_ID, pa.string(), nullable=False), pa.field(SPLIT, pa.string(), nullable=False)]
    for column in problem.columns:
        metadata = {UNIT_KEY: column.unit.encode()}
        fields.append(pa.field(column.name, arrow_type(column), nullable=False, metadata=metadata))
    return pa.schema(fields)


def is_text(column: Column) -> bool:
    """Tell whether a column holds strings."""
    return column.kind in (Kind.CATEGORY, Kind.TEXT)


def accepts_missing(column: Column) -> bool:
    """Tell whether a row may leave this column out; provenance of foreign entries is unknown by nature."""
    return column.optional or column.role is Role.PROVENANCE


def may_be_absent(column: Column) -> bool:
    """Tell whether a file of own data may do without this column: whole numbers and booleans have no missing mark."""
    if column.role is Role.PROVENANCE:
        return True
    return column.role is Role.QUESTION and column.optional and column.kind not in (Kind.INTEGER, Kind.BOOLEAN)


def accepted_categories(column: Column) -> tuple[str, ...]:
    """Return the values a CATEGORY column may hold, the mark of foreign entries included."""
    if column.role is Role.PROVENANCE:
        return (*column.categories, OWN_DATA)
    return column.categories


def neutral_value(column: Column) -> float | int | bool | str:
    """Return what stands in a PROVENANCE column of an entry that a company brought itself."""
    if column.kind is Kind.FLOAT:
        return float("nan")
    if column.kind is Kind.INTEGER:
        return round(column.minimum) if column.minimum is not None and column.minimum > 0 else 0
    return False if column.kind is Kind.BOOLEAN else OWN_DATA


def missing_value(column: Column) -> float | int | bool | str:
    """Return the mark of a value that is not there: NaN, ``unspecified`` or an empty text."""
    if column.kind is Kind.FLOAT:
        return float("nan")
    if column.kind is Kind.CATEGORY:
        return UNSPECIFIED
    return "" if column.kind is Kind.TEXT else neutral_value(column)


def to_arrow(problem: Problem, table: Table) -> pa.Table:
    """Return the problem's columns of ``table`` as Arrow, types checked against the contract.

    Raises `DataError` naming the column that is missing or cannot be stored without loss.
    """
    if row_count(table) == 0:
        raise DataError(f"{problem.name}: a table without rows cannot be stored")
    arrays = {column.name: _to_arrow_column(problem, column, table) for column in problem.columns}
    fields = [arrow_schema(problem).field(name) for name in arrays]
    return pa.Table.from_arrays(list(arrays.values()), schema=pa.schema(fields))


def _to_arrow_column(problem: Problem, column: Column, table: Table) -> pa.Array:
    if column.name not in table:
        raise DataError(f"{problem.name}: column {column.name!r} is missing; the contract has it")
    values = table[column.name]
    kinds = {Kind.FLOAT: "fiu", Kind.INTEGER: "iu", Kind.BOOLEAN: "b", Kind.CATEGORY: "UTO", Kind.TEXT: "UTO"}
    if values.dtype.kind not in kinds[column.kind]:
        raise DataError(f"{problem.name}: column {column.name!r} is {values.dtype}; the contract says {column.kind}")
    try:
        if is_text(column):
            return pa.array(values.tolist(), type=pa.string())
        return pa.array(values.astype(column.kind.value), from_pandas=False)
    except (pa.ArrowException, UnicodeEncodeError) as error:
        raise DataError(f"{problem.name}: column {column.name!r} cannot be stored: {error}") from error


def from_arrow(problem: Problem, arrow: pa.Table) -> Table:
    """Return the problem's columns of an Arrow table that follows the contract, as NumPy."""
    return {column.name: column_from_arrow(column, arrow[column.name]) for column in problem.columns}


def column_from_arrow(column: Column, values: Any) -> np.ndarray:
    """Return one Arrow column (contract type, no nulls) as NumPy: strings as fixed-width Unicode."""
    if is_text(column):
        return np.asarray(values.to_pylist(), dtype=np.str_)
    return np.asarray(values.to_numpy())
