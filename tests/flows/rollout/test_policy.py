"""The ladder is made from settings, written into the rollout, and refused where it would let anything through."""

import pytest
from pydantic import ValidationError

from configs.rollout_settings import MarginSettings, Metric, RolloutSettings, StepSettings
from flows.rollout.policy import RefusedError, ab_policy, canary_policy, read_policy
from serving.store.rollouts import RolloutState
from structural.problems import PROBLEM_NAMES
from tests.flows.rollout.world import MODEL, QUICK_STEPS, quick_settings


@pytest.mark.parametrize("model", PROBLEM_NAMES)
def test_the_shipped_ladder_is_that_of_the_design_and_survives_json(model: str) -> None:
    settings = RolloutSettings()
    policy = canary_policy(settings, model)
    assert [phase.weight for phase in policy.phases] == [0, 0, 500, 2_500, 5_000, 10_000, 10_000]
    assert policy.phases[2].min_time_s == 3_600
    assert read_policy(policy.to_json()) == policy
    assert Metric.ERROR_RATE in policy.compared


def test_all_tests_together_stay_within_the_false_rollback_rate() -> None:
    policy = canary_policy(quick_settings(), MODEL)
    assert policy.alpha * 9 == pytest.approx(policy.false_rollback_rate)


def test_a_median_is_compared_beside_the_champion_alone() -> None:
    policy = canary_policy(quick_settings(), MODEL)
    assert set(policy.compared) - set(policy.watched) == {Metric.MEDIAN_LATENCY}
    assert policy.quantiles == (Metric.MEDIAN_LATENCY, Metric.LATENCY)


def test_without_a_share_there_is_no_shadow() -> None:
    states = [phase.state for phase in canary_policy(quick_settings(shadow_share=0.0), MODEL).phases]
    assert RolloutState.SHADOW not in states


def test_questions_are_mirrored_as_long_as_a_champion_answers_clients() -> None:
    policy = canary_policy(quick_settings(shadow_share=0.5, steps_shadow_share=0.25), MODEL, then_ab=True)
    told = [(phase.weight, phase.shadow_share, phase.is_ab) for phase in policy.phases]
    steps = [(weight, 0.25, False) for weight in (500, 2_500, 5_000)]
    assert told == [(0, 0.0, False), (0, 0.5, False), *steps, (5_000, 0.0, True), *[(10_000, 0.0, False)] * 2]


@pytest.mark.parametrize("metrics", [(), (Metric.AGREEMENT,)])
def test_a_rollout_without_a_gating_metric_is_refused(metrics: tuple[Metric, ...]) -> None:
    settings = quick_settings(metrics=dict.fromkeys(PROBLEM_NAMES, metrics))
    known = "error_rate, accuracy, latency_p50, latency_p95"
    with pytest.raises(RefusedError, match=f"{MODEL} has no gating metric.*{known}"):
        canary_policy(settings, MODEL)
    with pytest.raises(RefusedError, match="no gating metric"):
        ab_policy(settings, MODEL, 0.5, 7)


def test_a_metric_that_is_optional_does_not_gate() -> None:
    settings = quick_settings(
        metrics=dict.fromkeys(PROBLEM_NAMES, (Metric.ACCURACY,)), optional_metrics={MODEL: (Metric.ACCURACY,)}
    )
    with pytest.raises(RefusedError, match="no gating metric"):
        canary_policy(settings, MODEL)


@pytest.mark.parametrize(("share", "days"), [(0.0, 7), (1.0, 7), (-0.1, 7), (0.00001, 7), (0.5, 0), (0.5, 400)])
def test_an_ab_needs_two_arms_and_a_time(share: float, days: float) -> None:
    with pytest.raises(RefusedError, match="an A/B"):
        ab_policy(quick_settings(), MODEL, share, days)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"steps": QUICK_STEPS[:-1]}, "end at 100"),
        ({"steps": (QUICK_STEPS[1], QUICK_STEPS[0], QUICK_STEPS[-1])}, "must grow"),
        ({"steps": QUICK_STEPS[-1:]}, "at least 2"),
        ({"metrics": {"bridge": (Metric.ACCURACY,)}}, "must name exactly"),
        ({"optional_metrics": {"bridge": (Metric.ACCURACY,)}}, "bridge is no model"),
        ({"step_time_limit_s": 20}, "more than the longest step"),
        ({"shadow": True}, "Extra inputs"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        quick_settings(**wrong)


def test_margins_are_in_order() -> None:
    with pytest.raises(ValidationError, match="less than unacceptable"):
        MarginSettings(tolerated=0.02, unacceptable=0.02)


def test_steps_have_bounds() -> None:
    with pytest.raises(ValidationError):
        StepSettings(weight_percent=101, min_time_s=0, min_requests=1)
