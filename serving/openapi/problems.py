"""How errors are described: one schema (RFC 9457), one response a status, each with an example."""

from http import HTTPStatus
from typing import Any

from serving.http_problems import MEDIA_TYPE, Problem

EXAMPLES: dict[int, Problem] = {
    400: Problem(400, "The body is not valid JSON.", (("(body)", "Invalid JSON: EOF while parsing an object"),)),
    401: Problem(401, "The token has expired."),
    403: Problem(403, "The token lacks the scope design:read."),
    404: Problem(404, "there is no model 'tower.ifc'", (("model_ifc", "there is no model 'tower.ifc'"),)),
    405: Problem(405, "This path answers POST only."),
    408: Problem(408, "The body did not arrive within 30 s."),
    409: Problem(
        409, "the request with this Idempotency-Key is still being answered; ask again with the same key", (), 1
    ),
    413: Problem(413, "The body is larger than 1000000 bytes."),
    415: Problem(415, "Send the request as application/json."),
    422: Problem(
        422, "1 field(s) of the request are not valid.", (("span_feet", "Input should be greater than or equal to 1"),)
    ),
    429: Problem(429, "This client asks more often than it may.", (), 1),
    500: Problem(500, "The model failed on this request; it has been logged."),
    503: Problem(503, "section_optimizer has no version in service: no version has passed its gate yet", (), 60),
    504: Problem(504, "No answer within 30 s.", (), 5),
}
_HEADERS: dict[int, tuple[str, ...]] = {
    401: ("WWW-Authenticate",),
    403: ("WWW-Authenticate",),
    405: ("Allow",),
    409: ("Retry-After",),
    429: ("Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"),
    503: ("Retry-After",),
    504: ("Retry-After",),
}
HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": {"description": "the caller's, else one made here", "schema": {"type": "string"}},
    "Retry-After": {"description": "seconds after which to try again", "schema": {"type": "integer", "minimum": 0}},
    "RateLimit-Limit": {"description": "requests a period", "schema": {"type": "integer"}},
    "RateLimit-Remaining": {"description": "requests left", "schema": {"type": "integer"}},
    "RateLimit-Reset": {"description": "seconds until the period ends", "schema": {"type": "integer"}},
    "X-SDAI-Arm": {"description": "the arm of a rollout that answered", "schema": {"type": "string"}},
    "X-SDAI-Model-Version": {"description": "the version that answered", "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "what is wrong with the token (RFC 6750)", "schema": {"type": "string"}},
    "Allow": {"description": "the methods of this path", "schema": {"type": "string"}},
}
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "An error (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance", "request_id"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "const": "about:blank", "description": "the status says all"},
        "title": {"type": "string", "description": "the name of the status"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "what happened, and how to mend it"},
        "instance": {"type": "string", "description": "the path that was asked"},
        "request_id": {"type": "string", "description": "finds the request in the service's log"},
        "retry_after_s": {
            "type": "integer",
            "minimum": 0,
            "description": "seconds after which to try again, as `Retry-After`; absent where that is of no use",
        },
        "errors": {
            "type": "array",
            "description": "the fields at fault",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "additionalProperties": False,
                "properties": {
                    "field": {"type": "string", "description": "path of the field, parts joined by dots"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}


def problem_responses() -> dict[str, Any]:
    """Return the shared error responses by name."""
    return {response_name(status): _response(status) for status in EXAMPLES}


def response_name(status: int) -> str:
    """Return the name of a shared response, for example ``Problem422``."""
    return f"Problem{status}"


def header_refs(names: tuple[str, ...]) -> dict[str, Any]:
    """Return references to shared headers."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _response(status: int) -> dict[str, Any]:
    example = EXAMPLES[status].body("8f14e45f-ceea-467f", "/api/v1/design/section")
    return {
        "description": HTTPStatus(status).phrase,
        "headers": header_refs(("X-Request-Id", *_HEADERS.get(status, ()))),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {"example": {"value": example}},
            }
        },
    }
