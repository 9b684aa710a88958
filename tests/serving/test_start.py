"""The service starts whatever is away, says what it waits for, and is ready when that comes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from configs.cache_settings import CacheSettings
from configs.jobs_settings import JobsSettings
from configs.limits_settings import LimitsSettings
from configs.settings import ServingSettings, StoreSettings
from flows.samples import ROUTES, sample_request
from serving.artifacts import Champions
from serving.store.database import open_database
from serving.store.jobs import NewJob, cancel_job, enqueue_job, find_job
from structural.problems import PROBLEM_NAMES
from tests.serving.running import Running, running

RISK = ROUTES["risk_analyzer"]
NO_REDIS = "redis://127.0.0.1:1/0"
LIMIT_S = 10.0


@contextmanager
def without_database(folder: Path) -> Iterator[tuple[Running, Callable[[], str]]]:
    """Start the service on a database that cannot be reached; also return what makes it reachable."""
    place = folder / "place"
    place.write_text("a file where the database's folder should be")
    url = f"sqlite:///{place}/store.db"

    def mend() -> str:
        place.unlink()
        return url

    serving = ServingSettings(follow_interval_s=0.05, drain_timeout_s=3)
    with running(folder, Champions, store=StoreSettings(url=url), serving=serving) as started:
        yield started, mend


def wait_until(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def test_without_its_database_the_service_lives_and_says_why_it_is_not_ready(tmp_path: Path) -> None:
    with without_database(tmp_path) as (service, _):
        assert service.client.get("/livez").status_code == 200
        assert service.client.get("/readyz").status_code == 503
        health = service.client.get("/api/v1/health")
        question = service.client.post(RISK, json=sample_request("risk_analyzer"))
    assert (health.status_code, health.headers["retry-after"]) == (503, "1")
    assert health.headers["content-type"] == "application/problem+json"
    reasons = {fault["field"]: fault["message"] for fault in health.json()["errors"]}
    assert set(reasons) == set(PROBLEM_NAMES)
    assert all("the database cannot be reached" in reason for reason in reasons.values())
    assert str(tmp_path) not in health.text
    assert question.status_code == 503
    assert int(question.headers["retry-after"]) > 0


def test_when_the_database_comes_the_service_is_ready_and_uses_it(tmp_path: Path) -> None:
    with without_database(tmp_path) as (service, mend):
        url = mend()
        wait_until(lambda: service.client.get("/api/v1/health").status_code == 200)
        assert service.client.get("/readyz").status_code == 200
        service.put_in_service("risk_analyzer")
        once = {"idempotency-key": "k"}
        first, again = (service.client.post(RISK, json=sample_request("risk_analyzer"), headers=once) for _ in range(2))
        assert first.json() == again.json()
        assert again.headers["idempotency-replayed"] == "true"
    engine = open_database(url)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM predictions")).scalar_one() == 1
    engine.dispose()


def test_a_database_of_a_newer_release_is_told_from_one_that_is_away(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    engine = open_database(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with running(tmp_path, Champions, store=StoreSettings(url=url)) as service:
        health = service.client.get("/api/v1/health")
    assert health.status_code == 503
    assert "a schema that this release does not know" in health.json()["errors"][0]["message"]


def test_without_redis_the_service_is_ready_and_answers(tmp_path: Path) -> None:
    families = ("json", "upload", "unauthenticated")
    limits = LimitsSettings(redis_url=NO_REDIS, redis_families=families)
    cache = CacheSettings(redis_url=NO_REDIS, redis_problems=("compliance_checker",))
    with running(tmp_path, limits=limits, cache=cache) as service:
        assert service.client.get("/readyz").status_code == 200
        service.put_in_service("compliance_checker")
        answer = service.client.post(ROUTES["compliance_checker"], json=sample_request("compliance_checker"))
        refused = service.client.get("/metrics", headers={"authorization": "Bearer x"})
    assert answer.status_code == 200, answer.text
    assert refused.status_code == 401


@pytest.mark.parametrize("enabled", [True, False], ids=["works on jobs", "works on no jobs"])
def test_every_host_purges_what_is_old(tmp_path: Path, enabled: bool) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/store.db")
    long_ago = datetime.now(UTC) - timedelta(days=365)
    enqueue_job(engine, NewJob("old", "ann", "clashes", {}), long_ago)
    cancel_job(engine, "old", "ann", long_ago)
    enqueue_job(engine, NewJob("open", "ann", "clashes", {}), long_ago)
    with running(tmp_path, jobs=JobsSettings(enabled=enabled), serving=ServingSettings(drain_timeout_s=3)):
        wait_until(lambda: find_job(engine, "old", "ann") is None)
    assert find_job(engine, "open", "ann") is not None
    engine.dispose()


@pytest.mark.parametrize("path", ["/api/v1/health", "/readyz"])
def test_a_service_without_keys_is_not_ready_and_does_not_say_where_they_should_be(
    service: Running, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(type(service.worker.authoriser), "problem", lambda _: "/secret/jwks.json cannot be read")
    answer = service.client.get(path)
    assert answer.status_code == 503
    assert "secret" not in answer.text
