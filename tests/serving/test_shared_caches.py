"""The service with a Redis: answers and rates are shared by workers, and a Redis that is away changes no answer."""

from pathlib import Path

import pytest

from configs.cache_settings import CacheSettings
from configs.limits_settings import LimitsSettings
from flows.samples import ROUTES, sample_request
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
