from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from serving.store import StoreError, open_database
from serving.store.database import begin_append
from serving.store.feedback import (
    FeedbackStatus,
    Review,
    all_feedback,
    find_feedback,
    insert_feedback,
    list_feedback,
    review_feedback,
)
from serving.store.predictions import insert_predictions
from tests.serving.store.test_predictions import row as prediction

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def report(id: str, prediction_id: str = "p1", **changes: Any) -> dict[str, Any]:
    values = {
        "id": id,
        "prediction_id": prediction_id,
        "client_id": "client",
        "model": None,
        "input": None,
        "predicted": None,
        "actual": {"overall_risk": "HIGH"},
        "comment": "",
        "created_at": NOW,
    }
    return values | changes


def insert(engine: Engine, *rows: dict[str, Any], predictions: tuple[dict[str, Any], ...] = ()) -> None:
    with begin_append(engine) as connection:
        insert_feedback(connection, rows)
        insert_predictions(connection, predictions)


def test_feedback_that_came_first_is_filled_in_later(engine: Engine) -> None:
    insert(engine, report("f1"), report("f1", comment="again"))
    early = find_feedback(engine, "f1")
    assert early is not None
    assert (early.model, early.input, early.status, early.comment) == (None, None, FeedbackStatus.PENDING, "")
    insert(engine, predictions=(prediction("p1"),))
    (late,) = list_feedback(engine, model="risk_analyzer")
    assert (late.input, late.predicted) == ({"budget_usd": 5}, prediction("p1")["output"])


def test_another_clients_prediction_is_not_taken_over_and_not_accepted(engine: Engine) -> None:
    insert(engine, report("f1", client_id="stranger"), predictions=(prediction("p1"),))
    with pytest.raises(StoreError, match="no stored input of prediction 'p1'"):
        review_feedback(engine, "f1", Review(FeedbackStatus.ACCEPTED, "me"), NOW)
    assert review_feedback(engine, "f1", Review(FeedbackStatus.REJECTED, "me"), NOW).input is None


def test_a_verdict_stands(engine: Engine) -> None:
    insert(engine, report("f1"), report("f2"), predictions=(prediction("p1"),))
    later = NOW + timedelta(hours=1)
    accepted = review_feedback(engine, "f1", Review(FeedbackStatus.ACCEPTED, "me"), later)
    assert (accepted.status, accepted.reviewer, accepted.reviewed_at) == (FeedbackStatus.ACCEPTED, "me", later)
    assert review_feedback(engine, "f1", Review(FeedbackStatus.ACCEPTED, "you"), NOW) == accepted
    with pytest.raises(StoreError, match="accepted already, by me"):
        review_feedback(engine, "f1", Review(FeedbackStatus.REJECTED, "you"), NOW)
    assert [one.id for one in list_feedback(engine, FeedbackStatus.PENDING)] == ["f2"]
    assert [one.id for one in list_feedback(engine, limit=1)] == ["f1"]
    with pytest.raises(StoreError, match="no feedback 'f9'"):
        review_feedback(engine, "f9", Review(FeedbackStatus.REJECTED, "me"), NOW)
    with pytest.raises(ValueError, match="not pending"):
        review_feedback(engine, "f1", Review(FeedbackStatus.PENDING, "me"), NOW)


def test_what_the_report_itself_says_is_kept(engine: Engine) -> None:
    own = {"model": "risk_analyzer", "input": {"own": 1}, "predicted": {"own": 2}}
    insert(engine, report("f1", **own), predictions=(prediction("p1"),))
    (stored,) = list_feedback(engine)
    assert (stored.input, stored.predicted) == ({"own": 1}, {"own": 2})


def test_all_reports_come_page_by_page_each_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.store.feedback.MAX_ROWS", 3)
    with begin_append(engine) as connection:
        insert_feedback(connection, [report(f"f{number}", model="risk_analyzer", input={}) for number in range(8)])
    assert [item.id for item in all_feedback(engine)] == [f"f{number}" for number in range(8)]
    review_feedback(engine, "f3", Review(FeedbackStatus.REJECTED, "me", "no"), NOW)
    assert [item.review_reason for item in all_feedback(engine, FeedbackStatus.REJECTED)] == ["no"]
