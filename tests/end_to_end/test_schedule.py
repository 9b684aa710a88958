"""``sdai schedule`` with its own Prefect server: the clock starts a flow, which does its work in the home."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from flows.service_process import free_port
from tests.end_to_end.conftest import Home

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]
WAIT_S = 300


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
