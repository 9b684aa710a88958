import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from serving.store import StoreError, open_database
from serving.store.database import connect_database, migrate_database
from serving.store.tables import METADATA

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_migrations_build_the_tables_the_code_expects(database_url: str) -> None:
    engine = open_database(database_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()


def test_opening_twice_keeps_what_is_there(database_url: str) -> None:
    first = open_database(database_url)
    with first.begin() as connection:
        connection.execute(
            sa.text("INSERT INTO holdout_uses VALUES (1, :now, 'm', 'd', 'a', 'gate', 0.9, 10)"),
            {"now": NOW.isoformat()},
        )
    first.dispose()
    second = open_database(database_url)
    with second.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM holdout_uses")).scalar_one() == 1
    second.dispose()


def test_processes_that_start_at_once_all_open_it(database_url: str) -> None:
    script = f"from serving.store import open_database; open_database({database_url!r}).dispose()"
    processes = [subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE) for _ in range(4)]
    errors = [process.communicate(timeout=60)[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, errors
    engine = open_database(database_url)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
    engine.dispose()


def test_sqlite_keeps_a_write_ahead_log(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    engine.dispose()


def test_a_newer_schema_is_refused(database_url: str) -> None:
    engine = open_database(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match="does not know"):
        open_database(database_url)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("not a url", "malformed"),
        ("mysql://somewhere/db", "not supported"),
        ("sqlite://", "in memory"),
        ("postgresql://someone:hunter2@127.0.0.1:1/none", "cannot be opened"),
    ],
)
def test_an_unusable_url_is_named_without_its_password(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says) as caught:
        open_database(url)
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"this is not a database at all" * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_database(f"sqlite:///{path}")


def test_threads_of_one_process_migrate_side_by_side(tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path / f'{number // 2}.db'}" for number in range(8)]
    with ThreadPoolExecutor(len(urls)) as threads:
        list(threads.map(migrate_database, urls))
    for url in set(urls):
        engine = connect_database(url)
        assert sa.inspect(engine).has_table("promotion_ledger")
        engine.dispose()
