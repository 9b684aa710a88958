"""What the balancer sends again: a question whose server dies under it, however its bytes arrived."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks.failover.balancer import Balancer
from flows.service_process import HOST
from tests.services import require_balancer

PATH = "/api/v1/design/section"
BODY = b'{"span_feet": 20}'
QUESTIONS = 6


class Healthy(BaseHTTPRequestHandler):
    """Answers health checks and questions."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer()

    def _answer(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        with suppress(ConnectionError):  # a health check hangs up on the status
            self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class DiesUnderQuestions(Healthy):
    """Answers health checks; of a question it reads all and closes, as a process that is killed does."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.close_connection = True


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    server = ThreadingHTTPServer((HOST, 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture
def balancer(tmp_path: Path) -> Iterator[Balancer]:
    """Run a balancer before a server that dies under each question and one that answers."""
    require_balancer()
    with serving(DiesUnderQuestions) as dying, serving(Healthy) as sound:
        balancer = Balancer(tmp_path, {"blue_1": dying, "blue_2": sound})
        try:
            balancer.start()
            for name in ("blue-1", "blue-2"):
                balancer.wait_until(name, up=True, limit_s=10)
            yield balancer
        finally:
            balancer.stop()


def ask(connection: socket.socket, pause_s: float) -> bytes:
    """Send a question, its body after a pause, and return the first line of the answer, empty without one."""
    head = f"POST {PATH} HTTP/1.1\r\nHost: test\r\nContent-Length: {len(BODY)}\r\n\r\n".encode()
    if pause_s:
        connection.sendall(head)
        time.sleep(pause_s)
        connection.sendall(BODY)
    else:
        connection.sendall(head + BODY)
    return connection.recv(65_536).partition(b"\r\n")[0]


@pytest.mark.parametrize("pause_s", [0.0, 0.05], ids=["in one piece", "head and body apart"])
def test_a_question_whose_server_dies_is_answered_by_another(balancer: Balancer, pause_s: float) -> None:
    with socket.create_connection((HOST, balancer.port), timeout=5) as connection:
        answers = [ask(connection, pause_s) for _ in range(QUESTIONS)]
    assert answers == [b"HTTP/1.1 200 OK"] * QUESTIONS
    assert balancer.sent_again() > 0
