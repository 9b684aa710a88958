"""How often rollouts take back a version that is as good, and miss one that is worse; and how much traffic that takes.

``python -m benchmarks.simulate_rollouts [--rollouts 1000] [--only "five times"]``. The ladder, the tests and the
decision are the project's own with the shipped settings; only clients and versions are made up: the champion fails
0.1 % of its questions, answers 1 % wrong and takes a lognormal time unless said. A share of the answers is labelled.
``--without latency_p50`` leaves a metric out, which shows what it is good for. Prints Markdown tables. All rollouts of
a kind run side by side, span by span.
"""

import argparse
import math
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import beta
from tqdm import tqdm

from benchmarks.rollout_scenarios import SCENARIOS, Scenario, Version
from configs.rollout_settings import Metric, RolloutSettings
from flows.rollout.ab_report import wilson
from flows.rollout.decision import Action, Position, decide
from flows.rollout.evidence import REFERENCE_CONFIDENCE, Evidence, Rate, Recent
from flows.rollout.policy import QUANTILES, Policy, canary_policy
from flows.rollout.sequential import Arms, Comparison, Floats, excesses, one_arm_log_e, start_comparison

MODEL, CHAMPION = "section_optimizer", "champion"
SPAN_S = 10.0
SEED = 2026
REFERENCE = 2_000
"""Answers that the champion's quantiles are taken from."""


@dataclass
class Outcome:
    """What became of each rollout: seconds, requests of the candidate, answers of it that clients got."""

    promoted: Floats
    seconds: Floats
    bad_s: Floats
    candidate_requests: Floats
    served: Floats
    reasons: Counter[str] = field(default_factory=Counter)


class Rollouts:
    """Many rollouts of one scenario, side by side.

    Parameters
    ----------
    scenario : the candidate and the traffic.
    count : how many.
    label_share : ratio of answers that are labelled.
    policy : the ladder and what is tested.
    rng : chance.
    """

    def __init__(
        self, scenario: Scenario, count: int, label_share: float, policy: Policy, rng: np.random.Generator
    ) -> None:
        self.scenario, self.count, self.label_share, self.rng = scenario, count, label_share, rng
        self.policy = policy
        self.tests = {
            metric: start_comparison(
                self.policy.margins[metric].tolerated, self.policy.margins[metric].unacceptable, (count,)
            )
            for metric in self.policy.compared
        }
        errors = self.policy.margins[Metric.ERROR_RATE]
        self.of_clients = start_comparison(errors.tolerated, errors.unacceptable, (count,))
        self.step = np.zeros(count, dtype=int)
        self.elapsed, self.seconds, self.bad_s = np.zeros(count), np.zeros(count), np.zeros(count)
        self.requests = np.zeros((2, count))
        self.candidate_requests, self.served = np.zeros(count), np.zeros(count)
        self.open = np.ones(count, dtype=bool)
        self.promoted = np.zeros(count, dtype=bool)
        self.reasons: Counter[str] = Counter()
        # The reference quantiles are themselves measured: the true shares above them differ from rollout to rollout.
        bounds = [0.0, *(QUANTILES[metric] for metric in self.policy.quantiles), 1.0]
        between = rng.dirichlet(REFERENCE * np.diff(bounds), count)
        self.slow_champion = [between[:, place:].sum(axis=1) for place in range(1, len(bounds) - 1)]
        self.limits = [scenario.times.limit(above) for above in self.slow_champion]

    def run(self, progress: "tqdm[None]") -> Outcome:
        """Carry all of them to their ends."""
        while np.any(self.open & (self.step <= self.policy.last_compared)):
            self._span()
            progress.update()
        self._at_whole_weight()
        return Outcome(self.promoted, self.seconds, self.bad_s, self.candidate_requests, self.served, self.reasons)

    def _candidate(self) -> tuple[Floats, Floats, list[Floats]]:
        """Return the candidate's ratios of failures, of wrong and (by each quantile) slow answers, a rollout each."""
        good, bad = Version(), self.scenario.candidate
        turns_at = self.scenario.turns_at or 0
        is_bad = self.step >= turns_at
        failed = np.where(is_bad, bad.failed, good.failed)
        wrong = np.where(is_bad, bad.wrong, good.wrong)
        slower, longer = np.where(is_bad, bad.slower, good.slower), np.where(is_bad, bad.longer, good.longer)
        slow = [(self.policy.latency_ratio * limit - longer) / slower for limit in self.limits]
        return failed, wrong, [self.scenario.times.above(limit) for limit in slow]

    def _span(self) -> None:
        """Let a span of time pass for every rollout that compares, then judge."""
        phases = self.policy.phases
        active = self.open & (self.step <= self.policy.last_compared)
        weight = np.array([phases[step].weight for step in np.minimum(self.step, len(phases) - 1)]) / 10_000
        mirrored = np.array([phases[step].shadow_share for step in np.minimum(self.step, len(phases) - 1)])
        total = self.rng.poisson(self.scenario.requests_per_s * SPAN_S, self.count) * active
        canary = self.rng.binomial(total, weight)
        shadow = self.rng.binomial(total - canary, mirrored)
        champion = total - canary
        failed, wrong, slow = self._candidate()
        base = Version()
        asked = canary + shadow
        self._test_errors(champion, base.failed, canary, shadow, failed)
        labels_b, labels_c = (self.rng.binomial(number, self.label_share) for number in (champion, asked))
        self._test(Metric.ACCURACY, labels_b, base.wrong, labels_c, wrong)
        self._test_times(np.where(canary > 0, champion, 0), canary, slow)
        self.requests += np.stack([champion, np.where(weight > 0, canary, shadow)])
        self.candidate_requests += asked
        self.served += canary
        self.elapsed += SPAN_S * active
        self.seconds += SPAN_S * active
        self.bad_s += SPAN_S * (active & (self.step >= max(1, self.scenario.turns_at or 0)))
        self._judge(active)

    def _test(self, metric: Metric, n_b: Floats, rate_b: Floats | float, n_c: Floats, rate_c: Floats) -> None:
        events_b, events_c = self.rng.binomial(n_b, rate_b), self.rng.binomial(n_c, rate_c)
        self.tests[metric] = self.tests[metric].after(_block(events_b, n_b, events_c, n_c))

    def _test_times(self, n_b: Floats, n_c: Floats, slow: list[Floats]) -> None:
        """Test the same answers by each quantile: what is slow by a longer time is so by a shorter one."""
        if not n_c.any():
            return  # as in a service: without a client of the version there is no block
        found = [self._slow_by_each(n_b, self.slow_champion), self._slow_by_each(n_c, slow)]
        for metric, events_b, events_c in zip(self.policy.quantiles, *found, strict=True):
            self.tests[metric] = self.tests[metric].after(_block(events_b, n_b, events_c, n_c))

    def _slow_by_each(self, number: Floats, rates: list[Floats]) -> list[Floats]:
        """Return how many of a number of answers are slow by each quantile, of rates that fall."""
        found, left, rate_before = list[Floats](), number, np.ones(self.count)
        for rate in rates:
            left = self.rng.binomial(left, np.clip(rate / np.maximum(rate_before, 1e-12), 0.0, 1.0))
            found.append(left)
            rate_before = rate
        return found

    def _test_errors(self, champion: Floats, base: float, canary: Floats, shadow: Floats, failed: Floats) -> None:
        """Test errors twice: of everything that the version was asked, and of what clients asked it."""
        events_b = self.rng.binomial(champion, base)
        more = self.scenario.candidate.failed_at_clients
        at_clients = self.rng.binomial(canary, np.minimum(failed + more, 1.0))
        pooled = at_clients + self.rng.binomial(shadow, failed)
        errors = self.tests[Metric.ERROR_RATE]
        self.tests[Metric.ERROR_RATE] = errors.after(_block(events_b, champion, pooled, canary + shadow))
        if not canary.any():
            return
        # Blocks without a client of the version say nothing of it; spans are not put together here.
        has_both = canary > 0
        arms = (np.where(has_both, part, 0) for part in (events_b, champion, at_clients, canary))
        self.of_clients = self.of_clients.after(_block(*arms))

    def _judge(self, active: np.ndarray) -> None:
        """Ask the project's decision wherever it could be anything but "too early"."""
        bar = -math.log(self.policy.alpha)
        harmed = np.any([test.harm_peak >= bar for test in (*self.tests.values(), self.of_clients)], axis=0)
        min_time = np.array(
            [self.policy.phases[step].min_time_s for step in self.step.clip(max=self.policy.last_compared)]
        )
        for index in np.flatnonzero(active & (harmed | (self.elapsed >= min_time))):
            evidence = self._evidence(index)
            verdict = decide(Position(CHAMPION, int(self.step[index])), evidence, self.policy)
            if verdict.action is Action.ADVANCE:
                self.step[index] += 1
                self.elapsed[index] = 0.0
                self.requests[:, index] = 0.0
            elif verdict.action is Action.ROLL_BACK:
                self.open[index] = False
                self.reasons[verdict.reasons[0].cause.value] += 1

    def _evidence(self, index: int) -> Evidence:
        return Evidence(
            elapsed_s=float(self.elapsed[index]),
            watched_s=float(self.seconds[index]),
            champion_version=CHAMPION,
            champion_requests=int(self.requests[0, index]),
            candidate_requests=int(self.requests[1, index]),
            recent=Recent(0, 0, 0, 0),
            rates=tuple(_rate(metric, test, index) for metric, test in self.tests.items()),
            of_clients=_rate(Metric.ERROR_RATE, self.of_clients, index),
        )

    def _at_whole_weight(self) -> None:
        """Run 100 % and the bake, where the candidate is alone: all spans at once."""
        left = np.flatnonzero(self.open)
        phases = self.policy.phases[self.policy.last_compared + 1 :]
        spans = int(sum(phase.min_time_s for phase in phases) / SPAN_S)
        count = self.rng.poisson(self.scenario.requests_per_s * SPAN_S, (left.size, spans)).astype(float)
        failed, wrong, slow = self._candidate()
        alone = {
            Metric.ERROR_RATE: failed,
            Metric.ACCURACY: wrong,
            **dict(zip(self.policy.quantiles, slow, strict=True)),
        }
        labels = self.rng.binomial(count.astype(int), self.label_share).astype(float)
        bar = -math.log(self.policy.alpha)
        first = np.full(left.size, spans)
        for metric in self.policy.watched:
            number, rate = labels if metric is Metric.ACCURACY else count, alone[metric][left, None]
            margin, totals = self.policy.margins[metric], self.tests[metric].totals
            limit = beta.ppf(
                REFERENCE_CONFIDENCE,
                totals.champion_events[left] + 1,
                totals.champion_count[left] - totals.champion_events[left],
            )
            events = self.rng.binomial(number.astype(int), rate).astype(float)
            log_e = one_arm_log_e(events, number, limit + margin.tolerated, excesses(margin.unacceptable))
            crossed = log_e >= bar
            when = np.where(crossed.any(axis=1), crossed.argmax(axis=1), spans)
            self.reasons[f"{metric.value} at 100 %"] += int(np.sum((when < spans) & (when < first)))
            first = np.minimum(first, when)
        self.promoted[left] = first == spans
        seconds = np.minimum(first + 1, spans) * SPAN_S
        self.seconds[left] += seconds
        self.bad_s[left] += seconds
        served = np.cumsum(count, axis=1)[np.arange(left.size), np.minimum(first, spans - 1)]
        self.served[left] += served
        self.candidate_requests[left] += served


def _block(*parts: Floats) -> Arms:
    return Arms(*(np.asarray(part, dtype=float)[:, None] for part in parts))


def _rate(metric: Metric, test: Comparison, index: int) -> Rate:
    totals = test.totals
    numbers = (totals.champion_events, totals.champion_count, totals.candidate_events, totals.candidate_count)
    return Rate(
        metric, *(int(part[index]) for part in numbers), float(test.harm_peak[index]), float(test.safety_peak[index])
    )


def _shown(values: Sequence[float] | Floats, unit: str = "") -> str:
    median, late = np.quantile(np.asarray(values), [0.5, 0.95])
    return f"{median:,.0f}{unit} / {late:,.0f}{unit}"


def _row(scenario: Scenario, outcome: Outcome) -> str:
    back = int(np.sum(~outcome.promoted))
    count = outcome.promoted.size
    low, high = wilson(back, count)
    reasons = ", ".join(f"{name} {number}" for name, number in outcome.reasons.most_common() if number)
    cells = (
        scenario.name,
        f"{back} of {count} ({100 * back / count:.1f} %, {100 * low:.1f} to {100 * high:.1f})",
        reasons or "none",
        _shown(outcome.seconds / 60, " min"),
        _shown(outcome.bad_s, " s") if scenario.candidate != Version() else "",
        _shown(outcome.candidate_requests),
        _shown(outcome.served),
    )
    return "| " + " | ".join(cells) + " |"


HEADS = (
    "version",
    "taken back (95 % interval)",
    "by",
    "lasted, median / p95",
    "from its first bad answer, mirrored ones included, median / p95",
    "questions of the version",
    "of these answered to clients",
)


def main() -> None:
    """Simulate every scenario and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rollouts", type=int, default=1_000)
    parser.add_argument("--label-share", type=float, default=0.5, help="ratio of answers that the engine labels")
    parser.add_argument("--without", type=Metric, action="append", default=[], help="a metric that is left out")
    parser.add_argument("--only", default="", help="scenarios whose name contains this")
    chosen = parser.parse_args()
    labelled = f"{chosen.label_share:.0%} of the answers labelled"
    print(f"\n{chosen.rollouts} rollouts each, spans of {SPAN_S:g} s, {labelled}, seed {SEED}\n")
    policy = canary_policy(settings_without(chosen.without), MODEL)
    print("| " + " | ".join(HEADS) + " |\n|" + "---|" * len(HEADS))
    for scenario in _wanted(chosen.only):
        began = time.perf_counter()
        rollouts = Rollouts(scenario, chosen.rollouts, chosen.label_share, policy, np.random.default_rng(SEED))
        with tqdm(desc=scenario.name, unit=" spans", leave=False) as progress:
            outcome = rollouts.run(progress)
        print(_row(scenario, outcome), flush=True)
        print(f"{scenario.name}: {time.perf_counter() - began:.0f} s", file=sys.stderr)


def settings_without(left_out: Sequence[Metric]) -> RolloutSettings:
    """Return the shipped settings, with some metrics left out."""
    shipped = RolloutSettings()
    kept = {name: tuple(item for item in metrics if item not in left_out) for name, metrics in shipped.metrics.items()}
    return shipped.model_copy(update={"metrics": kept})


def _wanted(part: str) -> Iterator[Scenario]:
    return (scenario for scenario in SCENARIOS if part in scenario.name)


if __name__ == "__main__":
    main()
