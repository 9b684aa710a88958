"""What is wrong with which rows: found as arrays, named one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SHOWN_CHARACTERS = 200


class Fault(StrEnum):
    """The kinds of bad rows that are told apart."""

    MALFORMED = "malformed"
    """Not a row of this file: wrong number of cells, or not UTF-8."""
    TYPE = "type"
    UNIT = "unit"
    MISSING = "missing"
    RANGE = "range"
    CATEGORY = "category"
    SHAPE = "shape"
    """A name that no rolled shape has."""
    PHYSICS = "physics"
    DUPLICATE = "duplicate"
    LEAK = "leak"
    """In another split than its question belongs to."""
    TAMPERED = "tampered"
    """The question does not give this entry id, or the truth of the question is another."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of one column in some rows: 0-based row positions, shape (k,), with a value and a reason each."""

    fault: Fault
    column: str
    rows: NDArray[np.int64]
    values: Sequence[str]
    reasons: Sequence[str]

    @staticmethod
    def of(fault: Fault, column: str, bad: NDArray[np.bool_], values: NDArray, reason: str) -> "Finding":
        """Build a finding from a mask over all rows and that column's values; every row gets the same reason."""
        rows = np.flatnonzero(bad)
        return Finding(fault, column, rows, [shown(value) for value in values[rows].tolist()], [reason] * len(rows))


@dataclass(frozen=True, slots=True)
class BadRow:
    """One fault of one row, ready to be read. ``number`` counts rows (Parquet) or lines (CSV) from 1."""

    problem: str
    file: str
    number: int
    entry_id: str
    fault: Fault
    column: str
    value: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Return a dict of plain values."""
        return {**asdict(self), "fault": self.fault.value}

    def __str__(self) -> str:
        name = f" (entry {self.entry_id})" if self.entry_id else ""
        return f"{self.problem}: {self.file}:{self.number}{name}: {self.fault.value} in {self.column!r}: {self.reason}"


def shown(value: object) -> str:
    """Return a value as text, cut to a length that fits a report."""
    text = str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"


def bad_mask(findings: Sequence[Finding], rows: int, *faults: Fault) -> NDArray[np.bool_]:
    """Return which rows have a finding (of these faults when given), shape (rows,)."""
    mask = np.zeros(rows, dtype=bool)
    for finding in findings:
        if not faults or finding.fault in faults:
            mask[finding.rows] = True
    return mask


def merged(findings: Sequence[Finding]) -> Iterator[tuple[int, Finding, int]]:
    """Yield (row, finding, place in the finding) in row order."""
    flat = [(int(row), at, place) for at, found in enumerate(findings) for place, row in enumerate(found.rows)]
    for row, at, place in sorted(flat):
        yield row, findings[at], place
