"""Copies of databases: SQLite by its online backup, PostgreSQL by its own pg_dump, pg_restore and psql."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from flows.backup.manifest import DatabaseKind
from flows.errors import FlowError

CONNECT_TIMEOUT_S = 10
LOCK_TIMEOUT_S = 30.0
"""How long a restore waits for others to let go of the tables; a service that runs would hold them for ever."""
_PAGES = 4_096
_TAIL = 600
# Members of an extension ('e' in pg_depend) belong to it. CASCADE takes triggers and owned sequences along, so a name
# may be gone when its turn comes.
_EMPTY_SCHEMA = """
DO $$
DECLARE item record;
BEGIN
    FOR item IN
        SELECT 1 AS turn, format('%s IF EXISTS %s', CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
            WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, oid::regclass) AS what
        FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND relnamespace = current_schema()::regnamespace
            AND NOT EXISTS (SELECT FROM pg_depend
                WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
        UNION ALL
        SELECT 2, format('ROUTINE IF EXISTS %s', oid::regprocedure)
        FROM pg_proc WHERE prokind <> 'a' AND pronamespace = current_schema()::regnamespace
            AND NOT EXISTS (SELECT FROM pg_depend
                WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e')
        UNION ALL
        SELECT 3, format('TYPE IF EXISTS %s', oid::regtype)
        FROM pg_type WHERE typtype IN ('e', 'd') AND typnamespace = current_schema()::regnamespace
            AND NOT EXISTS (SELECT FROM pg_depend
                WHERE classid = 'pg_type'::regclass AND objid = pg_type.oid AND deptype = 'e')
        ORDER BY turn
    LOOP
        EXECUTE 'DROP ' || item.what || ' CASCADE';
    END LOOP;
END $$
"""
_TOOLS_MISSING = (
    "{tool} is not installed; install PostgreSQL's client programs of the server's version or newer "
    "(Debian: apt-get install postgresql-client)"
)


def kind_of(url: str) -> DatabaseKind | None:
    """Return the kind of database behind a SQLAlchemy URL; None for what is no database that can be copied."""
    scheme = url.partition(":")[0].partition("+")[0]
    if scheme == "sqlite":
        return "sqlite"
    return "postgresql" if scheme in ("postgresql", "postgres") else None


def dump(url: str, target: Path) -> None:
    """Write a consistent copy of a database into a new file while others use it.

    Raises `FlowError` when there is no database, when it cannot be read, or when pg_dump is missing or refuses.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if kind_of(url) == "sqlite":
        _copy_sqlite(sqlite_file(url), target)
        return
    options = ["--format=custom", "--no-owner", "--no-privileges", "--lock-wait-timeout=30s", f"--file={target}"]
    _run("pg_dump", url, options)


def load(url: str, source: Path) -> None:
    """Replace the content of a PostgreSQL database by a dump, in one transaction: all of it or nothing.

    Whatever the database's schema holds goes first, extensions excepted: a dump of an older release does not name the
    tables of today, and left there they would be in the way of the migration. Raises `FlowError`, with the database as
    it was, when a tool is missing or refuses, for example while a service holds the tables.
    """
    script = source.with_suffix(".sql")
    try:
        # Written out before anything is changed: a dump that breaks off half-way never reaches the database.
        written = ["--clean", "--if-exists", "--no-owner", "--no-privileges", f"--file={script}", str(source)]
        _run("pg_restore", None, written)
        options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction"]
        options += [f"--command={_EMPTY_SCHEMA}", f"--file={script}"]
        _run("psql", url, options, {"PGOPTIONS": f"-c lock_timeout={int(LOCK_TIMEOUT_S)}s"})
    finally:
        script.unlink(missing_ok=True)


def check_dump(source: Path, kind: DatabaseKind) -> None:
    """Raise `FlowError` unless a file holds a database that can be read."""
    if kind == "postgresql":
        _run("pg_restore", None, ["--list", str(source)])
        return
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro&immutable=1", uri=True)) as connection:
            told = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise FlowError(f"{source.name} is no database that can be read: {error}") from error
    if told != "ok":
        raise FlowError(f"{source.name} is a damaged database: {told}")


def holds_rows(url: str) -> bool:
    """Return whether a database has a row in any table besides the number of its schema.

    Raises `FlowError` when it cannot be asked.
    """
    if kind_of(url) == "sqlite" and not sqlite_file(url).is_file():
        return False
    engine = sa.create_engine(_driver(url), poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            names = [name for name in sa.inspect(connection).get_table_names() if name != "alembic_version"]
            return any(connection.execute(_any_row(name)).scalar_one() for name in names)
    except sa.exc.SQLAlchemyError as error:
        shown = engine.url.render_as_string()
        raise FlowError(f"database {shown} cannot be asked whether it is empty: {error}") from error
    finally:
        engine.dispose()


def sqlite_file(url: str) -> Path:
    """Return the file of a SQLite URL; raises `FlowError` for a database in memory."""
    name = make_url(url).database
    if name in (None, "", ":memory:"):
        raise FlowError("a database in memory cannot be copied; give a file: sqlite:///path/store.db")
    return Path(str(name))


def _any_row(table: str) -> sa.Select[tuple[bool]]:
    return sa.select(sa.exists(sa.select(sa.literal(1)).select_from(sa.table(table))))


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.is_file():
        raise FlowError(f"there is no database at {source}; is SDAI_PATHS_HOME or SDAI_STORE_URL right?")
    try:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy, pages=_PAGES, sleep=0.01)
            # One file, without the two that WAL keeps beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise FlowError(f"database {source} cannot be copied: {error}") from error


def _driver(url: str) -> URL:
    parsed = make_url(url)
    return parsed.set(drivername="postgresql+psycopg2") if parsed.get_backend_name() == "postgresql" else parsed


def _run(tool: str, url: str | None, options: Sequence[str], more: dict[str, str] | None = None) -> None:
    program = shutil.which(tool)
    if program is None:
        raise FlowError(_TOOLS_MISSING.format(tool=tool))
    environment = {**os.environ, "PGCONNECT_TIMEOUT": str(CONNECT_TIMEOUT_S), **(more or {})}
    command, shown = [program, "--no-password", *options] if url else [program, *options], "a file"
    if url:
        parsed = make_url(url).set(drivername="postgresql")
        if parsed.password is not None:  # never in the command line, which every user of the machine may read
            environment["PGPASSWORD"] = str(parsed.password)
        without = parsed.set(password=None)
        shown = without.render_as_string(hide_password=True)
        command.insert(1, f"--dbname={without.render_as_string(hide_password=False)}")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  (a tool of PostgreSQL)
    if done.returncode != 0:
        told = " ".join(done.stderr.split())[:_TAIL]
        raise FlowError(f"{tool} of {shown} failed: {told}")
