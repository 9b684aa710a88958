"""Writing the trained network as ONNX with a parity check, and the model card."""

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from structural.geometry.grids import GRID
from structural.problems.clash_detector import PROBLEM
from structural.problems.clash_detector.encoding import ENCODING_VERSION
from structural.problems.clash_detector.request import CLASSES
from training.contract import MODEL_CARD_FILE

if TYPE_CHECKING:
    from training.clash_detector.fit import Arrays
    from training.clash_detector.model import ClashNet

NETWORK_FILE = "clash_net.onnx"
_PARITY_ROWS = 512


def export_network(net: "ClashNet", real: "Arrays", output_dir: Path) -> float:
    """Write `NETWORK_FILE` (grids, scalars to probabilities) and return the largest difference on real pairs."""
    import onnxruntime as ort
    import torch

    from training.clash_detector.fit import probabilities

    class Probabilities(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, grids: torch.Tensor, scalars: torch.Tensor) -> torch.Tensor:
            return torch.softmax(self.net(grids, scalars), dim=1)

    path = output_dir / NETWORK_FILE
    sample = (torch.from_numpy(real.grids[:2]), torch.from_numpy(real.scalars[:2]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of the LSTM's batch size, which is dynamic here
        torch.onnx.export(
            Probabilities().eval(),
            sample,
            str(path),
            input_names=["grids", "scalars"],
            output_names=["probabilities"],
            dynamic_axes={name: {0: "pairs"} for name in ("grids", "scalars", "probabilities")},
            opset_version=17,
            dynamo=False,
        )
    part = real.take(np.arange(min(_PARITY_ROWS, len(real.classes))))
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    # The exporter drops the grid where no part reads it.
    exported = session.run(None, {item.name: getattr(part, item.name) for item in session.get_inputs()})[0]
    return float(np.abs(exported - probabilities(net, part)).max())


def write_card(output_dir: Path, content: dict[str, Any]) -> None:
    """Write the model card: what the predictor needs beside the network."""
    card = {
        "problem": PROBLEM.name,
        "encoding_version": ENCODING_VERSION,
        "classes": list(CLASSES),
        "grid": GRID,
        "network": NETWORK_FILE,
        **content,
    }
    (output_dir / MODEL_CARD_FILE).write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", encoding="utf-8")
