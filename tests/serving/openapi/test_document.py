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
from serving.openapi.document import SCHEME
from serving.questions import PATHS
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
