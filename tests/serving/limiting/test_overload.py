"""Requests that waited: bursts are answered, a standing queue is shed, and the loop itself tells the delay."""

import asyncio
import time

from hypothesis import given
from hypothesis import strategies as st

from serving.limiting.overload import BEAT_S, DelayPolicy, LoopDelay

POLICY = DelayPolicy(max_wait_s=0.2, standing_wait_s=0.03, patience_s=1.0)


class Clock:
    """A clock that is moved."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def rounds(delay: LoopDelay, clock: Clock, took_s: float, until_s: float) -> None:
    """Let the loop go round, each round taking as long, for some time."""
    end_s = clock.now_s + until_s
    while clock.now_s < end_s:
        clock.now_s += took_s
        delay.looked()


def may_begin_after(delay: LoopDelay, clock: Clock, waited_s: float) -> bool:
    """Return whether a request may begin so long after the last look; the clock stands where it stood."""
    clock.now_s += waited_s
    may = delay.may_begin()
    clock.now_s -= waited_s
    return may


def test_a_burst_is_answered_to_the_longest_wait_and_no_further() -> None:
    clock = Clock()
    delay = LoopDelay(POLICY, clock)
    rounds(delay, clock, 0.15, 0.6)
    assert may_begin_after(delay, clock, 0.199)
    assert not may_begin_after(delay, clock, 0.201)
    assert delay.refused == 1


def test_a_queue_that_stands_is_shed_to_what_is_answered_soon() -> None:
    clock = Clock()
    delay = LoopDelay(POLICY, clock)
    rounds(delay, clock, 0.05, 1.2)
    assert may_begin_after(delay, clock, 0.029)
    assert not may_begin_after(delay, clock, 0.031)


def test_what_was_read_and_waits_for_its_turn_is_a_queue_though_the_loop_looks_in_time() -> None:
    clock = Clock()
    delay = LoopDelay(POLICY, clock)
    for _ in range(120):
        rounds(delay, clock, 0.01, 0.01)
        delay.may_begin(clock.now_s - 0.05)
    assert not delay.may_begin(clock.now_s - 0.031)
    assert delay.may_begin(clock.now_s - 0.029)


def test_short_rounds_between_long_ones_do_not_hide_a_standing_queue() -> None:
    clock = Clock()
    delay = LoopDelay(POLICY, clock)
    for _ in range(25):
        rounds(delay, clock, 0.05, 0.05)
        rounds(delay, clock, 0.01, 0.01)
    assert not may_begin_after(delay, clock, 0.031)


def test_the_shedding_ends_when_all_rounds_were_in_time_for_as_long() -> None:
    clock = Clock()
    delay = LoopDelay(POLICY, clock)
    rounds(delay, clock, 0.05, 1.2)
    rounds(delay, clock, 0.01, 0.9)
    assert not may_begin_after(delay, clock, 0.031)
    rounds(delay, clock, 0.05, 0.05)
    rounds(delay, clock, 0.01, 0.9)
    assert not may_begin_after(delay, clock, 0.031)
    rounds(delay, clock, 0.01, 0.2)
    assert may_begin_after(delay, clock, 0.199)


def test_rounds_that_are_late_now_and_then_are_no_standing_queue() -> None:
    clock = Clock()
    delay = LoopDelay(POLICY, clock)
    for _ in range(10):
        rounds(delay, clock, 0.05, 0.6)
        rounds(delay, clock, 0.01, 0.02)
    assert may_begin_after(delay, clock, 0.199)


def test_one_long_stall_is_no_standing_queue() -> None:
    clock = Clock()
    delay = LoopDelay(POLICY, clock)
    rounds(delay, clock, 5.0, 5.0)
    assert may_begin_after(delay, clock, 0.199)


@given(took_s=st.lists(st.floats(0.0, 0.5), max_size=60), waited_s=st.floats(0.0, 1.0))
def test_nothing_waits_longer_than_the_longest_and_nothing_young_is_refused(
    took_s: list[float], waited_s: float
) -> None:
    clock = Clock()
    delay = LoopDelay(POLICY, clock)
    for round_s in took_s:
        clock.now_s += round_s
        delay.looked()
    may = may_begin_after(delay, clock, waited_s)
    if waited_s < 0.999 * POLICY.standing_wait_s:
        assert may
    if waited_s > 1.001 * POLICY.max_wait_s:
        assert not may


def test_a_loop_that_is_kept_busy_shows_it() -> None:
    async def busy(for_s: float) -> bool:
        delay = LoopDelay(DelayPolicy(max_wait_s=0.05, standing_wait_s=0.04, patience_s=60.0))
        delay.start()
        try:
            await asyncio.sleep(3 * BEAT_S)
            end_s = time.monotonic() + for_s
            while time.monotonic() < end_s:
                pass
            return delay.may_begin()
        finally:
            delay.stop()

    assert not asyncio.run(busy(0.08))


def test_a_loop_that_was_stopped_is_watched_no_more() -> None:
    async def timers_left() -> bool:
        delay = LoopDelay(POLICY)
        delay.start()
        delay.stop()
        looked_s = delay._looked_s
        await asyncio.sleep(3 * BEAT_S)
        return delay._looked_s != looked_s

    assert not asyncio.run(timers_left())
