"""The way out of the edge: good answers pass as they come, errors are held back and sent as problem+json."""

import json

from serving.edge.asgi import Message, Send
from serving.http_problems import MEDIA_TYPE, Exchange, Problem, from_framework

FIRST_FAULT = 400


class Answer:
    """What goes back for one exchange.

    Parameters
    ----------
    send : of the connection.
    exchange : the request; its ``headers`` go with every answer.
    """

    def __init__(self, send: Send, exchange: Exchange) -> None:
        self._send = send
        self._exchange = exchange
        self._held_status = 0
        self._held = b""
        self.status: int | None = None
        """The status that was sent; none so far."""
        self.refusal: Problem | None = None
        """The problem that was sent instead of an answer."""
        self.copy: bytearray | None = None
        """Set it to get a copy of the body that is sent."""

    async def send(self, message: Message) -> None:
        """Take one message of the application."""
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self.status is not None:
            if self.copy is not None:
                self.copy += message.get("body", b"")
            await self._send(message)
        else:
            self._held += message.get("body", b"")
            if not message.get("more_body", False):
                await self.refuse(self._exchange.problem or from_framework(self._held_status, self._held))

    async def refuse(self, problem: Problem) -> None:
        """Send a problem; part of an answer that is out already cannot be taken back."""
        if self.status is not None:
            return
        self.refusal = problem
        body = json.dumps(problem.body(self._exchange.request_id, self._exchange.path)).encode()
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", b"%d" % len(body)),
            *((name.encode("latin-1"), value.encode("latin-1")) for name, value in problem.headers),
        ]
        if problem.retry_after_s is not None:
            headers.append((b"retry-after", b"%d" % problem.retry_after_s))
        await self.say(problem.status, headers, body)

    async def say_json(self, body: bytes) -> None:
        """Send a good answer whose JSON is made already."""
        if self.copy is not None:
            self.copy += body
        await self.say(200, [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))], body)

    async def say(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
        """Send a whole answer of the edge's own."""
        self.status = int(status)
        headers = [*headers, *self._own_headers()]
        await self._send({"type": "http.response.start", "status": self.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": b"" if self._exchange.method == "HEAD" else body})

    async def _begin(self, message: Message) -> None:
        status = message["status"]
        if status >= FIRST_FAULT:
            self._held_status = status
            return
        self.status = status
        message["headers"] = [*message.get("headers", []), *self._own_headers()]
        await self._send(message)

    def _own_headers(self) -> list[tuple[bytes, bytes]]:
        return [(b"x-request-id", self._exchange.request_id.encode("latin-1")), *self._exchange.headers]
