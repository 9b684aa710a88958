"""Questions that wait together are answered together: one call of a model for all that ask the same version.

While a worker answers, further requests are read. What then waits goes to each model as one table: its network runs
once, the engine's formulas take arrays, and model and tables are fetched into a core's caches once. The more a worker
has to do, the less an answer costs; with little to do nobody waits for others to come.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from serving.caching import Found, Source
from serving.computing import Computation, compute_together
from serving.errors import ServingError
from serving.limiting import LoopDelay

MOST = 16
"""Questions that a model is given at once. Beyond this there is little to gain, and whoever came first would wait."""


class LateError(ServingError):
    """A question has waited so long that its answer would come too late."""


class _Waiter(NamedTuple):
    computation: Computation
    turn: "asyncio.Future[Found]"
    since_s: float


_Same = list[_Waiter]
"""Who asks the same question; the first asked first."""


class Together:
    """Computes answers on one event loop, what waits at the same time together. Not thread-safe.

    Versions take turns, the one that was waited for longest first, and between two turns the loop reads what has come
    meanwhile. So nobody waits for more than one call of each other version.

    Parameters
    ----------
    delay : says which questions have waited too long for their turn.
    most : questions that a model is given at once.
    """

    def __init__(self, delay: LoopDelay, most: int = MOST) -> None:
        self._delay = delay
        self._most = most
        self._waiting: dict[object, dict[object, _Same]] = {}

    async def compute(self, computation: Computation) -> Found:
        """Return the packed answer; who asks what is being asked joins. Raises what the model raises.

        Raises
        ------
        LateError
            The question has waited too long.
        """
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._answer_next, loop)
        waiter = _Waiter(computation, loop.create_future(), self._delay.now_s())
        question = computation.question
        by_key = self._waiting.setdefault((question.problem, question.served.version), {})
        by_key.setdefault(question.key, []).append(waiter)
        with computation.span():
            return await waiter.turn

    def _answer_next(self, loop: asyncio.AbstractEventLoop) -> None:
        version = next(iter(self._waiting))
        by_key = self._waiting.pop(version)
        keys = list(by_key)
        part = [by_key.pop(key) for key in keys[: self._most]]
        if by_key:
            self._waiting[version] = by_key  # behind the others
        try:
            _answer(self._in_time(part))
        finally:
            if self._waiting:
                loop.call_soon(self._answer_next, loop)

    def _in_time(self, part: Sequence[_Same]) -> list[_Same]:
        """Return what is still waited for and not too late; those that are late are told."""
        kept = []
        for same in part:
            present = [waiter for waiter in same if not waiter.turn.done()]  # a request may have been given up
            if present and self._delay.may_begin(present[0].since_s):
                kept.append(present)
            else:
                _tell(present, LateError("the question has waited too long for its turn"))
        return kept


def _answer(part: Sequence[_Same]) -> None:
    """Compute what each of these questions asks, once for all who ask it."""
    if not part:
        return
    outcomes = compute_together([same[0].computation for same in part])
    for same, outcome in zip(part, outcomes, strict=True):
        if isinstance(outcome, Exception):
            _tell(same, outcome)
            continue
        for place, waiter in enumerate(same):
            waiter.turn.set_result(Found(outcome, Source.JOINED if place else Source.COMPUTED))


def _tell(same: _Same, error: Exception) -> None:
    for waiter in same:
        waiter.turn.set_exception(error)
