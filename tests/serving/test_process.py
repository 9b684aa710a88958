"""The service as a process: what it has acknowledged outlives its death, and it ends in order when told to."""

import os
import re
import signal
import socket
import time
import uuid
from contextlib import suppress
from pathlib import Path

from flows.service_process import HOST, ServiceClient, running_service
from serving.store.database import open_database
from serving.store.feedback import find_feedback

REPORT = {"prediction_id": "0" * 32, "actual": {"recommended_section": "W21x44"}}
MARK = "WHOSE_SERVICE"


def kill_all(mark: str) -> int:
    """Kill every process that carries the mark in its environment, and return how many there were."""
    killed = 0
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)
                killed += 1
    return killed


def send_reports(client: ServiceClient, count: int) -> list[str]:
    """Return the names of so many reports, each acknowledged."""
    answers = [client.post("/api/v1/feedback", REPORT) for _ in range(count)]
    assert {answer.status for answer in answers} == {202}
    return [answer.body["feedback_id"] for answer in answers]


def lost(store: str, names: list[str]) -> list[str]:
    """Return those of the reports that are not in the database."""
    engine = open_database(store)
    try:
        return [name for name in names if find_feedback(engine, name) is None]
    finally:
        engine.dispose()


def test_what_was_acknowledged_outlives_a_kill_and_an_orderly_end(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/store.db"
    mark = uuid.uuid4().hex
    environment = {
        "SDAI_PATHS_HOME": str(tmp_path),
        "SDAI_STORE_URL": store,
        "SDAI_SERVING_WORKERS": "2",
        "SDAI_RECORDING_FLUSH_INTERVAL_S": "60",  # nothing reaches the database before the end
        "SDAI_RECORDING_ADOPT_INTERVAL_S": "0.2",
        MARK: mark,
    }
    with running_service(environment) as client:
        killed = send_reports(client, 25)
        assert kill_all(mark) >= 3
    assert lost(store, killed)
    with running_service(environment) as client:
        ended = send_reports(client, 25)
    assert lost(store, killed + ended) == []


def test_an_idle_connection_is_kept_open(tmp_path: Path) -> None:
    """uvicorn alone closes it after five seconds, maybe just when a balancer sends the next request on it."""
    with running_service({"SDAI_PATHS_HOME": str(tmp_path)}) as client:
        assert client.get("/livez").status == 200
        time.sleep(6.5)
        assert client.get("/livez").status == 200


def test_head_and_body_of_an_answer_leave_together(tmp_path: Path) -> None:
    """What is killed between the two leaves half an answer, which no balancer can have answered by another."""
    request = b"GET /livez HTTP/1.1\r\nHost: test\r\n\r\n"
    with (
        running_service({"SDAI_PATHS_HOME": str(tmp_path)}) as client,
        socket.create_connection((HOST, client.port), timeout=5) as connection,
    ):
        for _ in range(200):
            connection.sendall(request)
            head, _, body = connection.recv(65_536).partition(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            assert length is not None
            assert len(body) == int(length[1])
