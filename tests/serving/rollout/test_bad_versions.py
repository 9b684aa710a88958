"""Bad versions on a real service under the real controller: taken back by themselves, and no client notices."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.engine import Engine

from benchmarks.load.questions import fresh_bodies
from benchmarks.load.service import LoadedService
from benchmarks.rollbacks.clients import Got, SteadyClients
from benchmarks.rollbacks.versions import Fault, make_bad_version
from benchmarks.run_rollbacks import NoEffects, answerable, asking
from configs import Settings
from configs.auth_settings import Scope
from configs.rollout_settings import GrossFaultSettings, RolloutSettings, StepSettings
from flows import promotion
from flows.rollout.controller import Controller, Surroundings
from flows.rollout.policy import canary_policy
from flows.rollout.starting import Entrant, start_rollout
from serving.auth.development import DevelopmentKeys, TokenOrder
from serving.store.database import open_database
from serving.store.rollouts import Rollout, RolloutState
from tests.serving.promoting import promoting, put_in_service, version_of
from tests.training.small import train_small, write_dataset

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]
MODEL = "section_optimizer"
LIMIT_S = 120.0
RATE_PER_S = 20.0
RULES = RolloutSettings(
    load_time_s=1.0,
    shadow_share=0.0,
    steps=(
        StepSettings(weight_percent=50, min_time_s=600, min_requests=1_000),
        StepSettings(weight_percent=100, min_time_s=600, min_requests=1_000),
    ),
    look_interval_s=0.5,
    gross_fault=GrossFaultSettings(min_failures=3, failure_ratio=0.1),
)


@dataclass
class World:
    """A service with a good champion, clients that ask it, and its database."""

    settings: Settings
    good: Path
    folder: Path
    engine: Engine
    got: list[Got]

    def rolled_out(self, fault: Fault, number: int) -> Rollout:
        """Return the rollout of a version with a fault as it ended."""
        bad = make_bad_version(fault, self.good, self.folder / fault.name, answerable(self.good, 40))
        version = version_of(MODEL, number, bad.folder)
        promotion.store_version(self.settings, version.tag, version)
        entrant = Entrant(MODEL, version.name, version.tag, version.artifact_sha256, {"outcome": "pass"})
        rollout = start_rollout(self.engine, entrant, canary_policy(RULES, MODEL), "a test", datetime.now(UTC))
        controller = Controller(Surroundings(self.engine, NoEffects(), None, "a test", 0.5), rollout.id)
        until_s = time.monotonic() + LIMIT_S
        while (looked := controller.look()) is None or looked.is_open:
            assert time.monotonic() < until_s
            time.sleep(0.5)
        return looked


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    pytest.importorskip("onnx")
    from structural.problems.section_optimizer import PROBLEM

    dataset = write_dataset(tmp_path / "data.parquet", PROBLEM.generate(500, np.random.default_rng(2)), 350)
    train_small(MODEL, dataset, tmp_path / "good", max_rounds=5, depth=3, leaves=7, max_bins=16)
    good = tmp_path / "good" / "artifact"
    with promoting(tmp_path / "source") as settings:
        put_in_service(settings, version_of(MODEL, 1, good))
        service = LoadedService(settings.paths.work, tmp_path / "service", workers=1)
        service.prepare()
        keys = DevelopmentKeys(service.home / ".sdai" / "keys")
        orders = [TokenOrder(f"client-{number}", (), (Scope.DESIGN_READ,), 600.0) for number in range(20)]
        tokens = [keys.mint(order, time.time()) for order in orders]
        clients = SteadyClients(service.url, MODEL, tokens, fresh_bodies(MODEL, 7), RATE_PER_S)
        engine = open_database(service.database)
        try:
            service.start()
            with asking(clients):
                yield World(settings, good, tmp_path, engine, clients.got)
        finally:
            service.stop()
            engine.dispose()


def test_what_does_not_load_and_what_gives_nan_are_taken_back_and_no_client_fails(world: World) -> None:
    crashed = world.rolled_out(Fault.CRASH, 2)
    assert crashed.state is RolloutState.ROLLED_BACK
    assert "does not load" in crashed.reason
    assert "canary" not in {got.arm for got in world.got}
    spoilt = world.rolled_out(Fault.NOT_FINITE, 3)
    assert spoilt.state is RolloutState.ROLLED_BACK
    assert "failed" in spoilt.reason
    ended_s = time.time()
    time.sleep(2.5)
    answers = list(world.got)
    assert {got.status for got in answers} <= {200, 422}
    assert "canary" in {got.arm for got in answers if got.asked_s < ended_s}
    assert "canary" not in {got.arm for got in answers if got.asked_s > ended_s + 2.0}
