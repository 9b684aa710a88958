"""Requests made up from the service's own description: none makes it fail, and none is told what is inside.

``FUZZ_EXAMPLES`` sets how many are made an operation; `benchmarks/run_fuzz.py` makes many.
"""

import os
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings

from benchmarks.load.fuzz_checks import inside_told
from serving.openapi.document import build_document
from structural.problems import PROBLEM_NAMES
from tests.serving.running import Running

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "12"))
MAX_BATCH_ITEMS = 100
DOCUMENT = build_document(MAX_BATCH_ITEMS)
MODES = schemathesis.GenerationMode


def _operations() -> dict[str, Any]:
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    found = [operation.ok() for operation in schema.get_all_operations()]
    return {f"{operation.method.upper()} {operation.path}": operation for operation in found}


OPERATIONS = _operations()


@pytest.fixture(scope="module")
def models(application: Running) -> None:
    """Put every model but one in service; one without a version is part of the contract."""
    application.take_out_of_service()
    for problem in PROBLEM_NAMES[:-1]:
        application.put_in_service(problem)


def test_every_operation_of_the_description_is_tried() -> None:
    described = {f"{method.upper()} {path}" for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert set(OPERATIONS) == described


@pytest.mark.parametrize("mode", list(MODES), ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_whatever_is_asked_is_answered_as_described(
    application: Running, models: None, operation: Any, mode: Any
) -> None:
    strategy = operation.as_strategy(generation_mode=mode)

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), database=None)
    @given(case=strategy)
    def fuzz(case: Any) -> None:
        answer = ask(application, case)
        assert_described(case, answer)
        assert_tells_nothing(case, answer)

    fuzz()


def ask(application: Running, case: Any) -> Any:
    """Send a request as `requests` would write it, which is what Schemathesis means it for."""
    wanted = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
    headers = dict(wanted.headers) | {"Authorization": application.client.headers["authorization"]}
    return application.client.request(str(wanted.method), str(wanted.url), headers=headers, content=wanted.body)


def assert_described(case: Any, answer: Any) -> None:
    described = case.operation.definition.raw["responses"]
    assert str(answer.status_code) in described, (answer.status_code, answer.text[:300])
    if answer.status_code >= 500:
        assert answer.status_code == 503, answer.text[:500]
        assert "no version in service" in answer.json()["detail"]
        assert int(answer.headers["retry-after"]) > 0
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"


def assert_tells_nothing(case: Any, answer: Any) -> None:
    sent = f"{case.body!r}{case.query!r}{case.headers!r}{case.path_parameters!r}"
    assert not inside_told(case.path, sent, answer.text), answer.text[:500]


def test_what_is_inside_is_seen() -> None:
    trace = 'Traceback (most recent call last):\n  File "/usr/lib/x.py", line 1'
    assert inside_told("/api/v1/health", "", trace) == ["Traceback", 'File "', "/usr/", ".py"]
    assert inside_told("/api/v1/health", trace, trace) == []
    assert inside_told("/docs.json", "", trace) == []
