"""What is old goes, in batches, by one process at a time; what is young, open or not yet learnt from stays."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from serving.store import open_database
from serving.store.database import begin_append, try_lock
from serving.store.feedback import find_feedback, insert_feedback
from serving.store.idempotency import Answered, KeyTimes, RequestKey, Reserved, complete_request, reserve_request
from serving.store.jobs import NewJob, cancel_job, enqueue_job
from serving.store.labels import Label, LabelSource, insert_labels
from serving.store.predictions import insert_predictions
from serving.store.retention import Purged, RetentionPolicy, purge
from serving.store.tables import IDEMPOTENCY_KEYS, JOBS, PREDICTION_LABELS, PREDICTIONS

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = RetentionPolicy(predictions=30 * DAY, labels=60 * DAY, jobs=7 * DAY, batch_rows=2)
NOTHING = Purged(0, 0, 0, 0)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def predict(engine: Engine, name: str, made_at: datetime) -> None:
    row = {
        "id": name, "model": "risk_analyzer", "model_version": "1", "arm": None, "client_id": "ann", "request_id": "r",
        "item_index": None, "status": "answered", "input_hash": "0" * 64, "input": {"a": 1}, "output": {"b": 2},
        "confidence": 0.9, "execution_time_ms": 1.0, "created_at": made_at,
    }  # fmt: skip
    with begin_append(engine) as connection:
        insert_predictions(connection, [row])


def end_job(engine: Engine, name: str, at: datetime) -> None:
    enqueue_job(engine, NewJob(name, "ann", "clashes", {}), at)
    cancel_job(engine, name, "ann", at)


def keep_key(engine: Engine, name: str, at: datetime) -> None:
    request = RequestKey("ann", "/x", name, "h")
    reserved = reserve_request(engine, request, name, KeyTimes(60, 86_400), at)
    assert isinstance(reserved, Reserved)
    assert complete_request(engine, request, name, Answered(200, b"{}"))


def left(engine: Engine, column: Any) -> set[str]:
    with engine.connect() as connection:
        return set(connection.execute(sa.select(column)).scalars())


def run(engine: Engine, **options: Any) -> Purged | None:
    return purge(engine, POLICY, NOW, sleep=lambda _: None, **options)


def test_what_is_old_goes_and_the_rest_stays(engine: Engine) -> None:
    for number in range(5):
        predict(engine, f"old-{number}", NOW - 31 * DAY)
        end_job(engine, f"old-{number}", NOW - 8 * DAY)
        keep_key(engine, f"old-{number}", NOW - 2 * DAY)
    predict(engine, "young", NOW - 30 * DAY)
    end_job(engine, "young", NOW - 7 * DAY)
    enqueue_job(engine, NewJob("open", "ann", "clashes", {}), NOW - 100 * DAY)
    keep_key(engine, "young", NOW)
    assert run(engine) == Purged(5, 0, 5, 5)
    assert left(engine, PREDICTIONS.c.id) == {"young"}
    assert left(engine, JOBS.c.id) == {"young", "open"}
    assert left(engine, IDEMPOTENCY_KEYS.c.key) == {"young"}
    assert run(engine) == NOTHING


def test_a_report_takes_over_what_it_needs_before_its_prediction_goes(engine: Engine) -> None:
    predict(engine, "old", NOW - 31 * DAY)
    report = {"id": "f", "prediction_id": "old", "client_id": "ann", "actual": {}, "comment": "", "created_at": NOW}
    with begin_append(engine) as connection:
        insert_feedback(connection, [report])
    assert run(engine) == Purged(1, 0, 0, 0)
    found = find_feedback(engine, "f")
    assert found is not None
    assert (found.model, found.input, found.predicted) == ("risk_analyzer", {"a": 1}, {"b": 2})


def test_labels_of_the_engine_outlive_their_predictions_and_go_later_those_of_reports_stay(engine: Engine) -> None:
    times = {"old": NOW - 61 * DAY, "young": NOW - 60 * DAY}
    with begin_append(engine) as connection:
        insert_labels(
            connection,
            [
                Label(f"{source}-{age}-{number}", "risk_analyzer", "1", None, True, None, source, at)
                for source in LabelSource
                for age, at in times.items()
                for number in range(3)
            ],
        )
    assert run(engine) == Purged(0, 3, 0, 0)
    gone = {f"engine-old-{number}" for number in range(3)}
    every = {f"{source}-{age}-{number}" for source in LabelSource for age in times for number in range(3)}
    assert left(engine, PREDICTION_LABELS.c.prediction_id) == every - gone


def test_told_to_stop_it_ends_after_the_batch_and_the_next_one_goes_on(engine: Engine) -> None:
    for number in range(5):
        predict(engine, f"old-{number}", NOW - 31 * DAY)
    answers = iter([False, True, True, True, True])
    assert run(engine, is_stopped=lambda: next(answers)) == Purged(2, 0, 0, 0)
    assert run(engine) == Purged(3, 0, 0, 0)


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_while_one_process_purges_another_leaves_it_to_it(engine: Engine) -> None:
    predict(engine, "old", NOW - 31 * DAY)
    with try_lock(engine) as is_ours:
        assert is_ours
        assert run(engine) is None
    assert run(engine) == Purged(1, 0, 0, 0)


def test_other_writers_get_their_turn_between_batches(engine: Engine) -> None:
    for number in range(5):
        predict(engine, f"old-{number}", NOW - 31 * DAY)
    pauses: list[float] = []
    purge(engine, POLICY, NOW, sleep=pauses.append)
    assert len(pauses) == 2
    assert all(pause > 0 for pause in pauses)
