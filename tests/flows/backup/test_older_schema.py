"""A forced restore on PostgreSQL: what the backup does not name goes too, and a restore that fails changes nothing."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from flows.backup import databases
from flows.errors import FlowError
from serving.store import open_database
from serving.store.database import MIGRATIONS
from tests.serving.store.conftest import temporary_postgres

pytestmark = pytest.mark.postgres
REVISIONS = sorted(file.name[:4] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


@pytest.fixture
def url() -> Iterator[str]:
    with temporary_postgres() as made:
        yield made


def run_sql(url: str, *statements: str) -> list[tuple]:
    """Run statements in a transaction each; return the rows of the last one."""
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg2://"), poolclass=sa.NullPool)
    rows: list[tuple] = []
    for statement in statements:
        with engine.begin() as connection:
            result = connection.execute(sa.text(statement))
            rows = [tuple(row) for row in result.all()] if result.returns_rows else []
    return rows


def objects_of(url: str) -> set[str]:
    """Return what a database's schema holds: tables, indexes, sequences, functions, columns."""
    rows = run_sql(
        url,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "UNION SELECT proname || '()' FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
        "UNION SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'",
    )
    return {row[0] for row in rows}


def dump_of(revision: str, target: Path) -> None:
    """Dump a database whose schema is an older one, with an entry in it."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with temporary_postgres() as url:
        engine = open_database(url)
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.downgrade(config, revision)
        engine.dispose()
        run_sql(
            url,
            "INSERT INTO holdout_uses (created_at, model, dataset_sha256, artifact_sha256, purpose, accuracy, "
            "holdout_n) VALUES (now(), 'm', 'd', 'a', 'from the backup', 1, 1)",
        )
        databases.dump(url, target)


def purposes(url: str) -> list[str]:
    return [row[0] for row in run_sql(url, "SELECT purpose FROM holdout_uses")]


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_a_backup_of_an_older_schema_is_restored_over_todays_and_migrated(
    url: str, tmp_path: Path, revision: str
) -> None:
    open_database(url).dispose()
    fresh = objects_of(url)
    dump_of(revision, tmp_path / "store.dump")
    databases.load(url, tmp_path / "store.dump")
    assert run_sql(url, "SELECT version_num FROM alembic_version") == [(revision,)]
    assert not any(name.startswith("rollout") for name in objects_of(url)) or revision >= "0004"
    open_database(url).dispose()
    assert objects_of(url) == fresh
    assert purposes(url) == ["from the backup"]


def test_what_a_newer_release_made_goes_too_and_extensions_and_grants_stay(url: str, tmp_path: Path) -> None:
    open_database(url).dispose()
    databases.dump(url, tmp_path / "store.dump")
    run_sql(
        url,
        "CREATE TYPE later_kind AS ENUM ('a')",
        "CREATE TABLE later (id serial PRIMARY KEY, kind later_kind)",
        "CREATE VIEW later_view AS SELECT id FROM later",
        "CREATE EXTENSION pg_trgm",
        "GRANT CREATE ON SCHEMA public TO pg_monitor",
    )
    databases.load(url, tmp_path / "store.dump")
    assert not any(name.startswith("later") for name in objects_of(url))
    assert run_sql(url, "SELECT count(*) FROM pg_type WHERE typname = 'later_kind'") == [(0,)]
    assert run_sql(url, "SELECT show_trgm('a') IS NOT NULL") == [(True,)]
    assert run_sql(url, "SELECT has_schema_privilege('pg_monitor', 'public', 'CREATE')") == [(True,)]


def test_a_restore_that_fails_half_way_leaves_the_database_as_it_was(url: str, tmp_path: Path) -> None:
    dump_of("0003", tmp_path / "store.dump")
    content = (tmp_path / "store.dump").read_bytes()
    (tmp_path / "store.dump").write_bytes(content[:-200])
    open_database(url).dispose()
    before = objects_of(url)
    with pytest.raises(FlowError, match="pg_restore"):
        databases.load(url, tmp_path / "store.dump")
    assert objects_of(url) == before
    assert [file.name for file in tmp_path.iterdir()] == ["store.dump"]


def test_a_restore_that_the_server_refuses_leaves_the_database_as_it_was(url: str, tmp_path: Path) -> None:
    with temporary_postgres() as other:
        run_sql(other, "CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)", "CREATE SCHEMA held")
        databases.dump(other, tmp_path / "store.dump")
    open_database(url).dispose()
    run_sql(url, "CREATE SCHEMA held", "CREATE TABLE held.of_others (id int)")
    before = objects_of(url)
    with pytest.raises(FlowError, match=re.compile("held", re.DOTALL)):
        databases.load(url, tmp_path / "store.dump")
    assert objects_of(url) == before


def test_a_service_that_holds_the_tables_ends_the_wait(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "LOCK_TIMEOUT_S", 1.0)
    engine = open_database(url)
    databases.dump(url, tmp_path / "store.dump")
    with engine.begin() as connection:
        connection.execute(sa.text("SELECT * FROM models"))
        with pytest.raises(FlowError, match="lock timeout"):
            databases.load(url, tmp_path / "store.dump")
    engine.dispose()
    assert "models" in objects_of(url)
