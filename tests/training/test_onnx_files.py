"""The same model is the same file, whatever order a converter lists its operator sets in."""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

from training.onnx_files import write_onnx


def _model(domains: list[str]) -> onnx.ModelProto:
    place = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [place], [place])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid(domain, 8) for domain in domains])


def test_operator_sets_are_written_in_order(tmp_path: Path) -> None:
    one, other = tmp_path / "one.onnx", tmp_path / "other.onnx"
    write_onnx(_model(["", "ai.onnx.ml"]), one)
    write_onnx(_model(["ai.onnx.ml", ""]), other)
    assert one.read_bytes() == other.read_bytes()
    assert [item.domain for item in onnx.load(one).opset_import] == ["", "ai.onnx.ml"]
