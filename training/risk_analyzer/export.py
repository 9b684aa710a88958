"""Writing the ensemble: ONNX of all three members, the trees in their own formats too, and the model card."""

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from structural.problems.risk_analyzer import PROBLEM
from structural.problems.risk_analyzer.decoding import TARGETS, member_scores, tree_inputs
from structural.problems.risk_analyzer.encoding import ENCODING_VERSION, FEATURES
from training.contract import MODEL_CARD_FILE
from training.onnx_files import write_onnx
from training.risk_analyzer.trees import INPUTS, predict_lightgbm, predict_xgboost

if TYPE_CHECKING:
    from training.risk_analyzer.network import RiskNet

NETWORK_FILE = "network.onnx"
XGBOOST_FILE = "xgboost.onnx"
LIGHTGBM_FILE = "lightgbm.onnx"
XGBOOST_NATIVE_FILE = "xgboost.ubj"
LIGHTGBM_NATIVE_FILE = "lightgbm.txt"
MEMBERS = ("network", "xgboost", "lightgbm")
_TREE_OPSET = 15
_PARITY_ROWS = 2000


@dataclass(frozen=True, slots=True)
class Ensemble:
    """The trained members."""

    network: "RiskNet"
    xgboost: Any
    lightgbm: Any

    def predict(self, features: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the network's outputs (n, targets) and the scores of all members (n, 3), in the order of `MEMBERS`."""
        from training.risk_analyzer.network import predict_network

        outputs = predict_network(self.network, features)
        inputs = tree_inputs(features, outputs)
        corrections = (predict_xgboost(self.xgboost, inputs), predict_lightgbm(self.lightgbm, inputs))
        return outputs, member_scores(outputs[:, 0], np.stack(corrections, axis=1))


def export_ensemble(ensemble: Ensemble, real: NDArray[np.float32], output_dir: Path) -> float:
    """Write every member and return the largest difference between trained and exported on real features."""
    _export_network(ensemble.network, output_dir / NETWORK_FILE)
    _export_trees(ensemble, output_dir)
    part = real[:_PARITY_ROWS]
    outputs, members = ensemble.predict(part)
    exported = _run(output_dir / NETWORK_FILE, part)
    inputs = tree_inputs(part, exported)
    corrections = [_run(output_dir / name, inputs).ravel() for name in (XGBOOST_FILE, LIGHTGBM_FILE)]
    exported_members = member_scores(exported[:, 0], np.stack(corrections, axis=1))
    return float(max(np.abs(exported - outputs).max(), np.abs(exported_members - members).max()))


def write_card(output_dir: Path, content: dict[str, Any]) -> None:
    """Write the model card: what the predictor needs beside the members."""
    card = {
        "problem": PROBLEM.name,
        "encoding_version": ENCODING_VERSION,
        "features": list(FEATURES),
        "targets": list(TARGETS),
        "members": dict(zip(MEMBERS, (NETWORK_FILE, XGBOOST_FILE, LIGHTGBM_FILE), strict=True)),
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


def _export_trees(ensemble: Ensemble, output_dir: Path) -> None:
    from onnxmltools import convert_lightgbm, convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    kind = [("inputs", FloatTensorType([None, len(INPUTS)]))]
    ensemble.xgboost.save_model(output_dir / XGBOOST_NATIVE_FILE)
    ensemble.lightgbm.save_model(output_dir / LIGHTGBM_NATIVE_FILE)
    xgboost = convert_xgboost(ensemble.xgboost, name="xgboost", initial_types=kind, target_opset=_TREE_OPSET)
    lightgbm = convert_lightgbm(
        ensemble.lightgbm, name="lightgbm", initial_types=kind, target_opset=_TREE_OPSET, zipmap=False
    )
    write_onnx(xgboost, output_dir / XGBOOST_FILE)
    write_onnx(lightgbm, output_dir / LIGHTGBM_FILE)


def _run(path: Path, features: NDArray[np.float32]) -> NDArray[np.float64]:
    import onnxruntime as ort

    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {session.get_inputs()[0].name: features})[0], dtype=float)
