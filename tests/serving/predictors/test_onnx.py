"""Sessions for single questions have one thread, and every predictor opens such."""

import ast
from pathlib import Path

import numpy as np
import pytest

from serving.errors import ArtifactError
from serving.predictors.onnx import open_session
from structural.problems import PROBLEM_NAMES

PREDICTORS = Path(__file__).parents[3] / "serving" / "predictors"


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    onnx = pytest.importorskip("onnx", reason="making a model needs the 'train' extra")
    kind, shape = onnx.TensorProto.FLOAT, [1]
    ports = [onnx.helper.make_tensor_value_info(name, kind, shape) for name in ("x", "y")]
    graph = onnx.helper.make_graph([onnx.helper.make_node("Identity", ["x"], ["y"])], "same", ports[:1], ports[1:])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, tmp_path / "same.onnx")
    return tmp_path / "same.onnx"


def test_a_session_has_one_thread_unless_asked(identity: Path) -> None:
    for threads, session in ((1, open_session(identity)), (2, open_session(identity, threads=2))):
        options = session.get_session_options()
        assert (options.intra_op_num_threads, options.inter_op_num_threads) == (threads, 1)
    assert session.run(None, {"x": np.ones(1, dtype=np.float32)})[0] == [1.0]


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_text("no model")
    with pytest.raises(ArtifactError, match=r"bad\.onnx is not a usable ONNX model; promote the model again"):
        open_session(tmp_path / "bad.onnx")


@pytest.mark.parametrize("problem", PROBLEM_NAMES)
def test_what_a_predictor_loads_at_once_has_one_thread(problem: str) -> None:
    # Sessions of two threads are opened later, by the first table of many questions.
    tree = ast.parse((PREDICTORS / f"{problem}.py").read_text(encoding="utf-8"))
    found = set()
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            threads = [word.value for word in call.keywords if word.arg == "threads"]
            if any(isinstance(value, ast.Constant) and value.value != 1 for value in threads):
                found.add(function.name)
    assert "__init__" not in found
