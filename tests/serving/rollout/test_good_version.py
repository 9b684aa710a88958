"""A good version goes from nothing to everything on a real service of two workers, under steady requests.

No request fails, each is answered by the arm that its client is in, the shares are those of the weights, no client goes
back, and every change is in force in both workers within two seconds.
"""

import http.client
import json
import math
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
from configs import Settings
from configs.auth_settings import Scope
from flows import promotion
from serving.auth.development import DevelopmentKeys, TokenOrder
from serving.questions import PATHS
from serving.rollout.routing import BUCKETS, bucket
from serving.store.database import open_database
from serving.store.predictions import count_by_model_version
from serving.store.rollouts import Change, EventKind, NewEvent, Rollout, RolloutState, change_rollout, insert_rollout
from tests.serving.promoting import promoting, put_in_service, version_of
from tests.serving.rollout.test_source import ROW
from tests.training.small import train_small, write_dataset

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]
MODEL = "section_optimizer"
WEIGHTS = (500, 2_500, 5_000, BUCKETS)
CLIENTS = 48
THREADS = 4
LIMIT_S = 2.0
HOLD_LIMIT_S = 60.0
PAUSE_S = 0.005
SALT = "good-version"


@dataclass(frozen=True)
class Seen:
    """One answer: who asked, when it was asked for and when it came (Unix time), its status, arm and version."""

    client: int
    asked_s: float
    came_s: float
    status: int
    arm: str
    version: str


class Clients:
    """Ask in turn, each thread for its clients, by turns on two connections: they lead to different workers."""

    def __init__(self, port: int, tokens: list[str]) -> None:
        self.seen: list[Seen] = []
        self._port = port
        self._tokens = tokens
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(first,), daemon=True) for first in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def wait_for_a_round(self) -> None:
        """Wait until every client has asked once more."""
        begun_s = time.time()
        while len({one.client for one in list(self.seen) if one.asked_s > begun_s}) < CLIENTS:
            assert time.time() < begun_s + HOLD_LIMIT_S
            time.sleep(0.05)

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, first: int) -> None:
        connections = [http.client.HTTPConnection("127.0.0.1", self._port, timeout=30) for _ in range(2)]
        asked = 0
        while not self._stop.is_set():
            turn, place = divmod(asked, CLIENTS // THREADS)
            asked += 1
            client, connection = first + THREADS * place, connections[(turn + place) % 2]
            self.seen.append(self._one(connection, client, 10.0 + first + 0.001 * asked))
            time.sleep(PAUSE_S)

    def _one(self, connection: http.client.HTTPConnection, client: int, span_feet: float) -> Seen:
        body = {"member_type": "beam", "span_feet": span_feet, "tributary_load_psf": 60, "design_code": "AISC 360-22"}
        headers = {"content-type": "application/json", "authorization": f"Bearer {self._tokens[client]}"}
        asked_s = time.time()
        try:
            connection.request("POST", PATHS[MODEL], json.dumps(body), headers)
            answer = connection.getresponse()
            said = json.loads(answer.read())
            arm, version = answer.headers["x-sdai-arm"] or "", answer.headers["x-sdai-model-version"] or ""
            assert said.get("model_version") == version
            return Seen(client, asked_s, time.time(), answer.status, arm, version)
        except Exception as error:  # noqa: BLE001  (told by the test)
            connection.close()
            return Seen(client, asked_s, time.time(), 0, repr(error), "")


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
        clients = Clients(service.port, tokens)
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
    assert misrouted(seen, rolling.changes) == []
    assert flips(seen) == []
    assert_shares(seen, rolling.changes)
    assert counts == {
        ("champion", first.name): sum(one.arm == "champion" for one in seen),
        ("canary", second.name): sum(one.arm == "canary" for one in seen),
    }
    assert {(one.arm, one.version) for one in seen} == {("champion", first.name), ("canary", second.name)}
    assert max(settled_s(seen, rolling.changes)) < LIMIT_S


def misrouted(seen: list[Seen], changes: list[tuple[float, int]]) -> list[Seen]:
    """Return the answers of another arm than the client is in by the weights that may have been in force."""
    wrong = []
    for one in seen:
        allowed = {
            0 if not changes else weight for weight in weights_between(changes, one.asked_s - LIMIT_S, one.came_s)
        }
        arms = {"canary" if bucket(SALT, f"client-{one.client}") < weight else "champion" for weight in allowed}
        if one.arm not in arms:
            wrong.append(one)
    return wrong


def weights_between(changes: list[tuple[float, int]], from_s: float, until_s: float) -> set[int]:
    """Return the weights that were written at some time between two."""
    before = [weight for at_s, weight in changes if at_s <= from_s]
    return {before[-1] if before else 0} | {weight for at_s, weight in changes if from_s < at_s <= until_s}


def flips(seen: list[Seen]) -> list[int]:
    """Return the clients that the champion answered after the canary had."""
    back = []
    for client in range(CLIENTS):
        arms = [one.arm for one in sorted(seen, key=lambda one: one.asked_s) if one.client == client]
        if "canary" in arms and "champion" in arms[arms.index("canary") :]:
            back.append(client)
    return back


def assert_shares(seen: list[Seen], changes: list[tuple[float, int]]) -> None:
    """Assert for each step that the clients in the canary are the weight's share within 3 standard deviations."""
    ends = [at_s for at_s, _ in changes[1:]] + [math.inf]
    for (at_s, weight), end_s in zip(changes, ends, strict=True):
        held = [one for one in seen if at_s + LIMIT_S < one.asked_s and one.came_s < end_s]
        asked = {one.client for one in held}
        taken = {one.client for one in held if one.arm == "canary"}
        share = weight / BUCKETS
        assert len(asked) == CLIENTS
        assert abs(len(taken) - len(asked) * share) <= 3.0 * math.sqrt(len(asked) * share * (1.0 - share)), weight


def settled_s(seen: list[Seen], changes: list[tuple[float, int]]) -> list[float]:
    """Return, for each change, the seconds until the champion had been asked a last time for who is in the canary."""
    found = []
    for at_s, weight in changes:
        late = [
            one.asked_s - at_s
            for one in seen
            if one.arm == "champion" and bucket(SALT, f"client-{one.client}") < weight and one.asked_s > at_s
        ]
        found.append(max(late, default=0.0))
    return found
