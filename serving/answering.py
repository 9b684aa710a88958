"""From a validated request to an answer: the model asked, what came of it counted, refusals turned into problems."""

import logging
import time
from http import HTTPStatus
from typing import Any

from serving.errors import RequestError
from serving.http_problems import Exchange, Problem, current_exchange, refuse
from serving.loaded_models import LoadedModels, Served
from serving.telemetry import Telemetry
from structural.errors import StructuralError

log = logging.getLogger("sdai.serving")


class Answering:
    """Answers the questions of one worker.

    Parameters
    ----------
    models : the versions in service.
    telemetry : counts and traces what is asked.
    """

    def __init__(self, models: LoadedModels, telemetry: Telemetry) -> None:
        self.models = models
        self.telemetry = telemetry

    def answer(self, problem: str, request: Any) -> Any:
        """Answer one validated request, or refuse it with a problem that names the reason."""
        exchange = current_exchange.get() or Exchange("")
        served = self._in_service(problem)
        exchange.model, exchange.version, exchange.arm = problem, served.version, served.arm
        started_s, outcome = time.thread_time(), "failed"
        try:
            with self.telemetry.tracing.span("predict", problem):
                response = served.predictor.answer(request)
            outcome = "answered"
        except RequestError as error:
            outcome = "refused"
            refuse(Problem(error.status, str(error), _fields(error)))
        except StructuralError as error:
            outcome = "refused"
            refuse(Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), _fields(error)))
        except Exception:  # process edge: the reason goes to the log, not to the client
            log.exception("prediction failed", extra={"model": problem, "request_id": exchange.request_id})
            refuse(Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "The model failed on this request; it has been logged."))
        finally:
            exchange.cost_usd = self.telemetry.metrics.observe_prediction(
                problem,
                version=served.version,
                arm=served.arm,
                outcome=outcome,
                cpu_s=time.thread_time() - started_s,
            )
        return response.model_copy(update={"model_version": served.version, "request_id": exchange.request_id})

    def _in_service(self, problem: str) -> Served:
        served = self.models.served.get(problem)
        if served is None:
            reason = self.models.unavailable.get(problem, "not loaded")
            detail = f"{problem} has no version in service: {reason}"
            refuse(Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_after_s=60))
        return served


def _fields(error: RequestError | StructuralError) -> tuple[tuple[str, str], ...]:
    return ((error.field, str(error)),) if error.field else ()
