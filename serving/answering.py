"""From a validated request to the bytes of its answer: cached or computed, recorded, counted; refusals are problems."""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple, NoReturn, TypeGuard

from serving.caching import AnswerCache, AnswerKey, Found, Source, answer_key
from serving.computing import Computation, Ids, Output, Question, failure_of, record_of, unpack
from serving.errors import RequestError, ServingError
from serving.host_faults import HOST_FAULT, is_fault_of_host
from serving.http_problems import Exchange, Problem, exchange_now, refuse
from serving.loaded_models import LoadedModels, Served
from serving.recording import PredictionRecord, Recorder, new_prediction_id
from serving.rollout.guarding import CanaryGuard
from serving.rollout.routing import ARM_HEADER, VERSION_HEADER, Arm
from serving.rollout.sampling import Sampler
from serving.telemetry import Telemetry
from serving.threads import ThreadPool
from serving.together import LateError, Together
from serving.waiting_line import CrowdedError, WaitingLine
from structural.errors import StructuralError

NOT_KEPT = Problem(
    HTTPStatus.SERVICE_UNAVAILABLE, "The answer cannot be recorded now, so it is not given; ask again.", retry_after_s=5
)
CROWDED = Problem(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "Too many questions about whole models wait here, or of this client; ask again, or as a job.",
    retry_after_s=5,
)
_ARM_FIELD, _VERSION_FIELD = ARM_HEADER.encode(), VERSION_HEADER.encode()
log = logging.getLogger("sdai.serving")


class UnansweredError(Exception):
    """A question has no answer; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that may be sent once its record is kept: its JSON with ids, the record, its cost in dollars."""

    body: bytes
    record: PredictionRecord
    cost_usd: float
    question: Question


class _Fallen(NamedTuple):
    """A canary that gave no answer, and why. That it refuses is a fault only if the champion does not."""

    question: Question
    computation: Computation
    error: Exception


@dataclass(frozen=True, slots=True)
class Answering:
    """Answers the questions of one worker.

    ``content_of`` gives, for a problem whose requests name something they do not contain, the digest of that for a
    request and a client; it may read files, in ``lookups``. ``together`` computes on the event loop; ``line`` leads to
    the threads for questions that take long. ``guard`` asks canaries, ``sampler`` sees every answer that is given.
    """

    models: LoadedModels
    telemetry: Telemetry
    cache: AnswerCache
    recorder: Recorder
    together: Together
    lookups: ThreadPool
    line: WaitingLine
    content_of: Mapping[str, Callable[[Any, str], str]]
    guard: CanaryGuard
    sampler: Sampler
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def answer(self, problem: str, request: Any) -> bytes:
        """Answer a question that takes little time, on the event loop, or refuse it.

        Raises
        ------
        LateError
            The question has waited too long for its turn.
        """
        exchange = exchange_now()
        question, fallen = self._question_or_refuse(exchange, problem, request), None
        if question.served.arm is Arm.CANARY:
            given = await self._by_canary(exchange, question, self.guard.ask)
            if isinstance(given, Answered):
                return self._finish(exchange, given)
            question, fallen = self._instead(given), given
        computation = Computation(question, self.telemetry.tracing)
        try:
            found = await self.cache.get_or_compute(question.key, partial(self.together.compute, computation))
        except LateError:
            raise
        except Exception as error:  # noqa: BLE001  (process edge: told apart and logged there)
            self._refuse(exchange, question, computation, error)
        return self._finish(exchange, self.answered(exchange, question, computation, found), fallen)

    async def answer_elsewhere(self, problem: str, request: Any) -> bytes:
        """Answer a question that takes long, in a thread; who asks the same meanwhile waits for the one answer."""
        exchange = exchange_now()
        question, fallen = await self.lookups.run(self._question_or_refuse, exchange, problem, request), None
        if question.served.arm is Arm.CANARY:
            given = await self._by_canary(exchange, question, self.guard.ask_elsewhere)
            if isinstance(given, Answered):
                return self._finish(exchange, given)
            question, fallen = self._instead(given), given
        computation = Computation(question, self.telemetry.tracing)

        try:
            found = await self.cache.get_or_wait_for(question.key, partial(self.line.run, exchange.client, computation))
        except CrowdedError:
            refuse(CROWDED)
        except Exception as error:  # noqa: BLE001  (as above)
            self._refuse(exchange, question, computation, error)
        return self._finish(exchange, self.answered(exchange, question, computation, found), fallen)

    def answer_item(self, exchange: Exchange, problem: str, request: Any, given: bytes, index: int) -> Answered:
        """Answer one item of a batch, in a thread; its record is still to be kept. Raises `UnansweredError`."""
        question, fallen = self.question(exchange, problem, request, given, index), None
        while True:
            computation = Computation(question, self.telemetry.tracing)
            try:
                found = self.cache.get_or_compute_blocking(question.key, computation)
            except Exception as error:
                if question.served.arm is not Arm.CANARY:
                    raise UnansweredError(self._failure(exchange, question, computation, error)) from error
                fallen = self._fall(exchange, question, computation, error)
                question = self._instead(fallen)
            else:
                self._settle(exchange, fallen)
                return self.answered(exchange, question, computation, found)

    def keep(self, exchange: Exchange, answers: Sequence[Answered]) -> bool:
        """Record the answers of a batch; returns whether they may be given."""
        if not self.recorder.record_all([answered.record for answered in answers]).may_acknowledge:
            return False
        by_version = {answered.record.model_version: answered.question.served for answered in answers}
        if len(by_version) == 1:  # of several versions each item tells its own
            _tell(exchange, *by_version.values())
        for answered in answers:
            self.sampler.see(answered.question, answered.record)
        return True

    def question(
        self, exchange: Exchange, problem: str, request: Any, given: bytes, index: int | None = None
    ) -> Question:
        """Return the question that a validated request is now. Raises `UnansweredError`."""
        served = self._version_for(exchange, problem)
        content_of = self.content_of.get(problem)
        try:
            content = content_of(request, exchange.client) if content_of else ""
        except RequestError as error:
            raise UnansweredError(_problem_of(error)) from error
        except (OSError, ServingError) as error:
            raise UnansweredError(_host_fault(problem, exchange, error)) from error
        key: AnswerKey = answer_key(problem, served.version, request, content)
        return Question(problem, served, request, key, given, exchange.client, time.perf_counter(), index)

    def answered(self, exchange: Exchange, question: Question, computation: Computation, found: Found) -> Answered:
        """Return what was found as an answer with ids of its own, counted."""
        now = self.now()
        ids = Ids(new_prediction_id(now), exchange.request_id)
        confidence, body = unpack(found.answer, ids)
        outcome, is_computed = "cached", found.source is Source.COMPUTED
        if is_computed:
            outcome = "abstained" if computation.has_abstained else "answered"
        cost_usd = self._count(question, outcome, computation.cpu_s, found.source)
        elapsed_s = computation.elapsed_s if is_computed else time.perf_counter() - question.started_s
        output = Output(body, confidence, elapsed_s, is_cached=not is_computed)
        return Answered(body, record_of(question, ids, now, output), cost_usd, question)

    def _version_for(self, exchange: Exchange, problem: str) -> Served:
        """Return the version that answers this client, or the one that it asks for by name of its arm."""
        if exchange.forced_arm is Arm.CANARY:
            canary = self.models.canaries.get(problem)
            if canary is None:
                detail = (
                    f"{problem} has no canary in service; leave {ARM_HEADER} out or see `canaries` of the health page"
                )
                raise UnansweredError(Problem(HTTPStatus.CONFLICT, detail))
            return canary.served
        client = exchange.client
        served = self.models.route(problem, client) if exchange.forced_arm is None else self.models.served.get(problem)
        if served is None:
            reason = self.models.unavailable.get(problem, "not loaded")
            detail = f"{problem} has no version in service: {reason}"
            raise UnansweredError(Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_after_s=60))
        return served

    def _question_or_refuse(self, exchange: Exchange, problem: str, request: Any) -> Question:
        exchange.model = problem
        try:
            question = self.question(exchange, problem, request, exchange.body)
        except UnansweredError as error:
            refuse(error.problem)
        exchange.version, exchange.arm = question.served.version, question.served.arm
        return question

    async def _by_canary(
        self, exchange: Exchange, question: Question, ask: Callable[[Question, Computation], Awaitable[Found]]
    ) -> Answered | _Fallen:
        computation = Computation(question, self.telemetry.tracing)
        try:
            found = await ask(question, computation)
        except LateError:
            raise
        except Exception as error:  # noqa: BLE001  (told apart there)
            return self._fall(exchange, question, computation, error)
        return self.answered(exchange, question, computation, found)

    def _fall(self, exchange: Exchange, question: Question, computation: Computation, error: Exception) -> _Fallen:
        if not _is_refusal(error):
            self._failure(exchange, question, computation, error)
        return _Fallen(question, computation, error)

    def _settle(self, exchange: Exchange, fallen: _Fallen | None) -> None:
        """Note a refusal that the champion, which has answered, does not share."""
        if fallen is not None and _is_refusal(fallen.error):
            self._failure(exchange, *fallen)

    def _instead(self, fallen: _Fallen) -> Question:
        """Return the question that the champion answers instead."""
        question = fallen.question
        champion = self.models.served[question.problem]
        key = question.key._replace(version=champion.version)
        return replace(question, served=champion, key=key, started_s=time.perf_counter())

    def _finish(self, exchange: Exchange, answered: Answered, fallen: _Fallen | None = None) -> bytes:
        _tell(exchange, answered.question.served)
        exchange.cost_usd = answered.cost_usd
        self._settle(exchange, fallen)
        if not self.recorder.record(answered.record).may_acknowledge:
            refuse(NOT_KEPT)
        self.sampler.see(answered.question, answered.record)
        return answered.body

    def _refuse(self, exchange: Exchange, question: Question, computation: Computation, error: Exception) -> NoReturn:
        refuse(self._failure(exchange, question, computation, error))

    def _failure(self, exchange: Exchange, question: Question, computation: Computation, error: Exception) -> Problem:
        """Return the problem that an error of a model is, counted; a fault of the model is logged and recorded.

        A fault of the host is logged alone.
        """
        if _is_refusal(error) and question.served.arm is not Arm.CANARY:
            self._count(question, "refused", computation.cpu_s, None)
            return _problem_of(error)
        if is_fault_of_host(error):
            return _host_fault(question.problem, exchange, error)
        log.error("prediction failed", exc_info=error, extra=_names(question.problem, exchange))
        self._count(question, "failed", computation.cpu_s, None)
        self.recorder.record(failure_of(question, exchange.request_id, self.now(), error))
        return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "The model failed on this request; it has been logged.")

    def _count(self, question: Question, outcome: str, cpu_s: float, source: Source | None) -> float:
        metrics, problem, served = self.telemetry.metrics, question.problem, question.served
        if source is not None:
            metrics.count_cache("memory", problem, hit=source is Source.MEMORY)
            # Also what could not be looked up there was not found there; who joins another does not look.
            if source is Source.REDIS or (source is Source.COMPUTED and self.cache.shares(problem)):
                metrics.count_cache("redis", problem, hit=source is Source.REDIS)
        return metrics.observe_prediction(problem, version=served.version, arm=served.arm, outcome=outcome, cpu_s=cpu_s)


def _tell(exchange: Exchange, served: Served) -> None:
    """Have log and answer say which version answers, and in which arm."""
    exchange.version, exchange.arm = served.version, served.arm
    exchange.headers += ((_ARM_FIELD, served.arm.encode()), (_VERSION_FIELD, served.version.encode()))


def _host_fault(problem: str, exchange: Exchange, error: Exception) -> Problem:
    log.error("the host could not have a question answered", exc_info=error, extra=_names(problem, exchange))
    return HOST_FAULT


def _names(problem: str, exchange: Exchange) -> dict[str, str]:
    return {"model": problem, "request_id": exchange.request_id}


def _is_refusal(error: Exception) -> TypeGuard[RequestError | StructuralError]:
    return isinstance(error, RequestError | StructuralError)


def _problem_of(error: RequestError | StructuralError) -> Problem:
    """Return the problem of a request that cannot be answered as asked, which names the field."""
    status = error.status if isinstance(error, RequestError) else HTTPStatus.UNPROCESSABLE_ENTITY
    return Problem(status, str(error), ((error.field, str(error)),) if error.field else ())
