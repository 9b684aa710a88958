"""The one middleware: request ids, body limits, deadline, problem+json for every error, one log line for a refusal.

The body is read here, whole, before the framework is asked: what is wrong with it is then never the framework's error.
"""

import asyncio
import json
import logging
import re
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from serving.http_problems import MEDIA_TYPE, Exchange, Problem, current_exchange, from_framework

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
API_PREFIX = "/api/"
log = logging.getLogger("sdai.serving")


class _RefusedError(Exception):
    """Ends an exchange before the framework is asked."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.problem = Problem(status, detail)


class _DisconnectedError(Exception):
    """The client went away before its body was whole."""


class Edge:
    """ASGI middleware around the whole service.

    Parameters
    ----------
    app : the next ASGI application.
    max_body_bytes : larger request bodies are refused with 413.
    timeout_s : an answer that takes longer is replaced by 504.
    """

    def __init__(self, app: App, *, max_body_bytes: int, timeout_s: float) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes
        self.timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope; anything but HTTP passes straight through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
        exchange = Exchange(_request_id(headers.get("x-request-id", "")))
        token = current_exchange.set(exchange)
        answer = _Answer(send, exchange, scope["path"])
        try:
            await self._serve(scope, receive, answer, headers)
        finally:
            current_exchange.reset(token)

    async def _serve(self, scope: Scope, receive: Receive, answer: "_Answer", headers: dict[str, str]) -> None:
        try:
            async with asyncio.timeout(self.timeout_s):
                body = await _read_body(receive, headers, self.max_body_bytes)
                _check_content(scope, headers, body)
                await self.app(scope, _replay(body, receive), answer.send)
        except _RefusedError as refused:
            await answer.refuse(refused.problem)
        except _DisconnectedError:
            return
        except TimeoutError:
            await answer.refuse(
                Problem(HTTPStatus.GATEWAY_TIMEOUT, f"No answer within {self.timeout_s:g} s.", retry_after_s=5)
            )
        except Exception:  # process edge: a middleware that raises would hang the client
            log.exception("request failed", extra={"request_id": answer.exchange.request_id})
            await answer.refuse(from_framework(HTTPStatus.INTERNAL_SERVER_ERROR, b""))


class _Answer:
    """Passes good answers on as they come; holds back errors and sends them as problem+json."""

    def __init__(self, send: Send, exchange: Exchange, path: str) -> None:
        self._send = send
        self._path = path
        self._status = HTTPStatus.OK.value
        self._body = b""
        self._started = False
        self.exchange = exchange

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            if self._status < HTTPStatus.BAD_REQUEST or not self._path.startswith(API_PREFIX):
                self._started = True
                message["headers"] = [*message.get("headers", []), self._id_header()]
                await self._send(message)
        elif self._started:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self.refuse(self.exchange.problem or from_framework(self._status, self._body))

    async def refuse(self, problem: Problem) -> None:
        if self._started:  # part of an answer is out: nothing more can be said on this connection
            return
        self._started = True
        self._log(problem)
        body = json.dumps(problem.body(self.exchange.request_id, self._path)).encode()
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            self._id_header(),
        ]
        if problem.retry_after_s is not None:
            headers.append((b"retry-after", str(problem.retry_after_s).encode()))
        await self._send({"type": "http.response.start", "status": int(problem.status), "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    def _log(self, problem: Problem) -> None:
        """Log a refusal as one line; a fault of the service is logged with its traceback where it happens."""
        if problem.status < HTTPStatus.INTERNAL_SERVER_ERROR or problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
            faults = [path if message == problem.detail else f"{path}: {message}" for path, message in problem.fields]
            said = " | ".join([problem.detail, *faults])
            # repr: path and message may hold line ends of the client's making
            log.info("refused %d %r: %r (request %s)", problem.status, self._path, said, self.exchange.request_id)

    def _id_header(self) -> tuple[bytes, bytes]:
        return b"x-request-id", self.exchange.request_id.encode("latin-1")


def _request_id(given: str) -> str:
    return given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


async def _read_body(receive: Receive, headers: dict[str, str], max_body_bytes: int) -> bytes:
    """Return the whole body of a request; one over the limit is refused as soon as that is known."""
    declared = headers.get("content-length", "0")
    if not declared.isdigit():
        raise _RefusedError(HTTPStatus.BAD_REQUEST, "Content-Length is not a number.")
    if int(declared) > max_body_bytes:
        raise _too_large(max_body_bytes)
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _DisconnectedError
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > max_body_bytes:
            raise _too_large(max_body_bytes)
    return bytes(body)


def _too_large(max_body_bytes: int) -> _RefusedError:
    return _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {max_body_bytes} bytes.")


def _check_content(scope: Scope, headers: dict[str, str], body: bytes) -> None:
    """Refuse a question to an endpoint that is empty or not JSON by its media type."""
    if scope["method"] != "POST" or not scope["path"].startswith(API_PREFIX):
        return
    if not body:
        raise _RefusedError(HTTPStatus.BAD_REQUEST, "The body is empty; send a JSON object.")
    if headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise _RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the request as application/json.")


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return what gives the body that was read, and then whatever the connection has to say."""
    unread = True

    async def replay() -> Message:
        nonlocal unread
        if not unread:
            return await receive()
        unread = False
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
