"""Handlers outside of BentoML: each kind of exception as the client sees it."""

import asyncio
import json
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from serving.errors import RequestError, ServingError
from serving.http_problems import Exchange, Problem, current_exchange, refuse
from serving.problem_answers import BusyError, InvalidError, answering

SCOPE: dict[str, Any] = {"type": "http", "method": "GET", "path": "/api/v1/x", "headers": [], "query_string": b""}


def answered(error: Exception) -> tuple[Response, dict[str, Any]]:
    async def fail(_: Request) -> Response:
        raise error

    response = asyncio.run(answering(fail)(Request(SCOPE)))  # type: ignore[arg-type]
    return response, json.loads(bytes(response.body))


@pytest.mark.parametrize(
    ("error", "status", "told", "retry_after"),
    [
        (RequestError("no such model", field="model_ifc", status=404), 404, "no such model", None),
        (BusyError("come again", 429, 7), 429, "come again", "7"),
        (InvalidError(Problem(422, "two fields", (("a", "x"), ("b", "y")))), 422, "two fields", None),
        (ClientDisconnect(), 400, "cut off", None),
        (ServingError("secret"), 503, "just now", "5"),
        (ZeroDivisionError("secret"), 500, "failed on this request", None),
    ],
)
def test_every_exception_is_a_problem(error: Exception, status: int, told: str, retry_after: str | None) -> None:
    response, problem = answered(error)
    assert response.status_code == problem["status"] == status
    assert told in problem["detail"]
    assert "secret" not in json.dumps(problem)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers.get("retry-after") == retry_after
    assert problem["instance"] == "/api/v1/x"


def test_fields_are_named() -> None:
    assert answered(RequestError("bad", field="a"))[1]["errors"] == [{"field": "a", "message": "bad"}]
    assert len(answered(InvalidError(Problem(422, "two", (("a", "x"), ("b", "y")))))[1]["errors"]) == 2


def test_what_the_edge_refuses_while_a_body_is_read_stays_as_it_said() -> None:
    async def read(_: Request) -> Response:
        refuse(Problem(413, "too large"))

    exchange = Exchange("r-1")
    token = current_exchange.set(exchange)
    try:
        with pytest.raises(Exception, match="too large"):
            asyncio.run(answering(read)(Request(SCOPE)))  # type: ignore[arg-type]
    finally:
        current_exchange.reset(token)
    assert exchange.problem == Problem(413, "too large")
