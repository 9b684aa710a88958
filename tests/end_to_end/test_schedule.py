"""``sdai schedule`` with its own Prefect server: the clock starts a flow, which does its work in the home."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.service_process import free_port
from tests.end_to_end.conftest import Home

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]
WAIT_S = 300
LEASE_S = 300
"""How long Prefect keeps the place of a run that says nothing any more."""


def test_the_clock_starts_the_watch_and_the_command_ends_with_a_signal(tmp_path: Path) -> None:
    home = Home(tmp_path)
    more = {
        "SDAI_SCHEDULE_ALARM_WATCH": "* * * * *",
        "SDAI_SCHEDULE_SERVER_PORT": str(free_port()),
        "SDAI_ALARMS_METRICS_URLS": '["http://127.0.0.1:1/metrics"]',
    }
    process = home.start("schedule", **more)
    state = tmp_path / ".sdai" / "alarms" / "state.json"
    deadline = time.monotonic() + WAIT_S
    try:
        while not state.exists():
            assert process.poll() is None, (tmp_path / "started.log").read_text()[-3000:]
            assert time.monotonic() < deadline, (tmp_path / "started.log").read_text()[-3000:]
            time.sleep(0.5)
        (seen,) = json.loads(state.read_text())["states"]
        assert seen["alarm"]["name"] == "unreachable"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)  # nothing of it is left


@pytest.fixture
def silent_service() -> Iterator[socket.socket]:
    """A port that takes every question and answers none, so that a watch is under way for as long as it waits."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listening:
        listening.settimeout(WAIT_S + LEASE_S)
        yield listening


@pytest.mark.timeout(1_500)
def test_a_flow_that_was_killed_with_its_server_is_started_again(tmp_path: Path, silent_service: socket.socket) -> None:
    home = Home(tmp_path)
    more = {
        "SDAI_SCHEDULE_ALARM_WATCH": "* * * * *",
        "SDAI_SCHEDULE_SERVER_PORT": str(free_port()),
        "SDAI_ALARMS_METRICS_URLS": f'["http://127.0.0.1:{silent_service.getsockname()[1]}/metrics"]',
        "SDAI_ALARMS_TIMEOUT_S": "50",
    }
    killed = home.start("schedule", **more)
    asked = [silent_service.accept()]
    _kill_all_of(killed)
    again = home.start("schedule", **more)
    try:
        asked.append(silent_service.accept())  # fails where the flow is not started again in time
        assert again.poll() is None
    finally:
        again.send_signal(signal.SIGTERM)
        again.wait(60)
        for connection, _ in asked:
            connection.close()


def _kill_all_of(process: subprocess.Popen[bytes]) -> None:
    """Kill a command with every process that it has started, whatever their sessions; none can clean up."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(pid): int(parent) for pid, parent in map(str.split, listed.splitlines())}
    found = [process.pid]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    for pid in found:
        os.kill(pid, signal.SIGKILL)
    process.wait()
