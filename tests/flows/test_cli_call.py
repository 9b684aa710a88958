"""``sdai call``: a request goes out with a token, an answer comes back as a table, a problem as plain words."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from typer.testing import CliRunner

from configs import load_settings
from configs.settings import AuthSettings
from flows.cli import app
from flows.cli.call import SHORT_NAMES
from flows.samples import ROUTES, sample_request
from serving.auth import Principal, build_authoriser

ANSWER = {"recommended_section": "W27×194", "depth": 28.1, "confidence": 0.987654, "alternatives": [], "verified": True}
PROBLEM = {
    "title": "Unprocessable Content", "status": 422, "detail": "1 field(s) of the request are not valid.",
    "request_id": "r-7", "errors": [{"field": "span_feet", "message": "must be at most 150"}],
}  # fmt: skip
Answering = Callable[[str, Any], tuple[int, Any]]


class Service:
    """A service that answers as it is told and keeps what it was asked."""

    def __init__(self) -> None:
        self.answer: Answering = lambda path, body: (200, ANSWER)
        self.asked: list[tuple[str, Any, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version: ClassVar[str] = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("content-length", 0)))
                is_json = self.headers.get("content-type") == "application/json"
                body = json.loads(raw) if raw and is_json else raw
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.asked.append((self.path, body, headers))
                status, content = outer.answer(self.path, body)
                text = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST  # noqa: N815  (the base class asks for it)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
    found = Service()
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path))
    monkeypatch.setenv("SDAI_SERVING_PORT", found.url.rsplit(":", 1)[1])
    load_settings.cache_clear()
    yield found
    found.close()


def call(*words: str, code: int = 0, given: str | bytes | None = None) -> Any:
    load_settings.cache_clear()
    answer = CliRunner().invoke(app, ["call", *words], input=given)
    assert answer.exit_code == code, answer.output
    return answer


@pytest.mark.parametrize("short", SHORT_NAMES)
def test_the_sample_is_sent_by_short_and_full_name(service: Service, short: str) -> None:
    problem = SHORT_NAMES[short]
    for name in (short, problem):
        call(name)
    assert [(path, body) for path, body, _ in service.asked] == [(ROUTES[problem], sample_request(problem))] * 2


def test_the_answer_is_a_table_for_people(service: Service) -> None:
    service.answer = lambda *_: (200, ANSWER | {"alternatives": [{"section": "W30×173", "weight": 173.0}] * 30})
    printed = call("section").stdout
    for text in ("section_optimizer", "W27×194", "28.1", "0.9877", "yes", "W30×173", "… and 10 more"):
        assert text in printed
    assert "{" not in printed


def test_the_answer_is_json_for_programs(service: Service) -> None:
    assert json.loads(call("section", "--json").stdout) == ANSWER


def test_a_service_of_this_project_takes_the_token(service: Service, tmp_path: Path) -> None:
    call("section")
    header = service.asked[0][2]["authorization"]
    authoriser = build_authoriser(AuthSettings(), tmp_path / ".sdai" / "keys")
    admitted = authoriser.authorise("POST", ROUTES["section_optimizer"], [header.encode()], time.time())
    assert isinstance(admitted, Principal)
    assert admitted.client == "developer"


def test_a_token_is_given_or_comes_from_the_environment(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    call("section", "--token", "mine")
    monkeypatch.setenv("SDAI_TOKEN", "of the environment".replace(" ", "-"))
    call("section", "--url", service.url)
    assert [headers["authorization"] for *_, headers in service.asked] == ["Bearer mine", "Bearer of-the-environment"]
    assert not (tmp_path / ".sdai" / "keys").exists()


def test_without_authentication_no_token_is_sent(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_AUTH_MODE", "off")
    call("section")
    call("health")
    assert all("authorization" not in headers for *_, headers in service.asked)


def test_elsewhere_a_token_is_asked_for(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    told = call("section", "--url", "https://design.example", code=1).stderr
    assert told == "error: give a token of https://design.example's issuer: --token or SDAI_TOKEN\n"
    told = call("section", "--url", "http://design.example", "--token", "t", code=1).stderr
    assert "without TLS" in told
    monkeypatch.setenv("SDAI_AUTH_JWKS", "https://issuer.example/jwks.json")
    monkeypatch.setenv("SDAI_AUTH_ISSUER", "https://issuer.example")
    monkeypatch.setenv("SDAI_AUTH_AUDIENCE", "design")
    assert "tokens come from https://issuer.example" in call("section", code=1).stderr
    assert service.asked == []


def test_fields_are_set_alone_or_over_a_file(service: Service, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("span_feet: 40\nmember_type: beam\n", encoding="utf-8")
    call("section", "--set", "span_feet=50", "--set", "member_type=girder")
    call("section", str(tmp_path / "a.yaml"), "--set", "span_feet=50.5", "--set", "camber=true")
    call("compliance", "--set", "design_parameters.member=W18x50", "--set", 'design_parameters.Lb (ft)="10"')
    assert [body for _, body, _ in service.asked] == [
        {"span_feet": 50, "member_type": "girder"},
        {"span_feet": 50.5, "member_type": "beam", "camber": True},
        {"design_parameters": {"member": "W18x50", "Lb (ft)": "10"}},
    ]


@pytest.mark.parametrize("text", ['{"span_feet": 40}', "span_feet: 40\n"], ids=["JSON", "YAML"])
def test_a_request_comes_from_standard_input(service: Service, text: str) -> None:
    call("section", "-", given=text)
    assert service.asked[0][1] == {"span_feet": 40}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[1, 2]", "add --batch"),
        ("{a: [", "neither good JSON nor YAML"),
        ('{"a": 1, "a": 2}', "given twice"),
        ("hello", "a mapping of fields"),
        (b"\xff\xfe", "cannot be read as text"),
        ('{"a": NaN}', "cannot be written as JSON"),
        ("a: 2026-01-01", "cannot be written as JSON"),
        ("!!python/object/apply:os.system ['true']", "neither good JSON nor YAML"),
        ("[" * 100_000, "neither good JSON nor YAML"),
    ],
)
def test_what_is_no_request_is_one_line_and_is_not_sent(service: Service, text: str | bytes, told: str) -> None:
    error = call("section", "-", given=text, code=1).stderr
    assert told in error
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert service.asked == []


@pytest.mark.parametrize("words", [("--set", "span_feet"), ("--set", "=1"), ("--set", "a=1", "--set", "a.b=2")])
def test_what_sets_no_field_is_told(service: Service, words: tuple[str, ...]) -> None:
    assert "--set" in call("section", *words, code=1).stderr
    assert service.asked == []


def test_a_problem_is_told_field_by_field(service: Service) -> None:
    service.answer = lambda *_: (422, PROBLEM)
    answer = call("section", code=1)
    assert answer.stdout == ""
    assert answer.stderr.splitlines() == [
        "error: 422 Unprocessable Content: 1 field(s) of the request are not valid.",
        "  span_feet: must be at most 150",
        "  request id r-7",
    ]


def test_a_problem_is_json_where_json_was_asked_for(service: Service) -> None:
    service.answer = lambda *_: (422, PROBLEM)
    found = json.loads(call("section", "--json", code=1).stdout)
    assert (found["status"], found["errors"]) == (422, PROBLEM["errors"])


@pytest.mark.parametrize(
    "text", ['[{"span_feet": 1}, {"span_feet": 2}]', '{"span_feet": 1}\n\n{"span_feet": 2}\n'], ids=["list", "lines"]
)
def test_a_batch_shows_a_line_each_and_fails_when_one_does(service: Service, text: str) -> None:
    results = [{"status": 200, "answer": ANSWER}, {"status": 422, "problem": PROBLEM}]
    service.answer = lambda *_: (200, {"results": results})
    answer = call("section", "-", "--batch", "--set", "grade=A992", given=text, code=1)
    path, body, _ = service.asked[0]
    assert path == "/api/v1/design/section/batch"
    assert body == {"items": [{"span_feet": 1, "grade": "A992"}, {"span_feet": 2, "grade": "A992"}]}
    assert "W27×194" in answer.stdout
    assert "must be at most 150" in answer.stdout
    found = json.loads(call("section", "-", "--batch", "--json", given=text, code=1).stdout)
    assert found[0] == ANSWER
    assert found[1]["status"] == 422
    results[1] = results[0]
    call("section", "-", "--batch", given=text)


@pytest.mark.parametrize("text", ["[]", "[1]", '"x"'])
def test_what_is_no_batch_is_told(service: Service, text: str) -> None:
    assert "a batch is a list of requests" in call("section", "-", "--batch", given=text, code=1).stderr
    assert "--batch needs a file" in call("section", "--batch", code=1).stderr


def test_a_model_is_sent_and_then_asked_about(service: Service, tmp_path: Path) -> None:
    (tmp_path / "frame.IFC").write_bytes(b"ISO-10303-21; the model")
    kept = {"model_ifc": "uploads/a/b.ifc", "name": "frame.IFC", "ifc_schema": "IFC4", "sha256": "b", "size_bytes": 1}
    service.answer = lambda path, _: (201, kept) if path.endswith("/models/ifc") else (200, {"total_clashes": 12})
    printed = call("clashes", str(tmp_path / "frame.IFC"), "--set", "tolerance_mm=25").stdout
    assert "12" in printed
    (_, sent, headers), (path, body, _) = service.asked
    assert b"the model" in sent
    assert headers["content-type"].startswith("multipart/form-data")
    assert (path, body) == (ROUTES["clash_detector"], {"model_ifc": "uploads/a/b.ifc", "tolerance_mm": 25})
    assert "there is no file" in call("clashes", "none.ifc", code=1).stderr


def test_feedback_says_what_should_have_been_answered(service: Service) -> None:
    service.answer = lambda *_: (202, {"feedback_id": "f-1", "prediction_id": "p-1", "status": "pending"})
    words = ("feedback", "p-1", "--actual", "recommended_section=W21x44", "--actual", "depth=20.7", "--comment", "duct")
    assert call(*words).stdout == "report f-1 is kept, pending\n"
    assert json.loads(call("feedback", "p-1", "--actual", '"HIGH"', "--json").stdout)["feedback_id"] == "f-1"
    call("feedback", "p-1", "--actual", "overall_risk=HIGH")
    assert [body for _, body, _ in service.asked] == [
        {"prediction_id": "p-1", "actual": {"recommended_section": "W21x44", "depth": 20.7}, "comment": "duct"},
        {"prediction_id": "p-1", "actual": "HIGH", "comment": ""},
        {"prediction_id": "p-1", "actual": {"overall_risk": "HIGH"}, "comment": ""},
    ]
    assert "write FIELD=VALUE" in call("feedback", "p-1", "--actual", "nonsense", code=1).stderr


def test_health_shows_what_is_in_service(service: Service) -> None:
    service.answer = lambda *_: (200, {"status": "degraded", "models": 3, "unavailable": {"clash_detector": "no"}})
    printed = call("health").stdout
    assert "degraded" in printed
    assert "clash_detector no" in printed


def test_a_service_that_is_not_there_is_one_line(service: Service) -> None:
    service.close()
    told = call("section", code=1).stderr
    assert "cannot be reached" in told
    assert told.count("\n") == 1


def test_the_missing_library_is_named(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("serving.client")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "httpx", None)
    assert "install the 'client' extra" in call("section", code=1).stderr
