"""What the report on an A/B means for a rollout that goes on after it. Pure.

The tests of the ladder may be looked at any time and pay for that with power; an A/B is looked at once, at the end of
its fixed time, and sees smaller differences. It takes a version back when that is worse than tolerated beyond doubt:
when the whole 95 % interval of the difference, by request and by client, lies above what is tolerated.
"""

from collections.abc import Iterator

from configs.rollout_settings import Metric
from flows.rollout.ab_report import AbReport, Effect, LatencyEffect
from flows.rollout.decision import Action, Cause, Reason, Verdict
from flows.rollout.policy import Policy
from serving.store.rollouts import RolloutKind

RATES = {Metric.ERROR_RATE: "failed", Metric.ACCURACY: "wrong"}
"""Metric to the effect of the report that measures it."""


def judge_comparison(report: AbReport, policy: Policy, verdict: Verdict) -> Verdict:
    """Return the verdict on a phase that was an A/B; ``verdict`` is the one to advance that the rest came to.

    An A/B that stands alone decides nothing: its verdict is the one given, with the report in words.
    """
    worse = tuple(_worse(report, policy))
    if worse and policy.kind is RolloutKind.CANARY:
        return Verdict(Action.ROLL_BACK, worse)
    return Verdict(verdict.action, (*verdict.reasons, Reason(Cause.AB_COMPARED, report_in_words(report))))


def report_in_words(report: AbReport) -> str:
    """Return differences, intervals and tests in one line."""
    return "; ".join((*map(_told, report.effects), report.latency.told()))


def _worse(report: AbReport, policy: Policy) -> Iterator[Reason]:
    effects = {effect.name: effect for effect in report.effects}
    for metric, name in RATES.items():
        effect = effects[name]
        intervals = [found for found in (effect.interval, effect.client_interval) if found is not None]
        if metric not in policy.compared or not intervals:
            continue
        tolerated = policy.margins[metric].tolerated
        if all(low > tolerated for low, _ in intervals):
            yield Reason(Cause.AB_WORSE, f"{metric}: {_told(effect)}; tolerated {100 * tolerated:g} points")
    if Metric.LATENCY in policy.compared and _is_slower(report.latency, policy):
        told = report.latency.told()
        yield Reason(Cause.AB_WORSE, f"{Metric.LATENCY}: {told}; tolerated {policy.latency_ratio:g} times")


def _is_slower(latency: LatencyEffect, policy: Policy) -> bool:
    if latency.interval is None or latency.candidate_p95_ms is None:
        return False
    return latency.interval[0] > policy.latency_ratio and latency.candidate_p95_ms > policy.latency_floor_ms


def _told(effect: Effect) -> str:
    if effect.difference is None or effect.interval is None:
        return f"{effect.name}: not measured in both arms"
    low, high = (100 * value for value in effect.interval)
    by_client = ""
    if effect.client_interval is not None:
        by_client = f", by client [{100 * effect.client_interval[0]:+.2f}, {100 * effect.client_interval[1]:+.2f}]"
    return (
        f"{effect.name}: {effect.candidate_events} of {effect.candidate_count}, of the champion "
        f"{effect.champion_events} of {effect.champion_count}, difference {100 * effect.difference:+.2f} points "
        f"[{low:+.2f}, {high:+.2f}]{by_client}, p = {effect.p_value:.3g}"
    )
