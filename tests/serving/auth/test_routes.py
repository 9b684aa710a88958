"""The table of routes: every route of the service stands in it, and tricks with paths and methods find nothing."""

from collections.abc import Iterator
from typing import Any

import pytest

from configs.auth_settings import Scope
from serving.auth.routes import ROUTES, Access, OtherMethods, Route, RouteTable

TABLE = RouteTable(ROUTES)
SECTION = "/api/v1/design/section"


def service_routes() -> Iterator[tuple[str, str]]:
    """Return method and path of every route of the real application, those that the framework adds included."""
    pytest.importorskip("starlette")
    from serving import service

    def walk(routes: Any, prefix: str) -> Iterator[tuple[str, str]]:
        for route in routes:
            methods = getattr(route, "methods", None)
            if methods:
                yield from ((method, prefix + route.path) for method in methods)
            elif getattr(route, "routes", None):
                yield from walk(route.routes, prefix + route.path)
            else:
                yield "GET", f"{prefix}{route.path}/a-file.css"

    return walk(service.Design.to_asgi().app.routes, "")


def test_every_route_of_the_service_is_declared() -> None:
    found = list(service_routes())
    assert ("POST", SECTION) in found
    assert ("GET", "/metrics") in found
    undeclared = [
        (method, path)
        for method, path in found
        if not isinstance(TABLE.find(method, path.replace("{job_id}", "x").replace("{id}", "x")), Scope | Access)
    ]
    assert undeclared == []


@pytest.mark.parametrize(
    "path",
    [
        "",
        "*",
        "//",
        SECTION + "/",
        "/" + SECTION,
        "//api/v1/design/section",
        "/api//v1/design/section",
        "/api/v1/design/./section",
        "/api/v1/design/../design/section",
        "/api/v1/health/../design/section",
        "/api/v1/design/%73ection",
        "/api/v1/design%2fsection",
        "/api/v1/design/section;x=1",
        "/api/v1/design/section?x=1",
        "/api/v1/design/section#x",
        "/api/v1/design/section\x00",
        "/api/v1/design/section\n",
        " /api/v1/design/section",
        "/API/v1/design/section",
        "/api/v1/design/Section",
        "/api/v1/design/ſection",
        "/api/v2/design/section",
        "\\api\\v1\\design\\section",
        "/api/v1/design/section/batch/batch",
        "/api/v1/jobs/clashes/",
        "/api/v1/jobs/clashes/..",
        "/api/v1/jobs/clashes/%2e%2e",
        "/api/v1/jobs/clashes/a/b",
        "/api/v1/jobs/clashes/a\n",
        "/api/v1/jobs/clashes/ä",
        "/api/v1/jobs/clashes/" + "a" * 129,
        "/api/v1/jobs/clashes/{id}",
        "/static_content/../metrics",
        "/static_content/.hidden",
        "/static_content/a/b.css",
        "/static_content/",
        "/metrics/",
        "/Metrics",
        "/livez/x",
    ],
)
def test_another_spelling_of_a_path_is_not_declared(path: str) -> None:
    assert TABLE.find("POST", path) is None
    assert TABLE.find("GET", path) is None


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", "POST ", ""])
def test_another_method_is_not_declared(method: str) -> None:
    assert TABLE.find(method, SECTION) == OtherMethods(("POST",))


def test_head_asks_for_what_get_does() -> None:
    assert TABLE.find("HEAD", "/metrics") is Scope.METRICS_READ
    assert TABLE.find("HEAD", "/api/v1/jobs/clashes/7f-_A") is Scope.CLASH_READ
    assert TABLE.find("HEAD", "/livez") is Access.PUBLIC
    assert TABLE.find("OPTIONS", "/metrics") == OtherMethods(("GET", "HEAD"))


def test_a_route_twice_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="POST /x is declared twice"):
        RouteTable([Route("POST", "/x", Access.PUBLIC), Route("POST", "/x", Scope.RISK_READ)])


def test_a_dot_in_a_path_is_a_dot() -> None:
    assert TABLE.find("GET", "/docs.json") is Access.PUBLIC
    assert TABLE.find("GET", "/docsxjson") is None
    assert RouteTable([Route("GET", "/a.b/{id}", Access.PUBLIC)]).find("GET", "/axb/1") is None
