"""One question on its way to an answer: what it is, how it is computed, how the answer is packed for the caches."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from serving.caching import AnswerKey
from serving.errors import ServingError
from serving.loaded_models import Served
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

    __slots__ = ("_question", "_tracing", "cpu_s", "elapsed_s", "has_abstained")

    def __init__(self, question: Question, tracing: Tracing) -> None:
        self._question = question
        self._tracing = tracing
        self.cpu_s = 0.0
        """CPU seconds of the model and its proof; 0 while nothing was computed."""
        self.elapsed_s = 0.0
        """Seconds that they took by the clock."""
        self.has_abstained = False
        """Whether the answer names doubts and so is not to be taken as proven."""

    def __call__(self) -> bytes:
        """Return the packed answer; raises what the model raises."""
        question = self._question
        began_s, started_s = time.thread_time(), time.perf_counter()
        try:
            with self._tracing.span("predict", question.problem):
                response = _ask(question)
            self.has_abstained = bool(getattr(response, "doubts", None))
            return pack(response, question.served.version)
        finally:
            self.cpu_s, self.elapsed_s = time.thread_time() - began_s, time.perf_counter() - started_s


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
