"""Taking in a company's own entries: the good rows are written, the bad ones set aside with their reasons."""

import numpy as np

from data_validation.checks import check_source
from data_validation.content import short_hashes
from data_validation.errors import SourceError
from data_validation.generate import Chunk
from data_validation.limits import SourceLimits
from data_validation.manifest import DatasetOptions
from data_validation.quarantine import QuarantineWriter, good_entries
from data_validation.sources import ColumnFound, Source, find_source, read_source
from data_validation.writer import EntryWriter
from structural.problem import Problem


def add_own_entries(
    problem: Problem, options: DatasetOptions, writer: EntryWriter, quarantine: QuarantineWriter
) -> tuple[int, int]:
    """Write the company's good entries of one problem; returns how many were written and how many were refused.

    A folder without a file of this problem adds nothing. Raises `SourceError` when the folder or the file as a whole
    cannot be used.
    """
    folder = options.own_data_dir
    if folder is None:
        return 0, 0
    if not folder.is_dir():
        raise SourceError(f"own data folder {folder} does not exist")
    path = find_source(folder, problem)
    if path is None:
        return 0, 0
    source = read_source(problem, path, SourceLimits())
    refuse_foreign_units(source)
    checked = check_source(source, options)
    refused = quarantine.add(checked)
    good = np.flatnonzero(~checked.bad)
    if not len(good):
        return 0, refused
    chunk = Chunk(good_entries(checked, good), short_hashes(checked.ids[good]))
    return writer.write(chunk, limit=len(good)), refused


def refuse_foreign_units(source: Source) -> None:
    """Raise `SourceError` when a whole column is declared in another unit than the contract's."""
    wrong = [column for column in source.columns if column.found_unit != column.expected_unit]
    if wrong:
        told = "; ".join(_told(column) for column in wrong)
        raise SourceError(f"{source.path}: {told}; convert the file and declare the contract's unit")


def _told(column: ColumnFound) -> str:
    return f"{column.name} is declared in {column.found_unit!r}, the contract says {column.expected_unit!r}"
