"""What runs by the clock: every flow with its cron expression, none beside itself, retries by Prefect's variables."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from prefect.client.schemas.objects import ConcurrencyLimitStrategy

from configs import load_settings
from configs.operations_settings import ScheduleSettings
from configs.rollout_settings import RolloutSettings
from configs.settings import PROJECT_ROOT
from flows.prefect_server import START_LIMIT_S
from flows.scheduled import deployments, monthly, next_start, quarterly, schedule_environment, schedules
from flows.service_process import free_port

NOW = datetime(2026, 3, 30, 12, 1, tzinfo=UTC)


def test_weekly_monthly_and_quarterly_at_their_times_in_their_zone() -> None:
    settings = ScheduleSettings()
    starts = {item.name: next_start(item, settings, NOW) for item in schedules(settings)}
    assert starts == {
        "alarm-watch": datetime(2026, 3, 30, 12, 5, tzinfo=UTC),
        "canary-rollout": datetime(2026, 3, 30, 12, 5, tzinfo=UTC),
        "weekly-monitoring": datetime(2026, 4, 6, 6, 0, tzinfo=UTC),
        "monthly": datetime(2026, 4, 1, 3, 0, tzinfo=UTC),
        "quarterly": datetime(2026, 4, 16, 4, 0, tzinfo=UTC),
    }
    new_york = ScheduleSettings(timezone="America/New_York")  # EDT is four hours behind UTC
    monthly = next(item for item in schedules(new_york) if item.name == "monthly")
    assert next_start(monthly, new_york, NOW) == datetime(2026, 4, 1, 7, 0, tzinfo=UTC)


def test_what_a_month_and_a_quarter_train_goes_by_a_canary_and_an_ab(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []
    for name in ("retrain", "expand"):
        monkeypatch.setattr(f"flows.scheduled.{name}", lambda **how: asked.append(how) or {})
    for scheduled_flow in (monthly, quarterly):
        scheduled_flow.fn()
    assert [how["promotion"] for how in asked] == ["canary_ab", "canary_ab"]


def test_an_ab_of_one_run_is_over_before_the_next_run_begins_a_rollout() -> None:
    settings, days = ScheduleSettings(), RolloutSettings().ab.days
    runs = [item for item in schedules(settings) if item.name in ("monthly", "quarterly")]
    starts = set()
    for item in runs:
        at = datetime(2026, 1, 1, tzinfo=UTC)
        while (at := next_start(item, settings, at + timedelta(minutes=1))).year == 2026:
            starts.add(at)
    ordered = sorted(starts)
    assert len(ordered) == 16
    assert min(later - earlier for earlier, later in pairwise(ordered)) > timedelta(days=days + 2)


def test_each_is_a_deployment_that_never_overlaps_with_itself() -> None:
    made = deployments(load_settings().schedule)
    assert [item.flow_name for item in made] == [
        "alarm-watch",
        "canary-rollout",
        "weekly-monitoring",
        "monthly",
        "quarterly",
    ]
    for item in made:
        assert item.concurrency_limit == 1
        assert item.concurrency_options is not None
        assert item.concurrency_options.collision_strategy is ConcurrencyLimitStrategy.CANCEL_NEW
        assert item.entrypoint is not None
        assert item.entrypoint.startswith("flows.")
        assert len(item.schedules or []) == 1


def test_retries_are_those_of_the_settings() -> None:
    made = schedule_environment(ScheduleSettings(retries=3, retry_delay_s=60))
    assert made["PREFECT_FLOWS_DEFAULT_RETRIES"] == "3"
    assert made["PREFECT_FLOWS_DEFAULT_RETRY_DELAY_SECONDS"] == "60"  # Prefect takes whole seconds


@pytest.mark.parametrize(
    "wrong", [{"weekly_monitoring": "0 6 * *"}, {"timezone": "Mars/Base"}, {"retries": -1}, {"daily": "0 0 * * *"}]
)
def test_wrong_schedules_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ScheduleSettings(**wrong)


@pytest.mark.skipif(sys.platform != "linux", reason="the test reads what Linux sends to a terminal's processes")
@pytest.mark.parametrize("after_s", [0.0, 2.0])  # before Prefect's runner is up, and (mostly) while it runs
def test_ctrl_c_ends_the_schedule_and_its_server_in_seconds(tmp_path: Path, after_s: float) -> None:
    """A terminal sends it to all of its processes; a server that ends first leaves the runner asking nobody."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment = {**inherited, "SDAI_PATHS_HOME": str(tmp_path), "SDAI_SCHEDULE_SERVER_PORT": str(free_port())}
    said = tmp_path / "said.txt"
    with said.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.cli", "schedule"],
            env=environment,
            cwd=PROJECT_ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline_s = time.monotonic() + START_LIMIT_S
        while b"stop with Ctrl-C" not in said.read_bytes() and time.monotonic() < deadline_s:
            assert process.poll() is None, said.read_text()
            time.sleep(0.2)
        time.sleep(after_s)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(30) == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert "Traceback" not in said.read_text()
    assert "attempts" not in said.read_text()
