"""What a request must pass before it is read: its token, the number of requests at once, the client's rate."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from configs.auth_settings import Scope
from serving.auth import Principal, Reason, Refusal
from serving.auth.decision import ANONYMOUS, insufficient_scope
from serving.edge.state import EdgeParts
from serving.http_problems import Exchange, Problem
from serving.limiting import RateDecision, RouteFamily
from serving.limiting.rates import client_network
from serving.rollout.routing import Arm

FORCED_ARMS = {"champion": Arm.CHAMPION, "canary": Arm.CANARY}
SLOW_ROUTES = frozenset({"/api/v1/models/ifc", "/api/v1/jobs/clashes"})
"""Paths where a POST costs minutes of a core or megabytes of disk."""
_NOT_OF_A_TOKEN = frozenset({Reason.NO_ROUTE, Reason.NO_METHOD})


async def admit(parts: EdgeParts, scope: Mapping[str, Any]) -> Principal | Problem:
    """Return who asks, or the problem that turns the request away."""
    admitted = await parts.authoriser.admit(scope)
    if isinstance(admitted, Principal):
        return admitted
    if admitted.reason not in _NOT_OF_A_TOKEN:
        parts.telemetry.metrics.count_auth_refusal(admitted.reason)
    if admitted.status == HTTPStatus.UNAUTHORIZED:
        decision = await parts.rates.hit(RouteFamily.UNAUTHENTICATED, _address(scope))
        if not decision.allowed:
            return _too_many("Too many requests without a valid token came from this address.", decision)
    return _turned_away(admitted)


async def hold_to_rate(parts: EdgeParts, exchange: Exchange) -> Problem | None:
    """Count a request against its client's rate; returns why it may not go on. Public pages are not counted."""
    if exchange.principal is None or exchange.principal is ANONYMOUS:
        return None
    slow = exchange.method == "POST" and exchange.path in SLOW_ROUTES
    decision = await parts.rates.hit(RouteFamily.UPLOAD if slow else RouteFamily.JSON, exchange.client)
    if decision.allowed:
        exchange.headers.extend(decision.headers())
        return None
    parts.telemetry.metrics.count_rate_limited(exchange.route)
    return too_many_requests(decision)


def note_arm(parts: EdgeParts, exchange: Exchange, arm: str) -> Problem | None:
    """Take note of the arm that a client asks to be answered by; returns why it may not."""
    if exchange.principal is None or not exchange.principal.may(Scope.ROLLOUT_OVERRIDE):
        refusal = insufficient_scope(Scope.ROLLOUT_OVERRIDE)
        parts.telemetry.metrics.count_auth_refusal(refusal.reason)
        return _turned_away(refusal)
    exchange.forced_arm = FORCED_ARMS.get(arm)
    if exchange.forced_arm is None:
        return Problem(HTTPStatus.BAD_REQUEST, f"The header X-SDAI-Arm takes {' or '.join(FORCED_ARMS)}.")
    return None


def too_many_requests(decision: RateDecision) -> Problem:
    """Return the problem of a client that asks more often than it may."""
    return _too_many("This client asks more often than it may.", decision)


def busy(retry_after_s: int) -> Problem:
    """Return the problem of a worker that has enough to do."""
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "Too many requests are being answered.", retry_after_s=retry_after_s)


def _too_many(detail: str, decision: RateDecision) -> Problem:
    headers = tuple((name.decode(), value.decode()) for name, value in decision.headers() if name != b"retry-after")
    return Problem(HTTPStatus.TOO_MANY_REQUESTS, detail, (), decision.retry_after_s, headers)


def _turned_away(refusal: Refusal) -> Problem:
    return Problem(refusal.status, refusal.detail, (), refusal.retry_after_s, refusal.headers)


def _address(scope: Mapping[str, Any]) -> str:
    client = scope.get("client")
    return client_network(client[0]) if client else ""
