"""What the edge works with. The framework builds the edge when the module is imported, its parts when a worker starts.

Until a worker has filled the state, the edge answers 503 to everything but the question whether the process lives.
"""

from dataclasses import dataclass, field

from serving.auth import Authoriser
from serving.auth.routes import ROUTES
from serving.edge.once import OnceOnly
from serving.limiting import InFlight, RateLimiter
from serving.questions import model_of_routes
from serving.telemetry import RouteTable, Telemetry

TEMPLATES: tuple[str, ...] = tuple(dict.fromkeys(route.path for route in ROUTES))


def route_table() -> RouteTable:
    """Return the routes by which requests are counted: those that authorisation knows."""
    return RouteTable(model_of_routes(TEMPLATES))


@dataclass(frozen=True, slots=True)
class EdgeParts:
    """The parts of one worker."""

    authoriser: Authoriser
    telemetry: Telemetry
    rates: RateLimiter
    in_flight: InFlight
    once: OnceOnly
    routes: RouteTable = field(default_factory=route_table)


@dataclass(slots=True)
class EdgeState:
    """Holds the parts once there are any."""

    parts: EdgeParts | None = None
