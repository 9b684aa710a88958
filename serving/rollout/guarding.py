"""Has a canary compute so that nobody else waits for it.

A canary that answers quickly is asked where the champion is asked, on the event loop, so that the two are measured
alike. Answers that took long there move it to threads for a while; there it has a deadline, and what would wait too
long behind it is not begun. Whatever a canary does not answer, the champion does.

A thread shares the interpreter with the loop, so that even a quick canary looks slow there while there is much to do.
Hence one answer that the machine held up does not move it.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from serving.caching import AnswerCache, Found, Source
from serving.computing import Computation, Question
from serving.errors import ServingError
from serving.threads import ThreadPool
from serving.together import Together

LONGEST_ON_THE_LOOP_S = 0.05
"""The others can bear such a pause once. The slowest champion takes a tenth of it for a large document."""
RECENT_ANSWERS = 20
MOST_LONG_ANSWERS = 2
"""Of the recent ones. A busy machine holds up any answer now and then; more than these are the canary's doing."""
KEPT_OFF_THE_LOOP_S = 30.0
"""A canary that took longer is asked in threads for this long."""


_Version = tuple[str, str]
"""Problem and version."""


class CanaryDeadlineError(ServingError):
    """A canary did not answer in time."""


class CanaryBusyError(ServingError):
    """A canary has more to do than it gets done."""


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """Seconds for a question and for one about a whole model; questions that may wait for threads at a time."""

    deadline_s: float
    slow_deadline_s: float
    max_waiting: int


class CanaryGuard:
    """Asks canaries; for the event loop.

    Parameters
    ----------
    cache : answers by version, the canary's too.
    together : where quick canaries compute, as champions do.
    threads : where slow canaries compute, and nobody else.
    limits : of their time.
    clock : seconds that never go back.
    """

    def __init__(
        self,
        cache: AnswerCache,
        together: Together,
        threads: ThreadPool,
        limits: GuardLimits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cache = cache
        self._together = together
        self._threads = threads
        self._limits = limits
        self._clock = clock
        self._off_the_loop: dict[_Version, float] = {}
        self._took_long: dict[_Version, deque[bool]] = {}
        self._waiting = 0

    async def ask(self, question: Question, computation: Computation) -> Found:
        """Return the answer to a question that should take little time; raises what the canary raises, and own errors.

        Raises
        ------
        CanaryDeadlineError, CanaryBusyError
            It takes too long for those who wait.
        LateError
            The question has waited too long for its turn, which no canary is to blame for.
        """
        version = question.problem, question.served.version
        if self._clock() < self._off_the_loop.get(version, 0.0):
            return await self._in_threads(question, computation, self._limits.deadline_s)
        found = await self._cache.get_or_compute(question.key, partial(self._together.compute, computation))
        if found.source is Source.COMPUTED:
            self._watch(version, computation)
        return found

    def _watch(self, version: _Version, computation: Computation) -> None:
        """Keep a canary off the loop that holds it up. Raises `CanaryDeadlineError` where its answer came too late."""
        is_late = computation.elapsed_s > self._limits.deadline_s
        recent = self._took_long.setdefault(version, deque(maxlen=RECENT_ANSWERS))
        recent.append(computation.elapsed_s / computation.asked_together > LONGEST_ON_THE_LOOP_S)
        if is_late or sum(recent) > MOST_LONG_ANSWERS:
            self._off_the_loop[version] = self._clock() + KEPT_OFF_THE_LOOP_S
            recent.clear()
        if is_late:
            raise CanaryDeadlineError(f"no answer within {self._limits.deadline_s:g} s")

    async def ask_elsewhere(self, question: Question, computation: Computation) -> Found:
        """Return the answer to a question about a whole model, as `ask`."""
        return await self._in_threads(question, computation, self._limits.slow_deadline_s)

    async def _in_threads(self, question: Question, computation: Computation, deadline_s: float) -> Found:
        if self._waiting >= self._limits.max_waiting:
            raise CanaryBusyError(f"{self._waiting} questions wait for it")

        async def compute() -> bytes:
            self._waiting += 1
            try:
                return await self._threads.run(computation)
            finally:
                self._waiting -= 1

        try:
            async with asyncio.timeout(deadline_s):
                return await self._cache.get_or_await(question.key, compute)
        except TimeoutError as error:
            raise CanaryDeadlineError(f"no answer within {deadline_s:g} s") from error
