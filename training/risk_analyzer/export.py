"""Writing the ensemble: ONNX of all three members, the trees in their own formats too, and the model card."""

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from structural.problems.risk_analyzer import PROBLEM
from structural.problems.risk_analyzer.decoding import TARGETS, member_scores, tree_inputs
from structural.problems.risk_analyzer.encoding import ENCODING_VERSION, FEATURES
from training.contract import MODEL_CARD_FILE
from training.onnx_files import write_onnx
from training.risk_analyzer.params import LIGHTGBM, NETWORK, XGBOOST
from training.risk_analyzer.trees import INPUTS, predict_trees

if TYPE_CHECKING:
    from training.risk_analyzer.network import RiskNet

FILES = {NETWORK: "network.onnx", XGBOOST: "xgboost.onnx", LIGHTGBM: "lightgbm.onnx"}
NATIVE_FILES = {XGBOOST: "xgboost.ubj", LIGHTGBM: "lightgbm.txt"}
_TREE_OPSET = 15
_PARITY_ROWS = 2000


@dataclass(frozen=True, slots=True)
class Ensemble:
    """The trained members: the network, or the constant in its place, and the tree models by part."""

    network: "RiskNet"
    trees: Mapping[str, Any] = field(default_factory=dict)

    @property
    def members(self) -> tuple[str, ...]:
        """Names of the members, the network first."""
        return (NETWORK, *self.trees)

    def predict(self, features: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the network's outputs (n, targets) and the scores (n, members) of all members, in their order."""
        from training.risk_analyzer.network import predict_network

        outputs = predict_network(self.network, features)
        corrections = predict_trees(self.trees, tree_inputs(features, outputs))
        return outputs, _scores(outputs, corrections)


def export_ensemble(ensemble: Ensemble, real: NDArray[np.float32], output_dir: Path) -> float:
    """Write every member and return the largest difference between trained and exported on real features."""
    _export_network(ensemble.network, output_dir / FILES[NETWORK])
    _export_trees(ensemble.trees, output_dir)
    part = real[:_PARITY_ROWS]
    outputs, members = ensemble.predict(part)
    exported = _run(output_dir / FILES[NETWORK], part)
    inputs = tree_inputs(part, exported)
    corrections = [_run(output_dir / FILES[name], inputs).ravel() for name in ensemble.trees]
    exported_members = _scores(exported, corrections)
    return float(max(np.abs(exported - outputs).max(), np.abs(exported_members - members).max()))


def _scores(outputs: NDArray[np.float64], corrections: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    none = np.zeros((len(outputs), 0))
    return member_scores(outputs[:, 0], np.stack(corrections, axis=1) if corrections else none)


def write_card(output_dir: Path, members: Sequence[str], content: dict[str, Any]) -> None:
    """Write the model card: what the predictor needs beside the members."""
    card = {
        "problem": PROBLEM.name,
        "encoding_version": ENCODING_VERSION,
        "features": list(FEATURES),
        "targets": list(TARGETS),
        "members": {name: FILES[name] for name in members},
        "meaning": (
            "Accuracy means: reproduces the class that the project's reference-class Monte Carlo model gives to the "
            "expected score. It is not a claim of forecasting the fate of a single project."
        ),
        **content,
    }
    (output_dir / MODEL_CARD_FILE).write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _export_network(network: "RiskNet", path: Path) -> None:
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the tracing exporter is chosen on purpose
        torch.onnx.export(
            network,
            (torch.zeros(2, len(FEATURES)),),
            str(path),
            input_names=["features"],
            output_names=["outputs"],
            dynamic_axes={"features": {0: "rows"}, "outputs": {0: "rows"}},
            opset_version=17,
            dynamo=False,
        )


def _export_trees(trees: Mapping[str, Any], output_dir: Path) -> None:
    from onnxmltools import convert_lightgbm, convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    kind = [("inputs", FloatTensorType([None, len(INPUTS)]))]
    for name, booster in trees.items():
        convert, options = (convert_xgboost, {}) if name == XGBOOST else (convert_lightgbm, {"zipmap": False})
        booster.save_model(output_dir / NATIVE_FILES[name])
        model = convert(booster, name=name, initial_types=kind, target_opset=_TREE_OPSET, **options)
        write_onnx(model, output_dir / FILES[name])


def _run(path: Path, features: NDArray[np.float32]) -> NDArray[np.float64]:
    import onnxruntime as ort

    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {session.get_inputs()[0].name: features})[0], dtype=float)
