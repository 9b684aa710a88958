"""Writing ONNX models so that the same model is the same file in every process."""

from pathlib import Path
from typing import Any


def write_onnx(model: Any, path: Path) -> None:
    """Write a model with its operator sets in order of domain.

    Converters collect operator sets in a Python set, whose order differs from process to process, and the digest of the
    file names the version that is promoted.
    """
    operator_sets = sorted(model.opset_import, key=lambda item: item.domain)
    copies = [(item.domain, item.version) for item in operator_sets]
    del model.opset_import[:]
    for domain, version in copies:
        model.opset_import.add(domain=domain, version=version)
    path.write_bytes(model.SerializeToString(deterministic=True))
