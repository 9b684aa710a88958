"""What an A/B came to: the effect on each figure, its interval, and a test. Pure.

Clients are divided, not requests, and one client's requests resemble one another. So each difference has two intervals:
Newcombe's hybrid score interval (Statistics in Medicine 17, 1998, 873-890, method 10), which takes requests for
independent and is exact enough for few, and one by resampling whole clients (cluster bootstrap; Cameron, Gelbach and
Miller, Review of Economics and Statistics 90, 2008, 414-427), which does not. Fisher's exact test goes with the first.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from pydantic import TypeAdapter
from scipy.stats import fisher_exact

from serving.rollout.routing import Arm
from serving.store.readings import ClientCount

CONFIDENCE = 0.95
RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Effect:
    """One rate of both arms, candidate minus champion; intervals are of the difference, at 95 %.

    ``p_value`` is Fisher's, two-sided. Everything is None where an arm has no count.
    """

    name: str
    champion_events: int
    champion_count: int
    candidate_events: int
    candidate_count: int
    difference: float | None
    interval: tuple[float, float] | None
    client_interval: tuple[float, float] | None
    p_value: float | None


@dataclass(frozen=True, slots=True)
class LatencyEffect:
    """95th percentiles in milliseconds of answers not from a cache, their ratio, and its bootstrap interval at 95 %."""

    champion_p95_ms: float | None
    candidate_p95_ms: float | None
    ratio: float | None
    interval: tuple[float, float] | None

    def told(self) -> str:
        """Return it in words."""
        if self.ratio is None or self.interval is None:
            return "p95 of computed answers: not measured in both arms"
        low, high = self.interval
        return (
            f"p95 of computed answers: {self.candidate_p95_ms:.2f} ms, of the champion {self.champion_p95_ms:.2f} ms, "
            f"ratio {self.ratio:.2f} [{low:.2f}, {high:.2f}]"
        )


@dataclass(frozen=True, slots=True)
class AbReport:
    """The report of an A/B; ``clients`` by arm."""

    clients: Mapping[str, int]
    effects: tuple[Effect, ...]
    latency: LatencyEffect

    def to_json(self) -> dict[str, Any]:
        """Return plain Python values."""
        return asdict(self)


_REPORT = TypeAdapter(AbReport)


def read_report(values: Mapping[str, Any]) -> AbReport:
    """Return a report from what `AbReport.to_json` made, JSON's lists for tuples included."""
    return _REPORT.validate_python(values)


def make_report(counts: Sequence[ClientCount], times_ms: Mapping[Arm, Sequence[float]], seed: int) -> AbReport:
    """Return the report on counts by client and arm and on times of answers; ``seed`` fixes the resampling."""
    rng = np.random.default_rng(seed)
    failed = [(row.arm, row.failed, row.requests) for row in counts]
    wrong = [(row.arm, row.labelled - row.correct, row.labelled) for row in counts if row.labelled]
    clients = {arm.value: sum(row.arm is arm for row in counts) for arm in (Arm.CHAMPION, Arm.CANARY)}
    effects = (_effect("failed", failed, rng), _effect("wrong", wrong, rng))
    return AbReport(clients, effects, _latency(times_ms, rng))


def newcombe_interval(champion: tuple[int, int], candidate: tuple[int, int]) -> tuple[float, float]:
    """Return the interval of candidate rate minus champion rate, each given as (events, count), count > 0."""
    rate_b, rate_c = champion[0] / champion[1], candidate[0] / candidate[1]
    low_b, high_b = wilson(*champion)
    low_c, high_c = wilson(*candidate)
    difference = rate_c - rate_b
    below = math.hypot(rate_c - low_c, high_b - rate_b)
    above = math.hypot(high_c - rate_c, rate_b - low_b)
    return difference - below, difference + above


def wilson(events: int, count: int) -> tuple[float, float]:
    """Return Wilson's score interval of a rate."""
    z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
    rate, scale = events / count, 1 + z * z / count
    centre = (rate + z * z / (2 * count)) / scale
    half = z * math.sqrt(rate * (1 - rate) / count + z * z / (4 * count * count)) / scale
    return centre - half, centre + half


def _effect(name: str, rows: Sequence[tuple[Arm, int, int]], rng: np.random.Generator) -> Effect:
    champion, candidate = (_by_client(rows, arm) for arm in (Arm.CHAMPION, Arm.CANARY))
    (k_b, n_b), (k_c, n_c) = map(_total, (champion, candidate))
    if not n_b or not n_c:
        return Effect(name, k_b, n_b, k_c, n_c, None, None, None, None)
    table = [[k_c, n_c - k_c], [k_b, n_b - k_b]]
    return Effect(
        name,
        k_b,
        n_b,
        k_c,
        n_c,
        difference=k_c / n_c - k_b / n_b,
        interval=newcombe_interval((k_b, n_b), (k_c, n_c)),
        client_interval=_client_interval(champion, candidate, rng),
        p_value=float(fisher_exact(table).pvalue),
    )


def _by_client(rows: Sequence[tuple[Arm, int, int]], arm: Arm) -> np.ndarray:
    return np.array([(events, count) for of_arm, events, count in rows if of_arm is arm], dtype=np.int64).reshape(-1, 2)


def _total(clients: np.ndarray) -> tuple[int, int]:
    events, count = clients.sum(axis=0)
    return int(events), int(count)


def _client_interval(
    champion: np.ndarray, candidate: np.ndarray, rng: np.random.Generator
) -> tuple[float, float] | None:
    """Return the percentile interval over resampled clients, None where an arm has too few to resample."""
    if min(len(champion), len(candidate)) < 2:
        return None
    return _middle(_resampled_rates(candidate, rng) - _resampled_rates(champion, rng))


def _resampled_rates(clients: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    times = rng.multinomial(len(clients), np.full(len(clients), 1 / len(clients)), size=RESAMPLES)
    events, count = (times @ clients).T
    return np.asarray(events / np.maximum(count, 1))


def _latency(times_ms: Mapping[Arm, Sequence[float]], rng: np.random.Generator) -> LatencyEffect:
    champion, candidate = (np.asarray(times_ms.get(arm, ()), dtype=float) for arm in (Arm.CHAMPION, Arm.CANARY))
    p95_b, p95_c = (float(np.quantile(times, 0.95)) if times.size else None for times in (champion, candidate))
    if not p95_b or p95_c is None:
        return LatencyEffect(p95_b, p95_c, None, None)
    ratios = [_resampled_p95(candidate, rng) / _resampled_p95(champion, rng) for _ in range(RESAMPLES // 4)]
    return LatencyEffect(p95_b, p95_c, p95_c / p95_b, _middle(np.array(ratios)))


def _resampled_p95(times: np.ndarray, rng: np.random.Generator) -> float:
    return float(np.quantile(rng.choice(times, times.size), 0.95))


def _middle(values: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
