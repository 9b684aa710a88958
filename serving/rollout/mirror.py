"""The shadow: what the champion was asked is asked of the canary too, beside the requests; nobody sees its answer."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from configs.routing_settings import RoutingSettings
from serving.computing import Computation, Ids, Output, Question, failure_of, record_of, unpack
from serving.loaded_models import LoadedModels
from serving.recording import PredictionRecord, Recorder, new_prediction_id
from serving.rollout.routing import Arm
from serving.spare_time import Pace, SpareTime
from serving.telemetry import Telemetry

log = logging.getLogger("sdai.serving")


class Mirrored(NamedTuple):
    """A question that the champion has answered, and the id of the request that brought it."""

    question: Question
    request_id: str


class Mirror:
    """Asks canaries what champions were asked, in a thread of its own, and records the answers as arm ``shadow``.

    Parameters
    ----------
    models : what is in service.
    telemetry : told what came of each.
    recorder : keeps the answers; what it cannot keep is lost, because nobody waits for it.
    settings : room in the queue, part of the time that may be spent.
    on_answer : sees each answer.
    """

    def __init__(
        self,
        models: LoadedModels,
        telemetry: Telemetry,
        recorder: Recorder,
        settings: RoutingSettings,
        on_answer: Callable[[Question, PredictionRecord], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._models = models
        self._telemetry = telemetry
        self._recorder = recorder
        self._on_answer = on_answer
        self._now = now
        self.spare: SpareTime[Mirrored] = SpareTime(
            "mirror",
            self.ask,
            Pace(settings.mirror_queue, settings.mirror_busy_share),
            on_dropped=lambda problem: telemetry.metrics.count_beside("mirror", problem, "dropped"),
        )

    def offer(self, question: Question, request_id: str) -> None:
        """Take a question that the champion has answered, or drop it where too many wait."""
        self.spare.offer(question.problem, Mirrored(question, request_id))

    def ask(self, mirrored: Mirrored) -> None:
        """Ask the canary of now; without one there is nothing to do."""
        asked = mirrored.question
        canary = self._models.canaries.get(asked.problem)
        if canary is None:
            return
        served = replace(canary.served, arm=Arm.SHADOW)
        key = asked.key._replace(version=served.version)
        question = replace(asked, served=served, key=key, started_s=time.perf_counter())
        computation = Computation(question, self._telemetry.tracing)
        try:
            packed = computation()
        except Exception as error:  # noqa: BLE001  (a fault of the canary, a refusal too: the champion has answered)
            log.warning("shadow %s failed: %s", served.version, type(error).__name__, extra={"model": asked.problem})
            self._count(question, "failed", computation.cpu_s)
            self._recorder.record(failure_of(question, mirrored.request_id, self._now(), error))
            return
        self._count(question, "abstained" if computation.has_abstained else "answered", computation.cpu_s)
        now = self._now()
        ids = Ids(new_prediction_id(now), mirrored.request_id)
        confidence, body = unpack(packed, ids)
        record = record_of(question, ids, now, Output(body, confidence, computation.elapsed_s))
        if self._recorder.record(record).may_acknowledge:
            self._on_answer(question, record)

    def _count(self, question: Question, outcome: str, cpu_s: float) -> None:
        served = question.served
        self._telemetry.metrics.observe_prediction(
            question.problem, version=served.version, arm=served.arm, outcome=outcome, cpu_s=cpu_s
        )
