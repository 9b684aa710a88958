import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from serving.predictors.contract import load_predictor
from structural.problems.risk_analyzer import PROBLEM
from structural.tables import Table, take
from training.contract import TrainingJob, TrainingReport, load_trainer
from training.errors import TrainingError
from training.risk_analyzer.figures import measure

TINY = {"epochs": 8, "hidden_width": 32, "layers": 2, "batch_size": 128, "boosting_rounds": 25}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    table = PROBLEM.generate(1500, np.random.default_rng(11))
    frame = pd.DataFrame(table)
    frame["entry_id"] = [f"entry-{row}" for row in range(len(frame))]
    frame["split"] = ["train"] * 1100 + ["validation"] * 400
    path = tmp_path_factory.mktemp("risk") / "risk_analyzer.parquet"
    frame.to_parquet(path)
    return path


def train(dataset: Path, folder: Path, **params: object) -> TrainingReport:
    output = folder / "artifact"
    output.mkdir(parents=True)
    job = TrainingJob(
        "risk_analyzer", dataset, output, folder, seed=3, device="cpu", threads=1, show_progress=False, params=params
    )
    return load_trainer("risk_analyzer").train(job)


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
    losses = [entry["train_loss"] for entry in report.history if "train_loss" in entry]
    assert losses[-1] < losses[0] / 2
    assert report.validation["accuracy"] > 0.6
    assert report.validation["score_mae"] < 0.8


def test_each_member_enters_the_history(trained: tuple[TrainingReport, Path]) -> None:
    names = {name for entry in trained[0].history for name in entry}
    assert {"network_score_mae", "xgboost_score_mae", "lightgbm_score_mae"} <= names


def test_the_export_agrees_with_what_was_trained(trained: tuple[TrainingReport, Path]) -> None:
    report, folder = trained
    assert report.parity_max_abs_diff <= report.parity_tolerance
    assert {path.name for path in folder.iterdir()} == {
        "model.json",
        "network.onnx",
        "xgboost.onnx",
        "xgboost.ubj",
        "lightgbm.onnx",
        "lightgbm.txt",
    }


def test_the_report_is_json(trained: tuple[TrainingReport, Path]) -> None:
    assert json.loads(json.dumps(trained[0].to_json()))["problem"] == "risk_analyzer"


def test_the_predictor_answers_as_the_trainer_measured(trained: tuple[TrainingReport, Path], dataset: Path) -> None:
    report, folder = trained
    table = validation(dataset)
    proposals = load_predictor("risk_analyzer", folder).propose(table)
    assert float((proposals.answers == table["overall_risk"]).mean()) == pytest.approx(report.validation["accuracy"])


def test_the_same_seed_gives_the_same_artifact(
    trained: tuple[TrainingReport, Path], dataset: Path, tmp_path: Path
) -> None:
    again = train(dataset, tmp_path, **TINY)
    assert again.validation == pytest.approx(trained[0].validation, rel=0, abs=0, nan_ok=True)
    for path in trained[1].iterdir():
        assert path.read_bytes() == (tmp_path / "artifact" / path.name).read_bytes(), path.name


def test_an_unknown_parameter_is_refused(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="unknown parameter 'epoch'"):
        train(dataset, tmp_path, epoch=3)


def test_too_few_rows_are_refused(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="at least 50"):
        train(dataset, tmp_path, **TINY, limit_rows=20)


def test_the_baseline_is_better_than_the_commonest_class(dataset: Path) -> None:
    frame = pd.read_parquet(dataset)
    table = {column.name: frame[column.name].to_numpy() for column in PROBLEM.columns}
    learning, asked = take(table, slice(0, 1100)), take(table, slice(1100, None))
    answers = load_trainer("risk_analyzer").predict_baseline(learning, asked)
    commonest = max((asked["overall_risk"] == name).mean() for name in set(asked["overall_risk"]))
    assert (answers == asked["overall_risk"]).mean() > commonest + 0.1


def test_figures_of_a_perfect_answer_are_perfect(dataset: Path) -> None:
    table = validation(dataset)
    figures = measure(table, table)
    assert figures["accuracy"] == figures["macro_f1"] == figures["top2_factor_agreement"] == 1.0
    assert figures["score_mae"] == figures["ordinal_error_rate"] == 0.0


def test_two_classes_off_is_an_ordinal_error(dataset: Path) -> None:
    table = validation(dataset)
    wrong = {**table, "risk_score": np.where(table["overall_risk"] == "LOW", 9.0, table["risk_score"])}
    assert measure(table, wrong)["ordinal_error_rate"] == pytest.approx((table["overall_risk"] == "LOW").mean())
