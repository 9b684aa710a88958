"""Places that a host has once or a few times, over all of its processes; the kernel frees those of one that dies."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from serving.errors import ServingError

_LOOK_EVERY_S = 0.05


class HostLock:
    """A lock file, held for as long as the process lives that took it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Return whether this process holds the lock, taking it when it is free. Raises `OSError`."""
        if self._descriptor is not None:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def give_back(self) -> None:
        """Let another process take it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class HostSlots:
    """So many may work at once on a host.

    Parameters
    ----------
    folder : of the lock files, one a slot; the same for all processes of the host.
    count : slots, >= 1.
    wait_s : seconds that one waits for a slot.
    """

    def __init__(
        self,
        folder: Path,
        count: int,
        wait_s: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._paths = [folder / f"slot-{number}.lock" for number in range(count)]
        self._wait_s = wait_s
        self._clock = clock
        self._sleep = sleep

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold a slot while the block runs; raises `ServingError` where none gets free in time."""
        lock = self._taken()
        try:
            yield
        finally:
            lock.give_back()

    def _taken(self) -> HostLock:
        until_s = self._clock() + self._wait_s
        while True:
            # A lock of its own for each who waits: threads of one process stand in line like processes.
            for lock in map(HostLock, self._paths):
                if lock.take():
                    return lock
            if self._clock() >= until_s:
                raise ServingError(f"this host does {len(self._paths)} of these at once, and none was done in time")
            self._sleep(_LOOK_EVERY_S)
