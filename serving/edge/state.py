"""What the edge works with. The framework builds the edge when the module is imported, its parts when a worker starts.

Until a worker has filled the state, the edge answers 503 to everything but the question whether the process lives.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from serving.auth import Authoriser
from serving.auth.routes import ROUTES
from serving.edge.once import OnceOnly
from serving.http_problems import Exchange
from serving.limiting import InFlight, LoopDelay, RateLimiter
from serving.questions import model_of_routes
from serving.telemetry import RouteTable, Telemetry

Ask = Callable[[Exchange], Awaitable[bytes]]
"""Takes an exchange whose body was read, gives the JSON of its answer or refuses."""
TEMPLATES: tuple[str, ...] = tuple(dict.fromkeys(route.path for route in ROUTES))


def route_table() -> RouteTable:
    """Return the routes by which requests are counted: those that authorisation knows."""
    return RouteTable(model_of_routes(TEMPLATES))


@dataclass(frozen=True, slots=True)
class EdgeParts:
    """The parts of one worker. ``questions`` are answered by the edge itself: path of a POST to what answers it."""

    authoriser: Authoriser
    telemetry: Telemetry
    rates: RateLimiter
    in_flight: InFlight
    delay: LoopDelay
    once: OnceOnly
    routes: RouteTable = field(default_factory=route_table)
    questions: Mapping[str, Ask] = field(default_factory=dict)


@dataclass(slots=True)
class EdgeState:
    """Holds the parts once there are any."""

    parts: EdgeParts | None = None
