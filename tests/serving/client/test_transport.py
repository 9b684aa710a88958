"""Tries, pauses, keys, tokens and problems, against a service that does as it is told."""

import io
import json
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.client import ClientError, DesignClient, NoAnswerError, ProblemError, RetryPolicy
from serving.client.retries import asked_pause_s
from serving.client.transport import Call, Token, Waiting, is_loopback
from serving.errors import ServingError

BASE = "https://design.example"
PROBLEM = {
    "type": "about:blank",
    "title": "Unprocessable Content",
    "status": 422,
    "detail": "2 field(s) of the request are not valid.",
    "instance": "/api/v1/design/section",
    "request_id": "r-7",
    "errors": [{"field": "span_feet", "message": "too long"}, {"field": "colour", "message": "not permitted"}],
}
Step = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Stub:
    """Answers one step a request, the last one again and again, and keeps what it was asked."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.asked: list[httpx.Request] = []
        self.pauses: list[float] = []
        self.now_s = 0.0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.asked.append(request)
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        if callable(step):
            return step(request)
        return httpx.Response(step.status_code, headers=step.headers, content=step.content)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now_s += seconds

    def client(self, base: str = BASE, **options: Any) -> DesignClient:
        waiting = Waiting(self.sleep, lambda: 0.5, lambda: self.now_s)
        return DesignClient(base, transport=httpx.MockTransport(self), waiting=waiting, **options)


def answer(status: int = 200, content: Any = None, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={} if content is None else content, headers=named)


def test_a_question_is_json_with_a_key_and_a_token() -> None:
    stub = Stub(answer(content={"a": 1}))
    assert stub.client(token="t-1").ask("section_optimizer", {"span_feet": 40}) == {"a": 1}
    (request,) = stub.asked
    assert str(request.url) == f"{BASE}/api/v1/design/section"
    assert json.loads(request.content) == {"span_feet": 40}
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == "Bearer t-1"
    assert len(request.headers["idempotency-key"]) == 32


@pytest.mark.parametrize(
    "trouble",
    [
        answer(503),
        answer(503, retry_after="1"),
        answer(429, retry_after="1"),
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.PoolTimeout("busy"),
        httpx.ReadError("reset"),
        httpx.WriteError("reset"),
        httpx.CloseError("reset"),
        httpx.RemoteProtocolError("server disconnected"),
    ],
    ids=["503", "503 with a time", "429", "refused", "slow to connect", "pool", "read", "write", "close", "cut off"],
)  # fmt: skip
def test_what_may_pass_is_asked_again_with_the_same_key(trouble: Any) -> None:
    stub = Stub(trouble, trouble, answer(content={"a": 1}))
    assert stub.client().ask("risk_analyzer", {}) == {"a": 1}
    assert len({request.headers["idempotency-key"] for request in stub.asked}) == 1
    assert len(stub.asked) == 3
    assert stub.client().ask("risk_analyzer", {}) == {"a": 1}
    assert stub.asked[3].headers["idempotency-key"] != stub.asked[0].headers["idempotency-key"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 415, 422, 500, 502, 504, 302])
def test_what_another_try_would_not_change_is_asked_once(status: int) -> None:
    stub = Stub(answer(status, retry_after="0"))
    with pytest.raises(ProblemError) as caught:
        stub.client(token="t").ask("risk_analyzer", {})
    assert caught.value.status == status
    assert (len(stub.asked), stub.pauses) == (1, [])


def test_a_timeout_is_the_callers_and_not_asked_again() -> None:
    stub = Stub(httpx.ReadTimeout("slow"))
    with pytest.raises(NoAnswerError, match="it took too long"):
        stub.client().health()
    assert len(stub.asked) == 1


def test_an_end_comes_to_all_tries() -> None:
    stub = Stub(answer(503, PROBLEM))
    with pytest.raises(ProblemError) as caught:
        stub.client(retry=RetryPolicy(attempts=3)).ask("risk_analyzer", {})
    assert caught.value.status == 503
    assert len(stub.asked) == 3
    stub = Stub(httpx.ConnectError("refused"))
    with pytest.raises(NoAnswerError, match="is it running there") as none:
        stub.client(retry=RetryPolicy(attempts=2)).ask("risk_analyzer", {})
    assert isinstance(none.value.__cause__, httpx.ConnectError)
    assert len(stub.asked) == 2


def test_the_service_is_given_the_time_it_asks_for_but_not_any_time() -> None:
    stub = Stub(answer(429, retry_after="7"), answer())
    stub.client().health()
    assert 7 <= stub.pauses[0] <= 8
    stub = Stub(answer(503, retry_after="60"), answer())
    with pytest.raises(ProblemError) as caught:
        stub.client().health()
    assert (caught.value.retry_after_s, stub.pauses) == (60.0, [])


def test_pauses_grow_and_are_drawn() -> None:
    stub = Stub(answer(503))
    with pytest.raises(ProblemError):
        stub.client(retry=RetryPolicy(attempts=6, first_pause_s=1.0, longest_pause_s=4.0)).health()
    assert stub.pauses == [0.5, 1.0, 2.0, 2.0, 2.0]


def test_the_first_try_still_running_is_waited_for() -> None:
    running = answer(409, retry_after="1")
    stub = Stub(httpx.ReadError("reset"), running, answer(content={"a": 1}))
    assert stub.client().ask("risk_analyzer", {}) == {"a": 1}


def test_a_token_that_ran_out_is_fetched_once_more() -> None:
    tokens = iter(["old", "new", "newer"])
    stub = Stub(answer(401), answer(content={"a": 1}))
    client = stub.client(token=lambda: next(tokens))
    assert client.ask("risk_analyzer", {}) == {"a": 1}
    assert [request.headers["authorization"] for request in stub.asked] == ["Bearer old", "Bearer new"]
    stub.steps = [answer(401)]
    with pytest.raises(ProblemError):
        stub.client(token=lambda: "bad").ask("risk_analyzer", {})
    assert len(stub.asked) == 4


@pytest.mark.parametrize("token", ["", " t", "t\n", "t\r\nx: y", "t\u00e9", "t\x00"])
def test_what_is_no_token_is_refused_without_showing_it(token: str) -> None:
    stub = Stub(answer())
    with pytest.raises(ClientError) as caught:
        stub.client(token=token).health()
    assert stub.asked == []
    assert repr(token) not in str(caught.value)


@pytest.mark.parametrize(
    ("base", "token", "told"),
    [
        ("http://design.example", "t", "without TLS"),
        ("http://10.0.0.1", "t", "without TLS"),
        ("http://127.0.0.1.example", "t", "without TLS"),
        ("ftp://host", None, r"http\(s\)"),
        ("design.example", None, r"http\(s\)"),
        ("https://user:secret@host", None, "without user"),
        ("https://host:port", None, "no address"),
        ("https://", None, r"http\(s\)"),
        ("http://design.example", lambda: "t", "without TLS"),
    ],
)
def test_where_no_token_or_no_request_may_go(base: str, token: Token, told: str) -> None:
    with pytest.raises(ClientError, match=told):
        Stub(answer()).client(base, token=token)


@pytest.mark.parametrize(
    "base", ["http://localhost:3000", "http://LOCALHOST:3000", "http://127.8.8.8:3000", "http://[::1]:3000"]
)
def test_a_token_may_go_to_this_machine_without_tls(base: str) -> None:
    stub = Stub(answer())
    stub.client(base, token="t").health()
    assert stub.asked[0].headers["authorization"] == "Bearer t"


def test_a_problem_is_an_error_with_its_members() -> None:
    stub = Stub(httpx.Response(422, json=PROBLEM, headers={"content-type": "application/problem+json"}))
    with pytest.raises(ProblemError) as caught:
        stub.client().ask("section_optimizer", {})
    error = caught.value
    assert isinstance(error, ServingError)
    assert (error.status, error.title, error.detail) == (422, PROBLEM["title"], PROBLEM["detail"])
    assert (error.request_id, error.type, error.instance) == ("r-7", "about:blank", PROBLEM["instance"])
    assert [tuple(fault) for fault in error.fields] == [("span_feet", "too long"), ("colour", "not permitted")]
    assert str(error).endswith("; span_feet: too long; colour: not permitted")


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>Bad Gateway</html>", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"errors": 1}', b'{"errors": [1, {}]}'],
)
def test_an_error_that_is_no_problem_is_told_as_well_as_can_be(content: bytes) -> None:
    stub = Stub(httpx.Response(502, content=content, headers={"x-request-id": "r-8"}))
    with pytest.raises(ProblemError) as caught:
        stub.client().health()
    assert (caught.value.status, caught.value.title, caught.value.request_id) == (502, "Bad Gateway", "r-8")
    if b"<html>" in content:
        assert caught.value.detail == "<html>Bad Gateway</html>"


@pytest.mark.parametrize("content", [b"", b"hello", b"[]", b"\xff"])
def test_an_answer_that_is_none_is_told_so(content: bytes) -> None:
    with pytest.raises(NoAnswerError, match="is this the address of the service"):
        Stub(httpx.Response(200, content=content)).client().health()


def test_what_json_cannot_say_is_not_sent() -> None:
    stub = Stub(answer())
    for value in (float("nan"), float("inf"), object(), {1, 2}):
        with pytest.raises(ClientError, match="cannot be written as JSON"):
            stub.client().ask("risk_analyzer", {"budget_usd": value})
    assert stub.asked == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0), ("12", 12.0), (" 3 ", 3.0), ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0), ("", None), ("soon", None), ("-1", None), ("1.5", None),
        ("9" * 400, None), ("\u0663", None),
    ],
)  # fmt: skip
def test_both_forms_of_retry_after_are_read(text: str, seconds: float | None) -> None:
    assert asked_pause_s({"retry-after": text}, datetime(2026, 3, 1, 12, 0, tzinfo=UTC)) == seconds


@given(st.text(max_size=60))
def test_any_text_for_retry_after_is_read_or_left(text: str) -> None:
    found = asked_pause_s({"retry-after": text})
    assert found is None or found >= 0


def test_without_a_token_none_is_sent_wherever_the_service_is() -> None:
    stub = Stub(answer())
    stub.client("http://design.example").health()
    assert "authorization" not in stub.asked[0].headers


def test_only_what_is_posted_has_a_key_and_only_json_is_called_json() -> None:
    stub = Stub(answer(content={"jobs": [], "next": None, "request_id": "r"}))
    client = stub.client()
    list(client.clash_jobs())
    with pytest.raises(ClientError):
        client.cancel_clash_job("0" * 32)
    assert [request.method for request in stub.asked] == ["GET", "DELETE"]
    for request in stub.asked:
        assert not {"idempotency-key", "content-type"} & set(request.headers)
    assert dict(stub.asked[0].url.params)["limit"]


def test_a_file_that_is_sent_is_closed_however_the_try_ends() -> None:
    opened: list[io.BytesIO] = []

    def body() -> dict[str, Any]:
        opened.append(io.BytesIO(b"model"))
        return {"files": {"file": ("a.ifc", opened[-1])}}

    stub = Stub(httpx.ReadError("reset"), answer(500))
    with pytest.raises(ProblemError):
        stub.client()._exchanges.ask(Call("POST", "/models", body))
    assert [file.closed for file in opened] == [True, True]
    assert all(request.headers["content-type"].startswith("multipart/form-data") for request in stub.asked)


def test_a_new_token_does_not_use_up_a_try_nor_give_more() -> None:
    stub = Stub(answer(401), answer(503), answer(content={"a": 1}))
    client = stub.client(token=lambda: "t", retry=RetryPolicy(attempts=2))
    assert client.ask("risk_analyzer", {}) == {"a": 1}
    stub = Stub(answer(503), answer(401), answer(503), answer())
    with pytest.raises(ProblemError):
        stub.client(token=lambda: "t", retry=RetryPolicy(attempts=2)).ask("risk_analyzer", {})
    assert len(stub.asked) == 3


def test_a_connection_that_breaks_is_tried_again_after_a_drawn_pause() -> None:
    stub = Stub(httpx.ReadError("reset"), answer())
    stub.client(retry=RetryPolicy(first_pause_s=1.0)).health()
    assert stub.pauses == [0.5]


def test_any_good_status_is_an_answer() -> None:
    assert Stub(answer(202, {"a": 1})).client().ask("risk_analyzer", {}) == {"a": 1}


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (httpx.ConnectTimeout("slow"), "GET /api/v1/health got no answer: it took too long"),
        (httpx.ConnectError("refused"), "the service cannot be reached (refused); is it running there?"),
        (httpx.ReadError(""), "GET /api/v1/health got no answer: ReadError"),
        (httpx.ReadError("reset by peer"), "GET /api/v1/health got no answer: reset by peer"),
        (httpx.DecodingError("not gzip"), "GET /api/v1/health got no answer: not gzip"),
        (httpx.InvalidURL("no"), "GET /api/v1/health got no answer: no"),
    ],
)
def test_no_answer_says_what_was_asked_and_why_there_is_none(trouble: Exception, told: str) -> None:
    with pytest.raises(NoAnswerError) as caught:
        Stub(trouble).client(retry=RetryPolicy(attempts=1)).health()
    assert told in str(caught.value)
    assert caught.value.__cause__ is trouble


def test_the_members_of_a_problem_go_before_what_http_says() -> None:
    content = PROBLEM | {"title": "Own title"}
    stub = Stub(httpx.Response(422, json=content, headers={"x-request-id": "of-a-proxy"}))
    with pytest.raises(ProblemError) as caught:
        stub.client().health()
    assert (caught.value.title, caught.value.request_id) == ("Own title", "r-7")


def test_of_a_long_error_that_is_no_problem_the_beginning_is_shown() -> None:
    with pytest.raises(ProblemError) as caught:
        Stub(httpx.Response(502, content=b"  " + b"x" * 5_000)).client().health()
    assert caught.value.detail == "x" * 198


def test_a_client_that_is_closed_asks_no_more() -> None:
    stub = Stub(answer())
    with stub.client() as client:
        client.health()
    with pytest.raises(RuntimeError, match="closed"):
        client.health()
    assert len(stub.asked) == 1


def test_time_and_chance_are_the_machines_unless_given() -> None:
    assert Waiting() == Waiting(time.sleep, random.random, time.monotonic)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("LocalHost", True), ("127.0.0.2", True), ("::1", True), ("10.0.0.1", False), ("db", False)],
)
def test_this_machine_is_told_from_others(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
