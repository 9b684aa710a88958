"""Databases for rollouts: a migrated SQLite file is made once and copied, because a test may need many."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from serving.store import open_database
from tests.flows.rollout.world import World, open_store
from tests.serving.store.conftest import database_url

__all__ = ["database_url"]


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a migrated, empty database."""
    folder = tmp_path_factory.mktemp("empty-store")
    engine = open_store(folder)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return folder / "store.db"


@pytest.fixture
def new_engine(empty_store: Path, tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    """Makes engines on new databases."""
    made: list[Engine] = []

    def make() -> Engine:
        path = tmp_path / f"store-{len(made)}.db"
        shutil.copy(empty_store, path)
        made.append(open_database(f"sqlite:///{path}"))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


@pytest.fixture
def world(new_engine: Callable[[], Engine]) -> World:
    """A service whose champion has answered for a while."""
    made = World(new_engine())
    made.promote_champion()
    made.serve(10)
    return made
