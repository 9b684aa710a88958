"""The in-process cache: time, entries, bytes, and the order in which entries go."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from serving.caching.answers import entry_size
from serving.caching.memory import TtlCache


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def test_an_entry_is_gone_when_its_time_is_over() -> None:
    clock = Clock()
    cache: TtlCache[bytes] = TtlCache(10, 60.0, clock=clock)
    assert cache.put("a", b"1")
    clock.now_s += 59.9
    assert cache.get("a") == b"1"
    clock.now_s += 0.2
    assert cache.get("a") is None


def test_an_entry_may_have_less_time_than_the_cache_gives_but_not_more() -> None:
    clock = Clock()
    cache: TtlCache[bytes] = TtlCache(10, 60.0, clock=clock)
    cache.put("short", b"1", ttl_s=5.0)
    cache.put("long", b"2", ttl_s=1e9)
    assert not cache.put("none", b"3", ttl_s=0.0)
    clock.now_s += 6
    assert cache.get("short") is None
    assert cache.get("long") == b"2"
    clock.now_s += 60
    assert cache.get("long") is None


def test_the_least_recently_used_goes_first() -> None:
    evicted: list[int] = []
    cache: TtlCache[bytes] = TtlCache(2, 60.0, on_eviction=lambda: evicted.append(1))
    cache.put("a", b"")
    cache.put("b", b"")
    cache.get("a")
    cache.put("c", b"")
    assert [cache.get(key) for key in "abc"] == [b"", None, b""]
    assert len(evicted) == 1


def test_entries_whose_time_is_over_are_no_evictions() -> None:
    clock, evicted = Clock(), []
    cache: TtlCache[bytes] = TtlCache(1, 60.0, clock=clock, on_eviction=lambda: evicted.append(1))
    cache.put("a", b"")
    clock.now_s += 61
    cache.put("b", b"")
    assert evicted == []


def test_a_value_larger_than_the_cache_is_not_kept_and_takes_its_old_one_along() -> None:
    cache: TtlCache[bytes] = TtlCache(10, 60.0, max_bytes=10, size_of=len)
    assert cache.put("a", b"1" * 10)
    assert not cache.put("a", b"1" * 11)
    assert cache.get("a") is None
    assert cache.size_bytes == 0


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 40)), max_size=60))
def test_no_bound_is_ever_passed(puts: list[tuple[int, int]]) -> None:
    cache: TtlCache[bytes] = TtlCache(4, 60.0, max_bytes=60, size_of=len)
    for key, size in puts:
        assert cache.put(key, b"x" * size)
        assert cache.get(key) == b"x" * size
        assert len(cache) <= 4
        assert cache.size_bytes <= 60


def test_threads_may_use_it_at_once() -> None:
    cache: TtlCache[int] = TtlCache(50, 60.0)
    failures: list[Exception] = []

    def work(seed: int) -> None:
        try:
            for step in range(2_000):
                key = (seed * step) % 97
                cache.put(key, key)
                assert cache.get(key) in (key, None)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is shown)
            failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(cache) <= 50


def test_the_size_of_an_entry_is_what_it_takes() -> None:
    import tracemalloc

    from serving.caching.keys import AnswerKey

    cache: TtlCache[bytes] = TtlCache(10_000, 60.0, max_bytes=10**9, size_of=entry_size)
    tracemalloc.start()
    for number in range(3_000):
        cache.put(AnswerKey("connection_designer", "1-3735cd93", f"{number:064x}"), bytes(1_000))
    # What threads of other tests take meanwhile is none of it.
    snapshot = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*memory.py")])
    tracemalloc.stop()
    taken = sum(trace.size for trace in snapshot.traces)
    assert 0.8 < cache.size_bytes / taken < 1.25
