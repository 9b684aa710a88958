"""The service over HTTP, in this process and without a model: what is refused, how it reads, and what is logged."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from flows.samples import ROUTES, sample_request
from structural.problems import PROBLEM_NAMES

JSON = {"content-type": "application/json"}


class _Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """Return a client of the real application with no version in service."""
    testclient = pytest.importorskip("starlette.testclient")
    from serving import service

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "find_artifacts", lambda _: dict.fromkeys(PROBLEM_NAMES, "no version has passed yet"))
        with testclient.TestClient(service.Design.to_asgi(), raise_server_exceptions=False) as found:
            yield found


@pytest.fixture
def logged() -> Iterator[list[logging.LogRecord]]:
    """Return what the service and its framework log."""
    kept, loggers = _Kept(), [logging.getLogger(name) for name in ("bentoml", "sdai")]
    for logger in loggers:
        logger.addHandler(kept)
    yield kept.records
    for logger in loggers:
        logger.removeHandler(kept)


@pytest.mark.parametrize("problem", PROBLEM_NAMES)
def test_a_good_request_to_a_model_out_of_service_is_503(client: Any, problem: str) -> None:
    answer = client.post(ROUTES[problem], json=sample_request(problem))
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
        ("section_optimizer", {"colour": "red"}, "colour", "not permitted"),
    ],
)
def test_a_bad_field_is_named_also_when_no_model_is_in_service(
    client: Any, problem: str, change: dict[str, Any], field: str, message: str
) -> None:
    answer = client.post(ROUTES[problem], json=sample_request(problem) | change)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert message in error["message"]
    assert "Value error" not in error["message"]


@pytest.mark.parametrize("headers", [JSON, {}], ids=["as JSON", "of no type"])
def test_an_empty_body_is_called_empty(client: Any, headers: dict[str, str]) -> None:
    answer = client.post(ROUTES["section_optimizer"], content=b"", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["detail"] == "The body is empty; send a JSON object."


def test_a_streamed_body_over_the_limit_is_413_from_the_whole_application(client: Any) -> None:
    from serving.service import SETTINGS

    chunks = (b"x" * 100_000 for _ in range(SETTINGS.serving.max_body_bytes // 100_000 + 1))
    assert client.post(ROUTES["section_optimizer"], content=chunks, headers=JSON).status_code == 413


@pytest.mark.parametrize(
    "body",
    [b'{"span_feet": true}', b"{", b"null", b"", b'{"x\\nINFO forged": 1}'],
    ids=["bad field", "no JSON", "no object", "empty", "forged"],
)
def test_a_clients_mistake_is_one_info_line(client: Any, logged: list[logging.LogRecord], body: bytes) -> None:
    answer = client.post(ROUTES["section_optimizer"], content=body, headers=JSON | {"x-request-id": "mine-7"})
    (record,) = logged
    assert record.levelno == logging.INFO
    assert not record.exc_info
    line = record.getMessage()
    assert str(answer.status_code) in line
    assert ROUTES["section_optimizer"] in line
    assert "mine-7" in line
    assert "\n" not in line


def test_a_request_the_predictor_refuses_is_one_info_line_too(
    client: Any, logged: list[logging.LogRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    from serving import service
    from serving.errors import RequestError

    class Refuses:
        def answer(self, _: Any) -> Any:
            raise RequestError("no W shape is adequate", field="tributary_load_psf")

    models = service.health_app.state.models
    monkeypatch.setitem(models.predictors, "section_optimizer", (Refuses(), "1"))
    answer = client.post(ROUTES["section_optimizer"], json=sample_request("section_optimizer"))
    assert answer.status_code == 422
    assert [record.levelno for record in logged] == [logging.INFO]
    assert "no W shape is adequate" in logged[0].getMessage()


def test_a_model_out_of_service_is_one_info_line(client: Any, logged: list[logging.LogRecord]) -> None:
    answer = client.post(ROUTES["section_optimizer"], json=sample_request("section_optimizer"))
    assert answer.status_code == 503
    (record,) = logged
    assert (record.levelno, record.exc_info) == (logging.INFO, None)
    assert "section_optimizer has no version in service" in record.getMessage()


def test_a_fault_of_the_service_keeps_its_traceback(
    client: Any, logged: list[logging.LogRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    from serving import service

    class Breaks:
        def answer(self, _: Any) -> Any:
            raise KeyError("secret")

    models = service.health_app.state.models
    monkeypatch.setitem(models.predictors, "section_optimizer", (Breaks(), "1"))
    answer = client.post(ROUTES["section_optimizer"], json=sample_request("section_optimizer"))
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert any(record.exc_info and isinstance(record.exc_info[1], KeyError) for record in logged)
    assert all(record.levelno >= logging.ERROR for record in logged)
