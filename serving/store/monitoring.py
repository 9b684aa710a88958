"""What was asked and answered in a window of time, for the weekly look: counts, samples, failures, labels by day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from serving.rollout.routing import Arm
from serving.store.labels import LabelSource
from serving.store.predictions import PredictionStatus, StoredPrediction
from serving.store.tables import PREDICTION_LABELS, PREDICTIONS

MAX_SAMPLE = 100_000


@dataclass(frozen=True, slots=True)
class Span:
    """Predictions of one model made at or after ``since`` and before ``until``; mirrored questions do not count."""

    model: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a model's questions: ``mean_confidence`` is that of the answers, None without any."""

    answered: int
    failed: int
    mean_confidence: float | None


@dataclass(frozen=True, slots=True)
class DayOfLabels:
    """Labels made on one day (24 h from ``day``): the engine's, and the wrong answers that reviewers confirmed."""

    day: datetime
    labelled: int
    correct: int
    confirmed_wrong: int


@dataclass(frozen=True, slots=True)
class Sampled:
    """One answered question of a sample."""

    input: Any
    output: Any


def count_asked(engine: Engine, span: Span) -> Asked:
    """Count the answers and failures of a span."""
    columns = PREDICTIONS.c
    answered = columns.status == PredictionStatus.ANSWERED.value
    query = sa.select(
        sa.func.count().filter(answered), sa.func.count().filter(~answered), sa.func.avg(columns.confidence)
    )
    with engine.connect() as connection:
        given, failed, confidence = connection.execute(query.where(*_of(span))).one()
    return Asked(given, failed, None if confidence is None else float(confidence))


def time_served(engine: Engine, span: Span) -> tuple[int, float]:
    """Return how many predictions a span has, failures included, and the seconds that they took together."""
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(PREDICTIONS.c.execution_time_ms), 0.0))
    with engine.connect() as connection:
        count, total_ms = connection.execute(query.where(*_of(span))).one()
    return count, float(total_ms) / 1_000


def sample_answers(engine: Engine, span: Span, limit: int) -> list[Sampled]:
    """Return the newest answered questions of a span whose input was stored, at most ``limit`` (1 to 100,000)."""
    columns = PREDICTIONS.c
    query = (
        sa.select(columns.input, columns.output)
        .where(*_of(span), columns.status == PredictionStatus.ANSWERED.value, columns.input.is_not(None))
        .order_by(columns.created_at.desc())
        .limit(max(1, min(limit, MAX_SAMPLE)))
    )
    with engine.connect() as connection:
        return [Sampled(*row) for row in connection.execute(query)]


def list_failures(engine: Engine, span: Span, limit: int) -> list[StoredPrediction]:
    """Return the newest failed predictions of a span, whatever their arm but a shadow's."""
    names = StoredPrediction.__dataclass_fields__
    query = (
        sa.select(*(PREDICTIONS.c[name] for name in names))
        .where(*_of(span), PREDICTIONS.c.status == PredictionStatus.FAILED.value)
        .order_by(PREDICTIONS.c.created_at.desc())
        .limit(limit)
    )
    with engine.connect() as connection:
        return [StoredPrediction(**row._mapping) for row in connection.execute(query)]


def labels_by_day(engine: Engine, span: Span) -> list[DayOfLabels]:
    """Return the labels of a span by day, oldest first; the last day may be a part of one."""
    return [_day(engine, day) for day in _days(span)]


def _days(span: Span) -> Iterator[Span]:
    start = span.since
    while start < span.until:
        yield Span(span.model, start, min(start + timedelta(days=1), span.until))
        start += timedelta(days=1)


def _day(engine: Engine, span: Span) -> DayOfLabels:
    columns = PREDICTION_LABELS.c
    engine_says = (columns.source == LabelSource.ENGINE.value) & columns.is_correct.is_not(None)
    query = sa.select(
        sa.func.count().filter(engine_says),
        sa.func.count().filter(engine_says & columns.is_correct.is_(True)),
        sa.func.count().filter((columns.source == LabelSource.FEEDBACK.value) & columns.is_correct.is_(False)),
    ).where(
        columns.model == span.model,
        columns.created_at >= span.since,
        columns.created_at < span.until,
        columns.arm.is_distinct_from(Arm.SHADOW.value),
    )
    with engine.connect() as connection:
        return DayOfLabels(span.since, *connection.execute(query).one())


def _of(span: Span) -> Sequence[sa.ColumnElement[bool]]:
    columns = PREDICTIONS.c
    return (
        columns.model == span.model,
        columns.created_at >= span.since,
        columns.created_at < span.until,
        columns.arm.is_distinct_from(Arm.SHADOW.value),
    )
