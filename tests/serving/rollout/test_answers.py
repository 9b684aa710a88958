"""A rollout over HTTP: who is answered by which arm, and that nobody suffers from a canary."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from configs.auth_settings import Scope
from flows.samples import ROUTES, sample_request
from serving.errors import RequestError
from serving.loaded_models import Canary, Served
from serving.rollout.guarding import LONGEST_ON_THE_LOOP_S, CanaryGuard, GuardLimits
from serving.rollout.routing import Arm, Split, in_canary
from serving.store.predictions import StoredPrediction, recent_predictions
from tests.serving.running import Running, response_of

SECTION, CLASH = "section_optimizer", "clash_detector"
PATH = ROUTES[SECTION]


def ask(service: Running, span_feet: float = 40, problem: str = SECTION, **headers: str) -> Any:
    body = sample_request(problem) | ({"span_feet": span_feet} if problem == SECTION else {})
    return service.client.post(
        ROUTES[problem], json=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def arm_of(answer: Any) -> tuple[int, str | None, str | None]:
    return answer.status_code, answer.headers.get("x-sdai-arm"), answer.headers.get("x-sdai-model-version")


@pytest.fixture
def rows(database: sa.Engine) -> Callable[[int], list[StoredPrediction]]:
    """Return what waits until so many predictions have been stored since the test began, and returns them."""
    began = datetime.now(UTC)

    def wait(count: int) -> list[StoredPrediction]:
        deadline = time.monotonic() + 10
        while (
            len(found := recent_predictions(database, SECTION, began) + recent_predictions(database, CLASH, began))
            < count
        ):
            assert time.monotonic() < deadline, found
            time.sleep(0.02)
        return sorted(found, key=lambda row: row.id)

    return wait


def test_each_client_is_answered_by_its_arm_and_told_which(service: Running, rows: Any) -> None:
    service.put_in_service(SECTION, version="a-1")
    service.put_canary(SECTION, version="b-1", weight=3_000)
    clients = [f"client-{number}" for number in range(30)]
    told = {client: arm_of(ask(service, **service.as_client(client))) for client in clients}
    expected = {
        client: (200, "canary", "b-1") if in_canary(3_000, "salt", client) else (200, "champion", "a-1")
        for client in clients
    }
    assert told == expected
    assert {arm for _, arm, _ in told.values()} == {"canary", "champion"}
    stored = {row.client_id: (200, row.arm, row.model_version) for row in rows(30)}
    assert stored == expected
    body = ask(service, **service.as_client(clients[0])).json()
    assert body["model_version"] == expected[clients[0]][2]


def test_the_log_line_and_the_figures_name_the_arm(service: Running) -> None:
    service.put_in_service(SECTION, version="a-2")
    service.put_canary(SECTION, version="b-2")
    ask(service)
    (line,) = service.lines
    assert (line.version, line.arm) == ("b-2", "canary")
    page = service.client.get("/metrics").text
    assert f'arm="canary",model="{SECTION}",outcome="answered",version="b-2"' in page


@pytest.mark.parametrize(("arm", "version"), [("champion", "a-3"), ("canary", "b-3")])
@pytest.mark.parametrize("weight", [0, 10_000])
def test_who_may_can_choose_the_arm(service: Running, arm: str, version: str, weight: int) -> None:
    service.put_in_service(SECTION, version="a-3")
    service.put_canary(SECTION, version="b-3", weight=weight)
    assert arm_of(ask(service, x_sdai_arm=arm)) == (200, arm, version)


def test_who_may_not_cannot(service: Running) -> None:
    service.put_in_service(SECTION)
    service.put_canary(SECTION)
    token = service.token(Scope.DESIGN_READ)
    refused = ask(service, authorization=f"Bearer {token}", x_sdai_arm="canary")
    assert refused.status_code == 403
    assert "rollout:override" in refused.json()["detail"]
    assert ask(service, authorization=f"Bearer {token}").status_code == 200


@pytest.mark.parametrize("arm", ["shadow", "CANARY", "", "canary, champion"])
def test_an_arm_that_there_is_not_is_refused(service: Running, arm: str) -> None:
    service.put_in_service(SECTION)
    answer = ask(service, x_sdai_arm=arm)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_choosing_a_canary_where_there_is_none_is_a_conflict(service: Running) -> None:
    service.put_in_service(SECTION, version="a-4")
    answer = ask(service, x_sdai_arm="canary")
    assert answer.status_code == 409
    assert "no canary" in answer.json()["detail"]
    assert arm_of(ask(service, x_sdai_arm="champion")) == (200, "champion", "a-4")


def breaks(_: Any) -> Any:
    raise KeyError("secret")


def not_finite(_: Any) -> Any:
    return response_of(SECTION).__class__.model_validate(
        response_of(SECTION).model_dump() | {"confidence": float("nan")}
    )


def not_finite_within(_: Any) -> Any:
    answer = response_of(SECTION).model_dump() | {"limit_states": {"shear": float("nan")}}
    return response_of(SECTION).__class__.model_validate(answer)


def refuses(_: Any) -> Any:
    raise RequestError("no W shape is adequate", field="span_feet")


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        (breaks, "KeyError"),
        (not_finite, "ValidationError"),
        (not_finite_within, "ValidationError"),
        (refuses, "RequestError"),
    ],
)
@pytest.mark.parametrize("in_batch", [False, True])
def test_the_champion_answers_what_a_canary_does_not(
    service: Running, rows: Any, fault: Any, named: str, in_batch: bool
) -> None:
    service.put_in_service(SECTION)
    version = service.worker.models.served[SECTION].version
    service.put_canary(SECTION, fault, version=f"bad-{named}-{in_batch}-{fault.__name__}")
    if in_batch:
        answer = service.client.post(
            f"{PATH}/batch", json={"items": [sample_request(SECTION)]}, headers={"x-request-id": "b"}
        )
        (part,) = answer.json()["results"]
        assert (part["status"], part["answer"]["model_version"]) == (200, version)
    else:
        answer = ask(service, x_request_id="b")
        assert answer.json()["model_version"] == version
    assert arm_of(answer) == (200, "champion", version)
    failed, answered = sorted(rows(2), key=lambda row: row.status, reverse=True)
    assert (failed.arm, failed.status, failed.output) == ("canary", "failed", {"error": named})
    assert (answered.arm, answered.status) == ("champion", "answered")
    assert failed.request_id == answered.request_id == "b"


def test_a_refusal_of_both_is_one_and_no_fault(service: Running, rows: Any) -> None:
    service.put_in_service(SECTION, refuses)
    service.put_canary(SECTION, refuses)
    answer = ask(service)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "span_feet"
    service.put_in_service(SECTION, version="marks-the-end")
    service.worker.models.canaries.clear()
    ask(service)
    assert [row.model_version for row in rows(1)] == ["marks-the-end"]


def test_a_fault_of_the_canary_counts_though_the_champion_refuses(service: Running, rows: Any) -> None:
    service.put_in_service(SECTION, refuses)
    service.put_canary(SECTION, breaks)
    assert ask(service).status_code == 422
    (row,) = rows(1)
    assert (row.arm, row.status) == ("canary", "failed")


@pytest.fixture
def impatient(service: Running, monkeypatch: pytest.MonkeyPatch) -> Running:
    """Return the service with a guard that waits a tenth of a second for a canary."""
    worker = service.worker
    guard = CanaryGuard(worker.cache, worker.answering.together, worker.threads.canaries, GuardLimits(0.1, 0.1, 2))
    # A frozen dataclass with slots: this is the one way in.
    before = worker.answering.guard
    object.__setattr__(worker.answering, "guard", guard)
    monkeypatch.setattr(service.client, "timeout", 10)
    yield service  # type: ignore[misc]
    object.__setattr__(worker.answering, "guard", before)


def slow(problem: str, seconds: float) -> Callable[[Any], Any]:
    def give(_: Any) -> Any:
        time.sleep(seconds)
        return response_of(problem)

    return give


def test_a_canary_beyond_its_deadline_is_left_and_the_next_question_is_asked_off_the_loop(
    impatient: Running, rows: Any
) -> None:
    impatient.put_in_service(SECTION, version="a-5")
    impatient.put_canary(SECTION, slow(SECTION, 1.5), version="slow-1")
    first = ask(impatient, span_feet=41)
    began_s = time.monotonic()
    second = ask(impatient, span_feet=42)
    assert time.monotonic() - began_s < 1.2
    assert arm_of(first) == arm_of(second) == (200, "champion", "a-5")
    failed = [row for row in rows(4) if row.status == "failed"]
    assert [row.output for row in failed] == [{"error": "CanaryDeadlineError"}] * 2
    assert all(row.execution_time_ms >= 99 for row in failed)


def test_a_canary_that_is_slow_but_in_time_answers(service: Running) -> None:
    service.put_in_service(SECTION, version="a-6")
    service.put_canary(SECTION, slow(SECTION, LONGEST_ON_THE_LOOP_S + 0.01), version="slow-2")
    assert [arm_of(ask(service, span_feet=span))[1] for span in (41, 42)] == ["canary", "canary"]


def test_what_would_wait_too_long_for_a_canary_goes_to_the_champion(impatient: Running, rows: Any) -> None:
    impatient.put_in_service(SECTION, version="a-7")
    impatient.put_canary(SECTION, slow(SECTION, 1.0), version="slow-3")
    for span in range(41, 46):
        assert arm_of(ask(impatient, span_feet=span)) == (200, "champion", "a-7")
    errors = [row.output["error"] for row in rows(10) if row.status == "failed"]
    assert errors[:3] == ["CanaryDeadlineError"] * 3
    assert "CanaryBusyError" in errors


def test_questions_about_whole_models_have_a_deadline_too(impatient: Running, rows: Any) -> None:
    from flows.samples import write_sample_models

    write_sample_models(impatient.worker.settings.paths.ifc_models)
    impatient.put_in_service(CLASH, version="a-8")
    impatient.put_canary(CLASH, slow(CLASH, 0.5), version="slow-4")
    assert arm_of(ask(impatient, problem=CLASH)) == (200, "champion", "a-8")
    assert [row.arm for row in rows(2)] == ["canary", "champion"]


def test_a_canary_s_answers_are_kept_apart_and_noted_as_kept(service: Running, rows: Any) -> None:
    champion = service.put_in_service(SECTION)
    canary = service.put_canary(SECTION)
    for _ in range(2):
        ask(service, span_feet=43)
    assert (len(champion.asked), len(canary.asked)) == (0, 1)
    assert [row.is_cached for row in rows(2)] == [False, True]


def test_the_shadow_is_asked_what_the_champion_answered_and_nobody_is_told(service: Running, rows: Any) -> None:
    service.put_in_service(SECTION, version="a-9")
    canary = service.put_canary(SECTION, version="b-9", weight=0, shadow_share=1.0)
    answer = ask(service, span_feet=44, x_request_id="mirrored")
    assert arm_of(answer) == (200, "champion", "a-9")
    champion, shadow = sorted(rows(2), key=lambda row: row.arm or "")
    assert (shadow.arm, shadow.model_version, shadow.status) == ("shadow", "b-9", "answered")
    assert shadow.request_id == champion.request_id == "mirrored"
    assert (shadow.input_hash, shadow.client_id) == (champion.input_hash, champion.client_id)
    assert canary.asked[0].span_feet == 44


@pytest.mark.parametrize("fault", [breaks, refuses, not_finite])
def test_a_shadow_that_fails_is_recorded_and_harms_nobody(service: Running, rows: Any, fault: Any) -> None:
    service.put_in_service(SECTION)
    service.put_canary(SECTION, fault, weight=0, shadow_share=1.0)
    assert ask(service).status_code == 200
    assert {(row.arm, row.status) for row in rows(2)} == {("champion", "answered"), ("shadow", "failed")}


def test_a_share_is_mirrored(service: Running) -> None:
    service.put_in_service(SECTION)
    mirrored: list[Any] = []
    sampler = service.worker.answering.sampler
    chances = iter([0.1, 0.9, 0.3, 0.9])
    sampler._chance, before = lambda: next(chances), sampler._chance
    sampler._mirror, mirror = _Offers(mirrored), sampler._mirror
    try:
        service.put_canary(SECTION, weight=0, shadow_share=0.25)
        for span in (50, 50, 51):  # the second is answered from the cache
            ask(service, span_feet=span)
    finally:
        sampler._chance, sampler._mirror = before, mirror
    assert mirrored == [50]


class _Offers:
    def __init__(self, kept: list[Any]) -> None:
        self.kept = kept

    def offer(self, question: Any, request_id: str) -> None:
        self.kept.append(question.request.span_feet)


def test_routing_costs_a_question_without_a_rollout_next_to_nothing(service: Running) -> None:
    service.put_in_service(SECTION)
    models, times = service.worker.models, 20_000
    began_s = time.perf_counter()
    for _ in range(times):
        models.route(SECTION, "client")
    assert (time.perf_counter() - began_s) / times < 5e-6


def test_changing_hands_between_two_questions_drops_none(service: Running) -> None:
    service.put_in_service(SECTION, version="a-10")
    predictor: Any = service.put_canary(SECTION, version="b-10")
    served = Served(predictor, "b-10", Arm.CANARY)
    seen = []
    for turn, span in enumerate(range(60, 80)):
        if turn % 2:
            service.worker.models.drop_canary(SECTION)
        else:
            service.worker.models.put_canary(SECTION, Canary(served, Split("salt", 10_000)))
        seen.append(arm_of(ask(service, span_feet=span)))
    assert seen == [(200, "canary", "b-10"), (200, "champion", "a-10")] * 10
