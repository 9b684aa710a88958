"""Rollouts of candidate versions: at most one open one a model, changed by whoever has seen its newest revision.

A change and the event that tells of it are written together. A rollout that has ended is never changed again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from serving.store.database import StoreError, begin_append
from serving.store.tables import ROLLOUT_EVENTS, ROLLOUTS

WHOLE_WEIGHT = 10_000
"""A weight of everything; weights are in ten-thousandths."""
MAX_EVENTS = 10_000
"""Events that one call returns at most."""


class OpenRolloutError(StoreError):
    """The model has a rollout that has not ended."""


class RolloutKind(StrEnum):
    """A canary climbs a ladder and ends by a verdict; an A/B holds one split for a fixed time and ends in a report."""

    CANARY = "canary"
    AB = "ab"


class RolloutState(StrEnum):
    """Where a rollout stands. The last four are final."""

    PENDING = "pending"
    SHADOW = "shadow"
    CANARY = "canary"
    BAKING = "baking"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    ABORTED = "aborted"
    COMPLETED = "completed"


FINAL_STATES = frozenset(
    {RolloutState.PROMOTED, RolloutState.ROLLED_BACK, RolloutState.ABORTED, RolloutState.COMPLETED}
)


class EventKind(StrEnum):
    """What an event tells."""

    STARTED = "started"
    STEP = "step"
    """State, step or weight changed."""
    READING = "reading"
    """The evidence as it was, with the verdict on it."""
    PAUSED = "paused"
    RESUMED = "resumed"
    FAULT = "fault"
    """A service cannot load or use the candidate; the reason says why."""
    REPLAY = "replay"
    """Recorded questions are asked again, by the holder that the reading names."""
    REPLAYED = "replayed"
    """All of them have been."""
    ENDED = "ended"
    SETTLED = "settled"
    """What follows from the end outside of the database (aliases) is done."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """One row of ``rollouts``.

    ``weight`` is 0 to 10,000 ten-thousandths of the clients, ``shadow_share`` a ratio of the champion's requests,
    ``policy`` what was in force when it began, ``step`` the index of its step in there.
    """

    id: str
    model: str
    champion_version: str
    candidate_version: str
    candidate_tag: str
    candidate_sha256: str
    kind: RolloutKind
    state: RolloutState
    weight: int
    shadow_share: float
    salt: str
    is_paused: bool
    paused_at: datetime | None
    policy: dict[str, Any]
    revision: int
    step: int
    step_started_at: datetime
    reason: str
    actor: str
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to be written. ``reading`` is JSON-ready and holds no NaN."""

    kind: EventKind
    actor: str
    verdict: str = ""
    reason: str = ""
    reading: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RolloutEvent:
    """One row of ``rollout_events``; ``revision`` is the rollout's after the change, or while it was read."""

    id: int
    rollout_id: str
    revision: int
    created_at: datetime
    kind: EventKind
    verdict: str
    reason: str
    reading: dict[str, Any]
    actor: str


@dataclass(frozen=True, slots=True)
class Change:
    """New values of a rollout; None keeps what is there. A final ``state`` ends it."""

    state: RolloutState | None = None
    weight: int | None = None
    shadow_share: float | None = None
    step: int | None = None
    step_started_at: datetime | None = None
    is_paused: bool | None = None
    paused_at: datetime | None = None
    reason: str | None = None


def insert_rollout(engine: Engine, rollout: Rollout, event: NewEvent) -> Rollout:
    """Write a new rollout with its first event and return it. Raises `OpenRolloutError` when its model has an open one.

    The row is written as given; ``revision`` is 1 by convention.
    """
    try:
        with begin_append(engine) as connection:
            connection.execute(sa.insert(ROLLOUTS).values(asdict(rollout)))
            _append(connection, rollout.id, event, rollout.created_at)
    except sa.exc.IntegrityError as error:
        other = find_open_rollout(engine, rollout.model)
        if other is None:
            raise
        raise OpenRolloutError(
            f"{rollout.model} has rollout {other.id} of version {other.candidate_version} under way ({other.state}); "
            "let it end or abort it first"
        ) from error
    return rollout


def open_rollouts(engine: Engine) -> list[Rollout]:
    """Return every rollout that has not ended, by model."""
    with engine.connect() as connection:
        return read_open_rollouts(connection)


def read_open_rollouts(connection: Connection) -> list[Rollout]:
    """Return every rollout that has not ended, by model, inside the caller's transaction."""
    query = sa.select(ROLLOUTS).where(ROLLOUTS.c.ended_at.is_(None)).order_by(ROLLOUTS.c.model)
    return [_rollout(row) for row in connection.execute(query)]


def find_rollout(engine: Engine, rollout_id: str) -> Rollout | None:
    """Return the rollout of this id, or None."""
    with engine.connect() as connection:
        row = connection.execute(sa.select(ROLLOUTS).where(ROLLOUTS.c.id == rollout_id)).one_or_none()
    return None if row is None else _rollout(row)


def find_open_rollout(engine: Engine, model: str) -> Rollout | None:
    """Return the rollout of a model that has not ended, or None."""
    query = sa.select(ROLLOUTS).where(ROLLOUTS.c.model == model, ROLLOUTS.c.ended_at.is_(None))
    with engine.connect() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else _rollout(row)


def list_rollouts(engine: Engine, model: str | None = None, limit: int = 20) -> list[Rollout]:
    """Return the newest rollouts of a model or of all, newest first."""
    query = sa.select(ROLLOUTS).order_by(ROLLOUTS.c.created_at.desc(), ROLLOUTS.c.id.desc()).limit(limit)
    if model is not None:
        query = query.where(ROLLOUTS.c.model == model)
    with engine.connect() as connection:
        return [_rollout(row) for row in connection.execute(query)]


def change_rollout(engine: Engine, seen: Rollout, change: Change, event: NewEvent, now: datetime) -> Rollout | None:
    """Change a rollout with its event and return it as it is then.

    Returns None, and writes nothing, when it has another revision than the one ``seen`` or has ended.
    """
    with begin_append(engine) as connection:
        return change_rollout_within(connection, seen, change, event, now)


def change_rollout_within(
    connection: Connection, seen: Rollout, change: Change, event: NewEvent, now: datetime
) -> Rollout | None:
    """Do what `change_rollout` does inside the caller's transaction."""
    values = {name: value for name, value in asdict(change).items() if value is not None}
    values |= {"revision": seen.revision + 1, "updated_at": now}
    if change.state in FINAL_STATES:
        values["ended_at"] = now
    if change.is_paused is False:
        values["paused_at"] = None
    columns = ROLLOUTS.c
    statement = (
        sa.update(ROLLOUTS)
        .where(columns.id == seen.id, columns.revision == seen.revision, columns.ended_at.is_(None))
        .values(values)
        .returning(ROLLOUTS)
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    _append(connection, seen.id, event, now)
    return _rollout(row)


def append_event(engine: Engine, rollout_id: str, event: NewEvent, now: datetime) -> None:
    """Write an event that changes nothing. Raises `StoreError` when there is no such rollout."""
    with begin_append(engine) as connection:
        if not _append(connection, rollout_id, event, now):
            raise StoreError(f"there is no rollout {rollout_id!r}; `sdai rollout status` lists them")


def list_events(
    engine: Engine, rollout_id: str, kinds: Collection[EventKind] | None = None, after_id: int = 0
) -> list[RolloutEvent]:
    """Return the events of a rollout, oldest first, of some kinds or of all, at most `MAX_EVENTS`.

    ``after_id`` leaves out what is already known.
    """
    columns = ROLLOUT_EVENTS.c
    query = (
        sa.select(ROLLOUT_EVENTS)
        .where(columns.rollout_id == rollout_id, columns.id > after_id)
        .order_by(columns.id)
        .limit(MAX_EVENTS)
    )
    if kinds is not None:
        query = query.where(columns.kind.in_([kind.value for kind in kinds]))
    with engine.connect() as connection:
        return [_event(row) for row in connection.execute(query)]


def unsettled_rollouts(engine: Engine) -> Sequence[Rollout]:
    """Return ended rollouts whose end has not been followed up outside of the database, oldest first."""
    events = ROLLOUT_EVENTS.c
    settled = sa.exists().where(events.rollout_id == ROLLOUTS.c.id, events.kind == EventKind.SETTLED.value)
    query = sa.select(ROLLOUTS).where(ROLLOUTS.c.ended_at.is_not(None), ~settled).order_by(ROLLOUTS.c.ended_at)
    with engine.connect() as connection:
        return [_rollout(row) for row in connection.execute(query)]


def _append(connection: Connection, rollout_id: str, event: NewEvent, now: datetime) -> bool:
    revision = connection.execute(
        sa.select(ROLLOUTS.c.revision).where(ROLLOUTS.c.id == rollout_id)
    ).scalar_one_or_none()
    if revision is None:
        return False
    values = {
        "rollout_id": rollout_id,
        "revision": revision,
        "created_at": now,
        "kind": event.kind.value,
        "verdict": event.verdict,
        "reason": event.reason,
        "reading": dict(event.reading),
        "actor": event.actor,
    }
    connection.execute(sa.insert(ROLLOUT_EVENTS).values(values))
    return True


def _rollout(row: sa.Row) -> Rollout:
    values = dict(row._mapping)
    return Rollout(**values | {"kind": RolloutKind(values["kind"]), "state": RolloutState(values["state"])})


def _event(row: sa.Row) -> RolloutEvent:
    values = dict(row._mapping)
    return RolloutEvent(**values | {"kind": EventKind(values["kind"])})
