from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from serving.store import ModelVersion, open_database, record_model
from serving.store.database import RawJson, begin_append
from serving.store.predictions import (
    VersionCount,
    count_by_model_version,
    find_prediction,
    insert_predictions,
    purge_predictions,
    recent_predictions,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def row(id: str, at_s: float = 0, **changes: Any) -> dict[str, Any]:
    values = {
        "id": id,
        "model": "risk_analyzer",
        "model_version": "1",
        "arm": "champion",
        "client_id": "client",
        "request_id": "r",
        "item_index": None,
        "status": "answered",
        "input_hash": "h" * 64,
        "input": RawJson('{"budget_usd":5}'),
        "output": {"overall_risk": "LOW", "quote": "'; DROP TABLE predictions; -- %s :x \\ é"},
        "confidence": 0.9,
        "execution_time_ms": 1.5,
        "created_at": NOW + timedelta(seconds=at_s),
    }
    return values | changes


def insert(engine: Engine, *rows: dict[str, Any]) -> None:
    with begin_append(engine) as connection:
        insert_predictions(connection, rows)


def test_a_row_comes_back_as_it_went_in(engine: Engine) -> None:
    insert(engine, row("p1", 0.123456), row("p2", item_index=0, input=None, output=RawJson("[]"), arm=None))
    first, second = find_prediction(engine, "p1"), find_prediction(engine, "p2")
    assert first is not None
    assert second is not None
    assert first.created_at == NOW + timedelta(seconds=0.123456)
    assert first.input == {"budget_usd": 5}
    assert first.output == row("p1")["output"]
    assert (first.confidence, first.execution_time_ms, first.model_id) == (0.9, 1.5, None)
    assert (second.item_index, second.input, second.output, second.arm) == (0, None, [], None)
    assert find_prediction(engine, "p3") is None


def test_a_replayed_row_changes_nothing(engine: Engine) -> None:
    insert(engine, row("p1"))
    insert(engine, row("p1", confidence=0.1), row("p2"), row("p2"))
    insert(engine)
    stored = find_prediction(engine, "p1")
    assert stored is not None
    assert stored.confidence == 0.9
    assert len(recent_predictions(engine, "risk_analyzer", NOW)) == 2


def test_a_registered_version_is_linked(engine: Engine) -> None:
    model_id = record_model(engine, ModelVersion("risk_analyzer", "2", 0.97, 0.95, 1.0, "m"), NOW)
    insert(engine, row("p1", model_version="2"), row("p2", model_version="3"), row("p3", model="section_optimizer"))
    found = [find_prediction(engine, f"p{number}") for number in (1, 2, 3)]
    assert [one.model_id for one in found if one] == [model_id, None, None]


def test_a_bad_row_takes_the_whole_transaction_back(engine: Engine) -> None:
    with pytest.raises(sa.exc.DBAPIError):
        insert(engine, row("p1"), row("p2", created_at=None))
    assert find_prediction(engine, "p1") is None


def test_recent_ones_are_of_the_model_newest_first_and_not_too_many(engine: Engine) -> None:
    insert(engine, *(row(f"p{number}", number) for number in range(5)), row("other", 9, model="clash_detector"))
    since = NOW + timedelta(seconds=1)
    assert [one.id for one in recent_predictions(engine, "risk_analyzer", since, 3)] == ["p4", "p3", "p2"]
    assert [one.id for one in recent_predictions(engine, "risk_analyzer", since)] == ["p4", "p3", "p2", "p1"]
    assert len(recent_predictions(engine, "risk_analyzer", since, -1)) == 1


def test_counts_are_by_model_version_and_arm(engine: Engine) -> None:
    insert(
        engine,
        row("p0", -1),
        row("p1"),
        row("p2", status="failed"),
        row("p3", model_version="2", arm="canary"),
        row("p4", model="clash_detector", arm=None),
    )
    risk = [VersionCount("risk_analyzer", "1", "champion", 1, 1), VersionCount("risk_analyzer", "2", "canary", 1, 0)]
    assert count_by_model_version(engine, NOW, "risk_analyzer") == risk
    assert count_by_model_version(engine, NOW) == [VersionCount("clash_detector", "1", None, 1, 0), *risk]


def test_old_ones_are_purged_oldest_first(engine: Engine) -> None:
    insert(engine, *(row(f"p{number}", number) for number in range(5)))
    before = NOW + timedelta(seconds=3)
    assert purge_predictions(engine, before, limit=2) == 2
    assert [one.id for one in recent_predictions(engine, "risk_analyzer", NOW)] == ["p4", "p3", "p2"]
    assert (purge_predictions(engine, before), purge_predictions(engine, before)) == (1, 0)
