"""The clash detector's trainer on a few hundred pairs."""

import hashlib

import numpy as np
import pytest

from serving.predictors.clash_detector import Predictor
from structural.problems.clash_detector import PROBLEM
from structural.tables import take
from tests.training import small
from training.clash_detector import BASELINE, predict_baseline, train
from training.clash_detector.params import Params, read_params
from training.contract import TrainingJob
from training.data import question_table
from training.errors import TrainingError

TINY = small.TINY["clash_detector"]


@pytest.fixture(scope="module")
def entries():
    """Return generated entries."""
    return PROBLEM.generate(900, np.random.default_rng(3))


@pytest.fixture(scope="module")
def dataset(entries, tmp_path_factory):
    """Return a small dataset file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path_factory.mktemp("data") / "clash_detector.parquet"
    columns = {name: pa.array(values.tolist()) for name, values in entries.items()}
    columns["entry_id"] = pa.array([f"e{row}" for row in range(900)])
    columns["split"] = pa.array(["train"] * 700 + ["validation"] * 200)
    pq.write_table(pa.table(columns), path)
    return path


def job(dataset, folder, **params):
    """Return a training job that writes below ``folder``."""
    output, scratch = folder / "artifact", folder / "scratch"
    output.mkdir(parents=True)
    scratch.mkdir()
    return TrainingJob(
        "clash_detector", dataset, output, scratch, seed=1, device="cpu", threads=1, show_progress=False,
        params=TINY | params,
    )  # fmt: skip


@pytest.fixture(scope="module")
def trained(dataset, tmp_path_factory):
    """Return the report and the artifact folder of one training."""
    order = job(dataset, tmp_path_factory.mktemp("trained"))
    return train(order), order.output_dir


def test_training_learns_and_reports(trained):
    """The loss falls and the figures are better than the most frequent class."""
    report, _ = trained
    assert len(report.history) == TINY["epochs"]
    assert report.history[-1]["train_loss"] < 0.7 * report.history[0]["train_loss"]
    assert report.validation["accuracy"] > 0.55
    assert report.parity_max_abs_diff <= report.parity_tolerance
    assert set(report.feature_importance)
    assert report.to_json()["problem"] == "clash_detector"


def test_the_artifact_answers_as_trained(trained, entries):
    """The predictor loads the artifact and agrees with the reported validation accuracy."""
    report, folder = trained
    held = take(entries, slice(700, 900))
    held = take(held, ~held["in_guard_band"])
    proposals = Predictor(folder).propose(question_table(held, PROBLEM))
    assert np.mean(proposals.answers == held["pair_class"]) == pytest.approx(report.validation["accuracy"], abs=1e-9)
    assert np.all((proposals.confidence > 0) & (proposals.confidence < 1))


def test_same_seed_same_artifact(trained, dataset, tmp_path):
    """A second training is as accurate to the last digit and writes the same bytes."""
    report, folder = trained
    again = job(dataset, tmp_path)
    assert train(again).validation == report.validation
    for path in sorted(folder.iterdir()):
        other = again.output_dir / path.name
        assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(other.read_bytes()).digest(), path.name


def test_unknown_parameter_is_refused(dataset, tmp_path):
    """A misspelt key names itself and the known ones."""
    with pytest.raises(TrainingError, match=r"'learning_rat'.*learning_rate"):
        train(job(dataset, tmp_path, learning_rat=0.1))


def test_defaults_of_the_parameters_stand():
    """No parameters means the defaults; channels come from YAML as a list."""
    assert read_params({}) == Params()
    assert read_params({"channels": [4, 8]}).channels == (4, 8)


def test_too_few_entries_are_refused(dataset, tmp_path):
    """A trial of ten rows cannot train."""
    with pytest.raises(TrainingError, match="at least"):
        train(job(dataset, tmp_path, limit_rows=10))


def test_baseline_is_a_rule_on_ends_and_depth(entries):
    """It answers every question with a known class, better than chance and worse than the written rule."""
    questions = question_table(entries, PROBLEM)
    answers = predict_baseline(questions, questions)
    accuracy = np.mean(answers == entries["pair_class"])
    assert 0.4 < accuracy < 0.9
    assert "300 mm" in BASELINE
