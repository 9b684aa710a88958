from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from benchmarks.bench_answers import draw_requests
from serving.errors import ArtifactError
from serving.predictors.contract import Predictor, load_predictor
from serving.predictors.risk_analyzer import question_table
from serving.schemas.risk_analyzer import Request
from structural.problem import Role
from structural.problems.risk_analyzer import PROBLEM
from structural.problems.risk_analyzer.request import OPTIONAL_COLUMNS
from structural.problems.risk_analyzer.scoring import risk_class
from structural.tables import take
from tests.serving.predictors.together import assert_same_as_alone
from training.contract import TrainingJob, load_trainer

SAMPLE = {"project_type": "office_building", "budget_usd": 5_000_000, "schedule_months": 18, "complexity": "medium"}
TINY = {"epochs": 3, "hidden_width": 16, "layers": 1, "boosting_rounds": 5}


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("risk")
    frame = pd.DataFrame(PROBLEM.generate(500, np.random.default_rng(2)))
    frame["entry_id"] = [str(row) for row in range(len(frame))]
    frame["split"] = ["train"] * 300 + ["validation"] * 200
    frame.to_parquet(folder / "data.parquet")
    output = folder / "artifact"
    output.mkdir()
    job = TrainingJob("risk_analyzer", folder / "data.parquet", output, folder, 1, "cpu", 1, False, TINY)
    load_trainer("risk_analyzer").train(job)
    return output


@pytest.fixture(scope="module")
def predictor(artifact: Path) -> Predictor:
    return load_predictor("risk_analyzer", artifact)


def test_the_sample_request_is_answered_without_contradiction(predictor: Predictor) -> None:
    answer = predictor.answer(Request(**SAMPLE))
    assert answer.overall_risk == risk_class(answer.risk_score)
    assert len(answer.top_risks) == 3
    assert answer.cost_ratio.p10 <= answer.cost_ratio.p50 <= answer.cost_ratio.p90
    assert answer.assumptions == list(OPTIONAL_COLUMNS)
    assert not answer.verified
    assert "not a forecast" in answer.note


def test_the_example_of_the_schema_is_the_documented_sample() -> None:
    assert Request.model_config["json_schema_extra"] == {"example": SAMPLE}


def test_top_risks_are_sorted_by_probability_times_impact(predictor: Predictor) -> None:
    values = {"LOW": 0.1, "MEDIUM": 0.2, "HIGH": 0.4, "CRITICAL": 0.8}
    ranks = [risk.probability * values[risk.impact] for risk in predictor.answer(Request(**SAMPLE)).top_risks]
    assert ranks == sorted(ranks, reverse=True)


def test_a_full_request_assumes_nothing(predictor: Predictor) -> None:
    given = {
        "design_class": 3,
        "delivery_method": "design_build",
        "site_conditions": "poor",
        "seismicity": "high",
        "market": "tight",
        "stories": 6,
        "contingency_share": 0.1,
    }
    assert predictor.answer(Request(**SAMPLE, **given)).assumptions == []


def test_stories_of_a_bridge_are_neither_used_nor_missed(predictor: Predictor) -> None:
    bridge = {**SAMPLE, "project_type": "bridge"}
    with_stories, without = (predictor.answer(Request(**bridge, **more)) for more in ({"stories": 30}, {}))
    assert with_stories == without
    assert "stories" not in without.assumptions


def test_one_row_and_many_rows_are_answered_alike(predictor: Predictor) -> None:
    questions = PROBLEM.sample(300, np.random.default_rng(8))
    many = predictor.propose(questions)
    single = [predictor.propose(take(questions, slice(row, row + 1))) for row in range(40)]
    assert [one.answers[0] for one in single] == many.answers[:40].tolist()
    np.testing.assert_allclose(
        [one.details["risk_score"][0] for one in single], many.details["risk_score"][:40], atol=1e-4
    )
    assert ((many.confidence >= 0) & (many.confidence <= 1)).all()
    np.testing.assert_array_equal(predictor.prove(questions, many), many.answers)


def test_no_questions_get_no_answers(predictor: Predictor) -> None:
    assert len(predictor.propose(PROBLEM.sample(0, np.random.default_rng(0))).answers) == 0


def test_the_schema_has_the_fields_and_bounds_of_the_problem() -> None:
    assert tuple(Request.model_fields) == PROBLEM.names(Role.QUESTION)
    bounds = {column.name: (column.minimum, column.maximum) for column in PROBLEM.columns}
    properties = Request.model_json_schema()["properties"]
    for name in ("budget_usd", "schedule_months", "stories", "contingency_share"):
        found = properties[name] if "minimum" in properties[name] else properties[name]["anyOf"][0]
        assert (found["minimum"], found["maximum"]) == bounds[name], name


def test_words_of_a_request_are_words_of_the_dataset() -> None:
    table = question_table([Request(**SAMPLE, design_class=5, delivery_method="design_build")])
    categories = {column.name: column.categories for column in PROBLEM.columns if column.categories}
    for name, values in table.items():
        if name in categories:
            assert values[0] in categories[name], name
    assert table["design_class"][0] == "class_5"


@pytest.mark.parametrize(
    "wrong",
    [
        {"budget_usd": 10},
        {"schedule_months": 0},
        {"schedule_months": float("nan")},
        {"complexity": "extreme"},
        {"project_type": "castle"},
        {"stories": 0},
        {"surprise": 1},
    ],
    ids=str,
)
def test_a_wrong_field_is_refused_by_name(wrong: dict) -> None:
    with pytest.raises(ValidationError) as caught:
        Request(**{**SAMPLE, **wrong})
    assert caught.value.errors()[0]["loc"] == tuple(wrong)


@pytest.mark.parametrize("damage", ["missing", "garbled", "other encoding", "no weights", "no network"])
def test_a_damaged_artifact_is_refused(artifact: Path, tmp_path: Path, damage: str) -> None:
    for path in artifact.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    card = tmp_path / "model.json"
    if damage == "missing":
        card.unlink()
    elif damage == "garbled":
        card.write_text("{")
    elif damage == "other encoding":
        card.write_text(card.read_text().replace('"encoding_version": 1', '"encoding_version": 0'))
    elif damage == "no weights":
        card.write_text(card.read_text().replace('"weights"', '"waits"'))
    else:
        (tmp_path / "network.onnx").write_bytes(b"not a network")
    with pytest.raises(ArtifactError):
        load_predictor("risk_analyzer", tmp_path)


def test_asked_together_the_answers_are_those_of_each_alone(predictor: Predictor) -> None:
    assert_same_as_alone(predictor, draw_requests("risk_analyzer", 60, seed=3))
