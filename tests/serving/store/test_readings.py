from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from serving.rollout.routing import Arm
from serving.store.database import begin_append, open_database
from serving.store.labels import Label, LabelCount, LabelSource, count_labels, find_label, insert_labels
from serving.store.predictions import insert_predictions
from serving.store.readings import (
    AccuracyCount,
    OutcomeCount,
    Window,
    count_accuracy,
    count_outcomes,
    first_failure,
    last_answer,
    latencies_ms,
    mirrored_pairs,
    nth_answer_at,
    spread_latencies_ms,
)
from tests.serving.store.rollout_samples import CANDIDATE, CHAMPION, MODEL, NOW, label, prediction

WINDOW = Window(MODEL, CHAMPION, CANDIDATE, NOW, NOW + timedelta(hours=1))
NEXT_SPAN = NOW + timedelta(seconds=10)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def put(engine: Engine, rows: Sequence[dict[str, Any]], labels: Sequence[Label] = ()) -> None:
    with begin_append(engine) as connection:
        insert_predictions(connection, list(rows))
        insert_labels(connection, labels)


def test_outcomes_are_counted_by_span_and_arm(engine: Engine) -> None:
    put(
        engine,
        [
            prediction(1, "champion", 0.0),
            prediction(2, "champion", 9.999, execution_time_ms=30.0),
            prediction(3, "canary", 3.0, status="failed"),
            prediction(4, "canary", 10.0, execution_time_ms=90.0),
            prediction(5, "canary", 11.0, execution_time_ms=90.0, is_cached=True),
            prediction(6, "canary", 11.0, is_cached=None),
        ],
    )
    limits = [{Arm.CHAMPION: 1.0, Arm.CANARY: 1.0}, {Arm.CHAMPION: 20.0, Arm.CANARY: 60.0}]
    assert count_outcomes(engine, WINDOW, limits) == [
        OutcomeCount(NOW, Arm.CANARY, 0, 1, 0, (0, 0)),
        OutcomeCount(NOW, Arm.CHAMPION, 2, 0, 2, (2, 1)),
        OutcomeCount(NEXT_SPAN, Arm.CANARY, 3, 0, 2, (2, 1)),
    ]
    assert {count.slow for count in count_outcomes(engine, WINDOW)} == {()}


def test_other_models_versions_arms_and_times_do_not_count(engine: Engine) -> None:
    put(
        engine,
        [
            prediction(1, "canary", model="risk_analyzer"),
            prediction(2, "canary", model_version="9-cccccccc"),
            prediction(3, "champion", model_version=CANDIDATE),
            prediction(4, "champion", -0.001),
            prediction(5, "champion", 3600.0),
            {**prediction(6, "champion"), "arm": None},
        ],
    )
    assert count_outcomes(engine, WINDOW) == []


def test_latencies_are_those_of_computed_answers_newest_first(engine: Engine) -> None:
    rows = [prediction(n, "canary", n, execution_time_ms=float(n)) for n in range(5)]
    rows += [prediction(7, "canary", 7, is_cached=True), prediction(8, "canary", 8, status="failed")]
    put(engine, rows)
    assert latencies_ms(engine, WINDOW, Arm.CANARY, 3) == [4.0, 3.0, 2.0]
    assert nth_answer_at(engine, WINDOW, Arm.CANARY, 2) == NOW + timedelta(seconds=1)
    assert nth_answer_at(engine, WINDOW, Arm.CANARY, 6) is None
    assert first_failure(engine, WINDOW, Arm.CANARY) == NOW + timedelta(seconds=8)
    assert first_failure(engine, WINDOW, Arm.CHAMPION) is None
    assert last_answer(engine, WINDOW, Arm.CANARY) == NOW + timedelta(seconds=8)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [(3, [3.0, 7.0, 11.0]), (5, [2.0, 5.0, 8.0, 11.0]), (12, [float(n) for n in range(12)]), (1, [11.0])],
)
def test_a_sample_of_latencies_lies_over_the_whole_window(engine: Engine, limit: int, expected: list[float]) -> None:
    rows = [prediction(n, "canary", 100.0 * n, execution_time_ms=float(n)) for n in range(12)]
    rows += [prediction(20, "canary", 7, is_cached=True), prediction(21, "champion", 8), prediction(22, "canary", -1.0)]
    put(engine, rows)
    assert spread_latencies_ms(engine, WINDOW, Arm.CANARY, limit) == expected
    assert spread_latencies_ms(engine, WINDOW, Arm.SHADOW, limit) == []


def test_accuracy_is_the_engines(engine: Engine) -> None:
    labels = [
        label(1, "champion", True),
        label(2, "champion", False),
        label(3, "canary", True, 12.0),
        label(4, "canary", None),
        label(5, "canary", False, source=LabelSource.FEEDBACK),
    ]
    put(engine, [], labels)
    assert count_accuracy(engine, WINDOW) == [
        AccuracyCount(NOW, Arm.CHAMPION, 2, 1),
        AccuracyCount(NEXT_SPAN, Arm.CANARY, 1, 1),
    ]
    assert count_labels(engine, NOW, model=MODEL) == [
        LabelCount(MODEL, CHAMPION, "champion", 2, 1, 0),
        LabelCount(MODEL, CANDIDATE, "canary", 2, 1, 1),
    ]
    assert count_labels(engine, NOW, until=NOW) == []


def test_a_label_that_is_there_stays(engine: Engine) -> None:
    put(engine, [], [label(1, "canary", True)])
    put(engine, [], [label(1, "canary", False), label(2, "canary", None, truth=None)])
    assert find_label(engine, "canary-1") == label(1, "canary", True)
    assert find_label(engine, "canary-2") == label(2, "canary", None, truth=None)
    assert find_label(engine, "canary-3") is None


def test_mirrored_questions_are_paired_by_request_and_item(engine: Engine) -> None:
    rows = [prediction(number, arm, number) for number in (1, 2) for arm in ("champion", "shadow")]
    batch = [
        prediction(number, arm, 20, request_id="batch", item_index=number - 10)
        for number in (11, 12)
        for arm in ("champion", "shadow")
    ]
    alone = [prediction(30, "champion", 30), prediction(31, "shadow", 31)]
    stranger = [prediction(40, "champion", 40), prediction(40, "shadow", 40, client_id="someone else")]
    failed = [prediction(50, "champion", 50), prediction(50, "shadow", 50, status="failed", output={"error": "NaN"})]
    put(engine, rows + batch + alone + stranger + failed)
    pairs = mirrored_pairs(engine, WINDOW, 100)
    named = [(pair.request_id, pair.item_index) for pair in pairs]
    assert named == [("request-1", None), ("request-2", None), ("batch", 1), ("batch", 2), ("request-50", None)]
    assert pairs[0].champion == pairs[0].candidate == {"recommended_section": "W18×50"}
    assert pairs[-1].candidate is None
