"""Forms over HTTP: a good one is kept, a hostile one is the client's error and leaves nothing behind."""

import asyncio
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from serving.http_problems import Exchange, current_exchange
from serving.ifc import upload
from serving.ifc.keys import client_folder
from serving.ifc.upload import UploadPlace, upload_route
from serving.ifc.uploads import UploadLimits

GOOD = b"ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;\n"
FORM = "multipart/form-data; boundary=b"
FILE_HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.ifc"\r\n\r\n'
GOOD_FORM = FILE_HEAD + GOOD + b"\r\n--b--\r\n"
FIELD = b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'
LIMITS = UploadLimits(model_bytes=300_000, client_bytes=10_000_000, client_models=10)
Answer = tuple[int, dict[str, str], Any]


def post(app: Any, chunks: Iterable[bytes], headers: dict[str, str], cut: bool = False) -> Answer:
    """Send raw chunks to an ASGI application, as a server would hand them on."""
    parts = list(chunks)
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages.append({"type": "http.disconnect"} if cut else {"type": "http.request", "body": b"", "more_body": False})
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": "/models/ifc",
        "raw_path": b"/models/ifc", "query_string": b"", "root_path": "", "scheme": "http", "headers": raw,
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent[1:])
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, json.loads(body)


def an_app(root: Path, timeout_s: float = 5.0, at_once: int = 4) -> Starlette:
    return Starlette(routes=[upload_route(UploadPlace(root, LIMITS, timeout_s, at_once), lambda _: "ann")])


@pytest.fixture
def send(tmp_path: Path) -> Callable[..., Answer]:
    def send(body: bytes, content_type: str | None = FORM, cut: bool = False, **headers: str) -> Answer:
        given_headers = ({} if content_type is None else {"content-type": content_type}) | headers
        chunks = [body[start : start + 65_536] for start in range(0, len(body), 65_536)]
        return post(an_app(tmp_path), chunks, given_headers, cut)

    return send


def files_in(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_a_model_is_kept_and_its_key_is_told(send: Callable[..., Answer], tmp_path: Path) -> None:
    status, _, answer = send(FIELD + GOOD_FORM)
    assert status == 201
    assert answer["model_ifc"] == f"uploads/{client_folder('ann')}/{answer['sha256']}.ifc"
    assert (answer["name"], answer["ifc_schema"], answer["size_bytes"]) == ("a.ifc", "IFC4", len(GOOD))
    assert (tmp_path / answer["model_ifc"]).read_bytes() == GOOD
    assert send(GOOD_FORM)[0] == 200


def test_the_longest_model_fits_and_one_byte_more_does_not(send: Callable[..., Answer]) -> None:
    def form(size: int) -> bytes:
        return FILE_HEAD + GOOD.replace(b"DATA;", b"DATA;" + b" " * (size - len(GOOD))) + b"\r\n--b--\r\n"

    assert send(form(LIMITS.model_bytes))[0] == 201
    assert send(form(LIMITS.model_bytes + 1))[0] == 413


HOSTILE: dict[str, tuple[bytes, str | None, dict[str, str], int]] = {
    "json": (b"{}", "application/json", {}, 415),
    "no type": (GOOD_FORM, None, {}, 415),
    "raw": (GOOD, "application/octet-stream", {}, 415),
    "no boundary": (GOOD_FORM, "multipart/form-data", {}, 400),
    "empty boundary": (GOOD_FORM, "multipart/form-data; boundary=", {}, 400),
    "long boundary": (GOOD_FORM, f"multipart/form-data; boundary={'b' * 5_000}", {}, 400),
    "odd boundary": (GOOD_FORM, "multipart/form-data; boundary=\xff\xfe", {}, 400),
    "another boundary": (GOOD_FORM, "multipart/form-data; boundary=c", {}, 400),
    "odd charset": (b"--b--", "multipart/form-data; boundary=b; charset=no-such", {}, 400),
    "empty": (b"", FORM, {}, 400),
    "only the end": (b"--b--\r\n", FORM, {}, 400),
    "rubbish": (b"\x00\xff" * 5_000, FORM, {}, 400),
    "10,000 fields": (FIELD * 10_000, FORM, {}, 400),
    "1,000 fields": (FIELD * 1_000 + GOOD_FORM, FORM, {}, 400),
    "10,000 empty parts": (b"--b\r\n\r\n\r\n" * 10_000 + b"--b--", FORM, {}, 400),
    "a large field": (FIELD.replace(b"hello", b"x" * 50_000) + GOOD_FORM, FORM, {}, 400),
    "two files": (GOOD_FORM.replace(b"--b--", FILE_HEAD + GOOD + b"\r\n--b--"), FORM, {}, 400),
    "no file": (FIELD + b"--b--\r\n", FORM, {}, 400),
    "text instead of a file": (GOOD_FORM.replace(b'; filename="a.ifc"', b""), FORM, {}, 400),
    "another field": (GOOD_FORM.replace(b'"file"', b'"model"'), FORM, {}, 400),
    "no name": (GOOD_FORM.replace(b'name="file"; ', b""), FORM, {}, 400),
    "no disposition": (b"--b\r\nX: y\r\n\r\n" + GOOD + b"\r\n--b--", FORM, {}, 400),
    "a huge header": (GOOD_FORM.replace(b"\r\n\r\n", b"\r\nX: " + b"y" * 80_000 + b"\r\n\r\n", 1), FORM, {}, 400),
    "many headers": (GOOD_FORM.replace(b"\r\n\r\n", b"\r\nX: y" * 5_000 + b"\r\n\r\n", 1), FORM, {}, 400),
    "a broken header": (GOOD_FORM.replace(b"Content-Disposition:", b"Content Disposition\x00"), FORM, {}, 400),
    "cut in the file": (GOOD_FORM[:-30], FORM, {}, 400),
    "cut in a header": (GOOD_FORM[:30], FORM, {}, 400),
    "length no number": (GOOD_FORM, FORM, {"content-length": "many"}, 400),
    "length negative": (GOOD_FORM, FORM, {"content-length": "-1"}, 400),
    "length in other digits": (GOOD_FORM, FORM, {"content-length": "\xb2"}, 400),
    "length of 5,000 digits": (GOOD_FORM, FORM, {"content-length": "9" * 5_000}, 413),
    "length too large": (GOOD_FORM, FORM, {"content-length": "999999999"}, 413),
    "larger than told": (FILE_HEAD + GOOD + b" " * 500_000, FORM, {"content-length": "100"}, 413),
    "zip": (GOOD_FORM.replace(GOOD, b"PK\x03\x04"), FORM, {}, 415),
    "empty file": (GOOD_FORM.replace(GOOD, b""), FORM, {}, 422),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_form_is_the_clients_error(send: Callable[..., Answer], tmp_path: Path, case: str) -> None:
    body, content_type, headers, expected = HOSTILE[case]
    status, found, problem = send(body, content_type, **headers)
    assert status == problem["status"] == expected, problem
    assert found["content-type"] == "application/problem+json"
    assert str(tmp_path) not in json.dumps(problem)
    assert files_in(tmp_path) == []


def test_a_client_that_goes_away_leaves_nothing(send: Callable[..., Answer], tmp_path: Path) -> None:
    assert send(GOOD_FORM[:-20], cut=True)[0] == 400
    assert files_in(tmp_path) == []


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, len(GOOD_FORM) - 1), put=st.binary(max_size=6), size=st.integers(1, 200), data=st.data())
def test_a_form_damaged_anywhere_never_fails_the_service(
    send: Callable[..., Answer], place: int, put: bytes, size: int, data: st.DataObject
) -> None:
    body = (FIELD + GOOD_FORM)[:place] + put + (FIELD + GOOD_FORM)[place + data.draw(st.integers(0, 4)) :]
    chunked = b"".join(body[start : start + size] for start in range(0, len(body), size))
    assert send(chunked)[0] < 500


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=60))
def test_a_content_type_of_any_text_never_fails_the_service(send: Callable[..., Answer], parameters: str) -> None:
    assert send(GOOD_FORM, f"multipart/form-data; {parameters}")[0] < 500


def test_a_model_that_trickles_in_is_given_up(tmp_path: Path) -> None:
    messages = [FILE_HEAD]

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": messages.pop() if messages else b" ", "more_body": True}

    async def ask() -> int:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"content-type", FORM.encode())]
        scope = {"type": "http", "method": "POST", "path": "/models/ifc", "query_string": b"", "headers": headers}
        await an_app(tmp_path, timeout_s=0.2)(scope, receive, send)
        return int(sent[0]["status"])

    assert asyncio.run(ask()) == 408


def test_a_disk_that_fails_is_the_services_fault_and_not_described(tmp_path: Path) -> None:
    (tmp_path / "models").write_bytes(b"a file where the folder should be")
    status, headers, problem = post(an_app(tmp_path / "models"), [GOOD_FORM], {"content-type": FORM})
    assert (status, headers["retry-after"]) == (503, "5")
    assert str(tmp_path) not in json.dumps(problem)


def test_the_problem_is_noted_for_the_edge(tmp_path: Path) -> None:
    exchange = Exchange("request-7")
    token = current_exchange.set(exchange)
    try:
        _, _, problem = post(an_app(tmp_path), [b"--b--"], {"content-type": FORM})
    finally:
        current_exchange.reset(token)
    assert exchange.problem is not None
    assert exchange.problem.status == problem["status"] == 400
    assert problem["request_id"] == "request-7"


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let every upload wait, once it has its place, for what is returned."""
    leave = asyncio.Event()
    plain = upload.receive_upload

    async def slow(*arguments: Any) -> Any:
        await leave.wait()
        return await plain(*arguments)

    monkeypatch.setattr(upload, "receive_upload", slow)
    return leave.set


def at_once(app: Starlette, clients: str, release: Callable[[], None]) -> list[int]:
    """Return the statuses of one upload each of these clients, begun in order while the earlier ones wait."""

    async def ask(client: str) -> int:
        sent: list[Any] = []
        messages = [{"type": "http.request", "body": GOOD_FORM, "more_body": False}]

        async def receive() -> dict[str, Any]:
            return messages.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"content-type", FORM.encode()), (b"x-client", client.encode())]
        await app(
            {"type": "http", "method": "POST", "path": "/models/ifc", "query_string": b"", "headers": headers},
            receive,
            send,
        )
        return int(sent[0]["status"])

    async def scene() -> list[int]:
        tasks = []
        for client in clients:
            tasks.append(asyncio.create_task(ask(client)))
            for _ in range(5):
                await asyncio.sleep(0)
        release()
        return await asyncio.gather(*tasks)

    return asyncio.run(scene())


def an_app_for_many(root: Path) -> Starlette:
    place = UploadPlace(root, LIMITS, 5.0, at_once=4, at_once_per_client=2)
    return Starlette(routes=[upload_route(place, lambda request: request.headers["x-client"])])


def test_more_at_once_than_allowed_are_told_to_come_again(tmp_path: Path, held: Callable[[], None]) -> None:
    statuses = at_once(an_app_for_many(tmp_path), "abcde", held)
    assert [status < 300 for status in statuses] == [True] * 4 + [False]
    assert statuses[4] == 503


def test_no_client_takes_the_places_of_all(tmp_path: Path, held: Callable[[], None]) -> None:
    app = an_app_for_many(tmp_path)
    statuses = at_once(app, "aaab", held)
    assert [status < 300 for status in statuses] == [True, True, False, True]
    assert statuses[2] == 429
    assert all(status < 300 for status in at_once(app, "aabb", held)), "a place was not given back"
