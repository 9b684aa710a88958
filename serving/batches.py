"""The batch form of a question: every item read, answered or refused on its own, one after another in a thread.

The items take the single form's own path. The models' vectorised one is left to evaluation: its sums run in another
order, so it may differ in the last digits from what the single form says of the same request.
"""

import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from threading import Event
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from serving.answering import NOT_KEPT, Answered, Answering, UnansweredError
from serving.http_problems import Exchange, Problem, invalid
from serving.threads import ThreadPool

DEADLINE_SHARE = 0.9
"""Part of a request's time after which no item is waited for, so that the answer is out before its own deadline."""


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
        if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR or problem.retry_after_s is not None:
            exchange.is_final = False
        self.parts.append(b'{"index":%d,"status":%d,"problem":%b}' % (index, problem.status, body))

    def body(self, request_id: str) -> bytes:
        succeeded = len(self.answers)
        return b'{"results":[%b],"succeeded":%d,"failed":%d,"request_id":"%b"}' % (
            b",".join(self.parts),
            succeeded,
            len(self.parts) - succeeded,
            request_id.encode("ascii"),
        )


class _Item(NamedTuple):
    """One question of a batch, and when an answer to it comes too late."""

    problem: str
    place: int
    content: Any
    deadline_s: float


@dataclass(frozen=True, slots=True)
class Batches:
    """Answers batches.

    ``requests`` is the request schema of each problem; ``timeout_s`` the time that a request may take from its arrival.
    An item of one of the problems ``slow`` may take all of that; it is answered in ``threads``, so that the batch need
    not wait for its end. ``clock`` is that of `Exchange.started_s`.
    """

    answering: Answering
    requests: Mapping[str, type[BaseModel]]
    timeout_s: float
    slow: Collection[str]
    threads: ThreadPool
    clock: Callable[[], float] = time.perf_counter

    def run(self, exchange: Exchange, problem: str, items: list[Any], left: Event) -> bytes:
        """Return the body of the answer to a batch; stops when the client has ``left``.

        Runs in a thread. Raises `UnansweredError` when the answers cannot be recorded: then none is given.
        """
        deadline_s = exchange.started_s + self.timeout_s * DEADLINE_SHARE
        results = _Results()
        for index, item in enumerate(items):
            if left.is_set():
                break
            if self.clock() >= deadline_s:
                results.refused(index, self._too_late(), exchange)
                continue
            self._one(exchange, _Item(problem, index, item, deadline_s), results)
            time.sleep(0)  # the event loop goes first
        exchange.cost_usd = results.cost_usd
        if not self.answering.keep(exchange, results.answers):
            raise UnansweredError(NOT_KEPT)
        return results.body(exchange.request_id)

    def _one(self, exchange: Exchange, item: _Item, results: _Results) -> None:
        # Read as JSON once more: what JSON is to the single form, it is here. An infinity becomes one that is refused.
        given = to_json(item.content, inf_nan_mode="constants")
        try:
            request = self.requests[item.problem].model_validate_json(given)
            ask = partial(self.answering.answer_item, exchange, item.problem, request, given, item.place)
            results.answered(item.place, self._in_time(ask, item.deadline_s) if item.problem in self.slow else ask())
        except ValidationError as error:
            results.refused(item.place, invalid(error), exchange)
        except UnansweredError as error:
            results.refused(item.place, error.problem, exchange)

    def _in_time(self, ask: Callable[[], Answered], deadline_s: float) -> Answered:
        """Return what an item is answered until the deadline; its answer is kept for another try where it is late."""
        work = self.threads.submit(ask)
        try:
            return work.result(max(0.0, deadline_s - self.clock()))
        except TimeoutError as error:
            work.cancel()
            detail = f"No answer within the {self.timeout_s:g} s of the batch; ask again, or as a job."
            raise UnansweredError(Problem(HTTPStatus.GATEWAY_TIMEOUT, detail, retry_after_s=5)) from error

    def _too_late(self) -> Problem:
        detail = f"Not begun: the items before took all of the {self.timeout_s:g} s; send it again in a smaller batch."
        return Problem(HTTPStatus.GATEWAY_TIMEOUT, detail, retry_after_s=1)
