"""Kills and outages against real databases: what was acknowledged is there, once."""

import os
import random
import select
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from configs.recording_settings import RecordingSettings
from serving.recording import DatabaseSink, Outcome, Recorder, RecorderState
from serving.store import open_database
from serving.store.tables import PREDICTIONS
from tests.serving.recording.samples import WAIT_S, prediction, wait_until

SEED = 2026
QUICK = RecordingSettings(flush_interval_s=0.01, retry_max_s=0.05, adopt_interval_s=0.05, segment_bytes=20_000)
WORKER = """
import itertools, os, sys, time
from pathlib import Path
from configs.recording_settings import RecordingSettings
from serving.recording import DatabaseSink, Outcome, Recorder
from tests.serving.recording.samples import prediction

url, folder, name = sys.argv[1:]
settings = RecordingSettings(flush_interval_s=0.005, segment_bytes=20_000, batch_rows=50, adopt_interval_s=0.05)
recorder = Recorder(settings, Path(folder), DatabaseSink(url))
for number in itertools.count():
    id = f"{name}-{number}"
    if recorder.record(prediction(id)) is Outcome.KEPT:
        os.write(1, id.encode() + b"\\n")
    time.sleep(0.0002)
"""


def ids_in(url: str) -> list[str]:
    engine = open_database(url)
    with engine.connect() as connection:
        ids = list(connection.execute(sa.select(PREDICTIONS.c.id)).scalars())
    engine.dispose()
    return ids


def start_worker(url: str, folder: Path, name: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", WORKER, url, str(folder), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0)


def kill_after(process: subprocess.Popen[bytes], pause_s: float) -> list[str]:
    """Kill a worker this long after its first acknowledgement and return what it acknowledged."""
    assert process.stdout is not None
    said = process.stdout.readline()
    assert said, "the worker died at its start"
    end_s = time.monotonic() + pause_s
    while (left_s := end_s - time.monotonic()) > 0:
        if select.select([process.stdout], [], [], left_s)[0]:
            said += os.read(process.stdout.fileno(), 65_536)
    process.send_signal(signal.SIGKILL)
    said += process.stdout.read()
    process.stdout.close()
    process.wait()
    whole, _, _ = said.rpartition(b"\n")
    return whole.decode().split("\n")


def test_nothing_acknowledged_is_lost_when_workers_are_killed(database_url: str, folder: Path) -> None:
    ids_in(database_url)
    chance = random.Random(SEED)
    acknowledged: list[str] = []
    for turn in range(2):
        workers = [start_worker(database_url, folder, f"{turn}{name}") for name in "ab"]
        for worker in workers:
            acknowledged += kill_after(worker, chance.uniform(0.02, 0.25))
    assert len(acknowledged) > 100
    last = Recorder(QUICK, folder, DatabaseSink(database_url))
    wait_until(lambda: not list(folder.glob("*.log")) or last.status().adopted_writers > 0)
    assert last.close(WAIT_S)
    stored = ids_in(database_url)
    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))
    assert list(folder.iterdir()) == []


def test_a_worker_killed_while_the_database_is_away_loses_nothing(tmp_path: Path, folder: Path) -> None:
    acknowledged = kill_after(start_worker("postgresql://postgres@127.0.0.1:1/none", folder, "a"), 0.1)
    assert acknowledged
    url = f"sqlite:///{tmp_path / 'store.db'}"
    recorder = Recorder(QUICK, folder, DatabaseSink(url))
    wait_until(lambda: recorder.status().adopted_writers == 1)
    assert recorder.close(WAIT_S)
    assert set(acknowledged) <= set(ids_in(url))


class _Pipe(socketserver.BaseRequestHandler):
    """Passes bytes to the PostgreSQL server and back until either side ends or the proxy is cut."""

    def handle(self) -> None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", 5432)) as there:
            self.server.sockets += [self.request, there]  # type: ignore[attr-defined]
            while True:
                for source in select.select([self.request, there], [], [])[0]:
                    data = source.recv(65_536)
                    if not data:
                        return
                    (there if source is self.request else self.request).sendall(data)


class Proxy(socketserver.ThreadingTCPServer):
    """A way to PostgreSQL that can be cut."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Pipe)
        self.sockets: list[socket.socket] = []
        self.port = self.server_address[1]
        threading.Thread(target=lambda: self.serve_forever(0.01), daemon=True).start()

    def cut(self) -> None:
        self.shutdown()
        self.server_close()
        for end in self.sockets:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def recording(url: str, folder: Path) -> Iterator[Recorder]:
    recorder = Recorder(QUICK, folder, DatabaseSink(url))
    try:
        yield recorder
    finally:
        recorder.close(0)


only_postgres = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.mark.postgres
@only_postgres
def test_a_cut_connection_delays_records_and_loses_none(database_url: str, folder: Path) -> None:
    ids_in(database_url)
    proxy = Proxy()
    through = make_url(database_url).set(port=proxy.port).render_as_string(hide_password=False)
    with recording(through, folder) as recorder:
        numbers = iter(range(1_000_000))

        def record(count: int) -> None:
            for _ in range(count):
                assert recorder.record(prediction(f"p{next(numbers)}")) is Outcome.KEPT

        record(200)
        wait_until(lambda: recorder.status().stored > 0)
        for _ in range(3):
            record(50)
            proxy.cut()
            record(200)
            wait_until(lambda: recorder.status().state is RecorderState.STORE_AWAY)
            proxy = Proxy(proxy.port)
            wait_until(lambda: recorder.status().state is RecorderState.OK)
        assert recorder.close(WAIT_S)
        proxy.cut()
        count = next(numbers)
    stored = ids_in(database_url)
    assert sorted(stored) == sorted(f"p{number}" for number in range(count))


@pytest.mark.postgres
@only_postgres
def test_backends_that_are_terminated_delay_records_and_lose_none(database_url: str, folder: Path) -> None:
    ids_in(database_url)
    url = make_url(database_url)
    admin = psycopg2.connect(host=url.host, port=url.port, user=url.username, dbname="postgres")
    admin.autocommit = True
    with recording(database_url, folder) as recorder:
        for number in range(600):
            assert recorder.record(prediction(f"p{number}")) is Outcome.KEPT
            if number % 50 == 0:
                admin.cursor().execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [url.database]
                )
        assert recorder.close(WAIT_S)
    admin.close()
    assert sorted(ids_in(database_url)) == sorted(f"p{number}" for number in range(600))


@pytest.mark.postgres
@only_postgres
def test_a_database_that_refuses_writes_is_waited_for(database_url: str, folder: Path) -> None:
    ids_in(database_url)
    url = make_url(database_url)
    admin = psycopg2.connect(host=url.host, port=url.port, user=url.username, dbname="postgres")
    admin.autocommit = True
    admin.cursor().execute(f"ALTER DATABASE {url.database} SET default_transaction_read_only = on")
    with recording(database_url, folder) as recorder:
        assert recorder.record(prediction("p1")) is Outcome.KEPT
        wait_until(lambda: "read-only" in str(recorder.status().last_error))
        admin.cursor().execute(f"ALTER DATABASE {url.database} RESET default_transaction_read_only")
        admin.cursor().execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [url.database]
        )
        assert recorder.close(WAIT_S)
        assert recorder.status().rejected == 0
    admin.close()
    assert ids_in(database_url) == ["p1"]


def test_a_row_the_database_refuses_does_not_hold_up_the_others(
    database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from serving.recording import records

    mend = records._prediction_row

    def spoil(header: dict[str, Any], payloads: list[bytes]) -> dict[str, Any]:
        row = mend(header, payloads)
        return row | {"created_at": None} if row["id"] in ("p3", "p77") else row

    monkeypatch.setitem(records._DECODERS, records.PREDICTION, spoil)
    ids_in(database_url)
    with recording(database_url, folder) as recorder:
        recorder.record_all([prediction(f"p{number}") for number in range(100)])
        assert recorder.close(WAIT_S)
        assert (recorder.status().stored, recorder.status().rejected) == (98, 2)
    assert len(ids_in(database_url)) == 98
    rejected = (folder / "rejected.jsonl").read_text()
    assert rejected.count("created_at") >= 2
    assert rejected.lower().count("not null") + rejected.lower().count("not-null") >= 2
