"""One worker reports for the host; another takes over where it stopped."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from serving.telemetry import names
from serving.telemetry.cloudwatch import CloudWatchPublisher
from serving.telemetry.host import READING_FILE, HostReport, HostReporter, LeaderLock, forget_dead_workers
from serving.telemetry.metrics import ServiceMetrics
from serving.telemetry.snapshot import read_registry
from tests.serving.telemetry.conftest import PRICE, ROOT

HOLD = """
from pathlib import Path
from serving.telemetry.host import LeaderLock
lock = LeaderLock(Path(sys.argv[1]))
print("held" if lock.acquire() else "refused", flush=True)
sys.stdin.readline()
"""
COUNT = """
for _ in range(int(sys.stdin.readline())):
    metrics.observe_request(SECTION, "POST", 200, 0.003)
    metrics.observe_prediction("m", version="1", arm="champion", outcome="answered", cpu_s=0.002)
print("ready", flush=True)
sys.stdin.readline()
"""


class Sent:
    """A client that keeps what it is sent."""

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = {}

    def put_metric_data(self, *, Namespace: str, MetricData: list[dict[str, Any]]) -> None:
        for datum in MetricData:
            if "Value" in datum and not datum["Dimensions"]:
                self.values.setdefault(datum["MetricName"], []).append(datum["Value"])


def report(directory: Path, metrics: ServiceMetrics, sent: Sent, clock: Callable[[], float]) -> HostReport:
    return HostReport(
        directory=directory,
        metrics=metrics,
        price=PRICE,
        min_labels=1,
        gpu_use=lambda: {"0": 0.25},
        publisher=CloudWatchPublisher(lambda: sent, "sdai", {}),
        clock=clock,
    )


def count(worker: Any, times: int) -> None:
    process = worker(COUNT)
    process.stdin.write(f"{times}\n")
    process.stdin.flush()
    assert process.stdout.readline() == "ready\n"


def test_each_report_sends_what_is_new_and_a_successor_goes_on_from_there(
    worker: Any, tmp_path: Path, metrics: ServiceMetrics
) -> None:
    times_s = iter([1_000.0, 1_060.0, 1_120.0, 1_120.0, 1_180.0])
    sent = Sent()
    first = report(tmp_path, metrics, sent, lambda: next(times_s))  # 1,000
    count(worker, 30)
    first()
    count(worker, 12)
    first()
    count(worker, 7)  # the leader dies here; another worker takes over
    second = report(tmp_path, metrics, sent, lambda: next(times_s))
    second()
    assert sent.values["Requests"] == [30, 12, 7]
    assert read_registry(metrics.registry).gauges_by(names.GPU_USE, "gpu") == {"0": 0.25}


def test_mean_costs_are_those_of_the_last_window(worker: Any, tmp_path: Path, metrics: ServiceMetrics) -> None:
    times_s = iter([1_000.0, 1_060.0])
    make = report(tmp_path, metrics, Sent(), lambda: next(times_s))
    count(worker, 30)
    make()
    now = read_registry(metrics.registry)
    assert now.gauge(names.PREDICTION_COST_MEAN, model="m") == pytest.approx(0.002 * 3.6 / 3600 / 2)
    assert now.gauge(names.TASK_COST_MEAN) == pytest.approx(3.6 / 60 / 30)


def test_a_damaged_reading_costs_one_window_and_is_told(
    worker: Any, tmp_path: Path, metrics: ServiceMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    sent = Sent()
    make = report(tmp_path, metrics, sent, lambda: 1_000.0)
    count(worker, 30)
    (tmp_path / READING_FILE).write_text("{")
    make()
    count(worker, 5)
    make()
    assert sent.values["Requests"] == [0, 5]
    assert "counting starts anew" in caplog.text


def test_the_lock_is_held_by_one_process_and_free_when_it_is_killed(worker: Any, tmp_path: Path) -> None:
    path = tmp_path / "lock"
    script = "import sys\n" + HOLD
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        lock = LeaderLock(path)
        assert not lock.acquire()
    finally:
        holder.kill()
        holder.communicate()
    assert lock.acquire()
    assert lock.acquire()
    lock.release()


def test_a_report_that_fails_is_logged_and_the_next_one_is_made(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[int] = []

    def fail() -> None:
        calls.append(1)
        raise OSError("disk full")

    reporter = HostReporter(fail, LeaderLock(tmp_path / "lock"), 0.01)
    reporter.start()
    while len(calls) < 2:
        pass
    reporter.stop()
    assert "report of the host failed" in caplog.text


def test_a_last_report_is_made_when_the_leader_ends(tmp_path: Path) -> None:
    calls: list[int] = []
    reporter = HostReporter(lambda: calls.append(1), LeaderLock(tmp_path / "lock"), 1_000.0)
    reporter.start()
    reporter.stop()
    assert calls == [1]


def test_only_states_of_the_dead_are_forgotten(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    mine = f"gauge_livesum_{os.getpid()}.db"
    for name in (
        f"gauge_livesum_{dead.pid}.db",
        f"counter_{dead.pid}.db",
        f"gauge_mostrecent_{dead.pid}.db",
        mine,
        "gauge_livesum_x.db",
    ):
        (tmp_path / name).touch()
    forget_dead_workers(tmp_path)
    left = {file.name for file in tmp_path.iterdir()}
    assert left == {f"counter_{dead.pid}.db", f"gauge_mostrecent_{dead.pid}.db", mine, "gauge_livesum_x.db"}
