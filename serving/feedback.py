"""Feedback on answers: kept on the disk before it is acknowledged."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from serving.http_problems import Exchange, Problem, refuse
from serving.recording import FeedbackRecord, Recorder, new_prediction_id
from serving.schemas import feedback
from serving.threads import ThreadPool

MAX_ACTUAL_BYTES = 65_536
NOT_KEPT = Problem(HTTPStatus.SERVICE_UNAVAILABLE, "The report cannot be kept now; send it again.", retry_after_s=5)
_ID_DIGITS = 32


@dataclass(frozen=True, slots=True)
class FeedbackDesk:
    """Takes reports. ``threads`` wait for the disk."""

    recorder: Recorder
    threads: ThreadPool
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def take(self, exchange: Exchange, report: feedback.Request, idempotency_key: str) -> feedback.Response:
        """Keep a report and return what names it, or refuse it.

        The same report by the same key of the same client is kept once. A key is forgotten after a while, so that
        another report may come by it.
        """
        if len(json.dumps(report.actual)) > MAX_ACTUAL_BYTES:
            fault = f"must be at most {MAX_ACTUAL_BYTES} bytes of JSON"
            refuse(Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "The report is too long.", (("actual", fault),)))
        now = self.now()
        feedback_id = _named(exchange.client, idempotency_key, report) if idempotency_key else new_prediction_id(now)
        record = FeedbackRecord(feedback_id, report.prediction_id, exchange.client, report.actual, report.comment, now)
        outcome = await self.threads.run(self.recorder.record_feedback, record)
        if not outcome.may_acknowledge:
            refuse(NOT_KEPT)
        return feedback.Response(
            feedback_id=feedback_id,
            prediction_id=report.prediction_id,
            status="pending",
            request_id=exchange.request_id,
        )


def _named(client: str, idempotency_key: str, report: feedback.Request) -> str:
    said = [client, idempotency_key, report.prediction_id, report.actual, report.comment]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:_ID_DIGITS]
