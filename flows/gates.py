"""The decision whether a version is promoted: evidence and policy in, a verdict with named reasons out. Pure.

Every criterion is ``pass``, ``near`` or ``fail``; a figure that is missing fails. The verdict is the worst criterion,
and only a ``pass`` may be promoted. Being better than what serves today is a separate question (`Decision`): a version
that meets every bar but is no better than the champion passes and is not promoted.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

ROUNDING = 1e-9
"""Two ratios closer than this are the same figure."""


class Outcome(StrEnum):
    """Of one criterion and of the whole gate, best first."""

    PASS = "pass"  # noqa: S105  (an outcome, no password)
    NEAR = "near"
    FAIL = "fail"


class Decision(StrEnum):
    """What follows from the verdict."""

    BOOTSTRAP = "bootstrap"
    """Promote: nothing serves yet."""
    DEPLOY = "deploy"
    """Promote: better than the champion."""
    KEEP_CHAMPION = "keep_champion"
    """Every bar is met, but the champion is as good; it stays."""
    UNCHANGED = "unchanged"
    """The version is the champion."""
    REFUSE = "refuse"
    """A bar is missed."""


PROMOTING = frozenset({Decision.BOOTSTRAP, Decision.DEPLOY})


@dataclass(frozen=True, slots=True)
class SliceFigure:
    """Accuracy (ratio) of one group of one slice, over ``count`` entries."""

    name: str
    group: str
    count: int
    accuracy: float

    @property
    def in_words(self) -> str:
        """The group with its accuracy, for people."""
        return f"{self.name} = {self.group}: {_percent(self.accuracy)} of {self.count}"


@dataclass(frozen=True, slots=True)
class ChampionEvidence:
    """The version that serves today, measured on the same holdout.

    ``accuracy`` is None when it could not be measured; ``problem`` then says why. ``only_champion_right`` and
    ``only_challenger_right`` count the entries on which they differ; ``p_value`` is McNemar's.
    """

    version: str
    same_artifact: bool
    accuracy: float | None = None
    problem: str = ""
    only_champion_right: int = 0
    only_challenger_right: int = 0
    p_value: float | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything known about a challenger. None means "not measured" and fails its criterion.

    Accuracies, baseline and calibration error are ratios on the sealed holdout, raw model output before proof.
    ``inference_p95_ms`` is the model's own part of one call of ``inference_questions`` questions, ``p95_ms`` a whole
    request to the service. ``failure`` is why training or evaluation gave nothing, empty otherwise. ``champion`` is
    None when no version has ever been promoted.
    """

    model: str
    accuracy: float | None = None
    count: int | None = None
    baseline_accuracy: float | None = None
    calibration_error: float | None = None
    slices: tuple[SliceFigure, ...] | None = None
    parity_max_abs_diff: float | None = None
    parity_tolerance: float | None = None
    inference_p95_ms: float | None = None
    inference_questions: int = 1
    p95_ms: float | None = None
    serveable: bool | None = None
    serve_problem: str = ""
    failure: str = ""
    champion: ChampionEvidence | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """The bars of one model; see `configs.settings.GateSettings` for their meaning."""

    target: float
    p95_ms: float
    inference_p95_ms: float
    near_margin: float
    better_margin: float
    max_calibration_error: float
    slice_min_count: int
    slice_max_drop: float


@dataclass(frozen=True, slots=True)
class Criterion:
    """One judged figure: name, outcome, the figure and its limit (None: none), the reason in words."""

    name: str
    outcome: Outcome
    value: float | None
    limit: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's record for one version; ``worst_slice`` is None when no slice holds enough entries to be judged."""

    model: str
    outcome: Outcome
    decision: Decision
    criteria: tuple[Criterion, ...]
    reasons: tuple[str, ...]
    worst_slice: SliceFigure | None = None

    @property
    def promotes(self) -> bool:
        """Whether the version is to be promoted."""
        return self.decision in PROMOTING

    def to_json(self) -> dict[str, Any]:
        """Return plain Python values."""
        return asdict(self) | {"promotes": self.promotes}


def decide(evidence: Evidence, policy: Policy) -> Verdict:
    """Judge one version against its bars and against the champion.

    ``reasons`` names every criterion that is not a pass, or, when all pass, what the decision rests on.
    """
    criteria = (
        _accuracy(evidence, policy),
        _baseline(evidence),
        _champion(evidence, policy),
        _slices(evidence, policy),
        _calibration(evidence, policy),
        _parity(evidence),
        _serveability(evidence),
        _inference(evidence, policy),
        _latency(evidence, policy),
    )
    outcome = worst(criterion.outcome for criterion in criteria)
    champion = next(criterion for criterion in criteria if criterion.name == "champion")
    decision = _decision(evidence, policy) if outcome is Outcome.PASS else Decision.REFUSE
    misses = tuple(f"{item.name}: {item.reason}" for item in criteria if item.outcome is not Outcome.PASS)
    failure = (f"failure: {evidence.failure}",) if evidence.failure else ()
    reasons = failure + misses or (f"{decision.value}: {champion.reason}",)
    lowest = worst_slice(evidence.slices or (), policy.slice_min_count)
    return Verdict(evidence.model, outcome, decision, criteria, reasons, lowest)


def worst(outcomes: Sequence[Outcome] | Any) -> Outcome:
    """Return the worst of some outcomes."""
    order = list(Outcome)
    return max(outcomes, key=order.index)


def worst_slice(slices: Sequence[SliceFigure], min_count: int) -> SliceFigure | None:
    """Return the least accurate group of at least ``min_count`` entries, the larger of equals; None without one."""
    judged = [figure for figure in slices if figure.count >= min_count]
    return min(judged, key=lambda figure: (figure.accuracy, -figure.count), default=None)


def _missing(name: str, what: str, limit: float | None = None) -> Criterion:
    return Criterion(name, Outcome.FAIL, None, limit, f"{what} was not measured")


def _judge(name: str, holds: bool, value: float, limit: float | None, reason: str) -> Criterion:
    return Criterion(name, Outcome.PASS if holds else Outcome.FAIL, value, limit, reason)


def _accuracy(evidence: Evidence, policy: Policy) -> Criterion:
    if evidence.accuracy is None or not evidence.count:
        return _missing("accuracy", "accuracy on the sealed holdout", policy.target)
    value, target = evidence.accuracy, policy.target
    if value >= target - ROUNDING:
        return Criterion("accuracy", Outcome.PASS, value, target, f"{_percent(value)} meets {_percent(target)}")
    short = f"{_percent(value)} is {100 * (target - value):.2f} points below the target {_percent(target)}"
    near = value >= target - policy.near_margin - ROUNDING
    return Criterion("accuracy", Outcome.NEAR if near else Outcome.FAIL, value, target, short)


def _baseline(evidence: Evidence) -> Criterion:
    if evidence.accuracy is None or evidence.baseline_accuracy is None:
        return _missing("baseline", "the simple baseline", evidence.baseline_accuracy)
    holds = evidence.accuracy >= evidence.baseline_accuracy - ROUNDING
    reason = f"{_percent(evidence.accuracy)} against {_percent(evidence.baseline_accuracy)} of the simple baseline"
    return _judge("baseline", holds, evidence.accuracy, evidence.baseline_accuracy, reason)


def _champion(evidence: Evidence, policy: Policy) -> Criterion:
    champion = evidence.champion
    if champion is None:
        return Criterion("champion", Outcome.PASS, evidence.accuracy, None, "no champion yet, first version to serve")
    if champion.same_artifact:
        reason = f"version {champion.version} is the champion already"
        return Criterion("champion", Outcome.PASS, evidence.accuracy, champion.accuracy, reason)
    if evidence.accuracy is None:
        return _missing("champion", f"the difference to champion {champion.version}", champion.accuracy)
    if champion.accuracy is None:
        reason = f"champion {champion.version} cannot be measured ({champion.problem or 'no reason given'})"
        return Criterion("champion", Outcome.PASS, evidence.accuracy, None, reason)
    gain = evidence.accuracy - champion.accuracy
    holds = gain >= -policy.better_margin - ROUNDING or _champion_misses(champion, policy)
    return _judge("champion", holds, evidence.accuracy, champion.accuracy, _comparison(champion, gain, policy))


def _comparison(champion: ChampionEvidence, gain: float, policy: Policy) -> str:
    margin = f"{100 * policy.better_margin:g} points"
    if gain > policy.better_margin + ROUNDING:
        relation = f"better by more than {margin}"
    elif gain >= -policy.better_margin - ROUNDING:
        relation = f"within {margin}: non-inferior"
    else:
        relation = f"worse by more than {margin}"
    tested = "not tested" if champion.p_value is None else f"p = {champion.p_value:.3g}"
    return (
        f"{100 * gain:+.2f} points against champion {champion.version} ({_percent(champion.accuracy or 0.0)}), "
        f"{relation}; McNemar {champion.only_challenger_right}:{champion.only_champion_right}, {tested}"
    )


def _champion_misses(champion: ChampionEvidence, policy: Policy) -> bool:
    return champion.accuracy is None or champion.accuracy < policy.target - ROUNDING


def _slices(evidence: Evidence, policy: Policy) -> Criterion:
    limit = policy.target - policy.slice_max_drop
    if evidence.slices is None:
        return _missing("worst slice", "accuracy by slice", limit)
    lowest = worst_slice(evidence.slices, policy.slice_min_count)
    if lowest is None:
        reason = f"no slice holds {policy.slice_min_count} entries; {len(evidence.slices)} shown, none judged"
        return Criterion("worst slice", Outcome.PASS, None, limit, reason)
    reason = f"{lowest.in_words}, bar {_percent(limit)}"
    return _judge("worst slice", lowest.accuracy >= limit - ROUNDING, lowest.accuracy, limit, reason)


def _calibration(evidence: Evidence, policy: Policy) -> Criterion:
    value, limit = evidence.calibration_error, policy.max_calibration_error
    if value is None:
        return _missing("calibration", "the calibration error", limit)
    return _judge("calibration", value <= limit + ROUNDING, value, limit, f"error {value:.4f}, at most {limit:g}")


def _parity(evidence: Evidence) -> Criterion:
    value, limit = evidence.parity_max_abs_diff, evidence.parity_tolerance
    if value is None or limit is None:
        return _missing("export parity", "the difference of the exported to the trained model", limit)
    return _judge("export parity", value <= limit, value, limit, f"difference {value:.3g}, at most {limit:.3g}")


def _serveability(evidence: Evidence) -> Criterion:
    if evidence.serveable is None:
        return _missing("serve-ability", "whether the service loads and answers")
    if not evidence.serveable:
        return Criterion(
            "serve-ability", Outcome.FAIL, 0.0, None, evidence.serve_problem or "the service does not answer"
        )
    return Criterion("serve-ability", Outcome.PASS, 1.0, None, "the real service loads it and answers")


def _inference(evidence: Evidence, policy: Policy) -> Criterion:
    value, limit, size = evidence.inference_p95_ms, policy.inference_p95_ms, evidence.inference_questions
    asked = "a question" if size == 1 else f"a batch of {size}"
    if value is None:
        return _missing("inference", f"p95 of the model alone on {asked}", limit)
    reason = f"p95 {value:.2f} ms {asked} on one thread, at most {limit:g} ms"
    return _judge("inference", value <= limit, value, limit, reason)


def _latency(evidence: Evidence, policy: Policy) -> Criterion:
    value, limit = evidence.p95_ms, policy.p95_ms
    if value is None:
        return _missing("latency", "p95 latency in the real service", limit)
    return _judge("latency", value <= limit, value, limit, f"p95 {value:.1f} ms, at most {limit:g} ms")


def _decision(evidence: Evidence, policy: Policy) -> Decision:
    champion = evidence.champion
    if champion is None:
        return Decision.BOOTSTRAP
    if champion.same_artifact:
        return Decision.UNCHANGED
    if _champion_misses(champion, policy):
        return Decision.DEPLOY
    gain = (evidence.accuracy or 0.0) - (champion.accuracy or 0.0)
    return Decision.DEPLOY if gain > policy.better_margin + ROUNDING else Decision.KEEP_CHAMPION


def _percent(ratio: float) -> str:
    return f"{100 * ratio:.2f} %"
