"""The parts as settings make them: limits reach them, and what is old goes."""

import io
import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from configs import Settings, load_settings
from configs.jobs_settings import JobsSettings, UploadsSettings
from configs.settings import PathSettings, ServingSettings
from serving.errors import RequestError
from serving.ifc.uploads import store_upload
from serving.jobs.setup import build_desk, build_runner, build_upload_place
from serving.problem_answers import BusyError
from serving.schemas.clash_detector import Request
from serving.store.jobs import JobState, cancel_job, find_job
from tests.serving.ifc.test_uploads import model

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(
        load_settings(),
        paths=PathSettings(home=tmp_path),
        serving=ServingSettings(max_upload_bytes=2_000),
        jobs=JobsSettings(max_open_per_client=1, keep_days=1),
        uploads=UploadsSettings(client_models=2, keep_days=1),
    )


def test_uploads_and_jobs_share_the_folder_and_the_limits(settings: Settings, sqlite: Engine) -> None:
    place = build_upload_place(settings)
    key = store_upload(io.BytesIO(model(1)), "a.ifc", "ann", place.root, place.limits).key
    desk = build_desk(settings, sqlite)
    desk.submit("ann", Request(model_ifc=key))
    with pytest.raises(BusyError, match="1 jobs of this client are open"):
        desk.submit("ann", Request(model_ifc=key))
    with pytest.raises(RequestError, match="larger than 2000 bytes"):
        store_upload(io.BytesIO(model(2, padding=3_000)), "a.ifc", "ann", place.root, place.limits)


def test_the_worker_deletes_what_is_old(settings: Settings, sqlite: Engine) -> None:
    place = build_upload_place(settings)
    keys = [store_upload(io.BytesIO(model(number)), "a.ifc", "ann", place.root, place.limits).key for number in (1, 2)]
    os.utime(place.root / keys[0], (0, 0))
    job = build_desk(settings, sqlite, lambda: NOW).submit("ann", Request(model_ifc=keys[0]))
    cancel_job(sqlite, job.id, "ann", NOW)
    runner = build_runner(settings, sqlite, lambda: "no version yet", lambda: NOW + timedelta(days=2))
    runner.start()
    end_s = time.monotonic() + 10
    while find_job(sqlite, job.id, "ann") is not None or (place.root / keys[0]).exists():
        assert time.monotonic() < end_s
        time.sleep(0.02)
    runner.stop()
    assert (place.root / keys[1]).exists()


def test_a_job_of_a_stopped_worker_is_still_there(settings: Settings, sqlite: Engine) -> None:
    place = build_upload_place(settings)
    key = store_upload(io.BytesIO(model(1)), "a.ifc", "ann", place.root, place.limits).key
    job = build_desk(settings, sqlite).submit("ann", Request(model_ifc=key))
    runner = build_runner(settings, sqlite, lambda: "no version yet")
    runner.start()
    runner.stop()
    found = find_job(sqlite, job.id, "ann")
    assert found is not None
    assert found.state is JobState.QUEUED


def test_a_lease_is_longer_than_a_few_signs_of_life() -> None:
    with pytest.raises(ValueError, match="at least three times heartbeat_s"):
        JobsSettings(lease_s=5, heartbeat_s=2)
    with pytest.raises(ValueError, match="Extra inputs"):
        UploadsSettings(keep_day=1)  # type: ignore[call-arg]
