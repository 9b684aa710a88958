"""One worker's metrics in this process, and workers in processes of their own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from serving.telemetry.cost import TaskPrice
from serving.telemetry.labels import RouteTable
from serving.telemetry.metrics import ServiceMetrics

ROOT = Path(__file__).resolve().parents[3]
ROUTES = RouteTable(
    {"/api/v1/design/section": "section_optimizer", "/api/v1/health": "", "/api/v1/jobs/{job_id}": "clash_detector"}
)
PRICE = TaskPrice(usd_per_hour=3.6, cpus=2.0)
"""0.5 m$ a CPU second, 1 m$ a second."""
PREAMBLE = """
import sys
from tests.serving.telemetry.conftest import PRICE, ROUTES
from serving.telemetry.metrics import ServiceMetrics
metrics = ServiceMetrics(routes=ROUTES, price=PRICE)
SECTION = "/api/v1/design/section"
"""


@pytest.fixture
def metrics(monkeypatch: pytest.MonkeyPatch) -> ServiceMetrics:
    """Return metrics that live in this process alone, whatever an earlier test has made of the process."""
    from prometheus_client import metrics as series
    from prometheus_client import values

    monkeypatch.setattr(values, "ValueClass", values.MutexValue)
    assert series.values is values
    return ServiceMetrics(routes=ROUTES, price=PRICE)


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Callable[[str], "subprocess.Popen[str]"]]:
    """Return what starts a worker process with metrics in the folder ``tmp_path``; its script may wait on stdin."""
    started: list[subprocess.Popen[str]] = []

    def start(script: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", PREAMBLE + script],
            cwd=ROOT,
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
