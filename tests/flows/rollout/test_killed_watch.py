"""`sdai rollout watch` is killed in one state after another: the next one goes on, and there is one outcome."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from configs.rollout_settings import StepSettings
from configs.settings import PROJECT_ROOT
from flows.prefect_server import prefect_server
from flows.rollout.policy import canary_policy
from serving.store import open_database
from serving.store.rollouts import EventKind, Rollout, RolloutState, list_events
from tests.flows.rollout.world import CANDIDATE, CHAMPION, MODEL, World, current, ledger_actions, quick_settings

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(300)]
WATCH = [sys.executable, "-c", "from flows.cli import app; app()", "rollout", "watch", MODEL]
KILLED_IN = (RolloutState.SHADOW, RolloutState.CANARY, RolloutState.BAKING)
CHUNK_S, REQUESTS_PER_S = 0.5, 600.0
LIMIT_S = 120.0


class Watching:
    """A process that watches, and clients that go on asking whether there is one or not."""

    def __init__(self, engine: Engine, home: Path) -> None:
        self.world = World(engine, requests_per_s=REQUESTS_PER_S, now=datetime.now(UTC) - timedelta(seconds=5))
        self.world.promote_champion()
        self.world.serve(4)
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(PROJECT_ROOT),
            "SDAI_PATHS_HOME": str(home),
            "SDAI_STORE_URL": engine.url.render_as_string(hide_password=False),
            "SDAI_ROLLOUT_LOOK_INTERVAL_S": "0.1",
        }
        self._log = home / "watch.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                WATCH, env=self._environment, cwd=PROJECT_ROOT, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def until(self, rollout: Rollout, states: frozenset[RolloutState]) -> Rollout:
        """Have clients ask until the rollout is in one of these states."""
        until_s = time.monotonic() + LIMIT_S
        while (now := current(self.world.engine, rollout)).state not in states:
            assert self.process is not None
            assert self.process.poll() is None, self._log.read_text()[-2_000:]
            assert time.monotonic() < until_s, (now.state, now.reason, self._log.read_text()[-2_000:])
            self.world.now = datetime.now(UTC) - timedelta(seconds=CHUNK_S)
            self.world.serve(CHUNK_S)
            time.sleep(CHUNK_S / 5)
        return now


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    engine = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    made = Watching(engine, tmp_path)
    with prefect_server():
        yield made
        if made.process is not None:
            made.kill()
    engine.dispose()


def test_a_watch_that_is_killed_in_one_state_after_another_promotes_once(watching: Watching) -> None:
    steps = tuple(StepSettings(weight_percent=percent, min_time_s=1, min_requests=20) for percent in (50.0, 100.0))
    times = {"load_time_s": 0, "shadow_min_time_s": 1, "bake_time_s": 1, "step_time_limit_s": 600}
    watching.world.now = datetime.now(UTC)
    rollout = watching.world.start(canary_policy(quick_settings(steps=steps, **times), MODEL))
    for state in KILLED_IN:
        watching.start()
        seen = watching.until(rollout, frozenset({state}))
        watching.kill()
        assert current(watching.world.engine, rollout).step >= seen.step
    watching.start()
    ended = watching.until(rollout, frozenset({RolloutState.PROMOTED, RolloutState.ROLLED_BACK}))
    assert ended.state is RolloutState.PROMOTED, ended.reason
    engine = watching.world.engine
    assert ledger_actions(engine) == [("promote", CHAMPION), ("promote", CANDIDATE)]
    told = list_events(engine, rollout.id, {EventKind.STEP, EventKind.ENDED})
    assert [event.reading["weight"] for event in told] == [0, 5_000, 10_000, 10_000, 0]
    assert [event.kind for event in told].count(EventKind.ENDED) == 1
