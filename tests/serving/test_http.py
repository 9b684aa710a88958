"""The service over HTTP, in this process and without a model: what is refused, how it reads, and what is logged."""

import logging
import uuid
from typing import Any

import pytest

from configs.auth_settings import Scope
from flows.samples import ROUTES, sample_request
from serving.errors import RequestError
from structural.problems import PROBLEM_NAMES
from tests.serving.running import Running

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize("problem", PROBLEM_NAMES)
def test_a_good_request_to_a_model_out_of_service_is_503(service: Running, problem: str) -> None:
    answer = service.client.post(ROUTES[problem], json=sample_request(problem))
    assert answer.status_code == 503
    assert "no version has passed yet" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("problem", "change", "field", "message"),
    [
        ("connection_designer", {"bolt_diameter": True}, "bolt_diameter", "valid number"),
        ("connection_designer", {"bolt_count": "8"}, "bolt_count", "valid integer"),
        ("risk_analyzer", {"design_class": True}, "design_class", "valid integer"),
        ("clash_detector", {"include_connections": "yes"}, "include_connections", "valid boolean"),
        ("compliance_checker", {"design_code": "EN 1993"}, "design_code", "'AISC 360-22' or 'AISC 360-16'"),
        ("compliance_checker", {"jurisdiction": "US-ZZ"}, "jurisdiction", "'US-NY'"),
        ("compliance_checker", {"design_parameters": {}}, "design_parameters", "at least 1 item"),
        ("compliance_checker", {"design_parameters": "W18x50"}, "design_parameters", "must be an object"),
        ("compliance_checker", {"design_parameters": {"a": "x" * 5_000}}, "design_parameters", "longer than 4000"),
        ("section_optimizer", {"unbraced_length_ft": 100}, "unbraced_length_ft", "must not exceed span_feet"),
        ("section_optimizer", {"colour": "red"}, "colour", "there is no such field"),
    ],
)
def test_a_bad_field_is_named_also_when_no_model_is_in_service(
    service: Running, problem: str, change: dict[str, Any], field: str, message: str
) -> None:
    answer = service.client.post(ROUTES[problem], json=sample_request(problem) | change)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert message in error["message"]
    assert "Value error" not in error["message"]


def test_a_misspelt_field_is_told_the_one_that_is_missing(service: Running) -> None:
    sample = sample_request("section_optimizer")
    sample["span_ft"] = sample.pop("span_feet")
    errors = service.client.post(ROUTES["section_optimizer"], json=sample).json()["errors"]
    assert {"field": "span_ft", "message": "there is no such field; did you mean span_feet?"} in errors


@pytest.mark.parametrize("headers", [JSON, {}], ids=["as JSON", "of no type"])
def test_an_empty_body_is_called_empty(service: Running, headers: dict[str, str]) -> None:
    answer = service.client.post(ROUTES["section_optimizer"], content=b"", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["detail"] == "The body is empty; send a JSON object."


def test_a_streamed_body_over_the_limit_is_413_from_the_whole_application(service: Running) -> None:
    from serving.service import SETTINGS

    chunks = (b"x" * 100_000 for _ in range(SETTINGS.serving.max_body_bytes // 100_000 + 1))
    assert service.client.post(ROUTES["section_optimizer"], content=chunks, headers=JSON).status_code == 413


@pytest.mark.parametrize(
    "body",
    [b'{"span_feet": true}', b"{", b"null", b"", b'{"x\\nINFO forged": 1}'],
    ids=["bad field", "no JSON", "no object", "empty", "forged"],
)
def test_a_clients_mistake_is_one_info_line(service: Running, logged: list[logging.LogRecord], body: bytes) -> None:
    answer = service.client.post(ROUTES["section_optimizer"], content=body, headers=JSON | {"x-request-id": "mine-7"})
    (line,) = service.lines
    assert (line.level, line.status, line.request_id) == ("INFO", answer.status_code, "mine-7")
    assert (line.route, line.method, line.user_id) == (ROUTES["section_optimizer"], "POST", "tester")
    assert line.message.startswith(answer.json()["detail"])
    assert logged == []


def test_a_request_the_predictor_refuses_is_one_info_line_too(
    service: Running, logged: list[logging.LogRecord]
) -> None:
    def refuses(_: Any) -> Any:
        raise RequestError("no W shape is adequate", field="tributary_load_psf")

    service.put_in_service("section_optimizer", refuses, version="1-abc")
    answer = service.client.post(ROUTES["section_optimizer"], json=sample_request("section_optimizer"))
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "tributary_load_psf", "message": "no W shape is adequate"}]
    (line,) = service.lines
    assert (line.level, line.model, line.version, line.arm) == ("INFO", "section_optimizer", "1-abc", "champion")
    assert line.message == "no W shape is adequate | tributary_load_psf"
    assert logged == []


def test_a_good_answer_is_one_line_with_what_it_cost(service: Running) -> None:
    service.put_in_service("risk_analyzer", version="3-def")
    answer = service.client.post(ROUTES["risk_analyzer"], json=sample_request("risk_analyzer"))
    assert answer.status_code == 200
    assert answer.json()["model_version"] == "3-def"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    (line,) = service.lines
    assert (line.status, line.message, line.model, line.version) == (200, "request", "risk_analyzer", "3-def")
    assert line.request_id == answer.json()["request_id"]
    assert line.cost_usd is not None
    assert line.cost_usd > 0
    assert line.latency_ms > 0


def test_a_model_out_of_service_is_one_line_and_no_error_of_the_framework(
    service: Running, logged: list[logging.LogRecord]
) -> None:
    answer = service.client.post(ROUTES["section_optimizer"], json=sample_request("section_optimizer"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    (line,) = service.lines
    assert "section_optimizer has no version in service" in line.message
    assert logged == []


def test_a_fault_of_the_service_keeps_its_traceback(service: Running, logged: list[logging.LogRecord]) -> None:
    def breaks(_: Any) -> Any:
        raise KeyError("secret")

    service.put_in_service("section_optimizer", breaks)
    answer = service.client.post(ROUTES["section_optimizer"], json=sample_request("section_optimizer"))
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert any(record.exc_info and isinstance(record.exc_info[1], KeyError) for record in logged)
    assert all(record.levelno >= logging.ERROR for record in logged)
    assert [(line.level, line.status) for line in service.lines] == [("ERROR", 500)]


def test_requests_and_predictions_are_counted_where_metrics_are_read(service: Running) -> None:
    service.put_in_service("risk_analyzer", version="9-metrics")
    assert service.client.post(ROUTES["risk_analyzer"], json=sample_request("risk_analyzer")).status_code == 200
    answer = service.client.get("/metrics")
    assert answer.status_code == 200
    assert f'sdai_http_requests_total{{method="POST",route="{ROUTES["risk_analyzer"]}",status="2xx"}}' in answer.text
    assert 'outcome="answered",version="9-metrics"' in answer.text


def test_paths_that_anybody_makes_up_do_not_grow_the_metrics(service: Running) -> None:
    from serving.auth.routes import ROUTES as DECLARED

    made_up = uuid.uuid4().hex
    for route in DECLARED:
        path = route.path.replace("{id}", made_up).replace("{file}", made_up)
        for method in (route.method, "PUT"):
            service.client.request(method, path, json={})
            service.client.request(method, f"{path}/{made_up}")
    answer = service.client.get("/metrics")
    assert answer.status_code == 200
    assert "sdai_http_requests_total" in answer.text
    assert made_up not in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/v1/health", 200), ("/livez", 200), ("/readyz", 200), ("/docs.json", 200), ("/", 200), ("/metrics", 401)],
)
def test_without_a_token_only_public_pages_are_shown(service: Running, path: str, status: int) -> None:
    answer = service.client.get(path, headers={"authorization": ""})
    assert answer.status_code == status


def test_a_token_must_carry_the_scope_of_the_route(service: Running) -> None:
    service.put_in_service("risk_analyzer")
    path, body = ROUTES["risk_analyzer"], sample_request("risk_analyzer")
    for token, status in ((service.token(Scope.DESIGN_READ), 403), (service.token(Scope.RISK_READ), 200), ("x", 401)):
        answer = service.client.post(path, json=body, headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == status
    challenge = service.client.post(path, json=body, headers={"authorization": ""})
    assert challenge.status_code == 401
    assert challenge.headers["www-authenticate"].startswith('Bearer realm="')
    assert challenge.headers["content-type"] == "application/problem+json"
    assert [line.status for line in service.lines] == [403, 200, 401, 401]


def test_options_tells_the_methods_and_another_method_is_405(service: Running) -> None:
    path = ROUTES["risk_analyzer"]
    asked = service.client.options(path)
    assert (asked.status_code, asked.headers["allow"], asked.content) == (204, "POST", b"")
    refused = service.client.get(path)
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert refused.headers["content-type"] == "application/problem+json"


def test_head_is_get_without_a_body(service: Running) -> None:
    for path in ("/livez", "/api/v1/health", "/nothing/here"):
        answer = service.client.head(path)
        assert answer.status_code == service.client.get(path).status_code
        assert answer.headers["x-request-id"]
    assert service.client.head("/nothing/here").content == b""


def test_a_worker_that_is_not_ready_says_so_as_a_problem(service: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    assert service.client.get("/readyz").status_code == 200
    monkeypatch.setattr(type(service.worker.authoriser), "problem", lambda _: "no keys")
    answer = service.client.get("/readyz")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.headers["content-type"] == "application/problem+json"
    assert service.client.get("/livez").status_code == 200


def test_what_the_framework_has_not_is_a_problem_too(service: Running) -> None:
    answer = service.client.get("/static_content/nothing.css")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
