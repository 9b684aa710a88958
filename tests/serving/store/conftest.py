"""A fresh, empty database a test: a SQLite file, and a real PostgreSQL database when a server answers."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.services import missing

POSTGRES = {"host": "127.0.0.1", "port": 5432, "user": "postgres", "dbname": "postgres", "connect_timeout": 3}


@contextmanager
def temporary_postgres() -> Iterator[str]:
    """Make an empty PostgreSQL database; skip where no server answers."""
    import psycopg2

    try:
        admin = psycopg2.connect(**POSTGRES)
    except psycopg2.OperationalError as error:
        missing(f"no PostgreSQL at 127.0.0.1:5432: {str(error).strip()}")
    admin.autocommit = True
    name = f"sdai_test_{uuid.uuid4().hex}"
    cursor = admin.cursor()
    cursor.execute(f"CREATE DATABASE {name}")
    try:
        yield f"postgresql://postgres@127.0.0.1:5432/{name}"
    finally:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
        admin.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new folder' / 'store.db'}"
        return
    with temporary_postgres() as url:
        yield url
