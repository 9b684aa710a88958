"""Tokens that were verified, so that each is verified once: by digest, the least recently used leave first."""

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


class TokenCache:
    """Remembers ``capacity`` tokens by their SHA-256, so that the memory of the process holds no token."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._known: OrderedDict[bytes, KnownToken] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._known)

    def get(self, token: bytes) -> KnownToken | None:
        """Return what a token came to, None for one that is not remembered."""
        digest = _digest(token)
        with self._lock:
            known = self._known.get(digest)
            if known is not None:
                self._known.move_to_end(digest)
        return known

    def put(self, token: bytes, known: KnownToken) -> None:
        """Remember a verified token."""
        with self._lock:
            self._known[_digest(token)] = known
            while len(self._known) > self.capacity:
                self._known.popitem(last=False)

    def drop(self, token: bytes) -> None:
        """Forget a token."""
        with self._lock:
            self._known.pop(_digest(token), None)


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
