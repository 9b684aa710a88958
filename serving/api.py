"""The routes beside the five questions: health, batches, feedback, uploads, jobs. The edge did the rest."""

import asyncio
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from serving.answering import UnansweredError
from serving.edge.gates import too_many_requests
from serving.edge.once import HEADER as KEY_HEADER
from serving.http_problems import Exchange, Problem, RefusedError, exchange_now, invalid, refuse
from serving.idempotency import IdempotencyError, checked_key
from serving.ifc.upload import upload_route
from serving.jobs.handlers import job_routes
from serving.limiting import RouteFamily
from serving.loaded_models import GPU_DEVICE
from serving.questions import PATHS
from serving.schemas import batch, feedback

if TYPE_CHECKING:
    from serving.worker import Worker

PREFIX = "/api/v1"
Model = TypeVar("Model", bound=BaseModel)


def build_api() -> Starlette:
    """Return the application of these routes; its ``state.worker`` is set when a worker has started."""
    return Starlette(routes=own_routes(), exception_handlers={RefusedError: _refused})


def model_routes(worker: "Worker") -> list[Route]:
    """Return the routes of uploads and clash jobs, which are made with the parts of a worker."""
    return [
        upload_route(worker.uploads, _client),
        *job_routes(worker.desk, _client, lambda: worker.models.unavailable.get("clash_detector")),
    ]


def own_routes() -> list[Route]:
    """Return the routes that are there before a worker has started."""
    return [
        Route("/health", health),
        Route("/feedback", take_feedback, methods=["POST"]),
        *(
            Route(f"{path.removeprefix(PREFIX)}/batch", partial(answer_batch, problem), methods=["POST"])
            for problem, path in PATHS.items()
        ),
    ]


def _client(_: HttpRequest) -> str:
    return exchange_now().client


async def health(request: HttpRequest) -> Response:
    """Answer ``GET /api/v1/health``: 503 with the reasons until there is something to answer questions with."""
    worker: Worker | None = getattr(request.app.state, "worker", None)
    if worker is None:
        return JSONResponse({"status": "starting", "models": 0, "gpu_available": GPU_DEVICE.exists()}, 503)
    problem = worker.not_ready()
    if problem is not None:
        refuse(problem)
    return JSONResponse(worker.health())


async def take_feedback(request: HttpRequest) -> Response:
    """Answer ``POST /api/v1/feedback`` with 202 once the report is on the disk."""
    worker: Worker = request.app.state.worker
    exchange = exchange_now()
    report = _read(feedback.Request, exchange)
    try:
        key = checked_key(request.headers[KEY_HEADER]) if KEY_HEADER in request.headers else ""
    except IdempotencyError as error:
        refuse(Problem(error.status, str(error)))
    taken = await worker.feedback.take(exchange, report, key)
    return Response(taken.model_dump_json(), 202, media_type="application/json")


async def answer_batch(problem: str, request: HttpRequest) -> Response:
    """Answer ``POST <question>/batch`` with 200 and a result for every item."""
    worker: Worker = request.app.state.worker
    exchange = exchange_now()
    exchange.model = problem
    items = _read(batch.Request, exchange).items
    _check_size(worker, exchange, len(items))
    left = Event()
    try:
        body = await worker.threads.batches.run(worker.batches.run, exchange, problem, items, left)
    except UnansweredError as error:
        refuse(error.problem)
    except asyncio.CancelledError:  # the deadline: what still runs would be for nobody
        left.set()
        raise
    return Response(body, media_type="application/json")


def _check_size(worker: "Worker", exchange: Exchange, items: int) -> None:
    """Refuse a batch that is too long or, counted as so many requests, more than the client may ask."""
    most = worker.settings.serving.max_batch_items
    if items > most:
        refuse(Problem(422, f"The batch is too long: at most {most} items.", (("items", f"at most {most} items"),)))
    decision = worker.edge.rates.hit_here(RouteFamily.JSON, exchange.client, items - 1) if items > 1 else None
    if decision is not None and not decision.allowed:
        refuse(too_many_requests(decision))


def _read(schema: type[Model], exchange: Exchange) -> Model:
    try:
        return schema.model_validate_json(exchange.body)
    except ValidationError as error:
        refuse(invalid(error))


async def _refused(request: HttpRequest, error: Exception) -> Response:  # noqa: ARG001  (of the framework)
    """Return what the edge replaces by the problem that was noted."""
    return JSONResponse({}, int(error.error_code))  # type: ignore[attr-defined]
