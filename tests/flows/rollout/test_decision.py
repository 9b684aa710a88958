"""Verdicts from evidence: every cause has a case that brings it about and one that does not."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.rollout_settings import Metric
from flows.rollout.decision import Action, Cause, Position, Verdict, decide
from flows.rollout.evidence import Agreement, Evidence, Rate, Recent, Watched
from flows.rollout.policy import ab_policy, canary_policy
from serving.store.rollouts import RolloutState
from tests.flows.rollout.world import CHAMPION, MODEL, quick_settings

POLICY = canary_policy(quick_settings(), MODEL)
SHADOW, FIRST, LAST_COMPARED, WHOLE, BAKING = 1, 2, 4, 5, 6
HARM, SAFE = -math.log(POLICY.alpha), -math.log(POLICY.miss_rate)


def rate(metric: Metric, harm: float = 0.0, safety: float = SAFE + 1) -> Rate:
    return Rate(metric, 1, 1_000, 2, 500, harm, safety)


SOUND = Evidence(
    elapsed_s=60.0,
    watched_s=120.0,
    champion_version=CHAMPION,
    champion_requests=900,
    candidate_requests=100,
    recent=Recent(300, 0, 30, 0),
    rates=tuple(map(rate, POLICY.compared)),
    of_clients=rate(Metric.ERROR_RATE),
    agreement=Agreement(500, 5, 0.0),
)


def judged(step: int, paused: bool = False, **changed: Any) -> Verdict:
    return decide(Position(CHAMPION, step, paused), replace(SOUND, **changed), POLICY)


def test_the_ladder_of_the_settings() -> None:
    states = [(phase.state, phase.weight) for phase in POLICY.phases]
    assert states == [
        (RolloutState.PENDING, 0),
        (RolloutState.SHADOW, 0),
        (RolloutState.CANARY, 500),
        (RolloutState.CANARY, 2_500),
        (RolloutState.CANARY, 5_000),
        (RolloutState.CANARY, 10_000),
        (RolloutState.BAKING, 10_000),
    ]
    assert (POLICY.first_compared, POLICY.last_compared) == (FIRST, LAST_COMPARED)


@pytest.mark.parametrize("step", range(len(POLICY.phases)))
def test_sound_evidence_advances_every_phase(step: int) -> None:
    assert judged(step).action is Action.ADVANCE


@pytest.mark.parametrize(
    ("step", "changed", "cause"),
    [
        (FIRST, {"elapsed_s": 19.0}, Cause.TOO_EARLY),
        (FIRST, {"candidate_requests": 49}, Cause.TOO_FEW_REQUESTS),
        (FIRST, {"champion_requests": 49}, Cause.TOO_FEW_REQUESTS),
        (SHADOW, {"candidate_requests": 49}, Cause.TOO_FEW_REQUESTS),
        (WHOLE, {"candidate_requests": 49}, Cause.TOO_FEW_REQUESTS),
        (LAST_COMPARED, {"rates": ()}, Cause.NOT_SHOWN_SAFE),
        (
            LAST_COMPARED,
            {"rates": tuple(rate(metric, safety=SAFE - 0.1) for metric in POLICY.compared)},
            Cause.NOT_SHOWN_SAFE,
        ),
        (SHADOW, {"rates": ()}, Cause.NOT_SHOWN_SAFE),
        (LAST_COMPARED, {"of_clients": rate(Metric.ERROR_RATE, safety=SAFE - 0.1)}, Cause.NOT_SHOWN_SAFE),
    ],
)
def test_what_holds(step: int, changed: dict[str, Any], cause: Cause) -> None:
    verdict = judged(step, **changed)
    assert (verdict.action, set(verdict.causes)) == (Action.HOLD, {cause})


def test_the_champion_needs_no_requests_once_everything_is_the_candidates() -> None:
    assert judged(WHOLE, champion_requests=0).action is Action.ADVANCE
    assert judged(BAKING, champion_requests=0, rates=()).action is Action.ADVANCE


def test_safety_is_asked_for_before_the_first_and_before_the_last_client_only() -> None:
    assert judged(FIRST, rates=()).action is Action.ADVANCE
    latency_alone_missing = tuple(rate(metric) for metric in POLICY.compared if metric is not Metric.LATENCY)
    assert judged(SHADOW, rates=latency_alone_missing).action is Action.ADVANCE
    assert judged(LAST_COMPARED, rates=latency_alone_missing).action is Action.HOLD


def test_failures_among_the_clients_alone_take_a_version_back() -> None:
    verdict = judged(FIRST, of_clients=rate(Metric.ERROR_RATE, harm=HARM))
    assert (verdict.action, verdict.causes) == (Action.ROLL_BACK, (Cause.ERROR_RATE,))
    assert "of what clients asked" in verdict.in_words
    assert judged(FIRST, of_clients=rate(Metric.ERROR_RATE, harm=HARM - 0.1)).action is Action.ADVANCE
    assert judged(SHADOW, of_clients=rate(Metric.ERROR_RATE, safety=0.0)).action is Action.ADVANCE


def harms() -> dict[Cause, dict[str, Any]]:
    found: dict[Cause, dict[str, Any]] = {
        Cause.LOAD_FAULT: {"faults": ("version 2 does not load",)},
        Cause.CHAMPION_CHANGED: {"champion_version": "9-other"},
        Cause.GROSS_FAULT: {"recent": Recent(300, 0, 10, 5)},
        Cause.AGREEMENT: {"agreement": Agreement(100, 40, HARM)},
    }
    for metric in POLICY.compared:
        found[Cause(metric.value)] = {"rates": (rate(metric, harm=HARM),)}
    return found


@pytest.mark.parametrize("paused", [False, True])
@pytest.mark.parametrize("step", [0, SHADOW, FIRST, WHOLE, BAKING])
@pytest.mark.parametrize("cause", harms())
def test_harm_rolls_back_in_every_phase_paused_or_not(cause: Cause, step: int, paused: bool) -> None:
    verdict = judged(step, paused, **harms()[cause], elapsed_s=0.0)
    assert (verdict.action, verdict.causes) == (Action.ROLL_BACK, (cause,))


def test_a_candidate_alone_is_held_to_the_champions_rate_of_before() -> None:
    verdict = judged(BAKING, watched=(Watched(Metric.ERROR_RATE, 40, 100, 0.01, HARM),))
    assert verdict.causes == (Cause.ERROR_RATE,)
    assert "40 of 100 (40.00 %) at 100 %, limit 1.00 %" in verdict.in_words
    assert judged(BAKING, watched=(Watched(Metric.ERROR_RATE, 1, 100, 0.01, 0.3),)).action is Action.ADVANCE


@pytest.mark.parametrize(
    "recent",
    [
        Recent(300, 0, 10, 4),  # too few to be sure in seconds
        Recent(300, 0, 100, 20),  # not gross: left to the test
        Recent(300, 150, 30, 15),  # the champion fails as much: it is not the version
    ],
)
def test_what_is_no_gross_fault(recent: Recent) -> None:
    assert judged(FIRST, recent=recent).action is Action.ADVANCE


def test_a_gross_fault_without_a_champion_beside_it_counts() -> None:
    assert judged(WHOLE, recent=Recent(0, 0, 10, 5)).causes == (Cause.GROSS_FAULT,)


def test_a_pause_holds_what_would_advance_or_time_out() -> None:
    assert judged(FIRST, paused=True).causes == (Cause.PAUSED,)
    assert judged(FIRST, paused=True, candidate_requests=0, elapsed_s=1e9).causes == (Cause.PAUSED,)


@pytest.mark.parametrize(
    ("changed", "cause", "told"),
    [
        ({"candidate_requests": 0}, Cause.NO_TRAFFIC, "not one request of the candidate after 3600 s"),
        ({"candidate_requests": 49}, Cause.NOT_ENOUGH_DATA, "49 of 50 requests of the candidate"),
        ({"rates": ()}, Cause.NOT_ENOUGH_DATA, "error_rate: an excess of 2 points is not excluded (no data"),
    ],
)
def test_the_time_limit_rolls_back_and_says_what_was_missing(changed: dict[str, Any], cause: Cause, told: str) -> None:
    verdict = judged(LAST_COMPARED, elapsed_s=3_601.0, **changed)
    assert (verdict.action, verdict.causes) == (Action.ROLL_BACK, (cause,))
    assert told in verdict.in_words


def test_the_time_limit_waits_until_somebody_has_watched_for_a_while() -> None:
    assert judged(FIRST, elapsed_s=1e9, candidate_requests=0, watched_s=59.0).action is Action.HOLD
    assert judged(FIRST, elapsed_s=1e9, candidate_requests=0, watched_s=60.0).action is Action.ROLL_BACK


def test_enough_evidence_at_the_time_limit_advances() -> None:
    assert judged(LAST_COMPARED, elapsed_s=1e9).action is Action.ADVANCE


def test_an_optional_metric_shows_harm_and_is_not_waited_for() -> None:
    policy = canary_policy(quick_settings(), "compliance_checker")
    without = tuple(rate(metric) for metric in policy.compared if metric is not Metric.ACCURACY)
    position = Position(CHAMPION, LAST_COMPARED)
    assert decide(position, replace(SOUND, rates=without), policy).action is Action.ADVANCE
    worse = (*without, rate(Metric.ACCURACY, harm=-math.log(policy.alpha)))
    assert decide(position, replace(SOUND, rates=worse), policy).causes == (Cause.ACCURACY,)


def test_an_ab_ends_with_its_time_and_early_by_failures_alone() -> None:
    policy = ab_policy(quick_settings(), MODEL, 0.3, 2.0)
    split = Position(CHAMPION, 1)
    bar = -math.log(policy.alpha)
    assert decide(split, replace(SOUND, elapsed_s=172_799.0), policy).causes == (Cause.TOO_EARLY,)
    quiet = replace(SOUND, elapsed_s=172_800.0, candidate_requests=0, champion_requests=0, rates=())
    assert decide(split, quiet, policy).action is Action.ADVANCE
    worse = replace(SOUND, elapsed_s=60.0, rates=(rate(Metric.ACCURACY, harm=bar), rate(Metric.LATENCY, harm=bar)))
    assert decide(split, worse, policy).action is Action.HOLD
    failing = replace(SOUND, elapsed_s=60.0, rates=(rate(Metric.ERROR_RATE, harm=bar),))
    assert decide(split, failing, policy).causes == (Cause.ERROR_RATE,)


def test_agreement_that_is_no_metric_is_not_judged() -> None:
    metrics = dict.fromkeys(quick_settings().metrics, (Metric.ERROR_RATE,))
    policy = canary_policy(quick_settings(metrics=metrics), MODEL)
    evidence = replace(SOUND, agreement=Agreement(100, 90, 50.0))
    assert decide(Position(CHAMPION, FIRST), evidence, policy).action is Action.ADVANCE


floats = st.floats(0, 1e6)
rates_of_any_kind = st.lists(
    st.builds(Rate, st.sampled_from(POLICY.compared), *([st.integers(0, 50)] * 4), st.floats(0, 20), st.floats(0, 20)),
    max_size=3,
).map(tuple)


@settings(max_examples=200)
@given(
    step=st.integers(0, len(POLICY.phases) - 1),
    paused=st.booleans(),
    evidence=st.builds(
        Evidence,
        elapsed_s=floats,
        watched_s=floats,
        champion_version=st.sampled_from([CHAMPION, "other", None]),
        champion_requests=st.integers(0, 200),
        candidate_requests=st.integers(0, 200),
        rates=rates_of_any_kind,
    ),
)
def test_every_verdict_has_reasons_and_more_harm_never_helps(step: int, paused: bool, evidence: Evidence) -> None:
    position = Position(CHAMPION, step, paused)
    verdict = decide(position, evidence, POLICY)
    assert verdict.reasons
    worse = replace(evidence, faults=("does not load",))
    assert decide(position, worse, POLICY).action is Action.ROLL_BACK
    if verdict.action is Action.ADVANCE:
        assert not paused
        assert evidence.champion_version == CHAMPION
        assert evidence.elapsed_s >= POLICY.phases[step].min_time_s
