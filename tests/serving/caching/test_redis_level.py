"""Answers in a real Redis: shared between processes, killed, silent, hostile; nothing of it ever fails a request."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import pytest
import redis

from configs.cache_settings import CacheSettings
from serving.caching import AnswerCache, AnswerKey, Found, Source, open_answer_cache
from serving.caching.sealing import Seal
from tests.serving.redis_fixtures import REDIS_URL, FakeRedis, PrivateRedis, free_port

pytestmark = pytest.mark.redis
T = TypeVar("T")
KEY = AnswerKey("compliance_checker", "1-3735cd93", "0" * 64)
CALL_TIMEOUT_S = 0.05


class Clock:
    def __init__(self) -> None:
        self.now_s = time.time()

    def __call__(self) -> float:
        return self.now_s


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 10))


def giving(answer: bytes) -> Callable[[], Awaitable[Found]]:
    async def ask() -> Found:
        return Found(answer, Source.COMPUTED)

    return ask


def new_cache(
    url: str, prefix: str = "sdai-test", release: str = "r1", clock: Any = time.time, **more: Any
) -> AnswerCache:
    settings = {"redis_timeout_s": CALL_TIMEOUT_S} | more
    return open_answer_cache(
        CacheSettings(redis_url=url, redis_prefix=prefix, **settings), release=release, clock=clock
    )


async def ask(cache: AnswerCache, key: AnswerKey = KEY, answer: bytes = b"{}") -> tuple[bytes, Source]:
    found = await cache.get_or_compute(key, giving(answer))
    await asyncio.gather(*cache._tasks)  # what is written behind the answer
    return found


@pytest.mark.parametrize("first", ["loop", "thread"])
@pytest.mark.parametrize("second", ["loop", "thread"])
def test_another_process_finds_the_answer(redis_prefix: str, first: str, second: str) -> None:
    def once(kind: str, answer: bytes) -> tuple[bytes, Source]:
        cache = new_cache(REDIS_URL, redis_prefix)
        if kind == "thread":
            return cache.get_or_compute_blocking(KEY, lambda: answer)

        async def asked() -> tuple[bytes, Source]:
            found = await ask(cache, answer=answer)
            await cache.close()
            return found

        return run(asked())

    assert once(first, b"first") == (b"first", Source.COMPUTED)
    assert once(second, b"second") == (b"first", Source.REDIS)


def test_only_the_problems_that_are_named_use_it(redis_prefix: str) -> None:
    cache = new_cache(REDIS_URL, redis_prefix)
    key = KEY._replace(problem="risk_analyzer")
    cache.get_or_compute_blocking(key, lambda: b"{}")
    assert run(ask(new_cache(REDIS_URL, redis_prefix), key)) == (b"{}", Source.COMPUTED)
    assert list(redis.Redis.from_url(REDIS_URL).scan_iter(f"{redis_prefix}*")) == []


def test_another_release_or_version_does_not_find_it(redis_prefix: str) -> None:
    new_cache(REDIS_URL, redis_prefix).get_or_compute_blocking(KEY, lambda: b"old")
    later = new_cache(REDIS_URL, redis_prefix, release="r2")
    assert later.get_or_compute_blocking(KEY, lambda: b"new").answer == b"new"
    same = new_cache(REDIS_URL, redis_prefix)
    assert same.get_or_compute_blocking(KEY._replace(version="2-0"), lambda: b"new").answer == b"new"
    assert same.get_or_compute_blocking(KEY, lambda: b"new").answer == b"old"


def test_redis_forgets_after_the_time_to_live(redis_prefix: str) -> None:
    new_cache(REDIS_URL, redis_prefix).get_or_compute_blocking(KEY, lambda: b"{}")
    client = redis.Redis.from_url(REDIS_URL)
    (name,) = client.scan_iter(f"{redis_prefix}*")
    assert 86_390_000 < client.pttl(name) <= 86_400_000


def test_an_answer_from_redis_lives_no_longer_than_it_would_have(redis_prefix: str) -> None:
    clock = Clock()
    new_cache(REDIS_URL, redis_prefix, clock=clock).get_or_compute_blocking(KEY, lambda: b"old")
    clock.now_s += 86_000
    second = new_cache(REDIS_URL, redis_prefix, clock=clock)
    assert second.get_or_compute_blocking(KEY, lambda: b"new") == (b"old", Source.REDIS)
    clock.now_s += 401
    assert second.get_or_compute_blocking(KEY, lambda: b"new") == (b"new", Source.COMPUTED)


def test_a_herd_asks_redis_once_and_computes_once(redis_prefix: str) -> None:
    cache = new_cache(REDIS_URL, redis_prefix)
    computed: list[int] = []

    async def compute() -> Found:
        computed.append(1)
        return Found(b"{}", Source.COMPUTED)

    async def herd() -> list[tuple[bytes, Source]]:
        return list(await asyncio.gather(*(cache.get_or_compute(KEY, compute) for _ in range(200))))

    found = run(herd())
    assert (len(computed), len(found)) == (1, 200)
    stats = cache.stats()
    assert (stats["miss"], stats["coalesced"], stats["hit_memory"]) == (1, 199, 0)


def forged(name: str) -> bytes:
    return Seal(b"").close(name, b'{"compliant":true}', time.time() + 9e9)


@pytest.mark.parametrize(
    "damage",
    [
        lambda name, good: b"",
        lambda name, good: b"{}",
        lambda name, good: b"sdai1",
        lambda name, good: good[:-1],
        lambda name, good: good + b" ",
        lambda name, good: b"sdai0" + good[5:],
        lambda name, good: good[:60] + bytes([good[60] ^ 1]) + good[61:] if len(good) > 60 else good[:-1] + b"?",
        lambda name, good: b"x" * 5_000_000,
        lambda name, good: Seal().close(name, b"x" * 5_000, time.time() + 60),
        lambda name, good: Seal().close(f"{name}0", b"of another key", time.time() + 60),
        lambda name, good: Seal().close(name, b"over", time.time() - 60),
        lambda name, good: Seal().close(name, b"nan", float("nan")),
    ],
    ids=["empty", "bare", "head", "short", "long", "version", "bit", "huge", "too long", "another key", "over", "nan"],
)
def test_a_wrong_value_is_a_miss_and_is_replaced(redis_prefix: str, damage: Any) -> None:
    settings = {"max_answer_bytes": 1_000, "redis_timeout_s": 1.0}
    new_cache(REDIS_URL, redis_prefix, **settings).get_or_compute_blocking(KEY, lambda: b'{"good":1}')
    client = redis.Redis.from_url(REDIS_URL)
    (name,) = client.scan_iter(f"{redis_prefix}*")
    client.set(name, damage(name.decode(), client.get(name)))
    in_thread = new_cache(REDIS_URL, redis_prefix, **settings)
    assert in_thread.get_or_compute_blocking(KEY, lambda: b'{"new":1}') == (b'{"new":1}', Source.COMPUTED)
    assert run(ask(new_cache(REDIS_URL, redis_prefix, **settings))) == (b'{"new":1}', Source.REDIS)


def test_a_value_of_another_kind_is_an_error_that_nobody_sees(redis_prefix: str) -> None:
    new_cache(REDIS_URL, redis_prefix).get_or_compute_blocking(KEY, lambda: b"{}")
    client = redis.Redis.from_url(REDIS_URL)
    (name,) = client.scan_iter(f"{redis_prefix}*")
    client.delete(name)
    client.lpush(name, "a", "list")
    cache = new_cache(REDIS_URL, redis_prefix)
    assert run(ask(cache)) == (b"{}", Source.COMPUTED)
    assert cache.stats()["redis_error"] == 1


def test_with_a_secret_nothing_can_be_forged(redis_prefix: str) -> None:
    secret = "0123456789abcdef"
    first = new_cache(REDIS_URL, redis_prefix, redis_secret=secret)
    first.get_or_compute_blocking(KEY, lambda: b"true answer")
    client = redis.Redis.from_url(REDIS_URL)
    (name,) = client.scan_iter(f"{redis_prefix}*")
    other = new_cache(REDIS_URL, redis_prefix, redis_secret=secret)
    assert other.get_or_compute_blocking(KEY, lambda: b"").answer == b"true answer"
    client.set(name, forged(name.decode()))
    victim = new_cache(REDIS_URL, redis_prefix, redis_secret=secret)
    assert victim.get_or_compute_blocking(KEY, lambda: b"computed") == (b"computed", Source.COMPUTED)
    assert victim.stats()["redis_bad_value"] == 1


def test_redis_is_killed_and_comes_back(private_redis: PrivateRedis) -> None:
    def key(number: int) -> AnswerKey:
        return KEY._replace(sha256=f"{number:064x}")

    async def story() -> None:
        cache = new_cache(private_redis.url, breaker_open_s=0.2)
        assert (await ask(cache, key(0)))[1] is Source.COMPUTED
        private_redis.kill()
        began = time.monotonic()
        for number in range(1, 101):
            assert (await ask(cache, key(number)))[0] == b"{}"
        took_s = time.monotonic() - began
        assert took_s < 1.0  # three failures, then it is left alone
        stats = cache.stats()
        assert stats["redis_open"] == 1
        assert stats["redis_error"] < 3 + took_s / 0.2 + 1
        assert stats["redis_skipped"] > 150
        private_redis.start()
        until = time.monotonic() + 5
        number = 101
        while cache.stats()["redis_open"]:
            assert time.monotonic() < until
            await asyncio.sleep(0.02)
            await ask(cache, key(number))
            number += 1
        await ask(cache, key(9_999), b"kept")
        assert await ask(new_cache(private_redis.url), key(9_999)) == (b"kept", Source.REDIS)
        await cache.close()

    run(story())


def test_threads_go_on_while_redis_is_dead(private_redis: PrivateRedis) -> None:
    cache = new_cache(private_redis.url)
    cache.get_or_compute_blocking(KEY, lambda: b"{}")
    private_redis.kill()
    for number in range(1, 50):
        key = KEY._replace(sha256=f"{number:064x}")
        assert cache.get_or_compute_blocking(key, lambda: b"{}") == (b"{}", Source.COMPUTED)
    assert cache.stats()["redis_error"] == 3


def test_nobody_listens_there() -> None:
    cache = new_cache(f"redis://127.0.0.1:{free_port()}/0")
    assert run(ask(cache)) == (b"{}", Source.COMPUTED)
    assert cache.stats()["redis_error"] > 0


def test_a_silent_redis_costs_its_timeout_three_times_and_then_nothing(silent_redis: FakeRedis) -> None:
    async def story() -> None:
        cache = new_cache(silent_redis.url, breaker_open_s=60)
        began = time.monotonic()
        found = await asyncio.gather(
            *(cache.get_or_compute(KEY._replace(sha256=f"{number:064x}"), giving(b"{}")) for number in range(200))
        )
        first_s = time.monotonic() - began
        assert {item.answer for item in found} == {b"{}"}
        assert first_s < 40 * CALL_TIMEOUT_S  # one after the other they would take 200
        began = time.monotonic()
        for number in range(200, 400):
            await cache.get_or_compute(KEY._replace(sha256=f"{number:064x}"), giving(b"{}"))
        assert time.monotonic() - began < 40 * CALL_TIMEOUT_S
        assert silent_redis.connections < 64  # of 800 calls; at most 16 at a time

    run(story())


def test_a_silent_redis_does_not_hold_a_thread(silent_redis: FakeRedis) -> None:
    cache = new_cache(silent_redis.url)
    began = time.monotonic()
    for number in range(20):
        cache.get_or_compute_blocking(KEY._replace(sha256=f"{number:064x}"), lambda: b"{}")
    assert time.monotonic() - began < 10 * CALL_TIMEOUT_S


def test_what_speaks_another_protocol_is_no_redis(babbling_redis: FakeRedis) -> None:
    cache = new_cache(babbling_redis.url)
    assert run(ask(cache)) == (b"{}", Source.COMPUTED)
    assert cache.get_or_compute_blocking(KEY._replace(version="2"), lambda: b"{}") == (b"{}", Source.COMPUTED)
    assert cache.stats()["redis_error"] > 0
