"""The service with a Redis: answers and rates are shared by workers, and a Redis that is away changes no answer."""

import os
from pathlib import Path

import pytest

from configs.cache_settings import CacheSettings
from configs.limits_settings import LimitsSettings
from flows.samples import ROUTES, sample_request, varied
from serving.telemetry import names
from serving.telemetry.snapshot import read_snapshot
from tests.serving.redis_fixtures import REDIS_URL, free_port, redis_prefix
from tests.serving.running import running

__all__ = ["redis_prefix"]

PROBLEM = "compliance_checker"


def test_an_answer_of_one_worker_is_served_by_the_next(redis_prefix: str, tmp_path: Path) -> None:
    cache = CacheSettings(redis_url=REDIS_URL, redis_prefix=redis_prefix)
    answers = []
    for _ in range(2):
        with running(tmp_path, cache=cache) as service:
            predictor = service.put_in_service(PROBLEM, version="shared-1")
            answer = service.client.post(ROUTES[PROBLEM], json=sample_request(PROBLEM))
            assert answer.status_code == 200, answer.text
            answers.append((answer.json(), len(predictor.asked)))
    (first, asked), (second, asked_again) = answers
    assert (asked, asked_again) == (1, 0)
    assert first["prediction_id"] != second["prediction_id"]
    assert first["checks"] == second["checks"]


class Counted:
    """What is counted from now on; the figures of one process go on from service to service."""

    def __init__(self) -> None:
        self._folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
        self._before = read_snapshot(self._folder)

    def by_result(self, name: str, **where: str) -> dict[str, float]:
        now, before = (seen.by(name, "result", **where) for seen in (read_snapshot(self._folder), self._before))
        return {result: count - before.get(result, 0) for result, count in now.items() if count > before.get(result, 0)}

    def lookups(self, problem: str, level: str = "redis") -> dict[str, float]:
        return self.by_result(names.CACHE_LOOKUPS, level=level, model=problem)


def test_what_redis_does_not_have_is_counted_too(redis_prefix: str, tmp_path: Path) -> None:
    cache = CacheSettings(redis_url=REDIS_URL, redis_prefix=redis_prefix, redis_timeout_s=5)
    found = []
    for _ in range(2):
        with running(tmp_path, cache=cache) as service:
            counted = Counted()
            for problem in (PROBLEM, "risk_analyzer"):
                service.put_in_service(problem, version="counted-1")
                for number in range(3):  # the last finds its answer in memory and asks nobody else
                    body = varied(problem, sample_request(problem), min(number, 1))
                    assert service.client.post(ROUTES[problem], json=body).status_code == 200
            found.append((counted.lookups(PROBLEM), counted.lookups("risk_analyzer")))
            assert counted.lookups("risk_analyzer", "memory") == {"miss": 2, "hit": 1}
    assert found == [({"miss": 2}, {}), ({"hit": 2}, {})]


def test_a_redis_that_fails_shows_in_the_figures(tmp_path: Path) -> None:
    cache = CacheSettings(redis_url=f"redis://127.0.0.1:{free_port()}", breaker_failures=1)
    with running(tmp_path, cache=cache) as service:
        counted = Counted()
        service.put_in_service(PROBLEM)
        assert service.client.post(ROUTES[PROBLEM], json=sample_request(PROBLEM)).status_code == 200
        troubles = counted.by_result(names.REDIS_TROUBLES)
        assert troubles["error"] == 1
        assert troubles["skipped"] >= 1
        assert counted.lookups(PROBLEM) == {"miss": 1}


def test_uploads_are_counted_for_all_workers_together(redis_prefix: str, tmp_path: Path) -> None:
    limits = LimitsSettings(redis_url=REDIS_URL, redis_prefix=redis_prefix, upload_rate="1/minute")
    statuses = []
    for _ in range(2):
        with running(tmp_path, limits=limits) as service:
            statuses.append(service.client.post("/api/v1/models/ifc", json={}).status_code)
    assert statuses == [415, 429]


@pytest.mark.parametrize("problem", [PROBLEM, "risk_analyzer"])
def test_a_redis_that_is_away_changes_no_answer(tmp_path: Path, problem: str) -> None:
    url = f"redis://127.0.0.1:{free_port()}"
    with running(tmp_path, cache=CacheSettings(redis_url=url), limits=LimitsSettings(redis_url=url)) as service:
        service.put_in_service(problem)
        for path in (ROUTES[problem], f"{ROUTES[problem]}/batch"):
            body = sample_request(problem)
            answer = service.client.post(path, json=body if path == ROUTES[problem] else {"items": [body]})
            assert answer.status_code == 200, answer.text
