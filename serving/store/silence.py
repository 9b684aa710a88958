"""Giving up a PostgreSQL server that is connected and says nothing: frozen, or waiting for a lock or a disk.

libpq waits for an answer as long as the connection stands, and the kernel of a frozen server keeps it standing. So
psycopg2 is told to wait through `_wait` (its interface for event loops), which looks at the clock. That holds for all
connections of the process; those that are not of a class made here wait as long as ever.
"""

import select
from typing import Any

import psycopg2
from psycopg2 import extensions

_OPEN = (extensions.STATUS_READY, extensions.STATUS_BEGIN, extensions.STATUS_PREPARED)


class _Limited(extensions.connection):  # type: ignore[misc]  # psycopg2 is untyped
    """A connection whose server may be silent for so many seconds at a time."""

    silence_s: float
    connect_silence_s: float


def silence_limited(silence_s: float, connect_silence_s: float) -> type[extensions.connection]:
    """Return a ``connection_factory`` for psycopg2.

    A call during which the server sends nothing for ``silence_s`` seconds (``connect_silence_s`` while connecting)
    raises psycopg2's `OperationalError`, and its connection is closed.
    """
    extensions.set_wait_callback(_wait)
    limits = {"silence_s": silence_s, "connect_silence_s": connect_silence_s}
    return type("LimitedConnection", (_Limited,), limits)


def _wait(connection: Any) -> None:
    while (state := connection.poll()) != extensions.POLL_OK:
        poller = select.poll()
        poller.register(connection.fileno(), select.POLLOUT if state == extensions.POLL_WRITE else select.POLLIN)
        limit_s = _limit_s(connection)
        if not poller.poll(None if limit_s is None else limit_s * 1_000):
            raise psycopg2.OperationalError(f"the server has said nothing for {limit_s:g} s")


def _limit_s(connection: Any) -> float | None:
    if not isinstance(connection, _Limited):
        return None
    return connection.silence_s if connection.status in _OPEN else connection.connect_silence_s
