"""A real service of two workers follows promotions and rollbacks under steady requests, without one failure."""

import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from configs import Settings
from flows import promotion
from flows.model_store import stored_folder
from flows.promotion import Version
from flows.service_process import ServiceClient, running_service
from serving.questions import PATHS
from serving.store import Action, Promotion, open_database, record_promotion
from tests.serving.promoting import models_folder, promoting, put_in_service, version_of
from tests.small_versions import train_section

MODEL = "section_optimizer"
SWITCHES = 5
LIMIT_S = 2.0
CLIENTS = 6


@dataclass(frozen=True)
class Seen:
    """One answer: when it was asked for, its status, and the version that gave it."""

    at_s: float
    status: int
    version: str


class Clients:
    """Ask, each on a connection of its own, until told to stop; no question is asked twice."""

    def __init__(self, port: int, token: str) -> None:
        self.seen: list[Seen] = []
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(ServiceClient(port, token), client), daemon=True)
            for client in range(CLIENTS)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, client: ServiceClient, number: int) -> None:
        asked = 0
        while not self._stop.is_set():
            asked += 1
            span = 10.0 + number + 0.001 * asked
            body = {"member_type": "beam", "span_feet": span, "tributary_load_psf": 60, "design_code": "AISC 360-22"}
            at_s = time.monotonic()
            try:
                answer = client.post(PATHS[MODEL], body)
                self.seen.append(Seen(at_s, answer.status, answer.body.get("model_version", "")))
            except Exception as error:  # noqa: BLE001  (told by the test)
                self.seen.append(Seen(at_s, 0, repr(error)))
            time.sleep(0.01)


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_section(tmp_path_factory.mktemp("section"))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Settings]:
    with promoting(tmp_path) as settings:
        yield settings


def variant(artifact: Path, folder: Path, number: int) -> Version:
    """Return a version that answers alike and is another one."""
    shutil.copytree(artifact, folder)
    with (folder / "model.json").open("a") as stream:
        stream.write("\n" * number)
    return version_of(MODEL, number, folder)


def record(settings: Settings, version: Version) -> None:
    """Have the ledger name a version whose files promotion would not take."""
    evidence = {"artifact_sha256": version.artifact_sha256}
    promoted = Promotion(MODEL, Action.PROMOTE, version.name, version.tag, "", "a test", evidence)
    engine = open_database(settings.store_url)
    record_promotion(engine, promoted, datetime.now(UTC))
    engine.dispose()


def versions(port: int) -> set[str]:
    """Return what the health pages of all workers say: enough connections to meet each."""
    said = (ServiceClient(port).get("/api/v1/health").body for _ in range(24))
    return {health["versions"].get(MODEL, "none") for health in said}


def test_workers_follow_promotions_and_rollbacks_without_a_failed_request(home: Settings, artifact: Path) -> None:
    first, second = (variant(artifact, home.paths.work / f"v{number}", number) for number in (1, 2))
    put_in_service(home, first)
    environment = {"SDAI_SERVING_WORKERS": "2", "SDAI_LIMITS_JSON_RATE": "100000/second"}
    marks: list[tuple[float, str]] = []
    with running_service(environment, models_folder(home)) as client:
        assert client.get("/readyz").status == 200
        clients = Clients(client.port, client._authorization["Authorization"].removeprefix("Bearer "))
        time.sleep(0.5)
        for switch in range(SWITCHES):
            if switch % 2 == 0:
                put_in_service(home, second)
            else:
                promotion.rollback(home, MODEL, "a test")
            wanted = second.name if switch % 2 == 0 else first.name
            marks.append((time.monotonic(), wanted))
            time.sleep(LIMIT_S)
            assert versions(client.port) == {wanted}
        clients.stop()
    failed = [seen for seen in clients.seen if seen.status != 200]
    assert failed == []
    assert {seen.version for seen in clients.seen} == {first.name, second.name}
    assert len(clients.seen) > 20 * CLIENTS
    ends = [at_s for at_s, _ in marks[1:]] + [time.monotonic()]
    for (at_s, wanted), end_s in zip(marks, ends, strict=True):
        late = [s for s in clients.seen if at_s + LIMIT_S < s.at_s < end_s - 1.0 and s.version != wanted]
        assert late == []


def test_a_version_that_fails_leaves_the_old_one_and_health_says_why(home: Settings, artifact: Path) -> None:
    first, second = (variant(artifact, home.paths.work / f"v{number}", number) for number in (1, 2))
    put_in_service(home, first)
    with running_service({}, models_folder(home)) as client:
        token = client._authorization["Authorization"].removeprefix("Bearer ")
        promotion.store_version(home, second.tag, second)
        stored = stored_folder(second.tag)
        assert stored is not None
        with (stored / "model.json").open("a") as stream:
            stream.write(" ")
        record(home, second)
        deadline = time.monotonic() + 10
        while not (health := ServiceClient(client.port).get("/api/v1/health").body)["not_switched"]:
            assert time.monotonic() < deadline, health
            time.sleep(0.05)
        assert health["status"] == "degraded"
        assert health["not_switched"][MODEL].endswith(f"version {first.name} goes on")
        assert "model.json is larger than when it was signed" in health["not_switched"][MODEL]
        body = {"member_type": "beam", "span_feet": 20, "tributary_load_psf": 60, "design_code": "AISC 360-22"}
        answer = ServiceClient(client.port, token).post(PATHS[MODEL], body)
        assert (answer.status, answer.body["model_version"]) == (200, first.name)
