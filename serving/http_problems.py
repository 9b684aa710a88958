"""Errors as ``application/problem+json`` (RFC 9457) and the state of one HTTP exchange.

A handler that cannot answer calls `refuse`, which notes the problem on the exchange and raises; the edge middleware
replaces whatever body the framework makes of it. What the framework itself refuses is translated by `from_framework`.
"""

import difflib
import json
import logging
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from http import HTTPStatus
from random import getrandbits
from typing import TYPE_CHECKING, Any, NoReturn

from bentoml.exceptions import BentoMLException
from pydantic import ValidationError

from serving.rollout.routing import Arm

if TYPE_CHECKING:
    from serving.auth.decision import Principal

MEDIA_TYPE = "application/problem+json"
FRAMEWORK_LOGGER = "bentoml._internal.server.http_app"
"""Where BentoML logs every exception of a handler with its traceback, a client's mistake too."""
MAX_FIELDS = 50
"""Faults that one answer names: a body of a megabyte may have a hundred thousand, and each is told back and logged."""
MAX_PATH_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal: HTTP status, what happened, and the fields at fault as ``(path, message)``."""

    status: int
    detail: str
    fields: tuple[tuple[str, str], ...] = ()
    retry_after_s: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    """Further headers of the answer, for example ``www-authenticate``."""

    def body(self, request_id: str, instance: str) -> dict[str, Any]:
        """Return the RFC 9457 members; ``errors`` lists the offending fields.

        ``retry_after_s`` is the header ``Retry-After`` once more: an item of a batch has no headers.
        """
        members: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "request_id": request_id,
        }
        if self.fields:
            members["errors"] = [{"field": path, "message": message} for path, message in self.fields]
        if self.retry_after_s is not None:
            members["retry_after_s"] = self.retry_after_s
        return members


@dataclass(slots=True)
class Exchange:
    """The request being answered, and what is found out about it on the way: for the answer, the log and the record."""

    request_id: str
    method: str = ""
    path: str = ""
    route: str = ""
    """The template that the path belongs to, for figures and the log."""
    body: bytes = b""
    """The whole body, once it is read; empty for an upload."""
    awaits_body: bool = False
    """Whether it is being read."""
    principal: "Principal | None" = None
    problem: Problem | None = None
    """Why a handler refuses, if it does."""
    model: str | None = None
    version: str | None = None
    arm: str | None = None
    forced_arm: Arm | None = None
    """The arm that the client asks to be answered by."""
    cost_usd: float | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    """Headers that the answer carries whatever it is, for example how many requests are left."""
    is_final: bool = True
    """Whether a good answer may be given again by its idempotency key; a part of it may be worth another try."""
    started_s: float = field(default_factory=time.perf_counter)
    """When the request arrived; its time runs from then."""

    @property
    def client(self) -> str:
        """Who asks, for limits, logs and records."""
        return self.principal.client if self.principal else ""


current_exchange: ContextVar[Exchange | None] = ContextVar("current_exchange", default=None)


class RefusedError(BentoMLException):  # type: ignore[misc]  # BentoML is untyped
    """Ends a handler; the body is made from the exchange's problem."""


def new_request_id() -> str:
    """Return an id for a request that came without one: told apart, not kept secret."""
    return f"{getrandbits(128):032x}"  # a tenth of what uuid4 costs, which asks the kernel


def exchange_now() -> Exchange:
    """Return the request being answered; outside of one, one without a name."""
    return current_exchange.get() or Exchange("")


def refuse(problem: Problem) -> NoReturn:
    """End the handler with this problem."""
    exchange = current_exchange.get()
    if exchange:
        exchange.problem = problem
    refused = RefusedError(problem.detail)
    refused.error_code = HTTPStatus(problem.status)
    raise refused


def from_framework(status: int, body: bytes) -> Problem:
    """Translate an error body of BentoML or Starlette; a validation error (400 with details) becomes a 422."""
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    details = content.get("detail") if isinstance(content, dict) else None
    if status == HTTPStatus.BAD_REQUEST and isinstance(details, list):
        return _invalid(details)
    if status == HTTPStatus.BAD_REQUEST:
        return Problem(status, "The body is not a JSON object that this endpoint can read.")
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return Problem(status, "The service is not ready.", retry_after_s=1)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Problem(status, "The service failed to answer; the request id finds the reason in its log.")
    return Problem(status, HTTPStatus(status).description or HTTPStatus(status).phrase)


def invalid(error: ValidationError) -> Problem:
    """Return the problem of a request that its schema refuses: 400 for what is no JSON, else 422 with the fields."""
    return _invalid(error.errors(include_url=False, include_context=False, include_input=False))


def _invalid(details: Any) -> Problem:
    listed = details[:MAX_FIELDS]
    missing = [_path(entry.get("loc", ())) for entry in listed if entry.get("type") == "missing"]
    fields = tuple(_fault(entry, missing) for entry in listed)
    if any(entry.get("type") == "json_invalid" for entry in listed):
        return Problem(HTTPStatus.BAD_REQUEST, "The body is not valid JSON.", fields)
    detail = f"{len(details)} field(s) of the request are not valid."
    if len(details) > MAX_FIELDS:
        detail += f" The first {MAX_FIELDS} are named."
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, fields)


class HideRefusals(logging.Filter):
    """For `FRAMEWORK_LOGGER`: drops what a handler refused on purpose and what a client did wrong (4xx).

    The edge writes one line for each; a handler that refuses for a fault of its own has logged the fault.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record stays: everything but a refused request and a body that is not valid."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, RefusedError):
            return False
        if isinstance(error, BentoMLException):
            return bool(error.error_code >= HTTPStatus.INTERNAL_SERVER_ERROR)
        return not isinstance(error, ValidationError)


def _fault(entry: dict[str, Any], missing: list[str]) -> tuple[str, str]:
    """Return path and message of a fault; ``missing`` are fields that the request lacks."""
    path = _path(entry.get("loc", ()))
    if entry.get("type") == "extra_forbidden":
        near = difflib.get_close_matches(path, missing, n=1)
        return path, f"there is no such field; did you mean {near[0]}?" if near else "there is no such field"
    return path, str(entry.get("msg", "invalid")).removeprefix("Value error, ")


def _path(location: Any) -> str:
    """Return a field's path. Names that the client made up come back in answer and log, so they are cut."""
    parts = [str(part) for part in location if part not in ("body", "root_input", "__root__")]
    path = ".".join(parts) or "(body)"
    return path if len(path) <= MAX_PATH_CHARACTERS else f"{path[:MAX_PATH_CHARACTERS]}…"
