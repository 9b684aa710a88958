"""A database that is there and does not answer: what needs it is 503 in time, what does not goes on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from configs.limits_settings import LimitsSettings
from configs.settings import StoreSettings
from flows.samples import ROUTES, sample_request
from serving.store.database import connect_database
from serving.store.tables import METADATA
from tests.serving.running import Running, running
from tests.serving.store.conftest import temporary_postgres

pytestmark = pytest.mark.postgres
JOBS = "/api/v1/jobs/clashes"
LIMIT_S = 0.3
IN_TIME_S = 5.0


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with temporary_postgres() as url:
        yield url


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[Running]:
    """Return a service on PostgreSQL that waits a fraction of a second for it."""
    limits = LimitsSettings(upload_rate="100000/second", idempotency_wait_s=LIMIT_S)
    store = StoreSettings(url=postgres_url, timeout_s=LIMIT_S)
    with running(tmp_path_factory.mktemp("silent"), limits=limits, store=store) as started:
        started.put_in_service("risk_analyzer")
        yield started


@contextmanager
def silent(url: str) -> Iterator[None]:
    """Hold every table, so that no statement on one comes to an end."""
    engine = connect_database(url)
    with engine.connect() as connection, connection.begin():
        tables = ", ".join(METADATA.tables)
        connection.execute(sa.text(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE"))
        yield
    engine.dispose()


def timed(ask: Any) -> tuple[Any, float]:
    began_s = time.monotonic()
    return ask(), time.monotonic() - began_s


@pytest.mark.parametrize(
    ("method", "path"), [("GET", JOBS), ("GET", f"{JOBS}/{'0' * 32}"), ("DELETE", f"{JOBS}/{'0' * 32}")]
)
def test_jobs_are_503_in_time(impatient: Running, postgres_url: str, method: str, path: str) -> None:
    with silent(postgres_url):
        answer, seconds = timed(lambda: impatient.client.request(method, path))
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"
    assert seconds < IN_TIME_S


def test_a_question_with_a_key_and_feedback_are_answered_in_time(impatient: Running, postgres_url: str) -> None:
    key, report = {"idempotency-key": "q"}, {"prediction_id": "0" * 32, "actual": {"overall_risk": "LOW"}}
    with silent(postgres_url):
        question, question_s = timed(
            lambda: impatient.client.post(ROUTES["risk_analyzer"], json=sample_request("risk_analyzer"), headers=key)
        )
        feedback, feedback_s = timed(lambda: impatient.client.post("/api/v1/feedback", json=report))
    assert (question.status_code, feedback.status_code) == (200, 202)
    assert max(question_s, feedback_s) < IN_TIME_S


def test_when_it_answers_again_nothing_is_left_of_it(impatient: Running, postgres_url: str) -> None:
    with silent(postgres_url):
        assert impatient.client.get(JOBS).status_code == 503
    assert impatient.client.get(JOBS).status_code == 200
