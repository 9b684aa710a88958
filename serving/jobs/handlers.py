"""``/api/v1/jobs/clashes`` as Starlette routes, to be mounted beside the questions."""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.clash_report.bcf import MEDIA_TYPE as BCF_MEDIA_TYPE
from serving.clash_report.bcf import VERSIONS, BcfOrder, Version, write_bcf
from serving.clash_report.views import views_of_answer
from serving.errors import RequestError
from serving.http_problems import Problem, from_framework
from serving.jobs.desk import MAX_PAGE, JobDesk
from serving.problem_answers import InvalidError, answering, request_id
from serving.schemas import clash_detector, job
from serving.store.jobs import Job, JobState

LOCATION = "/api/v1/jobs/clashes"
DEFAULT_PAGE = 20
BCF_AUTHOR = "clash detector"
ClientOf = Callable[[Request], str]
_JOB_ID = re.compile(r"[0-9a-f]{32}")
_KEY = re.compile(r"[\x20-\x7e]{1,255}")


def job_routes(
    desk: JobDesk,
    client_of: ClientOf,
    unavailable: Callable[[], str | None],
    path: str = "/jobs/clashes",
) -> list[Route]:
    """Return the routes of clash jobs.

    ``client_of`` tells who asks; ``unavailable`` why no clash model is in service (None: one is). The bodies that the
    handlers read are bounded by who mounts them.
    """

    async def submit(request: Request) -> Response:
        reason = unavailable()
        if reason is not None:
            detail = f"clash_detector has no version in service: {reason}"
            raise InvalidError(Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_after_s=60))
        question = _question(request, await request.body())
        found = await run_in_threadpool(desk.submit, client_of(request), question, _key(request))
        return await _json(lambda: shown(found), HTTPStatus.ACCEPTED, {"location": f"{LOCATION}/{found.id}"})

    async def listing(request: Request) -> Response:
        limit, state = _limit(request), _state(request)
        found = await run_in_threadpool(desk.page, client_of(request), limit, state, request.query_params.get("after"))
        jobs = [job.JobSummary(**_members(item)) for item in found.jobs]
        return await _json(lambda: job.JobList(jobs=jobs, next=found.next, request_id=request_id()))

    async def find(request: Request) -> Response:
        found = await run_in_threadpool(desk.find, client_of(request), _job_id(request))
        return await _json(lambda: shown(found))

    async def cancel(request: Request) -> Response:
        found = await run_in_threadpool(desk.cancel, client_of(request), _job_id(request))
        return await _json(lambda: shown(found))

    async def bcf(request: Request) -> Response:
        version = _bcf_version(request)
        found = await run_in_threadpool(desk.find, client_of(request), _job_id(request))
        return await run_in_threadpool(_bcf, found, version)

    return [
        Route(path, answering(submit), methods=["POST"]),
        Route(path, answering(listing), methods=["GET"]),
        Route(f"{path}/{{job_id}}", answering(find), methods=["GET"]),
        Route(f"{path}/{{job_id}}", answering(cancel), methods=["DELETE"]),
        Route(f"{path}/{{job_id}}/bcf", answering(bcf), methods=["GET"]),
    ]


def shown(found: Job) -> job.Job:
    """Return a stored job as its client sees it."""
    result = found.result if found.state is JobState.DONE else None
    return job.Job(**_members(found), result=result, request_id=request_id())


def _members(found: Job) -> dict[str, Any]:
    done = found.state is JobState.DONE
    return {
        "id": found.id,
        "status": found.state.value,
        "progress": 1.0 if done else found.progress or 0.0,
        "attempts": found.attempts,
        "request": found.request,
        "error": None if done else found.error,
        "created_at": found.created_at,
        "started_at": found.started_at,
        "finished_at": found.finished_at,
    }


def _question(request: Request, body: bytes) -> clash_detector.Request:
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise RequestError("send the request as application/json", status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    try:
        return clash_detector.Request.model_validate_json(body)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        raise InvalidError(from_framework(HTTPStatus.BAD_REQUEST, to_json({"detail": details}))) from error


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        text = "Idempotency-Key must have 1 to 255 printable ASCII characters, for example a UUID"
        raise RequestError(text, status=HTTPStatus.BAD_REQUEST)
    return key


def _job_id(request: Request) -> str:
    job_id = str(request.path_params["job_id"])
    if not _JOB_ID.fullmatch(job_id):
        raise RequestError("there is no job of this id", status=HTTPStatus.NOT_FOUND)
    return job_id


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(DEFAULT_PAGE))
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MAX_PAGE:
        raise RequestError(f"`limit` is a number from 1 to {MAX_PAGE}", field="limit")
    return int(text)


def _state(request: Request) -> JobState | None:
    text = request.query_params.get("status")
    if text is None:
        return None
    if text not in list(JobState):
        raise RequestError(f"`status` is one of {', '.join(JobState)}", field="status")
    return JobState(text)


def _bcf_version(request: Request) -> Version:
    asked = request.query_params.get("version", VERSIONS[0])
    for version in VERSIONS:
        if asked == version:
            return version
    raise RequestError(f"`version` is one of {', '.join(VERSIONS)}", field="version")


def _bcf(found: Job, version: Version) -> Response:
    """Return the clashes of a job as a BCF file, dated with the end of the job."""
    answer = shown(found)
    if answer.result is None or answer.finished_at is None:
        text = f"the job is {answer.status}: there are no clashes to export"
        raise RequestError(text, status=HTTPStatus.CONFLICT)
    source = answer.request.model_ifc.rsplit("/", 1)[-1]
    order = BcfOrder((source,), BCF_AUTHOR, answer.finished_at)
    content = write_bcf(views_of_answer(answer.result), order, version)
    headers = {"content-disposition": f'attachment; filename="clashes-{found.id}.bcf"'}
    return Response(content, headers=headers, media_type=BCF_MEDIA_TYPE)


async def _json(
    make: Callable[[], BaseModel], status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    """Return an answer whose content is made off the event loop: results may be long."""
    body = await run_in_threadpool(lambda: make().model_dump_json())
    return Response(body, status, headers, "application/json")
