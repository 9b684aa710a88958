"""The batch form of a question: every item read, answered or refused on its own, one after another in a thread.

The items take the single form's own path. The models' vectorised one is left to evaluation: its sums run in another
order, so it may differ in the last digits from what the single form says of the same request.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Event
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from serving.answering import NOT_KEPT, Answered, Answering, UnansweredError
from serving.http_problems import Exchange, Problem, invalid

DEADLINE_SHARE = 0.9
"""Part of a request's time after which no further item is begun, so that the answer is out before its own deadline."""


@dataclass(slots=True)
class _Results:
    """What came of the items so far."""

    parts: list[bytes] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)
    cost_usd: float = 0.0

    def answered(self, index: int, answered: Answered) -> None:
        self.parts.append(b'{"index":%d,"status":200,"answer":%b}' % (index, answered.body))
        self.answers.append(answered)
        self.cost_usd += answered.cost_usd

    def refused(self, index: int, problem: Problem, exchange: Exchange) -> None:
        body = json.dumps(problem.body(exchange.request_id, exchange.path)).encode()
        self.parts.append(b'{"index":%d,"status":%d,"problem":%b}' % (index, problem.status, body))

    def body(self, request_id: str) -> bytes:
        succeeded = len(self.answers)
        return b'{"results":[%b],"succeeded":%d,"failed":%d,"request_id":"%b"}' % (
            b",".join(self.parts),
            succeeded,
            len(self.parts) - succeeded,
            request_id.encode("ascii"),
        )


@dataclass(frozen=True, slots=True)
class Batches:
    """Answers batches.

    ``requests`` is the request schema of each problem; ``timeout_s`` the time that a request may take; ``clock`` gives
    seconds that never go back.
    """

    answering: Answering
    requests: Mapping[str, type[BaseModel]]
    timeout_s: float
    clock: Callable[[], float] = time.monotonic

    def run(self, exchange: Exchange, problem: str, items: list[Any], left: Event) -> bytes:
        """Return the body of the answer to a batch; stops when the client has ``left``.

        Runs in a thread. Raises `UnansweredError` when the answers cannot be recorded: then none is given.
        """
        deadline_s = self.clock() + self.timeout_s * DEADLINE_SHARE
        results = _Results()
        for index, item in enumerate(items):
            if left.is_set():
                break
            if self.clock() >= deadline_s:
                results.refused(index, self._too_late(), exchange)
                continue
            self._one(exchange, problem, index, item, results)
            time.sleep(0)  # the event loop goes first
        exchange.cost_usd = results.cost_usd
        if not self.answering.keep(exchange, results.answers):
            raise UnansweredError(NOT_KEPT)
        return results.body(exchange.request_id)

    def _one(self, exchange: Exchange, problem: str, index: int, item: Any, results: _Results) -> None:
        # Read as JSON once more: what JSON is to the single form, it is here. An infinity becomes one that is refused.
        given = to_json(item, inf_nan_mode="constants")
        try:
            request = self.requests[problem].model_validate_json(given)
            results.answered(index, self.answering.answer_item(exchange, problem, request, given, index))
        except ValidationError as error:
            results.refused(index, invalid(error), exchange)
        except UnansweredError as error:
            results.refused(index, error.problem, exchange)

    def _too_late(self) -> Problem:
        detail = f"Not begun: the items before took all of the {self.timeout_s:g} s; send it again in a smaller batch."
        return Problem(HTTPStatus.GATEWAY_TIMEOUT, detail, retry_after_s=1)
