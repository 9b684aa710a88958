"""How the service is started: every worker gets its share of the connections."""

import json
import socket
import time
import uuid
from contextlib import ExitStack
from pathlib import Path

import httpx
import psutil
import pytest

from flows.service_process import running_service
from tests.serving.test_drain import HOST, MARK, processes

CONNECTIONS = 64


def test_connections_are_spread_over_the_workers(tmp_path: Path) -> None:
    mark = uuid.uuid4().hex
    environment = {
        "SDAI_PATHS_HOME": str(tmp_path),
        "SDAI_STORE_URL": f"sqlite:///{tmp_path}/store.db",
        "SDAI_SERVING_WORKERS": "2",
        MARK: mark,
    }
    with running_service(environment) as client, ExitStack() as stack:
        deadline_s = time.monotonic() + 20
        while len(workers := _listening(mark, client.port)) < 2:
            assert time.monotonic() < deadline_s, "the second worker does not listen"
            time.sleep(0.1)
        for _ in range(CONNECTIONS):
            stack.enter_context(socket.create_connection((HOST, client.port), timeout=5))
        deadline_s = time.monotonic() + 20
        while sum(taken := [_taken(worker, client.port) for worker in workers]) < CONNECTIONS:
            assert time.monotonic() < deadline_s, f"of {CONNECTIONS} connections {taken} were taken"
            time.sleep(0.1)
    assert len(taken) == 2
    assert min(taken) > CONNECTIONS // 8, "an even coin leaves so few to one of two once in a billion"


@pytest.mark.parametrize(
    ("trusted", "statuses"),
    [(["10.0.0.0/8"], [401, 401, 429, 429]), (["127.0.0.0/8"], [401, 401, 401, 429])],
    ids=["a stranger", "a balancer"],
)
def test_only_a_balancer_is_believed_who_asks(tmp_path: Path, trusted: list[str], statuses: list[int]) -> None:
    environment = {
        "SDAI_PATHS_HOME": str(tmp_path),
        "SDAI_STORE_URL": f"sqlite:///{tmp_path}/store.db",
        "SDAI_LIMITS_UNAUTHENTICATED_RATE": "2/day",
        "SDAI_SERVING_TRUSTED_PROXIES": json.dumps(trusted),
    }
    asked_for = ["203.0.113.7", "203.0.113.7", "203.0.113.8", "198.51.100.9, 203.0.113.7"]
    with running_service(environment) as service, httpx.Client() as client:
        found = [
            client.get(
                f"http://{HOST}:{service.port}/metrics", headers={"authorization": "Bearer x", "x-forwarded-for": who}
            ).status_code
            for who in asked_for
        ]
    assert found == statuses


def _listening(mark: str, port: int) -> list[psutil.Process]:
    found = [psutil.Process(pid) for pid in processes(mark)]
    return [process for process in found if _count(process, port, psutil.CONN_LISTEN)]


def _taken(process: psutil.Process, port: int) -> int:
    return _count(process, port, psutil.CONN_ESTABLISHED)


def _count(process: psutil.Process, port: int, status: str) -> int:
    held = process.net_connections("inet4")
    return sum(item.status == status and item.laddr.port == port for item in held)
