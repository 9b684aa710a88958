"""What a piece of work depends on, as a hash: data, parameters, sources, library versions.

The hash is the key of cached results, so a killed run resumes and an unchanged one repeats nothing, while any change
of code or input does the work again.
"""

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from configs.settings import PROJECT_ROOT
from structural.problems import PROBLEM_NAMES

SOURCE_SUFFIXES = frozenset({".py", ".csv", ".json", ".yaml", ".txt"})
TRAINING_LIBRARIES = (
    "numpy",
    "torch",
    "pytorch-lightning",
    "lightning",
    "transformers",
    "xgboost",
    "lightgbm",
    "scikit-learn",
    "onnx",
    "onnxmltools",
    "skl2onnx",
)
SERVING_LIBRARIES = ("numpy", "onnxruntime", "bentoml", "pydantic", "ifcopenshell", "tokenizers", "pint")


def canonical_sha256(value: Any) -> str:
    """Return the SHA-256 (hex) of a JSON-ready value, independent of key order."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def training_code_version(problem: str) -> str:
    """Return the hash of everything a trained artifact of this problem is made by."""
    return _code_version(("structural", "training"), problem, TRAINING_LIBRARIES)


@cache
def evaluation_code_version(problem: str) -> str:
    """Return the hash of everything the evaluation of an artifact of this problem runs through."""
    flows = PROJECT_ROOT / "flows"
    scoring = [flows / name for name in ("evaluation.py", "inference.py", "metrics.py")]
    scoring += _sources(flows / "figures", problem)
    return _code_version(("structural", "training", "serving"), problem, SERVING_LIBRARIES, scoring)


@cache
def validation_code_version() -> str:
    """Return the hash of everything the dataset is checked by."""
    return _code_version(("structural", "data_validation"), None, ("great_expectations", "pandas", "numpy"))


@cache
def serving_code_version() -> str:
    """Return the hash of everything the service runs."""
    return _code_version(("structural", "serving", "configs"), None, SERVING_LIBRARIES)


def _code_version(
    packages: tuple[str, ...], problem: str | None, libraries: tuple[str, ...], more: Iterable[Path] = ()
) -> str:
    files = [path for package in packages for path in _sources(PROJECT_ROOT / package, problem)]
    return canonical_sha256({"sources": _hash_files([*files, *more]), "libraries": library_versions(libraries)})


def _sources(package: Path, problem: str | None) -> list[Path]:
    others = set(PROBLEM_NAMES) - {problem} if problem else set()
    return [
        path
        for path in package.rglob("*")
        if path.suffix in SOURCE_SUFFIXES
        and path.is_file()
        and not others.intersection({*path.relative_to(package).parts, path.stem})
        and "__pycache__" not in path.parts
    ]


def _hash_files(paths: list[Path]) -> dict[str, str]:
    return {
        path.relative_to(PROJECT_ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(paths)
    }


def library_versions(names: Iterable[str]) -> dict[str, str]:
    """Return the installed version of each distribution, ``"absent"`` where there is none."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found
