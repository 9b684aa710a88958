"""A circuit breaker: after failures in a row a service is left alone for a time, then tried by one caller."""

import threading
import time
from collections.abc import Callable


class CircuitBreaker:
    """Says whether to try. Thread-safe.

    Parameters
    ----------
    max_failures : failures in a row that open it.
    open_s : how long it stays open; then one caller an ``open_s`` may try, and a success closes it.
    clock : seconds, never going back.
    """

    def __init__(self, max_failures: int, open_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_failures = max_failures
        self._open_s = open_s
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._next_try = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the service counts as failing."""
        return self._failures >= self._max_failures

    def allows(self) -> bool:
        """Return whether to try now; tell the outcome by `succeeded` or `failed`."""
        if not self.is_open:
            return True
        with self._lock:
            now = self._clock()
            if now < self._next_try:
                return False
            self._next_try = now + self._open_s  # the others go on waiting for this one's outcome
            return True

    def succeeded(self) -> None:
        """Note that the service answered."""
        if self._failures:
            with self._lock:
                self._failures = 0

    def failed(self) -> bool:
        """Note that the service failed; returns whether that is worth a word: the first, and the one that opens."""
        with self._lock:
            self._failures += 1
            if self.is_open:
                self._next_try = self._clock() + self._open_s
            return self._failures in (1, self._max_failures)
