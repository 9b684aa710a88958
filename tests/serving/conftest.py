"""One started application for all tests of the service."""

import logging
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from configs.jobs_settings import JobsSettings
from serving.store.database import open_database
from serving.store.tables import JOBS
from tests.serving.running import Running, running


@pytest.fixture(scope="session")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return the application, shared by all tests: it takes a second to start.

    It works on no jobs: what one test leaves behind would end, and be recorded, amid another one.
    """
    with running(tmp_path_factory.mktemp("service"), jobs=JobsSettings(enabled=False)) as started:
        yield started


@pytest.fixture(scope="session")
def database(application: Running) -> Iterator[sa.Engine]:
    """Return the application's database."""
    engine = open_database(application.worker.settings.store_url)
    yield engine
    engine.dispose()


@pytest.fixture
def service(application: Running, database: sa.Engine) -> Iterator[Running]:
    """Return the application with no model in service, no job and an empty log."""
    application.take_out_of_service()
    application.lines.clear()
    with database.begin() as connection:
        connection.execute(sa.delete(JOBS))
    yield application
    application.take_out_of_service()


class _Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def logged(service: Running) -> Iterator[list[logging.LogRecord]]:
    """Return what the service and its framework log while a test runs."""
    kept, root = _Kept(), logging.getLogger()
    root.addHandler(kept)
    yield kept.records
    root.removeHandler(kept)
