from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from serving.store import StoreError, open_database
from serving.store.rollouts import (
    Change,
    EventKind,
    NewEvent,
    OpenRolloutError,
    RolloutState,
    append_event,
    change_rollout,
    find_open_rollout,
    find_rollout,
    insert_rollout,
    list_events,
    list_rollouts,
    open_rollouts,
    unsettled_rollouts,
)
from tests.serving.store.rollout_samples import MODEL, NOW, rollout

STARTED = NewEvent(EventKind.STARTED, "test")
STEP = NewEvent(EventKind.STEP, "test", "advance", "enough seen", {"canary": {"answered": 200}})
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def test_a_rollout_is_read_back_as_it_was_written(engine: Engine) -> None:
    written = insert_rollout(engine, rollout(), STARTED)
    assert find_rollout(engine, written.id) == written
    assert find_open_rollout(engine, MODEL) == written
    assert open_rollouts(engine) == [written]
    assert find_rollout(engine, "other") is None
    assert [event.kind for event in list_events(engine, written.id)] == [EventKind.STARTED]


def test_a_model_has_one_open_rollout(engine: Engine) -> None:
    first = insert_rollout(engine, rollout(1), STARTED)
    with pytest.raises(OpenRolloutError, match="rollout-1"):
        insert_rollout(engine, rollout(2), STARTED)
    insert_rollout(engine, rollout(3, model="risk_analyzer"), STARTED)
    change_rollout(engine, first, Change(state=RolloutState.ABORTED), STEP, LATER)
    insert_rollout(engine, rollout(4, created_at=LATER), STARTED)
    assert [item.id for item in list_rollouts(engine, MODEL)] == ["rollout-4", "rollout-1"]


def test_a_change_and_its_event_are_one(engine: Engine) -> None:
    first = insert_rollout(engine, rollout(), STARTED)
    changed = change_rollout(engine, first, Change(state=RolloutState.CANARY, weight=500, step=1), STEP, LATER)
    assert changed is not None
    assert (changed.revision, changed.state, changed.weight, changed.updated_at) == (2, RolloutState.CANARY, 500, LATER)
    assert changed.step_started_at == first.step_started_at
    event = list_events(engine, first.id, after_id=1)[0]
    assert (event.revision, event.verdict, event.reading) == (2, "advance", {"canary": {"answered": 200}})


def test_who_has_seen_an_older_revision_changes_nothing(engine: Engine) -> None:
    first = insert_rollout(engine, rollout(), STARTED)
    changed = change_rollout(engine, first, Change(weight=500), STEP, LATER)
    assert change_rollout(engine, first, Change(weight=2500), STEP, LATER) is None
    assert find_rollout(engine, first.id) == changed
    assert len(list_events(engine, first.id)) == 2


def test_an_ended_rollout_stays_as_it_ended(engine: Engine) -> None:
    first = insert_rollout(engine, rollout(), STARTED)
    ended = change_rollout(engine, first, Change(state=RolloutState.ROLLED_BACK, weight=0), STEP, LATER)
    assert ended is not None
    assert ended.ended_at == LATER
    assert change_rollout(engine, ended, Change(state=RolloutState.PROMOTED), STEP, LATER) is None
    assert open_rollouts(engine) == []


def test_of_many_who_change_at_once_one_does(engine: Engine) -> None:
    first = insert_rollout(engine, rollout(), STARTED)

    def change(weight: int) -> bool:
        return change_rollout(engine, first, Change(weight=weight), STEP, LATER) is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(change, range(100, 1700, 100))) == 1
    assert len(list_events(engine, first.id)) == 2


def test_pause_and_resume_leave_no_trace_in_the_row(engine: Engine) -> None:
    first = insert_rollout(engine, rollout(), STARTED)
    paused = change_rollout(engine, first, Change(is_paused=True, paused_at=LATER), STEP, LATER)
    assert paused is not None
    assert (paused.is_paused, paused.paused_at) == (True, LATER)
    resumed = change_rollout(engine, paused, Change(is_paused=False), STEP, LATER)
    assert resumed is not None
    assert (resumed.is_paused, resumed.paused_at) == (False, None)


def test_events_are_told_by_kind_and_cannot_be_changed(engine: Engine) -> None:
    insert_rollout(engine, rollout(), STARTED)
    append_event(engine, "rollout-1", NewEvent(EventKind.FAULT, "service", reason="does not load"), LATER)
    faults = list_events(engine, "rollout-1", {EventKind.FAULT})
    assert [(event.reason, event.revision, event.created_at) for event in faults] == [("does not load", 1, LATER)]
    with pytest.raises(StoreError, match="no rollout"):
        append_event(engine, "other", STEP, LATER)
    for statement in ("UPDATE rollout_events SET reason = 'x'", "DELETE FROM rollout_events"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(sa.text(statement))


def test_an_end_that_was_not_followed_up_is_found(engine: Engine) -> None:
    first = insert_rollout(engine, rollout(), STARTED)
    assert unsettled_rollouts(engine) == []
    ended = change_rollout(engine, first, Change(state=RolloutState.PROMOTED), STEP, LATER)
    assert unsettled_rollouts(engine) == [ended]
    append_event(engine, first.id, NewEvent(EventKind.SETTLED, "test"), LATER)
    assert unsettled_rollouts(engine) == []
