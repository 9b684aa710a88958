"""What the description allows, and what it does not, made up by the hundred: the service answers as it says."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from serving.openapi.document import build_document
from serving.openapi.operations import OPERATIONS, Operation
from serving.questions import PATHS
from tests.serving.running import Running

EXAMPLES = 12


@pytest.fixture(scope="module")
def schema() -> Any:
    return schemathesis.openapi.from_dict(build_document(100))


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_answers_are_as_described(service: Running, schema: Any, operation: Operation, mode: str) -> None:
    from schemathesis.generation import GenerationMode

    if mode == "negative" and operation.request is None:
        pytest.skip("nothing to get wrong")
    for problem in PATHS:
        service.put_in_service(problem)
    described = schema[operation.path][operation.method]
    cases = described.as_strategy(generation_mode=GenerationMode(mode))

    @given(case=cases)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        answer = _sent(service, case)
        assert answer.status_code < 500, (case.body, answer.text)
        assert str(answer.status_code) in described.definition.raw["responses"], (case.body, answer.text)
        described.validate_response(case_response(answer, case))

    ask()


def _sent(service: Running, case: Any) -> Any:
    headers = {name: value for name, value in (case.headers or {}).items() if name.lower() != "authorization"}
    content: dict[str, Any] = {}
    if isinstance(case.body, bytes):
        content = {"content": case.body}
        headers["content-type"] = "application/json"
    elif type(case.body).__name__ != "NotSet":
        content = {"json": case.body}
    return service.client.request(case.method, case.formatted_path, headers=headers, **content)


def case_response(answer: Any, case: Any) -> Any:
    """Return the answer as the validator takes it."""
    from schemathesis import Response

    return Response.from_any(answer)
