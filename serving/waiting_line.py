"""A bounded line before threads that are busy for long with each piece of work."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from serving.errors import ServingError
from serving.threads import ThreadPool

R = TypeVar("R")


class CrowdedError(ServingError):
    """So much waits already that one more would wait in vain."""


@dataclass(slots=True, eq=False)
class _Waiter:
    client: str
    turn: "asyncio.Future[None]"
    forsake: Callable[[], bool]


class WaitingLine:
    """Work that waits for threads, on one event loop.

    No client has more than half of the places, and whoever has least at work goes first: one that asks much is not in
    the way of the others. What nobody waits for any more is never begun. Whoever stops waiting for what has begun
    leaves it running, and its thread counts as busy until it ends.

    Parameters
    ----------
    threads : that work; nothing else may use them.
    most_working : how many there are, >= 1.
    most_waiting : places in the line, >= 1.
    """

    def __init__(self, threads: ThreadPool, most_working: int, most_waiting: int) -> None:
        self._threads = threads
        self._most_working = most_working
        self._most_waiting = most_waiting
        self._working: Counter[str] = Counter()
        self._waiting: list[_Waiter] = []

    async def run(self, client: str, function: Callable[[], R], forsake: Callable[[], bool]) -> R:
        """Return what the function returns, called in a thread; the work is the client's.

        ``forsake`` says whether nobody waits for it any more, upon which it is left and the caller cancelled.

        Raises
        ------
        CrowdedError
            There is no place in the line.
        """
        if self._working.total() < self._most_working:
            self._working[client] += 1
        else:
            await self._turn(client, forsake)
        work = asyncio.ensure_future(self._threads.run(function))
        work.add_done_callback(lambda _: self._ended(client))
        return await asyncio.shield(work)

    async def _turn(self, client: str, forsake: Callable[[], bool]) -> None:
        """Wait until a thread is free and this one's turn has come; it is counted as working then."""
        self._waiting = [waiter for waiter in self._waiting if not _is_over(waiter)]
        own = sum(waiter.client == client for waiter in self._waiting)
        if len(self._waiting) >= self._most_waiting or own >= max(1, self._most_waiting // 2):
            raise CrowdedError(f"{len(self._waiting)} pieces of work wait, {own} of them this client's")
        waiter = _Waiter(client, asyncio.get_running_loop().create_future(), forsake)
        self._waiting.append(waiter)
        try:
            await waiter.turn
        except asyncio.CancelledError:
            if not waiter.turn.cancelled():  # its turn has come, and it goes away in the same moment
                self._ended(client)
            raise

    def _ended(self, client: str) -> None:
        self._working[client] -= 1
        if not self._working[client]:
            del self._working[client]
        while self._waiting and self._working.total() < self._most_working:
            waiter = min(self._waiting, key=lambda waiter: self._working[waiter.client])  # of several the first
            self._waiting.remove(waiter)
            if not _is_over(waiter):
                self._working[waiter.client] += 1
                waiter.turn.set_result(None)


def _is_over(waiter: _Waiter) -> bool:
    """Return whether a waiter has gone away or is to go, because nobody waits for its work."""
    if not waiter.turn.done() and waiter.forsake():
        waiter.turn.cancel()
    return waiter.turn.done()
