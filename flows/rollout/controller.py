"""Looks at a rollout again and again, decides, and writes what follows, until it has ended.

Everything that matters is in the database, so a controller may be killed anywhere and another one goes on; of several
at once, each change is one's. A database that is away is waited for.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from flows.environment import PROGRESS_LOGGER
from flows.rollout.ab_report import AbReport
from flows.rollout.ab_verdict import judge_comparison
from flows.rollout.comparing import REPORT, compare_arms
from flows.rollout.decision import Action, Cause, Position, Verdict, decide
from flows.rollout.effects import is_shown
from flows.rollout.ending import end_rollout
from flows.rollout.evidence import Evidence
from flows.rollout.policy import Phase, read_policy
from flows.rollout.reading import EvidenceReader
from flows.rollout.replaying import Replayer, StepReplay
from flows.rollout.transitions import change_of, describe
from serving.store.database import StoreError
from serving.store.rollouts import (
    FINAL_STATES,
    Change,
    EventKind,
    NewEvent,
    Rollout,
    append_event,
    change_rollout,
    find_rollout,
    list_events,
)

READING_EVERY_S = 60.0
"""While nothing changes, the evidence is kept this often; more seldom in a phase that lasts for days."""
MOST_READINGS = 1_000
"""Of one phase, about."""
BREAK_S = 30.0
"""After a longer pause between two looks, watching has begun anew."""
log = logging.getLogger(PROGRESS_LOGGER)


class Effects(Protocol):
    """What a rollout's end changes outside of the database; it may be repeated without harm."""

    def ended(self, rollout: Rollout) -> None:
        """Show what became of the version; raises whatever keeps it from that now."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a controller works with. ``sleep`` takes seconds; ``now`` gives aware times."""

    engine: Engine
    effects: Effects
    replayer: Replayer | None
    actor: str
    look_interval_s: float
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep


class Controller:
    """Carries one rollout to its end.

    Parameters
    ----------
    surroundings : the database, the world outside, the clock.
    rollout_id : of a rollout in the database.
    on_change : told the rollout after each change, for people.
    """

    def __init__(
        self, surroundings: Surroundings, rollout_id: str, on_change: Callable[[Rollout], None] = lambda _: None
    ) -> None:
        self._around = surroundings
        self._id = rollout_id
        self._on_change = on_change
        self._reader: EvidenceReader | None = None
        self._watching_since: datetime | None = None
        self._looked_at: datetime | None = None
        self._kept: tuple[datetime, tuple[Action, tuple[Cause, ...]]] | None = None
        around = surroundings
        self._replay = StepReplay(around.engine, around.replayer, around.actor) if around.replayer else None
        self._is_away = False

    def run(self) -> Rollout:
        """Look until the rollout has ended; returns it as it ended."""
        while True:
            rollout = self.look()
            if rollout is not None and not rollout.is_open:
                return rollout
            self._around.sleep(self._around.look_interval_s)

    def look(self) -> Rollout | None:
        """Look once and do what is to be done; returns the rollout, None while the database cannot be asked.

        Raises `StoreError` when there is no such rollout.
        """
        try:
            rollout = self._look()
        except DBAPIError as error:
            if not self._is_away:
                log.warning("the database is away, the rollout waits: %s", error.orig)
            self._is_away = True
            return None
        if self._is_away:
            log.info("the database is back")
        self._is_away = False
        return rollout

    def _look(self) -> Rollout:
        rollout = find_rollout(self._around.engine, self._id)
        if rollout is None:
            raise StoreError(f"there is no rollout {self._id!r}; `sdai rollout status` lists them")
        if not rollout.is_open:
            self._settle(rollout)
            return rollout
        now = self._around.now()
        evidence, verdict = self._judge(rollout, now)
        report = None
        if verdict.action is Action.ADVANCE:
            # The last word before a step is left is had by everything there is, also what came late.
            self._reader = None
            evidence, verdict = self._judge(rollout, now)
            report, verdict = self._compare(rollout, verdict, now)
        changed = self._act(rollout, evidence, verdict, report, now)
        if changed is None:
            return rollout
        self._note(changed)
        return changed

    def _judge(self, rollout: Rollout, now: datetime) -> tuple[Evidence, Verdict]:
        self._reader = self._reader or EvidenceReader(self._around.engine, rollout)
        evidence = self._reader.read(rollout, now, self._watched_s(now))
        position = Position(rollout.champion_version, rollout.step, rollout.is_paused)
        return evidence, decide(position, evidence, read_policy(rollout.policy))

    def _compare(self, rollout: Rollout, verdict: Verdict, now: datetime) -> tuple[AbReport | None, Verdict]:
        """Make the report on an A/B whose time is over; returns it with the verdict that it leaves."""
        policy = read_policy(rollout.policy)
        if verdict.action is not Action.ADVANCE or not policy.phases[rollout.step].is_ab:
            return None, verdict
        report = compare_arms(self._around.engine, rollout, now)
        return report, judge_comparison(report, policy, verdict)

    def _watched_s(self, now: datetime) -> float:
        longest = max(BREAK_S, 3 * self._around.look_interval_s)
        if self._looked_at is None or now - self._looked_at > timedelta(seconds=longest):
            self._watching_since = now
        self._looked_at = now
        return (now - (self._watching_since or now)).total_seconds()

    def _act(
        self, rollout: Rollout, evidence: Evidence, verdict: Verdict, report: AbReport | None, now: datetime
    ) -> Rollout | None:
        """Write what follows; returns the rollout when this controller changed it."""
        policy = read_policy(rollout.policy)
        change = change_of(rollout, policy, verdict, now)
        if change is None:
            self._keep_reading(rollout, evidence, verdict, now)
            if self._replay is not None:
                self._replay.go_on(rollout, evidence, verdict, now)
            return None
        event = _event(change, evidence, verdict, report, self._around.actor)
        if change.state in FINAL_STATES:
            return end_rollout(self._around.engine, rollout, change, event, now)
        return change_rollout(self._around.engine, rollout, change, event, now)

    def _note(self, changed: Rollout) -> None:
        log.info("%s: %s %s (%s)", changed.model, changed.candidate_version, describe(changed), changed.reason)
        self._kept = None
        self._on_change(changed)
        if not changed.is_open:
            self._settle(changed)

    def _keep_reading(self, rollout: Rollout, evidence: Evidence, verdict: Verdict, now: datetime) -> None:
        """Keep the evidence when the verdict is another one, and from time to time."""
        said = verdict.action, verdict.causes
        if self._kept is not None:
            at, before = self._kept
            phase = read_policy(rollout.policy).phases[rollout.step]
            if said == before and (now - at).total_seconds() < reading_every_s(phase):
                return
        event = NewEvent(
            EventKind.READING, self._around.actor, verdict.action.value, verdict.in_words, evidence.to_json()
        )
        append_event(self._around.engine, rollout.id, event, now)
        self._kept = now, said

    def _settle(self, rollout: Rollout) -> None:
        around = self._around
        settle(around.engine, around.effects, rollout, around.actor, around.now())


def settle(engine: Engine, effects: Effects, rollout: Rollout, actor: str, now: datetime) -> None:
    """Do what follows from a rollout's end outside of the database, unless it is known to be done.

    What cannot be done now is left for the next call. Raises SQLAlchemy's errors while the database cannot be asked.
    """
    if not list_events(engine, rollout.id, {EventKind.SETTLED}) and is_shown(effects.ended, rollout):
        append_event(engine, rollout.id, NewEvent(EventKind.SETTLED, actor), now)


def reading_every_s(phase: Phase) -> float:
    """Return how often the evidence is kept in a phase while nothing changes."""
    return max(READING_EVERY_S, phase.min_time_s / MOST_READINGS)


def _event(change: Change, evidence: Evidence, verdict: Verdict, report: AbReport | None, actor: str) -> NewEvent:
    kind = EventKind.ENDED if change.state in FINAL_STATES else EventKind.STEP
    reading: dict[str, Any] = evidence.to_json() | {"weight": change.weight}
    if report is not None:
        reading[REPORT] = report.to_json()
    if change.step is not None:
        reading["step"] = change.step
    return NewEvent(kind, actor, verdict.action.value, verdict.in_words, reading)
