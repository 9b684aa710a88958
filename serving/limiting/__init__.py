"""Limits of the service: requests a client and period, requests at once."""

from serving.limiting.in_flight import InFlight
from serving.limiting.opening import open_rate_limiter
from serving.limiting.rates import RateDecision, RateLimiter, RouteFamily, client_network

__all__ = ["InFlight", "RateDecision", "RateLimiter", "RouteFamily", "client_network", "open_rate_limiter"]
