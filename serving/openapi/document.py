"""The whole description: operations joined with what the table of routes asks of a token."""

from typing import Any

from configs.auth_settings import Scope
from serving.auth.routes import ROUTES, Access
from serving.edge.gates import FORCED_ARMS
from serving.openapi.components import component_schemas, request_example
from serving.openapi.operations import ARM, JSON, OF_BODIES, OF_THE_SERVICE, OF_TOKENS, OPERATIONS, Operation
from serving.openapi.problems import HEADERS, header_refs, problem_responses, response_name

TITLE = "Structural design service"
VERSION = "1"
SCHEME = "bearer"
UPLOAD = "upload.Form"
ARM_HEADERS = ("X-SDAI-Arm", "X-SDAI-Model-Version")
_ABOUT = (
    "Five models of structural steel design. Every answer but the risk grade is proved by an engine before it leaves. "
    "Send a token in the header `Authorization: Bearer …`; errors are `application/problem+json` (RFC 9457)."
)
_PARAMETERS: dict[str, Any] = {
    "RequestId": {
        "name": "X-Request-Id",
        "in": "header",
        "description": "kept in the answer, the log and the record; another text is replaced",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$"},
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "the same key with the same body gets the same answer again",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
    },
}
_PARAMETERS |= {
    "Arm": {
        "name": "X-SDAI-Arm",
        "in": "header",
        "description": f"which arm of a rollout is to answer; needs the scope {Scope.ROLLOUT_OVERRIDE}",
        "schema": {"type": "string", "enum": [*FORCED_ARMS]},
    },
    "JobId": {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    },
    "Limit": {
        "name": "limit",
        "in": "query",
        "description": "jobs a page",
        "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
    },
    "Status": {
        "name": "status",
        "in": "query",
        "schema": {"type": "string", "enum": ["queued", "running", "done", "failed", "cancelled"]},
    },
    "After": {"name": "after", "in": "query", "description": "`next` of the page before", "schema": {"type": "string"}},
}


def build_document(max_batch_items: int) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the service, whose batches take at most ``max_batch_items``."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": VERSION, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": component_schemas(max_batch_items),
            "responses": problem_responses(),
            "headers": HEADERS,
            "parameters": _PARAMETERS,
            "securitySchemes": {SCHEME: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def access_of(operation: Operation) -> Scope | Access:
    """Return what an operation asks of a token. Raises `KeyError` for one that no route is declared for."""
    return {(route.method, route.path): route.access for route in ROUTES}[operation.method, operation.path]


def _described(operation: Operation) -> dict[str, Any]:
    access = access_of(operation)
    needs_token = isinstance(access, Scope)
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.description,
        "tags": [operation.tag],
        # Names of scopes are allowed here for every kind of scheme since OpenAPI 3.1.
        "security": [{SCHEME: [access.value]}] if isinstance(access, Scope) else [],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in ("RequestId", *operation.parameters)],
        "responses": {str(status): _success(operation, needs_token) for status in _successes(operation)}
        | {str(status): {"$ref": f"#/components/responses/{response_name(status)}"} for status in _problems(operation)},
    }
    if operation.request is not None:
        if operation.request != UPLOAD:
            described["parameters"].append({"$ref": "#/components/parameters/IdempotencyKey"})
        described["requestBody"] = _request_body(operation.request)
    return described


def _problems(operation: Operation) -> list[int]:
    statuses = {405, *operation.problems, *OF_THE_SERVICE}
    if isinstance(access_of(operation), Scope):
        statuses.update(OF_TOKENS)
    if operation.request is not None:
        statuses.update(OF_BODIES)
    return sorted(statuses)


def _successes(operation: Operation) -> tuple[int, ...]:
    return (200, 201) if operation.request == UPLOAD else (operation.status,)


def _success(operation: Operation, needs_token: bool) -> dict[str, Any]:
    limits = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset") if needs_token else ()
    if operation.media_type != JSON:
        schema: dict[str, Any] = {"type": "string"}
    else:
        schema = _schema(operation.response) if operation.response else {"type": "object"}
    return {
        "description": operation.summary,
        "headers": header_refs(("X-Request-Id", *limits, *(ARM_HEADERS if ARM in operation.parameters else ()))),
        "content": {operation.media_type: {"schema": schema}},
    }


def _schema(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _request_body(schema: str) -> dict[str, Any]:
    if schema == UPLOAD:
        return {"required": True, "content": {"multipart/form-data": {"schema": _schema(schema)}}}
    module, kind = schema.split(".")
    example = request_example(module)
    if kind == "BatchRequest":
        example = {"items": [example, example]}
    content = {"schema": _schema(schema), "examples": {"sample": {"value": example}}}
    return {"required": True, "content": {JSON: content}}
