"""One look at the alarms: read, judge, remember, act. What is remembered lies in ``<work>/alarms/state.json``."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

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
from serving.store.database import StoreAwayError, open_database
from serving.telemetry.alarms import Action, Alarm, evaluate_alarms
from serving.telemetry.assembly import alarm_policy
from serving.telemetry.snapshot import Snapshot

log = logging.getLogger(PROGRESS_LOGGER)
TOKEN_LIFETIME_S = 300.0
DATABASE = "database"
"""Subject of the alarm that it does not answer."""
DATABASE_SILENCE_S = 30.0


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
    engine: Engine | None
    """None while the database cannot be opened: only the accuracy needs it."""
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
        window, silent = self._with_accuracy(figures.window, now)
        alarms = [*figures.silent, *silent, *evaluate_alarms(window, alarm_policy(self.settings.telemetry))]
        patience = Rules(rules.raise_after, rules.clear_after, timedelta(seconds=rules.remind_after_s))
        states, events = advance(memory.states, alarms, patience, now)
        # Kept before anything is done: a watch that is killed meanwhile tells too little once, not twice for ever.
        _keep(file, Memory(states, figures.readings))
        done = [act(event, self.notifier, self.scale_up) for event in events]
        for item in done:
            log.warning("%s", item.text)
        untold = [event for event, item in zip(events, done, strict=True) if not item.is_told]
        if untold:
            states |= _to_be_told_again(states, untold)
            _keep(file, Memory(states, figures.readings))
        return Look(list(states.values()), events, [item.text for item in done])

    def _with_accuracy(self, window: Snapshot, now: datetime) -> tuple[Snapshot, list[Alarm]]:
        """Return the window with the accuracy by the database's labels; without it as it is, and an alarm."""
        if self.engine is not None:
            try:
                return with_accuracy(window, self.engine, now, self.settings.alarms.accuracy_window_h), []
            except SQLAlchemyError as error:
                log.warning("the labels cannot be read: %s", error)
        return window, [Alarm("unreachable", Action.PAGE, DATABASE, 1.0, 0.0, 1.0)]


def _to_be_told_again(states: Mapping[Key, State], untold: Sequence[Event]) -> dict[Key, State]:
    """Return the states of alarms that reached nobody; one that asks for tasks waits, or it would ask each time."""
    keys = [(event.state.alarm.name, event.state.alarm.subject) for event in untold]
    return {
        key: replace(states[key], told_at=None)
        for key in keys
        if key in states and states[key].is_raised and states[key].alarm.action is not Action.SCALE_UP
    }


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
    engine = _opened(settings)
    try:
        fetch = http_fetch(token, alarms.timeout_s)
        return Watch(settings, engine, fetch, Notifier(settings.notify), scaler(alarms)).look()
    finally:
        if engine is not None:
            engine.dispose()


def _opened(settings: Settings) -> Engine | None:
    """Return the database; None while it is away, which is when the service's own figures matter most."""
    try:
        return open_database(settings.store_url, DATABASE_SILENCE_S)
    except StoreAwayError as error:
        log.warning("the alarms are judged without the database: %s", error)
        return None


def _development_token(settings: Settings) -> str:
    import time

    from serving.auth.development import DevelopmentKeys, TokenOrder

    order = TokenOrder("alarm-watch", (), (Scope.METRICS_READ,), TOKEN_LIFETIME_S)
    return DevelopmentKeys(settings.paths.keys).mint(order, time.time())
