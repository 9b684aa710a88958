"""The figures that alarms are judged by: the services' metrics since the last look, and accuracy from the labels."""

import json
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Engine

from serving.errors import ServingError
from serving.store.monitoring import Span, labels_by_day
from serving.telemetry import names
from serving.telemetry.alarms import Action, Alarm
from serving.telemetry.snapshot import Series, Snapshot, counters_from_json, parse_exposition
from structural.problems import PROBLEM_NAMES

MAX_METRICS_BYTES = 20_000_000
Fetch = Callable[[str], str]
"""Returns what an address answers; raises `ServingError` when it does not."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a service had counted at a look, as kept for the next one: JSON of `Snapshot.to_json`, and when it was."""

    counters: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Figures:
    """One look: the window since the last one over all services, the readings to keep, and services that are silent."""

    window: Snapshot
    readings: dict[str, Reading]
    silent: Sequence[Alarm]


def http_fetch(token: str, timeout_s: float) -> Fetch:
    """Return a fetch with a bearer token."""

    def fetch(url: str) -> str:
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310  (settings)
        try:
            with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310  (settings)
                content: bytes = answer.read(MAX_METRICS_BYTES)
        except (OSError, ValueError) as error:
            raise ServingError(f"{url} does not answer: {error}") from error
        return content.decode("utf-8", "replace")

    return fetch


def read_figures(urls: Sequence[str], before: Mapping[str, Reading], fetch: Fetch, now: datetime) -> Figures:
    """Read every service and return what was counted since the readings before.

    A service without a reading before only gives its gauges: what it counted may be days old. One that does not answer
    is an alarm of its own.
    """
    windows, readings, silent = [], dict(before), []
    for url in urls:
        try:
            found = parse_exposition(fetch(url))
        except ServingError:
            silent.append(Alarm("unreachable", Action.PAGE, url, 1.0, 0.0, 1.0))
            continue
        windows.append(_since(found, before.get(url), now))
        readings[url] = Reading(found.to_json(), now)
    return Figures(combine(windows), {url: readings[url] for url in urls if url in readings}, silent)


def _since(found: Snapshot, before: Reading | None, now: datetime) -> Snapshot:
    if before is not None:
        try:
            return found.since(counters_from_json(before.counters), (now - before.at).total_seconds())
        except ServingError:
            pass  # a damaged reading is none
    return Snapshot({}, found.gauges)


def combine(windows: Sequence[Snapshot]) -> Snapshot:
    """Return the windows of several services as one: counts add up, of states the highest counts."""
    counters: dict[Series, float] = {}
    gauges: dict[Series, float] = {}
    for window in windows:
        for series, value in window.counters.items():
            counters[series] = counters.get(series, 0.0) + value
        for series, value in window.gauges.items():
            gauges[series] = max(gauges.get(series, value), value)
    return Snapshot(counters, gauges, max((window.window_s for window in windows), default=0.0))


def with_accuracy(window: Snapshot, engine: Engine, now: datetime, hours: float) -> Snapshot:
    """Return the window with the accuracy of the last hours by the engine's labels, whatever the services say of it."""
    own = {names.ACCURACY, names.ACCURACY_COUNT}
    gauges = {series: value for series, value in window.gauges.items() if series[0] not in own}
    for model in PROBLEM_NAMES:
        days = labels_by_day(engine, Span(model, now - timedelta(hours=hours), now))
        labelled = sum(day.labelled for day in days)
        if labelled:
            at = (("model", model),)
            gauges[names.ACCURACY, at] = sum(day.correct for day in days) / labelled
            gauges[names.ACCURACY_COUNT, at] = float(labelled)
    return Snapshot(window.counters, gauges, window.window_s)


def reading_to_json(reading: Reading) -> dict[str, str]:
    """Return plain values for `reading_from_json`."""
    return {"counters": reading.counters, "at": reading.at.isoformat()}


def reading_from_json(content: Mapping[str, str]) -> Reading:
    """Return a kept reading; `ValueError`, `KeyError` or `TypeError` for anything else."""
    json.loads(content["counters"])
    return Reading(content["counters"], datetime.fromisoformat(content["at"]))
