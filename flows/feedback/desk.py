"""The reviewer's desk: findings of stored reports, verdicts on them, and the entries that accepted ones become."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy.engine import Engine

from configs import Settings
from data_validation.content import entry_ids
from data_validation.errors import DataError
from data_validation.manifest import read_manifest
from data_validation.reviewed import write_reviewed
from flows.environment import PROGRESS_LOGGER
from flows.errors import FlowError
from flows.feedback.findings import Finding, Holdout, Opinion, find
from flows.feedback.matters import ReadModel
from flows.records import read_latest
from serving.ifc.reader import IfcReader
from serving.store.database import begin_append
from serving.store.feedback import FeedbackStatus, Review, StoredFeedback, all_feedback, find_feedback, review_feedback
from serving.store.labels import Label, LabelSource, insert_labels
from serving.store.predictions import find_prediction
from structural.problems import PROBLEM_NAMES, load_problem
from structural.tables import concatenate, take

log = logging.getLogger(PROGRESS_LOGGER)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of reviewing one report: ``refusal`` says why it was not accepted, None where it was done."""

    report: StoredFeedback
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Reviews the reports of one database."""

    engine: Engine
    read_model: ReadModel
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def findings(
        self, status: FeedbackStatus | None = FeedbackStatus.PENDING, model: str | None = None
    ) -> list[Finding]:
        """Return what the engine finds of the reports of a status and model, oldest first."""
        return find(all_feedback(self.engine, status, model), self.read_model)

    def finding(self, feedback_id: str) -> Finding:
        """Return what the engine finds of one report; raises `FlowError` when there is no such report."""
        report = find_feedback(self.engine, feedback_id)
        if report is None:
            raise FlowError(f"there is no feedback {feedback_id!r}; see `sdai feedback list`")
        return find([report], self.read_model)[0]

    def accept(self, findings: Iterable[Finding], holdout: Holdout, reviewer: str, reason: str = "") -> list[Outcome]:
        """Accept the reports that are right and may be trained on; the others stay as they are, with the reason told.

        The answers of accepted ones are labelled wrong.
        """
        outcomes = []
        for finding in findings:
            refusal = holdout.refusal(finding)
            if refusal is not None:
                outcomes.append(Outcome(finding.report, refusal))
                continue
            review = Review(FeedbackStatus.ACCEPTED, reviewer, reason or finding.reason)
            stored = review_feedback(self.engine, finding.report.id, review, self.now())
            self._label(finding, is_correct=False)
            outcomes.append(Outcome(stored))
        return outcomes

    def reject(self, findings: Iterable[Finding], reviewer: str, reason: str = "") -> list[Outcome]:
        """Reject reports; where the engine says that the answer was right, it is labelled so."""
        outcomes = []
        for finding in findings:
            review = Review(FeedbackStatus.REJECTED, reviewer, reason or finding.reason)
            outcomes.append(Outcome(review_feedback(self.engine, finding.report.id, review, self.now())))
            if finding.opinion is Opinion.ALREADY_RIGHT:
                self._label(finding, is_correct=True)
        return outcomes

    def _label(self, finding: Finding, is_correct: bool) -> None:
        prediction = find_prediction(self.engine, finding.report.prediction_id)
        if prediction is None:
            return
        label = Label(
            prediction_id=prediction.id,
            model=prediction.model,
            version=prediction.model_version,
            arm=prediction.arm,
            is_correct=is_correct,
            truth={"answer": finding.truth},
            source=LabelSource.FEEDBACK,
            created_at=self.now(),
        )
        with begin_append(self.engine) as connection:
            insert_labels(connection, [label])

    def export(self, folder: Path) -> dict[str, int]:
        """Write all accepted reports as entries for the next dataset, a file a problem; returns how many each has.

        The files hold what the database says and nothing else: a problem without accepted reports has no file. Reports
        that can no longer be read are passed over and logged.
        """
        entries: dict[str, list[Finding]] = defaultdict(list)
        for finding in self.findings(FeedbackStatus.ACCEPTED):
            if finding.entry is None:
                log.warning("accepted report %s is left out: %s", finding.report.id, finding.reason)
            else:
                entries[str(finding.report.model)].append(finding)
        for name in PROBLEM_NAMES:
            if name not in entries:
                (folder / f"{name}.parquet").unlink(missing_ok=True)
        return {name: _write(name, found, folder) for name, found in sorted(entries.items())}


def _write(name: str, findings: Sequence[Finding], folder: Path) -> int:
    problem = load_problem(name)
    entries = concatenate([finding.entry for finding in findings if finding.entry is not None])
    # One question may have been reported many times; the dataset would set repeats aside as faults.
    _, first = np.unique(entry_ids(problem, entries), return_index=True)
    write_reviewed(problem, take(entries, np.sort(first)), folder)
    return len(first)


def reviewed_folder(settings: Settings) -> Path:
    """Return the folder of reviewed entries: the one set, else the home's."""
    return settings.dataset.reviewed_dir or settings.paths.work / "reviewed"


def open_desk(settings: Settings, engine: Engine) -> Desk:
    """Return the desk of the settings on an open database."""
    reader = IfcReader(settings.paths.ifc_models)
    return Desk(engine, reader.read)


def latest_holdout(settings: Settings) -> Holdout:
    """Return the sealed holdout of the dataset that the last completed run used.

    Raises `FlowError` when there is none: without it nobody can tell what must not be trained on.
    """
    folder = Path(str(read_latest(settings.paths.work / "runs", "completed")["dataset"].get("folder", "")))
    try:
        manifest = read_manifest(folder)
    except DataError as error:
        raise FlowError(
            f"the dataset of the last run is gone, so nobody can tell what its holdout holds: {error}"
        ) from error
    return Holdout({name: folder / record.file for name, record in manifest.problems.items()})
