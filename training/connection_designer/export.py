"""Writing the trained network as ONNX with a parity check, and the model card."""

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from structural.problems.connection_designer import PROBLEM
from structural.problems.connection_designer.catalogue import FAMILIES
from structural.problems.connection_designer.encoding import ENCODING_VERSION
from training.contract import MODEL_CARD_FILE

if TYPE_CHECKING:
    from training.connection_designer.fit import Arrays
    from training.connection_designer.model import ConnectionNet

NETWORK_FILE = "connection_net.onnx"
_PARITY_ROWS = 512
_INPUTS = ("raster", "tokens", "scalars")
_OUTPUTS = ("logits", "log_ratio")


def export_network(net: "ConnectionNet", real: "Arrays", output_dir: Path) -> float:
    """Write `NETWORK_FILE` and return the largest difference of its outputs from the network's on real questions."""
    import onnxruntime as ort
    import torch

    from training.connection_designer.fit import outputs

    path = output_dir / NETWORK_FILE
    sample = tuple(torch.from_numpy(part[:2]) for part in (real.raster, real.tokens, real.scalars))
    torch.backends.mha.set_fastpath_enabled(False)  # the fused kernel has no ONNX form
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of sizes that are fixed by the encoding
        torch.onnx.export(
            net.eval(),
            sample,
            str(path),
            input_names=list(_INPUTS),
            output_names=list(_OUTPUTS),
            dynamic_axes={name: {0: "joints"} for name in (*_INPUTS, *_OUTPUTS)},
            opset_version=17,
            dynamo=False,
        )
    part = real.take(np.arange(min(_PARITY_ROWS, len(real.kind))))
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    # The exporter drops the inputs of a part that was left out.
    feed = {item.name: getattr(part, item.name) for item in session.get_inputs()}
    exported = session.run(None, feed)
    trained = outputs(net, part)
    return float(max(np.abs(ours - theirs).max() for ours, theirs in zip(trained, exported, strict=True)))


def write_card(output_dir: Path, content: dict[str, Any]) -> None:
    """Write the model card: what the predictor needs beside the network."""
    card = {
        "problem": PROBLEM.name,
        "encoding_version": ENCODING_VERSION,
        "classes": [str(family) for family in FAMILIES],
        "network": NETWORK_FILE,
        **content,
    }
    (output_dir / MODEL_CARD_FILE).write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", encoding="utf-8")
