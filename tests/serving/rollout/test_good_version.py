"""A good version goes from nothing to everything on a real service of two workers, under steady requests.

No request fails, each is answered by the arm that its client is in, the shares are those of the weights, no client goes
back, and every change is in force in both workers within two seconds.
"""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.engine import Engine

from benchmarks.load.service import LoadedService
from benchmarks.rollbacks.routed import LIMIT_S, flipped, misrouted
from configs import Settings
from configs.auth_settings import Scope
from flows import promotion
from serving.auth.development import DevelopmentKeys, TokenOrder
from serving.questions import PATHS
from serving.rollout.routing import BUCKETS
from serving.store.database import open_database
from serving.store.predictions import count_by_model_version
from serving.store.rollouts import Change, EventKind, NewEvent, Rollout, RolloutState, change_rollout, insert_rollout
from tests.serving.promoting import promoting, put_in_service, version_of
from tests.serving.rollout.seen import (
    CLIENTS,
    SALT,
    Seen,
    asked_of_one,
    assert_shares,
    routed,
    settled_s,
)
from tests.serving.rollout.test_source import ROW
from tests.training.small import train_small, write_dataset

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]
MODEL = "section_optimizer"
WEIGHTS = (500, 2_500, 5_000, BUCKETS)
THREADS = 4
WORKERS = 2
MOST_CONNECTIONS = 200
HOLD_LIMIT_S = 60.0
PAUSE_S = 0.005


class Clients:
    """Ask in turn, each thread for its clients, by turns on a connection to each worker."""

    def __init__(self, service: LoadedService, tokens: list[str]) -> None:
        self.seen: list[Seen] = []
        self._tokens = tokens
        self._stop = threading.Event()
        self._connections = [one_to_each_worker(service) for _ in range(THREADS)]
        self._threads = [threading.Thread(target=self._ask, args=(first,), daemon=True) for first in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def wait_for_a_round(self) -> None:
        """Wait until every client has asked each worker once more."""
        begun_s = time.time()
        while len({(one.client, one.worker) for one in list(self.seen) if one.asked_s > begun_s}) < WORKERS * CLIENTS:
            assert time.time() < begun_s + HOLD_LIMIT_S
            time.sleep(0.05)

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, first: int) -> None:
        connections = self._connections[first]
        asked = 0
        while not self._stop.is_set():
            turn, place = divmod(asked, CLIENTS // THREADS)
            asked += 1
            client, (worker, connection) = first + THREADS * place, connections[(turn + place) % WORKERS]
            self.seen.append(self._one(worker, connection, client, 10.0 + first + 0.001 * asked))
            time.sleep(PAUSE_S)

    def _one(self, worker: int, connection: http.client.HTTPConnection, client: int, span_feet: float) -> Seen:
        body = {"member_type": "beam", "span_feet": span_feet, "tributary_load_psf": 60, "design_code": "AISC 360-22"}
        headers = {"content-type": "application/json", "authorization": f"Bearer {self._tokens[client]}"}
        asked_s = time.time()
        try:
            connection.request("POST", PATHS[MODEL], json.dumps(body), headers)
            answer = connection.getresponse()
            said = json.loads(answer.read())
            arm, version = answer.headers["x-sdai-arm"] or "", answer.headers["x-sdai-model-version"] or ""
            assert said.get("model_version") == version
            return Seen(client, asked_s, time.time(), answer.status, arm, version, worker)
        except Exception as error:  # noqa: BLE001  (told by the test)
            connection.close()
            return Seen(client, asked_s, time.time(), 0, repr(error), "", worker)


def one_to_each_worker(service: LoadedService) -> list[tuple[int, http.client.HTTPConnection]]:
    """Return a connection to each worker, with the worker's process id.

    Who takes a connection is the kernel's choice, and often it is the same worker again and again: so it is looked up.
    """
    found: dict[int, http.client.HTTPConnection] = {}
    for _ in range(MOST_CONNECTIONS):
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
        connection.request("GET", "/livez")
        connection.getresponse().read()
        port = connection.sock.getsockname()[1]
        worker = next(
            process.pid
            for process in service.worker_processes()
            if any(other.raddr and other.raddr.port == port for other in process.net_connections("tcp4"))
        )
        if found.setdefault(worker, connection) is not connection:
            connection.close()
        if len(found) == WORKERS:
            return sorted(found.items())
    raise AssertionError(f"{MOST_CONNECTIONS} connections led to {len(found)} of {WORKERS} workers")


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("pandas")
    from structural.problems.section_optimizer import PROBLEM

    folder = tmp_path_factory.mktemp("section")
    dataset = write_dataset(folder / "data.parquet", PROBLEM.generate(500, np.random.default_rng(2)), 350)
    train_small(MODEL, dataset, folder, max_rounds=5, depth=3, leaves=7, max_bins=16)
    return folder / "artifact"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Settings]:
    with promoting(tmp_path / "source") as settings:
        yield settings


@dataclass
class Rolling:
    """A rollout whose weight is changed by hand, and when that was."""

    engine: Engine
    row: Rollout
    changes: list[tuple[float, int]]

    def set_weight(self, weight: int) -> None:
        now = datetime.now(UTC)
        changed = change_rollout(
            self.engine,
            self.row,
            Change(state=RolloutState.CANARY, weight=weight),
            NewEvent(EventKind.STEP, "a test"),
            now,
        )
        assert changed is not None
        self.row = changed
        self.changes.append((now.timestamp(), weight))


def test_a_good_version_takes_over_client_by_client(home: Settings, artifact: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(artifact, home.paths.work / "v2")
    with (home.paths.work / "v2" / "model.json").open("a") as stream:
        stream.write("\n")
    first, second = version_of(MODEL, 1, artifact), version_of(MODEL, 2, home.paths.work / "v2")
    put_in_service(home, first)
    promotion.store_version(home, second.tag, second)
    service = LoadedService(home.paths.work, tmp_path / "service", settings={"SDAI_LABELS_BUSY_SHARE": "0.05"})
    service.prepare()
    keys = DevelopmentKeys(service.home / ".sdai" / "keys")
    tokens = [
        keys.mint(TokenOrder(f"client-{number}", (), (Scope.DESIGN_READ,), 600.0), time.time())
        for number in range(CLIENTS)
    ]
    engine = open_database(service.database)
    now = datetime.now(UTC)
    names = {"candidate_version": second.name, "candidate_tag": second.tag, "candidate_sha256": second.artifact_sha256}
    row = replace(ROW, **names, salt=SALT, weight=0, shadow_share=0.0, created_at=now, updated_at=now)
    rolling = Rolling(engine, insert_rollout(engine, row, NewEvent(EventKind.STARTED, "a test")), [])
    try:
        service.start()
        clients = Clients(service, tokens)
        time.sleep(1.0)
        for weight in WEIGHTS:
            rolling.set_weight(weight)
            time.sleep(LIMIT_S)
            clients.wait_for_a_round()
        clients.stop()
        service.stop()
        counts = {
            (count.arm, count.model_version): count.answered
            for count in count_by_model_version(engine, now - timedelta(minutes=5), MODEL)
            if count.arm != "shadow"
        }
    finally:
        service.stop()
        engine.dispose()
    seen = clients.seen
    assert [one for one in seen if one.status != 200] == []
    assert asked_of_one(seen, rolling.changes) == []
    assert flipped(routed(seen)) == []
    assert misrouted(routed(seen), rolling.changes, SALT) == []
    assert_shares(seen, rolling.changes)
    assert counts == {
        ("champion", first.name): sum(one.arm == "champion" for one in seen),
        ("canary", second.name): sum(one.arm == "canary" for one in seen),
    }
    assert {(one.arm, one.version) for one in seen} == {("champion", first.name), ("canary", second.name)}
    assert max(settled_s(seen, rolling.changes)) < LIMIT_S
