"""The client: one method a question, and what goes with the questions."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx

from serving.client.errors import ClientError, NoAnswerError, ProblemError, WaitError
from serving.client.models import (
    FEEDBACK,
    HEALTH,
    JOBS,
    PATHS,
    UPLOADS,
    FeedbackReceipt,
    as_json,
    read_as,
    schema_of,
)
from serving.client.retries import RetryPolicy, may_pass
from serving.client.transport import Call, Exchanges, Token, Waiting, json_body

if TYPE_CHECKING:
    from pydantic import BaseModel

    from serving.schemas.clash_detector import Response as ClashAnswer
    from serving.schemas.compliance_checker import Response as ComplianceAnswer
    from serving.schemas.connection_designer import Response as ConnectionAnswer
    from serving.schemas.job import Job, JobSummary
    from serving.schemas.risk_analyzer import Response as RiskAnswer
    from serving.schemas.section_optimizer import Response as SectionAnswer
    from serving.schemas.uploaded_model import Response as UploadedModel

    Request = Mapping[str, Any] | BaseModel | None

LOCAL = "http://127.0.0.1:3000"
PAGE = 100


class DesignClient(AbstractContextManager["DesignClient"]):
    """Asks a running service. Close it, or use it in a ``with`` block.

    Parameters
    ----------
    base_url : where the service is, ``https://host[:port]``; http only on this machine, when there is a token.
    token : the bearer token, or what gives one; it is called for every try and so should keep what it has, and once
        more when the service refuses a token as no longer good.
    timeout_s : how long one try may take, each for connecting and between two pieces of the answer.
    retry : how often and how patiently a question is asked again that got no answer, or 429 or 503.
    transport : what carries the requests, for own certificates, proxies or tests.
    waiting : where time and chance come from.

    A request is given as a mapping, as a request model of ``serving.schemas``, by field names, or mixed. All methods
    raise `ProblemError` for what the service refuses and `NoAnswerError` when there is no answer.
    """

    def __init__(
        self,
        base_url: str = LOCAL,
        token: Token = None,
        *,
        timeout_s: float = 30.0,
        retry: RetryPolicy | None = None,
        transport: httpx.BaseTransport | None = None,
        waiting: Waiting | None = None,
    ) -> None:
        try:
            http = httpx.Client(base_url=base_url, timeout=timeout_s, transport=transport)
        except (httpx.InvalidURL, ValueError) as error:
            raise ClientError(f"{base_url!r} is no address of a service: {error}") from error
        self._waiting = waiting or Waiting()
        self._exchanges = Exchanges(http, token, retry or RetryPolicy(), self._waiting)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def close(self) -> None:
        """Close the connections."""
        self._exchanges.close()

    def design_connection(self, request: "Request" = None, /, **fields: Any) -> "ConnectionAnswer":
        """Choose and check the connection that carries a load at least cost."""
        answer: ConnectionAnswer = self._typed("connection_designer", request, fields)
        return answer

    def optimize_section(self, request: "Request" = None, /, **fields: Any) -> "SectionAnswer":
        """Choose the lightest adequate W shape for a member."""
        answer: SectionAnswer = self._typed("section_optimizer", request, fields)
        return answer

    def detect_clashes(self, request: "Request" = None, /, **fields: Any) -> "ClashAnswer":
        """Find the clashes of a model that is checked within one request; see `start_clash_job` for larger ones."""
        answer: ClashAnswer = self._typed("clash_detector", request, fields)
        return answer

    def check_compliance(self, request: "Request" = None, /, **fields: Any) -> "ComplianceAnswer":
        """Check a free-form design against AISC 360-22."""
        answer: ComplianceAnswer = self._typed("compliance_checker", request, fields)
        return answer

    def analyze_risk(self, request: "Request" = None, /, **fields: Any) -> "RiskAnswer":
        """Grade the cost and schedule risk of a project."""
        answer: RiskAnswer = self._typed("risk_analyzer", request, fields)
        return answer

    def ask(self, problem: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to a question as the service sends it, with all it holds, known to this client or not."""
        return _object(self._exchanges.ask(Call("POST", _path(problem), json_body(dict(request)))))

    def ask_many(
        self, problem: str, requests: "Sequence[Mapping[str, Any] | BaseModel]"
    ) -> "list[BaseModel | ProblemError]":
        """Ask many questions of one kind at once; returns an answer or a `ProblemError` for each, in their order."""
        schema = schema_of(problem)
        return [
            item if isinstance(item, ProblemError) else read_as(schema, item)
            for item in self.ask_many_plain(problem, [as_json(request, {}) for request in requests])
        ]

    def ask_many_plain(
        self, problem: str, requests: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any] | ProblemError]:
        """Do as `ask_many`, with answers as the service sends them."""
        items = [dict(request) for request in requests]
        body = _object(self._exchanges.ask(Call("POST", f"{_path(problem)}/batch", json_body({"items": items}))))
        results = body.get("results")
        if not isinstance(results, list) or len(results) != len(items):
            raise NoAnswerError(f"the answer to a batch of {len(items)} does not have so many results")
        return [_result(item) for item in results]

    def report(self, prediction_id: str, actual: Any, comment: str = "") -> FeedbackReceipt:
        """Say what should have been answered; ``prediction_id`` stands in the answer, ``actual`` is not None."""
        said = {"prediction_id": prediction_id, "actual": actual, "comment": comment}
        body = _object(self._exchanges.ask(Call("POST", FEEDBACK, json_body(said))))
        return FeedbackReceipt(*(str(body.get(name, "")) for name in ("feedback_id", "prediction_id", "status")))

    def upload_ifc(self, model: Path | bytes, name: str | None = None) -> "UploadedModel":
        """Send an IFC model; its ``model_ifc`` is the key to ask about it, for this client alone."""
        from serving.schemas import uploaded_model

        shown = name or (model.name if isinstance(model, Path) else "model.ifc")
        if isinstance(model, Path) and not model.is_file():
            raise ClientError(f"there is no file {model}")

        def body() -> dict[str, Any]:
            content = model.open("rb") if isinstance(model, Path) else model
            return {"files": {"file": (shown, content, "application/x-step")}}

        return read_as(uploaded_model.Response, self._exchanges.ask(Call("POST", UPLOADS, body)).content)

    def start_clash_job(self, request: "Request" = None, /, **fields: Any) -> "Job":
        """Have a model checked that takes longer than a request; returns at once."""
        return self._job(Call("POST", JOBS, json_body(as_json(request, fields))))

    def clash_job(self, job_id: str) -> "Job":
        """Return how a job stands, with its result once it is done."""
        return self._job(Call("GET", f"{JOBS}/{_id(job_id)}"))

    def clash_job_bcf(self, job_id: str, version: str = "2.1") -> bytes:
        """Return the clashes of a job that is done as a BCF file of a version, 2.1 or 3.0."""
        return self._exchanges.ask(Call("GET", f"{JOBS}/{_id(job_id)}/bcf", query={"version": version})).content

    def cancel_clash_job(self, job_id: str) -> "Job":
        """Cancel a job and return it; one that has ended stays as it is."""
        return self._job(Call("DELETE", f"{JOBS}/{_id(job_id)}"))

    def wait_for_clash_job(self, job_id: str, timeout_s: float = 900.0, poll_s: float = 1.0) -> "Job":
        """Return a job that has ended: done, failed or cancelled. Raises `WaitError` when ``timeout_s`` is over.

        The service may be away in between, for a restart say: once it has answered it is asked until the time is over.
        """
        from serving.schemas.job import FINAL

        end_s = self._waiting.monotonic() + timeout_s
        job = self.clash_job(job_id)
        away: ClientError | None = None
        while away is not None or job.status not in FINAL:
            if self._waiting.monotonic() + poll_s > end_s:
                known = f"was {job.status} when last heard of ({away})" if away else f"is {job.status}"
                text = f"job {job_id} {known} after {timeout_s:g} s; it goes on, cancel it or wait"
                raise WaitError(text) from away
            self._waiting.sleep(poll_s)
            try:
                job, away = self.clash_job(job_id), None
            except NoAnswerError as error:
                away = error
            except ProblemError as error:
                if not may_pass(error.status):
                    raise
                away = error
        return job

    def clash_jobs(self, status: str | None = None) -> "Iterator[JobSummary]":
        """Go through this client's jobs, newest first, of one status or all; pages are fetched as they are needed."""
        from serving.schemas.job import JobList

        query: dict[str, str | int] = {"limit": PAGE} | ({"status": status} if status else {})
        while True:
            page = read_as(JobList, self._exchanges.ask(Call("GET", JOBS, query=query)).content)
            yield from page.jobs
            if page.next is None:
                return
            query["after"] = page.next

    def health(self) -> dict[str, Any]:
        """Return what the service says of itself: status, models in service, and why any is not."""
        return _object(self._exchanges.ask(Call("GET", HEALTH)))

    def _typed(self, problem: str, request: "Request", fields: Mapping[str, Any]) -> Any:
        call = Call("POST", _path(problem), json_body(as_json(request, fields)))
        return read_as(schema_of(problem), self._exchanges.ask(call).content)

    def _job(self, call: Call) -> "Job":
        from serving.schemas.job import Job

        return read_as(Job, self._exchanges.ask(call).content)


def _path(problem: str) -> str:
    if problem not in PATHS:
        raise ClientError(f"there is no problem {problem!r}; use one of {', '.join(PATHS)}")
    return PATHS[problem]


def _id(job_id: str) -> str:
    if not job_id.isascii() or not job_id.isalnum():
        raise ClientError(f"{job_id!r} is no id of a job")
    return job_id


def _object(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError as error:
        raise NoAnswerError("the answer is not JSON; is this the address of the service?") from error
    if not isinstance(body, dict):
        raise NoAnswerError("the answer is not a JSON object; is this the address of the service?")
    return body


def _result(item: Any) -> dict[str, Any] | ProblemError:
    """Return one result of a batch."""
    if isinstance(item, dict) and isinstance(item.get("answer"), dict):
        return dict(item["answer"])
    if isinstance(item, dict) and isinstance(item.get("problem"), dict):
        pause_s = item["problem"].get("retry_after_s")
        return ProblemError(
            int(item.get("status", 500)), item["problem"], float(pause_s) if isinstance(pause_s, int | float) else None
        )
    raise NoAnswerError("a result of the batch is neither an answer nor a problem")
