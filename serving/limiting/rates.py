"""How often a client may ask: a rate a client and route family, counted in the process, or in Redis for all workers.

The window slides: the count of the window before is weighed by how much of it still lies within the last period
(`limits`, strategy sliding-window-counter). That takes two numbers a client, where an exact window takes a time stamp a
request. It supposes that requests came evenly: a client that bursts at the end of a window may get up to twice the rate
over the period that follows, once.

In the process each worker enforces its share, the rate divided by the number of workers and rounded up. A client whose
connections all end at one worker is held to that share.
"""

import ipaddress
import math
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

import limits

from serving.limiting.counts import WindowCounts
from serving.limiting.shared_rates import SharedRates
from serving.limiting.windows import Window


class RouteFamily(StrEnum):
    """Routes that share a rate."""

    JSON = "json"
    UPLOAD = "upload"
    UNAUTHENTICATED = "unauthenticated"
    """Not a route: failed authentications, by address."""


class RateDecision(NamedTuple):
    """Whether a request may go on.

    ``limit`` requests a period are allowed where this was counted and ``remaining`` of them are left. Where none is
    left, one more is free after ``reset_s`` seconds; else that is when the period ends.
    """

    allowed: bool
    limit: int
    remaining: int
    reset_s: float

    @property
    def retry_after_s(self) -> int:
        """Whole seconds to wait, for ``Retry-After``: 0 where allowed, else at least 1."""
        return 0 if self.allowed else math.floor(self.reset_s) + 1

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return ``RateLimit-Limit``, ``-Remaining`` and ``-Reset``, and ``Retry-After`` where refused, for ASGI."""
        headers = [
            (b"ratelimit-limit", b"%d" % self.limit),
            (b"ratelimit-remaining", b"%d" % self.remaining),
            (b"ratelimit-reset", b"%d" % math.ceil(self.reset_s)),
        ]
        if not self.allowed:
            headers.append((b"retry-after", b"%d" % self.retry_after_s))
        return headers


def client_network(address: str) -> str:
    """Return what stands for the client of an address: IPv4 itself, of IPv6 its /64, which one subscriber holds whole.

    Anything else is returned as it is.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))


class RateLimiter:
    """Rates of all route families.

    Parameters
    ----------
    rates : ``"3000/second"`` a family; one that is not named is not limited.
    workers : processes that share the load.
    shared : counts in Redis; where it cannot tell, the process's own count decides.
    shared_families : families that are counted there.
    clock : Unix time in seconds, of the counts in the process.
    """

    def __init__(
        self,
        rates: Mapping[RouteFamily, str],
        workers: int = 1,
        shared: SharedRates | None = None,
        shared_families: frozenset[RouteFamily] = frozenset(),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._whole = {family: limits.parse(rate) for family, rate in rates.items()}
        self._own = {family: _share(item, workers) for family, item in self._whole.items()}
        self._counts = WindowCounts(clock)
        self._shared = shared
        self._shared_families = shared_families if shared is not None else frozenset()
        self.refused = dict.fromkeys(RouteFamily, 0)

    async def hit(self, family: RouteFamily, client: str, cost: int = 1) -> RateDecision:
        """Count a request of a client, ``cost`` for one that stands for as many, and say whether it may go on.

        A refused request is not counted. One that costs more than the limit is always refused.
        """
        if self._shared is not None and family in self._shared_families:
            item = self._whole[family]
            counted = await self._shared.hit(item, family, client, cost)
            if counted is not None:
                allowed, window = counted
                return self._decision(family, item, window, cost, allowed=allowed)
        return self.hit_here(family, client, cost)

    async def test(self, family: RouteFamily, client: str) -> RateDecision:
        """Say whether a request could go on, and count nothing."""
        if self._shared is not None and family in self._shared_families:
            item = self._whole[family]
            window = await self._shared.window(item, family, client)
            if window is not None:
                return self._decision(family, item, window, 1, allowed=window.has_room(item.amount, 1))
        return self.test_here(family, client)

    def hit_here(self, family: RouteFamily, client: str, cost: int = 1) -> RateDecision:
        """As `hit`, by the count of this process alone."""
        item = self._own.get(family)
        if item is None:
            return _UNLIMITED
        allowed, window = self._counts.hit((family, client), item.amount, item.get_expiry(), cost)
        return self._decision(family, item, window, cost, allowed=allowed)

    def test_here(self, family: RouteFamily, client: str) -> RateDecision:
        """As `test`, by the count of this process alone."""
        item = self._own.get(family)
        if item is None:
            return _UNLIMITED
        window = self._counts.window((family, client), item.get_expiry())
        return self._decision(family, item, window, 1, allowed=window.has_room(item.amount, 1))

    def _decision(
        self, family: RouteFamily, item: limits.RateLimitItem, window: Window, cost: int, *, allowed: bool
    ) -> RateDecision:
        remaining = window.remaining(item.amount)
        if allowed:
            return RateDecision(True, item.amount, remaining, window.wait_s(item.amount, 1) or window.left_s)
        self.refused[family] += 1
        return RateDecision(False, item.amount, remaining, window.wait_s(item.amount, cost))


_UNLIMITED = RateDecision(True, 1_000_000_000, 1_000_000_000, 0.0)


def _share(item: limits.RateLimitItem, workers: int) -> limits.RateLimitItem:
    return type(item)(math.ceil(item.amount / workers), item.multiples)
