"""Counts of requests in Redis, for all workers and hosts. It never raises: where it cannot count, it says so."""

import asyncio
import logging
from typing import TYPE_CHECKING

import limits
from limits.util import WindowStats

from serving.breaker import CircuitBreaker

if TYPE_CHECKING:
    from limits.aio.strategies import SlidingWindowCounterRateLimiter

log = logging.getLogger("sdai.serving")


class SharedRates:
    """The sliding window of `limits` in one Redis, for one event loop.

    Parameters
    ----------
    url : ``redis://``, ``rediss://`` or ``unix://``.
    prefix : begins every key.
    timeout_s : a count is given up after this.
    breaker : decides when a failing Redis is left alone.
    """

    def __init__(self, url: str, prefix: str, timeout_s: float, breaker: CircuitBreaker) -> None:
        self._url = url
        self._prefix = prefix
        self._timeout_s = timeout_s
        self._breaker = breaker
        self._loop: asyncio.AbstractEventLoop | None = None
        self._strategy: SlidingWindowCounterRateLimiter | None = None
        self.errors = 0

    @property
    def is_open(self) -> bool:
        """Whether Redis is left alone for now."""
        return self._breaker.is_open

    async def hit(
        self, item: limits.RateLimitItem, family: str, client: str, cost: int
    ) -> tuple[bool, WindowStats] | None:
        """Return whether a request is within the rate, and the window after it; None where Redis cannot tell."""
        if not self._breaker.allows():
            return None
        try:
            async with asyncio.timeout(self._timeout_s):
                strategy = self._on_this_loop()
                allowed = await strategy.hit(item, family, client, cost=cost)
                stats = await strategy.get_window_stats(item, family, client)
        except Exception as error:  # noqa: BLE001  (process edge: a limit that cannot be counted must not refuse)
            self._failed(error)
            return None
        self._breaker.succeeded()
        return allowed, stats

    async def stats(self, item: limits.RateLimitItem, family: str, client: str) -> WindowStats | None:
        """Return the window of a client without counting; None where Redis cannot tell."""
        if not self._breaker.allows():
            return None
        try:
            async with asyncio.timeout(self._timeout_s):
                stats = await self._on_this_loop().get_window_stats(item, family, client)
        except Exception as error:  # noqa: BLE001  (as above)
            self._failed(error)
            return None
        self._breaker.succeeded()
        return stats

    def _failed(self, error: Exception) -> None:
        self._breaker.failed()
        self.errors += 1
        # repr: the text of an error from outside may hold line ends
        log.warning("rates: Redis failed, counting in the process: %r", f"{type(error).__name__}: {error}")

    def _on_this_loop(self) -> "SlidingWindowCounterRateLimiter":
        from limits.aio.storage import RedisStorage
        from limits.aio.strategies import SlidingWindowCounterRateLimiter

        from serving.redis_clients import async_client

        loop = asyncio.get_running_loop()
        if self._strategy is None or self._loop is not loop:  # connections belong to the loop that made them
            pool = async_client(self._url, self._timeout_s).connection_pool
            storage = RedisStorage(
                f"async+{self._url}",
                implementation="redispy",
                key_prefix=self._prefix,
                connection_pool=pool,  # type: ignore[arg-type]  # documented, though not in the annotation
            )
            self._loop, self._strategy = loop, SlidingWindowCounterRateLimiter(storage)
        return self._strategy
