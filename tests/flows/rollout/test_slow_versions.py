"""Versions that take longer: taken back where that is more than tolerated, however the champion's times are spread."""

from datetime import timedelta

import pytest

from flows.rollout.policy import canary_policy
from flows.rollout.reading import EvidenceReader
from serving.rollout.routing import Arm
from serving.store.rollouts import RolloutState
from tests.flows.rollout.world import FIRST_STEP_LASTS, MODEL, Behaviour, World, current, quick_settings


def test_a_version_that_is_slower_all_the_time_is_found_where_the_champion_is_slow_now_and_then(world: World) -> None:
    # Every answer takes five times as long as most of the champion's, and hardly any longer than its slowest ones.
    world.requests_per_s = 5.0
    world.champion = Behaviour(held_up=0.3)
    world.candidate = Behaviour(held_up=0.3, added_ms=16.0)
    settings = quick_settings(shadow_share=0.0, steps=FIRST_STEP_LASTS, step_time_limit_s=7_200)
    world.serve(60)
    rollout = world.start(canary_policy(settings, MODEL))
    ended = world.controller(rollout, look_interval_s=5.0).run()
    assert (ended.state, ended.step) == (RolloutState.ROLLED_BACK, 1)
    assert ended.reason.startswith("latency_p50: slow by the median: ")
    assert world.now - rollout.created_at < timedelta(seconds=180)


def test_what_counts_as_slow_is_the_same_for_every_controller_and_at_every_time(world: World) -> None:
    rollout = world.with_first_clients(serve_s=2)
    seen = []
    for latency_ms in (4.0, 40.0):
        world.champion = Behaviour(latency_ms=latency_ms)
        world.serve(60)
        reader = EvidenceReader(world.engine, rollout)
        reader.read(current(world.engine, rollout), world.now, 60.0)
        seen.append(reader._limits)
    assert seen[0] == seen[1]
    assert seen[0] is not None
    median_ms, p95_ms = (limits[Arm.CHAMPION] for limits in seen[0][1])
    assert median_ms == pytest.approx(4.0, rel=0.1)
    assert p95_ms == pytest.approx(4.0 * 1.64, rel=0.1)


def test_a_version_that_is_a_little_slower_is_not_taken_back(world: World) -> None:
    world.candidate = Behaviour(latency_ms=1.3 * 8.0)
    world.champion = Behaviour(latency_ms=8.0)
    world.serve(10)
    ended = world.controller(world.start(), look_interval_s=5.0).run()
    assert ended.state is RolloutState.PROMOTED
