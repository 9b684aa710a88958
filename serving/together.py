"""Questions that wait together are answered together: one call of a model for all that ask the same version.

While a worker answers, further requests are read. What then waits goes to each model as one table: its network runs
once, the engine's formulas take arrays, and model and tables are fetched into a core's caches once. The more a worker
has to do, the less an answer costs; with little to do nobody waits for others to come.
"""

import asyncio
from collections.abc import Iterator, Sequence
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


class Together:
    """Computes answers on one event loop, what waits at the same time together. Not thread-safe.

    Whoever waits is answered before all that come later than the next round of the loop.

    Parameters
    ----------
    delay : says which questions have waited too long for their turn.
    most : questions that a model is given at once.
    """

    def __init__(self, delay: LoopDelay, most: int = MOST) -> None:
        self._delay = delay
        self._most = most
        self._waiting: dict[object, dict[object, list[_Waiter]]] = {}

    async def compute(self, computation: Computation) -> Found:
        """Return the packed answer; who asks what is being asked joins. Raises what the model raises.

        Raises
        ------
        LateError
            The question has waited too long.
        """
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._answer_all)
        waiter = _Waiter(computation, loop.create_future())
        question = computation.question
        by_key = self._waiting.setdefault((question.problem, question.served.version), {})
        by_key.setdefault(question.key, []).append(waiter)
        with computation.span():
            return await waiter.turn

    def _answer_all(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for by_key in waiting.values():
            asked = [present for same in by_key.values() if (present := _present(same))]
            for part in _parts(asked, self._most):
                if self._delay.may_begin():
                    _answer(part)
                else:
                    _tell_all(part, LateError("the question has waited too long for its turn"))


def _present(same: Sequence[_Waiter]) -> list[_Waiter]:
    """Return who still waits: a request may have been given up."""
    return [waiter for waiter in same if not waiter.turn.done()]


def _parts(asked: Sequence[Sequence[_Waiter]], most: int) -> Iterator[Sequence[Sequence[_Waiter]]]:
    return (asked[start : start + most] for start in range(0, len(asked), most))


def _answer(part: Sequence[Sequence[_Waiter]]) -> None:
    """Compute what each of these questions asks, once for all who ask it."""
    outcomes = compute_together([same[0].computation for same in part])
    for same, outcome in zip(part, outcomes, strict=True):
        if isinstance(outcome, Exception):
            _tell_all([same], outcome)
            continue
        for place, waiter in enumerate(same):
            waiter.turn.set_result(Found(outcome, Source.JOINED if place else Source.COMPUTED))


def _tell_all(part: Sequence[Sequence[_Waiter]], error: Exception) -> None:
    for same in part:
        for waiter in same:
            waiter.turn.set_exception(error)
