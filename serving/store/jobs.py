"""Long jobs that outlive the process that took them on.

A worker holds a job by a lease: worker name and attempt number. Whoever lets a lease run out may lose the job to
another worker; what the first one then reports is refused, because its attempt is no longer the job's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from serving.store.database import StoreError, begin_append, insert_for
from serving.store.predictions import MAX_ROWS
from serving.store.tables import JOBS


class JobState(StrEnum):
    """Where a job stands; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)
FINAL_STATES = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class LeaseLostError(StoreError):
    """The job is no longer this worker's: cancelled, finished, or given to another one. Drop the work."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be taken on. ``id`` makes a repeated request one job; ``request`` is JSON-ready."""

    id: str
    client_id: str
    kind: str
    request: Mapping[str, Any]
    max_attempts: int = 3


@dataclass(frozen=True, slots=True)
class Job:
    """One row of ``jobs``.

    ``attempts`` counts claims, ``error`` says why the last one failed, ``progress`` is the share done (0 to 1) as its
    worker last told.
    """

    id: str
    client_id: str
    kind: str
    request: dict[str, Any]
    state: JobState
    attempts: int
    max_attempts: int
    progress: float | None
    worker: str | None
    lease_until: datetime | None
    result: Any
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Lease:
    """What a worker shows to prove that a job is its own."""

    job_id: str
    worker: str
    attempt: int


def enqueue_job(engine: Engine, job: NewJob, now: datetime) -> Job:
    """Take a job on and return it; one whose id is there already is returned as it stands.

    Raises `StoreError` when that id belongs to another client.
    """
    values = {
        "id": job.id,
        "client_id": job.client_id,
        "kind": job.kind,
        "request": dict(job.request),
        "state": JobState.QUEUED.value,
        "attempts": 0,
        "max_attempts": job.max_attempts,
        "created_at": now,
    }
    with begin_append(engine) as connection:
        connection.execute(insert_for(connection, JOBS).values(values).on_conflict_do_nothing())
        row = connection.execute(sa.select(JOBS).where(JOBS.c.id == job.id)).one()
    if row.client_id != job.client_id:
        raise StoreError(f"job id {job.id!r} is taken; choose another one")
    return _job(row)


def claim_job(
    engine: Engine, worker: str, now: datetime, lease_s: float, kind: str | None = None
) -> tuple[Job, Lease] | None:
    """Give the oldest queued job (of a kind, or any) to a worker for ``lease_s`` seconds; None when there is none.

    Jobs whose lease has run out are queued again first. Two workers never get one job at the same time: PostgreSQL
    passes over rows that another claim has locked, SQLite lets one claim in at a time.
    """
    with begin_append(engine) as connection:
        _requeue_expired(connection, now)
        query = sa.select(JOBS.c.id).where(JOBS.c.state == JobState.QUEUED.value)
        if kind is not None:
            query = query.where(JOBS.c.kind == kind)
        query = query.order_by(JOBS.c.created_at, JOBS.c.id).limit(1).with_for_update(skip_locked=True)
        job_id = connection.execute(query).scalar_one_or_none()
        if job_id is None:
            return None
        claimed = sa.update(JOBS).where(JOBS.c.id == job_id).values(
            state=JobState.RUNNING.value,
            attempts=JOBS.c.attempts + 1,
            worker=worker,
            lease_until=now + timedelta(seconds=lease_s),
            started_at=now,
            progress=None,
        )  # fmt: skip
        job = _job(connection.execute(claimed.returning(JOBS)).one())
    return job, Lease(job.id, worker, job.attempts)


def renew_lease(engine: Engine, lease: Lease, now: datetime, lease_s: float, progress: float | None = None) -> None:
    """Hold a job for ``lease_s`` more seconds from now; raises `LeaseLostError` when it is lost or cancelled.

    ``progress`` is the share done, 0 to 1.
    """
    _change(engine, lease, {"lease_until": now + timedelta(seconds=lease_s), "progress": progress})


def release_job(engine: Engine, lease: Lease) -> None:
    """Queue a job again that its worker gives up for reasons of its own; the attempt does not count.

    Raises `LeaseLostError` when the job is no longer this worker's.
    """
    released = {"state": JobState.QUEUED.value, "attempts": JOBS.c.attempts - 1, "worker": None, "lease_until": None}
    _change(engine, lease, released)


def finish_job(engine: Engine, lease: Lease, result: Any, now: datetime) -> None:
    """Store a JSON-ready result; raises `LeaseLostError` when the job is no longer this worker's.

    A lease that ran out while nobody else took the job still counts: the work is done, and done once.
    """
    _change(engine, lease, {"state": JobState.DONE.value, "result": result, "error": None, "finished_at": now})


def fail_job(engine: Engine, lease: Lease, error: str, now: datetime, *, retry: bool) -> None:
    """Note why an attempt failed: with ``retry`` the job is queued again while attempts are left, else it has failed.

    Raises `LeaseLostError` when the job is no longer this worker's.
    """
    again = sa.and_(sa.literal(retry), JOBS.c.attempts < JOBS.c.max_attempts)
    _change(
        engine,
        lease,
        {
            "state": sa.case((again, JobState.QUEUED.value), else_=JobState.FAILED.value),
            "finished_at": sa.case((again, sa.null()), else_=sa.literal(now, JOBS.c.finished_at.type)),
            "error": error,
            "lease_until": None,
        },
    )


def cancel_job(engine: Engine, job_id: str, client_id: str, now: datetime) -> Job | None:
    """Cancel a client's open job and return it; one that is finished is returned as it is, an unknown one is None."""
    own = (JOBS.c.id == job_id) & (JOBS.c.client_id == client_id)
    change = sa.update(JOBS).where(own, _in(OPEN_STATES))
    with begin_append(engine) as connection:
        connection.execute(change.values(state=JobState.CANCELLED.value, finished_at=now, lease_until=None))
        row = connection.execute(sa.select(JOBS).where(own)).one_or_none()
    return None if row is None else _job(row)


def requeue_expired_jobs(engine: Engine, now: datetime) -> int:
    """Queue the jobs whose lease has run out again and return how many; one without attempts left has failed."""
    with begin_append(engine) as connection:
        return _requeue_expired(connection, now)


def find_job(engine: Engine, job_id: str, client_id: str) -> Job | None:
    """Return a client's job, or None; another client's job is None too."""
    with engine.connect() as connection:
        query = sa.select(JOBS).where(JOBS.c.id == job_id, JOBS.c.client_id == client_id)
        row = connection.execute(query).one_or_none()
    return None if row is None else _job(row)


def list_jobs(engine: Engine, client_id: str, state: JobState | None = None, limit: int = 100) -> list[Job]:
    """Return a client's jobs, newest first, of one state or of all, at most ``limit`` (1 to 1,000)."""
    query = sa.select(JOBS).where(JOBS.c.client_id == client_id)
    if state is not None:
        query = query.where(JOBS.c.state == state.value)
    query = query.order_by(JOBS.c.created_at.desc(), JOBS.c.id.desc()).limit(max(1, min(limit, MAX_ROWS)))
    with engine.connect() as connection:
        return [_job(row) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class Page:
    """Which of a client's jobs are wanted: of one kind, of one state or all, those older than ``after``."""

    kind: str
    limit: int
    state: JobState | None = None
    after: tuple[datetime, str] | None = None
    """Creation and id of the last job of the page before."""


def page_jobs(engine: Engine, client_id: str, page: Page) -> list[Job]:
    """Return a page of a client's jobs, newest first, without their results; ``limit`` is 1 to 1,000."""
    columns = [sa.null().label("result") if column.name == "result" else column for column in JOBS.c]
    query = sa.select(*columns).where(JOBS.c.client_id == client_id, JOBS.c.kind == page.kind)
    if page.state is not None:
        query = query.where(JOBS.c.state == page.state.value)
    if page.after is not None:
        created_at, job_id = page.after
        older = (JOBS.c.created_at < created_at) | ((JOBS.c.created_at == created_at) & (JOBS.c.id < job_id))
        query = query.where(older)
    query = query.order_by(JOBS.c.created_at.desc(), JOBS.c.id.desc()).limit(max(1, min(page.limit, MAX_ROWS)))
    with engine.connect() as connection:
        return [_job(row) for row in connection.execute(query)]


def count_open_jobs(engine: Engine, client_id: str | None = None) -> int:
    """Return how many jobs are queued or running, of one client or of all: what a limit is held against."""
    query = sa.select(sa.func.count()).select_from(JOBS).where(_in(OPEN_STATES))
    if client_id is not None:
        query = query.where(JOBS.c.client_id == client_id)
    with engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


def purge_jobs(engine: Engine, before: datetime, limit: int = 10_000) -> int:
    """Delete the jobs that ended before an instant, at most ``limit``, and return how many went; open ones stay."""
    old = sa.select(JOBS.c.id).where(_in(FINAL_STATES), JOBS.c.finished_at < before).limit(limit)
    with begin_append(engine) as connection:
        return int(connection.execute(sa.delete(JOBS).where(JOBS.c.id.in_(old.scalar_subquery()))).rowcount)


def _requeue_expired(connection: Connection, now: datetime) -> int:
    left = JOBS.c.attempts < JOBS.c.max_attempts
    # Rows that another transaction holds are being renewed or claimed: they are passed over, not waited for.
    expired = (
        sa.select(JOBS.c.id)
        .where(JOBS.c.state == JobState.RUNNING.value, JOBS.c.lease_until < now)
        .with_for_update(skip_locked=True)
    )
    ids = connection.execute(expired).scalars().all()
    if not ids:
        return 0
    change = sa.update(JOBS).where(JOBS.c.id.in_(ids)).values(
        state=sa.case((left, JobState.QUEUED.value), else_=JobState.FAILED.value),
        finished_at=sa.case((left, sa.null()), else_=sa.literal(now, JOBS.c.finished_at.type)),
        error="the worker stopped answering before it had finished",
        lease_until=None,
    )  # fmt: skip
    connection.execute(change)
    return len(ids)


def _change(engine: Engine, lease: Lease, values: Mapping[str, Any]) -> None:
    held = (
        JOBS.c.id == lease.job_id,
        JOBS.c.state == JobState.RUNNING.value,
        JOBS.c.worker == lease.worker,
        JOBS.c.attempts == lease.attempt,
    )
    with begin_append(engine) as connection:
        changed = connection.execute(sa.update(JOBS).where(*held).values(dict(values))).rowcount
    if changed != 1:
        raise LeaseLostError(f"job {lease.job_id!r}, attempt {lease.attempt}, is no longer held by {lease.worker!r}")


def _in(states: tuple[JobState, ...]) -> sa.ColumnElement[bool]:
    return JOBS.c.state.in_([state.value for state in states])


def _job(row: sa.Row) -> Job:
    values = dict(row._mapping)
    return Job(**values | {"state": JobState(values["state"])})
