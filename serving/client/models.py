"""Answers as Python objects. Types of the service's schemas are imported with the first answer that needs them.

An answer may hold more than this version of the client knows: what is unknown is left out, so that a service may add
fields without breaking its clients.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from serving.client.errors import NoAnswerError

if TYPE_CHECKING:
    from pydantic import BaseModel

PATHS: Mapping[str, str] = {
    "connection_designer": "/api/v1/design/connection",
    "section_optimizer": "/api/v1/design/section",
    "clash_detector": "/api/v1/detect/clashes",
    "compliance_checker": "/api/v1/verify/compliance",
    "risk_analyzer": "/api/v1/analyze/risk",
}
"""Problem to the path of its question; ``<path>/batch`` takes many."""
FEEDBACK, UPLOADS, JOBS, HEALTH = "/api/v1/feedback", "/api/v1/models/ifc", "/api/v1/jobs/clashes", "/api/v1/health"
Model = TypeVar("Model", bound="BaseModel")


@dataclass(frozen=True, slots=True)
class FeedbackReceipt:
    """A report that the service keeps until somebody reviews it."""

    feedback_id: str
    prediction_id: str
    status: str


def schema_of(problem: str) -> "type[BaseModel]":
    """Return the type of a problem's answers."""
    answer: type[BaseModel] = import_module(f"serving.schemas.{problem}").Response
    return answer


def read_as(schema: type[Model], content: bytes | Any) -> Model:
    """Return an answer, given as JSON text or as what JSON text was read to; raises `NoAnswerError`."""
    from pydantic import ValidationError

    try:
        if isinstance(content, bytes):
            return schema.model_validate_json(content, extra="ignore")
        return schema.model_validate(content, extra="ignore")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the answer"
        text = f"the answer is not one that this client knows: {where}: {first['msg']}; use a newer client"
        raise NoAnswerError(text) from error


def as_json(request: "Mapping[str, Any] | BaseModel | None", fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request as JSON-ready: what a mapping or a request model says, and the fields given by name."""
    if request is None:
        return dict(fields)
    if isinstance(request, Mapping):
        return {**request, **fields}
    return {**request.model_dump(mode="json", exclude_unset=True), **fields}
