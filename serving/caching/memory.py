"""The in-process cache: the least recently used goes first, entries have a time to live, their bytes are bounded."""

import math
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from cachetools import TLRUCache

V = TypeVar("V")


def _no_size(_: object) -> int:
    return 0


class TtlCache(Generic[V]):
    """Values by key, for a time. Thread-safe; a look-up costs about a microsecond.

    Parameters
    ----------
    max_entries : the least recently used entry makes room for one more.
    ttl_s : an entry is gone this long after it was put.
    max_bytes : bound on the sum of ``size_of`` all values; none = no such bound.
    size_of : size of a value in bytes.
    clock : seconds; may be any clock that goes on.
    on_eviction : called for each entry that made room while it was still good.
    """

    def __init__(
        self,
        max_entries: int,
        ttl_s: float,
        *,
        max_bytes: int | None = None,
        size_of: Callable[[V], int] = _no_size,
        clock: Callable[[], float] = time.time,
        on_eviction: Callable[[], None] | None = None,
    ) -> None:
        self._max_entries = max_entries
        self._max_bytes = math.inf if max_bytes is None else max_bytes
        self._ttl_s = ttl_s
        self._size_of = size_of
        self._clock = clock
        self._on_eviction = on_eviction
        self._lock = threading.Lock()
        self._entries: TLRUCache[object, tuple[float, int, V], float] = TLRUCache(
            self._max_bytes,
            lambda _key, entry, _now: entry[0],
            timer=clock,
            getsizeof=lambda entry: entry[1],
        )

    def get(self, key: object) -> V | None:
        """Return the value of a key, or None where there is none or its time is over."""
        with self._lock:
            entry = self._entries.get(key)
        return None if entry is None else entry[2]

    def put(self, key: object, value: V, ttl_s: float | None = None) -> bool:
        """Keep a value, for ``ttl_s`` where that is less than the cache's own; returns whether it is kept.

        A value larger than the whole cache, or one whose time is over, is not.
        """
        size = self._size_of(value)
        ttl_s = self._ttl_s if ttl_s is None else min(ttl_s, self._ttl_s)
        evicted = 0
        with self._lock:
            self._entries.pop(key, None)
            if size > self._max_bytes or ttl_s <= 0:
                return False
            self._entries.expire()
            while len(self._entries) >= self._max_entries or self._entries.currsize + size > self._max_bytes:
                self._entries.popitem()
                evicted += 1
            self._entries[key] = (self._clock() + ttl_s, size, value)
        if self._on_eviction:
            for _ in range(evicted):
                self._on_eviction()
        return True

    def drop(self, key: object) -> None:
        """Forget a key; one that is not there is no error."""
        with self._lock:
            self._entries.pop(key, None)

    def expire(self) -> None:
        """Forget the entries whose time is over, which else happens when something is put in."""
        with self._lock:
            self._entries.expire()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()

    def __len__(self) -> int:
        """Return the number of entries, those included whose time is over and that nothing has cleared yet."""
        return len(self._entries)

    @property
    def size_bytes(self) -> int:
        """Sum of the sizes of all entries."""
        return int(self._entries.currsize)
