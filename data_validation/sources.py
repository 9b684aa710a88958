"""Reading one file of entries, ours or a company's, whole and strictly: columns checked, every bad cell named."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from data_validation.columns import unknown_columns
from data_validation.contract import (
    ENTRY_ID,
    SPLIT,
    UNIT_KEY,
    accepts_missing,
    arrow_type,
    is_text,
    may_be_absent,
    missing_value,
    neutral_value,
)
from data_validation.csv_source import CsvRows, MalformedRow, read_csv
from data_validation.errors import SourceError
from data_validation.findings import Fault, Finding
from data_validation.limits import SourceLimits
from data_validation.parsing import ParsedColumn, absent_column, longest_text, parse_arrow, parse_texts
from data_validation.shape_names import NO_SHAPE, one_spelling
from data_validation.units import same_unit
from structural.problem import Column, Kind, Problem, Role
from structural.tables import Table

UNIT_SUFFIX = "__unit"
UNITS_FILE = "units.json"
_MAX_SIDECAR_BYTES = 1_000_000
_BYTES_PER_CHARACTER = 4
_BATCH_ROWS = 2_048
KEPT_COLUMNS = (ENTRY_ID, SPLIT)


@dataclass(frozen=True, slots=True)
class ColumnFound:
    """How a column is stored and in which unit, beside what the contract says."""

    name: str
    expected_type: str
    found_type: str
    expected_unit: str
    found_unit: str


@dataclass(frozen=True, slots=True)
class Source:
    """The entries of one file. ``table`` has contract types, bad cells replaced by missing marks and listed."""

    problem: Problem
    path: Path
    raw: pa.Table
    table: Table
    kept: Table
    numbers: NDArray[np.int64]
    columns: tuple[ColumnFound, ...]
    findings: tuple[Finding, ...]
    malformed: tuple[MalformedRow, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows that could be split into columns."""
        return len(self.numbers)


def find_source(folder: Path, problem: Problem) -> Path | None:
    """Return ``<problem>.parquet`` or ``<problem>.csv`` of the folder; both at once raise `SourceError`."""
    paths = [folder / f"{problem.name}{suffix}" for suffix in (".parquet", ".csv")]
    there = [path for path in paths if path.is_file()]
    if len(there) > 1:
        raise SourceError(f"{folder} has {there[0].name} and {there[1].name}; keep one of the two")
    return there[0] if there else None


def read_source(problem: Problem, path: Path, limits: SourceLimits) -> Source:
    """Read a Parquet or CSV file of a problem's entries.

    QUESTION and LABEL columns must be there (optional QUESTION columns may be left out), PROVENANCE columns may;
    ``entry_id`` and ``split`` are kept when present. ``<column>__unit`` columns, Parquet field metadata and
    ``units.json`` declare units. Raises `SourceError` when the file as a whole cannot be used.
    """
    if path.stat().st_size > limits.max_file_bytes:
        raise SourceError(f"{path} is larger than {limits.max_file_bytes:,} bytes; split it or raise the limit")
    if path.suffix == ".csv":
        rows = read_csv(path, limits)
        _check_columns(problem, path, rows.header)
        return _from_csv(problem, path, rows, limits)
    arrow = _read_parquet(path, limits)
    _check_columns(problem, path, arrow.column_names)
    _check_room(problem, path, arrow, limits)
    return _assemble(problem, path, arrow, np.arange(1, len(arrow) + 1), ())


def _read_parquet(path: Path, limits: SourceLimits) -> pa.Table:
    try:
        file = pq.ParquetFile(path)
        metadata = file.metadata
        size = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
        if metadata.num_columns > limits.max_columns or size > limits.max_unpacked_bytes:
            raise SourceError(
                f"{path} has {metadata.num_columns} columns and {size:,} bytes unpacked; "
                f"at most {limits.max_columns} and {limits.max_unpacked_bytes:,} are read"
            )
        table = _plain_strings(_read_bounded(file, path, limits))
        table.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{path} is not a readable Parquet file: {error}") from error
    return table


def _read_bounded(file: pq.ParquetFile, path: Path, limits: SourceLimits) -> pa.Table:
    """Read in small batches: repeated texts are stored once, so a tiny file can unpack to any size."""
    batches, size = [], 0
    for batch in file.iter_batches(batch_size=_BATCH_ROWS):
        size += batch.nbytes
        if size > limits.max_unpacked_bytes:
            raise SourceError(f"{path} unpacks to more than {limits.max_unpacked_bytes:,} bytes; split it")
        batches.append(batch)
    return pa.Table.from_batches(batches, file.schema_arrow).combine_chunks()


def _plain_strings(table: pa.Table) -> pa.Table:
    """Return the table with every way to store text (large, dictionary) as plain strings."""
    for at, field in enumerate(table.schema):
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if field.type != pa.string() and (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            table = table.set_column(at, field.with_type(pa.string()), table.column(at).cast(pa.string()))
    return table


def _check_columns(problem: Problem, path: Path, names: Sequence[str]) -> None:
    if twice := sorted({name for name in names if list(names).count(name) > 1}):
        raise SourceError(f"{path} has column {twice[0]!r} twice")
    contract = {column.name: column for column in problem.columns}
    known = {*contract, *KEPT_COLUMNS, *(f"{name}{UNIT_SUFFIX}" for name in contract)}
    if unknown := [name for name in names if name not in known]:
        raise SourceError(f"{path} has columns the contract does not know: {unknown_columns(problem, unknown)}")
    needed = [column for column in problem.columns if column.name not in names and not may_be_absent(column)]
    if needed:
        raise SourceError(f"{path} lacks columns: {', '.join(column.name for column in needed)}")


def _from_csv(problem: Problem, path: Path, rows: CsvRows, limits: SourceLimits) -> Source:
    raw = pa.table({name: pa.array(texts, pa.string()) for name, texts in zip(rows.header, rows.columns, strict=True)})
    _check_room(problem, path, raw, limits)
    return _assemble(problem, path, raw, np.asarray(rows.numbers, dtype=np.int64), rows.bad)


def _check_room(problem: Problem, path: Path, raw: pa.Table, limits: SourceLimits) -> None:
    """Refuse a file whose texts would not fit in memory: NumPy gives every row the room of the longest text."""
    for column in problem.columns:
        if not is_text(column) or column.name not in raw.column_names or not pa.types.is_string(raw[column.name].type):
            continue
        longest = pc.max(pc.utf8_length(raw[column.name])).as_py() or 0
        size = min(longest, longest_text(column)) * len(raw) * _BYTES_PER_CHARACTER
        if size > limits.max_unpacked_bytes:
            raise SourceError(f"{path}: the texts of {column.name} need {size:,} bytes of memory; split the file")


def _assemble(
    problem: Problem, path: Path, raw: pa.Table, numbers: NDArray[np.int64], malformed: tuple[MalformedRow, ...]
) -> Source:
    declared = _declared_units(path, problem)
    table, columns, findings = {}, [], []
    for column in problem.columns:
        read = _read_column(column, raw, path)
        table[column.name] = read.values
        columns.append(_found(column, raw, path, declared))
        if read.bad.any():
            findings.append(read.finding(column, raw[column.name].to_pylist()))
        if none := NO_SHAPE.get((problem.name, column.name)):
            table[column.name], unknown = one_spelling(column, read.values, none, ~read.bad)
            findings += unknown
        findings += [*_missing(column, read), *_wrong_unit(column, raw)]
    kept = {name: _kept_texts(raw, name) for name in KEPT_COLUMNS if name in raw.column_names}
    return Source(problem, path, raw, table, kept, numbers, tuple(columns), tuple(findings), malformed)


def _read_column(column: Column, raw: pa.Table, path: Path) -> ParsedColumn:
    if column.name in raw.column_names:
        values = raw[column.name]
        return parse_texts(column, values.to_pylist()) if path.suffix == ".csv" else parse_arrow(column, values)
    value = neutral_value(column) if column.role is Role.PROVENANCE else missing_value(column)
    return absent_column(column, value, len(raw))


def _missing(column: Column, read: ParsedColumn) -> list[Finding]:
    if accepts_missing(column) or (column.kind is Kind.TEXT and column.role is not Role.QUESTION):
        return []
    gaps = read.missing & ~read.bad
    if not gaps.any():
        return []
    rows = np.flatnonzero(gaps)
    reason = f"{column.name} is empty; every entry needs it"
    return [Finding(Fault.MISSING, column.name, rows, [""] * len(rows), [reason] * len(rows))]


def _wrong_unit(column: Column, raw: pa.Table) -> list[Finding]:
    """Compare the units given row by row in ``<column>__unit``; an empty cell means the contract's unit."""
    name = f"{column.name}{UNIT_SUFFIX}"
    if name not in raw.column_names:
        return []
    units = _kept_texts(raw, name)
    verdict = {unit: not unit.strip() or same_unit(unit, column.unit) for unit in set(units.tolist())}
    rows = np.flatnonzero([not verdict[unit] for unit in units.tolist()])
    if not len(rows):
        return []
    values = [f"{raw[column.name][row].as_py()} {units[row]}" for row in rows.tolist()]
    reasons = [f"{value} is not in {column.unit or 'no unit'}; convert it" for value in values]
    return [Finding(Fault.UNIT, column.name, rows, values, reasons)]


def _kept_texts(raw: pa.Table, name: str) -> NDArray[np.str_]:
    return np.asarray(["" if value is None else str(value) for value in raw[name].to_pylist()], dtype=np.str_)


def _found(column: Column, raw: pa.Table, path: Path, declared: dict[str, str]) -> ColumnFound:
    expected_type = found_type = str(arrow_type(column))
    unit = declared.get(column.name)
    if column.name in raw.column_names and path.suffix != ".csv":
        field = raw.schema.field(column.name)
        found_type = str(field.type)
        if unit is None and field.metadata and UNIT_KEY in field.metadata:
            unit = field.metadata[UNIT_KEY].decode("utf-8", "replace")
    same = unit is None or same_unit(unit, column.unit)
    return ColumnFound(column.name, expected_type, found_type, column.unit, column.unit if same else str(unit))


def _declared_units(path: Path, problem: Problem) -> dict[str, str]:
    """Read ``units.json`` beside the file: ``{"<problem>": {"<column>": "<unit>"}}``."""
    sidecar = path.parent / UNITS_FILE
    if not sidecar.is_file():
        return {}
    try:
        if sidecar.stat().st_size > _MAX_SIDECAR_BYTES:
            raise SourceError(f"{sidecar} is larger than {_MAX_SIDECAR_BYTES:,} bytes")
        units = json.loads(sidecar.read_text(encoding="utf-8")).get(problem.name, {})
        known = {column.name for column in problem.columns}
        if unknown := sorted(set(units) - known):
            told = unknown_columns(problem, unknown)
            raise SourceError(f"{sidecar} declares units of unknown columns of {problem.name}: {told}")
        return {str(name): str(unit) for name, unit in units.items()}
    except (OSError, ValueError, AttributeError, TypeError, RecursionError) as error:
        raise SourceError(f"{sidecar} is not a JSON object of units by problem and column: {error}") from error
