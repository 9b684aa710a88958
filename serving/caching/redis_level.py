"""The second level: answers in Redis, shared by workers and hosts. It never raises; whatever goes wrong is a miss."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serving.breaker import CircuitBreaker
from serving.caching.counters import Counters, Event
from serving.caching.sealing import SEAL_BYTES, Opened, Seal
from serving.redis_clients import async_client, thread_client

if TYPE_CHECKING:
    import redis
    import redis.asyncio

log = logging.getLogger("sdai.serving")


@dataclass(frozen=True, slots=True)
class RedisPlace:
    """Where answers lie and how long one may try.

    ``url`` is ``redis://``, ``rediss://`` or ``unix://``; ``prefix`` begins every name; answers longer than
    ``max_bytes`` are neither written nor read. A call is given up after ``timeout_s``; one from a thread may take it
    once for the connection and once for each reply.
    """

    url: str
    prefix: str
    timeout_s: float
    max_bytes: int


class RedisLevel:
    """Answers by name, in one Redis.

    Parameters
    ----------
    place : which Redis, and the bounds of a call.
    breaker : decides when a failing Redis is left alone.
    seal : what a value must carry to be believed.
    counters : told of errors and bad values.
    clock : Unix time in seconds.
    """

    def __init__(
        self,
        place: RedisPlace,
        *,
        breaker: CircuitBreaker,
        seal: Seal,
        counters: Counters,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._place = place
        self._breaker = breaker
        self._seal = seal
        self._counters = counters
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_loop: redis.asyncio.Redis | None = None
        self._in_threads: redis.Redis = thread_client(place.url, place.timeout_s)

    @property
    def is_open(self) -> bool:
        """Whether Redis is left alone for now."""
        return self._breaker.is_open

    async def get(self, key: str) -> Opened | None:
        """Return the answer of a key that is good and not over, from the event loop."""
        if not self._may_try():
            return None
        name = self._name(key)
        try:
            async with asyncio.timeout(self._place.timeout_s):
                value = await self._async_client().getrange(name, 0, SEAL_BYTES + self._place.max_bytes)
        except Exception as error:  # noqa: BLE001  (process edge: a cache that fails is a cache that has nothing)
            self._failed(error)
            return None
        return self._opened(name, value)

    def get_blocking(self, key: str) -> Opened | None:
        """Return the answer of a key that is good and not over, from a thread."""
        if not self._may_try():
            return None
        name = self._name(key)
        try:
            value = self._in_threads.getrange(name, 0, SEAL_BYTES + self._place.max_bytes)
        except Exception as error:  # noqa: BLE001  (as above)
            self._failed(error)
            return None
        return self._opened(name, value)

    async def put(self, key: str, answer: bytes, ttl_s: float) -> None:
        """Keep an answer for ``ttl_s``, from the event loop."""
        if len(answer) > self._place.max_bytes or not self._may_try():
            return
        name = self._name(key)
        value = self._seal.close(name, answer, self._clock() + ttl_s)
        try:
            async with asyncio.timeout(self._place.timeout_s):
                await self._async_client().set(name, value, px=max(1, round(ttl_s * 1_000)))
        except Exception as error:  # noqa: BLE001  (as above)
            self._failed(error)
            return
        self._breaker.succeeded()

    def put_blocking(self, key: str, answer: bytes, ttl_s: float) -> None:
        """Keep an answer for ``ttl_s``, from a thread."""
        if len(answer) > self._place.max_bytes or not self._may_try():
            return
        name = self._name(key)
        value = self._seal.close(name, answer, self._clock() + ttl_s)
        try:
            self._in_threads.set(name, value, px=max(1, round(ttl_s * 1_000)))
        except Exception as error:  # noqa: BLE001  (as above)
            self._failed(error)
            return
        self._breaker.succeeded()

    async def close(self) -> None:
        """Close all connections."""
        if self._on_loop is not None and self._loop is asyncio.get_running_loop():
            await self._on_loop.aclose(close_connection_pool=True)
        self._on_loop = None
        self._in_threads.close()
        self._in_threads.connection_pool.disconnect()

    def _name(self, key: str) -> str:
        return f"{self._place.prefix}:{key}"

    def _async_client(self) -> "redis.asyncio.Redis":
        loop = asyncio.get_running_loop()
        if self._on_loop is None or self._loop is not loop:  # connections belong to the loop that made them
            self._loop, self._on_loop = loop, async_client(self._place.url, self._place.timeout_s)
        return self._on_loop

    def _may_try(self) -> bool:
        if self._breaker.allows():
            return True
        self._counters.count(Event.REDIS_SKIPPED)
        return False

    def _failed(self, error: Exception) -> None:
        self._counters.count(Event.REDIS_ERROR)
        if self._breaker.failed():
            # repr: the text of an error from outside may hold line ends
            log.warning("cache: Redis failed, going on without: %r", f"{type(error).__name__}: {error}")

    def _opened(self, name: str, value: object) -> Opened | None:
        self._breaker.succeeded()
        if not value:
            return None
        opened = self._seal.open(name, value, self._place.max_bytes) if isinstance(value, bytes) else None
        if opened is None:
            self._counters.count(Event.REDIS_BAD_VALUE)
            return None
        return opened if opened.expires_at > self._clock() else None
