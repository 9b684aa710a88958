"""Handlers outside of BentoML: how what they refuse becomes ``application/problem+json``.

A handler raises `RequestError` for what the client can mend and `ServingError` for what it cannot; `answering` makes
the answer of either. The problem is noted on the exchange too, which is where the edge takes it from.
"""

import functools
import json
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from bentoml.exceptions import BentoMLException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from serving.errors import RequestError, ServingError
from serving.http_problems import MEDIA_TYPE, Problem, current_exchange

Handler = Callable[[Request], Awaitable[Response]]
log = logging.getLogger("sdai.serving")
RETRY_AFTER_S = 5


class BusyError(RequestError):
    """Too much is asked at once: 429 for one client, 503 for all; the client may ask again after ``retry_after_s``."""

    def __init__(self, message: str, status: HTTPStatus, retry_after_s: int) -> None:
        super().__init__(message, status=status)
        self.retry_after_s = retry_after_s


class InvalidError(ServingError):
    """Ends a handler with a problem that names several fields."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def request_id() -> str:
    """Return the id of the request being answered, or an empty string outside of one."""
    exchange = current_exchange.get()
    return exchange.request_id if exchange else ""


def answering(handler: Handler) -> Handler:
    """Return the handler with every exception made a problem; none of the service's own makings is told.

    What `http_problems.refuse` raises passes: the problem is on the exchange already.
    """

    @functools.wraps(handler)
    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except RequestError as error:
            problem = problem_of(error)
        except InvalidError as error:
            problem = error.problem
        except BentoMLException:  # the edge's refusal of a body that is still being read; it knows what to say
            raise
        except ClientDisconnect:
            problem = Problem(HTTPStatus.BAD_REQUEST, "The request was cut off.")
        except ServingError as error:
            log.error("%s failed: %s (request %s)", request.url.path, error, request_id())
            problem = Problem(
                HTTPStatus.SERVICE_UNAVAILABLE, "The service cannot do this just now.", retry_after_s=RETRY_AFTER_S
            )
        except Exception:  # process edge: the reason goes to the log, not to the client
            log.exception("request failed", extra={"request_id": request_id()})
            problem = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "The service failed on this request; it was logged.")
        return problem_answer(problem, request.url.path)

    return answered


def problem_of(error: RequestError) -> Problem:
    """Return the problem that a refusal makes."""
    fields = ((error.field, str(error)),) if error.field else ()
    return Problem(error.status, str(error), fields, getattr(error, "retry_after_s", None))


def problem_answer(problem: Problem, path: str) -> Response:
    """Return the answer of a problem, and note it for the edge."""
    exchange = current_exchange.get()
    if exchange:
        exchange.problem = problem
    headers = dict(problem.headers)
    if problem.retry_after_s is not None:
        headers["retry-after"] = str(problem.retry_after_s)
    body = json.dumps(problem.body(request_id(), path))
    return Response(body, int(problem.status), headers, MEDIA_TYPE)
