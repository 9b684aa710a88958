"""Work that is done beside the requests, by one thread that rests in between: what there is no time for is dropped."""

import logging
import resource
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
log = logging.getLogger("sdai.serving")
_LONGEST_REST_S = 60.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How much may wait and be done.

    Of one lane ``capacity`` items wait, one that finds its lane full is dropped. The thread takes ``busy_share`` (0 to
    1) of a core at most, its subprocesses included: after an item it rests for the remainder. Idle, it looks around
    every ``idle_s``.
    """

    capacity: int
    busy_share: float
    idle_s: float = 1.0


class SpareTime(Generic[T]):
    """Works on offered items, the lanes by turns.

    Parameters
    ----------
    name : of the thread.
    work : does one item; what it raises is logged and the item is over.
    pace : of the thread.
    between : called between items and when idle, for what is to be done now and then.
    on_dropped : told the lane of an item that was dropped; called by the thread that offers.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[T], None],
        pace: Pace,
        *,
        between: Callable[[], None] = lambda: None,
        on_dropped: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._name = name
        self._work = work
        self._capacity = pace.capacity
        self._rest_ratio = 1.0 / pace.busy_share - 1.0
        self._between = between
        self._idle_s = pace.idle_s
        self._on_dropped = on_dropped
        self._lanes: dict[str, deque[T]] = {}
        self._turns: deque[str] = deque()
        self._offered = threading.Condition()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def offer(self, lane: str, item: T) -> bool:
        """Take an item, or drop it; returns whether it was taken. Never blocks for long, from any thread."""
        with self._offered:
            waiting = self._lanes.get(lane)
            if waiting is None:
                waiting = self._lanes[lane] = deque()
                self._turns.append(lane)
            taken = len(waiting) < self._capacity and not self._stopping.is_set()
            if taken:
                waiting.append(item)
                self._offered.notify()
        if not taken:
            self._on_dropped(lane)
        return taken

    def start(self) -> None:
        """Begin to work."""
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Begin nothing more, drop what waits, and call ``between`` a last time; the item under way gets this long."""
        self._stopping.set()
        with self._offered:
            self._offered.notify_all()
        if self._thread is not None:
            self._thread.join(max(0.0, timeout_s))

    def waiting(self) -> int:
        """Return how many items wait."""
        with self._offered:
            return sum(map(len, self._lanes.values()))

    def _run(self) -> None:
        while not self._stopping.is_set():
            item = self._next()
            began_s = _cpu_s()
            if item is not None:
                self._guarded(lambda item=item: self._work(item))  # type: ignore[misc]
            self._guarded(self._between)
            if item is not None:
                self._stopping.wait(min((_cpu_s() - began_s) * self._rest_ratio, _LONGEST_REST_S))
        self._guarded(self._between)

    def _next(self) -> T | None:
        with self._offered:
            if not any(self._lanes.values()) and not self._stopping.is_set():
                self._offered.wait(self._idle_s)
            for _ in range(len(self._turns)):
                lane = self._turns[0]
                self._turns.rotate(-1)
                if self._lanes[lane]:
                    return self._lanes[lane].popleft()
        return None

    def _guarded(self, task: Callable[[], None]) -> None:
        try:
            task()
        except Exception:  # process edge: the thread must not die
            log.exception("%s: one item failed", self._name)


def _cpu_s() -> float:
    """Return the CPU seconds of this thread and of all subprocesses of the process that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.thread_time() + children.ru_utime + children.ru_stime
