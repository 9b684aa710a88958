"""Live labels: sampled, judged beside the requests, stored once, counted by the day and the arm."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from configs.routing_settings import LabelsSettings
from flows.samples import sample_request
from serving.caching import AnswerKey
from serving.computing import Ids, Output, Question, record_of
from serving.labelling.contract import Given, Judgement
from serving.labelling.live import LiveLabels
from serving.labelling.store import DatabaseLabels
from serving.loaded_models import Served
from serving.rollout.routing import Arm
from serving.schemas.risk_analyzer import Request
from serving.store.database import StoreError, open_database
from serving.store.labels import Label, LabelCount, LabelSource, find_label
from serving.telemetry.cost import TaskPrice
from serving.telemetry.labels import RouteTable
from serving.telemetry.metrics import ServiceMetrics
from tests.serving.running import Running

RISK = "risk_analyzer"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Store:
    """Keeps labels, or is away."""

    def __init__(self) -> None:
        self.labels: list[Label] = []
        self.is_away = False
        self.counted: list[datetime] = []
        self.counts: list[LabelCount] = []
        self.closed = False

    def store(self, labels: Sequence[Label]) -> None:
        if self.is_away:
            raise StoreError("away")
        self.labels += labels

    def count_since(self, since: datetime) -> list[LabelCount]:
        self.counted.append(since)
        return self.counts

    def close(self) -> None:
        self.closed = True


class World:
    def __init__(self, judge: Any, **settings: Any) -> None:
        self.now_s = 100.0
        self.store = Store()
        self.metrics = ServiceMetrics(routes=RouteTable({}), price=TaskPrice(1.0, 1.0))
        self.labels = LiveLabels(
            {RISK: judge},
            self.store,
            LabelsSettings(**settings),
            self.metrics,
            now=lambda: NOW,
            clock=lambda: self.now_s,
        )

    def answered(self, number: int = 1, arm: Arm = Arm.CHAMPION) -> tuple[Question, Any]:
        predictor: Any = object()
        request = Request.model_validate(sample_request(RISK))
        served = Served(predictor, "1-a", arm)
        question = Question(RISK, served, request, AnswerKey(RISK, "1-a", "0" * 64), b"{}", "ann", 0.0)
        ids = Ids(f"{number:012x}{'8' * 20}", "r")
        return question, record_of(question, ids, NOW, Output(b'{"overall_risk": "LOW"}', 0.9, 0.001))

    def figure(self, name: str, **labels: str) -> float | None:
        found = self.metrics.registry.get_sample_value(name, labels)
        return None if found is None else float(found)


def test_a_label_tells_whose_it_is_and_what_would_have_been_right() -> None:
    given: list[Given] = []

    def judge(one: Given) -> Judgement:
        given.append(one)
        return Judgement(False, {"overall_risk": "HIGH"})

    world = World(judge)
    question, record = world.answered()
    world.labels.judge((question, record))  # type: ignore[arg-type]
    world.labels.flush_if_due()
    (label,) = world.store.labels
    assert (label.prediction_id, label.model, label.version, label.arm) == (record.id, RISK, "1-a", "champion")
    assert (label.is_correct, label.truth, label.source, label.created_at) == (
        False,
        {"overall_risk": "HIGH"},
        "engine",
        NOW,
    )
    assert given[0].output == {"overall_risk": "LOW"}
    assert given[0].client == "ann"
    assert given[0].chance == pytest.approx(0x8888888888888 / 16**13)


def test_labels_wait_for_a_full_batch_or_their_time() -> None:
    world = World(lambda _: Judgement(True), batch_rows=2, flush_interval_s=10)
    world.labels.flush_if_due()
    for number, stored in ((1, 0), (2, 2), (3, 2)):
        world.labels.judge(world.answered(number))  # type: ignore[arg-type]
        world.labels.flush_if_due()
        assert len(world.store.labels) == stored
    world.now_s += 10
    world.labels.flush_if_due()
    assert len(world.store.labels) == 3


def test_labels_wait_for_a_database_that_is_away(caplog: pytest.LogCaptureFixture) -> None:
    world = World(lambda _: Judgement(True), batch_rows=1)
    world.store.is_away = True
    for number in range(3):
        world.labels.judge(world.answered(number))  # type: ignore[arg-type]
        world.labels.flush_if_due()
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1
    world.store.is_away = False
    world.labels.flush_if_due()
    assert len(world.store.labels) == 3


def test_a_judge_that_fails_labels_nothing_and_is_counted() -> None:
    def judge(_: Given) -> Judgement:
        raise KeyError("overall_risk")

    world = World(judge)
    world.labels.judge(world.answered())  # type: ignore[arg-type]
    world.labels.flush_if_due()
    assert world.store.labels == []
    assert world.figure("sdai_answers_beside_total", work="labels", model=RISK, result="failed") == 1


def test_the_accuracy_of_the_day_is_told_by_model_and_arm_and_the_champion_s_is_the_model_s() -> None:
    world = World(lambda _: Judgement(True), accuracy_interval_s=30)
    world.store.counts = [
        LabelCount(RISK, "1-a", "champion", 60, 57, 5),
        LabelCount(RISK, "0-z", "champion", 40, 39, 0),
        LabelCount(RISK, "2-b", "canary", 10, 5, 0),
        LabelCount(RISK, "2-b", "shadow", 0, 0, 3),
    ]
    for _ in range(3):
        world.labels.flush_if_due()
    assert world.store.counted == [NOW - timedelta(days=1)]
    world.now_s += 30
    world.labels.flush_if_due()
    assert len(world.store.counted) == 2
    assert world.figure("sdai_model_arm_accuracy_ratio", model=RISK, arm="champion") == pytest.approx(0.96)
    assert world.figure("sdai_model_arm_accuracy_ratio", model=RISK, arm="canary") == pytest.approx(0.5)
    assert world.figure("sdai_model_arm_accuracy_ratio", model=RISK, arm="shadow") is None
    assert world.figure("sdai_model_accuracy_ratio", model=RISK) == pytest.approx(0.96)
    assert world.figure("sdai_model_accuracy_predictions", model=RISK) == 100


def test_what_does_not_fit_is_dropped_and_counted_and_ending_stores_what_is_labelled() -> None:
    world = World(lambda _: Judgement(True), queue=1, flush_interval_s=60)
    for number in range(3):
        world.labels.offer(*world.answered(number))
    assert world.figure("sdai_answers_beside_total", work="labels", model=RISK, result="dropped") == 2
    world.labels.spare.start()
    deadline = time.monotonic() + 10
    while world.labels.spare.waiting():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    world.labels.offer(*world.answered(9, Arm.CANARY))
    time.sleep(0.05)
    world.labels.stop(5)
    assert world.store.closed
    assert {label.arm for label in world.store.labels} <= {"champion", "canary"}
    assert world.store.labels


def test_the_same_answer_has_one_label(tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    world = World(lambda _: Judgement(True))
    world.labels.judge(world.answered())  # type: ignore[arg-type]
    world.labels.flush_if_due()
    store = DatabaseLabels(url)
    store.store(world.store.labels)
    store.store([world.store.labels[0].__class__(**_fields(world.store.labels[0]) | {"is_correct": False})])
    assert [count.correct for count in store.count_since(NOW - timedelta(hours=1))] == [1]
    store.close()


def _fields(label: Label) -> dict[str, Any]:
    return {name: getattr(label, name) for name in label.__dataclass_fields__}


def test_the_service_labels_what_it_answers(service: Running) -> None:
    from tests.serving.running import response_of

    def give(_: Any) -> Any:
        return response_of(RISK).model_copy(update={"overall_risk": "MEDIUM"})

    labels, sampler = service.worker.labels, service.worker.answering.sampler
    service.put_in_service(RISK, give)
    sampler._chance, before = lambda: 0.0, sampler._chance
    try:
        answer = service.client.post("/api/v1/analyze/risk", json=sample_request(RISK)).json()
    finally:
        sampler._chance = before
    engine = open_database(service.worker.settings.store_url)
    deadline = time.monotonic() + 15
    while (label := find_label(engine, answer["prediction_id"])) is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    engine.dispose()
    assert label.truth["overall_risk"] in ("LOW", "MEDIUM", "HIGH", "CRITICAL")
    assert label.is_correct is (label.truth["overall_risk"] == "MEDIUM")
    assert labels.share(is_rolled_out=True) > labels.share(is_rolled_out=False)


def test_an_arm_without_labels_in_the_last_day_has_none_any_more() -> None:
    world = World(lambda _: Judgement(True), accuracy_interval_s=30)
    world.store.counts = [LabelCount(RISK, "1-a", "champion", 200, 160, 0)]
    world.labels.flush_if_due()
    assert world.figure("sdai_model_accuracy_predictions", model=RISK) == 200
    world.store.counts = []
    world.now_s += 30
    world.labels.flush_if_due()
    # Else the figures of a bad day would page until somebody asks again.
    assert world.figure("sdai_model_accuracy_predictions", model=RISK) == 0
    assert world.figure("sdai_model_arm_accuracy_predictions", model=RISK, arm="champion") == 0


def test_reviewed_reports_do_not_count_in_the_accuracy_of_the_day(tmp_path: Any) -> None:
    store = DatabaseLabels(f"sqlite:///{tmp_path / 'store.db'}")
    # Clients report errors only, and all of a month may be reviewed on one day.
    store.store([Label(f"r{at}", RISK, "1-a", "champion", False, {}, LabelSource.FEEDBACK, NOW) for at in range(5)])
    store.store([Label("e", RISK, "1-a", "champion", True, {}, LabelSource.ENGINE, NOW)])
    assert [(count.labelled, count.correct) for count in store.count_since(NOW)] == [(1, 1)]
    store.close()
