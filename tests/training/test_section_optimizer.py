import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from serving.predictors.contract import load_predictor
from structural.calibration import Calibration
from structural.problems.section_optimizer import PROBLEM
from structural.problems.section_optimizer.decoding import Policy
from structural.tables import Table
from training.contract import TrainingJob, TrainingReport, load_trainer
from training.data import question_table
from training.errors import TrainingError
from training.section_optimizer.params import Params

TINY = {"max_rounds": 60, "depth": 6, "leaves": 31, "max_bins": 128}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    frame = pd.DataFrame(PROBLEM.generate(1400, np.random.default_rng(21)))
    frame["entry_id"] = [f"entry-{row}" for row in range(len(frame))]
    frame["split"] = ["train"] * 1000 + ["validation"] * 400
    path = tmp_path_factory.mktemp("section") / "section_optimizer.parquet"
    frame.to_parquet(path)
    return path


def train(dataset: Path, folder: Path, **params: object) -> TrainingReport:
    output = folder / "artifact"
    output.mkdir(parents=True)
    job = TrainingJob("section_optimizer", dataset, output, folder, 3, "cpu", 1, False, params)
    return load_trainer("section_optimizer").train(job)


@pytest.fixture(scope="module")
def trained(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainingReport, Path]:
    folder = tmp_path_factory.mktemp("trained")
    return train(dataset, folder, **TINY), folder / "artifact"


def validation(dataset: Path) -> Table:
    frame = pd.read_parquet(dataset)
    frame = frame[frame["split"] == "validation"]
    return {column.name: frame[column.name].to_numpy() for column in PROBLEM.columns}


def test_it_learns(trained: tuple[TrainingReport, Path]) -> None:
    report, _ = trained
    first, last = report.history[0], report.history[-1]
    for library in ("xgboost", "lightgbm"):
        assert last[f"{library}_validation_rmse_percent"] < first[f"{library}_validation_rmse_percent"] / 3
    figures = report.validation
    assert figures["accuracy"] > 0.93
    assert figures["accuracy"] > figures["estimate_accuracy"] > figures["baseline_accuracy"] > 0.2
    assert figures["confidence_ece"] < 0.05
    assert sum(report.feature_importance.values()) == pytest.approx(1.0)


def test_the_exports_say_what_the_trees_say(trained: tuple[TrainingReport, Path]) -> None:
    report, _ = trained
    assert report.parity_max_abs_diff <= report.parity_tolerance


def test_the_predictor_reproduces_the_reported_accuracy(dataset: Path, trained: tuple[TrainingReport, Path]) -> None:
    report, folder = trained
    table = validation(dataset)
    predictor = load_predictor("section_optimizer", folder)
    proposals = predictor.propose(question_table(table, PROBLEM))
    assert np.mean(proposals.answers == table["section"]) == pytest.approx(report.validation["accuracy"], abs=0.003)
    assert ((proposals.confidence > 0.0) & (proposals.confidence < 1.0)).all()
    assert (predictor.prove(question_table(table, PROBLEM), proposals) == table["section"]).all()


def test_same_seed_same_artifact(dataset: Path, trained: tuple[TrainingReport, Path], tmp_path: Path) -> None:
    report, folder = trained
    again = train(dataset, tmp_path, **TINY)
    assert again.validation == report.validation
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["lightgbm.onnx", "lightgbm.txt", "model.json", "xgboost.onnx", "xgboost.ubj"]
    for name in names:
        assert (tmp_path / "artifact" / name).read_bytes() == (folder / name).read_bytes(), name


def test_the_card_reads_back(trained: tuple[TrainingReport, Path]) -> None:
    card = json.loads((trained[1] / "model.json").read_text())
    assert card["problem"] == "section_optimizer"
    assert Policy.from_json(card["policy"]).to_json() == card["policy"]
    assert Calibration.from_json(card["calibration"]).to_json() == card["calibration"]


def test_unknown_parameters_are_refused() -> None:
    with pytest.raises(TrainingError, match="max_round"):
        Params.of({"max_round": 10})
    with pytest.raises(TrainingError, match="at least 1"):
        Params.of({"max_rounds": 0})


def test_the_baseline_is_a_rule_of_thumb(dataset: Path) -> None:
    table = validation(dataset)
    trainer = load_trainer("section_optimizer")
    answers = trainer.predict_baseline({}, question_table(table, PROBLEM))
    assert answers.shape == table["section"].shape
    assert 0.2 < np.mean(answers == table["section"]) < 0.6
    assert "lateral-torsional" in trainer.BASELINE
