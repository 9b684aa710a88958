"""A PostgreSQL server that is connected and says nothing is given up in time, and found again when it is back."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from serving.store import database
from serving.store.database import StoreAwayError, connect_database, migrate_database, open_database
from tests.serving.store.conftest import temporary_postgres

LIMIT_S = 0.4


@pytest.fixture
def postgres_url() -> Iterator[str]:
    with temporary_postgres() as url:
        yield url


@pytest.fixture
def mute_port() -> Iterator[int]:
    """A port where connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def seconds_until_given_up(engine: sa.Engine, statement: str) -> float:
    began_s = time.monotonic()
    with pytest.raises(sa.exc.OperationalError, match="said nothing for"), engine.connect() as connection:
        connection.execute(sa.text(statement))
    return time.monotonic() - began_s


@pytest.mark.postgres
def test_a_call_that_gets_no_answer_ends_and_the_next_one_has_a_connection(postgres_url: str) -> None:
    engine = connect_database(postgres_url, LIMIT_S)
    assert LIMIT_S <= seconds_until_given_up(engine, "SELECT pg_sleep(20)") < 10 * LIMIT_S
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT 7")).scalar_one() == 7
    engine.dispose()


@pytest.mark.postgres
def test_without_a_limit_a_long_call_is_waited_for(postgres_url: str) -> None:
    limited, patient = connect_database(postgres_url, LIMIT_S), connect_database(postgres_url)
    with patient.connect() as connection:
        assert connection.execute(sa.text(f"SELECT 7 FROM pg_sleep({2 * LIMIT_S})")).scalar_one() == 7
    limited.dispose()
    patient.dispose()


def test_a_server_that_takes_connections_and_is_mute_is_away(mute_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "CONNECT_WAIT_S", LIMIT_S)
    engine = connect_database(f"postgresql://postgres@127.0.0.1:{mute_port}/x", 60)
    assert LIMIT_S <= seconds_until_given_up(engine, "SELECT 1") < 10 * LIMIT_S
    engine.dispose()


def test_a_file_that_another_writer_holds_is_waited_for_as_long_as_said(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    holder, waiter = open_database(url), connect_database(url, LIMIT_S)
    with database.begin_append(holder):
        began_s = time.monotonic()
        with pytest.raises(sa.exc.OperationalError, match="locked"), database.begin_append(waiter):
            pass
        assert LIMIT_S <= time.monotonic() - began_s < 10 * LIMIT_S
    holder.dispose()
    waiter.dispose()


def test_what_cannot_be_reached_is_told_apart_from_what_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "a file").write_bytes(b"this is not a database at all" * 100)
    for url in (f"sqlite:///{tmp_path}/a file/store.db", "postgresql://someone@127.0.0.1:1/none"):
        with pytest.raises(StoreAwayError, match="cannot be opened"):
            migrate_database(url)
    with pytest.raises(database.StoreError, match="not a database") as caught:
        migrate_database(f"sqlite:///{tmp_path}/a file")
    assert not isinstance(caught.value, StoreAwayError)
