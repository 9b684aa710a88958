"""Setting bad rows aside, to be mended and brought in again, and why.

``<problem>.csv`` holds the rows as they were found, ``<problem>.malformed.csv`` the lines that are no rows of their
file, byte for byte, and ``<problem>.jsonl`` a reason a fault.
"""

import csv
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data_validation.checks import CheckedSource, check_labels, check_source, name_bad_rows
from data_validation.content import coarse_keys
from data_validation.contract import SPLITS, arrow_schema, to_arrow
from data_validation.folders import building_folder, publish
from data_validation.limits import SourceLimits
from data_validation.manifest import FileRecord, Manifest, dataset_sha256, file_sha256, read_manifest
from data_validation.sources import KEPT_COLUMNS, read_source
from data_validation.writer import ROW_GROUP_ROWS, open_parquet
from structural.problem import Problem
from structural.tables import take

QUARANTINE_DIR = "quarantine"
MALFORMED_SUFFIX = ".malformed.csv"


class QuarantineWriter:
    """Writes the files of each problem below ``quarantine/``; earlier files there are kept beside."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / QUARANTINE_DIR

    def __enter__(self) -> "QuarantineWriter":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()

    def add(self, checked: CheckedSource) -> int:
        """Write the bad rows of a source with their reasons; returns how many there are."""
        if not checked.bad_row_count:
            return 0
        self._folder.mkdir(exist_ok=True)
        stem = self._free_stem(checked.source.problem.name)
        reasons = [json.dumps(row.to_json(), sort_keys=True, ensure_ascii=False) for row in name_bad_rows(checked)]
        (self._folder / f"{stem}.jsonl").write_text("\n".join(reasons) + "\n", encoding="utf-8")
        if checked.bad.any():
            _write_rows(checked, self._folder / f"{stem}.csv")
        if checked.source.malformed:
            _write_malformed(checked, self._folder / f"{stem}{MALFORMED_SUFFIX}")
        return checked.bad_row_count

    def _free_stem(self, problem: str) -> str:
        number = 1
        while (self._folder / f"{_stem(problem, number)}.jsonl").exists():
            number += 1
        return _stem(problem, number)


def _write_rows(checked: CheckedSource, path: Path) -> None:
    rows = checked.source.raw.filter(pa.array(checked.bad))
    # Identity and split belong to the row as it was; a mended row gets new ones.
    rows = rows.drop_columns([name for name in KEPT_COLUMNS if name in rows.column_names])
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(rows.column_names)
        writer.writerows(zip(*(_cells(column) for column in rows.columns), strict=True))


def _write_malformed(checked: CheckedSource, path: Path) -> None:
    """Write the header of the file and below it the lines themselves, whose cells no column can be told of."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerow(checked.source.raw.column_names)
    with path.open("ab") as stream:
        for row in checked.source.malformed:
            stream.write(row.raw if row.raw.endswith(b"\n") else row.raw + b"\n")


def _stem(problem: str, number: int) -> str:
    return problem if number == 1 else f"{problem}-{number}"


def _cells(column: pa.ChunkedArray) -> list[str]:
    return ["" if value is None or value != value else str(value) for value in column.to_pylist()]


@dataclass(frozen=True, slots=True)
class Quarantined:
    """What was set aside: rows a problem, and the folder with rows and reasons."""

    rows: dict[str, int]
    folder: Path

    @property
    def total(self) -> int:
        """Bad rows of all problems."""
        return sum(self.rows.values())


def check_against_record(
    problem: Problem, folder: Path, record: FileRecord, manifest: Manifest, limits: SourceLimits
) -> CheckedSource:
    """Check one file of a built dataset; labels are computed again when the file is not the recorded one."""
    path = folder / record.file
    # Our own files may be of any size: they are bounded by the settings they were built with.
    size = path.stat().st_size
    roomy = replace(limits, max_file_bytes=max(limits.max_file_bytes, size), max_unpacked_bytes=1 << 62)
    source = read_source(problem, path, roomy)
    reviewed = coarse_keys(problem, take(source.table, slice(0, record.reviewed_rows)))
    checked = check_source(source, manifest.settings, reviewed)
    if file_sha256(path) != record.sha256:
        checked = check_labels(checked, record.brought_rows)
    return checked


def quarantine_dataset(folder: Path, problems: Sequence[Problem], limits: SourceLimits | None = None) -> Quarantined:
    """Move the bad rows out of a built dataset and write a new manifest; the dataset is replaced whole or not at all.

    Good rows keep their order, identity and split. Raises `DataError` when a file cannot be read as a whole.
    """
    limits = limits or SourceLimits()
    manifest = read_manifest(folder)
    by_name = {problem.name: problem for problem in problems}
    counts: dict[str, int] = {}
    with building_folder(folder) as building:
        if (folder / QUARANTINE_DIR).is_dir():
            shutil.copytree(folder / QUARANTINE_DIR, building / QUARANTINE_DIR)
        records: dict[str, FileRecord] = {}
        with QuarantineWriter(building) as quarantine:
            for name, record in manifest.problems.items():
                checked = check_against_record(by_name[name], folder, record, manifest, limits)
                counts[name] = quarantine.add(checked)
                records[name] = _write_good_rows(checked, building / record.file, record)
        replace(
            manifest,
            problems=records,
            entries=sum(record.rows for record in records.values()),
            sha256=dataset_sha256(records),
            quarantined_rows=manifest.quarantined_rows + sum(counts.values()),
        ).write(building)
        publish(building, folder)
    return Quarantined(counts, folder / QUARANTINE_DIR)


def _write_good_rows(checked: CheckedSource, path: Path, record: FileRecord) -> FileRecord:
    good = np.flatnonzero(~checked.bad)
    entries = good_entries(checked, good)
    with open_parquet(path, arrow_schema(checked.source.problem)) as writer:
        if len(good):
            writer.write_table(entries, row_group_size=ROW_GROUP_ROWS)
    return replace(
        record,
        sha256=file_sha256(path),
        size_bytes=path.stat().st_size,
        rows=len(good),
        reviewed_rows=int((good < record.reviewed_rows).sum()),
        own_rows=int(((good >= record.reviewed_rows) & (good < record.brought_rows)).sum()),
        splits=_split_counts(checked.splits[good]),
    )


def good_entries(checked: CheckedSource, good: NDArray[np.int64]) -> pa.Table:
    """Return the given rows of a checked source in file columns, with recomputed identity and split."""
    problem = checked.source.problem
    schema = arrow_schema(problem)
    if not len(good):
        return schema.empty_table()
    columns = to_arrow(problem, take(checked.source.table, good)).columns
    ids = pa.array(checked.ids[good].tolist(), pa.string())
    splits = pa.array(checked.splits[good].tolist(), pa.string())
    return pa.Table.from_arrays([ids, splits, *columns], schema=schema)


def _split_counts(splits: NDArray[np.str_]) -> dict[str, int]:
    return {split: int((splits == split).sum()) for split in SPLITS}


def quarantine_folder(sources: Sequence[CheckedSource], folder: Path) -> Quarantined:
    """Write the bad rows of a company's files below its folder; the files themselves are left as they are."""
    with QuarantineWriter(folder) as quarantine:
        return Quarantined(
            {checked.source.problem.name: quarantine.add(checked) for checked in sources}, folder / QUARANTINE_DIR
        )
