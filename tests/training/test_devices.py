"""Where a training runs: the device asked for is the one that torch, Lightning and XGBoost are told."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import xgboost

from structural.problems import load_problem
from tests.training.small import train_small, write_dataset
from training import devices, lightning
from training.contract import TrainingJob
from training.devices import prepare_torch, resolve_device, xgboost_device
from training.errors import TrainingError


@pytest.fixture
def with_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let torch and XGBoost say that there is a graphics processor."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(xgboost, "build_info", lambda: {"USE_CUDA": True})


@pytest.fixture
def without_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def test_auto_takes_cuda_where_there_is_one(with_cuda: None) -> None:
    assert [resolve_device(name) for name in ("auto", "cuda", "cpu")] == ["cuda", "cuda", "cpu"]
    assert [xgboost_device(name) for name in ("auto", "cpu")] == ["cuda", "cpu"]


def test_auto_takes_the_cpu_where_there_is_no_cuda(without_cuda: None) -> None:
    assert resolve_device("auto") == xgboost_device("auto") == "cpu"
    with pytest.raises(TrainingError, match="none is available"):
        resolve_device("cuda")
    with pytest.raises(TrainingError, match="'tpu' is unknown"):
        resolve_device("tpu")


def test_an_xgboost_without_cuda_trains_on_the_cpu(with_cuda: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xgboost, "build_info", lambda: {"USE_CUDA": False})
    assert xgboost_device("auto") == "cpu"


def test_sums_on_cuda_are_asked_to_be_repeatable(with_cuda: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {})
    job = TrainingJob("risk_analyzer", Path("none"), Path("none"), Path("none"), seed=5, threads=1)
    assert prepare_torch(job) == "cuda"
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == devices.REPEATABLE_CUBLAS
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.initial_seed() == 5


@pytest.mark.parametrize(
    ("device", "full", "accelerator", "precision"),
    [("cuda", False, "gpu", "bf16-mixed"), ("cuda", True, "gpu", "32-true"), ("cpu", False, "cpu", "32-true")],
)
def test_networks_multiply_in_bf16_on_cuda_alone(
    monkeypatch: pytest.MonkeyPatch, device: str, full: bool, accelerator: str, precision: str
) -> None:
    told: dict[str, Any] = {}
    monkeypatch.setattr(lightning.pl, "Trainer", lambda **options: told.update(options))
    lightning.make_trainer(3, device, [], full_precision=full)
    assert (told["accelerator"], told["precision"], told["max_epochs"]) == (accelerator, precision, 3)


@pytest.mark.parametrize(
    ("problem", "module"), [("section_optimizer", "fit"), ("risk_analyzer", "trees")], ids=["section", "risk"]
)
def test_xgboost_is_told_its_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: str, module: str) -> None:
    class ToldError(Exception):
        pass

    def told(settings: dict[str, Any], *arguments: Any, **options: Any) -> None:
        raise ToldError(settings["device"])

    table = load_problem(problem).generate(200, np.random.default_rng(2))
    dataset = write_dataset(tmp_path / "data.parquet", table, training_rows=120)
    monkeypatch.setattr(f"training.{problem}.{module}.xgboost_device", lambda requested: f"{requested}, then cuda")
    monkeypatch.setattr(xgboost, "train", told)
    with pytest.raises(ToldError, match="cpu, then cuda"):
        train_small(problem, dataset, tmp_path, parts=["xgboost"])
