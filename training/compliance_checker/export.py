"""Export to ONNX: ids and mask in, the tag of each token and its probability out; and the parity check."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structural.problems.compliance_checker.encoding import Tagger

MODEL_FILE = "tagger.onnx"
TOKENIZER_FILE = "tokenizer.json"


def export_onnx(tagger: Any, path: Path) -> None:
    """Write the network with dynamic batch and length."""
    import torch

    class Answer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tagger = tagger

        def forward(self, ids: Any, mask: Any) -> Any:
            probability, tag = torch.softmax(self.tagger(ids, mask), dim=-1).max(dim=-1)
            return tag, probability

    tagger.eval()
    ids, mask = torch.ones(2, 9, dtype=torch.long), torch.ones(2, 9, dtype=torch.long)
    axes = {0: "segments", 1: "tokens"}
    torch.onnx.export(
        Answer().eval(),
        (ids, mask),
        str(path),
        input_names=["ids", "mask"],
        output_names=["tag", "probability"],
        dynamic_axes=dict.fromkeys(("ids", "mask", "tag", "probability"), axes),
        opset_version=17,
        dynamo=False,
    )


def torch_tagger(tagger: Any) -> Tagger:
    """Return the trained network as a plain function of arrays, for the parity check."""
    import torch

    def run(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        with torch.no_grad():
            shares = torch.softmax(tagger(torch.as_tensor(ids), torch.as_tensor(mask)), dim=-1)
        probability, tag = shares.max(dim=-1)
        return tag.numpy(), probability.numpy()

    return run


def onnx_tagger(path: Path, threads: int) -> Tagger:
    """Return the exported network as a function of arrays."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = threads, 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        tag, probability = session.run(["tag", "probability"], {"ids": ids, "mask": mask})
        return tag, probability

    return run
