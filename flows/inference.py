"""Timing the model's own part of an answer: from a question to a proposal, one thread, no HTTP and no proof.

What a request takes as a whole is measured in the real service (`flows.serveability`). This figure says how much of
that is the model, and is the one to look at when an architecture or an encoding is changed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from flows.errors import FlowError
from serving.predictors.contract import Predictor
from structural.tables import Table, row_count, take

QUESTIONS_A_CALL = {"clash_detector": 256}
"""A model of a building has many pairs, so the clash detector is asked by the batch; every other model by the one."""
ROUNDS = 5
CALLS_A_ROUND = 200
BATCH_CALLS_A_ROUND = 20
"""A 95th percentile of fewer calls would be the slowest but one at best."""
WARM_UP_CALLS = 10
SITTINGS = 4
PAUSE_S = 5.0
_SCHEDULER = Path("/proc/thread-self/schedstat")


@dataclass(frozen=True, slots=True)
class InferenceTiming:
    """How long one call of `propose` takes, ms: median and 95th percentile of the quietest of ``rounds`` rounds.

    ``questions`` asked in one call, ``calls`` a round. ``cpu_share`` is processor time over the time of all calls:
    1 is one busy thread, clearly more would mean that the answer took several.
    """

    questions: int
    calls: int
    rounds: int
    p50_ms: float
    p95_ms: float
    cpu_share: float


def core_wait_s() -> float:
    """Return the seconds that this thread has been ready to run and had no core; 0 where Linux does not tell."""
    try:
        return int(_SCHEDULER.read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds that only grow: elapsed, without a core while ready to run, and worked by the whole process."""

    elapsed_s: Callable[[], float] = time.perf_counter
    core_wait_s: Callable[[], float] = core_wait_s
    process_s: Callable[[], float] = time.process_time


def time_inference(
    problem: str, predictor: Predictor, questions: Table, *, first: int = 0, clocks: Clocks | None = None
) -> InferenceTiming:
    """Time ``predictor.propose`` on questions of this problem, none asked twice while there are enough of them.

    ``first`` is the row of the first question.

    The time in which neighbours on the machine held the core is not the model's and is taken off each call. What they
    do to caches and clock rates slows a round and never speeds one up, so the round with the lowest p95 counts. Raises
    `FlowError` when there is no question.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    if row_count(questions) == 0:
        raise FlowError(f"{problem}: there is no question to time the model with; give at least one")
    clocks = clocks or Clocks()
    size = QUESTIONS_A_CALL.get(problem, 1)
    calls = CALLS_A_ROUND if size == 1 else BATCH_CALLS_A_ROUND
    asked = _Asked(questions, size, first)
    with threadpool_limits(limits=1):  # of NumPy's linear algebra; the predictors' own sessions have one thread
        for _ in range(WARM_UP_CALLS):
            predictor.propose(asked.next())
        cpu_s = clocks.process_s()
        rounds = np.array([[_call_ms(predictor, asked.next(), clocks) for _ in range(calls)] for _ in range(ROUNDS)])
        cpu_share = 1_000 * (clocks.process_s() - cpu_s) / rounds.sum()
    figures = np.percentile(rounds, [50, 95], axis=1)
    quietest = int(np.argmin(figures[1]))
    p50_ms, p95_ms = (float(value) for value in figures[:, quietest])
    return InferenceTiming(size, calls, ROUNDS, p50_ms, p95_ms, float(cpu_share))


def timed_until_quiet(
    sit: Callable[[int], InferenceTiming], limit_ms: float, pause: Callable[[float], None] = time.sleep
) -> InferenceTiming:
    """Return the quietest of up to `SITTINGS` sittings, of which further ones are held while p95 is above the limit.

    A busy neighbour may slow a machine by half for a minute, which is longer than the rounds of one sitting last.
    ``sit`` times the model in the sitting of a number from 0 on, with questions that were not asked before; ``rounds``
    of what is returned are those of all sittings.
    """
    best = sit(0)
    for number in range(1, SITTINGS):
        if best.p95_ms <= limit_ms:
            break
        pause(PAUSE_S)
        again = sit(number)
        quietest = min(best, again, key=lambda timing: timing.p95_ms)
        best = replace(quietest, rounds=best.rounds + again.rounds)
    return best


class _Asked:
    """Hands out questions in order, ``size`` at a time, and begins again when they run out."""

    def __init__(self, questions: Table, size: int, first: int) -> None:
        self._questions, self._size, self._count, self._at = questions, size, row_count(questions), first

    def next(self) -> Table:
        rows = np.arange(self._at, self._at + self._size) % self._count
        self._at += self._size
        return take(self._questions, rows)


def _call_ms(predictor: Predictor, questions: Table, clocks: Clocks) -> float:
    waited_s, started_s = clocks.core_wait_s(), clocks.elapsed_s()
    predictor.propose(questions)
    elapsed_s = clocks.elapsed_s() - started_s  # before the other clock, whose reading takes long
    return 1_000 * max(elapsed_s - (clocks.core_wait_s() - waited_s), 0.0)
