"""Bodies that are no request: broken, deep, huge, contradictory, slow. Each is posted to every route that takes one."""

import json
from collections.abc import Iterator, Mapping

from benchmarks.hostile.wire import Piece, request_head

REFUSED = (400, 408, 413, 415, 422)
DEPTH = 100_000
MEGABYTE = b"x" * 1_000_000
_DEEP = b"[" * DEPTH + b"]" * DEPTH
JSON_BODIES: Mapping[str, bytes] = {
    "empty": b"",
    "a number": b"7",
    "null": b"null",
    "a text": b'"a"',
    "an empty object": b"{}",
    "an empty list": b"[]",
    "cut off": b'{"a": ',
    "trailing comma": b'{"a": 1,}',
    "comments": b'{"a": 1} // b',
    "two documents": b"{}{}",
    "single quotes": b"{'a': 1}",
    "deep lists": _DEEP,
    "deep objects": b'{"a":' * DEPTH + b"1" + b"}" * DEPTH,
    "deep in a field": b'{"design_parameters": ' + _DEEP + b"}",
    "deep items": b'{"items": ' + _DEEP + b"}",
    "deep report": b'{"prediction_id": "' + b"0" * 32 + b'", "actual": ' + _DEEP + b"}",
    "a list of deep lists": b'{"items": [' + b",".join([b"[" * 400 + b"]" * 400] * 300) + b"]}",
    "NaN": b'{"span_feet": NaN}',
    "infinities": b'{"span_feet": Infinity, "budget_usd": -Infinity}',
    "huge exponents": b'{"span_feet": 1e999999, "budget_usd": -1e400, "tolerance_mm": 1e-999999}',
    "long numbers": b'{"span_feet": ' + b"9" * 100_000 + b', "bolt_count": -' + b"9" * 100_000 + b"}",
    "long fraction": b'{"span_feet": 0.' + b"1" * 100_000 + b"}",
    "wrong types": b'{"member_type": [], "span_feet": {}, "bolt_count": "8", "items": {}, "model_ifc": 1}',
    "booleans as numbers": b'{"span_feet": true, "bolt_count": false, "budget_usd": true}',
    "duplicate keys": b'{"span_feet": 40, "span_feet": -1, "member_type": "beam", "member_type": []}',
    "many keys": b"{" + b",".join(b'"k%d": 1' % number for number in range(50_000)) + b"}",
    "many items": b'{"items": [' + b",".join([b"{}"] * 100_000) + b"]}",
    "a long text": b'{"member_type": "' + b"a" * 900_000 + b'"}',
    "a long key": b'{"' + b"a" * 900_000 + b'": 1}',
    "not UTF-8": b'{"a": "\xff\xfe"}',
    "overlong UTF-8": b'{"a": "\xc0\xaf"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "UTF-32": '{"a": 1}'.encode("utf-32"),
    "byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "lone surrogates": b'{"a": "\\ud800", "\\udfff": 1}',
    "escaped NUL": b'{"member_type": "\\u0000", "notes\\u0000": 1}',
    "raw NUL": b'{"a": "\x00"}',
    "controls": b'{"a": "\x01\x1f\x7f"}',
    "right to left": '{"a": "\u202e\u2066"}'.encode(),
    "prototype": b'{"__proto__": {"x": 1}, "constructor": {}, "__class__": "x", "model_config": {}}',
    "SQL": b'{"prediction_id": "\' OR 1=1; DROP TABLE predictions; --", "actual": {}}',
    "template": b'{"member_type": "{{7*7}}${jndi:ldap://127.0.0.1:1/a}%s%n"}',
    "paths": b'{"model_ifc": "../../../../etc/passwd", "tolerance_mm": 50}',
    "pickle": b"\x80\x04K\x01.",
    "XML with an entity": b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
    "gzip": b"\x1f\x8b\x08\x00" + b"\x00" * 100,
}
KEYS = (
    *("../../etc/passwd", "/etc/passwd", "..\\..\\secret.ifc", "a/../../b.ifc", "./sample_frame.ifc", "a//b.ifc"),
    *("file:///etc/passwd", "http://127.0.0.1:1/a.ifc", "s3://bucket/a.ifc", "\\\\host\\share\\a.ifc", "C:\\a.ifc"),
    *("sample_frame.ifc\u0000.txt", "/dev/zero", "/proc/self/environ", "uploads", "uploads/../sample_frame.ifc"),
    *("%2e%2e%2fetc%2fpasswd", "\u2025/secret.ifc", "CON.ifc", ".", "..", " ", "a" * 5_000 + ".ifc", "~root/a.ifc"),
    *("uploads/" + "0" * 32 + "/" + "0" * 64 + ".ifc", "sample_frame.ifc/", "sample_frame.ifc ", "*.ifc", "-rf.ifc"),
)
"""Keys of models that lead out of their root, or to nothing."""


def json_posts(path: str, token: str) -> Iterator[tuple[str, list[Piece]]]:
    """Yield the name and bytes of each body posted to a path."""
    own = {"authorization": f"Bearer {token}"}
    as_json = own | {"content-type": "application/json"}
    for name, body in JSON_BODIES.items():
        yield name, [Piece(request_head("POST", path, as_json | {"content-length": str(len(body))}) + body)]
    chunked = as_json | {"transfer-encoding": "chunked"}
    yield "chunked, cut off by its end", [Piece(request_head("POST", path, chunked) + b'6\r\n{"a": \r\n0\r\n\r\n')]
    yield "chunked, larger than allowed", [Piece(request_head("POST", path, chunked)), *_chunks(100)]
    yield (
        "100 MB, declared",
        [
            Piece(request_head("POST", path, as_json | {"content-length": "100000000"})),
            *(Piece(MEGABYTE) for _ in range(100)),
        ],
    )
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x" * 5_000):
        head = request_head("POST", path, own | {"content-type": kind, "content-length": "2"})
        yield f"as {kind[:30]}", [Piece(head + b"{}")]
    packed = as_json | {"content-encoding": "gzip", "content-length": "20"}
    yield "said to be gzip", [Piece(request_head("POST", path, packed) + b"\x1f\x8b" + b"\x00" * 18)]


def key_posts(path: str, token: str) -> Iterator[tuple[str, list[Piece]]]:
    """Yield a request with each key that no model may have."""
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    for key in KEYS:
        body = json.dumps({"model_ifc": key, "tolerance_mm": 50}).encode()
        yield repr(key[:40]), [Piece(request_head("POST", path, headers | {"content-length": str(len(body))}) + body)]


def form_posts(path: str, token: str) -> Iterator[tuple[str, list[Piece]]]:
    """Yield forms that carry no model, or more than one, or never end."""
    start = b'--x\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n'
    end = b"\r\n--x--\r\n"
    part = start % b"a.ifc"
    forms = {
        "empty": b"",
        "no boundary in it": b"hello",
        "end alone": b"--x--\r\n",
        "cut off in a header": b"--x\r\nContent-Dispo",
        "cut off in the model": part + b"ISO-10303-21;",
        "an empty model": part + end,
        "two models": part + b"a\r\n" + part + b"b" + end,
        "a text field": b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nISO-10303-21;' + end,
        "another field": part.replace(b'"file"', b'"model"') + b"a" + end,
        "no name": part.replace(b'name="file"; ', b"") + b"a" + end,
        "no disposition": b"--x\r\n\r\na" + end,
        "many fields": b"".join(
            b'--x\r\nContent-Disposition: form-data; name="%d"\r\n\r\n\r\n' % n for n in range(5_000)
        )
        + end,
        "a long part header": b'--x\r\nContent-Disposition: form-data; name="' + b"a" * 500_000 + b'"\r\n\r\na' + end,
        "many part headers": b"--x\r\n" + b"X: y\r\n" * 50_000 + b"\r\na" + end,
        "a path as its name": start % b"../../../../etc/cron.d/x.ifc" + b"a" + end,
        "NUL in its name": start % b"a\x00.ifc" + b"a" + end,
        "a script": part + b"#!/bin/sh\nid" + end,
        "a ZIP": part + b"PK\x03\x04" + b"\x00" * 1_000 + end,
        "gzip": part + b"\x1f\x8b\x08" + b"\x00" * 1_000 + end,
        "XML with an entity": part + b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + end,
        "a header of another schema": part
        + b"ISO-10303-21;HEADER;FILE_SCHEMA(('AP203'));ENDSEC;END-ISO-10303-21;"
        + end,
        "a header that never ends": part + b"ISO-10303-21;HEADER;FILE_SCHEMA((" + b"'A'," * 200_000 + end,
        "NULs": part + b"ISO-10303-21;" + b"\x00" * 1_000_000 + b"END-ISO-10303-21;" + end,
    }
    for name, body in forms.items():
        headers = {"authorization": f"Bearer {token}", "content-length": str(len(body))}
        headers["content-type"] = "multipart/form-data; boundary=x"
        yield name, [Piece(request_head("POST", path, headers) + body)]
    for boundary in (
        "",
        "; boundary=",
        "; boundary=" + "x" * 5_000,
        '; boundary="',
        "; boundary=\u00e9",
        "; boundary=x; boundary=y",
    ):
        own = {"authorization": f"Bearer {token}", "content-length": "4"}
        head = request_head("POST", path, own | {"content-type": f"multipart/form-data{boundary}"})
        yield f"boundary {boundary[:20]!r}", [Piece(head + b"--x\n")]
    chunked = {"authorization": f"Bearer {token}", "transfer-encoding": "chunked"}
    head = request_head("POST", path, chunked | {"content-type": "multipart/form-data; boundary=x"})
    yield "100 MB in chunks", [Piece(head + b"%x\r\n%b\r\n" % (len(part), part)), *_chunks(100)]


def slow_posts(path: str, token: str, pause_s: float) -> Iterator[tuple[str, list[Piece]]]:
    """Yield bodies that come byte by byte with pauses, or not at all."""
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json", "content-length": "1000"}
    head = request_head("POST", path, headers)
    yield "a byte at a time", [Piece(head), *(Piece(b" ", pause_s) for _ in range(40))]
    yield "nothing after the head", [Piece(head)]


def _chunks(megabytes: int) -> Iterator[Piece]:
    for _ in range(megabytes):
        yield Piece(b"%x\r\n%b\r\n" % (len(MEGABYTE), MEGABYTE))
    yield Piece(b"0\r\n\r\n")
