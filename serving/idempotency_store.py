"""Idempotency keys in the project's database, which all workers share."""

import threading
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from serving.idempotency import InProgress, Mismatch, New, Outcome, Replay
from serving.store import idempotency as table
from serving.store.database import open_database

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

PURGE_EVERY = timedelta(hours=1)


class DatabaseIdempotencyStore:
    """An `IdempotencyStore` over the table of keys; the database is opened at the first need. Thread-safe.

    Parameters
    ----------
    url : SQLAlchemy URL as for `open_database`.
    times : how long answers are kept and unanswered requests hold their key.
    """

    def __init__(self, url: str, times: table.KeyTimes, open_engine: "Callable[[str], Engine]" = open_database) -> None:
        self._url = url
        self._times = times
        self._open_engine = open_engine
        self._engine: Engine | None = None
        self._lock = threading.Lock()
        self._owners: dict[tuple[str, str, str], tuple[table.RequestKey, str]] = {}
        self._purged_at: datetime | None = None

    def begin(self, client: str, route: str, key: str, request_hash: str, now: datetime) -> Outcome:
        """See `IdempotencyStore.begin`."""
        engine = self._opened()
        self._purge_sometimes(engine, now)
        request, owner = table.RequestKey(client, route, key, request_hash), uuid.uuid4().hex
        match table.reserve_request(engine, request, owner, self._times, now):
            case table.Answered(status, body):
                return Replay(status, body)
            case table.InProgress():
                return InProgress()
            case table.Mismatch():
                return Mismatch()
            case table.Reserved():
                self._owners[client, route, key] = (request, owner)
                return New()

    def finish(self, client: str, route: str, key: str, status: int, body: bytes, now: datetime) -> None:  # noqa: ARG002
        """See `IdempotencyStore.finish`."""
        held = self._owners.pop((client, route, key), None)
        if held is not None:
            table.complete_request(self._opened(), *held, table.Answered(status, body))

    def abandon(self, client: str, route: str, key: str) -> None:
        """See `IdempotencyStore.abandon`."""
        held = self._owners.pop((client, route, key), None)
        if held is not None:
            table.release_request(self._opened(), *held)

    def close(self) -> None:
        """Give up the connections."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    def _opened(self) -> "Engine":
        with self._lock:
            if self._engine is None:
                self._engine = self._open_engine(self._url)
            return self._engine

    def _purge_sometimes(self, engine: "Engine", now: datetime) -> None:
        if self._purged_at is None or now - self._purged_at >= PURGE_EVERY:
            self._purged_at = now
            table.purge_keys(engine, now)
