"""The limits of one worker, made from their settings."""

import time
from collections.abc import Callable

from configs.limits_settings import LimitsSettings
from serving.breaker import CircuitBreaker
from serving.limiting.overload import DelayPolicy, LoopDelay
from serving.limiting.rates import RateLimiter, RouteFamily
from serving.limiting.shared_rates import SharedRates


def open_rate_limiter(settings: LimitsSettings, workers: int, clock: Callable[[], float] = time.time) -> RateLimiter:
    """Return the rates of one of ``workers`` processes; nothing is connected before the first use."""
    rates = {
        RouteFamily.JSON: settings.json_rate,
        RouteFamily.UPLOAD: settings.upload_rate,
        RouteFamily.UNAUTHENTICATED: settings.unauthenticated_rate,
    }
    shared = None
    if settings.redis_url is not None:
        breaker = CircuitBreaker(settings.breaker_failures, settings.breaker_open_s)
        shared = SharedRates(settings.redis_url, settings.redis_prefix, settings.redis_timeout_s, breaker)
    families = frozenset(RouteFamily(family) for family in settings.redis_families)
    return RateLimiter(rates, workers, shared, families, clock)


def open_loop_delay(settings: LimitsSettings) -> LoopDelay:
    """Return what refuses requests that waited too long in one process; it watches once it is started."""
    return LoopDelay(DelayPolicy(settings.max_wait_s, settings.standing_wait_s, settings.standing_patience_s))
