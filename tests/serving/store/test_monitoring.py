"""What monitoring and lineage read, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from serving.store import HoldoutUse, ModelVersion, open_database, record_holdout_use, record_model
from serving.store.database import begin_append
from serving.store.feedback import insert_feedback
from serving.store.labels import Label, LabelSource, insert_labels
from serving.store.monitoring import Span, count_asked, labels_by_day, list_failures, sample_answers, time_served
from serving.store.predictions import find_answers, insert_predictions
from serving.store.versions import holdout_datasets, list_versions, version_use
from tests.serving.store.test_feedback import report
from tests.serving.store.test_predictions import row

NOW = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
SPAN = Span("risk_analyzer", NOW - timedelta(days=2), NOW)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def asked(prediction_id: str, hours: float, **changes: Any) -> dict[str, Any]:
    made = NOW - timedelta(hours=hours)
    return row(prediction_id) | {"model": "risk_analyzer", "created_at": made, "arm": "champion"} | changes


def put_in(engine: Engine, *rows: dict[str, Any]) -> None:
    with begin_append(engine) as connection:
        insert_predictions(connection, rows)


def test_a_span_counts_its_own_answers_and_no_shadows(engine: Engine) -> None:
    put_in(
        engine,
        asked("a", 1, confidence=0.8, execution_time_ms=1_500.0),
        asked("b", 2, confidence=0.6, execution_time_ms=500.0, arm=None),
        asked("failed", 3, status="failed", confidence=None, output={"error": "ValueError"}, execution_time_ms=0.0),
        asked("bare", 4, input=None, confidence=None, execution_time_ms=0.0),
        asked("shadow", 1, arm="shadow"),
        asked("old", 49),
        asked("now", 0),
        asked("other", 1, model="clash_detector"),
    )
    found = count_asked(engine, SPAN)
    assert (found.answered, found.failed) == (3, 1)
    assert found.mean_confidence == pytest.approx(0.7)
    assert len(sample_answers(engine, SPAN, 10)) == 2
    assert len(sample_answers(engine, SPAN, 1)) == 1
    assert [item.id for item in list_failures(engine, SPAN, 10)] == ["failed"]
    assert time_served(engine, SPAN) == (4, pytest.approx(2.0))
    empty = Span("section_optimizer", SPAN.since, SPAN.until)
    assert count_asked(engine, empty).mean_confidence is None
    assert time_served(engine, empty) == (0, 0.0)


def test_labels_are_counted_by_day_the_engines_apart_from_the_reviewers(engine: Engine) -> None:
    def label(at: str, hours: float, is_correct: bool | None, **changes: Any) -> Label:
        values = {"source": LabelSource.ENGINE, "arm": "champion"} | changes
        made = NOW - timedelta(hours=hours)
        return Label(at, "risk_analyzer", "1", values["arm"], is_correct, {}, values["source"], made)

    with begin_append(engine) as connection:
        insert_labels(
            connection,
            [
                label("a", 1, True),
                label("b", 2, False),
                label("unknown", 2, None),
                label("shadow", 2, False, arm="shadow"),
                label("reported", 3, False, source=LabelSource.FEEDBACK),
                label("right", 3, True, source=LabelSource.FEEDBACK),
                label("yesterday", 30, True),
            ],
        )
    first, last = labels_by_day(engine, SPAN)
    assert (first.labelled, first.correct, first.confirmed_wrong) == (1, 1, 0)
    assert (last.labelled, last.correct, last.confirmed_wrong) == (2, 1, 1)


def test_answers_are_found_by_prediction_and_by_request_and_versions_by_their_use(engine: Engine) -> None:
    put_in(
        engine,
        asked("a", 1, request_id="r1", model_version="7"),
        asked("b", 1, request_id="r2", item_index=1, model_version="7", status="failed"),
        asked("c", 1, request_id="r2", item_index=0, model_version="8"),
    )
    assert [item.id for item in find_answers(engine, "a")] == ["a"]
    assert [item.id for item in find_answers(engine, "r2")] == ["c", "b"]
    assert find_answers(engine, "nobody") == []
    with begin_append(engine) as connection:
        insert_feedback(connection, [report("f1", "a"), report("f2", "c")])
    use = version_use(engine, "risk_analyzer", "7")
    assert (use.answered, use.failed, use.feedback) == (1, 1, 1)
    assert use.first_at == use.last_at == NOW - timedelta(hours=1)
    assert version_use(engine, "risk_analyzer", "9").first_at is None


def test_versions_and_the_data_they_were_measured_on(engine: Engine) -> None:
    record_model(engine, ModelVersion("risk_analyzer", "7", 0.97, 0.95, 61.5, "/models/7"), NOW)
    record_model(engine, ModelVersion("clash_detector", "7", 0.99, 0.99, 1.0, "/models/c"), NOW)
    for purpose, dataset in (("gate", "d" * 64), ("gate", "e" * 64), ("report", "d" * 64)):
        record_holdout_use(engine, HoldoutUse("risk_analyzer", dataset, "a" * 64, purpose, 0.97, 10), NOW)
    assert [item.name for item in list_versions(engine, version="7")] == ["risk_analyzer", "clash_detector"]
    assert [item.model_path for item in list_versions(engine, "risk_analyzer", "7")] == ["/models/7"]
    assert list_versions(engine, "risk_analyzer", "8") == []
    assert holdout_datasets(engine, "risk_analyzer", "a" * 64) == ["d" * 64, "e" * 64]
