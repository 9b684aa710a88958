"""Work beside the requests: lanes by turns, what finds its lane full is dropped, rests are kept."""

import threading
import time
from collections.abc import Callable
from itertools import pairwise

from serving.spare_time import Pace, SpareTime


def test_lanes_are_worked_by_turns() -> None:
    done: list[str] = []
    spare = SpareTime("t", done.append, Pace(100, 1.0, 0.01))
    for number in range(5):
        spare.offer("busy", f"busy-{number}")
    spare.offer("quiet", "quiet-0")
    spare.start()
    wait_until(lambda: len(done) == 6)
    spare.stop(5)
    assert done.index("quiet-0") <= 1


def test_what_finds_its_lane_full_is_dropped_and_told() -> None:
    dropped: list[str] = []
    spare: SpareTime[int] = SpareTime("t", lambda _: None, Pace(2, 1.0), on_dropped=dropped.append)
    assert [spare.offer("a", number) for number in range(4)] == [True, True, False, False]
    assert spare.offer("b", 9)
    assert dropped == ["a", "a"]
    assert spare.waiting() == 3


def test_an_item_that_fails_ends_neither_thread_nor_what_is_between() -> None:
    between, done = [0], []

    def work(item: int) -> None:
        if item == 0:
            raise ValueError("not expected")
        done.append(item)

    def count() -> None:
        between[0] += 1

    spare = SpareTime("t", work, Pace(10, 1.0, 0.01), between=count)
    spare.start()
    spare.offer("a", 0)
    spare.offer("a", 1)
    wait_until(lambda: done == [1] and between[0] > 2)
    spare.stop(5)
    assert not spare.offer("a", 2)


def test_the_thread_rests_for_the_part_that_is_not_its_own() -> None:
    begun: list[float] = []

    def work(_: int) -> None:
        begun.append(time.monotonic())
        until_s = time.thread_time() + 0.03
        while time.thread_time() < until_s:
            pass

    spare = SpareTime("t", work, Pace(10, 0.25))
    for number in range(3):
        spare.offer("a", number)
    spare.start()
    wait_until(lambda: len(begun) == 3)
    spare.stop(5)
    pauses = [later - earlier for earlier, later in pairwise(begun)]
    assert min(pauses) >= 0.03 / 0.25 * 0.95


def test_stopping_does_not_wait_for_a_rest_and_calls_between_a_last_time() -> None:
    calls: list[str] = []
    worked = threading.Event()

    def work(_: int) -> None:
        until_s = time.thread_time() + 0.02
        while time.thread_time() < until_s:
            pass
        worked.set()

    spare = SpareTime("t", work, Pace(10, 0.001), between=lambda: calls.append("x"))
    spare.start()
    spare.offer("a", 0)
    assert worked.wait(5)
    time.sleep(0.05)
    before, began_s = len(calls), time.monotonic()
    spare.stop(5)
    assert time.monotonic() - began_s < 2
    assert len(calls) == before + 1


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.005)
