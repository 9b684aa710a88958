"""Requests that carry an idempotency key: answered once, and told the same answer when they come again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from serving.store.database import begin_append, insert_for
from serving.store.tables import IDEMPOTENCY_KEYS


@dataclass(frozen=True, slots=True)
class RequestKey:
    """One request of one client: ``route`` and ``key`` name it, ``request_hash`` (SHA-256) is its content."""

    client_id: str
    route: str
    key: str
    request_hash: str


@dataclass(frozen=True, slots=True)
class Reserved:
    """The caller is the one to answer; ``owner`` is what it shows to `complete_request` or `release_request`."""

    owner: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The request was answered before: HTTP status and body."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class InProgress:
    """Another exchange is answering the same request; it may be asked for again after ``retry_after_s``."""

    retry_after_s: float


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The key was used for a request of other content."""


Reservation = Reserved | Answered | InProgress | Mismatch


@dataclass(frozen=True, slots=True)
class KeyTimes:
    """``lease_s``: after which an unanswered reservation may be taken over; ``keep_s``: how long an answer is kept."""

    lease_s: float
    keep_s: float


def reserve_request(engine: Engine, request: RequestKey, owner: str, times: KeyTimes, now: datetime) -> Reservation:
    """Say who answers a request. ``owner`` is a text that no other exchange uses.

    One of several exchanges that come at once is told `Reserved`. A reservation whose process died is free again after
    its lease, an answer after its time.
    """
    fresh = {
        "request_hash": request.request_hash,
        "owner": owner,
        "status": None,
        "response": None,
        "created_at": now,
        "lease_until": now + timedelta(seconds=times.lease_s),
        "expires_at": now + timedelta(seconds=times.keep_s),
    }
    columns = IDEMPOTENCY_KEYS.c
    dead = columns.status.is_(None) & (columns.lease_until <= now) & (columns.request_hash == request.request_hash)
    names = {"client_id": request.client_id, "route": request.route, "key": request.key}
    with begin_append(engine) as connection:
        statement = insert_for(connection, IDEMPOTENCY_KEYS).values(names | fresh)
        statement = statement.on_conflict_do_update(
            index_elements=list(names), set_=fresh, where=dead | (columns.expires_at <= now)
        )
        connection.execute(statement)
        row = connection.execute(sa.select(IDEMPOTENCY_KEYS).where(_named(request))).one()
    if row.request_hash != request.request_hash:
        return Mismatch()
    if row.status is not None:
        return Answered(row.status, bytes(row.response))
    if row.owner == owner:
        return Reserved(owner)
    return InProgress(max(0.0, (row.lease_until - now).total_seconds()))


def complete_request(engine: Engine, request: RequestKey, owner: str, answer: Answered) -> bool:
    """Keep the answer of a reserved request; False when the reservation was taken over in the meantime."""
    change = sa.update(IDEMPOTENCY_KEYS).where(_named(request), _open(owner))
    with begin_append(engine) as connection:
        return connection.execute(change.values(status=answer.status, response=answer.body)).rowcount == 1


def release_request(engine: Engine, request: RequestKey, owner: str) -> None:
    """Give a reservation up, so that the request may be tried again: for answers that are not to be kept (5xx)."""
    with begin_append(engine) as connection:
        connection.execute(sa.delete(IDEMPOTENCY_KEYS).where(_named(request), _open(owner)))


def purge_keys(engine: Engine, now: datetime, limit: int = 10_000) -> int:
    """Delete the keys whose time is over, at most ``limit``, and return how many went."""
    columns = IDEMPOTENCY_KEYS.c
    name = sa.tuple_(columns.client_id, columns.route, columns.key)
    old = sa.select(columns.client_id, columns.route, columns.key).where(columns.expires_at <= now)
    with begin_append(engine) as connection:
        gone = connection.execute(sa.delete(IDEMPOTENCY_KEYS).where(name.in_(old.limit(limit))))
        return int(gone.rowcount)


def _named(request: RequestKey) -> sa.ColumnElement[bool]:
    columns = IDEMPOTENCY_KEYS.c
    return sa.and_(columns.client_id == request.client_id, columns.route == request.route, columns.key == request.key)


def _open(owner: str) -> sa.ColumnElement[bool]:
    return sa.and_(IDEMPOTENCY_KEYS.c.owner == owner, IDEMPOTENCY_KEYS.c.status.is_(None))
