"""Strict and bounded reading of CSV: UTF-8, comma, one header line, every row as wide as the header."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from data_validation.errors import SourceError
from data_validation.findings import shown
from data_validation.limits import SourceLimits

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class MalformedRow:
    """A line that is no row of this file; ``number`` is its line number from 1, ``raw`` its bytes as they stand there.

    A row that a quoted line break spreads over several lines has the number of the last and the bytes of all.
    """

    number: int
    text: str
    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class CsvRows:
    """The cells of a CSV file by column, the line number of each row, and the lines that are no rows."""

    header: tuple[str, ...]
    columns: list[list[str]]
    numbers: list[int]
    bad: tuple[MalformedRow, ...]


class _Lines:
    """Bounded lines of a file as text; remembers the lines since the last look, and whether one was not UTF-8."""

    def __init__(self, stream: BinaryIO, path: Path, max_bytes: int) -> None:
        self._stream = stream
        self._path = path
        self._max_bytes = max_bytes
        self._number = 0
        self._raw: list[bytes] = []
        self._undecodable = False

    def look(self) -> tuple[bytes, bool]:
        """Return the bytes read since the last look and whether a line of them was not UTF-8."""
        seen = b"".join(self._raw), self._undecodable
        self._raw, self._undecodable = [], False
        return seen

    def __iter__(self) -> Iterator[str]:
        while line := self._stream.readline(self._max_bytes + 1):
            self._number += 1
            if len(line) > self._max_bytes:
                raise SourceError(f"{self._path}:{self._number}: line longer than {self._max_bytes:,} bytes")
            if self._number == 1:
                line = line.removeprefix(_BOM)
            self._raw.append(line)
            try:
                yield line.decode("utf-8")
            except UnicodeDecodeError:
                self._undecodable = True
                yield line.decode("utf-8", "backslashreplace")


def read_csv(path: Path, limits: SourceLimits) -> CsvRows:
    """Read a whole CSV file as text cells.

    Rows of another width and rows that are not UTF-8 are returned as bad, not raised. Raises `SourceError` when the
    file cannot be split into rows at all: no header, a quote left open, a cell or line beyond the limits.
    """
    with path.open("rb") as stream:
        lines = _Lines(stream, path, limits.max_line_bytes)
        reader = csv.reader(iter(lines), strict=True)
        try:
            header = tuple(name.strip() for name in next(reader, ()))
            _check_header(header, path, lines.look()[1], limits)
            return _read_rows(reader, lines, header, limits)
        except csv.Error as error:
            raise SourceError(f"{path}:{reader.line_num}: not valid CSV: {error}") from error


def _check_header(header: tuple[str, ...], path: Path, undecodable: bool, limits: SourceLimits) -> None:
    if undecodable or any("\x00" in name for name in header):
        raise SourceError(f"{path}:1: the header is not UTF-8; save the file as CSV in UTF-8")
    if not any(header):
        raise SourceError(f"{path} has no header line; the first line names the columns")
    if len(header) > limits.max_columns:
        raise SourceError(f"{path} has {len(header)} columns; at most {limits.max_columns} are read")


def _read_rows(reader: Iterator[list[str]], lines: _Lines, header: tuple[str, ...], limits: SourceLimits) -> CsvRows:
    rows: list[list[str]] = []
    numbers: list[int] = []
    bad: list[MalformedRow] = []
    for cells in reader:
        number: int = reader.line_num  # type: ignore[attr-defined]
        raw, undecodable = lines.look()
        if not cells:
            continue
        reason = _row_fault(cells, len(header), undecodable, limits)
        if reason:
            bad.append(MalformedRow(number, shown(",".join(cells)), reason, raw))
        else:
            rows.append(cells)
            numbers.append(number)
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in header]
    return CsvRows(header, columns, numbers, tuple(bad))


def _row_fault(cells: list[str], width: int, undecodable: bool, limits: SourceLimits) -> str:
    if undecodable:
        return "not UTF-8; save the file as CSV in UTF-8"
    if len(cells) != width:
        return f"{len(cells)} cells where the header has {width}"
    if any(len(cell) > limits.max_cell_characters for cell in cells):
        return f"a cell has more than {limits.max_cell_characters:,} characters"
    return ""
