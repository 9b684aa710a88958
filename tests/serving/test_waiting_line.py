"""The line before threads that are busy for long: bounded, fair to clients, and left by what nobody waits for."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from serving.threads import ThreadPool
from serving.waiting_line import CrowdedError, WaitingLine


def never() -> bool:
    return False


class Scene:
    """A line before one or more threads, in which work goes on until it is let go."""

    def __init__(self, working: int = 1, waiting: int = 4) -> None:
        self.pool = ThreadPool("test", working)
        self.line = WaitingLine(self.pool, working, waiting)
        self.begun: list[str] = []
        self.gates: dict[str, threading.Event] = {}

    def ask(self, client: str, name: str, forsake: Callable[[], bool] = never) -> "asyncio.Task[str]":
        gate = self.gates[name] = threading.Event()

        def work() -> str:
            self.begun.append(name)
            assert gate.wait(10)
            return name

        return asyncio.create_task(self.line.run(client, work, forsake))

    async def begins(self, *names: str) -> None:
        async with asyncio.timeout(10):
            while self.begun != list(names):
                await asyncio.sleep(0.002)


def play(scene: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scene(), 20))


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_what_finds_no_place_is_refused_and_what_waits_has_its_turn() -> None:
    async def play_it() -> None:
        scene = Scene(waiting=2)
        tasks = [scene.ask(f"client-{number}", str(number)) for number in range(3)]
        await settle()
        with pytest.raises(CrowdedError):
            await scene.ask("client-3", "3")
        for gate in scene.gates.values():
            gate.set()
        assert await asyncio.gather(*tasks) == ["0", "1", "2"]
        again = scene.ask("client-3", "3")
        scene.gates["3"].set()
        assert await again == "3"

    play(play_it)


def test_one_client_takes_half_of_the_places() -> None:
    async def play_it() -> None:
        scene = Scene(waiting=4)
        greedy = [scene.ask("greedy", f"g{number}") for number in range(3)]
        await settle()
        with pytest.raises(CrowdedError):
            await scene.ask("greedy", "g3")
        other = scene.ask("other", "o")
        for gate in scene.gates.values():
            gate.set()
        assert await asyncio.gather(*greedy, other) == ["g0", "g1", "g2", "o"]

    play(play_it)


def test_whoever_has_nothing_at_work_goes_first() -> None:
    async def play_it() -> None:
        scene = Scene(working=2, waiting=8)
        tasks = [scene.ask("greedy", f"g{number}") for number in range(4)]
        await settle()
        tasks.append(scene.ask("other", "o"))
        await settle()
        scene.gates["g0"].set()
        await scene.begins("g0", "g1", "o")
        for gate in scene.gates.values():
            gate.set()
        await asyncio.gather(*tasks)

    play(play_it)


def test_what_nobody_waits_for_is_not_begun_and_takes_no_place() -> None:
    async def play_it() -> None:
        scene, gone = Scene(waiting=2), False
        first = scene.ask("a", "first")
        forsaken = [scene.ask(client, client, lambda: gone) for client in "bc"]
        await settle()
        gone = True
        wanted = scene.ask("d", "wanted")
        await settle()
        assert all(task.cancelled() for task in forsaken)
        for name in ("first", "wanted"):
            scene.gates[name].set()
        assert await asyncio.gather(first, wanted) == ["first", "wanted"]
        assert scene.begun == ["first", "wanted"]

    play(play_it)


def test_what_is_forsaken_while_it_waits_is_passed_over_at_its_turn() -> None:
    async def play_it() -> None:
        scene, gone = Scene(waiting=4), False
        first = scene.ask("a", "first")
        await settle()
        forsaken, wanted = scene.ask("b", "b", lambda: gone), scene.ask("c", "c")
        await settle()
        gone = True
        for name in ("first", "c"):
            scene.gates[name].set()
        assert await asyncio.gather(first, wanted) == ["first", "c"]
        assert forsaken.cancelled()
        assert scene.begun == ["first", "c"]

    play(play_it)


def test_a_caller_that_is_cancelled_holds_its_thread_until_the_work_ends() -> None:
    async def play_it() -> None:
        scene = Scene(waiting=4)
        first = scene.ask("a", "first")
        await scene.begins("first")
        waiting, second = scene.ask("a", "waiting"), scene.ask("b", "second")
        await settle()
        first.cancel()
        waiting.cancel()
        await settle()
        assert scene.begun == ["first"]
        for name in ("first", "second"):
            scene.gates[name].set()
        assert await second == "second"
        assert scene.begun == ["first", "second"]

    play(play_it)
