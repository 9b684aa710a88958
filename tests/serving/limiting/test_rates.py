"""Rates: how many go through, what a refused client is told, workers' shares, and Redis with its failures."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, TypeVar, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.limits_settings import LimitsSettings
from serving.limiting import RateDecision, RateLimiter, RouteFamily, client_network, open_rate_limiter
from serving.limiting.counts import WindowCounts
from tests.serving.redis_fixtures import REDIS_URL, FakeRedis, PrivateRedis

T = TypeVar("T")
JSON, UPLOAD, UNAUTHENTICATED = RouteFamily.JSON, RouteFamily.UPLOAD, RouteFamily.UNAUTHENTICATED


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_800_000_000.0  # a whole minute, where periods begin

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 10))


def limiter(clock: Clock, workers: int = 1, **rates: str) -> RateLimiter:
    return RateLimiter({RouteFamily(family): rate for family, rate in rates.items()}, workers, clock=clock)


def test_the_rate_goes_through_and_no_more(clock: Clock) -> None:
    rates = limiter(clock, upload="30/minute")
    decisions = [rates.hit_here(UPLOAD, "anna") for _ in range(40)]
    assert [decision.allowed for decision in decisions] == [True] * 30 + [False] * 10
    assert [decision.remaining for decision in decisions[:31]] == [*range(29, -1, -1), 0]
    assert rates.refused[UPLOAD] == 10


@given(
    data=st.data(),
    pauses_s=st.lists(st.floats(0, 70), max_size=8),
    costs=st.lists(st.integers(1, 9), min_size=1, max_size=12),
)
def test_who_waits_as_long_as_told_goes_through(data: st.DataObject, pauses_s: list[float], costs: list[int]) -> None:
    clock = Clock()
    rates = limiter(clock, upload="30/minute")
    for pause_s in [*pauses_s, 0.0]:
        clock.now_s += pause_s
        for cost in costs:
            rates.hit_here(UPLOAD, "anna", cost)
    cost = data.draw(st.integers(1, 30))
    refused = rates.hit_here(UPLOAD, "anna", cost)
    if not refused.allowed:
        assert 1 <= refused.retry_after_s <= 121
        nearly_s = max(0.0, refused.reset_s - 0.01)
        clock.now_s += nearly_s
        if nearly_s > 0.01:
            assert not rates.hit_here(UPLOAD, "anna", cost).allowed  # told no longer than needed
        clock.now_s += refused.retry_after_s - nearly_s
        assert rates.hit_here(UPLOAD, "anna", cost).allowed


def test_clients_and_families_are_counted_apart(clock: Clock) -> None:
    rates = limiter(clock, upload="1/minute", json="1/minute")
    assert rates.hit_here(UPLOAD, "anna").allowed
    assert rates.hit_here(JSON, "anna").allowed
    assert rates.hit_here(UPLOAD, "bert").allowed
    assert not rates.hit_here(UPLOAD, "anna").allowed


def test_a_client_cannot_count_against_another_by_its_name(clock: Clock) -> None:
    rates = limiter(clock, upload="1/minute")
    names = ["a", "a/b", "a/1", "", "/", "a\nb", "é" * 300, "a:b"]
    assert all(rates.hit_here(UPLOAD, name).allowed for name in names)
    assert not any(rates.hit_here(UPLOAD, name).allowed for name in names)


def test_each_worker_has_its_share_rounded_up(clock: Clock) -> None:
    rates = limiter(clock, workers=4, upload="30/minute")
    assert sum(rates.hit_here(UPLOAD, "anna").allowed for _ in range(30)) == 8
    assert limiter(clock, workers=64, upload="30/minute").hit_here(UPLOAD, "anna").allowed


def test_a_batch_costs_as_many_as_it_holds(clock: Clock) -> None:
    rates = limiter(clock, upload="10/minute")
    assert rates.hit_here(UPLOAD, "anna", cost=8).remaining == 2
    assert not rates.hit_here(UPLOAD, "anna", cost=3).allowed
    assert rates.hit_here(UPLOAD, "anna", cost=2).allowed
    assert not rates.hit_here(UPLOAD, "bert", cost=11).allowed
    assert rates.hit_here(UPLOAD, "bert").remaining == 9


def test_testing_counts_nothing(clock: Clock) -> None:
    rates = limiter(clock, unauthenticated="2/minute")
    assert all(rates.test_here(UNAUTHENTICATED, "10.0.0.1").allowed for _ in range(9))
    rates.hit_here(UNAUTHENTICATED, "10.0.0.1")
    assert rates.test_here(UNAUTHENTICATED, "10.0.0.1").remaining == 1
    rates.hit_here(UNAUTHENTICATED, "10.0.0.1")
    refused = run(rates.test(UNAUTHENTICATED, "10.0.0.1"))
    assert not refused.allowed
    assert refused.retry_after_s >= 1


def test_a_family_without_a_rate_is_not_limited(clock: Clock) -> None:
    rates = limiter(clock, upload="1/minute")
    assert all(rates.hit_here(JSON, "anna").allowed for _ in range(100))
    assert rates.test_here(JSON, "anna").allowed


@given(pauses_s=st.lists(st.floats(0, 0.4), min_size=1, max_size=150))
def test_no_pace_gets_more_than_twice_the_rate_in_any_second(pauses_s: list[float]) -> None:
    clock = Clock()
    rates = limiter(clock, json="10/second")
    passed: list[float] = []
    for pause_s in pauses_s:
        clock.now_s += pause_s
        if rates.hit_here(JSON, "anna").allowed:
            passed.append(clock.now_s)
    for at in passed:
        assert sum(at - 1 < other <= at for other in passed) <= 20


def test_the_shipped_rates_let_1_000_requests_a_second_of_one_client_through(clock: Clock) -> None:
    rates = open_rate_limiter(LimitsSettings(), workers=2, clock=clock)
    for _ in range(3_000):
        clock.now_s += 0.001
        assert rates.hit_here(JSON, "anna").allowed


def test_headers_of_a_refusal_and_of_a_pass() -> None:
    assert RateDecision(True, 10, 4, 0.2).headers() == [
        (b"ratelimit-limit", b"10"),
        (b"ratelimit-remaining", b"4"),
        (b"ratelimit-reset", b"1"),
    ]
    refused = RateDecision(False, 10, 0, 1.2)
    assert refused.headers()[-1] == (b"retry-after", b"2")
    assert RateDecision(False, 10, 0, 0.0).retry_after_s == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("fe80::1%eth0", "fe80::/64"),
        ("no address", "no address"),
        ("", ""),
    ],
)
def test_an_ipv6_client_is_its_network(address: str, network: str) -> None:
    assert client_network(address) == network


def test_the_settings_name_the_families() -> None:
    names = get_args(get_args(LimitsSettings.model_fields["redis_families"].annotation)[0])
    assert set(names) == {family.value for family in RouteFamily}


@pytest.mark.parametrize("rate", ["0/second", "10", "10/fortnight", "-1/minute", "10/second;5/minute", "1e3/second"])
def test_a_rate_that_is_none_is_refused_by_the_settings(rate: str) -> None:
    with pytest.raises(ValueError, match="json_rate"):
        LimitsSettings(json_rate=rate)


def shared(url: str, prefix: str = "sdai-test-limits", **more: Any) -> RateLimiter:
    settings = LimitsSettings(redis_url=url, redis_prefix=prefix, upload_rate="5/hour", **more)
    return open_rate_limiter(settings, workers=1)


@pytest.mark.redis
def test_workers_count_together_in_redis(redis_prefix: str) -> None:
    async def story() -> list[bool]:
        workers = [shared(REDIS_URL, redis_prefix, redis_timeout_s=2.0) for _ in range(2)]
        assert (await workers[0].test(UPLOAD, "anna")).remaining == 5
        decisions = [await workers[turn % 2].hit(UPLOAD, "anna") for turn in range(7)]
        assert not (await workers[1].test(UPLOAD, "anna")).allowed
        assert decisions[0].remaining == 4
        assert 1 <= decisions[-1].retry_after_s <= 3_600
        return [decision.allowed for decision in decisions]

    assert run(story()) == [True] * 5 + [False] * 2


@pytest.mark.redis
def test_the_process_counts_while_redis_is_dead_and_redis_again_when_it_is_back(private_redis: PrivateRedis) -> None:
    async def story() -> None:
        rates = shared(private_redis.url, breaker_open_s=0.05)
        assert (await rates.hit(UPLOAD, "anna")).remaining == 4
        private_redis.kill()
        began = time.monotonic()
        decisions = [await rates.hit(UPLOAD, "anna") for _ in range(8)]
        assert [decision.allowed for decision in decisions] == [True] * 5 + [False] * 3
        assert not (await rates.test(UPLOAD, "anna")).allowed
        assert time.monotonic() - began < 1.0
        private_redis.start()
        until = time.monotonic() + 5
        while (await rates.test(UPLOAD, "bert")).remaining == 5 and rates._shared and rates._shared.is_open:
            assert time.monotonic() < until
            await asyncio.sleep(0.01)
        assert (await rates.hit(UPLOAD, "anna")).allowed  # counted in Redis, which began anew

    run(story())


def test_a_silent_redis_slows_three_requests_and_no_more(silent_redis: FakeRedis) -> None:
    async def story() -> None:
        rates = shared(silent_redis.url)
        began = time.monotonic()
        decisions = [await rates.hit(UPLOAD, "anna") for _ in range(60)]
        assert [decision.allowed for decision in decisions] == [True] * 5 + [False] * 55
        assert time.monotonic() - began < 0.6
        assert rates._shared is not None
        assert rates._shared.errors == 3

    run(story())


def test_families_that_are_not_named_stay_in_the_process(silent_redis: FakeRedis) -> None:
    async def story() -> None:
        rates = shared(silent_redis.url)
        for _ in range(50):
            assert (await rates.hit(JSON, "anna")).allowed
        assert silent_redis.connections == 0

    run(story())


@given(st.lists(st.tuples(st.floats(0, 45), st.integers(1, 12)), min_size=1, max_size=60))
def test_the_process_counts_as_the_library_does(steps: list[tuple[float, int]]) -> None:
    import limits
    from limits.storage import MemoryStorage
    from limits.strategies import SlidingWindowCounterRateLimiter

    clock, item = Clock(), limits.parse("30/minute")
    own = WindowCounts(clock)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.time", clock)
        library = SlidingWindowCounterRateLimiter(MemoryStorage())
        for pause_s, cost in steps:
            clock.now_s += pause_s
            allowed, window = own.hit("anna", 30, 60, cost)
            assert allowed == library.hit(item, "anna", cost=cost)
            assert window.remaining(30) == library.get_window_stats(item, "anna").remaining


def test_the_clients_that_are_remembered_are_bounded(clock: Clock) -> None:
    counts = WindowCounts(clock, max_clients=3)
    for client in "abcad":
        counts.hit(client, 1, 60, 1)
    assert len(counts) == 3
    assert [counts.window(client, 60).current for client in "abcd"] == [1, 0, 1, 1]


def test_what_a_window_tells_of_a_client_that_was_away(clock: Clock) -> None:
    counts = WindowCounts(clock)
    counts.hit("anna", 10, 60, 10)
    clock.now_s += 90
    assert counts.window("anna", 60)[1:] == (10, 30.0, 0, 90.0)
    clock.now_s += 60
    assert counts.window("anna", 60).weighted == 0
