"""The BentoML service: five design questions, their batches, feedback and health on one port.

Start it with ``sdai serve``; each worker imports this module (`serving.launch`). Each question is answered by the
promoted model of that name and proved by the engine; a model with no promoted version answers 503 and the others go on.
"""

import asyncio
import gc
import logging
from typing import Any

import bentoml
from _bentoml_sdk import Service
from starlette.responses import Response

from configs import load_settings
from serving.api import PREFIX, build_api, model_routes, own_routes
from serving.artifacts import open_source
from serving.edge import Edge, EdgeLimits, EdgeState
from serving.edge.asgi import App
from serving.edge.connections import bound_connections
from serving.edge.whole_answers import answer_in_one_write
from serving.http_problems import FRAMEWORK_LOGGER, HideRefusals
from serving.openapi import build_pages
from serving.outline import options
from serving.questions import PATHS
from serving.schemas import clash_detector, compliance_checker, connection_designer, risk_analyzer, section_optimizer
from serving.telemetry.page import metrics_route
from serving.tls import refuse_older_versions
from serving.worker import start_worker

SETTINGS = load_settings()
FORM_BYTES = 200_000
"""What a form may have beside its file; the handler refuses a file that is too large in its own words."""
EDGE_STATE = EdgeState()
API = build_api()
_HIDE_REFUSALS = HideRefusals()


class EdgeFirst(Service[Any]):  # type: ignore[misc]  # BentoML is untyped
    """A service whose edge stands before all of the framework.

    A middleware of BentoML would stand behind its own request metrics, tracing and timeout, each of which the edge does
    itself: 0.1 ms of CPU a request, and a task and a timer that live for the whole timeout.
    """

    def to_asgi(self, is_main: bool = True) -> App:
        """Return the whole application of one worker."""
        answer_in_one_write()
        bound_connections(SETTINGS.serving.timeout_s)
        refuse_older_versions()
        serving = SETTINGS.serving
        limits = EdgeLimits(
            serving.max_body_bytes,
            serving.max_upload_bytes + FORM_BYTES,
            serving.timeout_s,
            SETTINGS.upload_deadline_s,
        )
        return Edge(super().to_asgi(is_main), limits=limits, state=EDGE_STATE)


@bentoml.service(service_class=EdgeFirst, **options(SETTINGS))
class Design:
    """Five questions of structural steel design."""

    def __init__(self) -> None:
        self.worker = start_worker(SETTINGS, open_source(SETTINGS.store_url))
        logging.getLogger(FRAMEWORK_LOGGER).addFilter(_HIDE_REFUSALS)
        API.state.worker = self.worker
        API.router.routes[:] = [*own_routes(), *model_routes(self.worker)]
        EDGE_STATE.parts = self.worker.edge
        self._watching: asyncio.Task[None] | None = None
        # One collection after loading keeps the long-lived models out of every later one (p99 82 ms -> 3 ms).
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 100)
        gc.enable()

    async def __is_ready__(self) -> bool:
        return self.worker.is_ready()

    @bentoml.on_startup
    async def watch(self) -> None:
        """Begin what goes on beside the requests."""
        self._watching = asyncio.create_task(self.worker.watch_backlog())
        self.worker.edge.delay.start()
        self.worker.follower.start(SETTINGS.serving.follow_interval_s)

    @bentoml.on_shutdown
    async def stop(self) -> None:
        """Store, send and write what waits: the last requests have been answered."""
        if self._watching is not None:
            self._watching.cancel()
        self.worker.edge.delay.stop()
        await self.worker.stop()

    # Declared for the framework's schema: over HTTP the edge answers these five by itself (`serving.asking`).

    @bentoml.api(route=PATHS["connection_designer"])
    async def connection_designer(self, body: connection_designer.Request, /) -> connection_designer.Response:
        """Choose and check a connection for a load."""
        return _as_json(await self.worker.answering.answer("connection_designer", body))

    @bentoml.api(route=PATHS["section_optimizer"])
    async def section_optimizer(self, body: section_optimizer.Request, /) -> section_optimizer.Response:
        """Choose the lightest adequate W shape for a member."""
        return _as_json(await self.worker.answering.answer("section_optimizer", body))

    @bentoml.api(route=PATHS["clash_detector"])
    async def clash_detector(self, body: clash_detector.Request, /) -> clash_detector.Response:
        """Find and grade the clashes of a structural model, leaving out intended joints."""
        return _as_json(await self.worker.answering.answer_elsewhere("clash_detector", body))

    @bentoml.api(route=PATHS["compliance_checker"])
    async def compliance_checker(self, body: compliance_checker.Request, /) -> compliance_checker.Response:
        """Read free-form design parameters and check them against AISC 360-22."""
        return _as_json(await self.worker.answering.answer("compliance_checker", body))

    @bentoml.api(route=PATHS["risk_analyzer"])
    async def risk_analyzer(self, body: risk_analyzer.Request, /) -> risk_analyzer.Response:
        """Grade the cost and schedule risk of a project against its reference class."""
        return _as_json(await self.worker.answering.answer("risk_analyzer", body))


def _as_json(body: bytes) -> Any:
    return Response(body, media_type="application/json")


Design.mount_asgi_app(API, path=PREFIX)
# Before the framework's own pages, whose description leaves half out and whose index calls a third party.
Design.mount_asgi_app(build_pages(SETTINGS.serving.max_batch_items, metrics_route()), path="/")
