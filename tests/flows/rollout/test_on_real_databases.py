"""Two controllers at once, and a database that is away: on SQLite and on a real PostgreSQL."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url

from configs.rollout_settings import StepSettings
from flows.rollout.controller import Controller
from flows.rollout.interventions import abort, promote
from flows.rollout.policy import Policy, canary_policy
from serving.store import open_database
from serving.store.rollouts import EventKind, Rollout, RolloutState, list_events
from tests.flows.rollout.world import CANDIDATE, CHAMPION, MODEL, World, current, ledger_actions, quick_settings


@pytest.fixture
def engines(database_url: str) -> Iterator[list[Engine]]:
    """The service's connection and one of each controller."""
    made = [open_database(database_url) for _ in range(3)]
    yield made
    for engine in made:
        engine.dispose()


def short_policy() -> Policy:
    steps = tuple(StepSettings(weight_percent=percent, min_time_s=1, min_requests=1) for percent in (50.0, 100.0))
    return canary_policy(quick_settings(steps=steps, shadow_min_time_s=1, bake_time_s=1, load_time_s=1), MODEL)


def begun(engine: Engine) -> tuple[World, Rollout]:
    world = World(engine, requests_per_s=60.0)
    world.promote_champion()
    world.serve(5)
    return world, world.start(short_policy())


def at_once(acts: list[Callable[[], object]]) -> list[object]:
    together = Barrier(len(acts))

    def act(what: Callable[[], object]) -> object:
        together.wait()
        return what()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))


def test_two_controllers_at_once_come_to_one_outcome(engines: list[Engine]) -> None:
    world, rollout = begun(engines[0])
    controllers = [Controller(world.surroundings(engine=engine), rollout.id) for engine in engines[1:]]
    while current(engines[0], rollout).is_open:
        at_once([controller.look for controller in controllers])
        world.serve(3)
    assert current(engines[0], rollout).state is RolloutState.PROMOTED
    assert ledger_actions(engines[0]) == [("promote", CHAMPION), ("promote", CANDIDATE)]
    events = list_events(engines[0], rollout.id, {EventKind.STEP, EventKind.ENDED})
    assert [event.reading["weight"] for event in events] == [0, 5_000, 10_000, 10_000, 0]
    assert [event.revision for event in events] == list(range(2, 7))


def test_who_aborts_and_who_promotes_at_once_come_to_one_outcome(engines: list[Engine]) -> None:
    world, rollout = begun(engines[0])

    def by_hand(act: Callable[..., Rollout], engine: Engine) -> Callable[[], object]:
        def acting() -> object:
            try:
                return act(engine, MODEL, "a hand", "ana", world.now).state
            except RuntimeError:
                return None

        return acting

    outcomes = at_once([by_hand(abort, engines[1]), by_hand(promote, engines[2])])
    state = current(engines[0], rollout).state
    assert [outcome for outcome in outcomes if outcome is not None] == [state]
    action = "promote" if state is RolloutState.PROMOTED else "refuse"
    assert ledger_actions(engines[0])[1:] == [(action, CANDIDATE)]


def test_of_two_who_abort_at_once_each_hears_that_it_is_aborted(engines: list[Engine]) -> None:
    world, _ = begun(engines[0])
    for round_ in range(6):
        if round_:
            world.now += timedelta(seconds=1)
            world.start(short_policy())
        aborts = [partial(abort, engine, MODEL, f"round {round_}", "ana", world.now) for engine in engines[1:]]
        outcomes = at_once([*aborts])
        first, second = outcomes
        assert first == second
        assert isinstance(first, Rollout)
        assert (first.state, first.reason) == (RolloutState.ABORTED, f"round {round_}")
        assert len(list_events(engines[0], first.id, {EventKind.ENDED})) == 1
    assert ledger_actions(engines[0])[1:] == [("refuse", CANDIDATE)] * 6


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_real_outage_is_waited_for(database_url: str, engines: list[Engine]) -> None:
    world, rollout = begun(engines[0])
    controller = Controller(world.surroundings(engine=engines[1]), rollout.id)
    controller.look()
    name = make_url(database_url).database
    admin = sa.create_engine(
        make_url(database_url).set(drivername="postgresql+psycopg2", database="postgres"), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(sa.text(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"))
        connection.execute(
            sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :n"), {"n": name}
        )
        for _ in range(5):
            assert controller.look() is None
            world.now += timedelta(seconds=12)
        connection.execute(sa.text(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true"))
    admin.dispose()
    assert controller.run().state is RolloutState.PROMOTED
    assert ledger_actions(engines[0]) == [("promote", CHAMPION), ("promote", CANDIDATE)]
