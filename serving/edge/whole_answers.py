"""Answers in one write: head and body leave together.

uvicorn writes the head of an answer and then its body. A worker that is killed in between leaves half an answer, which
no balancer can take back and send to another worker; and each write is a packet of its own that wakes the reader.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http import httptools_impl


class HeadWithBody:
    """A transport that keeps the first write, the head of an answer, until the second; all else is the transport's."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head: bytes | None = None

    def write(self, data: bytes) -> None:
        """Keep the head, send it with what comes next, and pass on whatever follows."""
        if self._head is None:
            self._head = data
        elif self._head:
            head, self._head = self._head, b""
            self._transport.writelines([head, data])
        else:
            self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class WholeAnswerCycle(httptools_impl.RequestResponseCycle):
    """One request and its answer, whose head waits for the body's first part.

    An application that fails in between has sent nothing, so that the client, or a balancer, may ask again.
    """

    async def send(self, message: Any) -> None:
        """Send one message of the application."""
        # Not before there is an answer: what asks a client for its body ("100 Continue") is written at once.
        if not isinstance(self.transport, HeadWithBody):
            self.transport = HeadWithBody(self.transport)  # type: ignore[assignment]
        elif self.scope["method"] == "HEAD":  # no body is written for it
            self.transport.write(b"")
        await super().send(message)


def answer_in_one_write() -> None:
    """Have uvicorn's connections of this process answer so; it has no option for it."""
    httptools_impl.RequestResponseCycle = WholeAnswerCycle  # type: ignore[misc]
