"""What caches and limits cost a request: key, hits on both levels, a miss, a count. Needs Redis for some of the rows.

``python benchmarks/bench_caches.py [--redis redis://127.0.0.1:6379/9]``: microseconds of CPU of one thread, median of
seven rounds.
"""

import argparse
import asyncio
import statistics
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from configs.cache_settings import CacheSettings
from configs.limits_settings import LimitsSettings
from serving.caching import AnswerKey, Found, Source, answer_key, open_answer_cache
from serving.limiting import RouteFamily, open_rate_limiter

ROUNDS = 7
QUICK, SLOW = 5_000, 300
ANSWER = b"{" + b" " * 1_000 + b"}"
JSON_PROBLEMS = ("connection_designer", "section_optimizer", "compliance_checker", "risk_analyzer")


def _cpu_us(call: Callable[[], object], times: int) -> float:
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(times):
            call()
        rounds.append((time.process_time() - began) / times * 1e6)
    return statistics.median(rounds)


async def _async_cpu_us(call: Callable[[], Awaitable[object]], times: int) -> float:
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(times):
            await call()
        rounds.append((time.process_time() - began) / times * 1e6)
    return statistics.median(rounds)


def _show(name: str, cpu_us: float) -> None:
    print(f"| {name} | {cpu_us:.1f} |")


def _keys() -> None:
    for problem in JSON_PROBLEMS:
        model = import_module(f"serving.schemas.{problem}").Request
        request = model.model_validate(model.model_config["json_schema_extra"]["example"])
        _show(f"key, {problem}", _cpu_us(lambda p=problem, r=request: answer_key(p, "1-3735cd93", r), QUICK))


async def found() -> Found:
    """Return an answer as if it had just been computed."""
    return Found(ANSWER, Source.COMPUTED)


async def _in_process() -> None:
    cache = open_answer_cache(CacheSettings(redis_url=None))
    key = AnswerKey("connection_designer", "1-3735cd93", "0" * 64)
    await cache.get_or_compute(key, found)
    numbers = iter(range(10**9))

    def fresh() -> AnswerKey:
        return key._replace(sha256=f"{next(numbers):064x}")

    async def answer() -> bytes:
        return ANSWER

    _show("hit in the process", _cpu_us(lambda: cache.local(key), QUICK))
    _show(
        "miss, answer computed on the event loop",
        await _async_cpu_us(lambda: cache.get_or_compute(fresh(), found), QUICK),
    )
    _show("miss, answer awaited", await _async_cpu_us(lambda: cache.get_or_await(fresh(), answer), QUICK))
    rates = open_rate_limiter(LimitsSettings(redis_url=None, json_rate="100000000/second"), workers=1)
    _show("rate, in the process", _cpu_us(lambda: rates.hit_here(RouteFamily.JSON, "client-1"), QUICK))


async def _in_redis(url: str) -> None:
    prefix = f"sdai-bench-{uuid.uuid4().hex}"
    settings = CacheSettings(redis_url=url, redis_prefix=prefix, redis_timeout_s=1.0)
    key = AnswerKey("compliance_checker", "1-3735cd93", "0" * 64)
    cache = open_answer_cache(settings)
    await cache.get_or_compute(key, found)
    level = cache._shared
    assert level is not None
    await asyncio.sleep(0.1)  # the answer is written behind
    assert await level.get(key.text)

    async def whole() -> None:
        cache._memory.drop(key)
        assert (await cache.get_or_compute(key, found)).source == "redis"

    _show("Redis, one read on the event loop", await _async_cpu_us(lambda: level.get(key.text), SLOW))
    _show("hit in Redis, whole", await _async_cpu_us(whole, SLOW))
    _show("Redis, one read in a thread", _cpu_us(lambda: level.get_blocking(key.text), SLOW))
    limits = LimitsSettings(
        redis_url=url, redis_prefix=prefix, redis_families=("json",), json_rate="100000000/second", redis_timeout_s=1.0
    )
    rates = open_rate_limiter(limits, workers=1)
    _show("rate, in Redis", await _async_cpu_us(lambda: rates.hit(RouteFamily.JSON, "client-1"), SLOW))
    await cache.close()
    _clean(url, prefix)


def _clean(url: str, prefix: str) -> None:
    import redis

    client = redis.Redis.from_url(url)
    for name in client.scan_iter(f"{prefix}*"):
        client.delete(name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--redis", help="URL of a Redis; without it its rows are left out")
    arguments = parser.parse_args()
    print("| what | µs |\n|---|---|")
    _keys()
    asyncio.run(_in_process())
    if arguments.redis:
        asyncio.run(_in_redis(arguments.redis))
