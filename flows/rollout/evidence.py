"""What a verdict rests on, and how it follows from counts in short spans of time. Pure."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from scipy.stats import beta

from configs.rollout_settings import Metric
from flows.rollout.sequential import Arms, Comparison, Floats, excesses, one_arm_log_e
from serving.rollout.routing import Arm

LONGEST_BLOCK_S = 3_600.0
"""What lies further apart was not at the same time."""
REFERENCE_CONFIDENCE = 0.99
"""Of the upper limit of the champion's rate, which is what a candidate at 100 % is held to."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One metric of both arms: bad events of a count, and the peaks of the log e-values for and against harm."""

    metric: Metric
    champion_events: int
    champion_count: int
    candidate_events: int
    candidate_count: int
    harm_log_e: float
    safety_log_e: float


@dataclass(frozen=True, slots=True)
class Watched:
    """One metric of the candidate alone, at 100 %: against a limit that is the champion's rate of before and a margin.

    ``log_e`` is the peak of the log e-value against "the rate is at most ``limit``".
    """

    metric: Metric
    events: int
    count: int
    limit: float
    log_e: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """Mirrored questions that the candidate answered otherwise, and the log e-value against "no more than allowed"."""

    pairs: int
    differing: int
    log_e: float


@dataclass(frozen=True, slots=True)
class Recent:
    """Requests and failures of the last seconds."""

    champion_count: int
    champion_failed: int
    candidate_count: int
    candidate_failed: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a verdict may rest on.

    ``elapsed_s`` is the time in the phase, without pauses; ``watched_s`` how long somebody has been looking without a
    break, ``champion_version`` the ledger's champion now, ``faults`` what services reported of the candidate. Requests
    are those of the phase; mirrored ones are the candidate's in the shadow, where no client asks it. ``of_clients`` is
    the error rate without mirrored questions, which cannot meet every fault: no deadline holds for them. ``p95_ms`` is
    for people.
    """

    elapsed_s: float
    watched_s: float
    champion_version: str | None
    champion_requests: int = 0
    candidate_requests: int = 0
    faults: tuple[str, ...] = ()
    recent: Recent = Recent(0, 0, 0, 0)
    rates: tuple[Rate, ...] = ()
    of_clients: Rate | None = None
    watched: tuple[Watched, ...] = ()
    agreement: Agreement | None = None
    p95_ms: Mapping[str, float | None] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain Python values; an infinite e-value becomes a very large one."""
        values = asdict(self)
        single = [values[name] for name in ("of_clients", "agreement") if values[name] is not None]
        for row in (*values["rates"], *values["watched"], *single):
            for name, value in row.items():
                if isinstance(value, float):
                    row[name] = round(min(value, 1e6), 6)
        return values | {"elapsed_s": round(self.elapsed_s, 1), "watched_s": round(self.watched_s, 1)}


@dataclass(frozen=True, slots=True)
class Tally:
    """Bad events of a count, of one arm in one span of time."""

    start: datetime
    arm: Arm
    events: int
    count: int


@dataclass(frozen=True, slots=True)
class Blocks:
    """What happened at the same time: arms by block, and when the last whole block ended (None: there is none)."""

    arms: Arms
    until: datetime | None


def close_blocks(tallies: Iterable[Tally], candidates: Collection[Arm], before: datetime, span_s: int) -> Blocks:
    """Put spans together into blocks that hold both arms, from spans that end at or before an instant.

    Where a block ends depends on when there were requests, never on what came of them, which is what the tests need.
    Spans more than `LONGEST_BLOCK_S` older than the end of their block are left out.
    """
    closed: list[Floats] = []
    waiting: list[tuple[datetime, tuple[float, float, float, float]]] = []
    until: datetime | None = None
    for start, (champion, candidate) in _by_span(tallies, candidates).items():
        end = start + timedelta(seconds=span_s)
        if end > before:
            break
        waiting = [item for item in waiting if (start - item[0]).total_seconds() < LONGEST_BLOCK_S]
        waiting.append((start, (*champion, *candidate)))
        total = np.sum([values for _, values in waiting], axis=0)
        if total[1] > 0 and total[3] > 0:
            closed.append(total)
            waiting, until = [], end
    columns = np.array(closed, dtype=np.float64).reshape(-1, 4).T
    return Blocks(Arms(*columns), until)


def _by_span(
    tallies: Iterable[Tally], candidates: Collection[Arm]
) -> dict[datetime, tuple[tuple[float, float], tuple[float, float]]]:
    spans: dict[datetime, list[float]] = {}
    for tally in tallies:
        row = spans.setdefault(tally.start, [0.0] * 4)
        offset = 0 if tally.arm is Arm.CHAMPION else 2
        if offset == 0 or tally.arm in candidates:
            row[offset] += tally.events
            row[offset + 1] += tally.count
    return {start: ((row[0], row[1]), (row[2], row[3])) for start, row in sorted(spans.items())}


def rate_of(metric: Metric, comparison: Comparison) -> Rate:
    """Return what the tests of one rollout say of a metric."""
    totals = comparison.totals
    return Rate(
        metric,
        int(totals.champion_events),
        int(totals.champion_count),
        int(totals.candidate_events),
        int(totals.candidate_count),
        float(comparison.harm_peak),
        float(comparison.safety_peak),
    )


def watch(metric: Metric, tallies: Sequence[Tally], reference: tuple[int, int], margin: tuple[float, float]) -> Watched:
    """Test the candidate's spans at 100 % against the champion's rate of before.

    ``reference`` is the champion's (events, count) while both answered, ``margin`` the excess that is tolerated and the
    one that is unacceptable. The limit is the upper confidence limit of that rate (Clopper and Pearson 1934) plus what
    is tolerated, so chance in the reference does not count against the candidate.
    """
    tolerated, unacceptable = margin
    limit = min(0.95, upper_limit(*reference) + tolerated)
    events = np.array([float(tally.events) for tally in tallies])
    count = np.array([float(tally.count) for tally in tallies])
    log_e = peak(one_arm_log_e(events, count, limit, excesses(unacceptable)))
    return Watched(metric, int(events.sum()), int(count.sum()), limit, log_e)


def agreement_of(differs: Sequence[bool], max_disagreement: float) -> Agreement:
    """Test mirrored questions, in order of time, against the share that may be answered otherwise."""
    events = np.array(differs, dtype=np.float64)
    log_e = peak(one_arm_log_e(events, np.ones_like(events), max_disagreement, excesses(max_disagreement)))
    return Agreement(len(differs), sum(differs), log_e)


def peak(log_e: Floats) -> float:
    """Return the highest log e-value so far, 0 before anything was seen."""
    return float(max(0.0, log_e.max())) if log_e.size else 0.0


def upper_limit(events: int, count: int, confidence: float = REFERENCE_CONFIDENCE) -> float:
    """Return the one-sided upper confidence limit of a rate (Clopper and Pearson 1934), 1 without a count."""
    if count == 0 or events >= count:
        return 1.0
    return float(beta.ppf(confidence, events + 1, count - events))


def in_e(log_e: float) -> str:
    """Return a log e-value as people read it."""
    return f"{math.exp(log_e):.3g}" if log_e < 14 else f"1e{log_e / math.log(10):.0f}"
