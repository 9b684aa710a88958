"""Following rollouts: when a canary is loaded, weighed and dropped, and what becomes of one that does not load."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from serving.artifacts import Artifact
from serving.errors import ArtifactError
from serving.following import Follower
from serving.loaded_models import LoadedModels, Served
from serving.rollout.canaries import RETRY_S, CanaryFollower, OpenRollout
from serving.rollout.routing import BUCKETS, Arm, Wanted
from serving.store.database import StoreError

NAME = "section_optimizer"
DELAY_S = 1.5


def version(name: str) -> Artifact:
    return Artifact(name, "0" * 64, tag=f"x:{name}")


class World:
    """A ledger and rollouts that say what they are told, a loader that loads what it is told it can, and a clock."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.champion: dict[str, Artifact] | None = {NAME: version("1-a")}
        self.rollouts: dict[str, OpenRollout] | Exception = {}
        self.loader_faults: dict[str, Exception] = {}
        self.loads_slowly: dict[str, threading.Event] = {}
        self.report_fault_error: Exception | None = None
        self.after_a_read: Callable[[], None] = lambda: None
        self.reports: list[tuple[str, str]] = []
        self.loaded: list[str] = []
        self.kept: dict[str, Served] = {}
        self.changes: list[tuple[str | None, str | None]] = []
        self.models = LoadedModels(lambda: self.now_s)
        self.canaries = CanaryFollower(
            Rollouts(self), Loader(self), self.models, self.changed, DELAY_S, clock=lambda: self.now_s
        )
        self.follower = Follower(self, Loader(self), self.models, lambda *_: None, canaries=self.canaries)  # type: ignore[arg-type]

    def poll(self) -> dict[str, Artifact] | None:
        champion, self.champion = self.champion, None
        self.happens_once()
        return champion

    def happens_once(self) -> None:
        happens, self.after_a_read = self.after_a_read, lambda: None
        happens()

    def close(self) -> None:
        """Have nothing open."""

    def changed(self, problem: str, old: Served | None, new: Served | None) -> None:
        self.changes.append((old.version if old else None, new.version if new else None))

    def roll_out(self, name: str, weight: int = 0, *, rollout_id: str = "r1", shadow_share: float = 0.0) -> None:
        self.rollouts = {NAME: OpenRollout(rollout_id, version(name), Wanted("salt", weight, shadow_share, self.now_s))}

    def look(self, after_s: float = 0.0) -> None:
        self.follower.look()
        self.now_s += after_s

    def answers(self, client: str = "someone") -> tuple[str, Arm]:
        served = self.models.route(NAME, client)
        assert served is not None
        return served.version, served.arm


class Rollouts:
    def __init__(self, world: World) -> None:
        self.world = world

    def poll(self) -> dict[str, OpenRollout]:
        if isinstance(self.world.rollouts, Exception):
            raise self.world.rollouts
        rollouts = self.world.rollouts
        self.world.happens_once()
        return rollouts

    def report_fault(self, rollout: OpenRollout, reason: str) -> None:
        if self.world.report_fault_error is not None:
            raise self.world.report_fault_error
        self.world.reports.append((rollout.id, reason))

    def close(self) -> None:
        """Have nothing open."""


class Loader:
    def __init__(self, world: World) -> None:
        self.world = world

    def find(self, problem: str, artifact: Artifact) -> Served | None:
        return self.world.kept.get(artifact.version)

    def load(self, problem: str, artifact: Artifact) -> Served:
        self.world.loaded.append(artifact.version)
        if artifact.version in self.world.loads_slowly:
            assert self.world.loads_slowly[artifact.version].wait(20.0)
        if artifact.version in self.world.loader_faults:
            raise self.world.loader_faults[artifact.version]
        predictor: Any = object()
        return Served(predictor, artifact.version)

    def keep(self, problem: str, artifact: Artifact, served: Served) -> None:
        self.world.kept[artifact.version] = served

    def expire(self) -> None:
        """Keep everything."""

    def close(self) -> None:
        """Leave nothing."""


@pytest.fixture
def world() -> World:
    world = World()
    world.look()
    world.models.unavailable.clear()  # the other problems
    return world


def test_a_canary_is_loaded_beside_the_champion_which_answers_all_until_it_has_a_weight(world: World) -> None:
    world.roll_out("2-b")
    world.look()
    assert world.loaded == ["1-a", "2-b"]
    assert world.answers() == ("1-a", Arm.CHAMPION)
    assert world.models.health()["canaries"] == {NAME: {"version": "2-b", "weight": 0.0, "shadow_share": 0.0}}
    world.roll_out("2-b", BUCKETS)
    world.look(DELAY_S)
    assert world.answers() == ("2-b", Arm.CANARY)
    assert world.loaded == ["1-a", "2-b"]
    assert world.models.health()["status"] == "healthy"


def test_a_rollout_that_ends_leaves_all_to_the_champion_at_once_and_keeps_the_version(world: World) -> None:
    world.roll_out("2-b", BUCKETS)
    world.look(DELAY_S)
    world.rollouts = {}
    world.look()
    assert world.answers() == ("1-a", Arm.CHAMPION)
    assert world.kept["2-b"].arm is Arm.CHAMPION
    assert world.changes == [(None, "2-b"), ("2-b", None)]
    world.roll_out("2-b", rollout_id="r2")
    world.look()
    assert world.loaded == ["1-a", "2-b"]


def test_a_promoted_canary_goes_on_as_champion_without_being_loaded_again(world: World) -> None:
    world.roll_out("2-b", BUCKETS)
    world.look(DELAY_S)
    canary = world.models.canaries[NAME].served
    world.champion, world.rollouts = {NAME: version("2-b")}, {}
    world.look()
    assert world.answers() == ("2-b", Arm.CHAMPION)
    assert world.models.served[NAME].predictor is canary.predictor
    assert world.loaded == ["1-a", "2-b"]


@pytest.mark.parametrize("next_candidate", [None, "3-c"])
def test_a_promotion_amid_a_look_gives_no_client_back_to_the_old_champion(
    world: World, monkeypatch: pytest.MonkeyPatch, next_candidate: str | None
) -> None:
    world.roll_out("2-b", BUCKETS)
    world.look(DELAY_S)
    answered: list[str] = []
    drop, put = world.models.drop_canary, world.models.put_canary

    def promote() -> None:
        world.champion, world.rollouts = {NAME: version("2-b")}, {}
        if next_candidate is not None:
            world.roll_out(next_candidate, rollout_id="r2")

    def watched(change: Callable[..., object]) -> Callable[..., None]:
        def changes(*given: Any) -> None:
            change(*given)
            answered.append(world.answers()[0])

        return changes

    monkeypatch.setattr(world.models, "drop_canary", watched(drop))
    monkeypatch.setattr(world.models, "put_canary", watched(put))
    world.after_a_read = promote
    for _ in range(3):
        world.look(1.0)
        answered.append(world.answers()[0])
    assert set(answered) == {"2-b"}
    assert world.answers() == ("2-b", Arm.CHAMPION)


def test_a_database_that_falls_silent_before_a_canary_is_dropped_leaves_each_arm_its_share(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.roll_out("2-b", BUCKETS)
    world.look(DELAY_S)
    polls = iter([None, StoreError("away"), None])

    def poll() -> None:
        said = next(polls)
        if said is not None:
            raise said

    monkeypatch.setattr(world, "poll", poll)
    world.rollouts = {}
    world.look()
    assert world.answers() == ("2-b", Arm.CANARY)


def test_a_canary_that_does_not_load_is_reported_once_and_tried_again_after_a_minute(world: World) -> None:
    world.loader_faults["2-b"] = ArtifactError("a file is cut off")
    world.roll_out("2-b", BUCKETS)
    for _ in range(3):
        world.look(1.0)
    assert world.loaded == ["1-a", "2-b"]
    assert world.answers() == ("1-a", Arm.CHAMPION)
    reason = "version 2-b does not load: a file is cut off"
    assert world.reports == [("r1", reason)]
    health = world.models.health()
    assert health["canary_unavailable"] == {NAME: reason}
    assert (health["status"], health["canaries"]) == ("healthy", {})
    world.now_s += RETRY_S
    del world.loader_faults["2-b"]
    world.look(DELAY_S)
    assert world.answers() == ("2-b", Arm.CANARY)
    assert world.models.health()["canary_unavailable"] == {}


def test_a_fault_that_cannot_be_reported_is_reported_later(world: World) -> None:
    world.loader_faults["2-b"] = ArtifactError("damaged")
    world.report_fault_error = StoreError("away")
    world.roll_out("2-b")
    world.look()
    world.report_fault_error = None
    world.look()
    assert len(world.reports) == 1


def test_the_fault_of_a_rollout_that_ended_is_forgotten(world: World) -> None:
    world.loader_faults["2-b"] = ArtifactError("damaged")
    world.roll_out("2-b")
    world.look()
    world.rollouts = {}
    world.look()
    assert world.models.health()["canary_unavailable"] == {}
    world.roll_out("3-c", rollout_id="r2")
    world.look()
    assert world.models.canaries[NAME].served.version == "3-c"


def test_another_candidate_takes_the_place_of_the_first(world: World) -> None:
    world.roll_out("2-b", BUCKETS)
    world.look(DELAY_S)
    world.roll_out("3-c", BUCKETS, rollout_id="r2")
    world.look(DELAY_S)
    assert world.answers() == ("3-c", Arm.CANARY)
    assert world.kept["2-b"].arm is Arm.CHAMPION


@pytest.mark.parametrize("away", [OperationalError("SELECT", {}, Exception("gone")), StoreError("cannot be opened")])
def test_a_database_that_is_away_leaves_each_arm_its_share(
    world: World, away: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    world.roll_out("2-b", BUCKETS)
    world.look(DELAY_S)
    world.rollouts = away
    for _ in range(3):
        world.look(1.0)
    assert world.answers() == ("2-b", Arm.CANARY)
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1


def test_without_a_champion_nothing_answers(world: World) -> None:
    world.roll_out("2-b", BUCKETS)
    world.look(DELAY_S)
    world.models.served.clear()
    assert world.models.route(NAME, "someone") is None
