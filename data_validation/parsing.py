"""Strict reading of single columns: every value becomes what the contract says or is named as bad."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data_validation.contract import column_from_arrow, missing_value
from data_validation.findings import Fault, Finding, shown
from structural.problem import Column, Kind

MAX_TEXT_CHARACTERS = 20_000
MAX_CATEGORY_CHARACTERS = 200
_FLOAT = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,19}(?:\.0*)?", re.ASCII)
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_CONTROL_RE2 = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_INT64 = np.iinfo(np.int64)


@dataclass(frozen=True, slots=True)
class ParsedColumn:
    """A column in contract type, shape (n,); ``missing`` marks values not given, ``bad`` values that do not parse."""

    values: NDArray
    missing: NDArray[np.bool_]
    bad: NDArray[np.bool_]
    reason: str

    def finding(self, column: Column, raw: Sequence[object]) -> Finding:
        """Return the finding of the values that do not parse; ``raw`` are the values as found."""
        rows = np.flatnonzero(self.bad)
        values = [shown(raw[row]) for row in rows.tolist()]
        return Finding(Fault.TYPE, column.name, rows, values, [f"{value!r} {self.reason}" for value in values])


def parse_arrow(column: Column, values: pa.ChunkedArray) -> ParsedColumn:
    """Read one Arrow column of any type; text in a number column is parsed value by value."""
    kind = values.type
    if pa.types.is_string(kind):
        if column.kind in (Kind.CATEGORY, Kind.TEXT):
            return _strings(column, values)
        return parse_texts(column, ["" if text is None else text for text in values.to_pylist()])
    if column.kind is Kind.BOOLEAN and pa.types.is_boolean(kind):
        return _filled(column, values)
    if column.kind in (Kind.FLOAT, Kind.INTEGER) and (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        return _numbers(column, values)
    return _all_bad(column, len(values), f"is stored as {kind}, not as {column.kind.value}")


def parse_texts(column: Column, texts: Sequence[str]) -> ParsedColumn:
    """Read one column of text cells (CSV): an empty cell is a missing value, everything else must parse."""
    if column.kind in (Kind.CATEGORY, Kind.TEXT):
        longest = longest_text(column)
        bad = np.fromiter(
            (len(text) > longest or _CONTROL.search(text) is not None for text in texts), bool, len(texts)
        )
        # Bad texts are left out before NumPy makes room for the longest one in every row.
        values = np.asarray(["" if wrong else text for text, wrong in zip(texts, bad, strict=True)], dtype=np.str_)
        return _marked_strings(column, values, values == "", bad)
    empty = missing_value(column)
    values = np.full(len(texts), empty, dtype=column.kind.value)
    missing = np.zeros(len(texts), dtype=bool)
    bad = np.zeros(len(texts), dtype=bool)
    for row, text in enumerate(texts):
        if not text.strip():
            missing[row] = True
            continue
        value = _number(column.kind, text.strip())
        bad[row] = value is None
        values[row] = empty if value is None else value
    return ParsedColumn(values, missing, bad, f"is not a {_WORDS[column.kind]}")


_WORDS = {Kind.FLOAT: "finite number", Kind.INTEGER: "whole number", Kind.BOOLEAN: "true or false"}


def _number(kind: Kind, text: str) -> float | int | bool | None:
    """Return the value of one cell, or nothing when it is not exactly of this kind."""
    if kind is Kind.BOOLEAN:
        return _BOOLEANS.get(text.casefold())
    if kind is Kind.INTEGER:
        whole = int(text.split(".")[0]) if _INTEGER.fullmatch(text) else None
        return whole if whole is not None and _INT64.min <= whole <= _INT64.max else None
    value = float(text) if _FLOAT.fullmatch(text) else math.nan
    return value if math.isfinite(value) else None


def _strings(column: Column, values: pa.ChunkedArray) -> ParsedColumn:
    missing = values.is_null().to_numpy()
    filled = values.fill_null("")
    too_long = pc.greater(pc.utf8_length(filled), longest_text(column))
    bad = pc.or_(pc.match_substring_regex(filled, _CONTROL_RE2), too_long)
    texts = column_from_arrow(column, pc.if_else(bad, "", filled))
    missing = missing | (texts == "") if column.kind is Kind.TEXT else missing
    return _marked_strings(column, texts, missing, np.asarray(bad.to_numpy()))


def longest_text(column: Column) -> int:
    """Return how many characters a value of a text or category column may have."""
    return MAX_CATEGORY_CHARACTERS if column.kind is Kind.CATEGORY else MAX_TEXT_CHARACTERS


def _marked_strings(
    column: Column, values: NDArray[np.str_], missing: NDArray[np.bool_], bad: NDArray[np.bool_]
) -> ParsedColumn:
    blank = bad | (missing if column.kind is Kind.CATEGORY else np.zeros_like(missing))
    if blank.any():
        values = np.where(blank, np.str_(missing_value(column)), values)
    return ParsedColumn(
        values, missing, bad, f"holds control characters or more than {longest_text(column):,} characters"
    )


def _numbers(column: Column, values: pa.ChunkedArray) -> ParsedColumn:
    if column.kind is Kind.FLOAT:
        numbers = values.cast(pa.float64(), safe=False).fill_null(math.nan).to_numpy().copy()
        bad = np.isinf(numbers)
        numbers[bad] = math.nan
        return ParsedColumn(numbers, np.isnan(numbers) & ~bad, bad, "is not a finite number")
    if pa.types.is_signed_integer(values.type):
        return _filled(column, values.cast(pa.int64()))
    numbers = values.cast(pa.float64(), safe=False).fill_null(math.nan).to_numpy()
    missing = np.isnan(numbers)
    bad = ~missing & ((numbers != np.rint(numbers)) | (np.abs(numbers) > 2**53))
    whole = np.where(missing | bad, missing_value(column), numbers).astype(np.int64)
    return ParsedColumn(whole, missing, bad, "is not a whole number")


def _filled(column: Column, values: pa.ChunkedArray) -> ParsedColumn:
    missing = values.is_null().to_numpy()
    filled = np.asarray(values.fill_null(missing_value(column)).to_numpy())
    return ParsedColumn(filled, missing, np.zeros(len(missing), dtype=bool), "")


def _all_bad(column: Column, rows: int, reason: str) -> ParsedColumn:
    kind = "U" if column.kind in (Kind.CATEGORY, Kind.TEXT) else column.kind.value
    values = np.full(rows, missing_value(column), dtype=None if kind == "U" else kind)
    return ParsedColumn(values, np.zeros(rows, dtype=bool), np.ones(rows, dtype=bool), reason)


def absent_column(column: Column, value: float | int | bool | str, rows: int) -> ParsedColumn:
    """Return a column that the file leaves out, filled with one value."""
    kind = None if isinstance(value, str) else column.kind.value
    return ParsedColumn(np.full(rows, value, dtype=kind), np.ones(rows, dtype=bool), np.zeros(rows, dtype=bool), "")
