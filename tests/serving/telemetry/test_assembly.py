"""A worker's telemetry as a whole, in a process of its own: what is imported, what it costs, what comes out."""

import json
import os
import subprocess
import sys
from pathlib import Path

from configs.telemetry_settings import TelemetrySettings
from serving.telemetry import alarm_policy
from serving.telemetry.alarms import AlarmPolicy
from tests.serving.telemetry.conftest import ROOT

IMPORTED = """
import sys, time
begun = time.perf_counter()
import serving.telemetry
seconds = time.perf_counter() - begun
packages = {"boto3", "botocore", "opentelemetry", "prometheus_client", "pydantic", "numpy", "bentoml"}
print(seconds, sorted(packages & set(sys.modules)))
"""
WORKER = """
import os, sys
from configs import load_settings
from serving.telemetry import AccessEntry, RouteTable, start_telemetry
settings = load_settings()
telemetry = start_telemetry(settings.telemetry, settings.logging, RouteTable({"/a": "m"}), os.environ)
telemetry.metrics.observe_request("/a", "POST", 200, 0.001)
telemetry.logs.access.write(AccessEntry(0.0, "/a", "POST", 200, 1.0, "r-1"))
with telemetry.tracing.request("POST", {}) as request, telemetry.tracing.span("predict"):
    request.answered("/a", 200)
telemetry.stop()
print([name for name in ("boto3", "botocore", "opentelemetry", "opentelemetry.exporter") if name in sys.modules])
"""


def run(script: str, **environment: str) -> list[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SDAI_", "OTEL_"))}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.splitlines()


def test_importing_the_package_is_quick_and_brings_nothing_heavy() -> None:
    seconds, packages = run(IMPORTED)[0].split(" ", 1)
    assert packages == "[]"
    assert float(seconds) < 0.5


def test_a_worker_with_everything_off_imports_neither_aws_nor_traces(tmp_path: Path) -> None:
    line, imported = run(WORKER, PROMETHEUS_MULTIPROC_DIR=str(tmp_path))
    assert json.loads(line)["request_id"] == "r-1"
    assert imported == "[]"
    assert (tmp_path / "sdai_reading.json").exists()  # the leader's last report


def test_a_worker_that_shares_no_folder_runs_all_the_same() -> None:
    kept = run(f"import os; os.environ.pop('PROMETHEUS_MULTIPROC_DIR', None)\n{WORKER}", SDAI_LOGGING_FORMAT="plain")
    assert "request_id=r-1" in kept[0]
    assert kept[1] == "[]"


def test_the_shipped_thresholds_are_those_of_the_alarms() -> None:
    assert alarm_policy(TelemetrySettings()) == AlarmPolicy()
