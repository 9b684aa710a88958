"""A batch stops for its deadline and for a client that has left."""

import json
from threading import Event
from types import SimpleNamespace
from typing import Any

from flows.samples import sample_request
from serving.answering import Answered
from serving.batches import Batches
from serving.http_problems import Exchange
from serving.schemas import risk_analyzer

ITEM = sample_request("risk_analyzer")


class Clock:
    """Goes on by ``step_s`` at every look."""

    def __init__(self, step_s: float) -> None:
        self.now_s = 0.0
        self.step_s = step_s

    def __call__(self) -> float:
        self.now_s += self.step_s
        return self.now_s


def batches(clock: Clock, kept: list[Any]) -> Batches:
    def answer_item(exchange: Exchange, problem: str, request: Any, given: bytes, index: int) -> Answered:
        return Answered(b"{}", SimpleNamespace(item_index=index), 0.5, SimpleNamespace())  # type: ignore[arg-type]

    def keep(exchange: Exchange, answers: Any) -> bool:
        kept.extend(answered.record for answered in answers)
        return True

    answering = SimpleNamespace(answer_item=answer_item, keep=keep)
    return Batches(answering, {"risk_analyzer": risk_analyzer.Request}, 10.0, clock)  # type: ignore[arg-type]


def test_items_after_the_deadline_are_refused_and_the_others_kept() -> None:
    kept: list[Any] = []
    exchange = Exchange("id", "POST", "/api/v1/analyze/risk/batch")
    body = json.loads(batches(Clock(4.0), kept).run(exchange, "risk_analyzer", [ITEM] * 4, Event()))
    # 4 s is the start; 13 s the deadline; looks at 8, 12, 16 and 20 s.
    assert [part["status"] for part in body["results"]] == [200, 200, 504, 504]
    assert (body["succeeded"], body["failed"]) == (2, 2)
    assert [record.item_index for record in kept] == [0, 1]
    assert exchange.cost_usd == 1.0


def test_a_client_that_has_left_is_not_worked_for() -> None:
    left, kept = Event(), []
    left.set()
    batches(Clock(0.0), kept).run(Exchange("id"), "risk_analyzer", [ITEM] * 4, left)
    assert kept == []
