"""Idempotency keys: one request runs, its answer is given again, and nothing else passes for it."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.idempotency import (
    Attempt,
    Idempotency,
    IdempotencyError,
    InProgress,
    MemoryIdempotencyStore,
    New,
    Replay,
    checked_key,
)

ROUTE = "POST /api/v1/feedback"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def started(idempotency: Idempotency, key: str = "k", body: bytes = b"{}", client: str = "anna") -> Attempt:
    attempt = idempotency.begin(client, ROUTE, key, body)
    assert isinstance(attempt, Attempt)
    return attempt


def refusal(idempotency: Idempotency, key: str = "k", body: bytes = b"{}") -> IdempotencyError:
    with pytest.raises(IdempotencyError) as caught:
        idempotency.begin("anna", ROUTE, key, body)
    return caught.value


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def idempotency(clock: Clock) -> Idempotency:
    return Idempotency(MemoryIdempotencyStore(), clock)


def test_the_answer_is_given_again(idempotency: Idempotency) -> None:
    idempotency.end(started(idempotency), 201, b"first")
    for _ in range(3):
        assert idempotency.begin("anna", ROUTE, "k", b"{}") == Replay(201, b"first")


def test_the_same_request_under_way_is_409_and_says_when_to_come_back(idempotency: Idempotency) -> None:
    started(idempotency)
    error = refusal(idempotency)
    assert (error.status, error.retry_after_s) == (409, 1)
    assert "same key" in str(error)


@pytest.mark.parametrize("ended", [True, False])
def test_another_request_with_the_key_is_422(idempotency: Idempotency, ended: bool) -> None:
    attempt = started(idempotency)
    if ended:
        idempotency.end(attempt, 200, b"first")
    error = refusal(idempotency, body=b'{"a":1}')
    assert (error.status, error.retry_after_s) == (422, None)


def test_a_key_belongs_to_client_and_route(idempotency: Idempotency) -> None:
    started(idempotency)
    started(idempotency, client="bert")
    assert isinstance(idempotency.begin("anna", "POST /api/v1/other", "k", b"other"), Attempt)


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 429, 500, 503, 504])
def test_after_a_refusal_or_fault_the_key_is_free(idempotency: Idempotency, status: int) -> None:
    idempotency.end(started(idempotency), status, b"problem")
    started(idempotency, body=b'{"mended":1}')


def test_after_no_answer_at_all_the_key_is_free(idempotency: Idempotency) -> None:
    idempotency.abandon(started(idempotency))
    started(idempotency)


def test_an_answer_that_was_kept_cannot_be_abandoned(idempotency: Idempotency) -> None:
    attempt = started(idempotency)
    idempotency.end(attempt, 200, b"first")
    idempotency.abandon(attempt)
    assert idempotency.begin("anna", ROUTE, "k", b"{}") == Replay(200, b"first")


def test_a_key_is_kept_24_hours(idempotency: Idempotency, clock: Clock) -> None:
    idempotency.end(started(idempotency), 200, b"first")
    clock.now += timedelta(hours=24, seconds=-1)
    assert idempotency.begin("anna", ROUTE, "k", b"{}") == Replay(200, b"first")
    clock.now += timedelta(seconds=1)
    started(idempotency, body=b"another")


def test_a_request_whose_worker_died_may_be_sent_again_after_the_lease(idempotency: Idempotency, clock: Clock) -> None:
    started(idempotency)
    clock.now += timedelta(seconds=119)
    assert refusal(idempotency).status == 409
    clock.now += timedelta(seconds=1)
    idempotency.end(started(idempotency), 200, b"second")
    assert idempotency.begin("anna", ROUTE, "k", b"{}") == Replay(200, b"second")


def test_old_keys_are_forgotten_also_behind_one_that_began_anew(clock: Clock) -> None:
    store = MemoryIdempotencyStore()
    store.begin("anna", ROUTE, "first", "h", clock())
    store.begin("anna", ROUTE, "second", "h", clock())
    clock.now += timedelta(hours=1)
    assert store.begin("anna", ROUTE, "first", "h", clock()) == New()
    clock.now += timedelta(hours=23)
    store.begin("anna", ROUTE, "third", "h", clock())
    assert {key for _, _, key in store._records} == {"first", "third"}


@pytest.mark.parametrize("key", ["", " ", "\t", "a\x00b", "a\nb", "é", "\x7f", "x" * 256])
def test_a_key_that_is_none_is_400(idempotency: Idempotency, key: str) -> None:
    assert refusal(idempotency, key).status == 400


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=255))
def test_any_printable_key_is_taken_as_it_is(key: str) -> None:
    assert checked_key(key) == checked_key(f" {key}\t") == key


def test_of_many_at_once_one_runs() -> None:
    store, clock = MemoryIdempotencyStore(), Clock()
    outcomes: list[object] = []
    gate = threading.Barrier(16)

    def begin() -> None:
        gate.wait()
        outcomes.append(store.begin("anna", ROUTE, "k", "h", clock()))

    threads = [threading.Thread(target=begin) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(New()) == 1
    assert outcomes.count(InProgress()) == 15
