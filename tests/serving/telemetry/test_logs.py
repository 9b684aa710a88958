"""All loggers of the process through one door, and the sample of good answers."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from configs.telemetry_settings import LoggingSettings
from serving.telemetry.log_format import AccessEntry
from serving.telemetry.logs import FOREIGN_LEVELS, Logs, setup_logging


class Kept:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.content = b""

    def __call__(self, content: bytes) -> None:
        self.content += content

    @property
    def lines(self) -> list[str]:
        return self.content.decode().splitlines()


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def logs(kept: Kept, request: pytest.FixtureRequest) -> Iterator[Logs]:
    started = setup_logging(LoggingSettings(**getattr(request, "param", {})), terminal=False, write=kept)
    yield started
    started.stop()


def entry(status: int) -> AccessEntry:
    return AccessEntry(0.0, "/a", "POST", status, 1.0, "r")


def test_service_framework_and_server_write_the_same_shape(kept: Kept, logs: Logs) -> None:
    for name in ("sdai.serving", "bentoml._internal.x", "uvicorn.error", "circus", "botocore"):
        logging.getLogger(name).warning("from %s", name)
    logs.stop()
    lines = [json.loads(line) for line in kept.lines]
    assert [line["message"] for line in lines] == [f"from {line['logger']}" for line in lines]
    assert len(lines) == 5
    assert {line["service"] for line in lines} == {"design"}


def test_the_servers_own_access_lines_and_others_chatter_stay_out(kept: Kept, logs: Logs) -> None:
    logging.getLogger("uvicorn.access").info('127.0.0.1 - "GET / HTTP/1.1" 200')
    logging.getLogger("botocore.endpoint").info("sending")
    logging.getLogger("sdai.serving").info("mine")
    logs.stop()
    assert [json.loads(line)["message"] for line in kept.lines] == ["mine"]


def test_a_handler_of_the_framework_that_writes_plain_lines_is_taken_off(kept: Kept) -> None:
    plain = logging.StreamHandler()
    logging.getLogger("bentoml").addHandler(plain)
    logs = setup_logging(LoggingSettings(), terminal=False, write=kept)
    try:
        assert logging.getLogger("bentoml").handlers == []
    finally:
        logs.stop()
        assert plain in logging.getLogger("bentoml").handlers
        logging.getLogger("bentoml").removeHandler(plain)


def test_stopping_leaves_every_logger_as_it_was(kept: Kept) -> None:
    names = ["", "sdai.serving", *FOREIGN_LEVELS]

    def state() -> list[Any]:
        return [(list(logger.handlers), logger.level, logger.propagate) for logger in map(logging.getLogger, names)]

    before = state()
    setup_logging(LoggingSettings(level="DEBUG"), terminal=False, write=kept).stop()
    assert state() == before


def test_the_last_lines_of_a_worker_keep_the_shape(kept: Kept, logs: Logs) -> None:
    logs.finish()
    logging.getLogger("bentoml.serve").info("finalized")
    assert json.loads(kept.lines[-1])["message"] == "finalized"


@pytest.mark.parametrize("logs", [{"sample_ratio": 0.25}], indirect=True)
def test_good_answers_are_sampled_and_refusals_and_errors_are_not(kept: Kept, logs: Logs) -> None:
    numbers = iter([0.1, 0.25, 0.9, 0.2])
    logs.access._draw = lambda: next(numbers)
    for status in (200, 200, 202, 301, 400, 429, 500):
        logs.access.write(entry(status))
    logs.stop()
    assert [json.loads(line)["status"] for line in kept.lines] == [200, 301, 400, 429, 500]


@pytest.mark.parametrize(
    ("form", "terminal", "plain"),
    [("auto", True, True), ("auto", False, False), ("json", True, False), ("plain", False, True)],
)
def test_the_form_is_plain_on_a_terminal_unless_set(kept: Kept, form: Any, terminal: bool, plain: bool) -> None:
    logs = setup_logging(LoggingSettings(format=form), terminal=terminal, write=kept)
    logs.access.write(entry(200))
    logs.stop()
    assert kept.lines[0].startswith("{") is not plain
