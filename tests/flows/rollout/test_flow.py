"""The Prefect flow carries what is open to its end and shows the steps in Prefect."""

import json
import os
import urllib.request
from pathlib import Path
from typing import Any

from flows.rollout.policy import canary_policy
from serving.store.rollouts import EventKind, NewEvent, RolloutState, append_event
from tests.flows.conftest import Home
from tests.flows.rollout.world import MODEL, World, current, open_store, quick_settings


def artifacts(key: str) -> list[dict[str, Any]]:
    query = {"artifacts": {"key": {"any_": [key]}}}
    request = urllib.request.Request(
        f"{os.environ['PREFECT_API_URL']}/artifacts/filter",
        json.dumps(query).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        found: list[dict[str, Any]] = json.load(answer)
    return found


def test_watching_carries_an_open_rollout_to_its_end(tmp_path: Path, prefect_api: None) -> None:
    home = Home(tmp_path)
    (home.path / ".sdai").mkdir()
    engine = open_store(home.path / ".sdai")
    world = World(engine)
    world.promote_champion()
    rollout = world.start(canary_policy(quick_settings(), MODEL))
    append_event(engine, rollout.id, NewEvent(EventKind.FAULT, "service", reason="it does not load"), world.now)
    # MLflow is none of this test's business.
    append_event(engine, rollout.id, NewEvent(EventKind.SETTLED, "test"), world.now)

    done = home.command("flows.cli", "rollout", "watch")
    assert done.returncode == 0, done.stderr[-3000:]
    assert "rolled back" in done.stdout
    assert current(engine, rollout).state is RolloutState.ROLLED_BACK
    engine.dispose()
    table = artifacts("rollout-section-optimizer-steps")[0]
    rows = json.loads(table["data"])
    assert [row["event"] for row in rows] == ["started", "fault", "settled", "ended"]
    assert rows[-1]["reason"] == "load_fault: it does not load"
