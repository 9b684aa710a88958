"""Recorded questions reach both arms over HTTP; what is refused is told."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from sqlalchemy.engine import Engine

from configs import load_settings
from flows.rollout.replay import TIMEOUT_S, HttpReplayer, open_replayer
from serving.store.rollouts import Change, EventKind, NewEvent, Rollout, change_rollout
from tests.flows.rollout.world import World


def asked(
    world: World, rollout: Rollout, portion: int, status: int = 200
) -> tuple[list[tuple[str | None, int]], list[str]]:
    """Return arm and question of each request, and what was told."""
    seen: list[tuple[str, int]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/api/v1/design/section"
        seen.append((request.headers["x-sdai-arm"], json.loads(request.content)["span_feet"]))
        return httpx.Response(status, text="refused")

    client = httpx.Client(base_url="http://service", transport=httpx.MockTransport(answer))
    told = list(HttpReplayer(world.engine, client, questions=4, portion=portion).ask(rollout, world.now))
    return seen, told


@pytest.fixture
def rolled(world: World) -> Rollout:
    rollout = world.start()
    changed = change_rollout(world.engine, rollout, Change(weight=500), NewEvent(EventKind.STEP, "test"), world.now)
    assert changed is not None
    return changed


def test_the_newest_questions_are_asked_of_both_arms(world: World, rolled: Rollout) -> None:
    seen, told = asked(world, rolled, portion=3)
    newest = max(number for _, number in seen)
    expected = [(arm, number) for number in range(newest, newest - 4, -1) for arm in ("champion", "canary")]
    assert seen == expected
    assert told == ["3 of 4 recorded questions asked", "4 of 4 recorded questions asked"]


def test_before_the_first_step_both_arms_are_asked_too(world: World) -> None:
    seen, _ = asked(world, world.start(), portion=10)
    assert [arm for arm, _ in seen] == ["champion", "canary"] * 4


def test_refusals_are_told(world: World, rolled: Rollout) -> None:
    _, told = asked(world, rolled, portion=10, status=409)
    assert told == ["4 of 4 recorded questions asked; 8 not answered, the last: 409 refused"]


def test_a_service_that_is_gone_is_told(world: World, rolled: Rollout) -> None:
    client = httpx.Client(base_url="http://127.0.0.1:1")
    (told,) = HttpReplayer(world.engine, client, questions=1, portion=1).ask(rolled, world.now)
    assert "2 not answered, the last: ConnectError" in told


def test_a_service_that_hangs_holds_no_look_up_for_long(world: World, rolled: Rollout) -> None:
    now_s = 0.0

    def hang(_: httpx.Request) -> httpx.Response:
        nonlocal now_s
        now_s += TIMEOUT_S
        raise httpx.ReadTimeout("timed out")

    client = httpx.Client(base_url="http://service", transport=httpx.MockTransport(hang))
    replayer = HttpReplayer(world.engine, client, questions=5, portion=5, clock=lambda: now_s)
    looked_at = [0.0]
    for told in replayer.ask(rolled, world.now):
        looked_at.append(now_s)
        assert "not answered, the last: ReadTimeout" in told
        now_s += 3_600.0  # between two looks: no part of a portion
    held_up = [after - before for before, after in pairwise([0.0, *looked_at[1:]])]
    assert held_up[0] <= 20.0
    assert all(seconds - 3_600.0 <= 20.0 for seconds in held_up[1:])
    assert told.startswith("5 of 5")


def test_without_a_record_nothing_is_asked(new_engine: Callable[[], Engine]) -> None:
    world = World(new_engine())
    world.promote_champion()
    assert asked(world, world.start(), portion=1) == ([], ["no recorded question"])


def test_the_settings_say_whether_questions_are_replayed(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path))
    load_settings.cache_clear()
    assert open_replayer(load_settings(), world.engine) is not None
    monkeypatch.setenv("SDAI_ROLLOUT_REPLAY_QUESTIONS", "0")
    load_settings.cache_clear()
    assert open_replayer(load_settings(), world.engine) is None
    load_settings.cache_clear()
