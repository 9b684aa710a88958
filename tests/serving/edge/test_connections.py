"""Connections are bounded in bytes and in time, over real connections of uvicorn."""

import json
import socket
import time
from collections.abc import Iterator
from functools import partial

import pytest

from serving.edge.asgi import Receive, Scope, Send
from serving.edge.connections import MAX_HEAD_BYTES, bound_connections
from serving.edge.whole_answers import answer_in_one_write
from tests.serving.edge.over_uvicorn import over_uvicorn

WAIT_S, IDLE_S = 0.4, 1
SLACK_S = 4.0
GET = b"GET / HTTP/1.1\r\nhost: x\r\n"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell which fields the head has; what is posted to /whole is read first."""
    while scope["path"] == "/whole" and (await receive()).get("more_body"):
        pass
    body = json.dumps([name.decode() for name, _ in scope["headers"]]).encode()
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]},
    )
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    changes = (partial(bound_connections, WAIT_S), answer_in_one_write)
    with over_uvicorn(app, *changes, timeout_keep_alive=IDLE_S) as opened:
        yield opened


@pytest.fixture
def connection(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=SLACK_S) as opened:
        yield opened


def rest_of(connection: socket.socket) -> bytes:
    """Return what comes until the other side closes; fails where it does not."""
    answer = b""
    try:
        while chunk := connection.recv(65_536):
            answer += chunk
    except ConnectionResetError:  # closed with bytes of ours unread
        pass
    return answer


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize("field", [b"x: " + b"a" * 1_000 + b"\r\n", b"a" * 1_000], ids=["many fields", "one field"])
def test_a_head_without_end_is_refused_before_it_fills_the_memory(connection: socket.socket, field: bytes) -> None:
    connection.sendall(GET + (b"" if field.endswith(b"\n") else b"x: "))
    sent, answer = 0, b""
    connection.settimeout(0.05)
    while sent < 20 * MAX_HEAD_BYTES and not answer:
        try:
            connection.sendall(field)
            sent += len(field)
            if sent > MAX_HEAD_BYTES:
                answer = connection.recv(65_536)
        except TimeoutError:
            continue
        except OSError:
            break
    assert sent < 20 * MAX_HEAD_BYTES
    assert not answer or (status_of(answer) == 431 and b"application/problem+json" in answer)


def test_a_head_of_usual_size_passes_in_pieces(connection: socket.socket) -> None:
    head = GET + b"authorization: " + b"a" * 8_000 + b"\r\nconnection: close\r\n\r\n"
    for place in range(0, len(head), 1_500):
        connection.sendall(head[place : place + 1_500])
        time.sleep(0.01)
    assert status_of(rest_of(connection)) == 200


def test_a_head_that_trickles_in_is_given_up(connection: socket.socket) -> None:
    connection.sendall(GET)
    began_s = time.monotonic()
    connection.settimeout(0.05)
    answer = b""
    while not answer and time.monotonic() - began_s < SLACK_S:
        connection.sendall(b"x")
        try:
            answer = connection.recv(65_536)
        except TimeoutError:
            continue
    assert status_of(answer) == 408
    assert b"application/problem+json" in answer


@pytest.mark.parametrize("sent", [b"", b"\r\n"], ids=["nothing", "an empty line"])
def test_a_connection_on_which_nothing_is_asked_is_closed(connection: socket.socket, sent: bytes) -> None:
    connection.sendall(sent)
    assert rest_of(connection) == b""


def test_the_rest_of_a_body_that_was_answered_already_is_not_waited_for(connection: socket.socket) -> None:
    connection.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n")
    assert status_of(connection.recv(65_536)) == 200
    until_s, is_open = time.monotonic() + SLACK_S, True
    while is_open and time.monotonic() < until_s:
        time.sleep(0.05)
        try:
            connection.sendall(b"x")
        except OSError:
            is_open = False
    assert not is_open


def test_a_connection_goes_on_after_a_body_that_came_late(connection: socket.socket) -> None:
    connection.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n")
    assert status_of(connection.recv(65_536)) == 200
    connection.sendall(b"x")
    time.sleep(WAIT_S / 2)
    connection.sendall(b"x")
    time.sleep(WAIT_S)
    connection.sendall(GET + b"connection: close\r\n\r\n")
    assert status_of(rest_of(connection)) == 200


def test_trailers_are_no_fields_of_the_head(connection: socket.socket) -> None:
    head = b"POST /whole HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
    connection.sendall(head + b"1\r\nx\r\n0\r\nx-forwarded-for: 192.0.2.1\r\n\r\n")
    answer = rest_of(connection)
    assert json.loads(answer.partition(b"\r\n\r\n")[2]) == ["host", "connection", "transfer-encoding"]


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
def test_an_upgrade_is_answered_as_any_other_request(connection: socket.socket, protocol: bytes) -> None:
    connection.sendall(GET + b"connection: upgrade\r\nupgrade: " + protocol + b"\r\n\r\n")
    assert status_of(rest_of(connection)) == 200
