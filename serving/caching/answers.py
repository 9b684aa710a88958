"""The cache of answers: in-process first, Redis second, and one computation for requests that ask the same at once.

A good answer is kept; an error never is: all who waited for it get it, and the next request computes anew. The client
of a request may go away at any time: the computation goes on for those who wait, and its answer is kept. One that has
not begun when the last of them is gone may be forsaken.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from serving.caching.counters import Counters, Event
from serving.caching.flights import Flight, Flights
from serving.caching.keys import AnswerKey
from serving.caching.memory import TtlCache
from serving.caching.redis_level import RedisLevel
from serving.caching.sealing import Opened

_ENTRY_OVERHEAD_BYTES = 450
"""What Python spends on key, tuple and links of one entry (measured: 445)."""
_OPEN_END = b'"request_id":""}'
Forsake = Callable[[], bool]
"""Says whether nobody waits for an answer any more, upon which its computation is given up."""


class Source(StrEnum):
    """Where an answer came from."""

    MEMORY = "memory"
    REDIS = "redis"
    COMPUTED = "computed"
    JOINED = "joined"
    """Computed for another request at the same time."""


class Found(NamedTuple):
    """A serialised answer and where it came from."""

    answer: bytes
    source: Source


def entry_size(answer: bytes) -> int:
    """Return the bytes of memory that an answer takes in the cache."""
    return len(answer) + _ENTRY_OVERHEAD_BYTES


def with_request_id(answer: bytes, request_id: str) -> bytes:
    """Return a cached answer, kept with an empty ``request_id`` as its last member, with the id of this request.

    ``request_id`` must need no escaping in JSON (``[A-Za-z0-9._:-]``). Raises `ValueError` where the answer does not
    end in an empty ``request_id``.
    """
    if not answer.endswith(_OPEN_END):
        raise ValueError('the answer does not end in "request_id":"": serialise the response model before it is filled')
    return b"".join((answer[:-2], request_id.encode("ascii"), b'"}'))


@dataclass(frozen=True, slots=True)
class AnswerPolicy:
    """What is kept and how long.

    An answer is served again for ``ttl_s``; one longer than ``max_answer_bytes`` is not kept. ``shared_problems`` use
    the second level. A thread waits ``wait_s`` for another's computation, then computes by itself.
    """

    ttl_s: float
    wait_s: float
    max_answer_bytes: int
    shared_problems: frozenset[str] = frozenset()


class AnswerCache:
    """Answers by `AnswerKey`.

    Parameters
    ----------
    memory : the first level.
    shared : the second level, if any.
    policy : what is kept, where and how long.
    counters : told of everything that happens.
    clock : Unix time in seconds.
    """

    def __init__(
        self,
        memory: TtlCache[bytes],
        shared: RedisLevel | None,
        policy: AnswerPolicy,
        counters: Counters,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._memory = memory
        self._shared = shared
        self._shared_problems = policy.shared_problems if shared is not None else frozenset()
        self._policy = policy
        self._counters = counters
        self._clock = clock
        self._flights: Flights[Found] = Flights()
        self._tasks: set[asyncio.Task[None]] = set()

    def shares(self, problem: str) -> bool:
        """Return whether answers to a problem are looked up in the second level too."""
        return problem in self._shared_problems

    def local(self, key: AnswerKey) -> Found | None:
        """Return the answer that this process holds, at once, from anywhere."""
        answer = self._memory.get(key)
        if answer is None:
            return None
        self._counters.count(Event.HIT_MEMORY)
        return Found(answer, Source.MEMORY)

    async def get_or_compute(self, key: AnswerKey, ask: Callable[[], Awaitable[Found]]) -> Found:
        """Return the answer, from the event loop; ``ask`` computes it there for all who ask the same meanwhile.

        Without the second level nothing is waited for between look-up and computation, so this costs no task.
        """
        if found := self.local(key):
            return found
        if key.problem in self._shared_problems:

            async def answer() -> bytes:
                return (await ask()).answer

            return await self.get_or_await(key, answer)
        try:
            found = await ask()
        except Exception:
            self._counters.count(Event.COMPUTE_ERROR)
            raise
        self._counters.count(Event.COALESCED if found.source is Source.JOINED else Event.MISS)
        self._keep(key, found.answer)
        return found

    async def get_or_await(self, key: AnswerKey, compute: Callable[[], Awaitable[bytes]]) -> Found:
        """Return the answer, from the event loop; ``compute`` works elsewhere and is awaited, once for all who ask.

        It runs in a task of its own: a caller that is cancelled (a client that went away) leaves the others theirs.
        """
        return await self.get_or_wait_for(key, lambda _: compute())

    async def get_or_wait_for(self, key: AnswerKey, compute: Callable[[Forsake], Awaitable[bytes]]) -> Found:
        """Return the answer, as `get_or_await`; work that waits for its turn may ask whether it is still wanted.

        ``compute`` whose `Forsake` said true must be cancelled: whoever asks from then on has another computed.
        """
        if found := self.local(key):
            return found
        flight, leads = self._flights.join(key)
        if leads:
            task = asyncio.get_running_loop().create_task(self._lead(key, flight, compute))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._counters.count(Event.COALESCED)
        try:
            found = await asyncio.wrap_future(flight.outcome)
        finally:
            self._flights.leave(flight)
        return found if leads else Found(found.answer, Source.JOINED)

    def get_or_compute_blocking(self, key: AnswerKey, compute: Callable[[], bytes]) -> Found:
        """Return the answer, from a thread; never call this on the event loop."""
        if found := self.local(key):
            return found
        flight, leads = self._flights.join(key)
        if leads:
            return self._lead_blocking(key, flight, compute)
        self._counters.count(Event.COALESCED)
        try:
            return Found(flight.outcome.result(self._policy.wait_s).answer, Source.JOINED)
        except TimeoutError:
            if flight.outcome.done():  # the computation's own error
                raise
        finally:
            self._flights.leave(flight)
        return Found(self._computed_here(key, compute), Source.COMPUTED)

    def stats(self) -> dict[str, int]:
        """Return all counts so far and the present size: ``entries``, ``bytes``, ``in_flight``, ``redis_open``."""
        return {
            **self._counters.stats(),
            "entries": len(self._memory),
            "bytes": self._memory.size_bytes,
            "in_flight": len(self._flights),
            "redis_open": int(self._shared is not None and self._shared.is_open),
        }

    async def close(self) -> None:
        """Stop what is being computed on the event loop and close the second level."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._shared is not None:
            await self._shared.close()

    async def _lead(
        self, key: AnswerKey, flight: Flight[Found], compute: Callable[[Forsake], Awaitable[bytes]]
    ) -> None:
        shared = self._level_of(key)
        try:
            opened = await shared.get(key.text) if shared else None
            found = self._taken(key, opened) if opened else self.local(key)
            if found is None:
                self._counters.count(Event.MISS)
                answer = await compute(partial(self._flights.forsake, key, flight))
                self._keep(key, answer)
                found = Found(answer, Source.COMPUTED)
        except BaseException as error:
            self._counters.count(Event.COMPUTE_ERROR)
            self._flights.fail(key, flight, error)
            if not isinstance(error, Exception):
                raise
            return
        self._flights.land(key, flight, found)
        if shared and found.source is Source.COMPUTED:
            await shared.put(key.text, found.answer, self._policy.ttl_s)

    def _lead_blocking(self, key: AnswerKey, flight: Flight[Found], compute: Callable[[], bytes]) -> Found:
        shared = self._level_of(key)
        try:
            opened = shared.get_blocking(key.text) if shared else None
            found = self._taken(key, opened) if opened else self.local(key)
            if found is None:
                found = Found(self._computed_here(key, compute), Source.COMPUTED)
        except BaseException as error:
            self._flights.fail(key, flight, error)
            raise
        self._flights.land(key, flight, found)
        if shared and found.source is Source.COMPUTED:
            shared.put_blocking(key.text, found.answer, self._policy.ttl_s)
        return found

    def _computed_here(self, key: AnswerKey, compute: Callable[[], bytes]) -> bytes:
        self._counters.count(Event.MISS)
        try:
            answer = compute()
        except Exception:
            self._counters.count(Event.COMPUTE_ERROR)
            raise
        self._keep(key, answer)
        return answer

    def _level_of(self, key: AnswerKey) -> RedisLevel | None:
        return self._shared if self.shares(key.problem) else None

    def _taken(self, key: AnswerKey, opened: Opened) -> Found:
        """Keep in memory what Redis had, for the rest of its time."""
        self._counters.count(Event.HIT_REDIS)
        self._keep(key, opened.answer, opened.expires_at - self._clock())
        return Found(opened.answer, Source.REDIS)

    def _keep(self, key: AnswerKey, answer: bytes, ttl_s: float | None = None) -> None:
        if len(answer) <= self._policy.max_answer_bytes:
            self._memory.put(key, answer, ttl_s)
