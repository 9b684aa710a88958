"""Measuring an artifact: what is read, what is counted, what is refused. The problem and its predictor are tiny."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows import evaluation
from flows.errors import FlowError
from flows.evaluation import EvaluationOrder, compare_answers, evaluate
from serving.artifacts import folder_digest
from serving.predictors.contract import Proposals
from structural.problem import Column, Kind, Problem, Role, Slice
from structural.tables import Table

PROBLEM = Problem(
    name="connection_designer",
    title="Toy",
    columns=(
        Column("x", Kind.FLOAT, Role.QUESTION, "1", "a number"),
        Column("how", Kind.CATEGORY, Role.PROVENANCE, "", "where it is from", categories=("a", "b")),
        Column("answer", Kind.CATEGORY, Role.LABEL, "", "the sign", categories=("low", "high")),
        Column("size", Kind.FLOAT, Role.LABEL, "1", "a further truth"),
    ),
    answer_column="answer",
    sample=lambda n, rng: {},
    label=lambda table: {},
    slices=(Slice("how", lambda table: table["how"]),),
)


class Predictor:
    """Calls everything above ``cut`` high; the proof mends nothing but x = 0.5."""

    cut = 0.3

    def propose(self, questions: Table) -> Proposals:
        assert set(questions) == {"x"}  # nothing but questions may be seen
        answers = np.where(questions["x"] > self.cut, "high", "low")
        return Proposals(answers, np.full(len(answers), 0.8), {"size": questions["x"] * 1.1})

    def prove(self, questions: Table, proposals: Proposals) -> np.ndarray:
        return np.where(questions["x"] == 0.5, "low", proposals.answers)


def predict_baseline(train: Table, questions: Table) -> np.ndarray:
    assert len(train["answer"]) == 10
    return np.full(len(questions["x"]), "low")


@pytest.fixture
def order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EvaluationOrder:
    x = np.concatenate([np.linspace(0, 1, 10), np.arange(10) / 10])
    table = pa.table(
        {
            "entry_id": [f"e{index}" for index in range(20)],
            "split": ["train"] * 10 + ["holdout"] * 10,
            "x": x,
            "how": ["a"] * 15 + ["b"] * 5,
            "answer": np.where(x > 0.5, "high", "low"),
            "size": x,
        }
    )
    pq.write_table(table, tmp_path / "data.parquet")
    artifact = tmp_path / "model"
    artifact.mkdir()
    (artifact / "model.json").write_text("{}")
    monkeypatch.setattr(evaluation, "load_problem", lambda name: PROBLEM)
    monkeypatch.setattr(evaluation, "load_predictor", lambda name, folder: Predictor())
    trainer = SimpleNamespace(predict_baseline=predict_baseline, BASELINE="always low")
    monkeypatch.setattr(evaluation, "load_trainer", lambda name: trainer)
    return EvaluationOrder(
        "connection_designer",
        str(tmp_path / "data.parquet"),
        "d" * 64,
        str(artifact),
        folder_digest(artifact),
        str(tmp_path / "answers" / "a.npz"),
        inference_limit_ms=1_000.0,
    )


def test_the_models_own_answers_are_scored_and_the_proved_ones_beside(order: EvaluationOrder) -> None:
    found = evaluate(order)
    # x = 0.0 ... 0.9 against the cut at 0.3: 0.4 and 0.5 are called high and are low; the proof mends 0.5.
    assert (found.count, found.accuracy, found.served_accuracy) == (10, 0.8, 0.9)
    assert found.baseline_accuracy == 0.6
    assert found.baseline == "always low"
    assert found.calibration_error == pytest.approx(0.0)
    assert found.interval[0] < 0.8 < found.interval[1]
    assert found.confusion == {"labels": ["high", "low"], "counts": [[4, 0], [2, 4]]}
    assert found.slices == [
        {"slice": "how", "group": "a", "count": 5, "accuracy": 0.8},
        {"slice": "how", "group": "b", "count": 5, "accuracy": 0.8},
    ]
    assert found.details == pytest.approx({"size_mape_percent": 10.0})
    assert (found.inference["questions"], found.inference["calls"]) == (1, 200)
    assert 0 < found.inference["p50_ms"] <= found.inference["p95_ms"]


def test_answers_are_kept_by_entry_and_compared_in_pairs(
    order: EvaluationOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    champion = replace(order, answers_path=order.answers_path.replace("a.npz", "b.npz"))
    evaluate(order)
    monkeypatch.setattr(Predictor, "cut", 0.8)  # 0.6, 0.7 and 0.8 are called low and are high
    evaluate(champion)
    assert compare_answers(Path(order.answers_path), Path(champion.answers_path)) == (3, 2, 1.0)


def test_different_holdouts_are_not_compared(tmp_path: Path) -> None:
    for name in "ab":
        np.savez(tmp_path / f"{name}.npz", entry_id=np.array([name]), correct=np.array([True]))
    with pytest.raises(FlowError, match="different holdouts"):
        compare_answers(tmp_path / "a.npz", tmp_path / "b.npz")


def test_a_changed_artifact_is_not_measured(order: EvaluationOrder) -> None:
    Path(order.artifact_dir, "model.json").write_text('{"tampered": true}')
    with pytest.raises(FlowError, match="changed since it was trained"):
        evaluate(order)


@pytest.mark.parametrize("confidence", [1.5, -0.1, np.nan])
def test_a_confidence_that_is_no_probability_is_refused(
    order: EvaluationOrder, monkeypatch: pytest.MonkeyPatch, confidence: float
) -> None:
    def propose(self: Predictor, questions: Table) -> Proposals:
        return Proposals(np.full(len(questions["x"]), "low"), np.full(len(questions["x"]), confidence))

    monkeypatch.setattr(Predictor, "propose", propose)
    with pytest.raises(FlowError, match="confidence lies outside"):
        evaluate(order)


def test_answers_of_another_length_are_refused(order: EvaluationOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Predictor, "propose", lambda self, questions: Proposals(np.array(["low"]), np.array([0.5])))
    with pytest.raises(FlowError, match="10 questions gave answers of shape"):
        evaluate(order)
