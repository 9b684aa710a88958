"""What a rollout is judged by: counts of each arm in short spans of time, latencies, labels, mirrored answers.

Counts come by span, not in total, because a test that compares two arms at the same time needs to know what happened
at the same time. Spans are `SPAN_S` long, or as long as asked, and begin at whole multiples since 1970.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from serving.rollout.routing import Arm
from serving.store.labels import LabelSource
from serving.store.predictions import PredictionStatus
from serving.store.tables import PREDICTION_LABELS, PREDICTIONS

SPAN_S = 10
MIRRORED_WITHIN_S = 60.0
"""A mirrored question is looked for among the answers of at most this long before."""


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
    """One arm in one span: ``failed`` of ``answered + failed``; ``slow`` of the ``timed`` answers not from a cache.

    ``slow`` has a count for each limit that was asked for.
    """

    start: datetime
    arm: Arm
    answered: int
    failed: int
    timed: int
    slow: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AccuracyCount:
    """One arm in one span: ``correct`` of ``labelled``, by the engine."""

    start: datetime
    arm: Arm
    labelled: int
    correct: int


@dataclass(frozen=True, slots=True)
class ClientCount:
    """What one client got from one arm: ``failed`` of ``requests``, ``correct`` of ``labelled``, by the engine."""

    client_id: str
    arm: Arm
    requests: int
    failed: int
    labelled: int
    correct: int


@dataclass(frozen=True, slots=True)
class MirroredPair:
    """One question that both answered: the outputs as JSON, None where an answer failed or was not kept."""

    request_id: str
    item_index: int | None
    created_at: datetime
    champion: Any
    candidate: Any


def count_outcomes(
    engine: Engine, window: Window, slow_over_ms: Sequence[Mapping[Arm, float]] = (), span_s: int = SPAN_S
) -> list[OutcomeCount]:
    """Count answers, failures and slow answers of each arm by span, oldest first.

    ``slow_over_ms`` are limits, each of which says for both arms above which time an answer counts as slow.
    """
    columns = PREDICTIONS.c
    failed = columns.status == PredictionStatus.FAILED.value
    timed = ~failed & columns.is_cached.is_not(True)
    slow = [sa.or_(*(_slower(arm.value, limit_ms) for arm, limit_ms in limits.items())) for limits in slow_over_ms]
    start = _span_start(columns.created_at, span_s).label("start")
    query = sa.select(
        start,
        columns.arm,
        _count_if(~failed).label("answered"),
        _count_if(failed).label("failed"),
        _count_if(timed).label("timed"),
        *(_count_if(timed & slower) for slower in slow),
    )
    query = query.where(*_of_window(window)).group_by(start, columns.arm).order_by(start, columns.arm)
    with engine.connect() as connection:
        return [_outcome(row) for row in connection.execute(query)]


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


def count_by_client(engine: Engine, window: Window) -> list[ClientCount]:
    """Count requests, failures and labels by client and arm; mirrored questions do not count."""
    columns, labels = PREDICTIONS.c, PREDICTION_LABELS.c
    of_engine = labels.source == LabelSource.ENGINE.value
    query = (
        sa.select(
            columns.client_id,
            columns.arm,
            sa.func.count().label("requests"),
            _count_if(columns.status == PredictionStatus.FAILED.value),
            _count_if(of_engine & labels.is_correct.is_not(None)),
            _count_if(of_engine & labels.is_correct.is_(True)),
        )
        .select_from(PREDICTIONS.outerjoin(PREDICTION_LABELS, labels.prediction_id == columns.id))
        .where(*_of_window(window), columns.arm != Arm.SHADOW.value)
        .group_by(columns.client_id, columns.arm)
        .order_by(columns.client_id, columns.arm)
    )
    with engine.connect() as connection:
        return [ClientCount(row[0], Arm(row[1]), *row[2:]) for row in connection.execute(query)]


def mirrored_pairs(engine: Engine, window: Window, limit: int) -> list[MirroredPair]:
    """Return questions that the champion answered and the candidate was asked in its shadow, oldest first.

    ``limit`` is how many of the shadow's predictions are looked at; one without its counterpart is left out.
    """
    columns = PREDICTIONS.c
    names = (columns.request_id, columns.item_index, columns.client_id, columns.created_at, columns.output)
    mirrored = (
        sa.select(*names, (columns.status == PredictionStatus.FAILED.value).label("has_failed"))
        .where(*_of_window(window), columns.arm == Arm.SHADOW.value)
        .order_by(columns.created_at, columns.id)
        .limit(limit)
    )
    with engine.connect() as connection:
        candidates = connection.execute(mirrored).all()
        if not candidates:
            return []
        # A join of the table with itself would need an index on every prediction for the sake of a few.
        earlier = candidates[0].created_at - timedelta(seconds=MIRRORED_WITHIN_S)
        asked = sa.select(*names).where(
            columns.model == window.model,
            columns.created_at.between(earlier, candidates[-1].created_at),
            columns.arm == Arm.CHAMPION.value,
            columns.model_version == window.champion_version,
            columns.status == PredictionStatus.ANSWERED.value,
            columns.request_id.in_({row.request_id for row in candidates}),
        )
        answers = {row[:3]: row.output for row in connection.execute(asked)}
    return [
        MirroredPair(
            row.request_id, row.item_index, row.created_at, answers[row[:3]], None if row.has_failed else row.output
        )
        for row in candidates
        if row[:3] in answers
    ]


def latencies_ms(engine: Engine, window: Window, arm: Arm, limit: int) -> list[float]:
    """Return the times of an arm's newest answers that were not from a cache, at most ``limit``."""
    columns = PREDICTIONS.c
    query = (
        sa.select(columns.execution_time_ms)
        .where(*_computed(window, arm))
        .order_by(columns.created_at.desc())
        .limit(limit)
    )
    with engine.connect() as connection:
        return [float(value) for value in connection.execute(query).scalars()]


def spread_latencies_ms(engine: Engine, window: Window, arm: Arm, limit: int) -> list[float]:
    """Return the times of an arm's answers that were not from a cache, at most ``limit``, oldest first.

    Where there are more it is every n-th of them in order of time: so the sample lies over the whole window, as dense
    as the answers do.
    """
    columns, of_arm = PREDICTIONS.c, _computed(window, arm)
    with engine.connect() as connection:
        count = connection.execute(sa.select(sa.func.count()).select_from(PREDICTIONS).where(*of_arm)).scalar_one()
        every = max(1, -(-count // limit))
        place = sa.func.row_number().over(order_by=(columns.created_at, columns.id)).label("place")
        numbered = sa.select(columns.execution_time_ms, place).where(*of_arm).subquery()
        query = (
            sa.select(numbered.c.execution_time_ms)
            .where(numbered.c.place % every == 0)
            .order_by(numbered.c.place)
            .limit(limit)  # records may have come since they were counted
        )
        return [float(value) for value in connection.execute(query).scalars()]


def nth_answer_at(engine: Engine, window: Window, arm: Arm, number: int) -> datetime | None:
    """Return when an arm gave its n-th answer of the window that was not from a cache (1: the first), or None."""
    query = (
        sa.select(PREDICTIONS.c.created_at)
        .where(*_computed(window, arm))
        .order_by(PREDICTIONS.c.created_at)
        .offset(number - 1)
        .limit(1)
    )
    with engine.connect() as connection:
        found: datetime | None = connection.execute(query).scalar_one_or_none()
    return found


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


def _outcome(row: sa.Row) -> OutcomeCount:
    start, arm, answered, failed, timed, *slow = row
    return OutcomeCount(_instant(start), Arm(arm), answered, failed, timed, tuple(slow))


def _computed(window: Window, arm: Arm) -> tuple[sa.ColumnElement[bool], ...]:
    columns = PREDICTIONS.c
    answered = columns.status == PredictionStatus.ANSWERED.value
    return (*_of_window(window), columns.arm == arm.value, answered, columns.is_cached.is_not(True))


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


def _span_start(instant: sa.ColumnElement[datetime], span_s: int) -> sa.ColumnElement[int]:
    """Return the seconds since 1970 at which the span of an instant begins."""
    number = sa.cast(sa.func.floor(sa.extract("epoch", instant) / sa.literal_column(str(int(span_s)))), sa.BigInteger)
    return number * sa.literal_column(str(int(span_s)))


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _count_if(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))
