"""A replay of recorded questions outlives the controller that began it, and is one controller's at a time."""

import json
from collections import Counter
from datetime import timedelta

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from flows.rollout.controller import Controller
from flows.rollout.policy import canary_policy
from flows.rollout.replay import HttpReplayer
from flows.rollout.replaying import ABANDONED_S
from serving.store.database import begin_append
from serving.store.predictions import insert_predictions
from serving.store.rollouts import (
    Change,
    EventKind,
    NewEvent,
    Rollout,
    RolloutState,
    change_rollout,
    find_rollout,
    list_events,
)
from tests.flows.rollout.world import MODEL, Behaviour, World, quick_settings

QUESTIONS, PORTION = 12, 5


class Quiet:
    """A service that nobody asks anything but the replay; it keeps what it is asked like any question."""

    def __init__(self, world: World, rollout: Rollout) -> None:
        self.world, self.rollout = world, rollout
        self.asked: Counter[tuple[str, int]] = Counter()

    def answer(self, request: httpx.Request) -> httpx.Response:
        arm, number = request.headers["x-sdai-arm"], json.loads(request.content)["span_feet"]
        self.asked[arm, number] += 1
        row = self.world.row(number, arm, self.world.now, Behaviour()) | {"id": f"{arm}-again-{self.asked.total()}"}
        with begin_append(self.world.engine) as connection:
            insert_predictions(connection, [row])
        return httpx.Response(200)

    def controller(self) -> Controller:
        client = httpx.Client(base_url="http://service", transport=httpx.MockTransport(self.answer))
        replayer = HttpReplayer(self.world.engine, client, questions=QUESTIONS, portion=PORTION)
        return self.world.controller(self.rollout, replayer=replayer)

    def look(self, controller: Controller, after_s: float = 5.0) -> None:
        self.world.now += timedelta(seconds=after_s)
        controller.look()

    def events(self, kind: EventKind) -> int:
        return len(list_events(self.world.engine, self.rollout.id, {kind}))


@pytest.fixture
def quiet(world: World) -> Quiet:
    """A service that has been quiet for long enough in its shadow."""
    rollout = world.start(canary_policy(quick_settings(replay_after_s=60, shadow_min_requests=500), MODEL))
    made = Quiet(world, rollout)
    controller = made.controller()
    made.look(controller, after_s=6.0)
    world.now += timedelta(seconds=90)
    return made


def test_a_replay_is_gone_on_with_where_its_controller_was_killed(quiet: Quiet) -> None:
    quiet.look(quiet.controller())
    assert quiet.asked.total() == 2 * PORTION  # and then it is killed
    following = quiet.controller()
    quiet.look(following)
    assert quiet.asked.total() == 2 * PORTION  # the first one might be there still
    quiet.world.now += timedelta(seconds=ABANDONED_S)
    for _ in range(6):
        quiet.look(following)
    assert len(quiet.asked) == 2 * QUESTIONS
    assert set(quiet.asked.values()) == {1}
    assert (quiet.events(EventKind.REPLAY), quiet.events(EventKind.REPLAYED)) == (2, 1)


def test_a_replay_that_was_killed_between_the_arms_asks_the_other_arm_alone(quiet: Quiet) -> None:
    first = quiet.controller()
    with pytest.MonkeyPatch.context() as patch:
        answer = quiet.answer

        def dies(request: httpx.Request) -> httpx.Response:
            if quiet.asked.total() == 3:
                raise KeyboardInterrupt
            return answer(request)

        patch.setattr(quiet, "answer", dies)
        first = quiet.controller()
        with pytest.raises(KeyboardInterrupt):
            quiet.look(first)
    following = quiet.controller()
    quiet.world.now += timedelta(seconds=ABANDONED_S)
    for _ in range(6):
        quiet.look(following)
    assert len(quiet.asked) == 2 * QUESTIONS
    assert set(quiet.asked.values()) == {1}


def test_what_was_asked_again_to_its_end_is_not_begun_with_once_more(quiet: Quiet) -> None:
    first = quiet.controller()
    for _ in range(6):
        quiet.look(first)
    assert quiet.events(EventKind.REPLAYED) == 1
    quiet.look(first, after_s=2 * ABANDONED_S)
    quiet.look(quiet.controller(), after_s=2 * ABANDONED_S)
    assert set(quiet.asked.values()) == {1}


def test_of_two_controllers_one_replays_and_who_was_silent_for_long_leaves_it_to_the_other(quiet: Quiet) -> None:
    first, second = quiet.controller(), quiet.controller()
    quiet.look(first)
    quiet.look(second)
    assert (quiet.asked.total(), quiet.events(EventKind.REPLAY)) == (2 * PORTION, 1)
    quiet.look(second, after_s=2 * ABANDONED_S)  # the first one hung all the while
    assert quiet.asked.total() == 4 * PORTION
    for _ in range(4):
        quiet.look(first)
        quiet.look(second)
    assert set(quiet.asked.values()) == {1}
    assert (len(quiet.asked), quiet.events(EventKind.REPLAYED)) == (2 * QUESTIONS, 1)


def test_a_long_replay_says_now_and_then_that_it_goes_on(quiet: Quiet) -> None:
    first, second = quiet.controller(), quiet.controller()
    for _ in range(3):
        quiet.look(first, after_s=ABANDONED_S / 2)
        quiet.look(second, after_s=1.0)
    assert quiet.events(EventKind.REPLAY) == 3
    assert set(quiet.asked.values()) == {1}


def test_who_replays_is_not_thrown_by_another_controller_that_leaves_the_step(quiet: Quiet) -> None:
    first = quiet.controller()
    quiet.look(first)
    rollout = find_rollout(quiet.world.engine, quiet.rollout.id)
    assert rollout is not None
    step = NewEvent(EventKind.STEP, "another", reason="planted", reading={"step": rollout.step + 1})
    change = Change(RolloutState.CANARY, step=rollout.step + 1, weight=500)
    assert change_rollout(quiet.world.engine, rollout, change, step, quiet.world.now) is not None
    quiet.look(first)
    replays = list_events(quiet.world.engine, quiet.rollout.id, {EventKind.REPLAY})
    assert [row.reading["step"] for row in replays] == [rollout.step, rollout.step + 1]  # that step is as quiet


def test_a_replay_whose_beginning_failed_is_taken_up_and_not_taken_for_done(
    quiet: Quiet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("planted"))

    first = quiet.controller()
    with monkeypatch.context() as patch:
        patch.setattr("flows.rollout.replay.recorded_questions", fail)
        quiet.look(first)
    for _ in range(3):
        quiet.look(first)
    assert (quiet.events(EventKind.REPLAY), quiet.events(EventKind.REPLAYED)) == (1, 0)
    quiet.world.now += timedelta(seconds=ABANDONED_S)
    for _ in range(6):
        quiet.look(first)
    assert (len(quiet.asked), quiet.events(EventKind.REPLAYED)) == (2 * QUESTIONS, 1)
