"""What a test does without a service or a program that it needs."""

import os
from collections.abc import Callable
from typing import NoReturn, TypeVar

import pytest

from benchmarks.failover.balancer import installed
from benchmarks.load.driver import install_generator
from flows.errors import FlowError

Found = TypeVar("Found")


def missing(message: str) -> NoReturn:
    """Skip the test with a reason; fail it where `SDAI_REQUIRE_SERVICES=1` says that everything must run."""
    if os.environ.get("SDAI_REQUIRE_SERVICES") == "1":
        pytest.fail(message)
    pytest.skip(message)


def require_balancer() -> str:
    """Return HAProxy's program."""
    return _found(installed)


def require_generator() -> None:
    """Install the load generator, unless it is there."""
    _found(install_generator)


def _found(find: Callable[[], Found]) -> Found:
    try:
        return find()
    except FlowError as error:
        missing(str(error))
