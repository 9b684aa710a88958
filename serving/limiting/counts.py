"""Counts of requests in the process, by the rule of `limits`' sliding window counter.

The library's own in-process storage starts a thread every 10 ms while requests come: 50 µs of CPU a request at 1,000
requests a second, where this takes 10. It also keeps every client it meets until a window has passed; here they are
bounded.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from serving.limiting.windows import Window

_MAX_CLIENTS = 100_000


class _Counts:
    __slots__ = ("current", "period", "previous")

    def __init__(self, period: int) -> None:
        self.period = period
        self.previous = 0
        self.current = 0

    def move_to(self, period: int) -> None:
        if period != self.period:
            self.previous = self.current if period == self.period + 1 else 0
            self.current = 0
            self.period = period


class WindowCounts:
    """Requests of clients in the present period and the one before. Thread-safe.

    ``clock`` is Unix time in seconds; ``max_clients`` are remembered, those that asked last.
    """

    def __init__(self, clock: Callable[[], float] = time.time, max_clients: int = _MAX_CLIENTS) -> None:
        self._clock = clock
        self._max_clients = max_clients
        self._lock = threading.Lock()
        self._counts: OrderedDict[Hashable, _Counts] = OrderedDict()

    def hit(self, client: Hashable, limit: int, period_s: int, cost: int) -> tuple[bool, Window]:
        """Count ``cost`` requests where they are within the limit; returns whether they are, and the window after."""
        now_s = self._clock()
        with self._lock:
            counts = self._counts_of(client, int(now_s // period_s))
            window = _window(counts, now_s, period_s)
            if not window.has_room(limit, cost):
                return False, window
            counts.current += cost
            return True, window._replace(current=counts.current)

    def window(self, client: Hashable, period_s: int) -> Window:
        """Return the window of a client and count nothing."""
        now_s = self._clock()
        with self._lock:
            counts = self._counts.get(client)
            if counts is None:
                return Window(period_s, 0, 0.0, 0, 0.0)
            counts.move_to(int(now_s // period_s))
            return _window(counts, now_s, period_s)

    def __len__(self) -> int:
        """Return how many clients are remembered."""
        return len(self._counts)

    def _counts_of(self, client: Hashable, period: int) -> _Counts:
        counts = self._counts.get(client)
        if counts is None:
            if len(self._counts) >= self._max_clients:
                self._counts.popitem(last=False)
            counts = self._counts[client] = _Counts(period)
            return counts
        self._counts.move_to_end(client)
        counts.move_to(period)
        return counts


def _window(counts: _Counts, now_s: float, period_s: int) -> Window:
    left_s = period_s - now_s % period_s
    return Window(period_s, counts.previous, left_s, counts.current, left_s + period_s)
