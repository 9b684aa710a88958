"""Whatever people, services, kills and a second controller do, in whatever order: one outcome, kept for good."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from flows.errors import FlowError
from flows.rollout.controller import Controller
from flows.rollout.interventions import abort, pause, promote, resume
from serving.store import open_database
from serving.store.rollouts import (
    FINAL_STATES,
    EventKind,
    NewEvent,
    Rollout,
    RolloutState,
    append_event,
    list_events,
)
from tests.flows.rollout.world import CANDIDATE, CHAMPION, MODEL, Behaviour, World, current, ledger_actions, open_store

LADDER = [(0, 0), (1, 0), (2, 500), (3, 2_500), (4, 5_000), (5, 10_000), (6, 10_000)]
GOOD = Behaviour()
BEHAVIOURS = (GOOD, GOOD, GOOD, Behaviour(failed=0.3), Behaviour(wrong=0.3), Behaviour(latency_ms=30.0))


class KilledError(BaseException):
    """The process is gone: nothing may catch this."""


@cache
def migrated() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="sdai-rollouts-"))
    engine = open_store(folder)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return folder / "store.db"


@contextmanager
def killed_at(engine: sa.Engine, statement: int) -> Iterator[None]:
    """Kill the process at the n-th statement or commit of the block."""
    left = [statement]

    def count(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KilledError

    sa.event.listen(engine, "before_cursor_execute", count)
    sa.event.listen(engine, "commit", count)
    try:
        yield
    except KilledError:
        pass
    finally:
        sa.event.remove(engine, "before_cursor_execute", count)
        sa.event.remove(engine, "commit", count)


class RolloutMachine(RuleBasedStateMachine):
    """Traffic, looks of two controllers, kills, people and services around one rollout."""

    @initialize(behaviour=st.sampled_from(BEHAVIOURS))
    def begin(self, behaviour: Behaviour) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sdai-rollout-"))
        shutil.copy(migrated(), self.folder / "store.db")
        self.engine = open_database(f"sqlite:///{self.folder / 'store.db'}")
        self.world = World(self.engine, candidate=behaviour, requests_per_s=30.0)
        self.world.promote_champion()
        self.world.serve(6)
        self.rollout = self.world.start()
        self.controllers = [self.world.controller(self.rollout) for _ in range(2)]
        self.seen: list[Rollout] = [self.rollout]

    @rule(seconds=st.sampled_from([2.0, 10.0, 25.0]))
    def serve(self, seconds: float) -> None:
        self.world.serve(seconds)

    @rule(which=st.integers(0, 1), looks=st.integers(1, 3))
    def look(self, which: int, looks: int) -> None:
        for _ in range(looks):
            self.controllers[which].look()
            self.world.now += timedelta(seconds=0.5)

    @rule(looks=st.integers(2, 25))
    def carry(self, looks: int) -> None:
        for _ in range(looks):
            self.controllers[0].look()
            self.world.serve(6)

    @rule(which=st.integers(0, 1), statement=st.integers(1, 40))
    def kill(self, which: int, statement: int) -> None:
        with killed_at(self.engine, statement):
            self.controllers[which].look()
        self.controllers[which] = self.world.controller(self.rollout)

    @rule(statement=st.integers(1, 12), act=st.sampled_from([pause, resume, abort, promote]))
    def kill_a_person(self, statement: int, act: object) -> None:
        with killed_at(self.engine, statement):
            self.by_hand(act)

    @rule()
    def pause(self) -> None:
        self.by_hand(pause)

    @rule()
    def resume(self) -> None:
        self.by_hand(resume)

    @precondition(lambda self: len(self.seen) > 4)
    @rule(act=st.sampled_from([abort, promote]))
    def end(self, act: object) -> None:
        self.by_hand(act)

    @precondition(lambda self: len(self.seen) > 5)
    @rule()
    def fault(self) -> None:
        event = NewEvent(EventKind.FAULT, "service", reason="does not load")
        append_event(self.engine, self.rollout.id, event, self.world.now)

    @precondition(lambda self: len(self.seen) > 6)
    @rule()
    def another_champion(self) -> None:
        self.world.promote_champion("8-other")

    def by_hand(self, act: object) -> None:
        try:
            act(self.engine, MODEL, "a hand", "ana", self.world.now)  # type: ignore[operator]
        except FlowError:
            now = current(self.engine, self.rollout)
            assert not now.is_open or self._champion_changed()
            assert act is not abort or now.state is not RolloutState.ABORTED

    def _champion_changed(self) -> bool:
        return any(version == "8-other" for _, version in ledger_actions(self.engine))

    @invariant()
    def it_only_moves_forward(self) -> None:
        if not hasattr(self, "rollout"):
            return
        now, before = current(self.engine, self.rollout), self.seen[-1]
        self.seen.append(now)
        assert now.revision >= before.revision
        assert now.step >= before.step
        if not before.is_open:
            assert now == before
        if now.is_open:
            assert (now.step, now.weight) in LADDER
        else:
            assert now.state in FINAL_STATES
            assert (now.weight, now.is_paused) == (0, False)

    @invariant()
    def the_ledger_says_what_the_rollout_says(self) -> None:
        if not hasattr(self, "rollout"):
            return
        state = current(self.engine, self.rollout).state
        of_candidate = [action for action, version in ledger_actions(self.engine) if version == CANDIDATE]
        expected = {RolloutState.PROMOTED: ["promote"]}.get(state, ["refuse"] if state in FINAL_STATES else [])
        assert of_candidate == expected
        assert ledger_actions(self.engine)[0] == ("promote", CHAMPION)

    @invariant()
    def a_bad_version_is_promoted_by_a_person_alone(self) -> None:
        if not hasattr(self, "rollout") or self.world.candidate is GOOD:
            return
        rollout = current(self.engine, self.rollout)
        if rollout.state is RolloutState.PROMOTED:
            (ended,) = list_events(self.engine, rollout.id, {EventKind.ENDED})
            assert ended.actor == "ana"

    def teardown(self) -> None:
        if not hasattr(self, "rollout"):
            return
        controller: Controller = self.world.controller(self.rollout)
        self.by_hand(resume)
        for _ in range(400):
            controller.look()
            if not current(self.engine, self.rollout).is_open:
                break
            self.world.serve(5)
        assert not current(self.engine, self.rollout).is_open
        controller.look()
        settled = list_events(self.engine, self.rollout.id, {EventKind.SETTLED})
        ended = list_events(self.engine, self.rollout.id, {EventKind.ENDED})
        assert (len(settled), len(ended)) == (1, 1)
        self.the_ledger_says_what_the_rollout_says()
        self.engine.dispose()
        shutil.rmtree(self.folder)


TestRolloutMachine = RolloutMachine.TestCase
TestRolloutMachine.settings = settings(max_examples=5, stateful_step_count=15, suppress_health_check=list(HealthCheck))
