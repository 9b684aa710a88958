"""Counts of requests in Redis, for all workers and hosts. It never raises: where it cannot count, it says so."""

import asyncio
import logging
from typing import TYPE_CHECKING, NamedTuple

import limits

from serving.breaker import CircuitBreaker
from serving.limiting.windows import Window

if TYPE_CHECKING:
    from limits.aio.storage import RedisStorage
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
        self._counting: _Counting | None = None
        self.errors = 0

    @property
    def is_open(self) -> bool:
        """Whether Redis is left alone for now."""
        return self._breaker.is_open

    async def hit(self, item: limits.RateLimitItem, family: str, client: str, cost: int) -> tuple[bool, Window] | None:
        """Return whether a request is within the rate, and the window after it; None where Redis cannot tell."""
        if not self._breaker.allows():
            return None
        try:
            async with asyncio.timeout(self._timeout_s):
                allowed = await self._on_this_loop().strategy.hit(item, family, client, cost=cost)
                window = await self._window(item, family, client)
        except Exception as error:  # noqa: BLE001  (process edge: a limit that cannot be counted must not refuse)
            self._failed(error)
            return None
        self._breaker.succeeded()
        return allowed, window

    async def window(self, item: limits.RateLimitItem, family: str, client: str) -> Window | None:
        """Return the window of a client without counting; None where Redis cannot tell."""
        if not self._breaker.allows():
            return None
        try:
            async with asyncio.timeout(self._timeout_s):
                window = await self._window(item, family, client)
        except Exception as error:  # noqa: BLE001  (as above)
            self._failed(error)
            return None
        self._breaker.succeeded()
        return window

    async def _window(self, item: limits.RateLimitItem, family: str, client: str) -> Window:
        period_s = item.get_expiry()
        key = item.key_for(family, client)
        return Window(period_s, *await self._on_this_loop().storage.get_sliding_window(key, period_s))

    def _failed(self, error: Exception) -> None:
        self.errors += 1
        if self._breaker.failed():
            # repr: the text of an error from outside may hold line ends
            log.warning("rates: Redis failed, counting in the process: %r", f"{type(error).__name__}: {error}")

    def _on_this_loop(self) -> "_Counting":
        loop = asyncio.get_running_loop()
        if self._counting is None or self._loop is not loop:  # connections belong to the loop that made them
            self._loop, self._counting = loop, _counting(self._url, self._prefix, self._timeout_s)
        return self._counting


class _Counting(NamedTuple):
    storage: "RedisStorage"
    strategy: "SlidingWindowCounterRateLimiter"


def _counting(url: str, prefix: str, timeout_s: float) -> _Counting:
    from limits.aio.storage import RedisStorage
    from limits.aio.strategies import SlidingWindowCounterRateLimiter

    from serving.redis_clients import async_client

    storage = RedisStorage(
        f"async+{url}",
        implementation="redispy",
        key_prefix=prefix,
        connection_pool=async_client(url, timeout_s).connection_pool,  # type: ignore[arg-type]  # as documented there
    )
    return _Counting(storage, SlidingWindowCounterRateLimiter(storage))
