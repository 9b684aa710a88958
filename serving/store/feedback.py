"""What clients say about answers, and what reviewers make of it.

Feedback may reach the database before the prediction it is about; model, input and answer are filled in once that is
there, and only from a prediction of the same client.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from serving.store.database import StoreError, begin_append, insert_for
from serving.store.predictions import MAX_ROWS
from serving.store.tables import FEEDBACK, PREDICTIONS


class FeedbackStatus(StrEnum):
    """Where a report stands."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class StoredFeedback:
    """One row of ``feedback``; ``model``, ``input`` and ``predicted`` are None until the prediction is known."""

    id: str
    prediction_id: str
    client_id: str
    model: str | None
    input: Any
    predicted: Any
    actual: Any
    comment: str
    status: FeedbackStatus
    reviewer: str | None
    created_at: datetime
    reviewed_at: datetime | None
    review_reason: str | None


def insert_feedback(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Put rows in as pending; those whose id is there already are passed over. Inside the caller's transaction."""
    if not rows:
        return
    pending = [{**row, "status": FeedbackStatus.PENDING.value} for row in rows]
    connection.execute(insert_for(connection, FEEDBACK).on_conflict_do_nothing(), pending)


def find_feedback(engine: Engine, feedback_id: str) -> StoredFeedback | None:
    """Return the report of this id, or None."""
    fill_feedback(engine)
    with engine.connect() as connection:
        row = connection.execute(sa.select(FEEDBACK).where(FEEDBACK.c.id == feedback_id)).one_or_none()
    return None if row is None else _stored(row)


def list_feedback(
    engine: Engine, status: FeedbackStatus | None = None, model: str | None = None, limit: int = 100
) -> list[StoredFeedback]:
    """Return reports, oldest first, of one status and model or of all, at most ``limit`` (1 to 1,000)."""
    fill_feedback(engine)
    query = sa.select(FEEDBACK).order_by(FEEDBACK.c.created_at, FEEDBACK.c.id).limit(max(1, min(limit, MAX_ROWS)))
    if status is not None:
        query = query.where(FEEDBACK.c.status == status.value)
    if model is not None:
        query = query.where(FEEDBACK.c.model == model)
    with engine.connect() as connection:
        return [_stored(row) for row in connection.execute(query)]


def all_feedback(
    engine: Engine, status: FeedbackStatus | None = None, model: str | None = None
) -> Iterator[StoredFeedback]:
    """Yield every report of a status and model, oldest first, a page at a time."""
    fill_feedback(engine)
    columns, after = FEEDBACK.c, None
    query = sa.select(FEEDBACK).order_by(columns.created_at, columns.id).limit(MAX_ROWS)
    if status is not None:
        query = query.where(columns.status == status.value)
    if model is not None:
        query = query.where(columns.model == model)
    while True:
        page = query
        if after is not None:
            later = (columns.created_at == after.created_at) & (columns.id > after.id)
            page = query.where((columns.created_at > after.created_at) | later)
        with engine.connect() as connection:
            rows = [_stored(row) for row in connection.execute(page)]
        yield from rows
        if len(rows) < MAX_ROWS:
            return
        after = rows[-1]


@dataclass(frozen=True, slots=True)
class Review:
    """What a reviewer decided on a report, who it was, and why."""

    verdict: FeedbackStatus
    reviewer: str
    reason: str = ""


def review_feedback(engine: Engine, feedback_id: str, review: Review, now: datetime) -> StoredFeedback:
    """Accept or reject a pending report and return it; the same verdict again changes nothing.

    Raises `StoreError` when there is no such report, when another verdict stands, or when one is to be accepted whose
    prediction (of the same client) is not known, so that there is no input to learn from.
    """
    verdict = review.verdict
    if verdict is FeedbackStatus.PENDING:
        raise ValueError("a verdict is accepted or rejected, not pending")
    fill_feedback(engine)
    columns = FEEDBACK.c
    change = (
        sa.update(FEEDBACK)
        .where(columns.id == feedback_id, columns.status == FeedbackStatus.PENDING.value)
        .values(status=verdict.value, reviewer=review.reviewer, reviewed_at=now, review_reason=review.reason or None)
    )
    if verdict is FeedbackStatus.ACCEPTED:
        change = change.where(columns.input.is_not(None))
    with begin_append(engine) as connection:
        connection.execute(change)
    stored = find_feedback(engine, feedback_id)
    if stored is None:
        raise StoreError(f"there is no feedback {feedback_id!r}; list the pending ones for their ids")
    if stored.status is FeedbackStatus.PENDING:
        raise StoreError(f"feedback {feedback_id!r} has no stored input of prediction {stored.prediction_id!r}")
    if stored.status is not verdict:
        raise StoreError(f"feedback {feedback_id!r} is {stored.status} already, by {stored.reviewer}")
    return stored


def fill_feedback(engine: Engine) -> None:
    """Take over model, input and answer from predictions that arrived after the feedback on them."""
    own = PREDICTIONS.c.id == FEEDBACK.c.prediction_id, PREDICTIONS.c.client_id == FEEDBACK.c.client_id
    unfilled = FEEDBACK.c.model.is_(None) & FEEDBACK.c.status.in_([FeedbackStatus.PENDING.value])
    with engine.connect() as connection:
        if not connection.execute(sa.select(sa.exists().where(unfilled, *own))).scalar_one():
            return
    values = {
        column: sa.select(PREDICTIONS.c[source]).where(*own).scalar_subquery()
        for column, source in (("model", "model"), ("input", "input"), ("predicted", "output"))
    }
    with begin_append(engine) as connection:
        connection.execute(sa.update(FEEDBACK).where(unfilled, sa.exists().where(*own)).values(values))


def _stored(row: sa.Row) -> StoredFeedback:
    values = dict(row._mapping)
    return StoredFeedback(**values | {"status": FeedbackStatus(values["status"])})
