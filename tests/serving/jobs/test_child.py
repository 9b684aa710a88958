"""The real subprocess: a real model file, a small trained network, and what it refuses."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from serving.ifc.sample import write_sample_model
from serving.ifc.uploads import UploadLimits, store_upload
from serving.jobs import JobRunner, RunnerTimes
from serving.jobs.guarded import COMMAND
from serving.loaded_models import Served
from serving.predictors.clash_detector import Predictor
from serving.schemas.clash_detector import Request, Response
from serving.store.jobs import Job, JobState, NewJob, enqueue_job, find_job
from tests.serving.jobs.conftest import LIMITS, workshop
from tests.serving.predictors.test_clash_detector import artifact

__all__ = ["artifact"]


def run(engine: Engine, folder: Path, artifact: Path, key: str, **changes: Any) -> Job:
    """Put a job of ann's in, work on it, and return it."""
    request = Request(model_ifc=key).model_dump(mode="json")
    enqueue_job(engine, NewJob("j1", "ann", "clashes", request, max_attempts=1), datetime.now(UTC))
    place = {"command": COMMAND, "artifact": lambda _: Served(None, "7", folder=artifact), "limits": LIMITS} | changes
    runner = JobRunner(engine, workshop(folder, **place), RunnerTimes(30, 1, 1), lambda: datetime.now(UTC))
    assert runner.step()
    found = find_job(engine, "j1", "ann")
    assert found is not None
    return found


def test_a_job_answers_as_the_predictor_does_about_an_upload(sqlite: Engine, tmp_path: Path, artifact: Path) -> None:
    root = tmp_path / "models"
    root.mkdir()
    write_sample_model(root / "sample_frame.ifc")
    with (root / "sample_frame.ifc").open("rb") as file:
        key = store_upload(file, "mine.ifc", "ann", root, UploadLimits(10_000_000, 10_000_000, 5)).key
    found = run(sqlite, tmp_path, artifact, key)
    assert found.state is JobState.DONE, found.error
    expected = Predictor(artifact, root).answer(Request(model_ifc="sample_frame.ifc"))
    told = Response.model_validate(found.result)
    ids = {"prediction_id": told.prediction_id, "request_id": "j1"}
    assert told == expected.model_copy(update={"model_version": "7", **ids})
    assert len(told.prediction_id) == 32
    assert found.progress is None or 0 <= found.progress <= 1


@pytest.mark.parametrize(
    ("content", "changes", "told"),
    [
        (None, {}, "there is no model"),
        (b"ISO-10303-21;\n\xff\xfe\x00rubbish(((\nEND-ISO-10303-21;", {}, "names no schema"),
        (b"x" * 2_000, {"limits": replace(LIMITS, model_bytes=1_000)}, "at most 1000 are read"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_is_refused_with_the_reason(
    sqlite: Engine, tmp_path: Path, artifact: Path, content: bytes | None, changes: dict[str, Any], told: str
) -> None:
    (tmp_path / "models").mkdir()
    if content is not None:
        (tmp_path / "models" / "a.ifc").write_bytes(content)
    found = run(sqlite, tmp_path, artifact, "a.ifc", **changes)
    assert found.state is JobState.FAILED
    assert told in str(found.error)
    assert str(tmp_path) not in str(found.error)


def test_too_little_memory_or_a_damaged_model_fails_the_job_alone(
    sqlite: Engine, tmp_path: Path, artifact: Path
) -> None:
    (tmp_path / "models").mkdir()
    write_sample_model(tmp_path / "models" / "a.ifc")
    found = run(sqlite, tmp_path, artifact, "a.ifc", limits=replace(LIMITS, memory_bytes=100_000_000))
    assert found.state is JobState.FAILED
    assert found.result is None
