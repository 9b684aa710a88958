"""A service that is told to end: what runs is answered, nothing new is taken, records are stored, and it is gone."""

import json
import os
import signal
import socket
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from flows.service_process import HOST, ServiceClient, running_service
from serving.store.database import open_database
from serving.store.feedback import find_feedback

MARK = "WHOSE_SERVICE"
REPORT = json.dumps({"prediction_id": "0" * 32, "actual": {"recommended_section": "W21x44"}}).encode()
DRAIN_S = 10.0


def processes(mark: str) -> dict[int, bytes]:
    """Return the living processes that carry a mark in their environment, with their command lines."""
    found = {}
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "cmdline").read_bytes()
    return found


class SlowRequest:
    """A request that is being read: half has been sent, and the service has asked for it ("100 Continue")."""

    def __init__(self, port: int, authorization: str) -> None:
        self._socket = socket.create_connection((HOST, port), timeout=20)
        head = (
            f"POST /api/v1/feedback HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {authorization}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(REPORT)}\r\nExpect: 100-continue\r\n\r\n"
        )
        self._socket.sendall(head.encode())
        # A connection that no worker has taken yet is reset when the service closes its sockets, as it should be.
        assert self._socket.recv(65_536).startswith(b"HTTP/1.1 100 ")
        self._socket.sendall(REPORT[:10])

    def finish(self) -> tuple[int, str]:
        """Send the rest; return the status and the name of the report."""
        self._socket.sendall(REPORT[10:])
        status, _, body = self.answer()
        return status, body.get("feedback_id", "")

    def answer(self) -> tuple[int, str, dict[str, Any]]:
        """Wait for the answer; return its status, its head in lower case and its body."""
        answer = b""
        while chunk := self._socket.recv(65_536):
            answer += chunk
            if b"\r\n\r\n" in answer and answer.endswith(b"}"):
                break
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), head.decode("latin-1").lower(), json.loads(body)


class Stream:
    """Reports sent one after another on a connection of their own, until no connection is taken any more."""

    def __init__(self, port: int, token: str) -> None:
        self.acknowledged: list[str] = []
        self.statuses: set[int] = set()
        self._client = ServiceClient(port, token)
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def join(self) -> None:
        self._thread.join(20)

    def _send(self) -> None:
        with suppress(Exception):
            while True:
                answer = self._client.post("/api/v1/feedback", json.loads(REPORT))
                self.statuses.add(answer.status)
                if answer.status == 202:
                    self.acknowledged.append(answer.body["feedback_id"])


def refuses(port: int) -> bool:
    """Return whether no new connection is taken."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


def wait_for(what: str, limit_s: float, is_so: object) -> float:
    """Wait until something is so and return the seconds that took."""
    started_s = time.monotonic()
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() - started_s < limit_s, what
        time.sleep(0.05)
    return time.monotonic() - started_s


def test_a_service_told_to_end_under_load_ends_in_order(tmp_path: Path) -> None:
    store, mark = f"sqlite:///{tmp_path}/store.db", uuid.uuid4().hex
    environment = {
        "SDAI_PATHS_HOME": str(tmp_path),
        "SDAI_STORE_URL": store,
        "SDAI_SERVING_WORKERS": "2",
        "SDAI_RECORDING_FLUSH_INTERVAL_S": "60",  # nothing reaches the database before the end
        "SDAI_SERVING_DRAIN_TIMEOUT_S": str(DRAIN_S),
        MARK: mark,
    }
    with running_service(environment) as client:
        authorization = client._authorization["Authorization"]
        streams = [Stream(client.port, authorization.removeprefix("Bearer ")) for _ in range(4)]
        slow = [SlowRequest(client.port, authorization) for _ in range(4)]
        time.sleep(0.5)
        (parent,) = (
            pid
            for pid, command in processes(mark).items()
            if b"\0serving.launch\0" in command and b"flows.tether" not in command
        )
        os.kill(parent, signal.SIGTERM)
        told_s = time.monotonic()
        wait_for("new connections are still taken", 3.0, lambda: refuses(client.port))
        assert len(processes(mark)) >= 2  # the requests that run are waited for, maybe all by one worker
        finished = [request.finish() for request in slow]
        for stream in streams:
            stream.join()
        wait_for("the service is still there", DRAIN_S, lambda: not processes(mark))
        assert time.monotonic() - told_s < DRAIN_S
    assert {status for status, _ in finished} == {202}
    # On a machine that is slow for other reasons the service refuses some before they begin; nothing else may happen.
    assert 202 in (told := {status for stream in streams for status in stream.statuses})
    assert told <= {202, 503}
    acknowledged = [name for _, name in finished] + [name for stream in streams for name in stream.acknowledged]
    assert len(acknowledged) > 20
    engine = open_database(store)
    assert [name for name in acknowledged if find_feedback(engine, name) is None] == []
    engine.dispose()


def test_a_request_that_never_ends_does_not_keep_the_service_and_is_told(tmp_path: Path) -> None:
    mark = uuid.uuid4().hex
    environment = {"SDAI_PATHS_HOME": str(tmp_path), "SDAI_SERVING_DRAIN_TIMEOUT_S": "4", MARK: mark}
    with running_service(environment | {"SDAI_STORE_URL": f"sqlite:///{tmp_path}/store.db"}) as client:
        (parent,) = (
            pid
            for pid, command in processes(mark).items()
            if b"\0serving.launch\0" in command and b"flows.tether" not in command
        )
        never = SlowRequest(client.port, client._authorization["Authorization"])
        time.sleep(0.3)
        os.kill(parent, signal.SIGTERM)
        wait_for("the service is still there", 5.0, lambda: not processes(mark))
    status, head, body = never.answer()
    assert (status, body["status"]) == (503, 503)
    assert "retry-after: 1" in head
    assert "application/problem+json" in head
