"""From a validated request to the bytes of its answer: cached or computed, recorded, counted; refusals are problems."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, NoReturn

from serving.caching import AnswerCache, AnswerKey, Found, Source, answer_key
from serving.computing import Computation, Ids, Question, unpack
from serving.errors import RequestError
from serving.http_problems import Exchange, Problem, exchange_now, refuse
from serving.loaded_models import LoadedModels
from serving.recording import PredictionRecord, Recorder, new_prediction_id
from serving.store.predictions import PredictionStatus
from serving.telemetry import Telemetry
from serving.threads import ThreadPool
from structural.errors import StructuralError

NOT_KEPT = Problem(
    HTTPStatus.SERVICE_UNAVAILABLE, "The answer cannot be recorded now, so it is not given; ask again.", retry_after_s=5
)
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


@dataclass(frozen=True, slots=True)
class Answering:
    """Answers the questions of one worker.

    ``content_of`` gives, for a problem whose requests name something they do not contain, the digest of that for a
    request and a client; it may read files. ``threads`` are for questions that take long.
    """

    models: LoadedModels
    telemetry: Telemetry
    cache: AnswerCache
    recorder: Recorder
    threads: ThreadPool
    content_of: Mapping[str, Callable[[Any, str], str]]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def answer(self, problem: str, request: Any) -> bytes:
        """Answer a question that takes little time, on the event loop, or refuse it."""
        exchange = exchange_now()
        question = self._question_or_refuse(exchange, problem, request)
        computation = Computation(question, self.telemetry.tracing)
        try:
            found = await self.cache.get_or_compute(question.key, computation)
        except Exception as error:  # noqa: BLE001  (process edge: told apart and logged there)
            self._refuse(exchange, question, computation, error)
        return self._finish(exchange, self.answered(exchange, question, computation, found))

    async def answer_elsewhere(self, problem: str, request: Any) -> bytes:
        """Answer a question that takes long, in a thread; who asks the same meanwhile waits for the one answer."""
        exchange = exchange_now()
        question = await self.threads.run(self._question_or_refuse, exchange, problem, request)
        computation = Computation(question, self.telemetry.tracing)

        async def compute() -> bytes:
            return await self.threads.run(computation)

        try:
            found = await self.cache.get_or_await(question.key, compute)
        except Exception as error:  # noqa: BLE001  (as above)
            self._refuse(exchange, question, computation, error)
        return self._finish(exchange, self.answered(exchange, question, computation, found))

    def answer_item(self, exchange: Exchange, problem: str, request: Any, given: bytes, index: int) -> Answered:
        """Answer one item of a batch, in a thread; its record is still to be kept. Raises `UnansweredError`."""
        question = self.question(exchange, problem, request, given, index)
        computation = Computation(question, self.telemetry.tracing)
        try:
            found = self.cache.get_or_compute_blocking(question.key, computation)
        except Exception as error:
            raise UnansweredError(self._failure(exchange, question, computation, error)) from error
        return self.answered(exchange, question, computation, found)

    def question(
        self, exchange: Exchange, problem: str, request: Any, given: bytes, index: int | None = None
    ) -> Question:
        """Return the question that a validated request is now. Raises `UnansweredError`."""
        served = self.models.served.get(problem)
        if served is None:
            reason = self.models.unavailable.get(problem, "not loaded")
            detail = f"{problem} has no version in service: {reason}"
            raise UnansweredError(Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_after_s=60))
        content_of = self.content_of.get(problem)
        try:
            content = content_of(request, exchange.client) if content_of else ""
        except RequestError as error:
            raise UnansweredError(_problem_of(error)) from error
        key: AnswerKey = answer_key(problem, served.version, request, content)
        return Question(problem, served, request, key, given, exchange.client, time.perf_counter(), index)

    def answered(self, exchange: Exchange, question: Question, computation: Computation, found: Found) -> Answered:
        """Return what was found as an answer with ids of its own, counted."""
        now = self.now()
        ids = Ids(new_prediction_id(now), exchange.request_id)
        confidence, body = unpack(found.answer, ids)
        outcome = "cached"
        if found.source is Source.COMPUTED:
            outcome = "abstained" if computation.has_abstained else "answered"
        cost_usd = self._count(question, outcome, computation.cpu_s, found.source)
        record = self._record(exchange, question, ids, now, body, confidence)
        return Answered(body, record, cost_usd)

    def _question_or_refuse(self, exchange: Exchange, problem: str, request: Any) -> Question:
        exchange.model = problem
        try:
            question = self.question(exchange, problem, request, exchange.body)
        except UnansweredError as error:
            refuse(error.problem)
        exchange.version, exchange.arm = question.served.version, question.served.arm
        return question

    def _finish(self, exchange: Exchange, answered: Answered) -> bytes:
        exchange.cost_usd = answered.cost_usd
        if not self.recorder.record(answered.record).may_acknowledge:
            refuse(NOT_KEPT)
        return answered.body

    def _refuse(self, exchange: Exchange, question: Question, computation: Computation, error: Exception) -> NoReturn:
        refuse(self._failure(exchange, question, computation, error))

    def _failure(self, exchange: Exchange, question: Question, computation: Computation, error: Exception) -> Problem:
        """Return the problem that an error of a model is, counted; a fault of the model is logged and recorded."""
        if isinstance(error, RequestError | StructuralError):
            self._count(question, "refused", computation.cpu_s, None)
            return _problem_of(error)
        names = {"model": question.problem, "request_id": exchange.request_id}
        log.error("prediction failed", exc_info=error, extra=names)
        self._count(question, "failed", computation.cpu_s, None)
        now = self.now()
        ids = Ids(new_prediction_id(now), exchange.request_id)
        record = self._record(exchange, question, ids, now, {"error": type(error).__name__})
        self.recorder.record(record._replace(status=PredictionStatus.FAILED))
        return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "The model failed on this request; it has been logged.")

    def _record(
        self,
        exchange: Exchange,
        question: Question,
        ids: Ids,
        now: datetime,
        output: Any,
        confidence: float | None = None,
    ) -> PredictionRecord:
        return PredictionRecord(
            ids.prediction,
            ids.request,
            question.problem,
            question.served.version,
            exchange.client,
            question.key.sha256,
            question.given,
            output,
            confidence,
            (time.perf_counter() - question.started_s) * 1_000,
            now,
            question.served.arm,
            question.item_index,
        )

    def _count(self, question: Question, outcome: str, cpu_s: float, source: Source | None) -> float:
        metrics, problem, served = self.telemetry.metrics, question.problem, question.served
        if source is not None:
            metrics.count_cache("memory", problem, hit=source is Source.MEMORY)
            if source is Source.REDIS:
                metrics.count_cache("redis", problem, hit=True)
        return metrics.observe_prediction(problem, version=served.version, arm=served.arm, outcome=outcome, cpu_s=cpu_s)


def _problem_of(error: RequestError | StructuralError) -> Problem:
    """Return the problem of a request that cannot be answered as asked, which names the field."""
    status = error.status if isinstance(error, RequestError) else HTTPStatus.UNPROCESSABLE_ENTITY
    return Problem(status, str(error), ((error.field, str(error)),) if error.field else ())
