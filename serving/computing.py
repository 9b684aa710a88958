"""One question on its way to an answer: what it is, how it is computed, how the answer is packed for the caches."""

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from serving.caching import AnswerKey
from serving.errors import ServingError
from serving.loaded_models import Served
from serving.predictors.contract import outcomes, together_with
from serving.recording import PredictionRecord, new_prediction_id
from serving.store.predictions import PredictionStatus
from serving.telemetry import Tracing

_OPEN_END = b'"prediction_id":"","request_id":""}'


class PackedError(ServingError):
    """What came out of a cache is no packed answer."""


class Ids(NamedTuple):
    """What tells two equal answers apart. Both need no escaping in JSON."""

    prediction: str
    request: str


@dataclass(frozen=True, slots=True)
class Question:
    """A validated request, the version that answers it, and where its answer is kept.

    ``given`` is the request as JSON text; ``client`` who asks; ``item_index`` its place in a batch.
    """

    problem: str
    served: Served
    request: Any
    key: AnswerKey
    given: bytes
    client: str
    started_s: float
    item_index: int | None = None


class Computation:
    """Computes the packed answer to a question when it is called, and tells what that took."""

    __slots__ = ("_tracing", "asked_together", "cpu_s", "elapsed_s", "has_abstained", "question")

    def __init__(self, question: Question, tracing: Tracing) -> None:
        self.question = question
        self._tracing = tracing
        self.cpu_s = 0.0
        """CPU seconds of the model and its proof; 0 while nothing was computed."""
        self.elapsed_s = 0.0
        """Seconds that they took by the clock."""
        self.asked_together = 1
        """Questions that were answered in this time."""
        self.has_abstained = False
        """Whether the answer names doubts and so is not to be taken as proven."""

    def __call__(self) -> bytes:
        """Return the packed answer; raises what the model raises."""
        with self.span():
            return self.compute()

    def span(self) -> AbstractContextManager[object]:
        """Return the step of the request's trace that lasts until there is an answer."""
        return self._tracing.span("predict", self.question.problem)

    def compute(self) -> bytes:
        """Return the packed answer, outside of any trace."""
        began_s, started_s = time.thread_time(), time.perf_counter()
        try:
            return self.packed(_ask(self.question))
        finally:
            self.cpu_s, self.elapsed_s = time.thread_time() - began_s, time.perf_counter() - started_s

    def packed(self, response: Any) -> bytes:
        """Return the model's response as the caches keep it."""
        self.has_abstained = bool(getattr(response, "doubts", None))
        return pack(response, self.question.served.version)


def compute_together(computations: Sequence[Computation]) -> list[bytes | Exception]:
    """Return for each computation its packed answer or the error in its place; all ask one version, there is one.

    A predictor that answers many at once is given all; where it can give none of the answers, each is asked for alone.
    The processor's time is shared out evenly; by the clock each took as long as all, for so long it was waited for.
    """
    answer_together = together_with(computations[0].question.served.predictor, len(computations))
    if answer_together is None:
        return _one_by_one(computations)
    began_s, started_s = time.thread_time(), time.perf_counter()
    try:
        responses = answer_together([computation.question.request for computation in computations])
    except Exception:  # noqa: BLE001  (told again by the one that is to blame)
        return _one_by_one(computations)
    answers = [_packed(*pair) for pair in zip(computations, responses, strict=True)]
    cpu_s, elapsed_s = time.thread_time() - began_s, time.perf_counter() - started_s
    for computation in computations:
        computation.cpu_s, computation.elapsed_s = cpu_s / len(computations), elapsed_s
        computation.asked_together = len(computations)
    return answers


def _packed(computation: Computation, response: Any) -> bytes | Exception:
    if isinstance(response, Exception):
        return response
    try:
        return computation.packed(response)
    except Exception as error:  # noqa: BLE001  (whoever asked for it tells refusals from faults)
        return error


def _one_by_one(computations: Sequence[Computation]) -> list[bytes | Exception]:
    return outcomes(Computation.compute, computations)


def _ask(question: Question) -> Any:
    """Return the response of the model; one that reads what is the client's own is told who asks."""
    predictor = question.served.predictor
    answer_for = getattr(predictor, "answer_for", None)
    return answer_for(question.request, question.client) if answer_for else predictor.answer(question.request)


def pack(response: Any, version: str) -> bytes:
    """Return a response as the caches keep it: its confidence on a line, its JSON with the ids left open."""
    text: bytes = response.__pydantic_serializer__.to_json(response.model_copy(update={"model_version": version}))
    return b"%r\n%b" % (float(response.confidence), text)


def unpack(packed: bytes, ids: Ids) -> tuple[float, bytes]:
    """Return the confidence and the JSON of the answer with its ids. Raises `PackedError` for anything else."""
    confidence, _, text = packed.partition(b"\n")
    if not text.endswith(_OPEN_END):
        raise PackedError("an answer of the cache has another form; clear the cache")
    end = b'"prediction_id":"%b","request_id":"%b"}' % (ids.prediction.encode("ascii"), ids.request.encode("ascii"))
    return float(confidence), text[: -len(_OPEN_END)] + end


class Output(NamedTuple):
    """What came of a question: JSON text (bytes) or a JSON-ready value, how sure it is, and what it took.

    ``elapsed_s`` is the time of the model and its proof, or of the look-up of an answer that ``is_cached``.
    """

    content: Any
    confidence: float | None
    elapsed_s: float
    is_cached: bool = False


def record_of(question: Question, ids: Ids, now: datetime, output: Output) -> PredictionRecord:
    """Return the record of an answer."""
    return PredictionRecord(
        ids.prediction,
        ids.request,
        question.problem,
        question.served.version,
        question.client,
        question.key.sha256,
        question.given,
        output.content,
        output.confidence,
        output.elapsed_s * 1_000,
        now,
        question.served.arm,
        question.item_index,
        PredictionStatus.ANSWERED,
        output.is_cached,
    )


def failure_of(question: Question, request_id: str, now: datetime, error: Exception) -> PredictionRecord:
    """Return the record of a question that a model failed on; of the error only its kind is told."""
    output = Output({"error": type(error).__name__}, None, time.perf_counter() - question.started_s)
    record = record_of(question, Ids(new_prediction_id(now), request_id), now, output)
    return record._replace(status=PredictionStatus.FAILED)
