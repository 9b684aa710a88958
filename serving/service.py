"""The BentoML service: five design questions and a health page on one port.

Start it with ``sdai serve`` (``bentoml serve serving.service:Design``). Each question is answered by the promoted
model of that name and proved by the engine; a model with no promoted version answers 503 and the others go on.
"""

import gc
import logging
from http import HTTPStatus
from pathlib import Path
from typing import Any

import bentoml
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse
from starlette.routing import Route

from configs import load_settings
from serving.artifacts import Artifact, find_artifacts
from serving.edge import Edge
from serving.errors import RequestError, ServingError
from serving.http_problems import FRAMEWORK_LOGGER, HideRefusals, Problem, refuse, request_id
from serving.predictors.contract import Predictor, load_predictor
from serving.schemas import clash_detector, compliance_checker, connection_designer, risk_analyzer, section_optimizer
from structural.errors import StructuralError
from structural.problems import PROBLEM_NAMES

log = logging.getLogger("sdai.serving")
SETTINGS = load_settings()
FRAMEWORK_GRACE_S = 5.0
"""BentoML's own deadline lies this much behind ours, because its 504 is not problem+json."""
GPU_DEVICE = Path("/dev/nvidiactl")
_HIDE_REFUSALS = HideRefusals()


class LoadedModels:
    """The predictors of one worker process, and why any is missing."""

    def __init__(self, artifacts: dict[str, Artifact | str]) -> None:
        self.predictors: dict[str, tuple[Predictor, str]] = {}
        self.unavailable: dict[str, str] = {}
        for name, artifact in artifacts.items():
            if isinstance(artifact, str):
                self.unavailable[name] = artifact
                continue
            try:
                self.predictors[name] = (load_predictor(name, artifact.path), artifact.version)
            except (ServingError, StructuralError) as error:
                log.exception("model does not load", extra={"model": name})
                self.unavailable[name] = f"version {artifact.version} does not load: {error}"
            except Exception:  # process edge: one model must not take the others down
                log.exception("model does not load", extra={"model": name})
                self.unavailable[name] = f"version {artifact.version} does not load; the reason is in the service's log"

    def health(self) -> dict[str, Any]:
        """Return the body of the health page."""
        return {
            "status": "healthy" if not self.unavailable else "degraded",
            "models": len(self.predictors),
            "gpu_available": GPU_DEVICE.exists(),
            "versions": {name: version for name, (_, version) in self.predictors.items()},
            "unavailable": self.unavailable,
        }

    def answer(self, problem: str, request: Any) -> Any:
        """Answer one validated request, or refuse it with a problem that names the reason."""
        if problem not in self.predictors:
            detail = f"{problem} has no version in service: {self.unavailable.get(problem, 'not loaded')}"
            refuse(Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_after_s=60))
        predictor, version = self.predictors[problem]
        try:
            response = predictor.answer(request)
        except RequestError as error:
            refuse(Problem(error.status, str(error), _fields(error)))
        except StructuralError as error:
            refuse(Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), _fields(error)))
        except Exception:  # process edge: the reason goes to the log, not to the client
            log.exception("prediction failed", extra={"model": problem, "request_id": request_id()})
            refuse(Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "The model failed on this request; it has been logged."))
        return response.model_copy(update={"model_version": version, "request_id": request_id()})


def _fields(error: RequestError | StructuralError) -> tuple[tuple[str, str], ...]:
    return ((error.field, str(error)),) if error.field else ()


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
        log.setLevel(logging.INFO)
        logging.getLogger(FRAMEWORK_LOGGER).addFilter(_HIDE_REFUSALS)
        self.models = LoadedModels(find_artifacts(SETTINGS.store_url))
        health_app.state.models = self.models
        # One collection after loading keeps the long-lived models out of every later one (p99 82 ms -> 3 ms).
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 100)

    async def __is_ready__(self) -> bool:
        return bool(self.models.predictors) or set(self.models.unavailable) == set(PROBLEM_NAMES)

    @bentoml.api(route="/api/v1/design/connection")
    async def connection_designer(self, body: connection_designer.Request, /) -> connection_designer.Response:
        """Choose and check a connection for a load."""
        return self.models.answer("connection_designer", body)

    @bentoml.api(route="/api/v1/design/section")
    async def section_optimizer(self, body: section_optimizer.Request, /) -> section_optimizer.Response:
        """Choose the lightest adequate W shape for a member."""
        return self.models.answer("section_optimizer", body)

    # A whole IFC model is read here: this one leaves the event loop.
    @bentoml.api(route="/api/v1/detect/clashes")
    def clash_detector(self, body: clash_detector.Request, /) -> clash_detector.Response:
        """Find and grade the clashes of a structural model, leaving out intended joints."""
        return self.models.answer("clash_detector", body)

    @bentoml.api(route="/api/v1/verify/compliance")
    async def compliance_checker(self, body: compliance_checker.Request, /) -> compliance_checker.Response:
        """Read free-form design parameters and check them against AISC 360-22."""
        return self.models.answer("compliance_checker", body)

    @bentoml.api(route="/api/v1/analyze/risk")
    async def risk_analyzer(self, body: risk_analyzer.Request, /) -> risk_analyzer.Response:
        """Grade the cost and schedule risk of a project against its reference class."""
        return self.models.answer("risk_analyzer", body)


async def health(request: HttpRequest) -> JSONResponse:
    """Answer ``GET /api/v1/health``."""
    models: LoadedModels | None = getattr(request.app.state, "models", None)
    if models is None:
        return JSONResponse({"status": "starting", "models": 0, "gpu_available": GPU_DEVICE.exists()}, 503)
    return JSONResponse(models.health())


health_app = Starlette(routes=[Route("/health", health)])
Design.mount_asgi_app(health_app, path="/api/v1")
Design.add_asgi_middleware(Edge, max_body_bytes=SETTINGS.serving.max_body_bytes, timeout_s=SETTINGS.serving.timeout_s)
