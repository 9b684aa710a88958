"""What runs by the clock: every flow with its cron expression, none beside itself, retries by Prefect's variables."""

from datetime import UTC, datetime

import pytest
from prefect.client.schemas.objects import ConcurrencyLimitStrategy

from configs import load_settings
from configs.operations_settings import ScheduleSettings
from flows.scheduled import deployments, next_start, schedule_environment, schedules

NOW = datetime(2026, 3, 30, 12, 1, tzinfo=UTC)


def test_weekly_monthly_and_quarterly_at_their_times_in_their_zone() -> None:
    settings = ScheduleSettings()
    starts = {item.name: next_start(item, settings, NOW) for item in schedules(settings)}
    assert starts == {
        "alarm-watch": datetime(2026, 3, 30, 12, 5, tzinfo=UTC),
        "canary-rollout": datetime(2026, 3, 30, 12, 5, tzinfo=UTC),
        "weekly-monitoring": datetime(2026, 4, 6, 6, 0, tzinfo=UTC),
        "monthly": datetime(2026, 4, 1, 3, 0, tzinfo=UTC),
        "quarterly": datetime(2026, 4, 2, 4, 0, tzinfo=UTC),
    }
    new_york = ScheduleSettings(timezone="America/New_York")  # EDT is four hours behind UTC
    monthly = next(item for item in schedules(new_york) if item.name == "monthly")
    assert next_start(monthly, new_york, NOW) == datetime(2026, 4, 1, 7, 0, tzinfo=UTC)


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
