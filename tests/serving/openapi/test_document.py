"""The description of the service: valid, complete, and true of what the service does."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import schemathesis

from configs.auth_settings import Scope
from serving.auth.routes import ROUTES as DECLARED
from serving.clash_report.bcf import VERSIONS as BCF_VERSIONS
from serving.edge.gates import FORCED_ARMS
from serving.edge.middleware import REQUEST_ID
from serving.edge.once import HEADER as KEY_HEADER
from serving.idempotency import IdempotencyError, checked_key
from serving.jobs.desk import MAX_PAGE
from serving.jobs.handlers import DEFAULT_PAGE
from serving.openapi.document import SCHEME, access_of, build_document
from serving.openapi.operations import Operation
from serving.questions import PATHS
from serving.rollout.routing import ARM_HEADER
from serving.store.jobs import JobState
from tests.serving.running import Running

STATUSES = {"400", "401", "403", "404", "405", "413", "415", "422", "429", "500", "503", "504"}
FRAMEWORKS_OWN = {"/schema.json", "/healthz", "/static_content/{file}", "/"}


@pytest.fixture(scope="module")
def document(application: Running) -> dict[str, Any]:
    return application.client.get("/docs.json").json()


def posts(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(path, item["post"]) for path, item in document["paths"].items() if "post" in item]


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    schema = schemathesis.openapi.from_dict(document)
    schema.validate()
    assert schema.specification.version == "3.1.0"


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document))):
        found: Any = document
        for part in reference.split("/"):
            assert part in found, reference
            found = found[part]


def test_what_is_described_is_what_is_declared(document: dict[str, Any]) -> None:
    declared = {(route.method, route.path) for route in DECLARED if route.path not in FRAMEWORKS_OWN}
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert described == declared


def test_every_route_tells_the_scope_it_asks_for(document: dict[str, Any]) -> None:
    for route in DECLARED:
        operation = document["paths"].get(route.path, {}).get(route.method.lower())
        if operation is not None:
            expected = [{SCHEME: [route.access.value]}] if isinstance(route.access, Scope) else []
            assert operation["security"] == expected, route
    assert document["components"]["securitySchemes"][SCHEME]["scheme"] == "bearer"


def test_every_error_is_a_problem_with_an_example(document: dict[str, Any]) -> None:
    shared = document["components"]["responses"]
    seen = set()
    for _, operation in posts(document):
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                seen.add(status)
                (content,) = shared[response["$ref"].rsplit("/", 1)[1]]["content"].items()
                assert content[0] == "application/problem+json"
                assert content[1]["examples"]["example"]["value"]["status"] == int(status)
    assert seen >= STATUSES


def test_examples_of_problems_fit_their_schema(document: dict[str, Any]) -> None:
    schema = document["components"]["schemas"]["Problem"]
    for response in document["components"]["responses"].values():
        example = response["content"]["application/problem+json"]["examples"]["example"]["value"]
        jsonschema.validate(example, schema)


def test_nothing_of_the_frameworks_wrapping_is_left(document: dict[str, Any]) -> None:
    assert "root_input" not in json.dumps(document)


@pytest.mark.parametrize("problem", PATHS)
def test_the_samples_are_answered_and_fit_the_described_answer(
    service: Running, document: dict[str, Any], problem: str
) -> None:
    service.put_in_service(problem)
    for path in (PATHS[problem], f"{PATHS[problem]}/batch"):
        operation = document["paths"][path]["post"]
        sample = operation["requestBody"]["content"]["application/json"]["examples"]["sample"]["value"]
        if problem == "clash_detector":
            _put_sample_model(service)
        answer = service.client.post(path, json=sample)
        assert answer.status_code == 200, answer.text
        described = operation["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.validate(answer.json(), {**described, "components": document["components"]})


def test_the_sample_of_feedback_is_taken(service: Running, document: dict[str, Any]) -> None:
    operation = document["paths"]["/api/v1/feedback"]["post"]
    sample = operation["requestBody"]["content"]["application/json"]["examples"]["sample"]["value"]
    answer = service.client.post("/api/v1/feedback", json=sample)
    assert answer.status_code == 202, answer.text


def test_the_samples_are_those_of_the_readme(document: dict[str, Any]) -> None:
    readme = (Path(__file__).resolve().parents[3] / "README.md").read_text(encoding="utf-8")
    found = dict(re.findall(r"^POST (/api/v1/\S+)\n```json\n(.*?)```", readme, re.MULTILINE | re.DOTALL))
    assert set(found) >= set(PATHS.values())
    for path in PATHS.values():
        sample = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["examples"]["sample"]
        assert json.loads(found[path]) == sample["value"], path


def test_the_page_for_people_runs_nothing_and_asks_nobody_else(application: Running) -> None:
    answer = application.client.get("/", headers={"authorization": ""})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script" not in answer.text
    assert not re.search(r"""(?:src|href)=["'](?!/)""", answer.text)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for path in PATHS.values():
        assert f"POST {path}" in answer.text


def _put_sample_model(service: Running) -> None:
    from flows.samples import write_sample_models

    write_sample_models(service.worker.settings.paths.ifc_models)


# What follows is written by hand, not taken from the tables under test.
QUESTIONS = {
    "/api/v1/design/connection": "connection_designer",
    "/api/v1/design/section": "section_optimizer",
    "/api/v1/detect/clashes": "clash_detector",
    "/api/v1/verify/compliance": "compliance_checker",
    "/api/v1/analyze/risk": "risk_analyzer",
}
ANY = {"405", "500", "503", "504"}
TOKENS = {"401", "403", "429"}
BODIES = {"400", "408", "413", "415", "422"}
JOBS = "/api/v1/jobs/clashes"
RATES = {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}
ARMS = {"X-SDAI-Arm", "X-SDAI-Model-Version"}
# Route: what it answers, parameters beside the request id, headers of a good answer beside the request id.
OPERATIONS: dict[tuple[str, str], tuple[set[str], set[str], set[str]]] = {
    **{
        ("post", f"{path}{form}"): (
            {"200", "409", *ANY, *TOKENS, *BODIES, *({"404"} if problem == "clash_detector" and not form else ())},
            {"X-SDAI-Arm", "Idempotency-Key"},
            RATES | ARMS,
        )
        for path, problem in QUESTIONS.items()
        for form in ("", "/batch")
    },
    ("post", "/api/v1/feedback"): ({"202", "409"} | ANY | TOKENS | BODIES, {"Idempotency-Key"}, RATES),
    ("post", "/api/v1/models/ifc"): ({"200", "201"} | ANY | TOKENS | BODIES, set(), RATES),
    ("post", JOBS): ({"202", "404"} | ANY | TOKENS | BODIES, {"Idempotency-Key"}, RATES),
    ("get", JOBS): ({"200", "422"} | ANY | TOKENS, {"limit", "status", "after"}, RATES),
    ("get", f"{JOBS}/{{id}}"): ({"200", "404"} | ANY | TOKENS, {"id"}, RATES),
    ("delete", f"{JOBS}/{{id}}"): ({"200", "404"} | ANY | TOKENS, {"id"}, RATES),
    ("get", f"{JOBS}/{{id}}/bcf"): ({"200", "404", "409", "422"} | ANY | TOKENS, {"id", "version"}, RATES),
    ("get", "/metrics"): ({"200"} | ANY | TOKENS, set(), RATES),
    ("get", "/api/v1/health"): ({"200"} | ANY, set(), set()),
    ("get", "/livez"): ({"200"} | ANY, set(), set()),
    ("get", "/readyz"): ({"200"} | ANY, set(), set()),
    ("get", "/docs.json"): ({"200"} | ANY, set(), set()),
}
TEXTS = {"/livez", "/readyz", "/metrics"}


@pytest.fixture(scope="module")
def built() -> dict[str, Any]:
    """Return a document that no service gave, for batches of at most 7 items."""
    return build_document(7)


def parameters(document: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    shared = document["components"]["parameters"]
    return [shared[reference["$ref"].rsplit("/", 1)[1]] for reference in operation["parameters"]]


def test_every_route_is_described_with_its_answers_parameters_and_headers(built: dict[str, Any]) -> None:
    found = {(method, path): item for path, methods in built["paths"].items() for method, item in methods.items()}
    assert found.keys() == OPERATIONS.keys()
    for route, (statuses, named, headers) in OPERATIONS.items():
        operation = found[route]
        assert set(operation["responses"]) == statuses, route
        told = [parameter["name"] for parameter in parameters(built, operation)]
        assert told[0] == "X-Request-Id", route
        assert (set(told[1:]), len(told)) == (named, len(named) + 1), route
        for status, response in operation["responses"].items():
            if status < "400":
                assert set(response["headers"]) == {"X-Request-Id"} | headers, route
                assert response["description"]


def test_what_a_good_answer_holds(built: dict[str, Any]) -> None:
    def content(path: str, method: str = "get", status: str = "200") -> dict[str, Any]:
        return dict(built["paths"][path][method]["responses"][status]["content"])

    for path in TEXTS:
        assert content(path) == {"text/plain": {"schema": {"type": "string"}}}
    assert content("/docs.json") == {"application/json": {"schema": {"type": "object"}}}
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    assert content(f"{JOBS}/{{id}}/bcf") == {"application/octet-stream": {"schema": file}}
    job = {"application/json": {"schema": {"$ref": "#/components/schemas/job.Job"}}}
    assert content(JOBS, "post", "202") == content(f"{JOBS}/{{id}}") == content(f"{JOBS}/{{id}}", "delete") == job


def test_what_is_sent_is_asked_for_with_an_example(built: dict[str, Any]) -> None:
    sent = {path: item["requestBody"] for path, item in posts(built)}
    assert {path for path, body in sent.items() if body["required"] is not True} == set()
    model = sent.pop("/api/v1/models/ifc")["content"]
    assert model == {"multipart/form-data": {"schema": {"$ref": "#/components/schemas/upload.Form"}}}
    assert all(set(body["content"]) == {"application/json"} for body in sent.values())
    samples = {path: body["content"]["application/json"]["examples"]["sample"]["value"] for path, body in sent.items()}
    for path in QUESTIONS:
        assert samples[f"{path}/batch"] == {"items": [samples[path]] * 2}
        assert sent[path]["content"]["application/json"]["schema"]["$ref"].endswith(f"{QUESTIONS[path]}.Request")
    assert not any(
        "requestBody" in item[method] for item in built["paths"].values() for method in item if method != "post"
    )


def test_every_operation_has_a_name_a_group_and_words_of_its_own(built: dict[str, Any]) -> None:
    operations = [operation for item in built["paths"].values() for operation in item.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z_]+", name) for name in names)
    for operation in operations:
        assert len(operation["tags"]) == 1
        assert re.fullmatch(r"[A-Z].*[^.]", operation["summary"]), "a line without a full stop"
        assert re.fullmatch(r"[A-Z].*\.", operation["description"]), "sentences"


def test_the_document_itself(built: dict[str, Any]) -> None:
    assert built["openapi"] == "3.1.0"
    assert built["servers"] == [{"url": "/"}]
    assert (built["info"]["title"], built["info"]["version"]) == ("Structural design service", "1")
    assert "Authorization: Bearer" in built["info"]["description"]
    assert built["components"]["securitySchemes"] == {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    items = built["components"]["schemas"]["risk_analyzer.BatchRequest"]["properties"]["items"]
    assert (items["minItems"], items["maxItems"]) == (1, 7)


def test_parameters_are_described_as_they_are_read(built: dict[str, Any]) -> None:
    by_name = {item["name"]: item for item in built["components"]["parameters"].values()}
    places = {name: item["in"] for name, item in by_name.items()}
    assert places == {
        "X-Request-Id": "header",
        "Idempotency-Key": "header",
        "X-SDAI-Arm": "header",
        "id": "path",
        "limit": "query",
        "status": "query",
        "after": "query",
        "version": "query",
    }
    assert [name for name, item in by_name.items() if item.get("required")] == ["id"]
    assert {KEY_HEADER, ARM_HEADER, "x-request-id"} <= {name.lower() for name in by_name}
    assert by_name["X-SDAI-Arm"]["schema"]["enum"] == list(FORCED_ARMS) == ["champion", "canary"]
    assert str(Scope.ROLLOUT_OVERRIDE) in by_name["X-SDAI-Arm"]["description"]
    key = by_name["Idempotency-Key"]["schema"]
    assert (key["minLength"], key["maxLength"]) == (1, 255)
    limit = by_name["limit"]["schema"]
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, MAX_PAGE, DEFAULT_PAGE)
    assert by_name["status"]["schema"]["enum"] == list(JobState)
    version = by_name["version"]["schema"]
    assert (version["enum"], version["default"]) == (list(BCF_VERSIONS), BCF_VERSIONS[0])


@pytest.mark.parametrize("text", ["x", "x" * 128, "A.b_c:d-9", "", "x" * 129, "a b", "a/b", "\u00e4"])
def test_a_request_id_is_described_as_it_is_kept(built: dict[str, Any], text: str) -> None:
    assert fits(built, "RequestId", text) is bool(REQUEST_ID.fullmatch(text))


@pytest.mark.parametrize("text", ["x", "x" * 255, "!~", "", "x" * 256, "\u00e4", "\x7f", "a\tb"])
def test_a_key_is_described_as_it_is_taken(built: dict[str, Any], text: str) -> None:
    def taken() -> bool:
        try:
            return bool(checked_key(text))
        except IdempotencyError:
            return False

    assert fits(built, "IdempotencyKey", text) is taken()


@pytest.mark.parametrize("text", ["0" * 32, "abcdef" * 5 + "09", "0" * 31, "0" * 33, "A" * 32, "g" * 32])
def test_the_id_of_a_job_is_described_as_it_is_read(built: dict[str, Any], text: str) -> None:
    from serving.jobs.handlers import _JOB_ID

    assert fits(built, "JobId", text) is bool(_JOB_ID.fullmatch(text))


def fits(document: dict[str, Any], parameter: str, text: str) -> bool:
    schema = document["components"]["parameters"][parameter]["schema"]
    return bool(jsonschema.Draft202012Validator(schema).is_valid(text))


def test_an_operation_that_no_route_is_declared_for_cannot_be_described() -> None:
    with pytest.raises(KeyError):
        access_of(Operation("POST", "/api/v1/secret", "secret", "", "", ""))
