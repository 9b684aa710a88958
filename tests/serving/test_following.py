"""Following the ledger: when a version is put in the place of another, and when the old one goes on."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from serving.artifacts import Artifact
from serving.errors import ArtifactError
from serving.following import RETRY_S, Follower
from serving.loaded_models import LEDGER_UNREAD, LoadedModels, Served
from serving.signing import SigningError
from serving.store.database import StoreError

NAME, OTHER = "section_optimizer", "risk_analyzer"


def version(name: str) -> Artifact:
    return Artifact(name, "0" * 64, tag=f"x:{name}")


class World:
    """A ledger that says what it is told, a loader that loads what it is told it can, and a clock."""

    def __init__(self) -> None:
        self.says: list[dict[str, Artifact] | Exception | None] = []
        self.faults: dict[str, Exception] = {}
        self.loaded: list[str] = []
        self.kept: list[tuple[str, str, str]] = []
        self.switches: list[tuple[str, str | None, str]] = []
        self.expired = 0
        self.closed: list[str] = []
        self.now_s = 1_000.0
        self.models = LoadedModels()
        self.follower = Follower(self, self, self.models, self.switched, clock=lambda: self.now_s)  # type: ignore[arg-type]

    def poll(self) -> dict[str, Artifact] | None:
        said = self.says.pop(0) if self.says else None
        if isinstance(said, Exception):
            raise said
        return said

    def find(self, problem: str, artifact: Artifact) -> Served | None:
        return None

    def load(self, problem: str, artifact: Artifact) -> Served:
        self.loaded.append(artifact.version)
        if artifact.version in self.faults:
            raise self.faults[artifact.version]
        predictor: Any = object()
        return Served(predictor, artifact.version)

    def keep(self, problem: str, artifact: Artifact, served: Served) -> None:
        self.kept.append((problem, artifact.version, served.version))

    def expire(self) -> None:
        self.expired += 1

    def close(self) -> None:
        self.closed.append("loader" if self.closed else "source")

    def switched(self, problem: str, old: Served | None, new: Served) -> None:
        self.switches.append((problem, old.version if old else None, new.version))

    def look(self, *says: dict[str, Artifact] | Exception | None) -> None:
        for said in says or (None,):
            self.says.append(said)
            self.follower.look()

    def answers(self) -> dict[str, str]:
        return {name: served.version for name, served in self.models.served.items()}


@pytest.fixture
def world() -> World:
    return World()


def test_another_version_takes_the_place_of_the_first_which_is_kept(world: World) -> None:
    world.look({NAME: version("1-a"), OTHER: version("1-r")}, {NAME: version("2-b"), OTHER: version("1-r")})
    assert world.answers() == {NAME: "2-b", OTHER: "1-r"}
    assert world.loaded == ["1-a", "1-r", "2-b"]
    assert world.kept == [(NAME, "1-a", "1-a")]
    assert world.switches == [(NAME, None, "1-a"), (OTHER, None, "1-r"), (NAME, "1-a", "2-b")]


def test_a_look_at_an_unchanged_ledger_loads_nothing(world: World) -> None:
    world.look({NAME: version("1-a")}, None, None, {NAME: version("1-a")})
    assert world.loaded == ["1-a"]
    assert world.expired == 4


def test_the_same_name_with_other_files_is_another_version(world: World) -> None:
    world.look({NAME: version("1-a")}, {NAME: Artifact("1-a", "f" * 64, tag="x:1-a")})
    assert world.loaded == ["1-a", "1-a"]


def test_a_version_that_does_not_load_leaves_the_old_one_and_is_tried_once_a_minute(world: World) -> None:
    world.faults["2-b"] = ArtifactError("a byte is wrong")
    world.look({NAME: version("1-a")}, {NAME: version("2-b")}, None, None)
    assert world.answers() == {NAME: "1-a"}
    told = world.models.health()["not_switched"][NAME]
    assert told == "version 2-b does not load: a byte is wrong; version 1-a goes on"
    assert world.loaded == ["1-a", "2-b"]
    world.now_s += RETRY_S - 1
    world.look()
    assert world.loaded == ["1-a", "2-b"]
    world.now_s += 1
    world.look()
    assert world.loaded == ["1-a", "2-b", "2-b"]
    del world.faults["2-b"]
    world.now_s += RETRY_S
    world.look()
    assert world.answers() == {NAME: "2-b"}
    assert world.models.health()["not_switched"] == {}


def test_a_third_version_does_not_wait_for_the_minute(world: World) -> None:
    world.faults["2-b"] = ArtifactError("damaged")
    world.look({NAME: version("1-a")}, {NAME: version("2-b")}, {NAME: version("3-c")})
    assert world.answers() == {NAME: "3-c"}


def test_going_back_from_a_version_that_never_loaded_clears_the_fault(world: World) -> None:
    world.faults["2-b"] = ArtifactError("damaged")
    world.look({NAME: version("1-a")}, {NAME: version("2-b")}, {NAME: version("1-a")})
    assert world.models.health()["not_switched"] == {}
    assert world.loaded == ["1-a", "2-b"]
    world.look({NAME: version("2-b")})
    assert world.loaded == ["1-a", "2-b", "2-b"]


def test_one_that_does_not_load_does_not_keep_the_others_from_it(world: World) -> None:
    world.faults["1-a"] = MemoryError()
    world.look({NAME: version("1-a"), OTHER: version("1-r")})
    assert world.answers() == {OTHER: "1-r"}
    assert NAME in world.models.unavailable
    assert world.models.is_ready()


@pytest.mark.parametrize(
    "error", [FileNotFoundError("/srv/secret"), SigningError("the key /srv/secret cannot be read")]
)
def test_the_health_page_tells_nothing_of_this_machines_files(world: World, error: Exception) -> None:
    world.faults["1-a"] = error
    world.look({NAME: version("1-a")})
    told = world.models.health()["unavailable"][NAME]
    assert told == "version 1-a does not load: the reason is in the service's log"


@pytest.mark.parametrize("away", [OperationalError("SELECT", {}, Exception("gone")), StoreError("cannot be opened")])
def test_a_database_that_is_away_leaves_what_is_loaded(
    world: World, away: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    world.look({NAME: version("1-a")}, away, away, away, {NAME: version("2-b")})
    assert world.answers() == {NAME: "2-b"}
    warnings = [record for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1


def test_a_database_that_is_away_at_the_start_is_asked_again(world: World) -> None:
    world.look(StoreError("cannot be opened"))
    assert not world.models.is_ready()
    assert world.models.unavailable[NAME] == LEDGER_UNREAD
    world.look({NAME: version("1-a")})
    assert world.models.is_ready()
    assert world.answers() == {NAME: "1-a"}


def test_a_ledger_that_forgot_a_model_takes_nothing_out_of_service(world: World) -> None:
    world.look({NAME: version("1-a")}, {})
    assert world.answers() == {NAME: "1-a"}


def wait_for(done: Callable[[], bool]) -> None:
    import time

    deadline = time.monotonic() + 10
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_the_thread_follows_survives_anything_and_ends_when_told(world: World) -> None:
    world.says = [ValueError("not expected"), {NAME: version("1-a")}]
    world.follower.start(0.01)
    wait_for(lambda: world.answers() == {NAME: "1-a"})
    world.follower.stop(5)
    assert world.closed == ["source", "loader"]
    looks = world.expired
    assert world.follower._thread is not None
    assert not world.follower._thread.is_alive()
    assert world.expired == looks
