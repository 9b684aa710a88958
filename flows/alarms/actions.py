"""What an alarm does: people are told, and for a slow service one more task is asked for."""

import json
import logging
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from configs.operations_settings import AlarmsSettings
from flows.alarms.hysteresis import Change, Event
from flows.environment import PROGRESS_LOGGER
from flows.notify import Level, Notice, Notifier
from serving.telemetry.alarms import Action, Alarm

log = logging.getLogger(PROGRESS_LOGGER)
LEVELS = {Action.PAGE: Level.PAGE, Action.ALERT: Level.ALERT, Action.SCALE_UP: Level.ALERT}
WORDS = {Change.RAISED: "ALARM", Change.REMINDED: "still: ALARM", Change.CLEARED: "over"}

ScaleUp = Callable[[Alarm], str]
"""Asks for one more task and returns what came of it, in words; may raise anything."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done about an event, in words, and whether anybody who should be told was."""

    text: str
    is_told: bool


def act(event: Event, notifier: Notifier, scale_up: ScaleUp | None) -> Done:
    """Do what an event asks for and return it; nothing that fails on the way ends the watch."""
    alarm = event.state.alarm
    told = [f"{WORDS[event.change]}: {alarm.message}"]
    if alarm.action is Action.SCALE_UP and event.change is not Change.CLEARED:
        told.append(_scaled(alarm, scale_up))
    level = Level.INFO if event.change is Change.CLEARED else LEVELS[alarm.action]
    since = f" since {event.state.raised_at:%Y-%m-%d %H:%M} UTC" if event.state.raised_at else ""
    notice = Notice(f"{WORDS[event.change]}: {alarm.name} of {alarm.subject}", ". ".join(told) + since, level)
    delivery = notifier.tell(notice)
    return Done(". ".join(told), is_told=bool(delivery.sent) or not delivery.failed)


def _scaled(alarm: Alarm, scale_up: ScaleUp | None) -> str:
    if scale_up is None:
        return "Nothing scales up by itself here: SDAI_ALARMS_ECS_CLUSTER and …_SERVICE, or SDAI_ALARMS_SCALE_WEBHOOK"
    try:
        return scale_up(alarm)
    except Exception as error:  # noqa: BLE001  (a cloud that refuses must not end the watch)
        log.warning("scaling up failed: %s", error)
        return f"Scaling up failed: {error}"


def scaler(settings: AlarmsSettings, ecs_client: Callable[[], Any] | None = None) -> ScaleUp | None:
    """Return how one more task is asked for, by the settings; None where they name no way."""
    if settings.ecs_cluster and settings.ecs_service:
        return _by_ecs(settings, ecs_client or _ecs_client)
    if settings.scale_webhook:
        return _by_webhook(settings.scale_webhook, settings.timeout_s)
    return None


def _ecs_client() -> Any:
    import boto3

    return boto3.client("ecs")


def _by_ecs(settings: AlarmsSettings, client_of: Callable[[], Any]) -> ScaleUp:
    cluster, service = settings.ecs_cluster, settings.ecs_service

    def scale_up(alarm: Alarm) -> str:  # noqa: ARG001
        client = client_of()
        found = client.describe_services(cluster=cluster, services=[service])["services"]
        if not found:
            raise LookupError(f"cluster {cluster} has no service {service}")
        wanted = int(found[0]["desiredCount"])
        if wanted >= settings.ecs_max_tasks:
            return f"{service} has its {wanted} tasks already, no more are allowed"
        client.update_service(cluster=cluster, service=service, desiredCount=wanted + 1)
        return f"{service} goes from {wanted} to {wanted + 1} tasks"

    return scale_up


def _by_webhook(url: str, timeout_s: float) -> ScaleUp:
    def scale_up(alarm: Alarm) -> str:
        content = {"action": alarm.action.value, "alarm": alarm.name, "subject": alarm.subject, "value": alarm.value}
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, json.dumps(content).encode(), headers)  # noqa: S310  (settings)
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310  (settings)
            return f"The scaling hook answered {answer.status}"

    return scale_up
