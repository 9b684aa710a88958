"""Questions about whole models that take long: others are answered meanwhile, too many are refused, none is in vain."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from configs.settings import ServingSettings
from flows.samples import ROUTES, sample_request, write_sample_models
from tests.serving.running import Running, response_of, running

PROBLEM = "clash_detector"
PATH = ROUTES[PROBLEM]
SLOW_MM, QUICK_MM = 10.0, 99.0


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Running]:
    serving = ServingSettings(timeout_s=1.5, slow_threads=1, slow_waiting=2)
    with running(tmp_path, serving=serving) as started:
        write_sample_models(started.worker.settings.paths.ifc_models)
        yield started


def ask(service: Running, tolerance_mm: float, **headers: str) -> Any:
    body = sample_request(PROBLEM) | {"tolerance_mm": tolerance_mm}
    return service.client.post(PATH, json=body, headers=headers)


def test_one_client_does_not_shut_the_endpoint(service: Running) -> None:
    go_on = Event()

    def give(request: Any) -> Any:
        if request.tolerance_mm != QUICK_MM:
            assert go_on.wait(20)
        return response_of(PROBLEM)

    predictor = service.put_in_service(PROBLEM, give, version="waits-1")
    assert ask(service, QUICK_MM).status_code == 200
    with ThreadPoolExecutor(8) as clients:
        asked = [clients.submit(ask, service, SLOW_MM + number) for number in range(6)]
        time.sleep(0.7)
        began_s = time.perf_counter()
        assert ask(service, QUICK_MM).status_code == 200, "a kept answer waits for no computation"
        assert time.perf_counter() - began_s < 0.7
        answers = [item.result() for item in asked]
    assert sorted(answer.status_code for answer in answers) == [503] * 4 + [504] * 2
    assert {answer.headers["retry-after"] for answer in answers} == {"5"}
    assert len(predictor.asked) == 2
    go_on.set()
    assert ask(service, SLOW_MM + 100).status_code == 200
    slow = [request.tolerance_mm for request in predictor.asked if request.tolerance_mm < QUICK_MM]
    assert len(slow) == 1, "what nobody waited for any more was not begun"
    assert 'outcome="failed",version="waits-1"' not in service.client.get("/metrics").text
