"""The BentoML service: five design questions and a health page on one port.

Start it with ``sdai serve`` (``bentoml serve serving.service:Design``). Each question is answered by the promoted
model of that name and proved by the engine; a model with no promoted version answers 503 and the others go on.
"""

import gc
import logging
import os

import bentoml
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse
from starlette.routing import Route

from configs import load_settings
from serving.answering import Answering
from serving.artifacts import find_artifacts
from serving.auth import build_authoriser, require_loopback
from serving.edge import Edge, EdgeLimits, EdgeParts, EdgeState
from serving.edge.state import route_table
from serving.http_problems import FRAMEWORK_LOGGER, HideRefusals
from serving.loaded_models import GPU_DEVICE, LoadedModels
from serving.schemas import clash_detector, compliance_checker, connection_designer, risk_analyzer, section_optimizer
from serving.telemetry import start_telemetry
from structural.problems import PROBLEM_NAMES

SETTINGS = load_settings()
FRAMEWORK_GRACE_S = 5.0
"""BentoML's own deadline lies this much behind ours, because its 504 is not problem+json."""
EDGE_STATE = EdgeState()
_HIDE_REFUSALS = HideRefusals()


@bentoml.service(
    name="design",
    workers=SETTINGS.serving.workers,
    threads=2,
    traffic={"timeout": SETTINGS.serving.timeout_s + FRAMEWORK_GRACE_S},
    logging={"access": {"enabled": False}},
    tracing={"excluded_urls": ".*"},
)
class Design:
    """Five questions of structural steel design."""

    def __init__(self) -> None:
        require_loopback(SETTINGS.auth, SETTINGS.serving.host)
        routes = route_table()
        self.telemetry = start_telemetry(SETTINGS.telemetry, SETTINGS.logging, routes, os.environ)
        logging.getLogger(FRAMEWORK_LOGGER).addFilter(_HIDE_REFUSALS)
        self.authoriser = build_authoriser(SETTINGS.auth, SETTINGS.paths.keys)
        self.models = LoadedModels(find_artifacts(SETTINGS.store_url))
        self.answering = Answering(self.models, self.telemetry)
        for name, served in self.models.served.items():
            self.telemetry.metrics.set_loaded(name, version=served.version, arm=served.arm, loaded=True)
        health_app.state.models = self.models
        EDGE_STATE.parts = EdgeParts(self.authoriser, self.telemetry, routes)
        # One collection after loading keeps the long-lived models out of every later one (p99 82 ms -> 3 ms).
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 100)

    async def __is_ready__(self) -> bool:
        has_models = bool(self.models.served) or set(self.models.unavailable) == set(PROBLEM_NAMES)
        return has_models and self.authoriser.problem() is None

    @bentoml.on_shutdown
    def stop(self) -> None:
        """Send and write what waits: the last requests have been answered."""
        self.telemetry.stop()

    @bentoml.api(route="/api/v1/design/connection")
    async def connection_designer(self, body: connection_designer.Request, /) -> connection_designer.Response:
        """Choose and check a connection for a load."""
        return self.answering.answer("connection_designer", body)

    @bentoml.api(route="/api/v1/design/section")
    async def section_optimizer(self, body: section_optimizer.Request, /) -> section_optimizer.Response:
        """Choose the lightest adequate W shape for a member."""
        return self.answering.answer("section_optimizer", body)

    # A whole IFC model is read here: this one leaves the event loop.
    @bentoml.api(route="/api/v1/detect/clashes")
    def clash_detector(self, body: clash_detector.Request, /) -> clash_detector.Response:
        """Find and grade the clashes of a structural model, leaving out intended joints."""
        return self.answering.answer("clash_detector", body)

    @bentoml.api(route="/api/v1/verify/compliance")
    async def compliance_checker(self, body: compliance_checker.Request, /) -> compliance_checker.Response:
        """Read free-form design parameters and check them against AISC 360-22."""
        return self.answering.answer("compliance_checker", body)

    @bentoml.api(route="/api/v1/analyze/risk")
    async def risk_analyzer(self, body: risk_analyzer.Request, /) -> risk_analyzer.Response:
        """Grade the cost and schedule risk of a project against its reference class."""
        return self.answering.answer("risk_analyzer", body)


async def health(request: HttpRequest) -> JSONResponse:
    """Answer ``GET /api/v1/health``."""
    models: LoadedModels | None = getattr(request.app.state, "models", None)
    if models is None:
        return JSONResponse({"status": "starting", "models": 0, "gpu_available": GPU_DEVICE.exists()}, 503)
    return JSONResponse(models.health())


health_app = Starlette(routes=[Route("/health", health)])
Design.mount_asgi_app(health_app, path="/api/v1")
Design.add_asgi_middleware(
    Edge,
    limits=EdgeLimits(SETTINGS.serving.max_body_bytes, SETTINGS.serving.max_upload_bytes, SETTINGS.serving.timeout_s),
    state=EDGE_STATE,
)
