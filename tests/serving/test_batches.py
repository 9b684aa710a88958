"""A batch stops for its deadline and for a client that has left."""

import json
import threading
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

from configs.settings import ServingSettings
from flows.samples import ROUTES, sample_request, write_sample_models
from serving.answering import Answered
from serving.batches import Batches
from serving.http_problems import Exchange
from serving.schemas import risk_analyzer
from serving.threads import ThreadPool
from tests.serving.running import response_of, running

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
    requests = {"risk_analyzer": risk_analyzer.Request}
    return Batches(answering, requests, 10.0, (), ThreadPool("item", 1), clock)  # type: ignore[arg-type]


def test_items_after_the_deadline_are_refused_and_the_others_kept() -> None:
    kept: list[Any] = []
    exchange = Exchange("id", "POST", "/api/v1/analyze/risk/batch", started_s=4.0)
    body = json.loads(batches(Clock(4.0), kept).run(exchange, "risk_analyzer", [ITEM] * 4, Event()))
    # It arrived at 4 s; 13 s is the deadline; looks at 4, 8, 12 and 16 s.
    assert [part["status"] for part in body["results"]] == [200, 200, 200, 504]
    assert (body["succeeded"], body["failed"]) == (3, 1)
    assert [record.item_index for record in kept] == [0, 1, 2]
    assert exchange.cost_usd == 1.5


def test_the_time_of_a_batch_runs_while_it_waits_for_its_turn() -> None:
    kept: list[Any] = []
    body = json.loads(
        batches(Clock(4.0), kept).run(Exchange("id", started_s=-3.0), "risk_analyzer", [ITEM] * 4, Event())
    )
    assert [part["status"] for part in body["results"]] == [200, 504, 504, 504]


def test_an_item_that_takes_too_long_leaves_the_others_their_answers(tmp_path: Path) -> None:
    path, go_on = f"{ROUTES['clash_detector']}/batch", threading.Event()

    def give(request: Any) -> Any:
        if request.tolerance_mm == 2:
            assert go_on.wait(20)
        return response_of("clash_detector")

    with running(tmp_path, serving=ServingSettings(timeout_s=2.0)) as service:
        write_sample_models(service.worker.settings.paths.ifc_models)
        service.put_in_service("clash_detector", give)
        items = [sample_request("clash_detector") | {"tolerance_mm": number} for number in (1, 2, 3)]
        answer = service.client.post(path, json={"items": items})
        assert [part["status"] for part in answer.json()["results"]] == [200, 504, 504]
        go_on.set()
        again = service.client.post(path, json={"items": items})
        assert [part["status"] for part in again.json()["results"]] == [200, 200, 200]


def test_a_client_that_has_left_is_not_worked_for() -> None:
    left, kept = Event(), []
    left.set()
    batches(Clock(0.0), kept).run(Exchange("id"), "risk_analyzer", [ITEM] * 4, left)
    assert kept == []
