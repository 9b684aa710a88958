"""Requests that may be sent twice and are done once: the ``Idempotency-Key`` header.

The first request with a key runs; one that comes while it runs is told to wait (409), one that comes after it gets the
same answer again, and one that means something else by the same key is refused (422). A key belongs to a client and a
route (draft-ietf-httpapi-idempotency-key-header).
"""

import hashlib
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Protocol

from serving.errors import RequestError

HEADER = "Idempotency-Key"
_PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")


class IdempotencyError(RequestError):
    """A key cannot be used as asked; ``status`` is 400, 409 or 422, and 409 carries ``retry_after_s``."""

    def __init__(self, message: str, status: HTTPStatus, retry_after_s: int | None = None) -> None:
        super().__init__(message, status=status)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class New:
    """Nobody has asked with this key: go on, then `finish` or `abandon`."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The request was answered before, with this."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class InProgress:
    """The same request is under way."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Another request was sent with this key."""


Outcome = New | Replay | InProgress | Mismatch


class IdempotencyStore(Protocol):
    """Keys by client and route. `begin` must be atomic: of many at once, one gets `New`.

    It forgets a key 24 h after it began, and takes one that began and never ended, because its worker died, as new
    after a lease.
    """

    def begin(self, client: str, route: str, key: str, request_hash: str, now: datetime) -> Outcome:
        """Note that a request begins, or say what is known of it."""

    def finish(self, client: str, route: str, key: str, status: int, body: bytes, now: datetime) -> None:
        """Keep the answer of a request that began."""

    def abandon(self, client: str, route: str, key: str) -> None:
        """Forget a request that began and has no answer to keep."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request that runs under a key."""

    client: str
    route: str
    key: str


def checked_key(header: str) -> str:
    """Return the key of a header: 1 to 255 printable ASCII characters. Raises `IdempotencyError` (400) for another."""
    key = header.strip(" \t")
    if not _PRINTABLE.fullmatch(key):
        raise IdempotencyError(
            f"{HEADER} must have 1 to 255 printable ASCII characters, for example a UUID", HTTPStatus.BAD_REQUEST
        )
    return key


def request_hash(body: bytes) -> str:
    """Return the SHA-256 of a request's bytes, 64 hexadecimal digits."""
    return hashlib.sha256(body).hexdigest()


def is_final(status: int) -> bool:
    """Return whether an answer is kept: only success is; a client may mend what was refused and use its key again."""
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


class Idempotency:
    """The rules of idempotency keys over a store.

    ``clock`` gives the time with its zone; ``retry_after_s`` is what a client is told whose request is under way.
    """

    def __init__(self, store: IdempotencyStore, clock: Callable[[], datetime], retry_after_s: int = 1) -> None:
        self._store = store
        self._clock = clock
        self._retry_after_s = retry_after_s

    def begin(self, client: str, route: str, header: str, body: bytes) -> Attempt | Replay:
        """Return the attempt to `end` when the request has been answered, or the answer it was given before.

        Raises `IdempotencyError`: 400 for a key that is none, 409 while the same request is under way, 422 where
        another request was sent with this key.
        """
        key = checked_key(header)
        match self._store.begin(client, route, key, request_hash(body), self._clock()):
            case Replay() as replay:
                return replay
            case InProgress():
                raise IdempotencyError(
                    f"the request with this {HEADER} is still being answered; ask again with the same key",
                    HTTPStatus.CONFLICT,
                    self._retry_after_s,
                )
            case Mismatch():
                raise IdempotencyError(
                    f"another request was sent with this {HEADER}; use a new key for a new request",
                    HTTPStatus.UNPROCESSABLE_ENTITY,
                )
            case New():
                return Attempt(client, route, key)

    def end(self, attempt: Attempt, status: int, body: bytes) -> None:
        """Keep an answer that is final; forget the key after any other, so that the client may try again."""
        if is_final(status):
            self._store.finish(attempt.client, attempt.route, attempt.key, status, body, self._clock())
        else:
            self._store.abandon(attempt.client, attempt.route, attempt.key)

    def abandon(self, attempt: Attempt) -> None:
        """Forget the key of a request that got no answer."""
        self._store.abandon(attempt.client, attempt.route, attempt.key)


@dataclass(frozen=True, slots=True)
class _Record:
    request_hash: str
    began_at: datetime
    answer: Replay | None = None


class MemoryIdempotencyStore:
    """An `IdempotencyStore` in this process: for tests and for one worker without a database. Thread-safe."""

    def __init__(self, keep: timedelta = timedelta(hours=24), lease: timedelta = timedelta(minutes=2)) -> None:
        self._keep = keep
        self._lease = lease
        self._lock = threading.Lock()
        self._records: dict[tuple[str, str, str], _Record] = {}

    def begin(self, client: str, route: str, key: str, request_hash: str, now: datetime) -> Outcome:
        """See `IdempotencyStore.begin`."""
        place = (client, route, key)
        with self._lock:
            self._forget_old(now)
            record = self._records.get(place)
            if record is not None and record.request_hash != request_hash:
                return Mismatch()
            if record is not None and record.answer is not None:
                return record.answer
            if record is not None and now < record.began_at + self._lease:
                return InProgress()
            self._records.pop(place, None)
            self._records[place] = _Record(request_hash, now)
            return New()

    def finish(
        self,
        client: str,
        route: str,
        key: str,
        status: int,
        body: bytes,
        now: datetime,  # noqa: ARG002  (the signature is the protocol's)
    ) -> None:
        """See `IdempotencyStore.finish`."""
        place = (client, route, key)
        with self._lock:
            record = self._records.get(place)
            if record is not None:
                self._records[place] = _Record(record.request_hash, record.began_at, Replay(status, body))

    def abandon(self, client: str, route: str, key: str) -> None:
        """See `IdempotencyStore.abandon`. An answer that was kept stays."""
        place = (client, route, key)
        with self._lock:
            record = self._records.get(place)
            if record is not None and record.answer is None:
                del self._records[place]

    def _forget_old(self, now: datetime) -> None:
        """Entries lie in the order they began, so the old ones are in front."""
        while self._records:
            place, record = next(iter(self._records.items()))
            if now < record.began_at + self._keep:
                return
            del self._records[place]
