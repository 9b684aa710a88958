"""Recorded questions are asked again once a step: by one controller, and by another one where that was killed.

How far a replay is stands in the rollout's events, so nothing is lost with the controller. One that is at it says so
now and then; after a longer silence another one takes over and asks what is left.
"""

import logging
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy.engine import Engine

from flows.environment import PROGRESS_LOGGER
from flows.rollout.decision import Cause, Verdict
from flows.rollout.evidence import Evidence
from flows.rollout.policy import read_policy
from serving.store.rollouts import (
    Change,
    EventKind,
    NewEvent,
    Rollout,
    RolloutEvent,
    append_event,
    change_rollout,
    list_events,
)

TOLD_EVERY_S = 60.0
ABANDONED_S = 600.0
"""Who has said nothing of its replay for so long is gone: a portion takes seconds, and a look that waits for a slow
database minutes."""
REPLAYING = frozenset({EventKind.REPLAY, EventKind.REPLAYED})
LACKS = frozenset({Cause.TOO_FEW_REQUESTS, Cause.NOT_SHOWN_SAFE})
_TOKEN_BYTES = 6
log = logging.getLogger(PROGRESS_LOGGER)


class Replayer(Protocol):
    """Asks recorded questions where a service is quiet."""

    def ask(self, rollout: Rollout, since: datetime) -> Iterator[str]:
        """Ask what was recorded before ``since`` and not asked since, a portion a step; says how far it is."""


class StepReplay:
    """The replays of one rollout as one controller sees them: begun, gone on with, taken over.

    Parameters
    ----------
    engine : the project's database.
    replayer : asks the questions.
    actor : whose events these are.
    """

    def __init__(self, engine: Engine, replayer: Replayer, actor: str) -> None:
        self._engine = engine
        self._replayer = replayer
        self._actor = actor
        self._holder = secrets.token_hex(_TOKEN_BYTES)
        self._portions: Iterator[str] | None = None
        self._step = 0
        """The step that these are of."""
        self._told_at = datetime.min.replace(tzinfo=UTC)

    def go_on(self, rollout: Rollout, evidence: Evidence, verdict: Verdict, now: datetime) -> None:
        """Ask a portion if the step is so quiet that its recorded questions are to be asked, or begin with that."""
        policy = read_policy(rollout.policy)
        if rollout.step != self._step:
            self._portions = None
        # An A/B divides clients by chance; a recorded question that is asked of both arms is none of theirs.
        if rollout.is_paused or policy.phases[rollout.step].is_ab:
            return
        is_quiet = bool(LACKS & set(verdict.causes)) and evidence.elapsed_s >= policy.replay_after_s
        if self._portions is None and not is_quiet:
            return
        self._give_up_what_another_has(rollout)
        if self._portions is None:
            self._take(rollout, self._told(rollout), evidence.elapsed_s, now)
        if self._portions is not None:
            self._ask_portion(rollout, self._portions, now)

    def _told(self, rollout: Rollout) -> list[RolloutEvent]:
        return [row for row in list_events(self._engine, rollout.id, REPLAYING) if row.reading["step"] == rollout.step]

    def _give_up_what_another_has(self, rollout: Rollout) -> None:
        """Ask no more of a replay that another one has taken over after this one was silent for long."""
        if self._portions is not None and self._told(rollout)[-1].reading.get("holder") != self._holder:
            self._portions = None

    def _take(self, rollout: Rollout, told: Sequence[RolloutEvent], quiet_s: float, now: datetime) -> None:
        """Begin with the replay of a step, or take it over from one who is gone."""
        if told and (told[-1].kind is EventKind.REPLAYED or now - told[-1].created_at < timedelta(seconds=ABANDONED_S)):
            return
        reason = f"quiet for {quiet_s:.0f} s: recorded questions are asked again"
        if told:
            reason = "who asked recorded questions again is gone: what is left of them is asked"
        # A change of nothing but the revision: of two controllers one replays.
        if change_rollout(self._engine, rollout, Change(), self._event(rollout, reason), now) is None:
            return
        log.info("%s: %s", rollout.model, reason)
        self._portions = self._replayer.ask(rollout, told[0].created_at if told else now)
        self._step, self._told_at = rollout.step, now

    def _ask_portion(self, rollout: Rollout, portions: Iterator[str], now: datetime) -> None:
        try:
            how_far = next(portions, None)
        except BaseException:
            self._portions = None  # it would seem to be at its end; after a silence what is left is taken up
            raise
        if how_far is None:
            event = self._event(rollout, "all recorded questions have been asked again", EventKind.REPLAYED)
            append_event(self._engine, rollout.id, event, now)
            self._portions = None
            return
        log.info("%s: %s", rollout.model, how_far)
        if now - self._told_at < timedelta(seconds=TOLD_EVERY_S):
            return
        self._give_up_what_another_has(rollout)
        if self._portions is not None:
            append_event(self._engine, rollout.id, self._event(rollout, how_far), now)
            self._told_at = now

    def _event(self, rollout: Rollout, reason: str, kind: EventKind = EventKind.REPLAY) -> NewEvent:
        return NewEvent(kind, self._actor, reason=reason, reading={"step": rollout.step, "holder": self._holder})
