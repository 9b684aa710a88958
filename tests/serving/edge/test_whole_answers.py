"""Answers leave in one write, over real connections of uvicorn; half an answer never does."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from serving.edge.asgi import Receive, Scope, Send
from serving.edge.whole_answers import answer_in_one_write
from tests.serving.edge.over_uvicorn import over_uvicorn

LATER_S = 0.05
"""Between head and body: a client that reads meanwhile sees what has left."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer by the path, the body `LATER_S` after the head."""
    what = scope["path"].strip("/")
    await receive()
    headers = {"parts": [], "nothing": [], "long": [(b"content-length", b"300000")]}
    await send(
        {
            "type": "http.response.start",
            "status": 204 if what == "nothing" else 200,
            "headers": headers.get(what, [(b"content-length", b"4")]),
        }
    )
    await asyncio.sleep(LATER_S)
    if what == "fails":
        raise RuntimeError("planted")
    if what == "parts":
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await asyncio.sleep(LATER_S)
    body = {"nothing": b"", "long": b"x" * 300_000}.get(what, b"body")
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module", params=["uvloop", "asyncio"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    with over_uvicorn(app, answer_in_one_write, loop=request.param) as opened:
        yield opened


@pytest.fixture
def connection(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as opened:
        yield opened


def ask(path: str, method: str = "GET", fields: str = "") -> bytes:
    return f"{method} /{path} HTTP/1.1\r\nHost: test\r\n{fields}\r\n".encode()


def first_packet(connection: socket.socket, request: bytes) -> tuple[bytes, bytes]:
    connection.sendall(request)
    head, _, body = connection.recv(65_536).partition(b"\r\n\r\n")
    return head.partition(b"\r\n")[0], body


def test_head_and_body_arrive_together_on_every_request_of_a_connection(connection: socket.socket) -> None:
    assert [first_packet(connection, ask("plain")) for _ in range(3)] == [(b"HTTP/1.1 200 OK", b"body")] * 3


def test_the_last_answer_of_a_connection_is_whole_too(connection: socket.socket) -> None:
    assert first_packet(connection, ask("plain", fields="Connection: close\r\n")) == (b"HTTP/1.1 200 OK", b"body")
    assert connection.recv(1) == b""


@pytest.mark.parametrize(("path", "method"), [("plain", "HEAD"), ("nothing", "GET"), ("nothing", "HEAD")])
@pytest.mark.parametrize("fields", ["", "Connection: close\r\n"])
def test_an_answer_without_a_body_is_sent(connection: socket.socket, path: str, method: str, fields: str) -> None:
    status, body = first_packet(connection, ask(path, method, fields))
    assert (status[:12], body) == (b"HTTP/1.1 204" if path == "nothing" else b"HTTP/1.1 200", b"")
    if not fields:
        assert first_packet(connection, ask("plain"))[1] == b"body"


def test_parts_follow_as_they_come(connection: socket.socket) -> None:
    assert first_packet(connection, ask("parts"))[1] == b"5\r\nfirst\r\n"
    assert connection.recv(100) == b"4\r\nbody\r\n0\r\n\r\n"


def test_a_long_answer_arrives_whole(connection: socket.socket) -> None:
    _, body = first_packet(connection, ask("long"))
    while len(body) < 300_000:
        more = connection.recv(1 << 20)
        assert more
        body += more
    assert body == b"x" * 300_000


def test_an_application_that_fails_before_its_body_has_said_nothing(connection: socket.socket) -> None:
    connection.sendall(ask("fails"))
    assert connection.recv(100) == b""


def test_a_client_that_waits_to_be_asked_for_its_body_is_asked(connection: socket.socket) -> None:
    connection.sendall(ask("plain", "POST", "Content-Length: 2\r\nExpect: 100-continue\r\n"))
    assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert first_packet(connection, b"{}") == (b"HTTP/1.1 200 OK", b"body")


def test_requests_sent_at_once_are_answered_in_their_order(connection: socket.socket) -> None:
    connection.sendall(ask("parts") + ask("plain"))
    came = b""
    while came.count(b"body") < 2:
        came += connection.recv(65_536)
    assert came.index(b"first") < came.index(b"0\r\n\r\n") < came.rindex(b"HTTP/1.1 200 OK")
