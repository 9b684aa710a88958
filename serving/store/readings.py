"""What a rollout is judged by: counts of each arm in short spans of time, latencies, labels, mirrored answers.

Counts come by span, not in total, because a test that compares two arms at the same time needs to know what happened
at the same time. Spans are `SPAN_S` long, or as long as asked, and begin at whole multiples since 1970.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from serving.store.labels import LabelSource
from serving.store.predictions import PredictionStatus
from serving.store.tables import PREDICTION_LABELS, PREDICTIONS

SPAN_S = 10


class Arm(StrEnum):
    """In which role a version answered."""

    CHAMPION = "champion"
    CANARY = "canary"
    SHADOW = "shadow"


@dataclass(frozen=True, slots=True)
class Window:
    """The predictions of one model to look at: made at or after ``since`` and before ``until``, by these versions."""

    model: str
    champion_version: str
    candidate_version: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """One arm in one span: ``failed`` of ``answered + failed``; ``slow`` of the ``timed`` answers not from a cache."""

    start: datetime
    arm: Arm
    answered: int
    failed: int
    timed: int
    slow: int


@dataclass(frozen=True, slots=True)
class AccuracyCount:
    """One arm in one span: ``correct`` of ``labelled``, by the engine."""

    start: datetime
    arm: Arm
    labelled: int
    correct: int


@dataclass(frozen=True, slots=True)
class PairedCount:
    """Mirrored questions of one span by who was right, by the engine."""

    start: datetime
    both: int
    only_champion: int
    only_candidate: int
    neither: int


@dataclass(frozen=True, slots=True)
class MirroredPair:
    """One question that both answered: the outputs as JSON, None where an answer failed or was not kept."""

    request_id: str
    item_index: int | None
    created_at: datetime
    champion: Any
    candidate: Any


def count_outcomes(
    engine: Engine, window: Window, slow_over_ms: Mapping[Arm, float] | None = None, span_s: int = SPAN_S
) -> list[OutcomeCount]:
    """Count answers, failures and slow answers of each arm by span, oldest first.

    ``slow_over_ms`` says from which time on an answer of an arm counts as slow; without it none is.
    """
    columns = PREDICTIONS.c
    failed = columns.status == PredictionStatus.FAILED.value
    timed = ~failed & columns.is_cached.is_not(True)
    limits = {arm.value: limit for arm, limit in (slow_over_ms or {}).items()}
    slow = sa.or_(sa.false(), *(_slower(arm, limit) for arm, limit in limits.items()))
    start = _span_start(columns.created_at, span_s).label("start")
    query = sa.select(
        start,
        columns.arm,
        _count_if(~failed).label("answered"),
        _count_if(failed).label("failed"),
        _count_if(timed).label("timed"),
        _count_if(timed & slow).label("slow"),
    )
    query = query.where(*_of_window(window)).group_by(start, columns.arm).order_by(start, columns.arm)
    with engine.connect() as connection:
        return [OutcomeCount(_instant(row.start), Arm(row.arm), *row[2:]) for row in connection.execute(query)]


def count_accuracy(engine: Engine, window: Window, span_s: int = SPAN_S) -> list[AccuracyCount]:
    """Count the engine's labels of each arm by the span in which they were made, oldest first."""
    columns = PREDICTION_LABELS.c
    start = _span_start(columns.created_at, span_s).label("start")
    query = sa.select(
        start, columns.arm, sa.func.count().label("labelled"), _count_if(columns.is_correct.is_(True)).label("correct")
    )
    query = query.where(
        columns.model == window.model,
        columns.created_at >= window.since,
        columns.created_at < window.until,
        columns.is_correct.is_not(None),
        columns.source == LabelSource.ENGINE.value,
        _right_version(columns.arm, columns.version, window),
    )
    query = query.group_by(start, columns.arm).order_by(start, columns.arm)
    with engine.connect() as connection:
        return [AccuracyCount(_instant(row.start), Arm(row.arm), *row[2:]) for row in connection.execute(query)]


def count_pairs(engine: Engine, window: Window, span_s: int = SPAN_S) -> list[PairedCount]:
    """Count mirrored questions that are labelled on both sides, by span and by who was right, oldest first."""
    champion, candidate, left, right = _mirrored(window)
    right_label, left_label = PREDICTION_LABELS.alias("candidate_label"), PREDICTION_LABELS.alias("champion_label")
    is_right, was_right = right_label.c.is_correct.is_(True), left_label.c.is_correct.is_(True)
    known = right_label.c.is_correct.is_not(None) & left_label.c.is_correct.is_not(None)
    start = _span_start(candidate.c.created_at, span_s).label("start")
    query = (
        sa.select(
            start,
            _count_if(was_right & is_right).label("both"),
            _count_if(was_right & ~is_right).label("only_champion"),
            _count_if(~was_right & is_right).label("only_candidate"),
            _count_if(~was_right & ~is_right).label("neither"),
        )
        .select_from(candidate.join(champion, left))
        .join(right_label, right_label.c.prediction_id == candidate.c.id)
        .join(left_label, left_label.c.prediction_id == champion.c.id)
        .where(right, known)
        .group_by(start)
        .order_by(start)
    )
    with engine.connect() as connection:
        return [PairedCount(_instant(row.start), *row[1:]) for row in connection.execute(query)]


def mirrored_pairs(engine: Engine, window: Window, limit: int) -> list[MirroredPair]:
    """Return questions that the champion answered and the candidate was asked in its shadow, oldest first."""
    champion, candidate, left, right = _mirrored(window)
    query = (
        sa.select(
            candidate.c.request_id,
            candidate.c.item_index,
            candidate.c.created_at,
            champion.c.output.label("champion"),
            sa.case((candidate.c.status == PredictionStatus.FAILED.value, None), else_=candidate.c.output).label(
                "candidate"
            ),
        )
        .select_from(candidate.join(champion, left))
        .where(right)
        .order_by(candidate.c.created_at, candidate.c.id)
        .limit(limit)
    )
    with engine.connect() as connection:
        return [MirroredPair(**row._mapping) for row in connection.execute(query)]


def latencies_ms(engine: Engine, window: Window, arm: Arm, limit: int) -> list[float]:
    """Return the times of an arm's newest answers that were not from a cache, at most ``limit``."""
    columns = PREDICTIONS.c
    query = (
        sa.select(columns.execution_time_ms)
        .where(
            *_of_window(window),
            columns.arm == arm.value,
            columns.status == PredictionStatus.ANSWERED.value,
            columns.is_cached.is_not(True),
        )
        .order_by(columns.created_at.desc())
        .limit(limit)
    )
    with engine.connect() as connection:
        return [float(value) for value in connection.execute(query).scalars()]


def first_failure(engine: Engine, window: Window, arm: Arm) -> datetime | None:
    """Return when an arm failed for the first time in the window, or None."""
    columns = PREDICTIONS.c
    query = sa.select(sa.func.min(columns.created_at)).where(
        *_of_window(window), columns.arm == arm.value, columns.status == PredictionStatus.FAILED.value
    )
    with engine.connect() as connection:
        found: datetime | None = connection.execute(query).scalar_one()
    return found


def last_answer(engine: Engine, window: Window, arm: Arm) -> datetime | None:
    """Return when an arm was asked for the last time in the window, or None."""
    columns = PREDICTIONS.c
    query = sa.select(sa.func.max(columns.created_at)).where(*_of_window(window), columns.arm == arm.value)
    with engine.connect() as connection:
        found: datetime | None = connection.execute(query).scalar_one()
    return found


def _slower(arm: str, limit_ms: float) -> sa.ColumnElement[bool]:
    return (PREDICTIONS.c.arm == arm) & (PREDICTIONS.c.execution_time_ms > limit_ms)


def _of_window(window: Window) -> tuple[sa.ColumnElement[bool], ...]:
    columns = PREDICTIONS.c
    return (
        columns.model == window.model,
        columns.created_at >= window.since,
        columns.created_at < window.until,
        _right_version(columns.arm, columns.model_version, window),
    )


def _right_version(
    arm: sa.ColumnElement[str | None], version: sa.ColumnElement[str], window: Window
) -> sa.ColumnElement[bool]:
    of_candidate = arm.in_([Arm.CANARY.value, Arm.SHADOW.value]) & (version == window.candidate_version)
    return of_candidate | ((arm == Arm.CHAMPION.value) & (version == window.champion_version))


def _mirrored(window: Window) -> tuple[sa.FromClause, sa.FromClause, sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Return champion and shadow predictions, what joins them, and what the shadow's must fulfil."""
    champion, candidate = PREDICTIONS.alias("champion"), PREDICTIONS.alias("candidate")
    # The champion answered just before its question was mirrored; without bounds the join would read the whole table.
    join = sa.and_(
        champion.c.model == window.model,
        champion.c.created_at >= window.since,
        champion.c.created_at < window.until,
        champion.c.request_id == candidate.c.request_id,
        champion.c.item_index.is_not_distinct_from(candidate.c.item_index),
        champion.c.client_id == candidate.c.client_id,
        champion.c.arm == Arm.CHAMPION.value,
        champion.c.model_version == window.champion_version,
        champion.c.status == PredictionStatus.ANSWERED.value,
    )
    where = sa.and_(
        candidate.c.model == window.model,
        candidate.c.created_at >= window.since,
        candidate.c.created_at < window.until,
        candidate.c.arm == Arm.SHADOW.value,
        candidate.c.model_version == window.candidate_version,
    )
    return champion, candidate, join, where


def _span_start(instant: sa.ColumnElement[datetime], span_s: int) -> sa.ColumnElement[int]:
    """Return the seconds since 1970 at which the span of an instant begins."""
    number = sa.cast(sa.func.floor(sa.extract("epoch", instant) / sa.literal_column(str(int(span_s)))), sa.BigInteger)
    return number * sa.literal_column(str(int(span_s)))


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _count_if(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))
