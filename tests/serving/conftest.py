"""One started application for all tests of the service."""

import logging
from collections.abc import Iterator

import pytest

from tests.serving.running import Running, running


@pytest.fixture(scope="session")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return the application, shared by all tests: it takes a second to start."""
    with running(tmp_path_factory.mktemp("service")) as started:
        yield started


@pytest.fixture
def service(application: Running) -> Iterator[Running]:
    """Return the application with no model in service and an empty log."""
    application.take_out_of_service()
    application.lines.clear()
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
