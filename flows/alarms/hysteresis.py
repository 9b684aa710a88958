"""When an alarm is raised, told again, and over: a single look decides nothing. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from serving.telemetry.alarms import Action, Alarm

Key = tuple[str, str]
"""Name and subject of an alarm."""


class Change(StrEnum):
    """What became of an alarm in one look."""

    RAISED = "raised"
    REMINDED = "reminded"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Rules:
    """Looks in a row before an alarm is raised and before it is over; how long until it is told again."""

    raise_after: int
    clear_after: int
    remind_after: timedelta


@dataclass(frozen=True, slots=True)
class State:
    """One alarm as the watch remembers it, last seen as ``alarm``; ``over`` and ``under`` count looks in a row.

    One that stands without a ``told_at`` has reached nobody yet: the next look tells of it.
    """

    alarm: Alarm
    over: int = 0
    under: int = 0
    raised_at: datetime | None = None
    told_at: datetime | None = None

    @property
    def is_raised(self) -> bool:
        """Whether the alarm stands."""
        return self.raised_at is not None

    def to_json(self) -> dict[str, Any]:
        """Return plain values for `state_from_json`."""
        alarm = {name: getattr(self.alarm, name) for name in Alarm.__dataclass_fields__}
        times = {name: found.isoformat() if (found := getattr(self, name)) else None for name in _TIMES}
        return {"alarm": alarm, "over": self.over, "under": self.under, **times}


_TIMES = ("raised_at", "told_at")


def state_from_json(content: Mapping[str, Any]) -> State:
    """Return a state kept by `State.to_json`; `ValueError`, `KeyError` or `TypeError` for anything else."""
    alarm = Alarm(**content["alarm"] | {"action": Action(content["alarm"]["action"])})
    times = {name: datetime.fromisoformat(content[name]) if content[name] else None for name in _TIMES}
    return State(alarm, int(content["over"]), int(content["under"]), **times)


@dataclass(frozen=True, slots=True)
class Event:
    """A change of an alarm that somebody has to hear of."""

    change: Change
    state: State


def advance(
    states: Mapping[Key, State], alarms: Sequence[Alarm], rules: Rules, now: datetime
) -> tuple[dict[Key, State], list[Event]]:
    """Return the states after a look that found ``alarms`` over their thresholds, and what changed.

    An alarm that neither stands nor was seen is forgotten.
    """
    seen = {(alarm.name, alarm.subject): alarm for alarm in alarms}
    after: dict[Key, State] = {}
    events: list[Event] = []
    for key in [*seen, *(key for key in states if key not in seen)]:
        before = states.get(key)
        state, change = _over(before, seen[key], rules, now) if key in seen else _under(states[key], rules)
        if change is not None:
            events.append(Event(change, state))
        if state.is_raised or state.over:
            after[key] = state
    return after, events


def _over(before: State | None, alarm: Alarm, rules: Rules, now: datetime) -> tuple[State, Change | None]:
    state = replace(before or State(alarm), alarm=alarm, under=0)
    state = replace(state, over=state.over + 1)
    if not state.is_raised:
        if state.over < rules.raise_after:
            return state, None
        return replace(state, raised_at=now, told_at=now), Change.RAISED
    if state.told_at is None or now - state.told_at >= rules.remind_after:
        return replace(state, told_at=now), Change.REMINDED
    return state, None


def _under(before: State, rules: Rules) -> tuple[State, Change | None]:
    state = replace(before, over=0, under=before.under + 1)
    if state.is_raised and state.under >= rules.clear_after:
        return replace(state, raised_at=None), Change.CLEARED
    return state, None
