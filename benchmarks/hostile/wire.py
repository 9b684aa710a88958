"""Requests as bytes over a socket of their own: nothing between the case and the service mends or refuses anything."""

import socket
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

HOST = "127.0.0.1"
ANSWER_LIMIT_S = 60.0
_READ_BYTES = 65_536
_MOST_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes to send after a pause in seconds."""

    data: bytes
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: 0 for a connection that was closed without an answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


def request_head(method: str, path: str, headers: Mapping[str, str | bytes]) -> bytes:
    """Return the head of an HTTP/1.1 request that ends with its connection."""
    lines = [f"{method} {path} HTTP/1.1".encode(), b"Host: " + HOST.encode(), b"Connection: close"]
    for name, value in headers.items():
        lines.append(name.encode() + b": " + (value if isinstance(value, bytes) else value.encode("latin-1")))
    return b"\r\n".join(lines) + b"\r\n\r\n"


def exchange(port: int, pieces: Iterable[Piece]) -> Answered:
    """Send bytes on a new connection and read until it is closed; raises `TimeoutError` where nothing comes."""
    began_s = time.monotonic()
    with socket.create_connection((HOST, port), timeout=ANSWER_LIMIT_S) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # answered before all was sent
            for piece in pieces:
                time.sleep(piece.after_s)
                connection.sendall(piece.data)
        raw = _read(connection)
    return _parsed(raw, time.monotonic() - began_s)


def _read(connection: socket.socket) -> bytes:
    raw = bytearray()
    with suppress(ConnectionResetError):
        while len(raw) < _MOST_BYTES and (data := connection.recv(_READ_BYTES)):
            raw += data
    return bytes(raw)


def _parsed(raw: bytes, seconds: float) -> Answered:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    words = first.split(b" ")
    if len(words) < 2 or not words[1].isdigit():
        return Answered(0, {}, raw, seconds)
    pairs = (line.partition(b":") for line in lines)
    headers = {name.decode("latin-1").lower(): value.strip().decode("latin-1") for name, _, value in pairs}
    return Answered(int(words[1]), headers, body, seconds)
