"""Several real worker processes and one page of figures."""

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from serving.telemetry import names
from serving.telemetry.host import forget_dead_workers
from serving.telemetry.snapshot import read_snapshot

Start = Callable[[str], "subprocess.Popen[str]"]
BUSY = """
for _ in range({count}):
    metrics.observe_request(SECTION, "POST", 200, 0.003)
metrics.request_started()
metrics.set_accuracy("section_optimizer", {accuracy}, 100)
metrics.set_recorder_backlog({count}, {count} / 10)
metrics.set_loaded("section_optimizer", version="1-a", arm="champion", loaded=True)
print("ready", flush=True)
sys.stdin.readline()
"""
COST = """
import time
def cost(call, times=5_000):
    best = 1.0
    for _ in range(4):
        begun = time.perf_counter()
        for _ in range(times):
            call()
        best = min(best, (time.perf_counter() - begun) / times)
    return best * 1e6
print(cost(lambda: metrics.observe_request(SECTION, "POST", 200, 0.7)), flush=True)
"""


def ready(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


def test_two_workers_add_up(worker: Start, tmp_path: Path) -> None:
    first = worker(BUSY.format(count=30, accuracy=0.96))
    ready(first)
    ready(worker(BUSY.format(count=12, accuracy=0.97)))
    now = read_snapshot(tmp_path)
    assert now.total(names.REQUESTS, status="2xx") == 42
    assert now.distribution(names.REQUEST_SECONDS, model="section_optimizer").count == 42
    assert now.gauge(names.IN_FLIGHT) == 2
    assert now.gauge(names.LOADED, model="section_optimizer", version="1-a", arm="champion") == 2
    assert now.gauge(names.JOURNAL_BYTES) == 42  # the sum of both
    assert now.gauge(names.RECORDER_LAG) == 3.0  # the worse of both
    assert now.gauge(names.ACCURACY, model="section_optimizer") == 0.97  # said last


def test_a_killed_worker_leaves_its_counts_and_takes_its_states_along(worker: Start, tmp_path: Path) -> None:
    killed = worker(BUSY.format(count=30, accuracy=0.96))
    ready(killed)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    ready(worker(BUSY.format(count=5, accuracy=0.97)))
    assert read_snapshot(tmp_path).gauge(names.IN_FLIGHT) == 2  # before anybody looked
    forget_dead_workers(tmp_path)
    now = read_snapshot(tmp_path)
    assert now.total(names.REQUESTS) == 35
    assert now.gauge(names.IN_FLIGHT) == 1
    assert now.gauge(names.JOURNAL_BYTES) == 5


def test_an_observed_request_costs_less_than_20_microseconds_in_shared_files(worker: Start) -> None:
    process = worker(COST)
    assert process.stdout is not None
    assert float(process.stdout.readline()) < 20
