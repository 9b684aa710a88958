"""Idempotency keys over a store that hangs, fails or answers too late: no question waits for it for long."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from serving.breaker import CircuitBreaker
from serving.edge.answer import Answer
from serving.edge.once import OnceOnly
from serving.http_problems import Exchange
from serving.idempotency import Idempotency, MemoryIdempotencyStore, Outcome, request_hash
from serving.threads import ThreadPool

WAIT_S = 0.1
OPEN_S = 60.0


class Store(MemoryIdempotencyStore):
    """Answers `begin` when the gate is open, and counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__(lease=timedelta(hours=1))
        self.gate = threading.Event()
        self.asked = 0

    def begin(self, *given: Any) -> Outcome:
        self.asked += 1
        assert self.gate.wait(20)
        return super().begin(*given)


class Desk:
    """Asks questions with a key; notes what was computed and what was answered."""

    def __init__(self, store: MemoryIdempotencyStore, failures: int = 2, harmless: tuple[str, ...] = ()) -> None:
        self.now_s = 0.0
        breaker = CircuitBreaker(failures, OPEN_S, lambda: self.now_s)
        rules = Idempotency(store, lambda: datetime.now(UTC))
        self.threads = ThreadPool("test", 1)
        self.once = OnceOnly(rules, self.threads, WAIT_S, breaker, harmless)
        self.computed = 0

    async def ask(self, key: str, body: bytes = b"{}") -> tuple[int | None, dict[bytes, bytes]]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        exchange = Exchange("r", "POST", "/x", body=body)
        answer = Answer(send, exchange)

        async def respond() -> None:
            self.computed += 1
            await answer.send({"type": "http.response.start", "status": 200, "headers": []})
            await answer.send({"type": "http.response.body", "body": b"%d" % self.computed})

        await self.once.answer(exchange, key, answer, respond)
        return answer.status, dict(sent[0]["headers"])


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.005)


def test_a_store_that_hangs_delays_a_question_by_its_wait_and_then_none() -> None:
    store, loop_s = Store(), []

    async def scene() -> Desk:
        desk = Desk(store)
        for number in range(6):
            began_s = asyncio.get_running_loop().time()
            assert (await desk.ask(f"key-{number}"))[0] == 200
            loop_s.append(asyncio.get_running_loop().time() - began_s)
        store.gate.set()
        desk.threads.stop()
        return desk

    assert asyncio.run(scene()).computed == 6
    assert all(WAIT_S <= seconds < 20 * WAIT_S for seconds in loop_s[:2])
    assert max(loop_s[2:]) < WAIT_S, "a store that failed twice is left alone"


def test_questions_that_waited_in_vain_do_not_reach_the_store_later() -> None:
    store = Store()

    async def scene() -> None:
        desk = Desk(store, failures=100)
        await asyncio.gather(*(desk.ask(f"key-{number}") for number in range(8)))
        store.gate.set()
        await desk.threads.run(lambda: None)  # behind all that waited
        desk.threads.stop()

    asyncio.run(scene())
    assert store.asked == 1


def test_a_key_taken_too_late_is_given_back() -> None:
    store = Store()

    async def scene() -> Desk:
        desk = Desk(store, failures=100)
        await desk.ask("late")
        store.gate.set()
        await until(lambda: not desk.once._background)
        status, headers = await desk.ask("late", b'{"another": "body"}')
        assert status == 200, "the key is still held by a request that has long been answered"
        assert b"idempotency-replayed" not in headers
        desk.threads.stop()
        return desk

    assert asyncio.run(scene()).computed == 2


def test_a_store_that_is_back_is_used_again() -> None:
    store = Store()

    async def scene() -> Desk:
        desk = Desk(store)
        for number in range(2):
            await desk.ask(f"key-{number}")
        store.gate.set()
        await until(lambda: not desk.once._background)
        await desk.ask("kept")
        assert b"idempotency-replayed" not in (await desk.ask("kept"))[1], "it is left alone for a while"
        desk.now_s += OPEN_S
        await desk.ask("kept")
        assert b"idempotency-replayed" in (await desk.ask("kept"))[1]
        desk.threads.stop()
        return desk

    assert asyncio.run(scene()).computed == 5


def test_refusals_of_a_key_do_not_count_as_failures_of_the_store() -> None:
    store = Store()
    store.gate.set()

    async def scene() -> list[int | None]:
        desk = Desk(store)
        await desk.ask("key")
        statuses = [(await desk.ask("key", b"another"))[0] for _ in range(5)]
        desk.threads.stop()
        return statuses

    assert asyncio.run(scene()) == [422] * 5


def test_an_answer_that_cannot_be_kept_is_given_all_the_same() -> None:
    class Forgetful(MemoryIdempotencyStore):
        def finish(self, *_: Any) -> None:
            raise OSError("gone")

    async def scene() -> int | None:
        desk = Desk(Forgetful())
        status, _ = await desk.ask("key")
        desk.threads.stop()
        return status

    assert asyncio.run(scene()) == 200


def test_a_key_of_a_worker_that_died_refuses_no_question_and_holds_back_all_else() -> None:
    async def scene(harmless: tuple[str, ...]) -> tuple[int | None, int]:
        store = MemoryIdempotencyStore(lease=timedelta(hours=1))
        desk = Desk(store, harmless=harmless)
        # Another worker began with the key and died: nobody will ever end it.
        store.begin(Exchange("r", "POST", "/x").client, "/x", "key", request_hash(b"{}"), datetime.now(UTC))
        status, _ = await desk.ask("key")
        desk.threads.stop()
        return status, desk.computed

    assert asyncio.run(scene(("/x",))) == (200, 1)
    assert asyncio.run(scene(())) == (409, 0)
    assert asyncio.run(scene(("/y",))) == (409, 0)
