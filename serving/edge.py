"""The one middleware: request ids, body limits, deadline, and problem+json for every error."""

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


class _BodyTooLargeError(Exception):
    pass


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
        problem = _refusal(scope, headers, self.max_body_bytes)
        if problem:
            await answer.refuse(problem)
            return
        try:
            async with asyncio.timeout(self.timeout_s):
                await self.app(scope, _capped(receive, self.max_body_bytes), answer.send)
        except _BodyTooLargeError:
            await answer.refuse(_too_large(self.max_body_bytes))
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

    def _id_header(self) -> tuple[bytes, bytes]:
        return b"x-request-id", self.exchange.request_id.encode("latin-1")


def _request_id(given: str) -> str:
    return given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _refusal(scope: Scope, headers: dict[str, str], max_body_bytes: int) -> Problem | None:
    if scope["method"] != "POST" or not scope["path"].startswith(API_PREFIX):
        return None
    media_type = headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != "application/json":
        return Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the request as application/json.")
    length = headers.get("content-length", "0")
    if not length.isdigit():
        return Problem(HTTPStatus.BAD_REQUEST, "Content-Length is not a number.")
    return _too_large(max_body_bytes) if int(length) > max_body_bytes else None


def _too_large(max_body_bytes: int) -> Problem:
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {max_body_bytes} bytes.")


def _capped(receive: Receive, max_body_bytes: int) -> Receive:
    received = 0

    async def capped() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > max_body_bytes:
            raise _BodyTooLargeError
        return message

    return capped
