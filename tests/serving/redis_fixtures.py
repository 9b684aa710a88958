"""Real Redis servers for tests: the one of the machine, a private one to kill, and one that never answers."""

import shutil
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.services import missing

REDIS_URL = "redis://127.0.0.1:6379/9"


@pytest.fixture
def redis_prefix() -> Iterator[str]:
    """A prefix of its own in the machine's Redis (`REDIS_URL`); what lies under it is deleted afterwards."""
    import redis

    client = redis.Redis.from_url(REDIS_URL, socket_connect_timeout=2)
    try:
        client.ping()
    except redis.RedisError as error:
        missing(f"no Redis at 127.0.0.1:6379: {error}")
    prefix = f"sdai-test-{uuid.uuid4().hex}"
    yield prefix
    for name in client.scan_iter(f"{prefix}*"):
        client.delete(name)
    client.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PrivateRedis:
    """A Redis process that a test may kill and start again on the same port."""

    def __init__(self, program: str, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [program, "--port", str(self.port), "--save", "", "--appendonly", "no", "--dir", str(folder)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        import redis

        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        client = redis.Redis.from_url(self.url)
        until = time.monotonic() + 10
        while True:
            try:
                client.ping()
            except redis.RedisError:
                assert time.monotonic() < until, "the private Redis did not come up"
                time.sleep(0.02)
            else:
                client.close()
                return

    def kill(self) -> None:
        """End it with SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def running_redis(folder: Path) -> Iterator[PrivateRedis]:
    """Run a Redis of one's own while the block lasts; skip where there is no program of it."""
    program = shutil.which("redis-server")
    if program is None:
        missing("redis-server is not installed")
    server = PrivateRedis(program, folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture
def private_redis(tmp_path: Path) -> Iterator[PrivateRedis]:
    with running_redis(tmp_path) as server:
        yield server


@dataclass
class FakeRedis:
    """A server that takes connections; what it says to them is up to the fixture."""

    url: str
    connections: int = 0


def _serve(answer: bytes) -> Iterator[FakeRedis]:
    listener = socket.create_server(("127.0.0.1", 0))
    fake = FakeRedis(f"redis://127.0.0.1:{listener.getsockname()[1]}/0")
    accepted: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            fake.connections += 1
            accepted.append(connection)
            if answer:
                connection.sendall(answer)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield fake
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(2)
    for connection in accepted:
        connection.close()


@pytest.fixture
def silent_redis() -> Iterator[FakeRedis]:
    """Takes connections and never answers."""
    yield from _serve(b"")


@pytest.fixture
def babbling_redis() -> Iterator[FakeRedis]:
    """Answers everything with what is no Redis protocol."""
    yield from _serve(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 8)
