"""The ring of keys: rotation, an issuer that is away, bursts of unknown keys, and no waiting in between."""

import asyncio
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from serving.auth.errors import KeySetError
from serving.auth.key_ring import KEPT_COPY_LIMIT_S, KeyRing, RefreshPolicy, run_in_thread
from tests.serving.auth.issuer import ALGORITHMS, Clock, ListedSource, jwk, key_set, ring_of

AWAY = KeySetError("the key set cannot be read: connection refused")


class Later:
    """Keeps the reads that are asked for until the test lets them go."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def __call__(self, work: Callable[[], None]) -> None:
        self.waiting.append(work)

    def go(self) -> None:
        self.waiting.pop(0)()


def ids(ring: KeyRing) -> tuple[str, ...] | None:
    return ring.keys.key_ids if ring.keys else None


def test_old_and_new_key_are_trusted_together_until_the_old_leaves_the_set() -> None:
    clock = Clock()
    old, both, new = key_set(jwk("old")), key_set(jwk("old"), jwk("new")), key_set(jwk("new"))
    ring = ring_of(ListedSource(old, both, new), clock)
    assert (ring.find("old") is not None, ring.find("new") is not None) == (True, False)
    clock.now_s = 300
    assert (ring.find("old") is not None, ring.find("new") is not None) == (True, True)
    clock.now_s = 600
    assert (ring.find("old") is not None, ring.find("new") is not None) == (False, True)


def test_an_issuer_that_is_away_takes_no_key_away_and_is_asked_again() -> None:
    clock = Clock()
    source = ListedSource(key_set(jwk("a")), AWAY, AWAY, key_set(jwk("b")))
    ring = ring_of(source, clock)
    clock.now_s = 300
    assert ring.find("a") is not None
    assert ring.problem == str(AWAY)
    clock.now_s = 329
    ring.find("a")
    assert source.reads == 2
    clock.now_s = 330
    assert ring.find("a") is not None
    clock.now_s = 360
    assert ring.find("b") is not None
    assert ring.find("a") is None
    assert ring.problem is None


@pytest.mark.parametrize(
    "bad", [b"<html>", b'{"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "a"}]}', OSError("odd"), RuntimeError("odd")]
)
def test_a_bad_set_takes_no_key_away(bad: bytes | Exception) -> None:
    clock = Clock()
    ring = ring_of(ListedSource(key_set(jwk("a")), bad), clock)
    kept = ring.find("a")
    clock.now_s = 300
    assert ring.find("a") is kept
    assert ring.problem


def test_a_set_that_is_read_again_unchanged_keeps_its_keys() -> None:
    clock = Clock()
    ring = ring_of(ListedSource(key_set(jwk("a"))), clock)
    kept = ring.find("a")
    clock.now_s = 300
    assert ring.find("a") is kept


def test_a_failure_is_logged_once_not_at_every_try(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    ring = ring_of(ListedSource(key_set(jwk("a")), AWAY), clock)
    for _ in range(5):
        clock.now_s += 300
        ring.find("a")
    assert [record.levelname for record in caplog.records if "refused" in record.getMessage()] == ["ERROR"]


def test_any_number_of_unknown_keys_asks_once_an_interval() -> None:
    clock = Clock()
    source = ListedSource(key_set(jwk("a")), key_set(jwk("a")), key_set(jwk("a"), jwk("b")))
    ring = ring_of(source, clock)
    clock.now_s = 29
    for _ in range(100):
        ring.ask_early()
    assert source.reads == 1
    clock.now_s = 30
    for _ in range(100):
        ring.ask_early()
    assert source.reads == 2
    clock.now_s = 60
    ring.ask_early()
    assert ring.find("b") is not None


def test_no_request_waits_for_a_read_and_one_read_goes_on_at_a_time() -> None:
    clock, later = Clock(), Later()
    source = ListedSource(key_set(jwk("a")), key_set(jwk("b")))
    ring = KeyRing(source, ALGORITHMS, RefreshPolicy(300, 30), run=later, clock=clock)
    ring.load(0)
    assert ids(ring) is None
    assert ring.problem is not None
    later.go()
    assert ids(ring) == ("a",)
    assert ring.problem is None
    clock.now_s = 300
    for _ in range(10):
        assert ring.find("a") is not None
    assert len(later.waiting) == 1
    later.go()
    assert ids(ring) == ("b",)


def test_a_read_that_hangs_is_given_up_for_lost_and_cannot_bring_old_keys_back() -> None:
    clock, later = Clock(), Later()
    source = ListedSource(key_set(jwk("new")), key_set(jwk("stale")))
    ring = KeyRing(source, ALGORITHMS, RefreshPolicy(300, 30), run=later, clock=clock)
    ring.load(0)
    clock.now_s = 59
    ring.find("x")
    assert len(later.waiting) == 1
    clock.now_s = 90
    ring.find("x")
    hung, second = later.waiting
    second()
    hung()
    assert ids(ring) == ("new",)


def test_a_machine_without_threads_to_spare_keeps_its_keys() -> None:
    def none_left(work: Callable[[], None]) -> None:
        raise RuntimeError("can't start new thread")

    ring = ring_of(ListedSource(key_set(jwk("a"))))
    ring._run = none_left
    ring._start()
    assert ring.find("a") is not None
    assert "thread" in str(ring.problem)


def test_who_waits_is_told_when_the_keys_have_changed() -> None:
    gate = threading.Event()

    class Gated(ListedSource):
        def read(self) -> bytes | None:
            if self.reads:
                assert gate.wait(10)
            return super().read()

    async def rotate() -> tuple[bool, bool, bool]:
        clock = Clock()
        ring = ring_of(Gated(key_set(jwk("a")), key_set(jwk("b"))), clock, run=run_in_thread)
        idle = await ring.settled(1)
        clock.now_s = 30
        ring.ask_early()
        late = await ring.settled(0.01)
        gate.set()
        return idle, late, await ring.settled(10)

    assert asyncio.run(rotate()) == (False, False, True)


def test_a_start_while_the_issuer_is_away_uses_the_copy_of_the_last_read(tmp_path: Path) -> None:
    copy = tmp_path / "keys" / "copy.json"
    ring_of(ListedSource(key_set(jwk("a"))), kept_copy=copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    ring = ring_of(ListedSource(AWAY), kept_copy=copy)
    assert ids(ring) == ("a",)
    assert ring.problem == str(AWAY)


def test_an_old_or_damaged_copy_is_not_used(tmp_path: Path) -> None:
    copy = tmp_path / "copy.json"
    copy.write_bytes(key_set(jwk("a")))
    long_ago = time.time() - KEPT_COPY_LIMIT_S - 60
    os.utime(copy, (long_ago, long_ago))
    assert ids(ring_of(ListedSource(AWAY), kept_copy=copy)) is None
    copy.write_bytes(b"{")
    assert ids(ring_of(ListedSource(AWAY), kept_copy=copy)) is None
    assert ids(ring_of(ListedSource(AWAY), kept_copy=tmp_path / "none.json")) is None


def test_a_copy_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ring = ring_of(ListedSource(key_set(jwk("a"))), kept_copy=tmp_path / "file" / "copy.json")
    assert ids(ring) == ("a",)
    assert ring.problem is None
