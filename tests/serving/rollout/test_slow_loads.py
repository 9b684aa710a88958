"""A version that takes long to load holds up no weight: neither of another model nor its own."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from serving.rollout.canaries import OpenRollout
from serving.rollout.routing import BUCKETS, Arm, Wanted
from tests.serving.rollout.test_canaries import DELAY_S, NAME, World, version

OTHER = "risk_analyzer"
LIMIT_S, LOOKS_EVERY_S = 2.0, 0.02


def rollout(name: str, weight: int, rollout_id: str = "r1") -> OpenRollout:
    return OpenRollout(rollout_id, version(name), Wanted("salt", weight, 0.0, 1_000.0))


def comes_true(what: Callable[[], bool]) -> bool:
    until_s = time.monotonic() + LIMIT_S
    while not what():
        if time.monotonic() > until_s:
            return False
        time.sleep(LOOKS_EVERY_S)
    return True


@pytest.fixture
def slow() -> threading.Event:
    return threading.Event()


@pytest.fixture
def looks_every_s() -> float:
    return LOOKS_EVERY_S


@pytest.fixture
def world(slow: threading.Event, looks_every_s: float) -> Iterator[World]:
    """A canary that answers everybody, and versions 9-… that load when they are told to."""
    world = World()
    world.champion = {NAME: version("1-a"), OTHER: version("1-x")}
    world.loads_slowly = {"9-canary": slow, "9-champion": slow}
    world.rollouts = {NAME: rollout("2-b", BUCKETS)}
    world.look(DELAY_S)
    world.follower.start(looks_every_s)
    assert world.answers() == ("2-b", Arm.CANARY)
    yield world
    slow.set()
    world.follower.stop(5.0)


def begins_to_load(world: World, name: str) -> None:
    if name == "9-champion":
        world.champion = {NAME: version("1-a"), OTHER: version(name)}
    else:
        world.rollouts = {NAME: rollout("2-b", BUCKETS), OTHER: rollout(name, BUCKETS, "r2")}
    assert comes_true(lambda: name in world.loaded)


@pytest.mark.parametrize("loading", ["9-canary", "9-champion"])
def test_a_weight_falls_in_time_while_a_version_of_another_model_loads(
    world: World, slow: threading.Event, loading: str
) -> None:
    begins_to_load(world, loading)
    assert isinstance(world.rollouts, dict)
    world.rollouts = world.rollouts | {NAME: rollout("2-b", 0)}
    assert comes_true(lambda: world.answers() == ("1-a", Arm.CHAMPION))
    slow.set()
    arm = Arm.CHAMPION if loading == "9-champion" else Arm.CANARY
    assert comes_true(lambda: world.models.route(OTHER, "someone") is not None)

    def answers() -> bool:
        served = world.models.route(OTHER, "someone")
        return served is not None and (served.version, served.arm) == (loading, arm)

    assert comes_true(answers)


def test_the_clients_of_a_rollout_that_ended_do_not_wait_for_the_next_version(
    world: World, slow: threading.Event
) -> None:
    world.rollouts = {NAME: rollout("9-canary", 0, "r2")}
    assert comes_true(lambda: world.answers() == ("1-a", Arm.CHAMPION))
    slow.set()
    assert comes_true(lambda: NAME in world.models.canaries)
    assert world.models.canaries[NAME].served.version == "9-canary"


def test_a_version_whose_rollout_ends_while_it_loads_comes_into_no_service(world: World, slow: threading.Event) -> None:
    begins_to_load(world, "9-canary")
    world.rollouts = {NAME: rollout("2-b", 0)}
    assert comes_true(lambda: world.answers() == ("1-a", Arm.CHAMPION))
    slow.set()
    world.rollouts = {NAME: rollout("2-b", BUCKETS)}
    assert comes_true(lambda: world.models.canaries[NAME].split.weight == BUCKETS)
    assert OTHER not in world.models.canaries


@pytest.mark.parametrize("looks_every_s", [1.5])
@pytest.mark.parametrize("loading", ["9-canary", "9-champion"])
def test_a_version_is_in_service_as_soon_as_it_is_loaded(world: World, slow: threading.Event, loading: str) -> None:
    begins_to_load(world, loading)
    loaded_s = time.monotonic()
    slow.set()

    def is_there() -> bool:
        held = {canary.served.version for canary in world.models.canaries.values()}
        return loading in held | {served.version for served in world.models.served.values()}

    assert comes_true(is_there)
    assert time.monotonic() - loaded_s < 0.75


def test_a_canary_is_promoted_in_time_while_a_version_of_another_model_loads(
    world: World, slow: threading.Event
) -> None:
    begins_to_load(world, "9-champion")
    world.champion = {NAME: version("2-b"), OTHER: version("9-champion")}
    world.rollouts = {}
    assert comes_true(lambda: world.models.served[NAME].version == "2-b" and not world.models.canaries)
    assert world.models.served[OTHER].version == "1-x"
    slow.set()
    assert comes_true(lambda: world.models.served[OTHER].version == "9-champion")


def test_what_is_not_wanted_any_more_when_its_turn_comes_is_not_loaded(world: World, slow: threading.Event) -> None:
    begins_to_load(world, "9-champion")
    for wish in ("3-c", "4-d"):
        world.champion = {NAME: version(wish), OTHER: version("9-champion")}
        time.sleep(5 * LOOKS_EVERY_S)
    slow.set()
    assert comes_true(lambda: world.models.served[NAME].version == "4-d")
    assert "3-c" not in world.loaded


def test_going_back_waits_for_nothing_that_loads(world: World, slow: threading.Event) -> None:
    world.champion = {NAME: version("2-b"), OTHER: version("1-x")}
    assert comes_true(lambda: world.models.served[NAME].version == "2-b")
    begins_to_load(world, "9-champion")
    world.champion = {NAME: version("1-a"), OTHER: version("9-champion")}
    assert comes_true(lambda: world.models.served[NAME].version == "1-a")
    assert world.loaded.count("1-a") == 1


def test_a_canary_that_does_not_load_beside_the_looks_is_reported(world: World, slow: threading.Event) -> None:
    world.loader_faults["9-canary"] = RuntimeError("planted")
    begins_to_load(world, "9-canary")
    slow.set()
    assert comes_true(lambda: bool(world.reports))
    assert world.reports[0][0] == "r2"
    assert OTHER in world.models.canary_unavailable
