"""Hostile requests: none makes the service fail, and each is told what is wrong as a problem."""

import gzip
import json
from typing import Any

import pytest

from flows.samples import ROUTES, sample_request
from structural.problems import PROBLEM_NAMES
from tests.serving.running import Running

JSON = {"content-type": "application/json"}
COMPLIANCE = ROUTES["compliance_checker"]
EVERY_POST = [*ROUTES.values(), *(f"{path}/batch" for path in ROUTES.values()), "/api/v1/feedback"]
DEEP = b"[" * 100_000 + b"]" * 100_000
BODIES = {
    "deep arrays": DEEP,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep in a field": b'{"design_parameters": ' + DEEP + b"}",
    "deep items": b'{"items": ' + DEEP + b"}",
    "deep report": b'{"prediction_id": "' + b"0" * 32 + b'", "actual": ' + DEEP + b"}",
    "not UTF-8": b'{"a": "\xff\xfe"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "lone surrogate": b'{"a": "\\ud800"}',
    "lone surrogate as a key": b'{"\\udfff": 1}',
    "trailing comma": b'{"a": 1,}',
    "two documents": b"{}{}",
    "a number": b"7",
    "long number": b'{"span_feet": ' + b"9" * 5_000 + b"}",
    "long fraction": b'{"span_feet": 0.' + b"1" * 5_000 + b"}",
    "huge exponent": b'{"span_feet": 1e999999}',
    "NaN": b'{"span_feet": NaN}',
    "raw NUL": b'{"a": "\x00"}',
    "many keys": b"{" + b",".join(b'"k%d": 1' % number for number in range(20_000)) + b"}",
    "many items": b'{"items": [' + b",".join([b"{}"] * 20_000) + b"]}",
    "a long key": b'{"' + b"a" * 500_000 + b'": 1}',
    "a long text": b'{"member_type": "' + b"a" * 500_000 + b'", "design_code": "' + b"b" * 400_000 + b'"}',
    "pickle": b"\x80\x04K\x01.",
}


@pytest.fixture(autouse=True)
def models(service: Running) -> None:
    """Put every model in service: what reaches one is answered."""
    for problem in PROBLEM_NAMES:
        service.put_in_service(problem)


def assert_refused(answer: Any, *, statuses: tuple[int, ...] = (400, 413, 415, 422)) -> None:
    assert answer.status_code in statuses, (answer.status_code, answer.text[:300])
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "hostile-1"
    assert len(answer.content) < 20_000


def assert_logged_briefly(service: Running) -> None:
    assert all(len(line.message) < 20_000 for line in service.lines)


@pytest.mark.parametrize("path", EVERY_POST)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_request_is_refused(service: Running, path: str, body: bytes) -> None:
    assert_refused(service.client.post(path, content=body, headers=JSON | {"x-request-id": "hostile-1"}))
    assert_logged_briefly(service)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9" * 5_000])
@pytest.mark.parametrize("place", ["%s", '{"a": %s}', "[[%s]]"], ids=["value", "object", "list"])
def test_a_number_that_is_none_is_refused_wherever_it_hides(service: Running, number: str, place: str) -> None:
    hidden = place % number
    headers = JSON | {"x-request-id": "hostile-1"}
    body = f'{{"design_parameters": {{"span": "30 ft", "x": {hidden}}}}}'
    assert_refused(service.client.post(COMPLIANCE, content=body, headers=headers))
    in_batch = service.client.post(f"{COMPLIANCE}/batch", content=f'{{"items": [{body}]}}', headers=headers)
    if in_batch.status_code == 200:
        (part,) = in_batch.json()["results"]
        assert part["status"] in (400, 422), part
    else:
        assert_refused(in_batch)


@pytest.mark.parametrize("text", ["\\u0000", "a\\u0000b", "\\\\\\u0000"])
def test_a_nul_in_a_text_or_a_name_is_refused(service: Running, text: str) -> None:
    headers = JSON | {"x-request-id": "hostile-1"}
    for parameters in (f'{{"notes": "{text}"}}', f'{{"{text}": "W18x50"}}'):
        answer = service.client.post(COMPLIANCE, content=f'{{"design_parameters": {parameters}}}', headers=headers)
        assert_refused(answer, statuses=(422,))
        assert "U+0000" in answer.json()["detail"]


def test_what_only_looks_like_a_nul_or_nan_is_let_through(service: Running) -> None:
    parameters = {"notes": "a path C:\\u0000 and NaN and Infinity in words", "span": "30 ft"}
    answer = service.client.post(COMPLIANCE, json={"design_parameters": parameters})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "media_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/vnd.bentoml+pickle",
        "text/plain",
        "application/jsonp",
        "",
    ],
)
def test_another_media_type_is_415_everywhere(service: Running, media_type: str) -> None:
    headers = {"content-type": media_type, "x-request-id": "hostile-1"}
    for path in EVERY_POST:
        answer = service.client.post(path, content=b"--x\r\nbroken", headers=headers)
        assert_refused(answer, statuses=(415,))


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON", "application/json ;x=y"])
def test_json_may_be_named_with_parameters_and_in_any_case(service: Running, media_type: str) -> None:
    body = json.dumps(sample_request("risk_analyzer"))
    answer = service.client.post(ROUTES["risk_analyzer"], content=body, headers={"content-type": media_type})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/api/v1/nothing", 404),
        ("POST", "/api/v1/design/section/", 404),
        ("POST", "/api/v1/design/section/batch/batch", 404),
        ("GET", "/api/v1/design/section", 405),
        ("PUT", "/api/v1/feedback", 405),
        ("DELETE", "/", 405),
        ("TRACE", "/api/v1/health", 405),
        ("POST", "/docs.json", 405),
        ("BREW", "/api/v1/design/section", 405),
    ],
)
def test_paths_and_methods_that_are_none_are_problems_too(
    service: Running, method: str, path: str, status: int
) -> None:
    answer = service.client.request(method, path, headers={"x-request-id": "hostile-1"})
    assert_refused(answer, statuses=(status,))
    assert ("allow" in answer.headers) is (status == 405)


def test_a_length_that_is_none_or_too_long_is_refused(service: Running) -> None:
    path = ROUTES["risk_analyzer"]
    for declared, status in (("x", 400), ("-1", 400), ("9" * 30, 400), ("1000001", 413)):
        headers = JSON | {"x-request-id": "hostile-1", "content-length": declared}
        answer = service.client.post(path, content=iter([b"{}"]), headers=headers)
        assert_refused(answer, statuses=(status,))


@pytest.mark.parametrize("actual", [b"1e999", b'{"depth": [-1e999]}'])
def test_a_report_whose_number_would_be_lost_is_refused(service: Running, actual: bytes) -> None:
    body = b'{"prediction_id": "%b", "actual": %b}' % (b"0" * 32, actual)
    answer = service.client.post("/api/v1/feedback", content=body, headers=JSON | {"x-request-id": "hostile-1"})
    assert_refused(answer, statuses=(422,))
    assert answer.json()["errors"] == [{"field": "actual", "message": "holds a number that is too large"}]


@pytest.mark.parametrize("path", [*EVERY_POST, "/api/v1/models/ifc"])
def test_a_packed_body_is_told_apart_from_a_broken_one(service: Running, path: str) -> None:
    headers = JSON | {"content-encoding": "gzip", "x-request-id": "hostile-1"}
    answer = service.client.post(path, content=gzip.compress(b"{}"), headers=headers)
    assert_refused(answer, statuses=(415,))
    assert answer.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("path", [*EVERY_POST, "/api/v1/jobs/clashes"])
def test_of_two_idempotency_keys_none_is_taken(service: Running, path: str) -> None:
    headers = [*JSON.items(), ("x-request-id", "hostile-1"), ("idempotency-key", "a"), ("idempotency-key", "b")]
    assert_refused(service.client.post(path, content=b"{}", headers=headers), statuses=(400,))
