"""The cache of answers in one process: levels, one computation for many, cancellation, errors, time, counts."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import pytest

from configs.cache_settings import CacheSettings
from serving.caching import AnswerCache, AnswerKey, Event, Found, Source, open_answer_cache, with_request_id
from serving.caching.flights import AbandonedError, Flights
from serving.errors import RequestError

T = TypeVar("T")
KEY = AnswerKey("connection_designer", "1-3735cd93", "0" * 64)
OTHER = AnswerKey("connection_designer", "1-3735cd93", "1" * 64)


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 10))


def giving(answer: bytes) -> Callable[[], Awaitable[Found]]:
    async def ask() -> Found:
        return Found(answer, Source.COMPUTED)

    return ask


def new_cache(clock: Clock | None = None, hook: Callable[[Event], None] | None = None, **settings: Any) -> AnswerCache:
    return open_answer_cache(CacheSettings(**settings), hook=hook, clock=clock or Clock())


class Computing:
    """A slow computation that is let go by the test, and says how often it began."""

    def __init__(self, answer: bytes = b"{}", error: Exception | None = None) -> None:
        self.begun = 0
        self.ended = 0
        self.go_on = asyncio.Event()
        self._answer = answer
        self._error = error

    async def __call__(self) -> bytes:
        self.begun += 1
        await self.go_on.wait()
        self.ended += 1
        if self._error:
            raise self._error
        return self._answer


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_an_answer_is_computed_once_and_then_found() -> None:
    cache = new_cache()

    async def ask() -> list[Source]:
        return [(await cache.get_or_compute(KEY, giving(b"{}"))).source for _ in range(3)]

    assert run(ask()) == [Source.COMPUTED, Source.MEMORY, Source.MEMORY]
    assert cache.get_or_compute_blocking(KEY, lambda: b"other") == (b"{}", Source.MEMORY)
    assert {name: count for name, count in cache.stats().items() if count and name != "bytes"} == {
        "hit_memory": 3,
        "miss": 1,
        "entries": 1,
    }


def test_a_herd_of_200_computes_once() -> None:
    cache = new_cache()

    async def herd() -> None:
        computing = Computing(b'{"a":1}')
        tasks = [asyncio.create_task(cache.get_or_await(KEY, computing)) for _ in range(200)]
        await settle()
        computing.go_on.set()
        found = await asyncio.gather(*tasks)
        assert computing.begun == 1
        assert {item.answer for item in found} == {b'{"a":1}'}
        assert [item.source for item in found].count(Source.COMPUTED) == 1

    run(herd())
    assert (cache.stats()["coalesced"], cache.stats()["miss"], cache.stats()["in_flight"]) == (199, 1, 0)


def test_a_herd_of_threads_computes_once() -> None:
    cache = new_cache()
    go_on, begun = threading.Event(), []

    def compute() -> bytes:
        begun.append(1)
        assert go_on.wait(5)
        return b"{}"

    found: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: found.append(cache.get_or_compute_blocking(KEY, compute).answer))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    while cache.stats()["coalesced"] < 19:
        threading.Event().wait(0.001)
    go_on.set()
    for thread in threads:
        thread.join(5)
    assert (len(begun), found) == (1, [b"{}"] * 20)


def test_the_event_loop_waits_for_a_thread_and_a_thread_for_the_event_loop() -> None:
    cache = new_cache()
    go_on, begun = threading.Event(), threading.Event()

    def slow() -> bytes:
        begun.set()
        assert go_on.wait(5)
        return b"thread"

    async def both() -> None:
        in_thread = asyncio.create_task(asyncio.to_thread(cache.get_or_compute_blocking, KEY, slow))
        await asyncio.to_thread(begun.wait, 5)
        on_loop = asyncio.create_task(cache.get_or_await(KEY, Computing()))
        await settle()
        go_on.set()
        assert {(await in_thread).answer, (await on_loop).answer} == {b"thread"}

        computing = Computing(b"loop")
        leading = asyncio.create_task(cache.get_or_await(OTHER, computing))
        await settle()
        following = asyncio.create_task(asyncio.to_thread(cache.get_or_compute_blocking, OTHER, slow))
        while cache.stats()["coalesced"] < 2:
            await asyncio.sleep(0.001)
        computing.go_on.set()
        assert {(await leading).answer, (await following).answer} == {b"loop"}

    run(both())


@pytest.mark.parametrize("gone", [0, 1, 4], ids=["the first", "the second", "the last"])
def test_a_client_that_goes_away_leaves_the_others_their_answer(gone: int) -> None:
    cache = new_cache()

    async def ask() -> None:
        computing = Computing()
        tasks = [asyncio.create_task(cache.get_or_await(KEY, computing)) for _ in range(5)]
        await settle()
        tasks[gone].cancel()
        await settle()
        assert tasks[gone].cancelled()
        computing.go_on.set()
        left = [task for task in tasks if task is not tasks[gone]]
        assert [found.answer for found in await asyncio.gather(*left)] == [b"{}"] * 4
        assert computing.begun == 1

    run(ask())


def test_the_answer_is_kept_though_every_client_went_away() -> None:
    cache = new_cache()

    async def ask() -> None:
        computing = Computing(b"late")
        tasks = [asyncio.create_task(cache.get_or_await(KEY, computing)) for _ in range(3)]
        await settle()
        for task in tasks:
            task.cancel()
        await settle()
        computing.go_on.set()
        await settle()
        assert cache.local(KEY) == (b"late", Source.MEMORY)

    run(ask())


def test_all_who_wait_get_the_error_and_nothing_is_kept() -> None:
    cache = new_cache()
    refused = RequestError("no such member", field="member")

    async def ask() -> None:
        computing = Computing(error=refused)
        tasks = [asyncio.create_task(cache.get_or_await(KEY, computing)) for _ in range(6)]
        await settle()
        computing.go_on.set()
        assert await asyncio.gather(*tasks, return_exceptions=True) == [refused] * 6
        assert cache.local(KEY) is None
        assert (await cache.get_or_compute(KEY, giving(b"good"))).source is Source.COMPUTED

    run(ask())
    assert cache.stats()["in_flight"] == 0
    assert cache.stats()["compute_error"] == 1


@pytest.mark.parametrize("error", [RequestError("refused"), TimeoutError("its own"), KeyError("x")])
def test_an_error_on_loop_or_in_a_thread_leaves_as_it_is(error: Exception) -> None:
    cache = new_cache()

    def fail() -> bytes:
        raise error

    async def fail_on_loop() -> Found:
        return Found(fail(), Source.COMPUTED)

    with pytest.raises(type(error)) as on_loop:
        run(cache.get_or_compute(KEY, fail_on_loop))
    with pytest.raises(type(error)) as in_thread:
        cache.get_or_compute_blocking(KEY, fail)
    assert on_loop.value is in_thread.value is error
    assert (cache.stats()["entries"], cache.stats()["in_flight"]) == (0, 0)


def test_a_timeout_of_the_computation_is_not_taken_for_that_of_the_waiting() -> None:
    cache = new_cache()
    go_on, errors = threading.Event(), []

    def fail() -> bytes:
        assert go_on.wait(5)
        raise TimeoutError("the computation's own")

    def ask() -> None:
        try:
            cache.get_or_compute_blocking(KEY, fail)
        except TimeoutError as error:
            errors.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    while cache.stats()["coalesced"] < 2:
        threading.Event().wait(0.001)
    go_on.set()
    for thread in threads:
        thread.join(5)
    assert errors == ["the computation's own"] * 3
    assert cache.stats()["miss"] == 1


def test_a_thread_does_not_wait_for_ever() -> None:
    cache = new_cache(wait_s=0.02)
    go_on = threading.Event()

    def hang() -> bytes:
        assert go_on.wait(5)
        return b"hung"

    thread = threading.Thread(target=cache.get_or_compute_blocking, args=(KEY, hang))
    thread.start()
    while not cache.stats()["in_flight"]:
        threading.Event().wait(0.001)
    assert cache.get_or_compute_blocking(KEY, lambda: b"own") == (b"own", Source.COMPUTED)
    go_on.set()
    thread.join(5)


def test_closing_ends_what_is_computed_and_tells_those_who_wait() -> None:
    cache = new_cache()

    async def ask() -> None:
        waiting = asyncio.create_task(cache.get_or_await(KEY, Computing()))
        await settle()
        await cache.close()
        with pytest.raises(AbandonedError, match="ask again"):
            await waiting
        assert cache.stats()["in_flight"] == 0

    run(ask())


def test_an_answer_ends_after_24_hours() -> None:
    clock = Clock()
    cache = new_cache(clock)
    cache.get_or_compute_blocking(KEY, lambda: b"old")
    clock.now_s += 86_399
    assert cache.get_or_compute_blocking(KEY, lambda: b"new").answer == b"old"
    clock.now_s += 2
    assert cache.get_or_compute_blocking(KEY, lambda: b"new").answer == b"new"


def test_an_answer_that_is_too_long_is_given_and_not_kept() -> None:
    cache = new_cache(max_answer_bytes=1_000)
    assert cache.get_or_compute_blocking(KEY, lambda: b"x" * 1_001).answer == b"x" * 1_001
    assert cache.local(KEY) is None
    assert cache.get_or_compute_blocking(KEY, lambda: b"x" * 1_000).answer == b"x" * 1_000
    assert cache.local(KEY) is not None


def test_room_is_made_and_counted() -> None:
    cache = new_cache(max_answers=2)
    for number in range(5):
        cache.get_or_compute_blocking(KEY._replace(sha256=f"{number:064x}"), lambda: b"{}")
    assert (cache.stats()["entries"], cache.stats()["eviction"]) == (2, 3)


def test_the_hook_is_told_and_may_fail() -> None:
    told: list[Event] = []

    def hook(event: Event) -> None:
        told.append(event)
        raise RuntimeError("metrics are down")

    cache = new_cache(hook=hook)
    assert cache.get_or_compute_blocking(KEY, lambda: b"{}").answer == b"{}"
    assert cache.get_or_compute_blocking(KEY, lambda: b"{}").answer == b"{}"
    assert told == [Event.MISS, Event.HIT_MEMORY]


def test_the_request_id_is_put_in_and_the_rest_left_as_it_is() -> None:
    from serving.schemas.risk_analyzer import Response

    fields = dict.fromkeys(Response.model_fields) | {"note": "Größe", "model_version": "1", "request_id": ""}
    kept = Response.model_construct(**fields).model_dump_json(warnings=False).encode()
    assert json.loads(with_request_id(kept, "a-1.b:c")) == json.loads(kept) | {"request_id": "a-1.b:c"}


@pytest.mark.parametrize("answer", [b"", b"{}", b'{"request_id":"x"}', b'{"request_id":"","a":1}'])
def test_an_answer_without_an_open_request_id_is_refused(answer: bytes) -> None:
    with pytest.raises(ValueError, match="request_id"):
        with_request_id(answer, "a")


@pytest.mark.parametrize(
    "problem", ["connection_designer", "section_optimizer", "clash_detector", "compliance_checker", "risk_analyzer"]
)
def test_the_request_id_is_the_last_member_of_every_answer(problem: str) -> None:
    from importlib import import_module

    assert list(import_module(f"serving.schemas.{problem}").Response.model_fields)[-1] == "request_id"


def test_what_has_not_begun_is_given_up_once_the_last_who_waits_is_gone() -> None:
    cache = new_cache()
    turn = asyncio.Event()
    asked: list[str] = []

    async def ask() -> None:
        def computing(name: str) -> Callable[[Callable[[], bool]], Awaitable[bytes]]:
            async def compute(forsake: Callable[[], bool]) -> bytes:
                await turn.wait()
                if forsake():
                    raise asyncio.CancelledError
                asked.append(name)
                return name.encode()

            return compute

        gone = [asyncio.create_task(cache.get_or_wait_for(KEY, computing("gone"))) for _ in range(2)]
        left = [asyncio.create_task(cache.get_or_wait_for(OTHER, computing("wanted"))) for _ in range(2)]
        await settle()
        for task in (*gone, left[0]):
            task.cancel()
        await settle()
        turn.set()
        assert (await left[1]).answer == b"wanted"
        assert (await cache.get_or_wait_for(KEY, computing("anew"))).answer == b"anew"

    run(ask())
    assert asked == ["wanted", "anew"]
    assert cache.stats()["in_flight"] == 0


def test_a_flight_that_was_given_up_ends_without_the_next_one() -> None:
    flights: Flights[bytes] = Flights()
    old, _ = flights.join(KEY)
    assert not flights.forsake(KEY, old), "one waits"
    flights.leave(old)
    assert flights.forsake(KEY, old)
    new, leads = flights.join(KEY)
    assert leads
    flights.fail(KEY, old, asyncio.CancelledError())
    flights.land(KEY, new, b"anew")
    assert new.outcome.result(0) == b"anew"
    assert len(flights) == 0
