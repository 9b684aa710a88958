"""The flows as their schedules start them: each a Prefect deployment with a cron expression.

A deployment's run is a process of its own, so what the settings decide (task runner, retries) is looked up there and
not handed over: retries come by Prefect's own environment variables, which `schedule_environment` makes.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from configs import load_settings
from configs.operations_settings import ScheduleSettings
from flows.alarm_watch import alarm_watch
from flows.monthly_retraining import prefect_scheduled, retrain
from flows.notify import on_failure
from flows.quarterly_expansion import expand
from flows.rollout.flow import canary_rollout
from flows.weekly_monitoring import weekly_monitoring

DEPLOYMENT = "scheduled"


@flow(name="monthly", on_failure=[on_failure], on_crashed=[on_failure])
def monthly() -> dict[str, Any]:
    """Retrain all models, gate them, and bring the better ones into service as the settings of schedules say."""
    return retrain(scheduled=prefect_scheduled(), promotion=load_settings().schedule.promotion.value)


@flow(name="quarterly", on_failure=[on_failure], on_crashed=[on_failure])
def quarterly() -> dict[str, Any]:
    """Grow the dataset, try further variants behind the same gates, report what it cost."""
    return expand(scheduled=prefect_scheduled(), promotion=load_settings().schedule.promotion.value)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A flow, the cron expression that starts it, and what it is for."""

    name: str
    start: Callable[..., Any]
    cron: str
    purpose: str


def schedules(settings: ScheduleSettings) -> list[Scheduled]:
    """Return what runs by the clock."""
    return [
        Scheduled("alarm-watch", alarm_watch, settings.alarm_watch, "the four alarms"),
        Scheduled("canary-rollout", canary_rollout, settings.rollout_controller, "carries open rollouts to their ends"),
        Scheduled("weekly-monitoring", weekly_monitoring, settings.weekly_monitoring, "accuracy, drift, failures"),
        Scheduled("monthly", monthly, settings.monthly_retraining, "retrain, gate, roll out"),
        Scheduled("quarterly", quarterly, settings.quarterly_expansion, "more entries, variants, costs"),
    ]


def deployments(settings: ScheduleSettings) -> list[RunnerDeployment]:
    """Return the deployments; a run that would overlap with one of its own kind is cancelled."""
    alone = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
    made = []
    for item in schedules(settings):
        start: Any = item.start
        deployment = start.to_deployment(
            DEPLOYMENT,
            schedule=Cron(item.cron, timezone=settings.timezone),
            concurrency_limit=alone,
            description=item.purpose,
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        made.append(deployment)
    return made


def next_start(item: Scheduled, settings: ScheduleSettings, now: datetime) -> datetime:
    """Return when a schedule starts its flow next; raises `ValueError` for a cron expression that is none."""
    from prefect.server.schemas.schedules import CronSchedule

    schedule = CronSchedule(cron=item.cron, timezone=settings.timezone)
    (found,) = asyncio.run(schedule.get_dates(1, now))
    return found.astimezone(now.tzinfo)


def schedule_environment(settings: ScheduleSettings) -> Mapping[str, str]:
    """Return the variables by which the runs of the deployments hear of their retries."""
    return {
        "PREFECT_FLOWS_DEFAULT_RETRIES": str(settings.retries),
        "PREFECT_FLOWS_DEFAULT_RETRY_DELAY_SECONDS": str(round(settings.retry_delay_s)),
    }
