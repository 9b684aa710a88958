"""What is no HTTP is refused by problem+json, over real connections of uvicorn."""

import json
import socket
from collections.abc import Iterator
from functools import partial

import pytest

from serving.edge.asgi import Receive, Scope, Send
from serving.edge.connections import bound_connections
from tests.serving.edge.over_uvicorn import over_uvicorn


async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Answer nothing: it should not be asked."""
    raise AssertionError("what cannot be read was handed on")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with over_uvicorn(app, partial(bound_connections, 5.0)) as opened:
        yield opened


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"hello\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
    ],
    ids=["TLS", "words", "length below nothing", "two lengths"],
)
def test_what_is_no_http_gets_a_problem_and_is_cut_off(port: int, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(sent)
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    problem = json.loads(body)
    assert lines[0] == "HTTP/1.1 400 Bad Request"
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    assert int(headers["content-length"]) == len(body)
    assert (problem["status"], problem["request_id"]) == (400, headers["x-request-id"])
    assert len(problem["request_id"]) == 32
