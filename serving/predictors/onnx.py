"""Opening ONNX models for one-row work: one thread, CPU."""

import json
from pathlib import Path
from typing import Any

from serving.errors import ArtifactError

MODEL_CARD_FILE = "model.json"


def open_session(path: Path, threads: int = 1) -> Any:
    """Return an `onnxruntime.InferenceSession` of the file; a missing or damaged file raises `ArtifactError`."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    except OSError as error:
        raise ArtifactError(
            f"model file {path.name} cannot be read: {error.strerror}; promote the model again"
        ) from error
    except Exception as error:  # onnxruntime raises its own untyped errors
        raise ArtifactError(f"model file {path.name} is not a usable ONNX model; promote the model again") from error


def input_names(session: Any) -> tuple[str, ...]:
    """Return the names of what the model reads; a part that was left out of it reads nothing."""
    return tuple(item.name for item in session.get_inputs())


def read_model_card(artifact_dir: Path, problem: str) -> dict[str, Any]:
    """Return the ``model.json`` of an artifact; another problem's or a damaged one raises `ArtifactError`."""
    path = artifact_dir / MODEL_CARD_FILE
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{problem}: {MODEL_CARD_FILE} is missing or damaged; promote the model again") from error
    if not isinstance(card, dict) or card.get("problem") != problem:
        raise ArtifactError(
            f"{problem}: the artifact belongs to {card.get('problem') if isinstance(card, dict) else '?'!r}"
        )
    return card
