"""Judging a dataset, ours or a company's folder: every expectation must hold or it must not be trained on."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from data_validation.checks import CheckedSource, check_source, counts_by_fault, name_bad_rows
from data_validation.content import groups_of
from data_validation.contract import SPLIT, SPLITS, TRAIN, SplitWeights
from data_validation.errors import DataError, SourceError, ValidationFailedError
from data_validation.expectations import ExpectationRun, SuiteResult
from data_validation.findings import BadRow
from data_validation.frames import (
    ROW_NAME,
    FileFacts,
    answers_frame,
    columns_frame,
    files_frame,
    rows_frame,
)
from data_validation.limits import ValidationLimits
from data_validation.manifest import MANIFEST_FILE, Manifest, file_sha256, read_manifest, utc_now
from data_validation.quarantine import check_against_record, quarantine_folder
from data_validation.sources import find_source, read_source
from data_validation.suites import (
    answers_expectations,
    columns_expectations,
    files_expectations,
    rows_expectations,
)
from structural.problem import Problem

SUMMARY_FILE = "summary.json"
BAD_ROWS_FILE = "bad_rows.jsonl"
_SECONDS_PER_DAY = 86_400.0
_ROWS_IN_MESSAGE = 5


class ValidationSettings(SplitWeights, Protocol):
    """The settings of a validation (`configs.settings.DatasetSettings` fits).

    The weights count only where there is no manifest; a built dataset carries its own.
    """

    @property
    def max_age_days(self) -> int: ...


class BadRows(StrEnum):
    """What to do with bad rows of a folder that is not a built dataset."""

    REFUSE = "refuse"
    """They fail the validation."""
    SET_ASIDE = "set_aside"
    """They are written to ``quarantine/`` and the good rows are judged without them."""


@dataclass(frozen=True, slots=True)
class ValidationTools:
    """What a validation works with beside its data."""

    limits: ValidationLimits = field(default_factory=ValidationLimits)
    bad_rows: BadRows = BadRows.REFUSE
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """The outcome. ``bad_rows`` names at most the allowed number of rows; ``bad_rows_total`` counts all.

    ``notes`` say what was not judged, and why.
    """

    passed: bool
    dataset: str
    expectations_total: int
    expectations_passed: int
    rows: int
    quarantined_rows: int
    bad_rows_total: int
    bad_rows_by_fault: dict[str, int]
    bad_rows: tuple[BadRow, ...]
    suites: tuple[SuiteResult, ...]
    errors: tuple[str, ...]
    notes: tuple[str, ...]
    index_page: Path
    summary_file: Path

    def to_json(self) -> dict[str, Any]:
        """Return a dict of plain values, bad rows left out (they have a file of their own)."""
        data = asdict(self)
        del data["bad_rows"]
        return {**data, "index_page": str(self.index_page), "summary_file": str(self.summary_file)}

    def require(self) -> None:
        """Raise `ValidationFailedError` naming what failed and the first bad rows, unless everything held."""
        if self.passed:
            return
        held = f"{self.expectations_passed} of {self.expectations_total} expectations hold"
        rows = [str(row) for row in self.bad_rows[:_ROWS_IN_MESSAGE]]
        failures = [f"{suite.suite}: {failure}" for suite in self.suites for failure in suite.failures]
        told = "\n  ".join([*self.errors, *(rows or failures[:_ROWS_IN_MESSAGE])])
        more = f"{self.bad_rows_total} bad rows. " if self.bad_rows_total else ""
        raise ValidationFailedError(f"{self.dataset}: {held}. {more}Report: {self.index_page}\n  {told}")


def validate_dataset(
    folder: Path,
    problems: Sequence[Problem],
    report_dir: Path,
    settings: ValidationSettings,
    tools: ValidationTools | None = None,
) -> ValidationReport:
    """Check a built dataset, or a folder of ``<problem>.parquet`` or ``.csv`` files, one problem at a time.

    Writes data docs, a summary and the named bad rows into ``report_dir`` and changes nothing else, except that
    `BadRows.SET_ASIDE` writes ``quarantine/`` into a folder without a manifest. Raises `DataError` when there is
    nothing to check.
    """
    tools = tools or ValidationTools()
    manifest = read_manifest(folder) if (folder / MANIFEST_FILE).is_file() else None
    chosen = _problems_of(folder, problems, manifest)
    judge = _Judge(folder, report_dir, settings, tools, manifest)
    for problem in chosen:
        judge.take(problem)
    return judge.finish([problem.name for problem in chosen])


def _problems_of(folder: Path, problems: Sequence[Problem], manifest: Manifest | None) -> list[Problem]:
    if manifest is not None:
        by_name = {problem.name: problem for problem in problems}
        if unknown := sorted(set(manifest.problems) - set(by_name)):
            raise DataError(f"{folder} holds problems that are not known: {', '.join(unknown)}")
        return [by_name[name] for name in sorted(manifest.problems)]
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder; build a dataset with `sdai dataset build`")
    chosen = [problem for problem in problems if find_source(folder, problem)]
    if not chosen:
        names = ", ".join(problem.name for problem in problems)
        raise DataError(f"{folder} has no {MANIFEST_FILE} and no <problem>.parquet or .csv of: {names}")
    return chosen


class _Judge:
    """Collects suite results and bad rows over the problems of one folder."""

    def __init__(
        self,
        folder: Path,
        report_dir: Path,
        settings: ValidationSettings,
        tools: ValidationTools,
        manifest: Manifest | None,
    ) -> None:
        self._folder = folder
        self._report_dir = report_dir
        self._settings = settings
        self._tools = tools
        self._manifest = manifest
        self._run = ExpectationRun(report_dir)
        self._suites: list[SuiteResult] = []
        self._files: list[FileFacts] = []
        self._errors: list[str] = []
        self._notes: list[str] = []
        self._bad_rows: list[BadRow] = []
        self._by_fault: dict[str, int] = {}
        self._bad_total = 0
        self._set_aside = 0
        self._rows = 0

    def take(self, problem: Problem) -> None:
        """Check one problem's file; a file that cannot be read at all is an error of the report."""
        try:
            checked = self._check(problem)
        except (SourceError, FileNotFoundError) as error:
            self._errors.append(str(error))
            # The first cause is told, not what follows from it: nothing else is held against this file.
            self._files.append(FileFacts(problem.name, False, 0, 0, "", "", True, True))
            return
        self._files.append(self._facts(checked))
        self._count(checked)
        keep = np.ones(checked.source.rows, dtype=bool)
        if self._sets_aside:
            self._set_aside += quarantine_folder([checked], self._folder).total
            keep = ~checked.bad
        rows = int(keep.sum())
        self._rows += rows
        name = problem.name
        check = self._run.check
        judge_answers = self._judges_answers(name, rows)
        columns = columns_frame(checked)
        self._suites.append(check(f"{name}.columns", columns, columns_expectations(), "column"))
        expectations = rows_expectations(problem, checked.source.path.name, judge_answers)
        self._suites.append(check(name, rows_frame(checked, keep), expectations, ROW_NAME))
        if judge_answers:
            answers = answers_expectations(problem, rows, self._tools.limits.labels)
            self._suites.append(check(f"{name}.answers", answers_frame(checked, keep), answers, "answer"))

    def _judges_answers(self, name: str, rows: int) -> bool:
        """Tell whether how the answers are spread is judged; a small file of own data gets a note instead."""
        least = self._tools.limits.labels.own_data_from_rows
        if self._manifest is not None or rows >= least:
            return True
        told = f"how the answers are spread is judged from {least} rows on; this file has {rows:,}"
        self._notes.append(f"{name}: {told}")
        return False

    @property
    def _sets_aside(self) -> bool:
        return self._manifest is None and self._tools.bad_rows is BadRows.SET_ASIDE

    def _check(self, problem: Problem) -> CheckedSource:
        limits = self._tools.limits.source
        if self._manifest is not None:
            record = self._manifest.problems[problem.name]
            return check_against_record(problem, self._folder, record, self._manifest, limits)
        path = find_source(self._folder, problem)
        if path is None:
            raise SourceError(f"{self._folder} has no file of {problem.name}")
        return check_source(read_source(problem, path, limits), self._settings)

    def _facts(self, checked: CheckedSource) -> FileFacts:
        name, rows = checked.source.problem.name, checked.source.rows
        digest = file_sha256(checked.source.path)
        stored = checked.source.kept.get(SPLIT, checked.splits)
        counts = {split: int((stored == split).sum()) for split in SPLITS}
        if self._manifest is None:
            return FileFacts(name, True, rows, rows, digest, digest, True, True)
        record = self._manifest.problems[name]
        # A whole falls into one split: a few of them say nothing of how rows are shared out.
        alone = groups_of(checked.source.problem, checked.source.table) == 0
        shared = {split: int(((stored == split) & alone).sum()) for split in SPLITS}
        near = self._near_weights(record.reviewed_rows, shared, int(alone.sum()))
        return FileFacts(name, True, rows, record.rows, digest, record.sha256, counts == record.splits, near)

    def _near_weights(self, reviewed: int, counts: dict[str, int], rows: int) -> bool:
        limits = self._tools.limits.labels
        # Reviewed entries are trained on whatever their hash says.
        rows, counts = rows - reviewed, counts | {TRAIN: counts[TRAIN] - reviewed}
        if self._manifest is None or rows < limits.judged_from_rows:
            return True
        weights = self._manifest.settings
        train, validation = weights.train_weight_percent / 100, weights.validation_weight_percent / 100
        expected = (train, validation, 1 - train - validation)
        shares = (counts[split] / rows for split in SPLITS)
        return all(abs(a - b) <= limits.split_tolerance for a, b in zip(shares, expected, strict=True))

    def _count(self, checked: CheckedSource) -> None:
        room = self._tools.limits.bad_rows_listed - len(self._bad_rows)
        self._bad_rows += name_bad_rows(checked, at_most=max(room, 0))
        self._bad_total += checked.bad_row_count
        for fault, count in counts_by_fault([checked]).items():
            self._by_fault[fault] = self._by_fault.get(fault, 0) + count

    def finish(self, names: list[str]) -> ValidationReport:
        """Check the files as a whole, render the data docs and write the report."""
        now = self._tools.now or utc_now()
        age_days = (now - self._manifest.created).total_seconds() / _SECONDS_PER_DAY if self._manifest else 0.0
        expectations = files_expectations(names, self._settings.max_age_days)
        self._suites.append(self._run.check("files", files_frame(self._files, age_days), expectations, "problem"))
        total = sum(suite.total for suite in self._suites)
        passed = sum(suite.passed for suite in self._suites)
        quarantined = self._set_aside + (self._manifest.quarantined_rows if self._manifest else 0)
        report = ValidationReport(
            passed=passed == total and not self._errors and self._bad_total == self._set_aside,
            dataset=str(self._folder),
            expectations_total=total,
            expectations_passed=passed,
            rows=self._rows,
            quarantined_rows=quarantined,
            bad_rows_total=self._bad_total,
            bad_rows_by_fault=self._by_fault,
            bad_rows=tuple(self._bad_rows),
            suites=tuple(self._suites),
            errors=tuple(self._errors),
            notes=tuple(self._notes),
            index_page=self._run.finish(),
            summary_file=self._report_dir / SUMMARY_FILE,
        )
        _write(report, self._report_dir)
        return report


def _write(report: ValidationReport, folder: Path) -> None:
    summary = json.dumps(report.to_json(), indent=2, sort_keys=True, default=str)
    report.summary_file.write_text(summary + "\n", encoding="utf-8")
    lines = [json.dumps(row.to_json(), sort_keys=True, ensure_ascii=False) + "\n" for row in report.bad_rows]
    (folder / BAD_ROWS_FILE).write_text("".join(lines), encoding="utf-8")
