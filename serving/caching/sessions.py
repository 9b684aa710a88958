"""What a worker remembers of a client between requests: who it proved to be, and the IFC models it brought.

Sessions stay in the process: who a client is must not be readable, nor writable, in a shared store. So each worker has
its own, and nothing may be refused because a session is not there: it only saves work and typing.
"""

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from serving.caching.memory import TtlCache

P = TypeVar("P")
MAX_MODELS = 16


@dataclass(frozen=True, slots=True)
class Session(Generic[P]):
    """``principal`` as verified, and keys of the IFC models uploaded last, newest first, at most `MAX_MODELS`."""

    principal: P
    valid_until: float
    model_keys: tuple[str, ...] = ()


class SessionCache(Generic[P]):
    """Sessions by bearer token. Thread-safe.

    Parameters
    ----------
    max_sessions : the least recently used goes first.
    ttl_s : a session ends this long after its last use, and never later than its token.
    clock : Unix time in seconds.
    """

    def __init__(self, max_sessions: int, ttl_s: float, clock: Callable[[], float] = time.time) -> None:
        self._sessions: TtlCache[Session[P]] = TtlCache(max_sessions, ttl_s, clock=clock)
        self._clock = clock
        self._lock = threading.Lock()

    def begin(self, token: str, principal: P, valid_until: float) -> Session[P]:
        """Remember who a verified token belongs to; ``valid_until`` is the token's ``exp``, Unix time in seconds."""
        session = Session(principal, valid_until)
        with self._lock:
            known = self._sessions.get(_name(token))
            if known is not None:
                session = replace(session, model_keys=known.model_keys)
            self._keep(token, session)
        return session

    def get(self, token: str) -> Session[P] | None:
        """Return the session of a token, which goes on with this use, or None."""
        with self._lock:
            session = self._sessions.get(_name(token))
            if session is not None:
                self._keep(token, session)
        return session

    def remember_model(self, token: str, model_key: str) -> None:
        """Note an IFC model that the client uploaded; without a session nothing is noted."""
        with self._lock:
            session = self._sessions.get(_name(token))
            if session is None:
                return
            others = [key for key in session.model_keys if key != model_key]
            self._keep(token, replace(session, model_keys=(model_key, *others)[:MAX_MODELS]))

    def end(self, token: str) -> None:
        """Forget a session, as when its token was revoked."""
        self._sessions.drop(_name(token))

    def end_all(self) -> None:
        """Forget every session, as when signing keys were withdrawn."""
        self._sessions.clear()

    def __len__(self) -> int:
        """Return how many sessions are kept."""
        return len(self._sessions)

    def _keep(self, token: str, session: Session[P]) -> None:
        self._sessions.put(_name(token), session, ttl_s=session.valid_until - self._clock())


def _name(token: str) -> bytes:
    """The token itself is not kept: a dump of the process's memory should not hold what opens the service."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
