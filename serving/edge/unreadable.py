"""What is no HTTP is refused by problem+json too. It never reaches the edge, and uvicorn answers it by plain text."""

import json
import logging
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http import httptools_impl

from serving.http_problems import MEDIA_TYPE, Problem, new_request_id

_UNREADABLE = Problem(HTTPStatus.BAD_REQUEST, "What was sent is no HTTP/1.1 request; nothing of it was read.")
log = logging.getLogger("sdai.serving")


def refuse_unreadable() -> None:
    """Have uvicorn's connections of this process refuse so; it has no option for it."""
    httptools_impl.HttpToolsProtocol.send_400_response = _refuse  # type: ignore[assignment, method-assign]


def refuse_connection(connection: Any, problem: Problem) -> None:
    """Answer what comes on a connection by a problem and close it; nothing else may be under way there."""
    request_id = new_request_id()
    log.info("what came is not read: %s", problem.detail, extra={"request_id": request_id})
    body = json.dumps(problem.body(request_id, "")).encode()
    head = (
        f"HTTP/1.1 {int(problem.status)} {HTTPStatus(problem.status).phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
        f"content-length: {len(body)}\r\nx-request-id: {request_id}\r\nconnection: close\r\n\r\n"
    )
    connection.transport.write(head.encode("ascii") + body)
    connection.transport.close()


def _refuse(connection: Any, _reason: str) -> None:
    refuse_connection(connection, _UNREADABLE)
