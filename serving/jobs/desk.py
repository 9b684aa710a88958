"""Takes jobs on and tells how they stand. Every job is its client's alone; another's reads as one that is not there."""

import base64
import binascii
import hashlib
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from serving.errors import RequestError, ServingError
from serving.ifc.keys import check_model
from serving.problem_answers import BusyError
from serving.schemas import clash_detector
from serving.store.jobs import (
    Job,
    JobState,
    NewJob,
    Page,
    cancel_job,
    count_open_jobs,
    enqueue_job,
    find_job,
    page_jobs,
)

KIND = "clashes"
MAX_PAGE = 100
_BUSY_S = 30


@dataclass(frozen=True, slots=True)
class JobPolicy:
    """How many jobs may be open, of all clients and of one; how often one is begun; how large its model may be."""

    max_open: int
    max_open_per_client: int
    max_attempts: int
    model_bytes: int


@dataclass(frozen=True, slots=True)
class JobPage:
    """Jobs of one page without their results, and the cursor of the next page, if there is one."""

    jobs: list[Job]
    next: str | None


class JobDesk:
    """The jobs of all clients. Its methods wait for the database: call them in a thread.

    Arguments: the database; the root of model keys; the policy; the time with its zone.
    """

    def __init__(self, engine: Engine, ifc_root: Path, policy: JobPolicy, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._root = ifc_root
        self._policy = policy
        self._clock = clock

    def submit(self, client: str, request: clash_detector.Request, key: str | None = None) -> Job:
        """Take a job on and return it.

        With an idempotency ``key`` the same request again is the same job, however it ended. Raises `RequestError`:
        404, 413 or 422 for a model that cannot be checked, 422 for a key used for another request, 429 and 503
        (`BusyError`) for more open jobs than the policy has; `ServingError` when the database fails.
        """
        wanted = request.model_dump(mode="json")
        job_id = uuid.uuid4().hex if key is None else _named(client, key)
        with _database():
            known = find_job(self._engine, job_id, client) if key is not None else None
            if known is None:
                check_model(self._root, request.model_ifc, client, self._policy.model_bytes)
                self._refuse_too_many(client)
                new = NewJob(job_id, client, KIND, wanted, self._policy.max_attempts)
                known = enqueue_job(self._engine, new, self._clock())
        if known.request != wanted:
            raise RequestError("another request was sent with this Idempotency-Key; use a new key")
        return known

    def find(self, client: str, job_id: str) -> Job:
        """Return a client's job; raises `RequestError` (404) when there is none of this id."""
        with _database():
            found = find_job(self._engine, job_id, client)
        return _existing(found)

    def cancel(self, client: str, job_id: str) -> Job:
        """Cancel a client's job and return it; one that has ended stays as it is. Raises as `find` does."""
        with _database():
            found = cancel_job(self._engine, job_id, client, self._clock())
        return _existing(found)

    def page(self, client: str, limit: int, state: JobState | None = None, after: str | None = None) -> JobPage:
        """Return a page of at most ``limit`` jobs (1 to 100), newest first; ``after`` is the page before's ``next``."""
        limit = max(1, min(limit, MAX_PAGE))
        page = Page(KIND, limit + 1, state, None if after is None else _position(after))
        with _database():
            rows = page_jobs(self._engine, client, page)
        more = len(rows) > limit
        return JobPage(rows[:limit], _cursor(rows[limit - 1]) if more else None)

    def _refuse_too_many(self, client: str) -> None:
        """Two requests at the same instant may both be the last one: the limit is on a load, not an account."""
        if count_open_jobs(self._engine, client) >= self._policy.max_open_per_client:
            text = f"{self._policy.max_open_per_client} jobs of this client are open; wait for one or cancel one"
            raise BusyError(text, HTTPStatus.TOO_MANY_REQUESTS, _BUSY_S)
        if count_open_jobs(self._engine) >= self._policy.max_open:
            raise BusyError("too many jobs are waiting; try again later", HTTPStatus.SERVICE_UNAVAILABLE, _BUSY_S)


def _named(client: str, key: str) -> str:
    """Return the id of the one job that a client's key stands for."""
    return hashlib.sha256(f"{len(client)}:{client}:{key}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _existing(job: Job | None) -> Job:
    if job is None or job.kind != KIND:
        raise RequestError("there is no job of this id", status=HTTPStatus.NOT_FOUND)
    return job


def _cursor(job: Job) -> str:
    return base64.urlsafe_b64encode(f"{job.created_at.isoformat()} {job.id}".encode()).rstrip(b"=").decode()


def _position(cursor: str) -> tuple[datetime, str]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        instant, job_id = text.split(" ")
        created_at = datetime.fromisoformat(instant)
        created_at.utctimetuple()  # a year that another zone does not have
    except (ValueError, OverflowError, binascii.Error) as error:
        raise RequestError("`after` is not the `next` of a page", field="after") from error
    if created_at.tzinfo is None or not job_id.isalnum():
        raise RequestError("`after` is not the `next` of a page", field="after")
    return created_at, job_id


@contextmanager
def _database() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise ServingError(f"the database of jobs does not answer: {type(error).__name__}") from error
