"""Limits of the service: requests a client and period, requests at once, time that requests wait."""

from serving.limiting.in_flight import InFlight
from serving.limiting.opening import open_loop_delay, open_rate_limiter
from serving.limiting.overload import LoopDelay
from serving.limiting.rates import RateDecision, RateLimiter, RouteFamily, client_network

__all__ = [
    "InFlight",
    "LoopDelay",
    "RateDecision",
    "RateLimiter",
    "RouteFamily",
    "client_network",
    "open_loop_delay",
    "open_rate_limiter",
]
