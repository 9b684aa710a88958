"""The way in: a body is read whole before the framework is asked; its faults are then never the framework's error."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NoReturn

from serving.edge.asgi import API_PREFIX, DisconnectedError, Message, Receive
from serving.http_problems import Exchange, Problem, refuse

UPLOADS: Mapping[str, str] = {"/api/v1/models/ifc": "multipart/form-data"}
"""Paths whose bodies pass as they come, and their media type; they have a limit of their own."""
_JSON_TYPE = "application/json"
_DOUBTFUL = re.compile(rb"NaN|Infinity|\\u0000")
"""What JSON parsers let through and nothing behind them can use: looked at closely where one of these stands."""


def declared_length(headers: Mapping[str, str], max_bytes: int) -> int:
    """Return the body length that the headers declare; refuses one that is no number or over the limit."""
    declared = headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdigit()) or len(declared) > 18:
        _refuse(HTTPStatus.BAD_REQUEST, "Content-Length is not a number.")
    if int(declared) > max_bytes:
        _refuse_large(max_bytes)
    return int(declared)


async def read_body(receive: Receive, headers: Mapping[str, str], max_bytes: int) -> bytes:
    """Return the whole body of a request; one over the limit is refused as soon as that is known."""
    declared_length(headers, max_bytes)
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        body: bytes = message.get("body", b"")
        if len(body) > max_bytes:
            _refuse_large(max_bytes)
        return body
    return await _gather(message, receive, max_bytes)


async def _gather(message: Message, receive: Receive, max_bytes: int) -> bytes:
    parts = bytearray()
    while True:
        if message["type"] == "http.disconnect":
            raise DisconnectedError
        parts += message.get("body", b"")
        if len(parts) > max_bytes:
            _refuse_large(max_bytes)
        if not message.get("more_body", False):
            return bytes(parts)
        message = await receive()


def check_content(exchange: Exchange, headers: Mapping[str, str], body: bytes) -> None:
    """Refuse what is posted to the API and is empty, not JSON by its media type, or holds what no JSON text may."""
    if exchange.method != "POST" or not exchange.path.startswith(API_PREFIX):
        return
    if not body:
        _refuse(HTTPStatus.BAD_REQUEST, "The body is empty; send a JSON object.")
    check_media_type(headers, _JSON_TYPE)
    if _DOUBTFUL.search(body):
        _check_closely(body)


def check_media_type(headers: Mapping[str, str], wanted: str) -> None:
    """Refuse another media type than the one wanted, and what is packed: nothing here unpacks it."""
    if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        said = (("accept-encoding", "identity"),)  # RFC 9110 section 12.5.3
        refuse(Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body without Content-Encoding.", headers=said))
    given = headers.get("content-type", "")
    if given != wanted and given.split(";")[0].strip().lower() != wanted:
        _refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send the request as {wanted}.")


def replay(body: bytes, receive: Receive) -> Receive:
    """Return what gives the body that was read, and then whatever the connection has to say."""
    unread = True

    async def again() -> Message:
        nonlocal unread
        if not unread:
            return await receive()
        unread = False
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def limited(receive: Receive, max_bytes: int) -> Receive:
    """Return what passes a body on and refuses it at the first byte over the limit."""
    left = max_bytes

    async def counted() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            _refuse_large(max_bytes)
        return message

    return counted


def _check_closely(body: bytes) -> None:
    """Refuse NaN and infinities, which are not JSON, and U+0000, which no database takes; leave other faults."""
    try:
        content = json.loads(body, parse_constant=_no_constant)
    except RecursionError:
        _refuse(HTTPStatus.BAD_REQUEST, "The body is nested too deeply.")
    except ValueError as error:
        if isinstance(error, _ConstantError):
            _refuse(HTTPStatus.BAD_REQUEST, f"The body is not valid JSON: {error}.")
        return  # the reader behind says what is wrong
    if _holds_nul(content):
        _refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "A text of the body holds U+0000, which cannot be stored.")


class _ConstantError(ValueError):
    """A number that is none."""


def _no_constant(name: str) -> NoReturn:
    raise _ConstantError(f"{name} is not a JSON number")


def _holds_nul(content: Any) -> bool:
    left = [content]
    while left:
        value = left.pop()
        if isinstance(value, str):
            if "\0" in value:
                return True
        elif isinstance(value, list):
            left.extend(value)
        elif isinstance(value, dict):
            left.extend(value)
            left.extend(value.values())
    return False


def _refuse_large(max_bytes: int) -> NoReturn:
    _refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {max_bytes} bytes.")


def _refuse(status: HTTPStatus, detail: str) -> NoReturn:
    refuse(Problem(status, detail))
