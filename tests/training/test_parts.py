"""Leaving a part out of a model: it is neither built nor read, and what is left exports and answers as trained."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from serving.predictors.contract import load_predictor
from structural.problems import load_problem
from tests.training.small import train_small, write_dataset
from training.contract import TrainingJob, load_trainer
from training.data import question_table, read_split
from training.errors import TrainingError

TRAINING_ROWS, ROWS = 500, 700
FILES_BY_PARTS = {
    ("connection_designer", ()): {"connection_net.onnx"},
    ("connection_designer", ("cnn",)): {"connection_net.onnx"},
    ("connection_designer", ("attention",)): {"connection_net.onnx"},
    ("clash_detector", ()): {"clash_net.onnx"},
    ("clash_detector", ("cnn",)): {"clash_net.onnx"},
    ("clash_detector", ("lstm",)): {"clash_net.onnx"},
    ("section_optimizer", ("xgboost",)): {"xgboost.onnx", "xgboost.ubj"},
    ("section_optimizer", ("lightgbm",)): {"lightgbm.onnx", "lightgbm.txt"},
    ("risk_analyzer", ("network",)): {"network.onnx"},
    ("risk_analyzer", ("network", "lightgbm")): {"network.onnx", "lightgbm.onnx", "lightgbm.txt"},
    ("risk_analyzer", ("xgboost", "lightgbm")): {
        "network.onnx",  # the constant in its place
        "xgboost.onnx",
        "xgboost.ubj",
        "lightgbm.onnx",
        "lightgbm.txt",
    },
}
PARTS = {
    "connection_designer": ("cnn", "attention"),
    "clash_detector": ("cnn", "lstm"),
    "section_optimizer": ("xgboost", "lightgbm"),
    "risk_analyzer": ("network", "xgboost", "lightgbm"),
}


def parameters(problem: str, given: Mapping[str, Any]) -> Any:
    """Return the parameters that a trainer makes of a section of the settings."""
    if problem == "section_optimizer":
        from training.section_optimizer.params import Params

        return Params.of(given)
    from importlib import import_module

    return import_module(f"training.{problem}.params").read_params(given)


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("data")
    return {
        name: write_dataset(
            folder / f"{name}.parquet", load_problem(name).generate(ROWS, np.random.default_rng(8)), TRAINING_ROWS
        )
        for name in PARTS
    }


@pytest.mark.parametrize(
    ("problem", "parts"), FILES_BY_PARTS, ids=lambda value: value if isinstance(value, str) else "+".join(value)
)
def test_what_is_left_exports_and_answers_as_trained(
    datasets: dict[str, Path], tmp_path: Path, problem: str, parts: tuple[str, ...]
) -> None:
    report = train_small(problem, datasets[problem], tmp_path, parts=list(parts))
    artifact = tmp_path / "artifact"
    assert report.parity_max_abs_diff <= report.parity_tolerance
    assert report.params["parts"] == parts
    assert {path.name for path in artifact.iterdir()} == FILES_BY_PARTS[problem, parts] | {"model.json"}

    asked = read_split(datasets[problem], load_problem(problem), "validation")
    answers = load_predictor(problem, artifact).propose(question_table(asked, load_problem(problem))).answers
    counted = ~asked["in_guard_band"] if "in_guard_band" in asked else np.ones(len(answers), dtype=bool)
    right = answers == asked[load_problem(problem).answer_column]
    assert right[counted].mean() == pytest.approx(report.validation["accuracy"], abs=1e-12)


@pytest.mark.parametrize("problem", PARTS)
def test_by_default_every_part_is_built(problem: str) -> None:
    whole = parameters(problem, {})
    assert whole.parts == PARTS[problem]
    assert parameters(problem, {"parts": reversed(PARTS[problem])}) == whole


@pytest.mark.parametrize("problem", PARTS)
def test_an_unknown_part_is_refused_with_the_known_ones(problem: str) -> None:
    with pytest.raises(TrainingError, match=rf"unknown part 'wings'; known: {', '.join(PARTS[problem])}"):
        parameters(problem, {"parts": ["wings"]})


@pytest.mark.parametrize("problem", ["section_optimizer", "risk_analyzer"])
def test_an_ensemble_needs_a_member(problem: str, tmp_path: Path) -> None:
    job = TrainingJob(problem, tmp_path / "none", tmp_path, tmp_path, 1, "cpu", 1, False, {"parts": []})
    with pytest.raises(TrainingError, match="at least one of"):
        load_trainer(problem).train(job)


@pytest.mark.parametrize("parts", [("cnn", "attention"), ("cnn",), ("attention",), ()], ids="+".join)
def test_the_connection_network_reads_what_its_parts_read(parts: tuple[str, ...]) -> None:
    import torch

    from training.connection_designer.model import ConnectionNet
    from training.connection_designer.params import Params

    torch.manual_seed(1)
    net = ConnectionNet(Params(parts=parts), torch.zeros(9), torch.ones(9)).eval()
    drawing = torch.randint(0, 255, (3, 6, 24, 24), dtype=torch.uint8)
    bolts, scalars = torch.rand(3, 5, 7), torch.rand(3, 9)
    bolts[:, :, -1] = 1.0  # all are there

    def changes(*inputs: torch.Tensor) -> bool:
        return not torch.equal(net(drawing, bolts, scalars)[0], net(*inputs)[0])

    assert changes(255 - drawing, bolts, scalars) == ("cnn" in parts)
    assert changes(drawing, bolts.flip(2), scalars) == ("attention" in parts)
    assert changes(drawing, bolts, scalars + 1.0)


@pytest.mark.parametrize("parts", [("cnn", "lstm"), ("cnn",), ("lstm",), ()], ids="+".join)
def test_the_clash_network_reads_what_its_parts_read(parts: tuple[str, ...]) -> None:
    import torch

    from structural.geometry.grids import GRID
    from training.clash_detector.model import ClashNet
    from training.clash_detector.params import Params

    torch.manual_seed(1)
    net = ClashNet(Params(parts=parts), torch.zeros(9), torch.ones(9)).eval()
    grids = torch.randint(-127, 127, (3, 2, GRID, GRID, GRID), dtype=torch.int8)
    scalars = torch.rand(3, 9)
    answers = net(grids, scalars)
    assert torch.equal(answers, net(grids.flip(2), scalars)) == (not parts)
    assert not torch.equal(answers, net(grids, scalars + 1.0))
    built = {name for name, _ in net.named_children()} & {"convolutions", "slices"}
    assert built == {{"cnn": "convolutions", "lstm": "slices"}[part] for part in parts}


def test_a_card_names_parts_only_when_some_are_left_out(datasets: dict[str, Path], tmp_path: Path) -> None:
    for folder, more in (("whole", {}), ("less", {"parts": ["network"]})):
        train_small("risk_analyzer", datasets["risk_analyzer"], tmp_path / folder, epochs=1, boosting_rounds=2, **more)
    stated = {
        folder: json.loads((tmp_path / folder / "artifact" / "model.json").read_text())["params"].get("parts")
        for folder in ("whole", "less")
    }
    assert stated == {"whole": None, "less": ["network"]}
