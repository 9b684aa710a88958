"""The connection designer's trainer on a few hundred joints."""

import hashlib

import numpy as np
import pytest

from serving.predictors.connection_designer import Predictor
from structural.problems.connection_designer import PROBLEM
from structural.tables import take
from tests.training import small
from training.connection_designer import BASELINE, predict_baseline, train
from training.connection_designer.params import Params, read_params
from training.contract import TrainingJob
from training.data import question_table
from training.errors import TrainingError

TINY = small.TINY["connection_designer"]
TRAIN_ROWS, ROWS = 900, 1150


@pytest.fixture(scope="module")
def entries():
    """Return generated entries."""
    return PROBLEM.generate(ROWS, np.random.default_rng(3))


@pytest.fixture(scope="module")
def dataset(entries, tmp_path_factory):
    """Return a small dataset file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path_factory.mktemp("data") / "connection_designer.parquet"
    columns = {name: pa.array(values.tolist()) for name, values in entries.items()}
    columns["entry_id"] = pa.array([f"e{row}" for row in range(ROWS)])
    columns["split"] = pa.array(["train"] * TRAIN_ROWS + ["validation"] * (ROWS - TRAIN_ROWS))
    pq.write_table(pa.table(columns), path)
    return path


def job(dataset, folder, **params):
    """Return a training job that writes below ``folder``."""
    output, scratch = folder / "artifact", folder / "scratch"
    output.mkdir(parents=True, exist_ok=True)
    scratch.mkdir(exist_ok=True)
    return TrainingJob(
        "connection_designer", dataset, output, scratch, seed=1, device="cpu", threads=1, show_progress=False,
        params=TINY | params,
    )  # fmt: skip


@pytest.fixture(scope="module")
def trained(dataset, tmp_path_factory):
    """Return the report and the artifact folder of one training."""
    order = job(dataset, tmp_path_factory.mktemp("trained"))
    return train(order), order.output_dir


def test_training_learns_and_reports(trained):
    """The loss falls, the figures beat the most frequent class, and what the design asks for is reported."""
    report, _ = trained
    assert len(report.history) == TINY["epochs"]
    assert report.history[-1]["train_loss"] < 0.7 * report.history[0]["train_loss"]
    assert report.validation["accuracy"] > 0.6
    assert {"slip_critical_accuracy", "capacity_mape", "calibration_error"} <= set(report.validation)
    assert report.parity_max_abs_diff <= report.parity_tolerance
    assert report.feature_importance
    assert report.to_json()["problem"] == "connection_designer"


def test_the_artifact_answers_as_trained(trained, entries):
    """The predictor loads the artifact and agrees with the reported validation accuracy."""
    report, folder = trained
    held = take(entries, slice(TRAIN_ROWS, ROWS))
    proposals = Predictor(folder).propose(question_table(held, PROBLEM))
    right = proposals.answers == held["connection_type"]
    assert np.mean(right) == pytest.approx(report.validation["accuracy"], abs=1e-9)
    assert np.all((proposals.confidence > 0) & (proposals.confidence < 1))


def test_same_seed_same_artifact(trained, dataset, tmp_path):
    """A second training is as accurate to the last digit and writes the same bytes."""
    report, folder = trained
    again = job(dataset, tmp_path)
    assert train(again).validation == report.validation
    for path in sorted(folder.iterdir()):
        other = again.output_dir / path.name
        assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(other.read_bytes()).digest(), path.name


def test_a_killed_run_goes_on(trained, dataset, tmp_path, monkeypatch):
    """A run killed in its third epoch resumes from its checkpoint and ends with the same artifact."""
    from training.connection_designer import batches

    class KilledError(RuntimeError):
        pass

    whole = batches.Keeper.on_train_epoch_end
    seen = []

    def killed(self, trainer, module):
        if trainer.current_epoch == 2:
            raise KilledError
        whole(self, trainer, module)

    order = job(dataset, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(batches.Keeper, "on_train_epoch_end", killed)
        with pytest.raises(KilledError):
            train(order)
    assert list(order.scratch_dir.glob("*.ckpt"))

    def counted(self, trainer, module):
        seen.append(trainer.current_epoch)
        whole(self, trainer, module)

    monkeypatch.setattr(batches.Keeper, "on_train_epoch_end", counted)
    report = train(order)
    assert seen == [2, 3]
    assert [epoch["step"] for epoch in report.history] == [1.0, 2.0, 3.0, 4.0]
    _, folder = trained
    for path in sorted(folder.iterdir()):
        assert path.read_bytes() == (order.output_dir / path.name).read_bytes(), path.name


def test_unknown_parameter_is_refused(dataset, tmp_path):
    """A misspelt key names itself and the known ones."""
    with pytest.raises(TrainingError, match=r"'learning_rat'.*learning_rate"):
        train(job(dataset, tmp_path, learning_rat=0.1))


def test_parameters_of_the_yaml_are_the_defaults():
    """The section of configs holds the tuned values, which are the defaults."""
    import yaml

    from configs.concern import CONFIG_DIR

    with (CONFIG_DIR / "training.yaml").open(encoding="utf-8") as stream:
        section = yaml.safe_load(stream)["connection_designer"]
    assert read_params(section) == Params() == read_params({})


def test_too_few_entries_are_refused(dataset, tmp_path):
    """A trial of ten rows cannot train."""
    with pytest.raises(TrainingError, match="at least"):
        train(job(dataset, tmp_path, limit_rows=10))


def test_baseline_is_a_small_tree(entries):
    """It knows the answers' names, beats the most frequent class and stays far from the truth."""
    training, held = take(entries, slice(0, TRAIN_ROWS)), take(entries, slice(TRAIN_ROWS, ROWS))
    answers = predict_baseline(training, question_table(held, PROBLEM))
    accuracy = np.mean(answers == held["connection_type"])
    frequent = max(np.mean(held["connection_type"] == name) for name in np.unique(held["connection_type"]))
    assert frequent < accuracy < 0.95
    assert "tree" in BASELINE
