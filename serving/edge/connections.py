"""Connections that nobody can hold for nothing: what comes before a body is bounded, in bytes and in time.

uvicorn keeps every byte of a head until its end, however long it is, and waits for that end without limit. Whoever can
connect, with no token, could so fill the memory of a worker or take its last file descriptor. Beside that:

- Fields behind a body (trailers) are dropped. uvicorn adds them to the head, where a field that a balancer removes or
  sets, such as ``X-Forwarded-For``, could be brought in behind its back (RFC 9110 section 6.5.1).
- An upgrade is not taken up, and its request answered as any other (RFC 9110 section 7.8): there are no web sockets.
"""

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http import httptools_impl

from serving.edge.unreadable import UNREADABLE, refuse_connection
from serving.http_problems import Problem

MAX_HEAD_BYTES = 65_536
_TOO_LARGE = Problem(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"What came before the body is longer than {MAX_HEAD_BYTES} bytes."
)
_TOO_SLOW = Problem(HTTPStatus.REQUEST_TIMEOUT, "The head of the request did not arrive in time.")


class BoundedConnection(httptools_impl.HttpToolsProtocol):
    """One connection of uvicorn.

    A client that owes something, the rest of a head or of a body that is answered already, has ``wait_s`` for it. One
    that has sent nothing yet is idle, and an idle connection is kept as long as uvicorn keeps those that were used.
    """

    wait_s = 30.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_message = False
        self._in_head = False
        self._moved = False
        """Whether what was read last brought a part of a body or the end of a head or message."""
        self._unmoved_bytes = 0
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin, idle."""
        super().connection_made(transport)
        self._rest()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._on_time()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read, and see whether the client still owes something."""
        self._moved = False
        super().data_received(data)
        if self.transport.is_closing():
            return
        self._unmoved_bytes = 0 if self._moved else self._unmoved_bytes + len(data)
        if self._unmoved_bytes > MAX_HEAD_BYTES:
            self._cut_off(_TOO_LARGE)
        elif self._is_answering:
            self._on_time()
        elif self._moved and not self._in_message:  # the rest of what was answered early
            self._on_time()
            self._rest()
        elif self._late is None:
            self._late = self.loop.call_later(self.wait_s, self._cut_off, _TOO_SLOW)

    def on_message_begin(self) -> None:
        """Begin with a head."""
        self._in_message = self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Hand the request on, and take no further field for one of its head."""
        self._in_head, self._moved = False, True
        super().on_headers_complete()
        self.headers = []
        if self.parser.should_upgrade():  # the parser reads nothing behind such a request
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._moved = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._in_message, self._moved = False, True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  (uvicorn's words, which tell clients of its parts)
        """Refuse what is no HTTP."""
        refuse_connection(self, UNREADABLE)

    @property
    def _is_answering(self) -> bool:
        """Whether a request is being answered, which has a time limit of its own."""
        return self.cycle is not None and not self.cycle.response_complete

    def _should_upgrade(self) -> bool:
        return False

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: uvicorn would ask for a library to be installed."""

    def _rest(self) -> None:
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _on_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _cut_off(self, problem: Problem) -> None:
        """Close, with a word to a client that waits for one."""
        self._on_time()
        if self.transport.is_closing():
            return
        if self._in_head and not self._is_answering:
            refuse_connection(self, problem)
        else:
            self.transport.close()


def bound_connections(wait_s: float) -> None:
    """Have uvicorn's connections of this process be such; it has no option for it."""
    BoundedConnection.wait_s = wait_s
    httptools_impl.HttpToolsProtocol = BoundedConnection  # type: ignore[misc]
