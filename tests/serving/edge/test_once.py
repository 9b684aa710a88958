"""Idempotency keys over a store that hangs, fails or answers too late: no question waits for it for long."""

import asyncio
import json
import logging
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from serving.auth import Principal
from serving.breaker import CircuitBreaker
from serving.edge.answer import Answer
from serving.edge.once import OnceOnly
from serving.http_problems import Exchange
from serving.idempotency import Idempotency, MemoryIdempotencyStore, Outcome, request_hash
from serving.threads import ThreadPool

Respond = Callable[[Answer], Awaitable[None]]
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

    async def ask(self, key: str, body: bytes = b"{}", **how: Any) -> tuple[int | None, dict[bytes, bytes]]:
        status, headers, _ = await self.told(key, body, **how)
        return status, headers

    async def told(
        self, key: str, body: bytes = b"{}", *, client: str = "ann", path: str = "/x", respond: Respond | None = None
    ) -> tuple[int | None, dict[bytes, bytes], bytes]:
        """Return status, headers and body of an answer; ``respond`` computes it in place of the usual one."""
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        exchange = Exchange("r", "POST", path, body=body, principal=Principal(client, frozenset()))
        answer = Answer(send, exchange)

        async def compute() -> None:
            self.computed += 1
            await (respond or self.count)(answer)

        await self.once.answer(exchange, key, answer, compute)
        said = b"".join(message.get("body", b"") for message in sent[1:])
        return answer.status, dict(sent[0]["headers"]) if sent else {}, said

    async def count(self, answer: Answer) -> None:
        await answer.send({"type": "http.response.start", "status": 201, "headers": []})
        await answer.send({"type": "http.response.body", "body": b"%d" % self.computed})


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
            assert (await desk.ask(f"key-{number}"))[0] == 201
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
        assert status == 201, "the key is still held by a request that has long been answered"
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

    assert asyncio.run(scene()) == 201


def test_a_key_of_a_worker_that_died_refuses_no_question_and_holds_back_all_else() -> None:
    async def scene(harmless: tuple[str, ...]) -> tuple[int | None, int]:
        store = MemoryIdempotencyStore(lease=timedelta(hours=1))
        desk = Desk(store, harmless=harmless)
        # Another worker began with the key and died: nobody will ever end it.
        store.begin("ann", "/x", "key", request_hash(b"{}"), datetime.now(UTC))
        status, _ = await desk.ask("key")
        desk.threads.stop()
        return status, desk.computed

    assert asyncio.run(scene(("/x",))) == (201, 1)
    assert asyncio.run(scene(())) == (409, 0)
    assert asyncio.run(scene(("/y",))) == (409, 0)


def test_a_repeated_request_gets_status_type_and_body_of_the_first_and_is_told_so() -> None:
    async def scene() -> None:
        desk = Desk(MemoryIdempotencyStore())
        assert (await desk.told("key"))[0::2] == (201, b"1")
        status, headers, body = await desk.told("key")
        assert (status, body) == (201, b"1")
        assert headers[b"content-type"] == b"application/json"
        assert headers[b"idempotency-replayed"] == b"true"
        desk.threads.stop()

    asyncio.run(scene())


def test_a_key_is_its_clients_and_its_paths_alone() -> None:
    async def scene() -> list[bytes]:
        desk = Desk(MemoryIdempotencyStore())
        asked = [("ann", "/x"), ("bob", "/x"), ("ann", "/y"), ("ann", "/x"), ("bob", "/x")]
        told = [(await desk.told("key", client=client, path=path))[2] for client, path in asked]
        desk.threads.stop()
        return told

    assert asyncio.run(scene()) == [b"1", b"2", b"3", b"1", b"2"]


def test_another_request_with_a_key_is_refused_though_it_could_do_no_harm() -> None:
    async def scene() -> tuple[int | None, dict[str, Any], int]:
        desk = Desk(MemoryIdempotencyStore(), harmless=("/x",))
        await desk.ask("key")
        status, _, body = await desk.told("key", b"another")
        desk.threads.stop()
        return status, json.loads(body), desk.computed

    status, problem, computed = asyncio.run(scene())
    assert (status, computed) == (422, 1)
    assert problem["detail"].startswith("another request was sent with this Idempotency-Key")


def test_who_asks_while_the_first_is_under_way_is_told_when_to_come_back() -> None:
    async def scene() -> dict[bytes, bytes]:
        store = MemoryIdempotencyStore(lease=timedelta(hours=1))
        desk = Desk(store)
        store.begin("ann", "/x", "key", request_hash(b"{}"), datetime.now(UTC))
        status, headers = await desk.ask("key")
        desk.threads.stop()
        assert status == 409
        return headers

    assert asyncio.run(scene())[b"retry-after"] == b"1"


async def breaks_off(answer: Answer) -> None:
    await answer.send({"type": "http.response.start", "status": 200, "headers": []})
    await answer.send({"type": "http.response.body", "body": b"ha", "more_body": True})
    raise ConnectionError


async def fails(_: Answer) -> None:
    raise ConnectionError


async def is_cut_off_by_the_deadline(_: Answer) -> None:
    raise asyncio.CancelledError


async def says_nothing(_: Answer) -> None:
    return


@pytest.mark.parametrize("respond", [breaks_off, fails, is_cut_off_by_the_deadline, says_nothing])
def test_a_request_that_is_not_answered_whole_leaves_its_key_free(respond: Respond) -> None:
    async def scene() -> tuple[int | None, bytes]:
        desk = Desk(MemoryIdempotencyStore(lease=timedelta(hours=1)), failures=1)
        try:
            await desk.ask("key", respond=respond)
        except (ConnectionError, asyncio.CancelledError):
            assert respond is not says_nothing
        await until(lambda: not desk.once._background)
        status, headers, body = await desk.told("key", b"another")
        assert b"idempotency-replayed" not in headers
        assert (await desk.told("key", b"another"))[2] == body, "nothing of the first counts as trouble of the store"
        desk.threads.stop()
        return status, body

    assert asyncio.run(scene()) == (201, b"2")


def test_an_answer_that_is_there_at_once_keeps_its_key() -> None:
    """What is given back is the key of an answer that came too late, not every key."""

    async def scene() -> int:
        desk = Desk(MemoryIdempotencyStore())
        for _ in range(5):
            await desk.ask("key")
            await until(lambda: not desk.once._background)
        desk.threads.stop()
        return desk.computed

    assert asyncio.run(scene()) == 1


class Failing(MemoryIdempotencyStore):
    """Fails while it is told to."""

    failing = True

    def begin(self, *given: Any) -> Outcome:
        if self.failing:
            raise OSError("postgresql://user:secret@host is away")
        return super().begin(*given)


@pytest.mark.parametrize("body", [b"{}", b"another"], ids=["an answer", "a refusal"])
def test_whatever_the_store_says_between_two_failures_they_are_not_in_a_row(body: bytes) -> None:
    async def scene() -> bool:
        store = Failing()
        desk = Desk(store)
        store.failing = False
        await desk.ask("key")
        for failing in (True, False, True):
            store.failing = failing
            await desk.ask("key", b"{}" if failing else body)
        desk.threads.stop()
        return desk.once._breaker.is_open

    assert asyncio.run(scene()) is False


def test_a_store_that_fails_is_named_when_it_begins_and_when_it_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        desk = Desk(Failing(), failures=3)
        for number in range(5):
            await desk.ask(f"key-{number}")
        desk.threads.stop()

    with caplog.at_level(logging.WARNING, "sdai.serving"):
        asyncio.run(scene())
    assert [record.getMessage() for record in caplog.records] == [
        "idempotency keys: the store is passed over: OSError"
    ] * 2


def test_a_call_that_fails_when_nobody_waits_any_more_harms_nobody() -> None:
    troubles: list[dict[str, Any]] = []

    class Late(Store):
        def begin(self, *given: Any) -> Outcome:
            super().begin(*given)
            raise OSError("gone")

    async def scene() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, trouble: troubles.append(trouble))
        store = Late()
        desk = Desk(store, failures=100)
        for number in range(2):  # the second still waits for the thread
            assert (await desk.ask(f"key-{number}"))[0] == 201
        for waiting in tuple(desk.once._background)[-1:]:
            waiting.cancel()
        store.gate.set()
        await until(lambda: not desk.once._background)
        desk.threads.stop()

    asyncio.run(scene())
    assert troubles == []


def test_a_request_waits_for_the_store_no_longer_than_it_was_told() -> None:
    store = Store()

    async def scene() -> float:
        desk = Desk(store)
        began_s = asyncio.get_running_loop().time()
        await asyncio.wait_for(desk.ask("key"), 8 * WAIT_S)
        store.gate.set()
        desk.threads.stop()
        return asyncio.get_running_loop().time() - began_s

    assert asyncio.run(scene()) >= WAIT_S


def test_nothing_may_be_answered_twice_unless_it_is_named() -> None:
    async def scene() -> list[int | None]:
        store = MemoryIdempotencyStore(lease=timedelta(hours=1))
        desk = Desk(store)
        desk.once = OnceOnly(Idempotency(store, lambda: datetime.now(UTC)), desk.threads, 10, CircuitBreaker(1, OPEN_S))
        statuses = []
        for path in ("/x", "/api/v1/feedback"):
            store.begin("ann", path, "key", request_hash(b"{}"), datetime.now(UTC))
            statuses.append((await desk.ask("key", path=path))[0])
        desk.threads.stop()
        return statuses

    assert asyncio.run(scene()) == [409, 409]
