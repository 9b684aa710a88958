"""A rollout that goes on to an A/B: one split for one time, a report, and what that decides."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from configs.rollout_settings import AbStepSettings, Metric
from flows.rollout.ab_report import AbReport, Effect, LatencyEffect, read_report
from flows.rollout.ab_verdict import judge_comparison
from flows.rollout.comparing import REPORT, compare_arms, compared_time, kept_report
from flows.rollout.controller import MOST_READINGS, READING_EVERY_S, reading_every_s
from flows.rollout.decision import Action, Cause, Position, Reason, Verdict, decide
from flows.rollout.evidence import Evidence
from flows.rollout.flow import publish
from flows.rollout.interventions import abort
from flows.rollout.policy import Policy, ab_policy, canary_policy, read_policy
from flows.rollout.reading import EvidenceReader
from flows.rollout.story import effect_rows
from flows.rollout.transitions import describe
from serving.store import current_champions
from serving.store.rollouts import (
    Change,
    EventKind,
    NewEvent,
    Rollout,
    RolloutState,
    append_event,
    change_rollout,
    list_events,
)
from tests.flows.rollout.world import (
    CANDIDATE,
    CHAMPION,
    MODEL,
    QUICK_STEPS,
    Behaviour,
    World,
    current,
    ledger_actions,
    quick_settings,
)

AB = AbStepSettings(weight_percent=50, days=240 / 86_400, min_requests=500)
NOT_MIRRORED = {"shadow_share": 0.0, "steps_shadow_share": 0.0}
SHORT: dict[str, Any] = {"ab": AB, "steps": QUICK_STEPS[2:], "bake_time_s": 10, **NOT_MIRRORED}
SETTINGS = quick_settings(**SHORT)
POLICY = canary_policy(SETTINGS, MODEL, then_ab=True)
LADDER_END, AB_STEP = 1, 2
PASSED = Verdict(Action.ADVANCE, (Reason(Cause.PASSED, "time is over"),))


def test_latency_is_compared_over_the_whole_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow for most of the time and quick in the end is slow: a verdict on days must not rest on the last minutes."""
    monkeypatch.setattr("flows.rollout.comparing.MOST_LATENCIES", 200)
    rollout = world.start(ab_policy(quick_settings(), MODEL, 0.5, 1.0))
    change_rollout(world.engine, rollout, Change(weight=5_000), NewEvent(EventKind.STEP, "test"), world.now)
    world.candidate = Behaviour(latency_ms=12.0)
    world.serve(60)
    world.candidate = Behaviour()
    world.serve(30)
    ratio = compare_arms(world.engine, rollout, world.now).latency.ratio
    assert ratio is not None
    assert 2.0 < ratio < 4.0


def effect(name: str, low: float, by_client: float | None = None, difference: float = 0.02) -> Effect:
    """Return an effect whose intervals begin at given differences."""
    client = None if by_client is None else (by_client, 0.5)
    return Effect(name, 10, 1_000, 30, 1_000, difference, (low, 0.5), client, 0.01)


SOUND = AbReport(
    {"champion": 50, "canary": 50},
    (effect("failed", -0.01, -0.01), effect("wrong", -0.01, -0.01)),
    LatencyEffect(8.0, 8.1, 1.01, (0.9, 1.1)),
)


def judged(policy: Policy = POLICY, **changed: Any) -> Verdict:
    return judge_comparison(replace(SOUND, **changed), policy, PASSED)


def test_the_ab_stands_between_the_last_comparison_and_everything() -> None:
    assert [phase.weight for phase in POLICY.phases] == [0, 5_000, 5_000, 10_000, 10_000]
    assert (POLICY.last_compared, POLICY.ab_step) == (LADDER_END, AB_STEP)
    assert POLICY.time_limit_s(AB_STEP) == POLICY.phases[AB_STEP].min_time_s == pytest.approx(240)
    assert POLICY.time_limit_s(LADDER_END) == 3_600
    assert read_policy(POLICY.to_json()) == POLICY
    assert canary_policy(SETTINGS, MODEL).ab_step is None


def test_a_policy_that_was_written_before_there_was_an_ab_is_read() -> None:
    written = canary_policy(SETTINGS, MODEL).to_json()
    for phase in written["phases"]:
        del phase["is_ab"]
    assert read_policy(written) == canary_policy(SETTINGS, MODEL)


def test_a_split_that_sends_clients_back_is_refused() -> None:
    with pytest.raises(ValidationError, match="at least 50, the step before it"):
        quick_settings(ab=AbStepSettings(weight_percent=49))
    quick_settings(ab=AbStepSettings(weight_percent=25), steps=(*QUICK_STEPS[:2], QUICK_STEPS[-1]))


@pytest.mark.parametrize(
    ("elapsed_s", "requests", "action", "cause"),
    [
        (239.0, 500, Action.HOLD, Cause.TOO_EARLY),
        (240.0, 500, Action.ADVANCE, Cause.PASSED),
        (241.0, 499, Action.ROLL_BACK, Cause.NOT_ENOUGH_DATA),
        (241.0, 0, Action.ROLL_BACK, Cause.NO_TRAFFIC),
    ],
)
def test_an_ab_lasts_its_time_and_no_longer(elapsed_s: float, requests: int, action: Action, cause: Cause) -> None:
    evidence = Evidence(elapsed_s, 120.0, CHAMPION, champion_requests=900, candidate_requests=requests)
    verdict = decide(Position(CHAMPION, AB_STEP), evidence, POLICY)
    assert (verdict.action, verdict.causes[-1]) == (action, cause)


def test_a_comparison_without_a_difference_goes_on_and_is_told() -> None:
    verdict = judged()
    assert (verdict.action, verdict.causes) == (Action.ADVANCE, (Cause.PASSED, Cause.AB_COMPARED))
    assert "wrong: 30 of 1000, of the champion 10 of 1000, difference +2.00 points [-1.00, +50.00]" in verdict.in_words
    assert "ratio 1.01 [0.90, 1.10]" in verdict.in_words


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"effects": (effect("failed", 0.0051, 0.0051), SOUND.effects[1])}, "error_rate: failed: 30 of 1000"),
        ({"effects": (SOUND.effects[0], effect("wrong", 0.0051, 0.0051))}, "accuracy: wrong: 30 of 1000"),
        ({"effects": (SOUND.effects[0], effect("wrong", 0.0051))}, "tolerated 0.5 points"),
        ({"latency": LatencyEffect(8.0, 14.0, 1.75, (1.51, 2.0))}, "latency_p95: p95 of computed answers: 14.00 ms"),
    ],
)
def test_worse_than_tolerated_beyond_doubt_is_taken_back(changed: dict[str, Any], told: str) -> None:
    verdict = judged(**changed)
    assert (verdict.action, set(verdict.causes)) == (Action.ROLL_BACK, {Cause.AB_WORSE})
    assert told in verdict.in_words


@pytest.mark.parametrize(
    "changed",
    [
        {"effects": (effect("failed", 0.0049, 0.0051), effect("wrong", 0.0051, 0.0049))},  # not in both intervals
        {"effects": (SOUND.effects[0], Effect("wrong", 0, 0, 3, 9, None, None, None, None))},  # no labels
        {"latency": LatencyEffect(8.0, 12.0, 1.5, (1.4, 2.0))},
        {"latency": LatencyEffect(1.0, 4.0, 4.0, (3.0, 5.0))},  # below the floor no answer is slow
        {"latency": LatencyEffect(None, 4.0, None, None)},
    ],
)
def test_what_does_not_show_it_beyond_doubt_goes_on(changed: dict[str, Any]) -> None:
    assert judged(**changed).action is Action.ADVANCE


def test_what_is_no_metric_of_the_model_is_measured_and_not_judged() -> None:
    metrics = dict.fromkeys(SETTINGS.metrics, (Metric.ERROR_RATE,))
    policy = canary_policy(quick_settings(metrics=metrics, **SHORT), MODEL, then_ab=True)
    worse = {"effects": (SOUND.effects[0], effect("wrong", 0.2, 0.2)), "latency": LatencyEffect(8, 80, 10, (9, 11))}
    assert judged(policy, **worse).action is Action.ADVANCE


def test_an_ab_that_stands_alone_decides_nothing() -> None:
    policy = ab_policy(SETTINGS, MODEL, 0.5, 2)
    assert judged(policy, effects=(effect("failed", 0.2, 0.2), SOUND.effects[1])).action is Action.ADVANCE


def test_a_report_survives_json() -> None:
    assert read_report(json.loads(json.dumps(SOUND.to_json()))) == SOUND
    assert [row["difference"] for row in effect_rows(SOUND)] == ["+2.00 points"] * 2
    assert SOUND.latency.told().endswith("ratio 1.01 [0.90, 1.10]")


def climb(world: World, behaviour: Behaviour | None = None) -> Rollout:
    """Carry a rollout into its A/B, where the version may begin to behave otherwise, and on to its end."""
    world.requests_per_s = 20.0
    rollout = world.start(POLICY)
    controller = world.controller(rollout, look_interval_s=6.0)
    while current(world.engine, rollout).step < AB_STEP:
        assert controller.look() is not None
        world.serve(6)
    world.candidate = behaviour or world.candidate
    assert describe(current(world.engine, rollout)) == "A/B: 50 % of the clients"
    return controller.run()


def test_a_good_version_is_compared_for_its_time_and_then_given_everything(world: World) -> None:
    ended = climb(world)
    assert ended.state is RolloutState.PROMOTED
    events = list_events(world.engine, ended.id, {EventKind.STEP})
    assert [event.reading["weight"] for event in events] == [5_000, 5_000, 10_000, 10_000]
    begun, over = events[1].created_at, events[2].created_at
    assert timedelta(seconds=240) <= over - begun <= timedelta(seconds=250)
    assert "ab_compared: failed: 0 of " in events[2].reason
    report = kept_report(events)
    assert report is not None
    wrong = report.effects[1]
    # Half of some 4,800 requests each; those of the ladder are not counted.
    assert wrong.champion_count + wrong.candidate_count == pytest.approx(20 * 240, rel=0.1)
    assert wrong.difference == pytest.approx(0.0, abs=0.01)
    assert read_report(current_champions(world.engine)[MODEL].evidence["rollout"][REPORT]) == report
    assert compare_arms(world.engine, ended, world.now) == report


def test_a_version_that_the_ladder_lets_through_is_taken_back_by_the_ab(world: World) -> None:
    ended = climb(world, Behaviour(wrong=0.028))
    assert (ended.state, ended.step) == (RolloutState.ROLLED_BACK, AB_STEP)
    assert ended.reason.startswith("ab_worse: accuracy: wrong: ")
    assert ledger_actions(world.engine) == [("promote", CHAMPION), ("refuse", CANDIDATE)]
    assert kept_report(list_events(world.engine, ended.id, {EventKind.ENDED})) is not None


def test_a_quiet_ab_asks_no_recorded_question_and_is_taken_back_with_that_reason(world: World) -> None:
    class Asked:
        def ask(self, rollout: Rollout, since: datetime) -> Iterator[str]:
            raise AssertionError("an A/B compares what clients asked")

    rollout = world.start(canary_policy(quick_settings(**SHORT, replay_after_s=60), MODEL, then_ab=True))
    controller = world.controller(rollout, replayer=Asked(), look_interval_s=6.0)
    while current(world.engine, rollout).step < AB_STEP:
        controller.look()
        world.serve(6)
    world.requests_per_s = 0.5
    ended = controller.run()
    assert ended.reason.startswith("not_enough_data: after 240 s: ")
    assert "of 500 requests of the candidate" in ended.reason
    assert current_champions(world.engine)[MODEL].version == CHAMPION


def test_an_ab_that_ends_by_hand_is_reported_so_far(world: World) -> None:
    rollout = world.start(POLICY)
    controller = world.controller(rollout)
    while current(world.engine, rollout).step < AB_STEP:
        controller.look()
        world.serve(6)
    begun = world.now
    world.serve(60)
    aborted = abort(world.engine, MODEL, "no", "ana", world.now)
    world.serve(60)
    steps = list_events(world.engine, rollout.id, {EventKind.STEP})
    since, until = compared_time(aborted, steps, world.now)
    assert (until - since, until) == (timedelta(seconds=66), begun + timedelta(seconds=60))
    failed = compare_arms(world.engine, aborted, world.now).effects[0]
    assert failed.champion_count + failed.candidate_count == pytest.approx(66 * 50, rel=0.1)


def test_a_reader_lets_go_of_what_is_counted_and_says_what_a_new_one_says(world: World) -> None:
    world.requests_per_s = 6.0
    long = AbStepSettings(weight_percent=50, days=1, min_requests=500)
    rollout = world.start(canary_policy(quick_settings(**SHORT | {"ab": long}), MODEL, then_ab=True))
    controller = world.controller(rollout)
    while current(world.engine, rollout).step < AB_STEP:
        controller.look()
        world.serve(10)
    reader = EvidenceReader(world.engine, rollout)
    for _ in range(4):
        world.serve(400)
        world.candidate = Behaviour(wrong=0.05)
        now = current(world.engine, rollout)
        new = EvidenceReader(world.engine, rollout).read(now, world.now, 60.0)
        assert reader.read(now, world.now, 60.0).to_json() == new.to_json()
        assert new.candidate_requests > 900
        # Two arms, spans of 5 s, two minutes that are not settled, and the block that was open then.
        assert len(reader._outcomes) < 2 * (120 / 5 + 20)
        assert len(reader._labels) < 2 * (120 / 5 + 20)
    resumed = replace(now, step_started_at=now.step_started_at + timedelta(seconds=300))
    new = EvidenceReader(world.engine, rollout).read(resumed, world.now, 60.0)
    assert reader.read(resumed, world.now, 60.0).candidate_requests == new.candidate_requests


def test_readings_of_days_stay_few() -> None:
    policy = canary_policy(quick_settings(ab=AbStepSettings()), MODEL, then_ab=True)
    days = policy.phases[policy.ab_step or 0]
    assert days.min_time_s / reading_every_s(days) == pytest.approx(MOST_READINGS)
    assert reading_every_s(POLICY.phases[0]) == READING_EVERY_S


def test_the_report_is_shown_in_prefect(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: dict[str, Any] = {}
    monkeypatch.setattr(
        "flows.rollout.flow.create_table_artifact", lambda rows, key, description: shown.update({key: rows})
    )
    monkeypatch.setattr("flows.rollout.flow.create_markdown_artifact", lambda *_, **__: None)
    rollout = world.start(POLICY)
    publish(world.engine, rollout)
    assert list(shown) == ["rollout-section-optimizer-steps"]
    told = NewEvent(EventKind.STEP, "controller", reading={"step": AB_STEP + 1, REPORT: SOUND.to_json()})
    append_event(world.engine, rollout.id, told, world.now)
    publish(world.engine, rollout)
    assert shown["rollout-section-optimizer-ab"] == effect_rows(SOUND)


def test_before_the_ab_the_whole_rollout_is_compared(world: World) -> None:
    rollout = world.start(POLICY)
    assert compared_time(rollout, [], world.now) == (rollout.created_at, world.now)
