"""What is in force for one rollout: its phases in order, what it is judged by, and how sure a verdict must be. Pure.

The policy is written into the rollout when it begins, so settings that change meanwhile change nothing for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from configs.rollout_settings import GrossFaultSettings, MarginSettings, Metric, RolloutSettings, StepSettings
from flows.errors import FlowError
from serving.store.rollouts import WHOLE_WEIGHT, RolloutKind, RolloutState

SECONDS_A_DAY = 86_400.0
QUANTILES: Mapping[Metric, float] = {Metric.MEDIAN_LATENCY: 0.5, Metric.LATENCY: 0.95}
"""Of the champion's times, which the candidate's are held against."""


class RefusedError(FlowError):
    """A rollout cannot begin: the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One step of a rollout: its state, the clients' share (ten-thousandths), the mirrored share, and what ends it.

    ``is_ab``: the split is held for just its time, and a report is made of it.
    """

    state: RolloutState
    weight: int
    shadow_share: float
    min_time_s: float
    min_requests: int
    is_ab: bool = False

    @property
    def compares(self) -> bool:
        """Whether both arms answer clients at the same time."""
        return 0 < self.weight < WHOLE_WEIGHT


@dataclass(frozen=True, slots=True)
class Policy:
    """See `configs.rollout_settings.RolloutSettings` for the meaning of each value."""

    kind: RolloutKind
    phases: tuple[Phase, ...]
    metrics: tuple[Metric, ...]
    optional: tuple[Metric, ...]
    margins: dict[Metric, MarginSettings]
    latency_ratio: float
    latency_floor_ms: float
    max_disagreement: float
    false_rollback_rate: float
    miss_rate: float
    gross_fault: GrossFaultSettings
    step_time_limit_s: float
    replay_after_s: float

    @property
    def compared(self) -> tuple[Metric, ...]:
        """The metrics whose rates are compared between the arms."""
        return tuple(metric for metric in self.metrics if metric in self.margins)

    @property
    def watched(self) -> tuple[Metric, ...]:
        """The metrics that the candidate is held to at 100 %, by the champion's rates of before.

        A median follows the load of the hour, so it says something only beside a champion that has the same load.
        """
        return tuple(metric for metric in self.compared if metric is not Metric.MEDIAN_LATENCY)

    @property
    def quantiles(self) -> tuple[Metric, ...]:
        """The metrics that compare times, from the shorter times to the longer ones."""
        return tuple(metric for metric in QUANTILES if metric in self.compared)

    @property
    def alpha(self) -> float:
        """What a single test may contribute to the chance of a false rollback.

        Each compared metric is tested against the champion and, where it is watched at 100 %, against the champion's
        rate of before; errors also among the candidate's own clients.
        """
        tests = len(self.compared) + len(self.watched)
        tests += (Metric.ERROR_RATE in self.compared) + (Metric.AGREEMENT in self.metrics)
        return self.false_rollback_rate / tests

    @property
    def last_compared(self) -> int:
        """The index of the last phase in which both arms answer, an A/B not counted."""
        ladder = (index for index, phase in enumerate(self.phases) if phase.compares and not phase.is_ab)
        return max(ladder, default=self.first_compared)

    @property
    def ab_step(self) -> int | None:
        """The index of the A/B, None where there is none."""
        return next((index for index, phase in enumerate(self.phases) if phase.is_ab), None)

    def time_limit_s(self, step: int) -> float:
        """Return how long a phase may last; an A/B is over with its time."""
        phase = self.phases[step]
        return phase.min_time_s if phase.is_ab else self.step_time_limit_s

    @property
    def first_compared(self) -> int:
        """The index of the first phase in which both arms answer."""
        return next(index for index, phase in enumerate(self.phases) if phase.compares)

    def to_json(self) -> dict[str, Any]:
        """Return plain Python values."""
        found: dict[str, Any] = _POLICY.dump_python(self, mode="json")
        return found


_POLICY = TypeAdapter(Policy)


def read_policy(values: dict[str, Any]) -> Policy:
    """Return the policy that a rollout began with."""
    return _POLICY.validate_python(values)


def canary_policy(settings: RolloutSettings, model: str, then_ab: bool = False) -> Policy:
    """Return the ladder of the settings for a model.

    ``then_ab`` puts the A/B of the settings before the step to 100 %. Raises `RefusedError` when nothing could stop a
    bad version.
    """
    shadow = Phase(
        RolloutState.SHADOW, 0, settings.shadow_share, settings.shadow_min_time_s, settings.shadow_min_requests
    )
    ladder = [_step(settings, step) for step in settings.steps]
    between = settings.ab
    comparison = _ab_phase(between.weight_percent / 100, between.days, between.min_requests)
    phases = (
        _pending(settings),
        *([shadow] if settings.shadow_share > 0 else []),
        *ladder[:-1],
        *([comparison] if then_ab else []),
        ladder[-1],
        Phase(RolloutState.BAKING, WHOLE_WEIGHT, 0.0, settings.bake_time_s, 0),
    )
    return _policy(settings, RolloutKind.CANARY, model, phases)


def ab_policy(settings: RolloutSettings, model: str, share: float, days: float) -> Policy:
    """Return the policy of an A/B: ``share`` (0 to 1) of the clients for ``days``. Raises `RefusedError`."""
    if not 0 < _weight(share) < WHOLE_WEIGHT:
        raise RefusedError(f"an A/B needs clients in both arms: --share above 0 and below 1, not {share:g}")
    if not 0 < days <= 365:
        raise RefusedError(f"an A/B lasts above 0 and at most 365 days, not {days:g}")
    return _policy(settings, RolloutKind.AB, model, (_pending(settings), _ab_phase(share, days, min_requests=0)))


def _step(settings: RolloutSettings, step: StepSettings) -> Phase:
    weight = _weight(step.weight_percent / 100)
    # At 100 % there is no champion whose questions could be mirrored.
    mirrored = settings.steps_shadow_share if weight < WHOLE_WEIGHT else 0.0
    return Phase(RolloutState.CANARY, weight, mirrored, step.min_time_s, step.min_requests)


def _ab_phase(share: float, days: float, min_requests: int) -> Phase:
    return Phase(RolloutState.CANARY, _weight(share), 0.0, days * SECONDS_A_DAY, min_requests, is_ab=True)


def _pending(settings: RolloutSettings) -> Phase:
    return Phase(RolloutState.PENDING, 0, 0.0, settings.load_time_s, 0)


def _weight(share: float) -> int:
    return round(WHOLE_WEIGHT * share)


def _policy(settings: RolloutSettings, kind: RolloutKind, model: str, phases: tuple[Phase, ...]) -> Policy:
    metrics = settings.metrics.get(model, ())
    margins = {
        Metric.ERROR_RATE: settings.error_rate,
        Metric.ACCURACY: settings.accuracy,
        Metric.MEDIAN_LATENCY: settings.slow_answers,
        Metric.LATENCY: settings.slow_answers,
    }
    optional = settings.optional_metrics.get(model, ())
    if not any(metric in margins and metric not in optional for metric in metrics):
        raise RefusedError(
            f"{model} has no gating metric, so nothing would stop a bad version: name {', '.join(margins)} in "
            "`metrics` of configs/rollout.yaml"
        )
    return Policy(
        kind=kind,
        phases=phases,
        metrics=metrics,
        optional=optional,
        margins={metric: margin for metric, margin in margins.items() if metric in metrics},
        latency_ratio=settings.latency_ratio,
        latency_floor_ms=settings.latency_floor_ms,
        max_disagreement=settings.max_disagreement,
        false_rollback_rate=settings.false_rollback_rate,
        miss_rate=settings.miss_rate,
        gross_fault=settings.gross_fault,
        step_time_limit_s=settings.step_time_limit_s,
        replay_after_s=settings.replay_after_s,
    )
