"""Bytes that are no HTTP, or HTTP that two readers may read in different ways."""

from collections.abc import Iterator

from benchmarks.hostile.wire import Piece, request_head

PATH = "/api/v1/analyze/risk"
ALLOWED = (0, 400, 401, 404, 405, 408, 411, 413, 414, 415, 422, 431)


def broken(token: str) -> Iterator[tuple[str, list[Piece]]]:
    """Yield the name and bytes of each; those that carry a good token are refused for what they are."""
    own = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    for name, raw in {
        "a word": b"hello\r\n\r\n",
        "no version": b"GET /nothing\r\n\r\n",
        "HTTP/0.9": b"GET /nothing HTTP/0.9\r\n\r\n",
        "HTTP/9.9": b"GET /nothing HTTP/9.9\r\nHost: a\r\n\r\n",
        "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
        "NULs": b"\x00" * 1_000 + b"\r\n\r\n",
        "NUL in the path": b"GET /nothing\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
        "a long path": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        "a long header": b"GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: "
        + b"a" * 1_000_000
        + b"\r\n\r\n",
        "many headers": b"GET /nothing HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 20_000 + b"Connection: close\r\n\r\n",
        "a header without a name": b"GET /nothing HTTP/1.1\r\n: a\r\n\r\n",
        "a header that goes on": b"GET /nothing HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\nConnection: close\r\n\r\n",
        "CONNECT": b"CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "a whole address": b"GET http://127.0.0.1:1/nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "dots in the path": b"GET /../../../etc/passwd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "escaped dots": b"GET /static_content/..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "escaped NUL": b"GET /api/v1/jobs/clashes/%00 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "not UTF-8": b"GET /%ff%fe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "a tab in the id": b"GET /nothing HTTP/1.1\r\nHost: a\r\nX-Request-Id: a\x0b\r\nConnection: close\r\n\r\n",
    }.items():
        yield name, [Piece(raw)]
    lengths = {"-1": "-1", "a word": "x", "too large": "9" * 30, "two": "2\r\nContent-Length: 3", "with a plus": "+2"}
    for name, length in lengths.items():
        yield f"length {name}", [Piece(request_head("POST", PATH, own | {"content-length": length}) + b"{}")]
    both = own | {"content-length": "2", "transfer-encoding": "chunked"}
    yield "length and chunks", [Piece(request_head("POST", PATH, both) + b"2\r\n{}\r\n0\r\n\r\n")]
    for name, coding in (("unknown", "zip"), ("twice", "chunked, chunked"), ("spaced", " chunked\x0b")):
        head = request_head("POST", PATH, own | {"transfer-encoding": coding})
        yield f"coding {name}", [Piece(head + b"2\r\n{}\r\n0\r\n\r\n")]
    chunked = request_head("POST", PATH, own | {"transfer-encoding": "chunked"})
    for name, chunk in (
        ("no number", b"x\r\n{}\r\n"),
        ("negative", b"-2\r\n{}\r\n"),
        ("huge", b"f" * 17 + b"\r\n{}\r\n"),
    ):
        yield f"chunk size {name}", [Piece(chunked + chunk + b"0\r\n\r\n")]


def cut_off(token: str) -> Iterator[tuple[str, list[Piece]]]:
    """Yield requests whose client says less than it announced and then waits."""
    own = {"authorization": f"Bearer {token}", "content-type": "application/json", "content-length": "100"}
    yield "half a body", [Piece(request_head("POST", PATH, own) + b'{"project_type": ')]
    form = own | {"content-type": "multipart/form-data; boundary=x"}
    yield "half a form", [Piece(request_head("POST", "/api/v1/models/ifc", form) + b"--x\r\nContent-Dispo")]
