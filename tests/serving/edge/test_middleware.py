"""The edge middleware: limits, ids, deadlines, and no exception that leaves a client hanging."""

import asyncio
import dataclasses
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from configs.auth_settings import Scope
from configs.limits_settings import LimitsSettings
from serving.auth import Authoriser
from serving.auth.authoriser import Anyone, ByToken
from serving.auth.routes import Access, Route, RouteTable
from serving.breaker import CircuitBreaker
from serving.edge import Edge, EdgeLimits, EdgeParts, EdgeState
from serving.edge.once import OnceOnly
from serving.http_problems import Exchange, Problem, refuse
from serving.idempotency import Idempotency, MemoryIdempotencyStore
from serving.limiting import InFlight, LoopDelay, RateLimiter, RouteFamily, open_rate_limiter
from serving.limiting.overload import DelayPolicy
from serving.telemetry import NoTracing, ServiceMetrics, TaskPrice, Telemetry
from serving.telemetry import RouteTable as Templates
from serving.threads import ThreadPool
from tests.serving.auth.issuer import NOW_S, ListedSource, jwk, key_set, reader_of, ring_of, token
from tests.serving.running import Lines

POST_HEADERS = [(b"content-type", b"application/json")]
PATH = "/api/v1/x"
LINES = Lines()


class Logs:
    """Logs whose access lines are kept."""

    def __init__(self, access: Lines) -> None:
        self.access = access


PATIENT = DelayPolicy(60.0, 60.0, 60.0)


def parts(lines: Lines, path: str = PATH, policy: DelayPolicy = PATIENT) -> EdgeParts:
    """Return parts that let everybody on this machine ask the one route."""
    from prometheus_client import CollectorRegistry

    lines.clear()
    routes = Templates({path: ""})
    metrics = ServiceMetrics(routes=routes, price=TaskPrice(1.0, 1.0), registry=CollectorRegistry())
    telemetry = Telemetry(metrics, Logs(lines), NoTracing(), None)  # type: ignore[arg-type]
    authoriser = Authoriser(RouteTable([Route("POST", path, Access.PUBLIC)]), Anyone())
    rules = Idempotency(MemoryIdempotencyStore(), lambda: datetime.now(UTC))
    once = OnceOnly(rules, ThreadPool("test", 1), 10, CircuitBreaker(3, 60))
    return EdgeParts(authoriser, telemetry, RateLimiter({}), InFlight(1), LoopDelay(policy), once, routes)


def exchange(
    app: Any,
    *,
    headers: Any = POST_HEADERS,
    body: bytes = b"{}",
    messages: Any = None,
    receive: Any = None,
    started: bool = True,
    **limits: Any,
):
    """Run one POST through the middleware and return status, headers and decoded body; None for no answer."""
    sent: list[dict[str, Any]] = []
    incoming = iter(messages or [{"type": "http.request", "body": body, "more_body": False}])

    async def next_message() -> dict[str, Any]:
        return next(incoming)

    async def send(message: Any) -> None:
        sent.append(dict(message))

    scope = {"type": "http", "method": "POST", "path": PATH, "headers": headers, "server": ("127.0.0.1", 1)}
    state = EdgeState(parts(LINES)) if started else EdgeState()
    edge = Edge(
        app,
        limits=EdgeLimits(
            **{"max_body_bytes": 100, "max_upload_bytes": 200, "timeout_s": 5.0, "upload_timeout_s": 5.0, **limits}
        ),
        state=state,
    )
    asyncio.run(edge(scope, receive or next_message, send))
    if not sent:
        return None
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), json.loads(content or b"null")


async def answers_ok(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b'{"ok": true}'})


async def breaks(scope: Any, receive: Any, send: Any) -> None:
    raise KeyError("secret")


async def sleeps(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.sleep(10)


def test_a_good_answer_passes_and_carries_the_callers_request_id():
    status, headers, body = exchange(answers_ok, headers=[*POST_HEADERS, (b"x-request-id", b"caller-1")])
    assert (status, body) == (200, {"ok": True})
    assert headers[b"x-request-id"] == b"caller-1"


@pytest.mark.parametrize("given", [b"", b"a b", b"x" * 200, b"\xff"], ids=["none", "space", "long", "binary"])
def test_an_unusable_request_id_is_replaced(given):
    _, headers, _ = exchange(answers_ok, headers=[*POST_HEADERS, (b"x-request-id", given)])
    assert headers[b"x-request-id"] != given
    assert len(headers[b"x-request-id"]) == 32


def test_another_media_type_is_refused_with_415():
    status, headers, body = exchange(answers_ok, headers=[(b"content-type", b"multipart/form-data; boundary=x")])
    assert status == body["status"] == 415
    assert headers[b"content-type"] == b"application/problem+json"


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "streamed"])
def test_a_body_over_the_limit_is_refused_with_413(declared):
    headers = [*POST_HEADERS, (b"content-length", b"101")] if declared else POST_HEADERS
    status, _, body = exchange(answers_ok, headers=headers, body=b"x" * 101)
    assert status == 413
    assert "100 bytes" in body["detail"]


def test_an_empty_body_is_refused_before_the_framework_is_asked():
    status, _, body = exchange(breaks, body=b"")
    assert (status, body["detail"]) == (400, "The body is empty; send a JSON object.")


def test_the_framework_reads_the_body_as_it_was_sent_and_then_the_connection():
    seen: list[dict[str, Any]] = []

    async def reads(scope: Any, receive: Any, send: Any) -> None:
        seen.extend([await receive(), await receive()])
        await answers_ok(scope, receive, send)

    parts = [
        {"type": "http.request", "body": b'{"a"', "more_body": True},
        {"type": "http.request", "body": b": 1}", "more_body": False},
        {"type": "http.disconnect"},
        {"type": "http.disconnect"},
    ]
    status, _, _ = exchange(reads, messages=parts)
    assert status == 200
    assert [seen[0]["body"], seen[1]["type"]] == [b'{"a": 1}', "http.disconnect"]


def test_a_client_that_goes_away_mid_body_is_not_answered():
    parts = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    assert exchange(breaks, messages=parts) is None


def test_a_middleware_that_raises_is_answered_at_once_with_500_and_no_detail():
    status, _, body = exchange(breaks)
    assert status == 500
    assert "secret" not in json.dumps(body)


def test_a_slow_answer_is_cut_with_504_and_retry_after():
    status, headers, _ = exchange(sleeps, timeout_s=0.01)
    assert status == 504
    assert b"retry-after" in headers
    assert [(line.status, line.route) for line in LINES] == [(504, PATH)]


def test_a_body_that_does_not_arrive_in_time_is_the_clients_fault():
    async def never() -> Any:
        await asyncio.sleep(10)

    status, _, body = exchange(breaks, receive=never, timeout_s=0.01)
    assert (status, body["detail"]) == (408, "The body did not arrive within 0.01 s.")


def test_a_client_that_left_is_counted_as_499():
    parts = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    exchange(breaks, messages=parts)
    assert [line.status for line in LINES] == [499]


def test_before_a_worker_has_started_everything_is_503():
    status, headers, body = exchange(breaks, started=False)
    assert (status, body["detail"]) == (503, "The service is starting.")
    assert headers[b"retry-after"] == b"1"


def test_a_websocket_is_closed_and_never_reaches_the_application():
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    edge = Edge(breaks, limits=EdgeLimits(1, 1, 1.0, 1.0), state=EdgeState(parts(LINES)))
    asyncio.run(edge({"type": "websocket", "path": PATH, "headers": []}, send, send))  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.close", "code": 1008}]


def upload(app: Any, *, headers: Any, messages: Any, upload_timeout_s: float = 5.0) -> Any:
    """Run one upload through the middleware; return status and body."""
    sent: list[Any] = []
    incoming = iter(messages)

    async def receive() -> Any:
        return next(incoming)

    async def send(message: Any) -> None:
        sent.append(dict(message))

    path = "/api/v1/models/ifc"
    state = EdgeState(parts(LINES, path))
    edge = Edge(app, limits=EdgeLimits(10, 100, timeout_s=0.05, upload_timeout_s=upload_timeout_s), state=state)
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers, "server": ("127.0.0.1", 1)}
    asyncio.run(edge(scope, receive, send))
    return sent[0]["status"], json.loads(sent[1]["body"] or b"null")


UPLOAD = [(b"content-type", b"multipart/form-data; boundary=x")]


async def counts_bytes(scope: Any, receive: Any, send: Any) -> None:
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message["body"]), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


def test_an_upload_passes_as_it_comes_up_to_its_own_limit():
    pieces = [{"type": "http.request", "body": b"x" * 50, "more_body": more} for more in (True, False)]
    assert upload(counts_bytes, headers=UPLOAD, messages=pieces) == (200, 100)


def test_an_upload_over_its_limit_is_413_whether_declared_or_not():
    pieces = [{"type": "http.request", "body": b"x" * 60, "more_body": more} for more in (True, False)]
    assert upload(counts_bytes, headers=UPLOAD, messages=pieces)[0] == 413
    assert upload(breaks, headers=[*UPLOAD, (b"content-length", b"101")], messages=[])[0] == 413


def test_an_upload_of_another_media_type_is_415():
    assert upload(breaks, headers=POST_HEADERS, messages=[])[0] == 415


async def takes_its_time(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.sleep(0.15)
    await counts_bytes(scope, receive, send)


def test_an_upload_has_its_own_time_which_is_longer_than_that_of_other_requests():
    pieces = [{"type": "http.request", "body": b"x" * 50, "more_body": False}]
    assert exchange(takes_its_time, timeout_s=0.05)[0] == 504
    assert upload(takes_its_time, headers=UPLOAD, messages=pieces)[0] == 200
    assert upload(takes_its_time, headers=UPLOAD, messages=pieces, upload_timeout_s=0.05)[0] == 504


def test_a_question_is_answered_without_the_framework():
    async def ask(exchange: Exchange) -> bytes:
        return b'{"asked": %b}' % exchange.body

    assert asked_at_the_edge(ask, 1) == [(200, {"asked": {}}, None)]


def test_a_question_that_is_refused_is_a_problem():
    async def ask(exchange: Exchange) -> bytes:
        refuse(Problem(422, "no such beam"))

    assert [(status, body["detail"]) for status, body, _ in asked_at_the_edge(ask, 1)] == [(422, "no such beam")]


def test_what_a_busy_loop_cannot_answer_soon_is_refused_with_503():
    answer_s, longest_wait_s, requests = 0.02, 0.1, 40

    async def ask(exchange: Exchange) -> bytes:
        end_s = time.monotonic() + answer_s
        while time.monotonic() < end_s:
            pass
        return b"{}"

    found = asked_at_the_edge(ask, requests, DelayPolicy(longest_wait_s, 0.03, 60.0))
    answered = [status for status, _, _ in found].count(200)
    assert 1 <= answered <= longest_wait_s / answer_s + 1
    assert [status for status, _, _ in found] == [200] * answered + [503] * (requests - answered)
    assert {retry for status, _, retry in found if status == 503} == {b"1"}
    assert [line.status for line in LINES] == [status for status, _, _ in found]


def asked_at_the_edge(ask: Any, requests: int, policy: DelayPolicy = PATIENT) -> list[tuple[int, Any, bytes | None]]:
    """Return status, content and Retry-After of requests that were read together, with ``ask`` for their question."""

    async def framework(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("the framework was asked")

    async def one(edge: Edge) -> tuple[int, Any, bytes | None]:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"{}", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(dict(message))

        headers = [*POST_HEADERS]
        await edge(
            {"type": "http", "method": "POST", "path": PATH, "headers": headers, "server": ("::1", 1)}, receive, send
        )
        return sent[0]["status"], json.loads(sent[1]["body"]), dict(sent[0]["headers"]).get(b"retry-after")

    async def all_at_once() -> list[tuple[int, Any, bytes | None]]:
        given = dataclasses.replace(parts(LINES, policy=policy), questions={PATH: ask})
        edge = Edge(framework, limits=EdgeLimits(100, 200, 5.0, 5.0), state=EdgeState(given))
        given.delay.start()
        try:
            return await asyncio.gather(*(one(edge) for _ in range(requests)))
        finally:
            given.delay.stop()

    return asyncio.run(all_at_once())


def asked_with_tokens(asked: list[tuple[bytes, str]], rates: RateLimiter) -> list[tuple[int, bytes | None]]:
    """Return status and Retry-After of requests one after another, each with a token and from an address."""

    async def one(edge: Edge, given: bytes, address: str) -> tuple[int, bytes | None]:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"{}", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(dict(message))

        headers = [*POST_HEADERS, (b"authorization", b"Bearer " + given)]
        scope = {"type": "http", "method": "POST", "path": PATH, "headers": headers, "server": ("127.0.0.1", 1)}
        await edge({**scope, "client": (address, 7)}, receive, send)
        return sent[0]["status"], dict(sent[0]["headers"]).get(b"retry-after")

    async def one_after_another() -> list[tuple[int, bytes | None]]:
        reader = reader_of(ring_of(ListedSource(key_set(jwk("key-1")))))
        routes = RouteTable([Route("POST", PATH, Scope.DESIGN_READ)])
        authoriser = Authoriser(routes, ByToken(reader, 1.0), lambda: NOW_S)
        given = dataclasses.replace(parts(LINES), authoriser=authoriser, rates=rates)
        edge = Edge(answers_ok, limits=EdgeLimits(100, 200, 5.0, 5.0), state=EdgeState(given))
        return [await one(edge, *item) for item in asked]

    return asyncio.run(one_after_another())


def test_an_address_that_fails_too_often_is_told_to_wait_and_good_tokens_from_there_are_not():
    rates = RateLimiter({RouteFamily.UNAUTHENTICATED: "2/minute"}, clock=lambda: NOW_S)
    bad, good, short = b"x", token(), token(scope="risk:read")
    asked = [
        *((bad, "203.0.113.7"), (short, "203.0.113.7"), (bad, "203.0.113.7"), (bad, "203.0.113.7")),
        *((good, "203.0.113.7"), (bad, "203.0.113.8")),
        *((bad, "2001:db8::1"), (bad, "2001:db8::2"), (bad, "2001:db8::3"), (bad, "2001:db8:0:1::1")),
    ]
    found = asked_with_tokens(asked, rates)
    assert [status for status, _ in found] == [401, 403, 401, 429, 200, 401, 401, 401, 429, 401]
    assert [retry is not None for _, retry in found] == [status == 429 for status, _ in found]
    assert rates.refused[RouteFamily.UNAUTHENTICATED] == 2


def test_the_shipped_limit_is_sixty_failures_a_minute():
    rates = open_rate_limiter(LimitsSettings(), workers=1, clock=lambda: NOW_S)
    statuses = [status for status, _ in asked_with_tokens([(b"x", "203.0.113.7")] * 61, rates)]
    assert statuses == [401] * 60 + [429]
