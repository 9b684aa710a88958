"""Taking in entries that were not generated: a company's own, and those made of accepted reports.

The good rows are written, the bad ones set aside with their reasons.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data_validation.checks import check_source
from data_validation.content import coarse_keys, short_hashes
from data_validation.errors import SourceError
from data_validation.generate import Chunk
from data_validation.limits import SourceLimits
from data_validation.manifest import DatasetOptions
from data_validation.quarantine import QuarantineWriter, good_entries
from data_validation.sources import ColumnFound, Source, find_source, read_source
from data_validation.writer import EntryWriter
from structural.problem import Problem


@dataclass(frozen=True, slots=True)
class Brought:
    """What a file brought in: rows written, rows refused, and the coarse keys of the written ones, shape (rows,)."""

    rows: int = 0
    refused: int = 0
    keys: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, dtype=np.uint64))


def add_reviewed_entries(
    problem: Problem, options: DatasetOptions, writer: EntryWriter, quarantine: QuarantineWriter
) -> Brought:
    """Write the good entries made of accepted reports on one problem, all of them for training.

    A folder or a file that is not there adds nothing. Raises `SourceError` when the file as a whole cannot be used.
    """
    folder = options.reviewed_dir
    if folder is None or not folder.is_dir():
        return Brought()
    return _add(problem, folder, options, (writer, quarantine), None)


def add_own_entries(
    problem: Problem,
    options: DatasetOptions,
    writer: EntryWriter,
    quarantine: QuarantineWriter,
    train_only: NDArray[np.uint64],
) -> Brought:
    """Write the company's good entries of one problem; ``train_only`` are coarse keys that were reviewed.

    A folder without a file of this problem adds nothing. Raises `SourceError` when the folder or the file as a whole
    cannot be used.
    """
    folder = options.own_data_dir
    if folder is None:
        return Brought()
    if not folder.is_dir():
        raise SourceError(f"own data folder {folder} does not exist")
    return _add(problem, folder, options, (writer, quarantine), train_only)


def _add(
    problem: Problem,
    folder: Path,
    options: DatasetOptions,
    sinks: tuple[EntryWriter, QuarantineWriter],
    train_only: NDArray[np.uint64] | None,
) -> Brought:
    """Write a folder's entries of one problem; without ``train_only`` all of them are to be trained on."""
    path = find_source(folder, problem)
    if path is None:
        return Brought()
    writer, quarantine = sinks
    source = read_source(problem, path, SourceLimits())
    refuse_foreign_units(source)
    if train_only is None:
        train_only = coarse_keys(problem, source.table)
    checked = check_source(source, options, train_only)
    refused = quarantine.add(checked)
    good = np.flatnonzero(~checked.bad)
    if not len(good):
        return Brought(refused=refused)
    chunk = Chunk(good_entries(checked, good), short_hashes(checked.ids[good]))
    return Brought(writer.write(chunk, limit=len(good)), refused, checked.keys[good])


def refuse_foreign_units(source: Source) -> None:
    """Raise `SourceError` when a whole column is declared in another unit than the contract's."""
    wrong = [column for column in source.columns if column.found_unit != column.expected_unit]
    if wrong:
        told = "; ".join(_told(column) for column in wrong)
        raise SourceError(f"{source.path}: {told}; convert the file and declare the contract's unit")


def _told(column: ColumnFound) -> str:
    return f"{column.name} is declared in {column.found_unit!r}, the contract says {column.expected_unit!r}"
