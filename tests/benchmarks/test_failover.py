"""The drills behind a real balancer: a killed service, a change of sets, and not one failed request."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.failover.balancer import Balancer
from benchmarks.failover.drills import Load, kill_one, prepare, start_all, switch_and_back
from benchmarks.load.questions import mixed_requests
from benchmarks.load.service import LoadedService
from benchmarks.run_kills import recovery_s
from configs import load_settings
from configs.store_settings import StoreSettings
from flows.preflight.checklist import Wish, check_everything
from flows.preflight.items import Outcome
from tests.services import require_balancer, require_generator
from tests.serving.promoting import promoting, put_in_service
from tests.serving.redis_fixtures import running_redis
from tests.serving.store.conftest import temporary_postgres
from tests.small_versions import MODEL, train_section, variant

RATE = 50.0


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[LoadedService], list[str]]]:
    """Run two services of one worker each; as hosts do, they share a version, a PostgreSQL database and a Redis."""
    require_balancer()
    require_generator()
    folder = tmp_path_factory.mktemp("pair")
    artifact = train_section(tmp_path_factory.mktemp("section"))
    with promoting(folder / "source") as settings:
        put_in_service(settings, variant(artifact, folder / "v1", 1))
    work = folder / "source" / ".sdai"
    with temporary_postgres() as store, running_redis(folder) as redis:
        shared = {"SDAI_CACHE_REDIS_URL": redis.url, "SDAI_LIMITS_REDIS_URL": redis.url}
        services = [LoadedService(work, folder / name, store, dict(shared), workers=1) for name in ("one", "two")]
        tokens = prepare(services)
        try:
            start_all(services)
            yield services, tokens
        finally:
            for service in services:
                service.stop()


@pytest.fixture
def load(pair: tuple[list[LoadedService], list[str]]) -> Load:
    return Load(mixed_requests(int(RATE * 8), 0.0, 71, problems=(MODEL,)), RATE, pair[1])


@contextmanager
def balanced(tmp_path: Path, servers: dict[str, LoadedService]) -> Iterator[Balancer]:
    balancer = Balancer(tmp_path, {name: service.port for name, service in servers.items()})
    try:
        balancer.start()
        for name in servers:
            balancer.wait_until(name.replace("_", "-"), up=True, limit_s=10)
        yield balancer
    finally:
        balancer.stop()


def test_a_killed_service_costs_no_request_and_is_taken_back_when_it_is_ready(
    pair: tuple[list[LoadedService], list[str]], load: Load, tmp_path: Path
) -> None:
    (one, two), _ = pair
    with balanced(tmp_path, {"blue_1": one, "blue_2": two}) as balancer:
        outcome = kill_one(balancer, "blue-1", one, load)
        assert outcome.result.errors == {}
        assert outcome.result.answered == len(load.asked)
        assert outcome.noticed_s < 15.0
        assert outcome.noticed_s < outcome.ready_again_s < outcome.answers_again_s
        assert balancer.is_up("blue-1")
        print(
            f"recovered after {recovery_s(outcome.result, outcome.killed_s):.2f} s, noticed {outcome.noticed_s:.2f} s"
        )


def test_the_other_set_takes_over_and_gives_back_without_a_failed_request(
    pair: tuple[list[LoadedService], list[str]], load: Load, tmp_path: Path
) -> None:
    (one, two), _ = pair
    with balanced(tmp_path, {"blue_1": one, "green_1": two}) as balancer:
        outcome = switch_and_back(balancer, load)
        assert outcome.result.errors == {}
        assert outcome.result.answered == len(load.asked)
        third = len(load.asked) / 3
        assert outcome.shares["green"] == pytest.approx(third, rel=0.3)
        assert outcome.shares["blue"] == pytest.approx(2 * third, rel=0.3)
        assert (tmp_path / "active.map").read_text() == "active blue\n"


def test_the_launch_checklist_reads_the_shared_database_and_asks_a_service(
    pair: tuple[list[LoadedService], list[str]],
) -> None:
    """Last of the drills: what they left behind is sound."""
    (one, two), _ = pair
    home = load_settings().paths.model_copy(update={"home": one.source.parent})
    settings = replace(load_settings(), paths=home, store=StoreSettings(url=one.database))
    wish = Wish(two.url, datetime.now(UTC), timedelta(days=1), timedelta(minutes=15))
    items = {item.name: item for item in check_everything(settings, wish)}
    for name in ("migrations at head", "ledger verifies", "signatures verify"):
        assert items[name].outcome is Outcome.PASSED, items[name]
    assert "1 of 5 models answer" in items["service is healthy"].found
