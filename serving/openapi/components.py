"""The schemas of requests and answers, taken from the classes that read and write them."""

from importlib import import_module
from typing import Any, Literal

from pydantic import BaseModel

from serving.openapi.problems import PROBLEM_SCHEMA
from serving.questions import PATHS
from serving.schemas import job, uploaded_model

_HEALTH: dict[str, Any] = {
    "type": "object",
    "required": ["status", "models", "gpu_available"],
    "properties": {
        "status": {"type": "string", "enum": ["starting", "healthy", "degraded"]},
        "models": {"type": "integer", "minimum": 0, "description": "models that answer"},
        "gpu_available": {"type": "boolean"},
        "versions": {"type": "object", "additionalProperties": {"type": "string"}},
        "unavailable": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "models that do not answer, and why",
        },
        "not_switched": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "models that an older version answers than was promoted, and why",
        },
        "canaries": {
            "type": "object",
            "description": "versions that are being rolled out, and the shares of clients and mirrored questions",
            "additionalProperties": {
                "type": "object",
                "required": ["version", "weight", "shadow_share"],
                "properties": {
                    "version": {"type": "string"},
                    "weight": {"type": "number", "minimum": 0, "maximum": 1},
                    "shadow_share": {"type": "number", "minimum": 0, "maximum": 1},
                },
            },
        },
        "canary_unavailable": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "models whose canary does not load, and why; the champion answers all",
        },
        "recorder": {"type": "string", "enum": ["ok", "store_away", "degraded", "closed"]},
        "records_waiting_bytes": {"type": "integer", "description": "answers on disk that the database lacks"},
    },
}
_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "format": "binary", "description": "an IFC STEP file, IFC2X3 or IFC4"}},
}


def component_schemas(max_batch_items: int) -> dict[str, Any]:
    """Return all schemas by name; a batch takes at most ``max_batch_items``."""
    found: dict[str, Any] = {"Problem": PROBLEM_SCHEMA, "Health": _HEALTH}
    for module in (*PATHS, "feedback"):
        schemas = import_module(f"serving.schemas.{module}")
        _add(found, module, schemas.Request, "validation")
        _add(found, module, schemas.Response, "serialization")
    for name in ("Job", "JobSummary", "JobList"):
        _add(found, "job", getattr(job, name), "serialization")
    found["job.Request"] = found["clash_detector.Request"]
    _add(found, "uploaded_model", uploaded_model.Response, "serialization")
    found["upload.Form"] = _FORM
    for problem in PATHS:
        found[f"{problem}.BatchRequest"] = _batch_request(problem, max_batch_items)
        found[f"{problem}.BatchResponse"] = _batch_response(problem)
    return found


def request_example(module: str) -> Any:
    """Return the sample request of a question, or of feedback."""
    named = "clash_detector" if module == "job" else module
    return import_module(f"serving.schemas.{named}").Request.model_config["json_schema_extra"]["example"]


def _add(
    found: dict[str, Any], prefix: str, model: type[BaseModel], mode: Literal["validation", "serialization"]
) -> None:
    schema = model.model_json_schema(ref_template=f"#/components/schemas/{prefix}.{{model}}", mode=mode)
    for name, part in schema.pop("$defs", {}).items():
        found[f"{prefix}.{name}"] = part
    schema.pop("example", None)
    found[f"{prefix}.{model.__name__}"] = schema


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _batch_request(problem: str, max_items: int) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["items"],
        "additionalProperties": False,
        "properties": {
            "items": {
                "type": "array",
                "minItems": 1,
                "maxItems": max_items,
                "items": {
                    "anyOf": [_ref(f"{problem}.Request"), {}],
                    "description": "one that is refused harms no other",
                },
            }
        },
    }


def _batch_response(problem: str) -> dict[str, Any]:
    index = {"type": "integer", "minimum": 0, "description": "place in `items`, from 0"}
    answered = {
        "type": "object",
        "required": ["index", "status", "answer"],
        "additionalProperties": False,
        "properties": {"index": index, "status": {"const": 200}, "answer": _ref(f"{problem}.Response")},
    }
    refused = {
        "type": "object",
        "required": ["index", "status", "problem"],
        "additionalProperties": False,
        "properties": {
            "index": index,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "problem": _ref("Problem"),
        },
    }
    return {
        "type": "object",
        "required": ["results", "succeeded", "failed", "request_id"],
        "additionalProperties": False,
        "properties": {
            "results": {"type": "array", "items": {"oneOf": [answered, refused]}},
            "succeeded": {"type": "integer", "minimum": 0},
            "failed": {"type": "integer", "minimum": 0},
            "request_id": {"type": "string"},
        },
    }
