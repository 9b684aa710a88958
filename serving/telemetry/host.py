"""What one worker does for all workers of a host, every so often: GPU, mean costs, CloudWatch.

The worker that holds a file lock does it; the lock of a worker that dies is free at once, and the next one goes on from
the reading that is kept beside the workers' files, so nothing is counted twice or left out.
"""

import contextlib
import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from serving.errors import ServingError
from serving.telemetry.cloudwatch import CloudWatchPublisher
from serving.telemetry.cloudwatch_data import metric_data
from serving.telemetry.cost import TaskPrice, mean_costs
from serving.telemetry.metrics import ServiceMetrics
from serving.telemetry.snapshot import Snapshot, counters_from_json, read_snapshot

LOCK_FILE = "sdai_host.lock"
READING_FILE = "sdai_reading.json"
log = logging.getLogger("sdai.serving")


class LeaderLock:
    """A lock that one process of a host holds until it ends.

    A POSIX record lock, because a forked child does not inherit it and so cannot keep it after its parent's death.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Return whether this process holds the lock now; does not wait."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let the lock go, if held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class HostReport:
    """Reads the figures of all workers and makes of them what is due once a host.

    Parameters
    ----------
    directory : ``PROMETHEUS_MULTIPROC_DIR``, emptied by BentoML when the server starts.
    metrics : takes GPU use and mean costs.
    price : price of the task.
    min_labels : labels from which on an accuracy is sent.
    gpu_use : gives the busy share of each GPU; see `gpu_sampler`.
    publisher : sends to CloudWatch; none = nothing is sent.
    clock : Unix time in seconds.
    """

    def __init__(  # noqa: PLR0913  (each is another thing that a report needs)
        self,
        *,
        directory: Path,
        metrics: ServiceMetrics,
        price: TaskPrice,
        min_labels: int,
        gpu_use: Callable[[], dict[str, float]],
        publisher: CloudWatchPublisher | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._directory = directory
        self._metrics = metrics
        self._price = price
        self._min_labels = min_labels
        self._gpu_use = gpu_use
        self._publisher = publisher
        self._clock = clock
        self._started_s = clock()

    def __call__(self) -> None:
        """Make one report of what was counted since the last one."""
        forget_dead_workers(self._directory)
        for gpu, ratio in self._gpu_use().items():
            self._metrics.set_gpu_use(gpu, ratio)
        now_s = self._clock()
        reading = read_snapshot(self._directory)
        window = self._window(reading, now_s)
        # Kept before it is sent: a worker killed in between loses one report, none is sent twice.
        self._keep(reading, now_s)
        self._metrics.set_mean_costs(mean_costs(window, self._price))
        if self._publisher is not None:
            self._publisher.publish(metric_data(window, self._price, self._min_labels), now_s)

    def _window(self, reading: Snapshot, now_s: float) -> Snapshot:
        file = self._directory / READING_FILE
        if not file.exists():
            return reading.since(Snapshot({}, {}), now_s - self._started_s)
        try:
            before = counters_from_json(file.read_text(encoding="utf-8"))
        except (OSError, ServingError) as error:
            log.warning("the last reading is lost, counting starts anew: %s", error)
            before = reading
        return reading.since(before, max(now_s - file.stat().st_mtime, 0.0))

    def _keep(self, reading: Snapshot, now_s: float) -> None:
        new = self._directory / f"{READING_FILE}.new"
        new.write_text(reading.to_json(), encoding="utf-8")
        os.utime(new, (now_s, now_s))
        new.replace(self._directory / READING_FILE)


class HostReporter:
    """The thread that reports while this process is the host's leader.

    Parameters
    ----------
    report : makes one report; an exception is logged and the next one is made all the same.
    lock : the host's lock.
    interval_s : seconds between two reports, > 0.
    """

    def __init__(self, report: Callable[[], None], lock: LeaderLock, interval_s: float) -> None:
        self._report = report
        self._lock = lock
        self._interval_s = interval_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sdai-host-reporter", daemon=True)

    def start(self) -> None:
        """Start reporting."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Make a last report if this is the leader, and end; given up after ``timeout_s``."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def turn(self) -> bool:
        """Report if this process is the leader or can become it; return whether it is."""
        try:
            if not self._lock.acquire():
                return False
            self._report()
        except Exception:  # thread edge: the next report may go well
            log.exception("report of the host failed")
        return True

    def _run(self) -> None:
        while not self._stopping.wait(self._interval_s):
            self.turn()
        self.turn()
        self._lock.release()


def forget_dead_workers(directory: Path) -> None:
    """Remove the states (requests in flight, journal) of workers that were killed; what they counted stays."""
    from prometheus_client.multiprocess import mark_process_dead

    owners = {file.stem.rpartition("_")[2] for file in directory.glob("gauge_live*_*.db")}
    for pid in sorted(int(owner) for owner in owners if owner.isdecimal()):
        if not _is_alive(pid):
            with contextlib.suppress(FileNotFoundError):
                mark_process_dead(pid, str(directory))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
