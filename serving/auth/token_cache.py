"""The sessions of a worker: tokens that were verified, so that each is verified once while it is used.

They stay in the process: who a client is must be neither readable nor writable in a shared store.
"""

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

from serving.auth.decision import Principal
from serving.auth.key_set import VerificationKey


@dataclass(frozen=True, slots=True)
class KnownToken:
    """What a verified token came to: the key that signed it, who it speaks for, and since when (Unix time)."""

    key: VerificationKey
    principal: Principal
    begins_s: float


@dataclass(slots=True)
class _Session:
    known: KnownToken
    used_s: float


class TokenCache:
    """Remembers tokens by their SHA-256, so that the memory of the process holds no token. Thread-safe.

    Parameters
    ----------
    capacity : the least recently used leave first.
    ttl_s : a token is forgotten this long after its last use.
    """

    def __init__(self, capacity: int, ttl_s: float) -> None:
        self.capacity = capacity
        self._ttl_s = ttl_s
        self._sessions: OrderedDict[bytes, _Session] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._sessions)

    def get(self, token: bytes, now_s: float) -> KnownToken | None:
        """Return what a token came to, None for one that is not remembered; its time begins anew at ``now_s``."""
        digest = _digest(token)
        with self._lock:
            session = self._sessions.get(digest)
            if session is None or now_s - session.used_s >= self._ttl_s:
                return None
            session.used_s = now_s
            self._sessions.move_to_end(digest)
        return session.known

    def put(self, token: bytes, known: KnownToken, now_s: float) -> None:
        """Remember a verified token, and forget what is over or too much."""
        digest = _digest(token)
        with self._lock:
            self._sessions[digest] = _Session(known, now_s)
            self._sessions.move_to_end(digest)
            while self._sessions and self._must_leave(next(iter(self._sessions.values())), now_s):
                self._sessions.popitem(last=False)

    def drop(self, token: bytes) -> None:
        """Forget a token."""
        with self._lock:
            self._sessions.pop(_digest(token), None)

    def _must_leave(self, longest_unused: _Session, now_s: float) -> bool:
        return len(self._sessions) > self.capacity or now_s - longest_unused.used_s >= self._ttl_s


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
