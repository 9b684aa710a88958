"""Timing the model's own part of an answer: from a question to a proposal, one thread, no HTTP and no proof.

What a request takes as a whole is measured in the real service (`flows.serveability`). This figure says how much of
that is the model, and is the one to look at when an architecture or an encoding is changed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from flows.errors import FlowError
from serving.predictors.contract import Predictor
from structural.tables import Table, row_count, take

QUESTIONS_A_CALL = {"clash_detector": 256}
"""A model of a building has many pairs, so the clash detector is asked by the batch; every other model by the one."""
UNDISTURBED_ROUNDS = 3
MOST_ROUNDS = 24
UNDISTURBED_SHARE = 0.95
"""A round in which the thread had a core for less of its time says more of the neighbours than of the model."""
PAUSE_S = 0.25
"""After a disturbed round, for what disturbs to pass."""
CALLS_A_ROUND = 200
BATCH_CALLS_A_ROUND = 20
"""A 95th percentile of fewer calls would be the slowest but one at best."""
WARM_UP_CALLS = 10


@dataclass(frozen=True, slots=True)
class InferenceTiming:
    """How long one call of `propose` takes, ms: median and 95th percentile of the quietest of ``rounds`` rounds.

    ``questions`` asked in one call, ``calls`` a round. ``cpu_share`` is processor time over elapsed time of the
    quietest round: 1 is one busy thread, clearly more would mean that the answer took several.
    """

    questions: int
    calls: int
    rounds: int
    p50_ms: float
    p95_ms: float
    cpu_share: float


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds: elapsed, processor time of this thread and of the whole process; and how to wait."""

    elapsed_s: Callable[[], float] = time.perf_counter
    thread_s: Callable[[], float] = time.thread_time
    process_s: Callable[[], float] = time.process_time
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class _Round:
    p50_ms: float
    p95_ms: float
    cpu_share: float
    thread_share: float


def time_inference(
    problem: str, predictor: Predictor, questions: Table, *, clocks: Clocks | None = None
) -> InferenceTiming:
    """Time ``predictor.propose`` on questions of this problem, none asked twice while there are enough of them.

    A neighbour on the machine slows a round and never speeds one up, so the round with the lowest p95 counts. Rounds
    are added until `UNDISTURBED_ROUNDS` had a core for themselves, `MOST_ROUNDS` at most. Raises `FlowError` when there
    is no question.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    if row_count(questions) == 0:
        raise FlowError(f"{problem}: there is no question to time the model with; give at least one")
    clocks = clocks or Clocks()
    size = QUESTIONS_A_CALL.get(problem, 1)
    calls = CALLS_A_ROUND if size == 1 else BATCH_CALLS_A_ROUND
    asked = _Asked(questions, size)
    rounds: list[_Round] = []
    undisturbed = 0
    with threadpool_limits(limits=1):  # of NumPy's linear algebra; the predictors' own sessions have one thread
        for _ in range(WARM_UP_CALLS):
            predictor.propose(asked.next())
        while undisturbed < UNDISTURBED_ROUNDS and len(rounds) < MOST_ROUNDS:
            rounds.append(_round(predictor, asked, calls, clocks))
            if rounds[-1].thread_share >= UNDISTURBED_SHARE:
                undisturbed += 1
            else:
                clocks.sleep(PAUSE_S)
    quietest = min(rounds, key=lambda found: found.p95_ms)
    return InferenceTiming(size, calls, len(rounds), quietest.p50_ms, quietest.p95_ms, quietest.cpu_share)


def _round(predictor: Predictor, asked: "_Asked", calls: int, clocks: Clocks) -> _Round:
    began = (clocks.elapsed_s(), clocks.thread_s(), clocks.process_s())
    times_s = []
    for _ in range(calls):
        questions = asked.next()
        started_s = clocks.elapsed_s()
        predictor.propose(questions)
        times_s.append(clocks.elapsed_s() - started_s)
    elapsed_s, thread_s, process_s = (
        now - then for now, then in zip((clocks.elapsed_s(), clocks.thread_s(), clocks.process_s()), began, strict=True)
    )
    p50_ms, p95_ms = (float(value) for value in 1_000 * np.percentile(times_s, [50, 95]))
    return _Round(p50_ms, p95_ms, process_s / elapsed_s, thread_s / elapsed_s)


class _Asked:
    """Hands out questions in order, ``size`` at a time, and begins again when they run out."""

    def __init__(self, questions: Table, size: int) -> None:
        self._questions, self._size, self._count, self._at = questions, size, row_count(questions), 0

    def next(self) -> Table:
        rows = np.arange(self._at, self._at + self._size) % self._count
        self._at += self._size
        return take(self._questions, rows)
