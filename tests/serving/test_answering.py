"""Answers over HTTP: kept and served again, recorded before they leave, limited, asked once by key."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from flows.samples import ROUTES, sample_request, varied, write_sample_models
from serving.errors import RequestError
from serving.idempotency import New
from serving.idempotency_store import DatabaseIdempotencyStore
from serving.limiting import RouteFamily
from serving.recording import Outcome
from serving.store.database import open_database
from serving.store.feedback import find_feedback
from serving.store.predictions import StoredPrediction, find_prediction, recent_predictions
from tests.serving.running import Running, response_of

SECTION = "section_optimizer"
PATH = ROUTES[SECTION]


def ask(service: Running, body: Any = None, **headers: str) -> Any:
    return service.client.post(PATH, json=body or sample_request(SECTION), headers=headers)


def stored(service: Running, prediction_id: str) -> StoredPrediction:
    """Return a record once the recorder has put it into the database."""
    engine = open_database(service.worker.settings.store_url)
    try:
        deadline = time.monotonic() + 10
        while (found := find_prediction(engine, prediction_id)) is None:
            assert time.monotonic() < deadline, "the record did not reach the database"
            time.sleep(0.02)
        return found
    finally:
        engine.dispose()


def test_the_same_question_is_answered_once_and_recorded_twice(service: Running) -> None:
    predictor = service.put_in_service(SECTION, version="cache-1")
    first = ask(service, **{"x-request-id": "one"}).json()
    again = ask(service, **{"x-request-id": "two"}).json()
    assert len(predictor.asked) == 1
    assert (first.pop("request_id"), again.pop("request_id")) == ("one", "two")
    ids = first.pop("prediction_id"), again.pop("prediction_id")
    assert first == again
    rows = [stored(service, name) for name in ids]
    assert [row.request_id for row in rows] == ["one", "two"]
    assert {row.input_hash for row in rows} == {rows[0].input_hash}
    assert rows[0].model_version == "cache-1"
    assert rows[0].client_id == "tester"
    assert rows[0].input == sample_request(SECTION)
    assert rows[0].output["recommended_section"] == first["recommended_section"]
    assert (rows[0].confidence, rows[0].arm) == (0.75, "champion")
    assert rows[0].execution_time_ms > 0
    outcomes = service.client.get("/metrics").text
    for outcome in ("answered", "cached"):
        assert f'model="{SECTION}",outcome="{outcome}",version="cache-1"' in outcomes


def test_another_version_answers_anew(service: Running) -> None:
    service.put_in_service(SECTION, version="cache-2")
    assert ask(service).json()["model_version"] == "cache-2"
    predictor = service.put_in_service(SECTION, version="cache-3")
    assert ask(service).json()["model_version"] == "cache-3"
    assert len(predictor.asked) == 1


def test_a_refusal_is_never_served_again(service: Running) -> None:
    def refuses(_: Any) -> Any:
        raise RequestError("not adequate")

    predictor = service.put_in_service(SECTION, refuses, version="cache-4")
    assert [ask(service).status_code for _ in range(2)] == [422, 422]
    assert len(predictor.asked) == 2


def test_a_failure_of_the_model_is_recorded_as_one(service: Running) -> None:
    def breaks(_: Any) -> Any:
        raise KeyError("secret")

    began = datetime.now(UTC)
    service.put_in_service(SECTION, breaks, version="fails-1")
    assert ask(service).status_code == 500
    engine = open_database(service.worker.settings.store_url)
    deadline = time.monotonic() + 10
    while not (rows := [r for r in recent_predictions(engine, SECTION, began) if r.model_version == "fails-1"]):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    engine.dispose()
    assert [(row.status, row.output) for row in rows] == [("failed", {"error": "KeyError"})]


def test_an_answer_that_cannot_be_recorded_is_not_given(service: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    service.put_in_service(SECTION, version="record-1")
    monkeypatch.setattr(type(service.worker.recorder), "record", lambda *_: Outcome.REFUSED)
    monkeypatch.setattr(type(service.worker.recorder), "record_all", lambda *_: Outcome.REFUSED)
    monkeypatch.setattr(type(service.worker.recorder), "record_feedback", lambda *_: Outcome.REFUSED)
    batch = service.client.post(f"{PATH}/batch", json={"items": [sample_request(SECTION)]})
    report = {"prediction_id": "0" * 32, "actual": 1}
    for answer in (ask(service), batch, service.client.post("/api/v1/feedback", json=report)):
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert "recommended_section" not in answer.text


def test_a_changed_model_file_is_another_question(service: Running) -> None:
    root = service.worker.settings.paths.ifc_models
    write_sample_models(root)
    predictor = service.put_in_service("clash_detector", version="file-1")
    path, body = ROUTES["clash_detector"], sample_request("clash_detector")
    for _ in range(2):
        assert service.client.post(path, json=body).status_code == 200
    assert len(predictor.asked) == 1
    with (root / body["model_ifc"]).open("a") as file:
        file.write("\n")
    assert service.client.post(path, json=body).status_code == 200
    assert len(predictor.asked) == 2
    missing = service.client.post(path, json=body | {"model_ifc": "nowhere.ifc"})
    assert missing.status_code == 404
    assert missing.json()["errors"][0]["field"] == "model_ifc"


def test_every_answer_to_a_client_tells_its_rate(service: Running) -> None:
    service.put_in_service(SECTION)
    answer = ask(service)
    assert int(answer.headers["ratelimit-limit"]) > int(answer.headers["ratelimit-remaining"]) > 0
    assert "ratelimit-reset" in answer.headers
    assert "ratelimit-limit" not in service.client.get("/livez").headers


def test_a_client_over_its_rate_is_told_when_to_come_back_and_another_is_not(service: Running) -> None:
    greedy = service.as_client("greedy")
    rates = service.worker.edge.rates
    service.put_in_service(SECTION)
    for _ in range(20):  # on a machine that stalls a second may pass before the request does
        while rates.hit_here(RouteFamily.JSON, "greedy").allowed:
            pass
        refused = service.client.post(PATH, json=sample_request(SECTION), headers=greedy)
        if refused.status_code != 200:
            break
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.headers["ratelimit-remaining"] == "0"
    assert refused.headers.get_list("retry-after") == [refused.headers["retry-after"]]
    assert ask(service).status_code == 200


def test_a_worker_with_enough_to_do_refuses_at_once(service: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    service.put_in_service(SECTION)
    monkeypatch.setattr(service.worker.edge.in_flight, "current", service.worker.edge.in_flight.max_requests)
    answer = ask(service)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert service.client.get("/livez").status_code == 200


def test_a_key_gets_the_same_answer_again_and_no_other_question(service: Running) -> None:
    service.put_in_service(SECTION, version="key-1")
    key = {"idempotency-key": "order-66"}
    first, again = ask(service, **key), ask(service, **key)
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    other = ask(service, varied(SECTION, sample_request(SECTION), 1), **key)
    assert other.status_code == 422
    assert other.headers["content-type"] == "application/problem+json"
    stranger = service.client.post(PATH, json=sample_request(SECTION), headers=key | service.as_client("stranger"))
    assert "idempotency-replayed" not in stranger.headers
    assert ask(service, **{"idempotency-key": "x" * 256}).status_code == 400


def test_a_refused_question_leaves_its_key_free(service: Running) -> None:
    key = {"idempotency-key": "order-67"}
    assert ask(service, **key).status_code == 503
    service.put_in_service(SECTION)
    assert ask(service, **key).status_code == 200


def test_a_store_of_keys_that_is_away_refuses_nothing(service: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> Any:
        raise OSError("gone")

    service.put_in_service(SECTION)
    monkeypatch.setattr(DatabaseIdempotencyStore, "begin", away)
    answer = ask(service, **{"idempotency-key": "order-68"})
    assert answer.status_code == 200


def test_feedback_is_acknowledged_kept_and_named_once_by_key(service: Running) -> None:
    service.put_in_service(SECTION, version="feedback-1")
    prediction = ask(service).json()["prediction_id"]
    report = {"prediction_id": prediction, "actual": {"recommended_section": "W21x44"}, "comment": "deeper"}
    taken = service.client.post("/api/v1/feedback", json=report)
    assert taken.status_code == 202
    assert taken.json()["prediction_id"] == prediction
    stored(service, prediction)
    engine = open_database(service.worker.settings.store_url)
    deadline = time.monotonic() + 10
    while (found := find_feedback(engine, taken.json()["feedback_id"])) is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    engine.dispose()
    assert found.actual == report["actual"]
    assert (found.client_id, found.comment, found.model) == ("tester", "deeper", SECTION)
    key = {"idempotency-key": "report-1"}
    named = [service.client.post("/api/v1/feedback", json=report, headers=key).json() for _ in range(2)]
    assert named[0]["feedback_id"] == named[1]["feedback_id"] != taken.json()["feedback_id"]


@pytest.mark.parametrize("change", [{"prediction_id": "1" * 32}, {"actual": 2}, {"comment": "other"}])
def test_another_report_by_a_key_that_was_forgotten_is_another_report(
    service: Running, change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def always_new(*_: Any) -> Any:
        return New()

    monkeypatch.setattr(DatabaseIdempotencyStore, "begin", always_new)
    report = {"prediction_id": "0" * 32, "actual": 1, "comment": "one"}
    reports = [report, report, report | change]
    key = {"idempotency-key": "report-2"}
    taken = [service.client.post("/api/v1/feedback", json=body, headers=key).json() for body in reports]
    assert taken[0]["feedback_id"] == taken[1]["feedback_id"] != taken[2]["feedback_id"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prediction_id": "x"}, "prediction_id"),
        ({"actual": None}, "actual"),
        ({"actual": "x" * 70_000}, "actual"),
        ({"comment": "x" * 2_001}, "comment"),
        ({"more": 1}, "more"),
    ],
)
def test_a_report_that_cannot_be_used_is_refused(service: Running, change: dict[str, Any], field: str) -> None:
    report = {"prediction_id": "0" * 32, "actual": 1} | change
    answer = service.client.post("/api/v1/feedback", json=report)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_health_tells_how_records_are(service: Running) -> None:
    body = service.client.get("/api/v1/health").json()
    assert body["recorder"] == "ok"
    assert body["records_waiting_bytes"] >= 0


def test_a_batch_answers_item_by_item(service: Running) -> None:
    def give(request: Any) -> Any:
        if request.span_feet == 41:
            raise RequestError("no W shape is adequate", field="span_feet")
        return response_of(SECTION)

    service.put_in_service(SECTION, give, version="batch-1")
    good = sample_request(SECTION)
    items = [good, good | {"span_feet": 41}, good | {"span_feet": "x"}, 7, good]
    answer = service.client.post(f"{PATH}/batch", json={"items": items}, headers={"x-request-id": "b-1"})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["succeeded"], body["failed"], body["request_id"]) == (2, 3, "b-1")
    assert [(part["index"], part["status"]) for part in body["results"]] == [
        (0, 200),
        (1, 422),
        (2, 422),
        (3, 422),
        (4, 200),
    ]
    assert body["results"][1]["problem"]["errors"] == [{"field": "span_feet", "message": "no W shape is adequate"}]
    assert body["results"][2]["problem"]["errors"][0]["field"] == "span_feet"
    rows = [stored(service, body["results"][index]["answer"]["prediction_id"]) for index in (0, 4)]
    assert [row.item_index for row in rows] == [0, 4]
    assert {row.request_id for row in rows} == {"b-1"}
    (line,) = service.lines
    assert (line.status, line.model, line.route) == (200, SECTION, f"{PATH}/batch")


def test_an_item_of_a_batch_is_answered_as_it_would_be_alone(service: Running) -> None:
    service.put_in_service(SECTION, version="batch-2")
    good = sample_request(SECTION)
    alone = ask(service).json()
    (part,) = service.client.post(f"{PATH}/batch", json={"items": [good]}).json()["results"]
    for name in ("prediction_id", "request_id"):
        alone.pop(name), part["answer"].pop(name)
    assert part["answer"] == alone
    bad = good | {"span_feet": "forty"}
    refused = service.client.post(PATH, json=bad).json()
    (part,) = service.client.post(f"{PATH}/batch", json={"items": [bad]}).json()["results"]
    assert part["problem"]["errors"] == refused["errors"]


def test_a_batch_with_an_item_to_send_again_leaves_its_key_free(service: Running) -> None:
    key, good = {"idempotency-key": "batch-key-1"}, sample_request(SECTION)
    items = {"items": [good, good | {"span_feet": "x"}]}

    def send() -> tuple[list[int], bool]:
        answer = service.client.post(f"{PATH}/batch", json=items, headers=key)
        return [part["status"] for part in answer.json()["results"]], "idempotency-replayed" in answer.headers

    assert send() == ([503, 422], False)
    (problem, wrong) = (part["problem"] for part in service.client.post(f"{PATH}/batch", json=items).json()["results"])
    assert problem["retry_after_s"] == 60
    assert "retry_after_s" not in wrong
    service.put_in_service(SECTION)
    assert send() == ([200, 422], False)
    assert send() == ([200, 422], True)


@pytest.mark.parametrize("body", [{"items": []}, {"items": 1}, {}, {"items": [1] * 101}, {"items": [1], "more": 1}])
def test_an_envelope_that_is_none_is_refused_as_a_whole(service: Running, body: Any) -> None:
    answer = service.client.post(f"{PATH}/batch", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in ("items", "more")


def test_a_batch_counts_as_many_requests(service: Running) -> None:
    before = int(ask(service).headers["ratelimit-remaining"])
    headers = service.client.post(f"{PATH}/batch", json={"items": [1] * 50}).headers
    after = int(ask(service).headers["ratelimit-remaining"])
    assert "ratelimit-remaining" in headers
    assert before - after > 40  # the limits forget while the machine is busy, a request or two a second


def test_a_question_that_waited_too_long_for_its_turn_is_refused(
    service: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor = service.put_in_service(SECTION, version="late-1")
    arrived = iter([True, False])  # in time when it came, too late when its turn did
    monkeypatch.setattr(type(service.worker.edge.delay), "may_begin", lambda *_: next(arrived))
    answer = ask(service)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert predictor.asked == []
    assert [line.status for line in service.lines] == [503]


def test_a_worker_that_is_behind_still_tells_of_itself(service: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    service.put_in_service(SECTION)
    monkeypatch.setattr(type(service.worker.edge.delay), "may_begin", lambda *_: False)
    assert ask(service).status_code == 503
    for path in ("/livez", "/readyz", "/api/v1/health", "/metrics"):
        assert service.client.get(path).status_code == 200


def test_a_key_is_free_again_once_its_question_was_refused(service: Running) -> None:
    def refuses(_: Any) -> Any:
        raise RequestError("not adequate")

    service.put_in_service(SECTION, refuses, version="key-refused")
    key = {"idempotency-key": "refused-1"}
    assert [ask(service, **key).status_code for _ in range(5)] == [422] * 5
    service.put_in_service(SECTION, version="key-good")
    assert ask(service, **key).status_code == 200
