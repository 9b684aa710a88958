"""What never reaches the edge is refused by problem+json too; uvicorn answers it by plain text."""

import json
import logging
from http import HTTPStatus
from typing import Any

from serving.http_problems import MEDIA_TYPE, Problem, new_request_id

UNREADABLE = Problem(HTTPStatus.BAD_REQUEST, "What was sent is no HTTP/1.1 request; nothing of it was read.")
log = logging.getLogger("sdai.serving")


def refuse_connection(connection: Any, problem: Problem) -> None:
    """Answer what comes on a connection by a problem and close it; nothing else may be under way there."""
    request_id, status = new_request_id(), HTTPStatus(problem.status)
    log.info("what came is not read: %s", problem.detail, extra={"request_id": request_id})
    body = json.dumps(problem.body(request_id, "")).encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
        f"content-length: {len(body)}\r\nx-request-id: {request_id}\r\nconnection: close\r\n\r\n"
    )
    connection.transport.write(head.encode("ascii") + body)
    connection.transport.close()
