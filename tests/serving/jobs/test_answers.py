"""What jobs come to is recorded and counted with version and arm, before anybody is told."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from serving.errors import ServingError
from serving.jobs import JobRunner, RunnerTimes
from serving.jobs.answers import JobAnswers
from serving.jobs.desk import KIND
from serving.loaded_models import Served
from serving.recording import Outcome, PredictionRecord
from serving.rollout.routing import Arm
from serving.store.jobs import Job, JobState, NewJob, enqueue_job, find_job
from serving.store.predictions import PredictionStatus
from tests.serving.jobs.conftest import workshop

TIMES = RunnerTimes(30, 1, 1)


class Kept:
    """Takes records and counts, and says what became of them."""

    def __init__(self, outcome: Outcome = Outcome.KEPT) -> None:
        self.records: list[PredictionRecord] = []
        self.counts: list[dict[str, Any]] = []
        self._outcome = outcome
        self.answers = JobAnswers(self._record, self._observe, lambda: datetime.now(UTC))

    def _record(self, record: PredictionRecord) -> Outcome:
        self.records.append(record)
        return self._outcome

    def _observe(self, model: str, **counted: Any) -> float:
        self.counts.append({"model": model} | counted)
        return 0.0


def worked_on(engine: Engine, folder: Path, kept: Kept, program: str, arm: Arm = Arm.CHAMPION) -> Job:
    """Put a job of ann's in, work on it once, and return it."""
    enqueue_job(engine, NewJob("j1", "ann", KIND, {"model_ifc": "frame.ifc"}, 2), datetime.now(UTC))
    served = Served(None, "7", arm, folder / "artifact")  # type: ignore[arg-type]
    JobRunner(
        engine,
        workshop(folder, program, answers=kept.answers, artifact=lambda _: served),
        TIMES,
        lambda: datetime.now(UTC),
    ).step()
    found = find_job(engine, "j1", "ann")
    assert found is not None
    return found


def test_an_answer_is_recorded_and_has_the_id_by_which_it_can_be_reported(sqlite: Engine, tmp_path: Path) -> None:
    kept = Kept()
    found = worked_on(sqlite, tmp_path, kept, "answer()", Arm.CANARY)
    (record,) = kept.records
    assert (found.result["prediction_id"], found.result["request_id"]) == (record.id, "j1")
    assert json.loads(record.output) == found.result
    told = record.request_id, record.model, record.model_version, record.client_id, record.arm, record.confidence
    assert told == ("j1", "clash_detector", "7", "ann", "canary", 0.9)
    assert record.status is PredictionStatus.ANSWERED
    assert record.input == {"model_ifc": "frame.ifc"}
    assert record.execution_time_ms > 0
    (counted,) = kept.counts
    assert counted.pop("cpu_s") > 0
    assert counted == {"model": "clash_detector", "version": "7", "arm": "canary", "outcome": "answered"}


def test_a_crash_is_a_failure_of_its_version(sqlite: Engine, tmp_path: Path) -> None:
    kept = Kept()
    assert worked_on(sqlite, tmp_path, kept, "sys.exit(1)", Arm.CANARY).state is JobState.QUEUED
    (record,) = kept.records
    assert (record.status, record.arm, record.output) == (PredictionStatus.FAILED, "canary", {"error": "Crashed"})
    assert [counted["outcome"] for counted in kept.counts] == ["failed"]


def test_a_model_that_cannot_be_checked_is_a_refusal_and_no_failure(sqlite: Engine, tmp_path: Path) -> None:
    kept = Kept()
    program = "say('refused', json.dumps('there is no model'))"
    assert worked_on(sqlite, tmp_path, kept, program).state is JobState.FAILED
    assert kept.records == []
    assert [counted["outcome"] for counted in kept.counts] == ["refused"]


def test_what_cannot_be_kept_is_not_given_and_the_job_is_done_again(sqlite: Engine, tmp_path: Path) -> None:
    kept = Kept(Outcome.REFUSED)
    with pytest.raises(ServingError, match="cannot be kept"):
        worked_on(sqlite, tmp_path, kept, "answer()")
    found = find_job(sqlite, "j1", "ann")
    assert found is not None
    assert (found.state, found.result) == (JobState.QUEUED, None)
