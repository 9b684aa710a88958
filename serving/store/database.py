"""Opening the project's database: SQLite file or PostgreSQL, migrated to the newest schema on the way in."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, Engine, make_url

from serving.errors import ServingError

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK_WAIT_S = 30.0
"""How long a writer waits for another one before it gives up."""
CONNECT_WAIT_S = 10
"""How long a PostgreSQL server may take to accept a connection."""
SILENCE_S = 30.0
"""A PostgreSQL server that acknowledges nothing for this long is taken for gone."""
_MIGRATION_LOCK = 7_305_201
_WRITE_LOCK = 7_305_202
_PURGE_LOCK = 7_305_203
# Three arbitrary numbers: PostgreSQL advisory locks are shared by every user of the same number in the same database.

_ONE_MIGRATION = threading.Lock()
# Alembic keeps the migration under way in globals of its module: two threads would take each other's connection.


class StoreError(ServingError):
    """The project's database cannot be opened or refuses what was asked."""


class StoreAwayError(StoreError):
    """The database cannot be reached now; the same may be tried again later."""


class SchemaError(StoreError):
    """The database was written by a newer version of this project."""


def open_database(url: str, timeout_s: float | None = None) -> Engine:
    """Return an engine on the migrated database at a SQLAlchemy URL; see `migrate_database`, `connect_database`."""
    migrate_database(url)
    return connect_database(url, timeout_s)


def connect_database(url: str, timeout_s: float | None = None) -> Engine:
    """Return an engine for the database at a SQLAlchemy URL. Nothing is connected yet, so it may be away.

    ``sqlite:///path`` or ``postgresql://user@host/name`` (driver psycopg2). With ``timeout_s`` (> 0) a call ends with
    SQLAlchemy's `OperationalError` when the server has been silent for so long, or when another SQLite writer has held
    the file for so long; without, a server is waited for as long as its connection stands. Raises `StoreError` for a
    URL of another kind.
    """
    parsed = _normalise(url)
    if parsed.get_backend_name() == "postgresql":
        return _connect_postgresql(parsed, timeout_s)
    return _connect_sqlite(parsed, timeout_s)


def migrate_database(url: str) -> None:
    """Bring the database at a URL to the newest schema; the folder of a SQLite file is made.

    Two processes may do so at once: one migrates, the other waits. Raises `StoreAwayError` when the database cannot be
    reached, `SchemaError` when it was written by a newer version of this project, `StoreError` when it is none. Errors
    never show the password of the URL.
    """
    engine = connect_database(url)
    shown = engine.url.render_as_string()
    try:
        if engine.dialect.name == "sqlite":
            Path(str(engine.url.database)).parent.mkdir(parents=True, exist_ok=True)
        _migrate(engine)
    except (sa.exc.OperationalError, sa.exc.InterfaceError, OSError) as error:
        raise StoreAwayError(f"database {shown} cannot be opened: {_reason(error)}") from error
    except sa.exc.SQLAlchemyError as error:
        raise StoreError(f"database {shown} cannot be opened: {_reason(error)}") from error
    finally:
        engine.dispose()


@contextmanager
def begin_write(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that excludes other writers, so that a read inside it may decide what is written."""
    with _locked(engine, _WRITE_LOCK) as connection:
        yield connection


@contextmanager
def begin_append(engine: Engine) -> Iterator[Connection]:
    """Open a transaction for writes that decide nothing by what they read, or lock their own rows.

    On PostgreSQL such transactions run side by side; SQLite has one writer at a time whatever is asked.
    """
    with engine.connect().execution_options(sdai_writes=True) as connection, connection.begin():
        yield connection


@contextmanager
def try_lock(engine: Engine) -> Iterator[bool]:
    """Hold the lock of those who purge, without waiting: gives whether it was free.

    PostgreSQL frees the lock of a process that dies. For SQLite, whose users share a machine, it is always free.
    """
    if engine.dialect.name != "postgresql":
        yield True
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        taken = bool(connection.execute(sa.select(sa.func.pg_try_advisory_lock(_PURGE_LOCK))).scalar_one())
        try:
            yield taken
        finally:
            if taken:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(_PURGE_LOCK)))


class RawJson(str):
    """JSON text that goes into a JSON column as it is. The caller vouches that it is valid JSON without NaN."""

    __slots__ = ()


def insert_for(connection: Connection, table: sa.Table) -> Any:
    """Return the dialect's INSERT of a table, the one that knows ``on_conflict_do_nothing``."""
    # The standard has no upsert; both dialects spell it the same way but in their own class.
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def _normalise(url: str) -> URL:
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError as error:
        raise StoreError(
            "the database URL is malformed; write sqlite:///file or postgresql://user@host/name"
        ) from error
    if parsed.drivername == "postgresql":
        # SQLAlchemy 2.1 would take psycopg 3 here, which is not installed.
        parsed = parsed.set(drivername="postgresql+psycopg2")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(f"database kind {parsed.get_backend_name()!r} is not supported; use sqlite or postgresql")
    return parsed


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip()


def _connect_postgresql(url: URL, timeout_s: float | None) -> Engine:
    waits: dict[str, Any] = {"connect_timeout": CONNECT_WAIT_S, "tcp_user_timeout": int(SILENCE_S * 1_000)}
    if timeout_s is not None:
        from serving.store.silence import silence_limited

        waits["connection_factory"] = silence_limited(timeout_s, min(timeout_s, CONNECT_WAIT_S))
    return sa.create_engine(
        url, pool_pre_ping=True, pool_timeout=timeout_s or LOCK_WAIT_S, json_serializer=_to_json,
        connect_args=waits | dict(url.query),
    )  # fmt: skip


def _connect_sqlite(url: URL, timeout_s: float | None) -> Engine:
    if url.database in (None, "", ":memory:"):
        raise StoreError("a database in memory is lost with its process; give a file: sqlite:///path/store.db")
    lock_wait_s = timeout_s or LOCK_WAIT_S
    engine = sa.create_engine(
        url, pool_timeout=lock_wait_s, connect_args={"timeout": lock_wait_s}, json_serializer=_to_json
    )
    sa.event.listen(engine, "connect", partial(_prepare_sqlite, lock_wait_s))
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _to_json(value: Any) -> str:
    if isinstance(value, RawJson):
        return value
    # PostgreSQL refuses NaN in JSON and SQLite takes it; both shall refuse, so that what works on one works on both.
    return json.dumps(value, allow_nan=False, sort_keys=True)


def _prepare_sqlite(lock_wait_s: float, connection: Any, record: Any) -> None:  # noqa: ARG001
    # The driver's own BEGIN comes too late to cover schema changes; `_begin_sqlite` sends it instead.
    connection.isolation_level = None
    # Before WAL: switching the journal takes a lock, and two processes may switch at once.
    connection.execute(f"PRAGMA busy_timeout = {int(lock_wait_s * 1_000)}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE takes the write lock up front: a transaction that reads and then writes could not wait for it later.
    writes = connection.get_execution_options().get("sdai_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _locked(engine: Engine, lock: int) -> Iterator[Connection]:
    with engine.connect().execution_options(sdai_writes=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
        yield connection


def _migrate(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with _ONE_MIGRATION, _locked(engine, _MIGRATION_LOCK) as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise SchemaError(
                f"database {engine.url.render_as_string()} has a schema this version does not know ({error}); "
                "update the program or restore a backup"
            ) from error
