"""The middleware: what happens to a request, in order, before and after the framework."""

import asyncio
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from serving.auth import Principal
from serving.auth.decision import ANONYMOUS
from serving.edge.answer import Answer
from serving.edge.asgi import API_PREFIX, App, DisconnectedError, Receive, Scope, Send
from serving.edge.body import UPLOADS, check_content, check_media_type, declared_length, limited, read_body, replay
from serving.edge.gates import admit, busy, hold_to_rate, note_arm
from serving.edge.once import HEADER as KEY_HEADER
from serving.edge.state import EdgeParts, EdgeState
from serving.http_problems import Exchange, Problem, RefusedError, current_exchange, from_framework, new_request_id
from serving.rollout.routing import ARM_HEADER
from serving.telemetry import AccessEntry

REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
ALIVE = "/livez"
KEEPS_ITS_KEYS = frozenset({"/api/v1/jobs/clashes"})
"""Paths whose own records know a key: there the same key finds the same job, however it stands by then."""
CLIENT_LEFT = 499
"""Counted and logged for a client that went away before it was answered (as nginx does); never sent."""
POLICY_VIOLATION = 1008
STARTING = Problem(HTTPStatus.SERVICE_UNAVAILABLE, "The service is starting.", retry_after_s=1)
ENDING = Problem(
    HTTPStatus.SERVICE_UNAVAILABLE, "The service ended before there was an answer; send it again.", retry_after_s=1
)
_TWO_KEYS = Problem(HTTPStatus.BAD_REQUEST, "Send one Idempotency-Key: by which of two an answer is kept is a guess.")
log = logging.getLogger("sdai.serving")


@dataclass(frozen=True, slots=True)
class EdgeLimits:
    """Bodies (or uploads) of more bytes are refused; an answer that takes longer is replaced by 504, or by 408 where it
    was the body that took so long. An upload, which ends by itself, is given up after ``upload_timeout_s``."""

    max_body_bytes: int
    max_upload_bytes: int
    timeout_s: float
    upload_timeout_s: float


class Edge:
    """ASGI middleware around the whole service.

    Parameters
    ----------
    app : the next ASGI application.
    limits : of bodies and time.
    state : what a worker puts in when it has started.
    """

    def __init__(self, app: App, *, limits: EdgeLimits, state: EdgeState) -> None:
        self.app = app
        self.limits = limits
        self.state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] == "http":
            await self._exchange(scope, receive, send)
        elif scope["type"] == "websocket":  # there are none, and none shall pass by the tokens
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        else:
            await self.app(scope, receive, send)

    async def _exchange(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        exchange = Exchange(_request_id(headers.get("x-request-id", "")), scope["method"], scope["path"])
        token = current_exchange.set(exchange)
        try:
            answer, parts = Answer(send, exchange), self.state.parts
            if parts is not None:
                await self._observed(parts, _Request(scope, receive, headers, exchange), answer)
            elif exchange.path == ALIVE:
                await self.app(scope, receive, answer.send)
            else:
                await answer.refuse(STARTING)
        finally:
            current_exchange.reset(token)

    async def _observed(self, parts: EdgeParts, request: "_Request", answer: Answer) -> None:
        """Answer, and count, trace and log it."""
        exchange, telemetry = request.exchange, parts.telemetry
        exchange.route = route = parts.routes.template(exchange.path)
        telemetry.metrics.request_started()
        status, trace_id = CLIENT_LEFT, ""
        try:
            with telemetry.tracing.request(exchange.method, request.headers) as span:
                try:
                    await self._guarded(parts, request, answer)
                finally:
                    status, trace_id = answer.status or CLIENT_LEFT, span.trace_id
                    span.answered(route, status)
        finally:
            seconds = time.perf_counter() - exchange.started_s
            telemetry.metrics.request_ended()
            telemetry.metrics.observe_request(route, exchange.method, status, seconds)
            telemetry.logs.access.write(_entry(parts, exchange, answer, seconds, trace_id))

    async def _guarded(self, parts: EdgeParts, request: "_Request", answer: Answer) -> None:
        """Answer whatever happens: a middleware that raises would hang the client."""
        limit_s = self.limits.upload_timeout_s if request.exchange.path in UPLOADS else self.limits.timeout_s
        try:
            async with asyncio.timeout(limit_s):
                await self._serve(parts, request, answer)
        except RefusedError:
            await answer.refuse(request.exchange.problem or from_framework(HTTPStatus.INTERNAL_SERVER_ERROR, b""))
        except DisconnectedError:
            return
        except TimeoutError:
            await answer.refuse(_too_slow(request.exchange, limit_s))
        except asyncio.CancelledError:
            # The server cancels what still runs when it has to be gone, and would itself answer 500 in plain text.
            await answer.refuse(ENDING)
        except Exception:  # process edge
            log.exception("request failed", extra={"request_id": request.exchange.request_id})
            await answer.refuse(from_framework(HTTPStatus.INTERNAL_SERVER_ERROR, b""))

    async def _serve(self, parts: EdgeParts, request: "_Request", answer: Answer) -> None:
        exchange = request.exchange
        # First of all, for it is to cost little: a worker that is behind refuses work, not questions about itself.
        if exchange.method == "POST" and exchange.path.startswith(API_PREFIX) and not parts.delay.may_begin():
            await answer.refuse(busy())
            return
        admitted = await admit(parts, request.scope)
        if isinstance(admitted, Problem):
            await _turn_away(exchange, admitted, answer)
            return
        exchange.principal = admitted
        if admitted is ANONYMOUS:
            await self._answer(parts, request, answer)
        elif parts.in_flight.enter():
            try:
                await self._answer(parts, request, answer)
            finally:
                parts.in_flight.leave()
        else:
            await answer.refuse(busy(parts.in_flight.retry_after_s))

    async def _answer(self, parts: EdgeParts, request: "_Request", answer: Answer) -> None:
        """Have an admitted request answered, a question at once and all else by the framework."""
        exchange = request.exchange
        too_many = await hold_to_rate(parts, exchange)
        if too_many is not None:
            await answer.refuse(too_many)
            return
        arm = request.headers.get(ARM_HEADER)
        not_for_it = note_arm(parts, exchange, arm) if arm is not None else None
        if not_for_it is not None:
            await answer.refuse(not_for_it)
            return
        receive = await self._body(request)
        ask = parts.questions.get(exchange.path)

        async def respond() -> None:
            if ask is None or exchange.method != "POST":
                await self.app(request.scope, receive, answer.send)
                return
            try:
                body = await ask(exchange)
            except RefusedError:  # an answer too, with which the attempt of a key ends in order
                await answer.refuse(exchange.problem or from_framework(HTTPStatus.INTERNAL_SERVER_ERROR, b""))
            else:
                await answer.say_json(body)

        key = request.headers.get(KEY_HEADER)
        if key is not None and _stands_twice(KEY_HEADER, request.scope):
            await answer.refuse(_TWO_KEYS)
        elif key is None or not exchange.body or exchange.path in KEEPS_ITS_KEYS:
            await respond()
        else:
            await parts.once.answer(exchange, key, answer, respond)

    async def _body(self, request: "_Request") -> Receive:
        """Return what gives the body to the framework, checked."""
        exchange, headers = request.exchange, request.headers
        upload_type = UPLOADS.get(exchange.path)
        if upload_type is not None and exchange.method == "POST":
            declared_length(headers, self.limits.max_upload_bytes)
            check_media_type(headers, upload_type)
            return limited(request.receive, self.limits.max_upload_bytes)
        exchange.awaits_body = True
        body = await read_body(request.receive, headers, self.limits.max_body_bytes)
        exchange.awaits_body = False
        check_content(exchange, headers, body)
        exchange.body = body
        return replay(body, request.receive)


@dataclass(frozen=True, slots=True)
class _Request:
    scope: Scope
    receive: Receive
    headers: Mapping[str, str]
    exchange: Exchange


async def _turn_away(exchange: Exchange, problem: Problem, answer: Answer) -> None:
    """Answer a request that may not pass; one that only asks for the methods of a path is told them."""
    if problem.status == HTTPStatus.METHOD_NOT_ALLOWED and exchange.method == "OPTIONS":
        await answer.say(
            HTTPStatus.NO_CONTENT, [(name.encode("latin-1"), value.encode()) for name, value in problem.headers]
        )
    else:
        await answer.refuse(problem)


def _stands_twice(name: str, scope: Scope) -> bool:
    return [field for field, _ in scope["headers"]].count(name.encode()) > 1


def _too_slow(exchange: Exchange, limit_s: float) -> Problem:
    if exchange.awaits_body:
        return Problem(HTTPStatus.REQUEST_TIMEOUT, f"The body did not arrive within {limit_s:g} s.")
    return Problem(HTTPStatus.GATEWAY_TIMEOUT, f"No answer within {limit_s:g} s.", retry_after_s=5)


def _entry(parts: EdgeParts, exchange: Exchange, answer: Answer, seconds: float, trace_id: str) -> AccessEntry:
    """Return the one log line of a request."""
    principal: Principal | None = exchange.principal
    model = exchange.model
    return AccessEntry(
        time.time(),
        exchange.route,
        exchange.method,
        answer.status or CLIENT_LEFT,
        seconds * 1_000,
        exchange.request_id,
        model,
        exchange.version,
        exchange.arm,
        principal.client if principal else None,
        exchange.cost_usd,
        parts.telemetry.metrics.accuracy(model) if model else None,
        trace_id or None,
        _said(answer.refusal) if answer.refusal else "request",
    )


def _said(problem: Problem) -> str:
    faults = [path if message == problem.detail else f"{path}: {message}" for path, message in problem.fields]
    return " | ".join([problem.detail, *faults])


def _request_id(given: str) -> str:
    return given if REQUEST_ID.fullmatch(given) else new_request_id()
