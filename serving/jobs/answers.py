"""What jobs answer is kept and counted as what requests are answered: with version, arm and an id for reports."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pydantic_core import from_json, to_json

from serving.caching import answer_key
from serving.errors import ServingError
from serving.loaded_models import Served
from serving.recording import Outcome, PredictionRecord, new_prediction_id
from serving.schemas import clash_detector
from serving.store.database import RawJson
from serving.store.jobs import Job
from serving.store.predictions import PredictionStatus

PROBLEM = "clash_detector"


class Observe(Protocol):
    """Counts a prediction, as `Metrics.observe_prediction` does."""

    def __call__(self, model: str, *, version: str, arm: str, outcome: str, cpu_s: float) -> float: ...


@dataclass(frozen=True, slots=True)
class JobAnswers:
    """Keeps and counts the endings of jobs.

    ``record`` keeps a record on the disk, ``observe`` counts a prediction, ``now`` gives the time with its zone. The
    request id of a record is the id of its job.
    """

    record: Callable[[PredictionRecord], Outcome]
    observe: Observe
    now: Callable[[], datetime]

    def answered(self, job: Job, served: Served, result: RawJson, elapsed_s: float) -> RawJson:
        """Keep the result of a job and return it with its ids, as JSON text.

        Raises `ServingError` where it cannot be kept: the job is then done again, not its answer given unrecorded.
        """
        record = self._record(job, served, elapsed_s)
        answer = from_json(result) | {"prediction_id": record.id, "request_id": job.id}
        text = to_json(answer)
        if not self.record(record._replace(output=text, confidence=answer.get("confidence"))).may_acknowledge:
            raise ServingError("the answer of a job cannot be kept; see the disk of the journal")
        self._count(served, "answered", elapsed_s)
        return RawJson(text.decode())

    def refused(self, served: Served, elapsed_s: float) -> None:
        """Count a job whose model cannot be checked."""
        self._count(served, "refused", elapsed_s)

    def failed(self, job: Job, served: Served, elapsed_s: float) -> None:
        """Keep and count an attempt that ended without an answer, for which its version is to blame."""
        failed = self._record(job, served, elapsed_s)._replace(status=PredictionStatus.FAILED)
        self.record(failed._replace(output={"error": "Crashed"}))
        self._count(served, "failed", elapsed_s)

    def _record(self, job: Job, served: Served, elapsed_s: float) -> PredictionRecord:
        now = self.now()
        request = clash_detector.Request.model_validate(job.request)
        return PredictionRecord(
            new_prediction_id(now),
            job.id,
            PROBLEM,
            served.version,
            job.client_id,
            answer_key(PROBLEM, served.version, request).sha256,
            job.request,
            None,
            None,
            elapsed_s * 1_000,
            now,
            served.arm,
        )

    def _count(self, served: Served, outcome: str, elapsed_s: float) -> None:
        # A job's subprocess has one thread: what it took by the clock is about what it took of a processor.
        self.observe(PROBLEM, version=served.version, arm=served.arm, outcome=outcome, cpu_s=elapsed_s)
