"""The decision what becomes of a rollout now: evidence and policy in, a verdict with named reasons out. Pure.

A bad version is taken back as soon as that is beyond doubt, in every phase. A phase is left for the next when its time
is over and both arms have had their requests. Before the first client is the candidate's, and again before the last
one is, an unacceptable difference must be excluded. Everything else is held, until the time limit: what could not be
shown by then is not promoted.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from configs.rollout_settings import Metric
from flows.rollout.evidence import Evidence, Rate, Recent, in_e
from flows.rollout.policy import Policy
from serving.store.rollouts import RolloutKind, RolloutState

GRACE_S = 60.0
"""A time limit is only held against a rollout that was watched this long: records of an outage may still arrive."""


MIRRORED = (Metric.ERROR_RATE, Metric.ACCURACY)
"""What mirrored questions show; their latency is that of spare time."""


OF_CLIENTS = "of what clients asked"
"""Without mirrored questions."""


class Action(StrEnum):
    """What is to be done."""

    ADVANCE = "advance"
    ROLL_BACK = "roll_back"
    HOLD = "hold"


class Cause(StrEnum):
    """Why."""

    PASSED = "passed"
    PAUSED = "paused"
    TOO_EARLY = "too_early"
    TOO_FEW_REQUESTS = "too_few_requests"
    NOT_SHOWN_SAFE = "not_shown_safe"
    LOAD_FAULT = "load_fault"
    CHAMPION_CHANGED = "champion_changed"
    GROSS_FAULT = "gross_fault"
    ERROR_RATE = "error_rate"
    ACCURACY = "accuracy"
    MEDIAN_LATENCY = "latency_p50"
    LATENCY = "latency_p95"
    AGREEMENT = "answer_agreement"
    NO_TRAFFIC = "no_traffic"
    NOT_ENOUGH_DATA = "not_enough_data"
    TIME_OVER = "time_over"
    AB_COMPARED = "ab_compared"
    AB_WORSE = "ab_worse"


@dataclass(frozen=True, slots=True)
class Reason:
    """A cause and the figures it rests on, in words."""

    cause: Cause
    text: str

    def __str__(self) -> str:
        return f"{self.cause}: {self.text}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done, and why."""

    action: Action
    reasons: tuple[Reason, ...]

    @property
    def in_words(self) -> str:
        """The reasons, for people and records."""
        return "; ".join(map(str, self.reasons))

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The causes alone."""
        return tuple(reason.cause for reason in self.reasons)

    def to_json(self) -> dict[str, Any]:
        """Return plain Python values."""
        return {"action": self.action.value, "reasons": [[item.cause.value, item.text] for item in self.reasons]}


@dataclass(frozen=True, slots=True)
class Position:
    """Where a rollout is: the champion it began against, the index of its phase, whether it is paused."""

    champion_version: str
    step: int
    is_paused: bool = False


def decide(position: Position, evidence: Evidence, policy: Policy) -> Verdict:
    """Return the verdict on a rollout that has not ended.

    A pause holds it where it is and does not protect a bad version: what takes back takes back all the same.
    """
    harms = tuple(_harms(position, evidence, policy))
    if harms:
        return Verdict(Action.ROLL_BACK, harms)
    if position.is_paused:
        return Verdict(Action.HOLD, (Reason(Cause.PAUSED, "a person has paused it; resume or abort it"),))
    holds = tuple(_holds(position, evidence, policy))
    if not holds:
        return Verdict(Action.ADVANCE, (Reason(Cause.PASSED, _passed(evidence)),))
    limit_s = policy.time_limit_s(position.step)
    if evidence.elapsed_s > limit_s and evidence.watched_s >= GRACE_S and _can_time_out(policy):
        return Verdict(Action.ROLL_BACK, _given_up(evidence, limit_s, holds))
    return Verdict(Action.HOLD, holds)


def _can_time_out(policy: Policy) -> bool:
    """An A/B that stands alone lasts as long as it was to last."""
    return policy.kind is RolloutKind.CANARY


def _harms(position: Position, evidence: Evidence, policy: Policy) -> Iterator[Reason]:
    for fault in evidence.faults[:1]:
        yield Reason(Cause.LOAD_FAULT, fault)
    if evidence.champion_version != position.champion_version:
        now = evidence.champion_version or "none"
        yield Reason(Cause.CHAMPION_CHANGED, f"began against {position.champion_version}, the champion is {now}")
    gross = policy.gross_fault
    if _is_gross(evidence.recent, gross.min_failures, gross.failure_ratio):
        yield Reason(Cause.GROSS_FAULT, f"{_told_recent(evidence.recent)} in the last {gross.window_s:g} s")
    bar = -math.log(policy.alpha)
    for rate in evidence.rates:
        if rate.harm_log_e >= bar and _ends_rollout(rate.metric, policy):
            yield Reason(Cause(rate.metric.value), f"{_told(rate)}; e-value {in_e(rate.harm_log_e)}, bar {in_e(bar)}")
    alone = evidence.of_clients
    if alone is not None and alone.harm_log_e >= bar:
        seen = f"{OF_CLIENTS}, {_told(alone)}; e-value {in_e(alone.harm_log_e)}, bar {in_e(bar)}"
        yield Reason(Cause(alone.metric.value), seen)
    for watched in evidence.watched:
        if watched.log_e >= bar:
            seen = f"{_share(watched.events, watched.count)} at 100 %, limit {100 * watched.limit:.2f} %"
            yield Reason(Cause(watched.metric.value), f"{seen}; e-value {in_e(watched.log_e)}, bar {in_e(bar)}")
    agreement = evidence.agreement
    if agreement is not None and Metric.AGREEMENT in policy.metrics and agreement.log_e >= bar:
        seen = f"{_share(agreement.differing, agreement.pairs)} mirrored questions answered otherwise"
        yield Reason(Cause.AGREEMENT, f"{seen}, allowed {100 * policy.max_disagreement:g} %")


def _ends_rollout(metric: Metric, policy: Policy) -> bool:
    """An A/B that stands alone is there to measure accuracy and latency; only failures end it early."""
    return policy.kind is RolloutKind.CANARY or metric is Metric.ERROR_RATE


def _is_gross(recent: Recent, min_failures: int, failure_ratio: float) -> bool:
    if recent.candidate_failed < min_failures:
        return False
    ratio = recent.candidate_failed / recent.candidate_count
    other = recent.champion_failed / recent.champion_count if recent.champion_count else 0.0
    return ratio >= failure_ratio and ratio > 2 * other


def _holds(position: Position, evidence: Evidence, policy: Policy) -> Iterator[Reason]:
    phase = policy.phases[position.step]
    if evidence.elapsed_s < phase.min_time_s:
        yield Reason(Cause.TOO_EARLY, f"{evidence.elapsed_s:.0f} of {phase.min_time_s:g} s")
    seen = {"candidate": evidence.candidate_requests}
    if phase.compares or phase.state is RolloutState.SHADOW:
        seen["champion"] = evidence.champion_requests
    for arm, requests in seen.items():
        if requests < phase.min_requests:
            yield Reason(Cause.TOO_FEW_REQUESTS, f"{requests} of {phase.min_requests} requests of the {arm}")
    if policy.kind is RolloutKind.CANARY:
        if phase.state is RolloutState.SHADOW:
            yield from _not_shown_safe(evidence, policy, MIRRORED)
        if position.step == policy.last_compared:
            yield from _not_shown_safe(evidence, policy, policy.compared)
            yield from _clients_not_shown_safe(evidence, policy)


def _not_shown_safe(evidence: Evidence, policy: Policy, metrics: Sequence[Metric]) -> Iterator[Reason]:
    bar = -math.log(policy.miss_rate)
    found = {rate.metric: rate for rate in evidence.rates}
    for metric in metrics:
        if metric not in policy.compared or metric in policy.optional:
            continue
        rate = found.get(metric)
        if rate is None or rate.safety_log_e < bar:
            yield _not_excluded(metric.value, rate, policy.margins[metric].unacceptable, bar)


def _clients_not_shown_safe(evidence: Evidence, policy: Policy) -> Iterator[Reason]:
    bar, rate = -math.log(policy.miss_rate), evidence.of_clients
    if rate is not None and rate.metric not in policy.optional and rate.safety_log_e < bar:
        yield _not_excluded(f"{rate.metric} {OF_CLIENTS}", rate, policy.margins[rate.metric].unacceptable, bar)


def _not_excluded(what: str, rate: Rate | None, unacceptable: float, bar: float) -> Reason:
    e_value = "no data" if rate is None else f"{_told(rate)}; e-value {in_e(rate.safety_log_e)}"
    seen = f"an excess of {100 * unacceptable:g} points is not excluded ({e_value}, bar {in_e(bar)})"
    return Reason(Cause.NOT_SHOWN_SAFE, f"{what}: {seen}")


def _given_up(evidence: Evidence, limit_s: float, holds: tuple[Reason, ...]) -> tuple[Reason, ...]:
    limit = f"after {limit_s:g} s"
    if evidence.candidate_requests == 0:
        return (Reason(Cause.NO_TRAFFIC, f"not one request of the candidate {limit}"),)
    causes = {reason.cause for reason in holds}
    cause = Cause.NOT_ENOUGH_DATA if causes & {Cause.TOO_FEW_REQUESTS, Cause.NOT_SHOWN_SAFE} else Cause.TIME_OVER
    return (Reason(cause, f"{limit}: " + "; ".join(reason.text for reason in holds)),)


def _passed(evidence: Evidence) -> str:
    seen = f"{evidence.candidate_requests} requests of the candidate in {evidence.elapsed_s:.0f} s"
    return "; ".join((seen, *(_told(rate) for rate in evidence.rates if rate.candidate_count)))


def _told_recent(recent: Recent) -> str:
    candidate = _share(recent.candidate_failed, recent.candidate_count)
    return f"{candidate} requests failed, of the champion {_share(recent.champion_failed, recent.champion_count)}"


_EVENTS = {
    Metric.ERROR_RATE: "failed",
    Metric.ACCURACY: "wrong",
    Metric.MEDIAN_LATENCY: "slow by the median",
    Metric.LATENCY: "slow",
}


def _told(rate: Rate) -> str:
    candidate = _share(rate.candidate_events, rate.candidate_count)
    champion = _share(rate.champion_events, rate.champion_count)
    return f"{_EVENTS[rate.metric]}: {candidate}, of the champion {champion}"


def _share(events: int, count: int) -> str:
    return f"{events} of {count}" + (f" ({100 * events / count:.2f} %)" if count else "")
