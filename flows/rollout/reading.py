"""Reads the evidence on one rollout from the database, look by look; what is past and settled is read once."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy.engine import Engine

from configs.rollout_settings import Metric
from flows.rollout.agreement import differs
from flows.rollout.evidence import (
    LONGEST_BLOCK_S,
    Agreement,
    Evidence,
    Rate,
    Recent,
    Tally,
    Watched,
    agreement_of,
    close_blocks,
    rate_of,
    watch,
)
from flows.rollout.policy import QUANTILES, Policy, read_policy
from flows.rollout.sequential import Comparison, start_comparison
from serving.rollout.routing import Arm
from serving.store.ledger import read_champion
from serving.store.readings import (
    AccuracyCount,
    OutcomeCount,
    Window,
    count_accuracy,
    count_outcomes,
    latencies_ms,
    mirrored_pairs,
    nth_answer_at,
)
from serving.store.rollouts import (
    WHOLE_WEIGHT,
    EventKind,
    Rollout,
    RolloutEvent,
    RolloutKind,
    RolloutState,
    list_events,
)

SPAN_S = 5
LAG_S = 2.0
"""Records take about a second to reach the database; spans that ended less than this ago are not tested yet."""
SETTLED_S = 120.0
"""Records of longer ago are not read again, but for one whole look before a step is left."""
REFERENCE_ANSWERS = 100
"""Answers of the champion that its quantiles are taken from, at least."""
REFERENCE_AGE_S = 86_400.0
MOST_PAIRS = 2_000
MOST_LATENCIES = 2_000
FIGURES_EVERY_S = 30.0
CANARY, MIRRORED = frozenset({Arm.CANARY}), frozenset({Arm.CANARY, Arm.SHADOW})


class _Test:
    """The tests of one metric, after the blocks that are settled."""

    def __init__(self, policy: Policy, metric: Metric, candidates: frozenset[Arm]) -> None:
        margin = policy.margins[metric]
        self.metric = metric
        self._candidates = candidates
        self._settled: Comparison = start_comparison(margin.tolerated, margin.unacceptable)
        self._until: datetime | None = None

    def rate(self, tallies: Sequence[Tally], now: datetime, span_s: int) -> Rate:
        """Return the rate as of now; blocks that are old enough are counted in for good."""
        fresh = [tally for tally in tallies if self._until is None or tally.start >= self._until]
        settled = close_blocks(fresh, self._candidates, now - timedelta(seconds=SETTLED_S), span_s)
        if settled.until is not None:
            self._settled, self._until = self._settled.after(settled.arms), settled.until
            fresh = [tally for tally in fresh if tally.start >= settled.until]
        rest = close_blocks(fresh, self._candidates, now - timedelta(seconds=LAG_S), span_s)
        return rate_of(self.metric, self._settled.after(rest.arms))

    def needs_from(self, now: datetime) -> datetime:
        """Return from when on spans may still count: older ones do already, or lie too far back for any block."""
        too_far = now - timedelta(seconds=SETTLED_S + LONGEST_BLOCK_S)
        return too_far if self._until is None else max(self._until, too_far)


class EvidenceReader:
    """Reads the evidence on one rollout. Not shared: it remembers what it has read. A new one reads everything anew.

    Parameters
    ----------
    engine : the project's database.
    rollout : the rollout; it may move on, its versions and its policy do not.
    span_s : length of the spans that both arms are compared in.
    """

    def __init__(self, engine: Engine, rollout: Rollout, span_s: int = SPAN_S) -> None:
        self._engine = engine
        self._policy = read_policy(rollout.policy)
        self._since = rollout.created_at
        self._window = Window(
            rollout.model, rollout.champion_version, rollout.candidate_version, rollout.created_at, rollout.created_at
        )
        self._span_s = span_s
        self._outcomes: dict[tuple[datetime, Arm], OutcomeCount] = {}
        self._labels: dict[tuple[datetime, Arm], AccuracyCount] = {}
        self._read_until: datetime | None = None
        self._forgotten: tuple[datetime, Counter[Arm]] | None = None
        self._limits: tuple[datetime, list[dict[Arm, float]]] | None = None
        self._differs: list[bool] = []
        self._paired_until = self._since
        self._figures: tuple[datetime, dict[str, float | None]] | None = None
        self._tests = {
            metric: _Test(self._policy, metric, CANARY if metric in QUANTILES else MIRRORED)
            for metric in self._policy.compared
        }
        # Mirrored answers know no deadline and no queue: where they are many, they hide what only clients meet.
        has_errors = Metric.ERROR_RATE in self._tests
        self._of_clients = _Test(self._policy, Metric.ERROR_RATE, CANARY) if has_errors else None

    def read(self, rollout: Rollout, now: datetime, watched_s: float) -> Evidence:
        """Return the evidence as of now. Raises SQLAlchemy's errors while the database cannot be asked."""
        events = list_events(self._engine, rollout.id, {EventKind.STEP, EventKind.FAULT})
        steps = [event for event in events if event.kind is EventKind.STEP]
        self._set_limits(_first_start(steps, self._policy.first_compared), now)
        if self._forgotten is not None and self._forgotten[0] != rollout.step_started_at:
            self._read_until = None
        self._refresh(now)
        paused_s = (now - rollout.paused_at).total_seconds() if rollout.paused_at else 0.0
        requests = self._requests(rollout.step_started_at)
        # What clients ask counts for a step; what is mirrored counts where no client asks the candidate.
        candidates = MIRRORED if rollout.state is RolloutState.SHADOW else CANARY
        rates = self._rates(now)
        of_clients = self._rate_of(self._of_clients, now) if self._of_clients else None
        watched = self._watched(rollout, steps, rates, now)
        self._forget(rollout.step_started_at, _whole_since(steps), now)
        return Evidence(
            elapsed_s=max(0.0, (now - rollout.step_started_at).total_seconds() - paused_s),
            watched_s=watched_s,
            champion_version=self._champion(rollout.model),
            champion_requests=requests[Arm.CHAMPION],
            candidate_requests=sum(requests[arm] for arm in candidates),
            faults=tuple(event.reason for event in events if event.kind is EventKind.FAULT),
            recent=self._recent(now),
            rates=rates,
            of_clients=of_clients,
            watched=watched,
            agreement=self._agreement_now(rollout, now),
            p95_ms=self._figures_now(now),
        )

    def _refresh(self, now: datetime) -> None:
        """Read the spans that are not settled."""
        if self._read_until is None:
            self._forgotten = None
        since = self._since if self._read_until is None else max(self._since, self._read_until)
        window = replace(self._window, since=since, until=now + timedelta(seconds=1))
        limits = self._limits[1] if self._limits else ()
        for outcome in count_outcomes(self._engine, window, limits, self._span_s):
            self._outcomes[outcome.start, outcome.arm] = outcome
        for labels in count_accuracy(self._engine, window, self._span_s):
            self._labels[labels.start, labels.arm] = labels
        settled = now - timedelta(seconds=SETTLED_S)
        self._read_until = datetime.fromtimestamp(settled.timestamp() // self._span_s * self._span_s, now.tzinfo)

    def _forget(self, step_started_at: datetime, whole_since: datetime | None, now: datetime) -> None:
        """Let go of spans that the tests are done with: an A/B of days has more than each look could go through."""
        recent = now - timedelta(seconds=self._policy.gross_fault.window_s)
        needed = [recent, self._read_until or self._since, *([whole_since] if whole_since else [])]
        tests = [*self._tests.values(), *([self._of_clients] if self._of_clients else [])]
        outcomes_from = min([*needed, *(test.needs_from(now) for test in tests if test.metric is not Metric.ACCURACY)])
        labels_from = min([*needed, *(test.needs_from(now) for test in tests if test.metric is Metric.ACCURACY)])
        gone = [self._outcomes.pop(key) for key in list(self._outcomes) if key[0] < outcomes_from]
        if gone:
            before = self._forgotten[1] if self._forgotten else Counter()
            self._forgotten = step_started_at, before + _count(row for row in gone if row.start >= step_started_at)
        self._labels = {key: row for key, row in self._labels.items() if key[0] >= labels_from}

    def _set_limits(self, compared_at: datetime | None, now: datetime) -> None:
        """Take the champion's quantiles from before the comparison, or else from its first answers in it.

        What counts as slow must be known before an answer is timed, or the comparison would not be fair.
        """
        if compared_at is None or self._limits is not None or not self._policy.quantiles:
            return
        before = replace(self._window, since=self._since - timedelta(seconds=REFERENCE_AGE_S), until=compared_at)
        known_at = nth_answer_at(self._engine, replace(before, until=now), Arm.CHAMPION, REFERENCE_ANSWERS)
        if known_at is None:
            return
        until = max(compared_at, known_at + timedelta(microseconds=1))
        times_ms = latencies_ms(self._engine, replace(before, until=until), Arm.CHAMPION, MOST_LATENCIES)
        ordinary_ms = [float(np.quantile(times_ms, QUANTILES[metric])) for metric in self._policy.quantiles]
        self._limits = until, [{Arm.CHAMPION: value, Arm.CANARY: self._slow_ms(value)} for value in ordinary_ms]
        self._read_until = None

    def _slow_ms(self, ordinary_ms: float) -> float:
        """Return above which time an answer of the candidate is slow beside a quantile of the champion's."""
        return max(self._policy.latency_floor_ms, self._policy.latency_ratio * ordinary_ms)

    def _rates(self, now: datetime) -> tuple[Rate, ...]:
        return tuple(self._rate_of(test, now) for test in self._tests.values())

    def _rate_of(self, test: _Test, now: datetime) -> Rate:
        return test.rate(self._tallies(test.metric), now, self._span_s)

    def _tallies(self, metric: Metric) -> list[Tally]:
        if metric is Metric.ACCURACY:
            rows = self._labels.values()
            return [Tally(row.start, row.arm, row.labelled - row.correct, row.labelled) for row in rows]
        outcomes = self._outcomes.values()
        if metric is Metric.ERROR_RATE:
            return [Tally(row.start, row.arm, row.failed, row.answered + row.failed) for row in outcomes]
        if self._limits is None:
            return []
        since, place = self._limits[0], self._policy.quantiles.index(metric)
        return [Tally(row.start, row.arm, row.slow[place], row.timed) for row in outcomes if row.start >= since]

    def _watched(
        self, rollout: Rollout, steps: Sequence[RolloutEvent], rates: Sequence[Rate], now: datetime
    ) -> tuple[Watched, ...]:
        """Test the candidate alone, from when it had all clients."""
        since = _whole_since(steps)
        if since is None or rollout.kind is not RolloutKind.CANARY:
            return ()
        until = now - timedelta(seconds=LAG_S + self._span_s)
        found = []
        for rate in rates:
            if rate.metric not in self._policy.watched:
                continue
            margin = self._policy.margins[rate.metric]
            spans = [
                tally
                for tally in sorted(self._tallies(rate.metric), key=lambda item: item.start)
                if tally.arm is Arm.CANARY and since <= tally.start <= until
            ]
            reference = rate.champion_events, rate.champion_count
            found.append(watch(rate.metric, spans, reference, (margin.tolerated, margin.unacceptable)))
        return tuple(found)

    def _requests(self, since: datetime) -> Counter[Arm]:
        """Count the requests of each arm in whole spans since an instant, which is when the step began."""
        before = self._forgotten[1] if self._forgotten else Counter()
        return before + _count(row for row in self._outcomes.values() if row.start >= since)

    def _recent(self, now: datetime) -> Recent:
        since = now - timedelta(seconds=self._policy.gross_fault.window_s)
        counts = [0, 0, 0, 0]
        for (start, arm), row in self._outcomes.items():
            if start >= since and arm is not Arm.SHADOW:
                offset = 0 if arm is Arm.CHAMPION else 2
                counts[offset] += row.answered + row.failed
                counts[offset + 1] += row.failed
        return Recent(*counts)

    def _agreement_now(self, rollout: Rollout, now: datetime) -> Agreement | None:
        """Compare mirrored answers, the first ones; once the shadow is over, what it showed stays."""
        if Metric.AGREEMENT not in self._policy.metrics:
            return None
        room = MOST_PAIRS - len(self._differs)
        if room > 0 and (rollout.shadow_share > 0 or not self._differs):
            window = replace(self._window, since=self._paired_until, until=now - timedelta(seconds=LAG_S))
            for pair in mirrored_pairs(self._engine, window, room):
                self._paired_until = pair.created_at + timedelta(microseconds=1)
                answer = differs(rollout.model, pair.champion, pair.candidate)
                if answer is not None:
                    self._differs.append(answer)
        return agreement_of(self._differs, self._policy.max_disagreement)

    def _champion(self, model: str) -> str | None:
        with self._engine.connect() as connection:
            champion = read_champion(connection, model)
        return champion.version if champion else None

    def _figures_now(self, now: datetime) -> dict[str, float | None]:
        """Return the p95 of both arms in milliseconds, for people; taken anew every half minute."""
        if self._figures is None or (now - self._figures[0]).total_seconds() >= FIGURES_EVERY_S:
            window = replace(self._window, until=now)
            found: dict[str, float | None] = {}
            for arm in (Arm.CHAMPION, Arm.CANARY):
                times_ms = latencies_ms(self._engine, window, arm, MOST_LATENCIES)
                found[arm.value] = round(float(np.quantile(times_ms, 0.95)), 3) if times_ms else None
            self._figures = (now, found)
        return self._figures[1]


def _count(rows: Iterable[OutcomeCount]) -> Counter[Arm]:
    counts: Counter[Arm] = Counter()
    for row in rows:
        counts[row.arm] += row.answered + row.failed
    return counts


def _whole_since(steps: Sequence[RolloutEvent]) -> datetime | None:
    """Return when the candidate was given every client, None while it was not."""
    return next((event.created_at for event in steps if event.reading.get("weight") == WHOLE_WEIGHT), None)


def _first_start(steps: Sequence[RolloutEvent], step: int) -> datetime | None:
    """Return when a rollout came to a step for the first time."""
    return next((event.created_at for event in steps if event.reading.get("step", -1) >= step), None)
