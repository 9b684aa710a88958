"""What a cache has done, as plain numbers that any metrics can be made of."""

import logging
import threading
from collections.abc import Callable
from enum import StrEnum

log = logging.getLogger("sdai.serving")


class Event(StrEnum):
    """One thing that happened to a request for an answer, or behind it."""

    HIT_MEMORY = "hit_memory"
    HIT_REDIS = "hit_redis"
    MISS = "miss"
    COALESCED = "coalesced"
    """Waited for the same answer that another request was computing."""
    EVICTION = "eviction"
    COMPUTE_ERROR = "compute_error"
    REDIS_ERROR = "redis_error"
    """Redis failed or did not answer in time."""
    REDIS_SKIPPED = "redis_skipped"
    """Redis was left alone because it had failed."""
    REDIS_BAD_VALUE = "redis_bad_value"
    """A value in Redis was too long, of another version or damaged."""


REDIS_TROUBLES = frozenset({Event.REDIS_ERROR, Event.REDIS_SKIPPED, Event.REDIS_BAD_VALUE})
Hook = Callable[[Event], None]


class Counters:
    """Counts events; ``hook`` is told each of them, for metrics. Thread-safe."""

    def __init__(self, hook: Hook | None = None) -> None:
        self._counts = dict.fromkeys(Event, 0)
        self._lock = threading.Lock()
        self._hook = hook

    def count(self, event: Event) -> None:
        """Count one event. A hook that raises is logged and changes nothing."""
        with self._lock:
            self._counts[event] += 1
        if self._hook is not None:
            try:
                self._hook(event)
            except Exception:  # process edge: what counts must not fail what is counted
                log.exception("hook of the cache's counters failed")

    def stats(self) -> dict[str, int]:
        """Return all counts by the event's name."""
        with self._lock:
            return {event.value: count for event, count in self._counts.items()}
