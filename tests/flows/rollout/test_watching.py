"""One watch over all rollouts: the trouble of one stays its own, and people hear of it and of what is taken back."""

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from configs import load_settings
from flows.notify import Level, Notice, on_failure
from flows.rollout.controller import Controller
from flows.rollout.effects import AliasEffects
from flows.rollout.flow import canary_rollout, on_crash
from flows.rollout.policy import canary_policy
from flows.rollout.starting import Entrant, start_rollout
from flows.rollout.watching import PATIENCE_S, Watch, notice_of, open_when_there
from serving.store import Action, Promotion, record_promotion
from serving.store.database import StoreAwayError
from serving.store.rollouts import EventKind, NewEvent, Rollout, RolloutState, append_event, unsettled_rollouts
from tests.flows.rollout.world import BEGINNING, World, current, quick_settings

OTHER = "risk_analyzer"


def another_rollout(world: World) -> Rollout:
    """Return a rollout of another model."""
    record_promotion(world.engine, Promotion(OTHER, Action.PROMOTE, "1-x", f"{OTHER}:1-x", "", "test", {}), world.now)
    entrant = Entrant(OTHER, "2-y", f"{OTHER}:2-y", "c" * 64, {"outcome": "pass"})
    return start_rollout(world.engine, entrant, canary_policy(quick_settings(), OTHER), "test", world.now)


def take_back(world: World, rollout: Rollout) -> None:
    append_event(world.engine, rollout.id, NewEvent(EventKind.FAULT, "service", reason="no load"), world.now)


def watch_over(world: World, told: list[Notice], **around: Any) -> Watch:
    return Watch(world.surroundings(**around), None, lambda _: None, told.append)


def test_an_error_of_one_rollout_is_told_once_and_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, good = world.start(), another_rollout(world)
    take_back(world, good)
    told: list[Notice] = []
    look, looks = Controller.look, 0

    def looks_badly(self: Controller) -> Rollout | None:
        nonlocal looks
        if self._id == broken.id:
            looks += 1
            if looks < 4:
                raise ValueError("a reading that nobody foresaw")
            take_back(world, broken)
        return look(self)

    monkeypatch.setattr(Controller, "look", looks_badly)
    ended = watch_over(world, told).carry()
    assert ended == dict.fromkeys((broken.id, good.id), "rolled_back")
    pages = [notice for notice in told if notice.level is Level.PAGE]
    assert len(pages) == 1
    assert broken.id in pages[0].body
    assert "ValueError: a reading that nobody foresaw" in pages[0].body
    assert len([record for record in caplog.records if "cannot be watched" in record.message]) == 1


def test_a_troubled_rollout_that_another_controller_has_ended_is_let_go(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rollout = world.start()

    def fails(self: Controller) -> None:
        take_back(world, rollout)
        world.controller(rollout)._look()
        raise ValueError("here it does not work")

    monkeypatch.setattr(Controller, "look", fails)
    assert watch_over(world, []).carry() == {}
    assert current(world.engine, rollout).state is RolloutState.ROLLED_BACK


def test_what_is_taken_back_is_told_with_its_reason(world: World) -> None:
    rollout = world.start()
    take_back(world, rollout)
    told: list[Notice] = []
    watch_over(world, told).carry()
    (notice,) = told
    assert notice.level is Level.ALERT
    assert notice.title == "section_optimizer: a rollout was rolled back"
    assert "load_fault: no load" in notice.body
    assert notice_of(rollout) is None
    assert notice_of(replace(rollout, state=RolloutState.PROMOTED)) is None


def test_a_database_that_goes_away_at_the_end_fails_nothing(world: World) -> None:
    refused: list[str] = []

    @sa.event.listens_for(world.engine, "before_cursor_execute")
    def refuse(_: Any, __: Any, statement: str, *___: Any) -> None:
        if "EXISTS" in statement:
            refused.append(statement)
            raise sa.exc.OperationalError("SELECT", {}, ConnectionError("gone"))

    assert watch_over(world, []).carry() == {}
    assert len(refused) == 1


def test_an_end_that_cannot_be_shown_is_an_end_all_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rollout = world.start()
    take_back(world, rollout)

    def fails(_: Rollout) -> None:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(world, "ended_effect", fails)
    assert watch_over(world, []).carry() == {rollout.id: "rolled_back"}
    assert [left.id for left in unsettled_rollouts(world.engine)] == [rollout.id]


def test_a_ledger_that_cannot_be_opened_leaves_the_aliases_for_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise StoreAwayError("the database cannot be opened")

    monkeypatch.setattr("flows.rollout.effects.Tracker", lambda _: None)
    monkeypatch.setattr("flows.rollout.effects.versions_in_service", away)
    rollout = world.start()
    take_back(world, rollout)
    told: list[Notice] = []
    assert watch_over(world, told, effects=AliasEffects(load_settings())).carry() == {rollout.id: "rolled_back"}
    assert [left.id for left in unsettled_rollouts(world.engine)] == [rollout.id]
    assert [notice.level for notice in told] == [Level.ALERT]


def test_a_database_that_is_away_at_the_start_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    there_after = 3.0

    def opened(url: str, timeout_s: float) -> str:
        if len(slept) < there_after:
            raise StoreAwayError("away")
        return f"{url} {timeout_s}"

    monkeypatch.setattr("flows.rollout.watching.open_database", opened)
    assert str(open_when_there("x", 2.0, slept.append)) == "x 2.0"
    slept.clear()
    there_after = math.inf
    with pytest.raises(StoreAwayError):
        open_when_there("x", 2.0, slept.append)
    assert sum(slept) == PATIENCE_S


def test_the_controller_waits_longer_for_a_query_than_a_request_does(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query over days of answers may take longer than a request waits, and is no sign that the database is away."""
    monkeypatch.setenv("SDAI_STORE_URL", database_url)
    monkeypatch.setenv("SDAI_STORE_TIMEOUT_S", "0.2")
    load_settings.cache_clear()
    asked: list[int] = []

    def carry(_: Any, engine: Engine, *__: Any) -> dict[str, str]:
        slowly = sa.text("SELECT 1" if engine.dialect.name == "sqlite" else "SELECT 1 FROM pg_sleep(1)")
        with engine.connect() as connection:
            asked.append(connection.execute(slowly).scalar_one())
        return {}

    monkeypatch.setattr("flows.rollout.flow.carry_all", carry)
    assert canary_rollout.fn() == {}
    load_settings.cache_clear()
    assert asked == [1]


def test_the_flow_tells_when_it_fails_but_not_of_ctrl_c_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    assert canary_rollout.on_failure_hooks == [on_failure]
    assert canary_rollout.on_crashed_hooks == [on_crash]
    told: list[Any] = []
    monkeypatch.setattr("flows.rollout.flow.on_failure", lambda *given: told.append(given))
    on_crash("flow", SimpleNamespace(deployment_id=None), "state")
    assert told == []
    on_crash("flow", SimpleNamespace(deployment_id=BEGINNING), "state")
    assert len(told) == 1
