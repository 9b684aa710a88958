"""Idempotency keys in the project's database, which all workers share."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from serving.idempotency import InProgress, Mismatch, New, Outcome, Replay
from serving.store import idempotency as table

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine


class DatabaseIdempotencyStore:
    """An `IdempotencyStore` over the table of keys. Thread-safe.

    Parameters
    ----------
    engine : the database.
    times : how long answers are kept and unanswered requests hold their key.
    """

    def __init__(self, engine: "Engine", times: table.KeyTimes) -> None:
        self._engine = engine
        self._times = times
        self._owners: dict[tuple[str, str, str], tuple[table.RequestKey, str]] = {}

    def begin(self, client: str, route: str, key: str, request_hash: str, now: datetime) -> Outcome:
        """See `IdempotencyStore.begin`."""
        request, owner = table.RequestKey(client, route, key, request_hash), uuid.uuid4().hex
        match table.reserve_request(self._engine, request, owner, self._times, now):
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
            table.complete_request(self._engine, *held, table.Answered(status, body))

    def abandon(self, client: str, route: str, key: str) -> None:
        """See `IdempotencyStore.abandon`."""
        held = self._owners.pop((client, route, key), None)
        if held is not None:
            table.release_request(self._engine, *held)
