"""One look at the alarms: read, judge, remember, act. What is remembered lies in ``<work>/alarms/state.json``."""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from configs import Settings
from configs.auth_settings import Scope
from flows.alarms.actions import ScaleUp, act, scaler
from flows.alarms.figures import (
    Fetch,
    Reading,
    http_fetch,
    read_figures,
    reading_from_json,
    reading_to_json,
    with_accuracy,
)
from flows.alarms.hysteresis import Event, Key, Rules, State, advance, state_from_json
from flows.environment import PROGRESS_LOGGER
from flows.lock import only_run
from flows.notify import Notifier
from flows.records import write_json
from serving.store.database import open_database
from serving.telemetry.alarms import evaluate_alarms
from serving.telemetry.assembly import alarm_policy

log = logging.getLogger(PROGRESS_LOGGER)
TOKEN_LIFETIME_S = 300.0


@dataclass(frozen=True, slots=True)
class Memory:
    """What the watch knows from earlier looks."""

    states: dict[Key, State] = field(default_factory=dict)
    readings: dict[str, Reading] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found: the alarms that stand or are on their way, what changed, and what was done."""

    states: Sequence[State]
    events: Sequence[Event]
    done: Sequence[str]

    @property
    def raised(self) -> list[State]:
        """The alarms that stand."""
        return [state for state in self.states if state.is_raised]


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks at the alarms of one home. The clock, the network and those who are told are passed in."""

    settings: Settings
    engine: Engine
    fetch: Fetch
    notifier: Notifier
    scale_up: ScaleUp | None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def look(self) -> Look:
        """Look once. Two watches of one home look one after the other; `FlowError` when the other takes too long."""
        folder = self.settings.paths.work / "alarms"
        with only_run(folder / "watch.lock"):
            return self._look(folder / "state.json")

    def _look(self, file: Path) -> Look:
        rules, now, memory = self.settings.alarms, self.now(), remembered(file)
        figures = read_figures(rules.metrics_urls, memory.readings, self.fetch, now)
        window = with_accuracy(figures.window, self.engine, now, rules.accuracy_window_h)
        alarms = [*figures.silent, *evaluate_alarms(window, alarm_policy(self.settings.telemetry))]
        patience = Rules(rules.raise_after, rules.clear_after, timedelta(seconds=rules.remind_after_s))
        states, events = advance(memory.states, alarms, patience, now)
        # Kept before anything is done: a watch that is killed meanwhile tells too little once, not twice for ever.
        _keep(file, Memory(states, figures.readings))
        done = [act(event, self.notifier, self.scale_up) for event in events]
        for text in done:
            log.warning("%s", text)
        return Look(list(states.values()), events, done)


def remembered(file: Path) -> Memory:
    """Return what earlier looks left; a missing or damaged file is no memory."""
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        states = [state_from_json(item) for item in content["states"]]
        readings = {url: reading_from_json(item) for url, item in content["readings"].items()}
    except FileNotFoundError:
        return Memory()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("the alarms' memory %s is damaged and begins anew: %s", file, error)
        return Memory()
    return Memory({(state.alarm.name, state.alarm.subject): state for state in states}, readings)


def _keep(file: Path, memory: Memory) -> None:
    states = [state.to_json() for state in memory.states.values()]
    write_json(file, {"states": states, "readings": {url: reading_to_json(r) for url, r in memory.readings.items()}})


def look_once(settings: Settings) -> Look:
    """Look once, as the settings say."""
    alarms = settings.alarms
    token = alarms.token or _development_token(settings)
    engine = open_database(settings.store_url)
    try:
        fetch = http_fetch(token, alarms.timeout_s)
        return Watch(settings, engine, fetch, Notifier(settings.notify), scaler(alarms)).look()
    finally:
        engine.dispose()


def _development_token(settings: Settings) -> str:
    import time

    from serving.auth.development import DevelopmentKeys, TokenOrder

    order = TokenOrder("alarm-watch", (), (Scope.METRICS_READ,), TOKEN_LIFETIME_S)
    return DevelopmentKeys(settings.paths.keys).mint(order, time.time())
