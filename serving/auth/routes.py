"""Every route of the service and what it asks of a token. A route that does not stand here is refused."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from configs.auth_settings import Scope


class Access(Enum):
    """What is asked where no scope is."""

    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path; ``{id}`` in the path stands for a segment of letters, digits, ``_`` and ``-``, ``{file}``
    for one that may hold dots further on."""

    method: str
    path: str
    access: Scope | Access


def _question(path: str, scope: Scope) -> tuple[Route, Route]:
    return Route("POST", path, scope), Route("POST", f"{path}/batch", scope)


ROUTES: tuple[Route, ...] = (
    *_question("/api/v1/design/connection", Scope.DESIGN_READ),
    *_question("/api/v1/design/section", Scope.DESIGN_READ),
    *_question("/api/v1/detect/clashes", Scope.CLASH_READ),
    *_question("/api/v1/verify/compliance", Scope.COMPLIANCE_READ),
    *_question("/api/v1/analyze/risk", Scope.RISK_READ),
    Route("POST", "/api/v1/feedback", Scope.FEEDBACK_WRITE),
    # A model of a building is a design that stays with the service; asking about one is not.
    Route("POST", "/api/v1/models/ifc", Scope.DESIGN_WRITE),
    Route("POST", "/api/v1/jobs/clashes", Scope.JOBS_WRITE),
    Route("GET", "/api/v1/jobs/clashes", Scope.CLASH_READ),
    Route("GET", "/api/v1/jobs/clashes/{id}", Scope.CLASH_READ),
    Route("DELETE", "/api/v1/jobs/clashes/{id}", Scope.JOBS_WRITE),
    Route("GET", "/api/v1/jobs/clashes/{id}/bcf", Scope.CLASH_READ),
    Route("GET", "/metrics", Scope.METRICS_READ),
    Route("GET", "/api/v1/health", Access.PUBLIC),
    Route("GET", "/livez", Access.PUBLIC),
    Route("GET", "/readyz", Access.PUBLIC),
    Route("GET", "/healthz", Access.PUBLIC),
    Route("GET", "/docs.json", Access.PUBLIC),
    Route("GET", "/schema.json", Access.PUBLIC),
    Route("GET", "/", Access.PUBLIC),
    Route("GET", "/static_content/{file}", Access.PUBLIC),
)

_SEGMENTS = {"{id}": "[A-Za-z0-9_-]{1,128}", "{file}": "[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}"}


@dataclass(frozen=True, slots=True)
class OtherMethods:
    """The path is declared, but for these methods only."""

    allowed: tuple[str, ...]


class RouteTable:
    """Finds what a request must be allowed.

    Paths and methods match to the letter, as the framework's router is asked with them: a second slash, a slash at the
    end, another case or a dot segment is another path, and another path is not declared. HEAD asks for what GET does.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self._exact: dict[str, dict[str, Scope | Access]] = {}
        patterns: dict[str, dict[str, Scope | Access]] = {}
        for route in routes:
            kept = patterns if "{" in route.path else self._exact
            methods = kept.setdefault(route.path, {})
            if route.method in methods:
                raise ValueError(f"{route.method} {route.path} is declared twice")
            methods[route.method] = route.access
        for methods in (*self._exact.values(), *patterns.values()):
            if "GET" in methods:
                methods.setdefault("HEAD", methods["GET"])
        self._patterns = [(_pattern(path), methods) for path, methods in patterns.items()]

    def find(self, method: str, path: str) -> Scope | Access | OtherMethods | None:
        """Return what a request must be allowed; None where nothing is declared for its path.

        ``path`` is the path that routers see: decoded, without query (``scope["path"]`` of ASGI).
        """
        methods = self._exact.get(path) or self._matching(path)
        if methods is None:
            return None
        return methods.get(method) or OtherMethods(tuple(sorted(methods)))

    def _matching(self, path: str) -> Mapping[str, Scope | Access] | None:
        for pattern, methods in self._patterns:
            if pattern.fullmatch(path):
                return methods
        return None


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[a-z]+\})", path)
    return re.compile("".join(_SEGMENTS[part] if part in _SEGMENTS else re.escape(part) for part in parts))
