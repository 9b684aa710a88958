from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from serving.store import (
    Action,
    HoldoutUse,
    ModelVersion,
    Promotion,
    current_champions,
    holdout_use_count,
    open_database,
    previous_champion,
    read_ledger,
    record_holdout_use,
    record_model,
    record_promotion,
)
from serving.store.tables import MODELS

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
USE = HoldoutUse("risk_analyzer", "d" * 64, "a" * 64, "gate", 0.97, 6033)
MODEL = ModelVersion("risk_analyzer", "1", 0.97, 0.95, 61.5, "models:/risk_analyzer/1")


def promotion(action: Action, version: str, model: str = "risk_analyzer") -> Promotion:
    return Promotion(model, action, version, f"{model}:{version}", "because", "test", {"accuracy": 0.97})


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def test_a_decision_is_read_back_as_it_was_written(engine: Engine) -> None:
    row = record_promotion(engine, promotion(Action.PROMOTE, "1"), NOW)
    assert read_ledger(engine) == [row]
    assert (row.created_at, row.previous_version, row.evidence) == (NOW, None, {"accuracy": 0.97})


def test_the_champion_is_the_last_promotion_or_rollback(engine: Engine) -> None:
    record_promotion(engine, promotion(Action.PROMOTE, "1"), NOW)
    record_promotion(engine, promotion(Action.PROMOTE, "2"), NOW)
    refused = record_promotion(engine, promotion(Action.REFUSE, "3"), NOW)
    assert refused.previous_version == "2"
    assert current_champions(engine)["risk_analyzer"].version == "2"
    back = record_promotion(engine, promotion(Action.ROLLBACK, "1"), NOW)
    assert back.previous_version == "2"
    assert current_champions(engine)["risk_analyzer"].version == "1"


def test_models_do_not_mix_and_a_refused_one_has_no_champion(engine: Engine) -> None:
    record_promotion(engine, promotion(Action.PROMOTE, "1"), NOW)
    record_promotion(engine, promotion(Action.REFUSE, "7", "clash_detector"), NOW)
    record_promotion(engine, promotion(Action.PROMOTE, "4", "section_optimizer"), NOW)
    assert {name: row.version for name, row in current_champions(engine).items()} == {
        "risk_analyzer": "1",
        "section_optimizer": "4",
    }


def test_going_back_twice_goes_back_two_versions(engine: Engine) -> None:
    for version in "123":
        record_promotion(engine, promotion(Action.PROMOTE, version), NOW)
    seen = []
    while (previous := previous_champion(engine, "risk_analyzer")) is not None:
        seen.append(previous.version)
        record_promotion(engine, promotion(Action.ROLLBACK, previous.version), NOW)
    assert seen == ["2", "1"]


def test_a_repeated_decision_is_one_entry(engine: Engine) -> None:
    first = record_promotion(engine, promotion(Action.PROMOTE, "1"), NOW)
    assert record_promotion(engine, promotion(Action.PROMOTE, "1"), NOW + timedelta(hours=1)) == first
    assert len(read_ledger(engine)) == 1


def test_writers_at_once_lose_nothing(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda v: record_promotion(engine, promotion(Action.PROMOTE, str(v)), NOW), range(24)))
    rows = read_ledger(engine)
    assert sorted(int(row.version) for row in rows) == list(range(24))
    assert [row.previous_version for row in rows[1:]] == [row.version for row in rows[:-1]]


@pytest.mark.parametrize("statement", ["UPDATE promotion_ledger SET reason = 'x'", "DELETE FROM promotion_ledger"])
def test_the_ledger_cannot_be_changed(engine: Engine, statement: str) -> None:
    record_promotion(engine, promotion(Action.PROMOTE, "1"), NOW)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(sa.text(statement))


def test_evidence_that_is_no_json_is_refused_on_both_databases(engine: Engine) -> None:
    bad = replace(promotion(Action.PROMOTE, "1"), evidence={"accuracy": float("nan")})
    with pytest.raises(sa.exc.StatementError, match="JSON compliant"):
        record_promotion(engine, bad, NOW)
    assert read_ledger(engine) == []


def test_times_come_back_in_utc_and_naive_ones_are_refused(engine: Engine) -> None:
    local = NOW.astimezone(timezone(timedelta(hours=-5)))
    row = record_promotion(engine, promotion(Action.PROMOTE, "1"), local)
    assert row.created_at == NOW
    assert row.created_at.utcoffset() == timedelta(0)
    with pytest.raises(sa.exc.StatementError, match="time zone"):
        record_promotion(engine, promotion(Action.PROMOTE, "2"), NOW.replace(tzinfo=None))


def test_a_model_version_is_stored_once_and_updated(engine: Engine) -> None:
    later = NOW + timedelta(days=1)
    first = record_model(engine, MODEL, NOW)
    assert record_model(engine, replace(MODEL, accuracy=0.98), later) == first
    assert record_model(engine, replace(MODEL, version="2"), later) != first
    with engine.connect() as connection:
        row = connection.execute(sa.select(MODELS).where(MODELS.c.id == first)).one()
    assert (row.accuracy, row.created_at, row.updated_at) == (0.98, NOW, later)


def test_a_use_of_the_holdout_counts_once_an_artifact_and_purpose(engine: Engine) -> None:
    assert record_holdout_use(engine, USE, NOW)
    assert not record_holdout_use(engine, USE, NOW)
    assert record_holdout_use(engine, replace(USE, purpose="report"), NOW)
    assert record_holdout_use(engine, replace(USE, artifact_sha256="b" * 64), NOW)
    assert record_holdout_use(engine, replace(USE, dataset_sha256="e" * 64), NOW)
    assert holdout_use_count(engine, "risk_analyzer", "d" * 64) == 3
    assert holdout_use_count(engine, "clash_detector", "d" * 64) == 0
