"""Open rollouts as the service reads them from the database, and the faults that it writes there."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from serving.artifacts import Artifact
from serving.rollout.routing import Wanted
from serving.rollout.source import DatabaseRollouts
from serving.store.database import open_database
from serving.store.rollouts import (
    Change,
    EventKind,
    NewEvent,
    Rollout,
    RolloutKind,
    RolloutState,
    change_rollout,
    insert_rollout,
    list_events,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ROW = Rollout(
    id="r-1",
    model="section_optimizer",
    champion_version="1-a",
    candidate_version="2-b",
    candidate_tag="section_optimizer:2-b",
    candidate_sha256="b" * 64,
    kind=RolloutKind.CANARY,
    state=RolloutState.PENDING,
    weight=500,
    shadow_share=0.5,
    salt="salt",
    is_paused=False,
    paused_at=None,
    policy={},
    revision=1,
    step=0,
    step_started_at=NOW,
    reason="",
    actor="a test",
    created_at=NOW,
    updated_at=NOW,
    ended_at=None,
)
EVENT = NewEvent(EventKind.STEP, "a test")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path}/store.db")
    yield engine
    engine.dispose()


@pytest.fixture
def source(engine: Engine) -> Iterator[DatabaseRollouts]:
    source = DatabaseRollouts(str(engine.url), lambda: NOW)
    yield source
    source.close()


@pytest.mark.parametrize(
    ("state", "weight"),
    [
        (RolloutState.PENDING, 0),
        (RolloutState.SHADOW, 0),
        (RolloutState.CANARY, 500),
        (RolloutState.BAKING, 500),
    ],
)
def test_the_weight_counts_once_clients_are_to_be_answered(
    engine: Engine, source: DatabaseRollouts, state: RolloutState, weight: int
) -> None:
    insert_rollout(engine, replace(ROW, state=state), EVENT)
    rollout = source.poll()["section_optimizer"]
    assert rollout.artifact == Artifact("2-b", "b" * 64, tag="section_optimizer:2-b")
    assert rollout.wanted == Wanted("salt", weight, 0.5, NOW.timestamp())


def test_one_that_has_ended_is_none(engine: Engine, source: DatabaseRollouts) -> None:
    row = insert_rollout(engine, ROW, EVENT)
    assert change_rollout(engine, row, Change(state=RolloutState.ABORTED), EVENT, NOW)
    assert source.poll() == {}


def test_a_fault_stands_with_its_rollout(engine: Engine, source: DatabaseRollouts) -> None:
    insert_rollout(engine, ROW, EVENT)
    source.report_fault(source.poll()["section_optimizer"], "version 2-b does not load: damaged")
    fault = list_events(engine, "r-1")[-1]
    assert (fault.kind, fault.actor, fault.revision) == (EventKind.FAULT, "service", 1)
    assert fault.reason == "version 2-b does not load: damaged"
    assert fault.reading["phase"] == "load"
