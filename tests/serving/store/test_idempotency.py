from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.engine import Engine

from serving.store import open_database
from serving.store.idempotency import (
    Answered,
    InProgress,
    KeyTimes,
    Mismatch,
    RequestKey,
    Reservation,
    Reserved,
    complete_request,
    purge_keys,
    release_request,
    reserve_request,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TIMES = KeyTimes(lease_s=60, keep_s=3_600)
REQUEST = RequestKey("client", "/api/v1/feedback", "key-1", "h" * 64)
OK = Answered(202, b'{"id": "\x00\xff"}')


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def reserve(engine: Engine, owner: str, at_s: float = 0, request: RequestKey = REQUEST) -> Reservation:
    return reserve_request(engine, request, owner, TIMES, NOW + timedelta(seconds=at_s))


def test_a_repeated_request_gets_the_first_answer_to_the_byte(engine: Engine) -> None:
    assert reserve(engine, "a") == Reserved("a")
    assert reserve(engine, "b", 20) == InProgress(40)
    assert complete_request(engine, REQUEST, "a", OK)
    assert reserve(engine, "c", 30) == OK
    assert not complete_request(engine, REQUEST, "a", Answered(500, b""))
    assert reserve(engine, "c", 3_599) == OK


@pytest.mark.parametrize("changes", [{"client_id": "other"}, {"route": "/other"}, {"key": "key-2"}])
def test_keys_are_of_a_client_and_a_route(engine: Engine, changes: dict[str, str]) -> None:
    reserve(engine, "a")
    assert reserve(engine, "b", request=replace(REQUEST, **changes)) == Reserved("b")


def test_a_key_used_for_other_content_is_a_mismatch(engine: Engine) -> None:
    reserve(engine, "a")
    other = replace(REQUEST, request_hash="x" * 64)
    assert reserve(engine, "b", request=other) == Mismatch()
    complete_request(engine, REQUEST, "a", OK)
    assert reserve(engine, "b", request=other) == Mismatch()
    assert reserve(engine, "b", 3_600, other) == Reserved("b")


def test_a_released_or_dead_reservation_is_free_again(engine: Engine) -> None:
    reserve(engine, "a")
    release_request(engine, REQUEST, "b")
    assert isinstance(reserve(engine, "b"), InProgress)
    release_request(engine, REQUEST, "a")
    assert reserve(engine, "b") == Reserved("b")
    assert reserve(engine, "c", 60) == Reserved("c")
    assert not complete_request(engine, REQUEST, "b", OK)
    assert complete_request(engine, REQUEST, "c", OK)


def test_one_of_many_at_once_is_to_answer(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda owner: reserve(engine, owner), "abcdefgh"))
    assert sum(isinstance(one, Reserved) for one in said) == 1
    assert sum(isinstance(one, InProgress) for one in said) == 7


def test_keys_whose_time_is_over_are_purged(engine: Engine) -> None:
    reserve(engine, "a")
    reserve(engine, "a", 100, replace(REQUEST, key="key-2"))
    assert purge_keys(engine, NOW + timedelta(seconds=3_600)) == 1
    assert purge_keys(engine, NOW + timedelta(seconds=3_600)) == 0
