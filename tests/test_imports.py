"""Imports go one way: structural is the ground, training, data_validation and serving stand on it, flows on top.

Checked twice: in the text of every file, and in a process that imports what serving runs.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from structural.problems import PROBLEM_NAMES

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("configs", "structural", "data_validation", "training", "serving", "flows")
ALLOWED_FLOORS = {
    "configs": {"configs"},
    "structural": {"structural"},
    "data_validation": {"data_validation", "structural", "configs"},
    "training": {"training", "structural", "configs"},
    "serving": {"serving", "structural", "configs"},
    "flows": set(FLOORS),
}
NEVER_IN_SERVING = {
    "torch",
    "pytorch_lightning",
    "lightning",
    "transformers",
    "mlflow",
    "prefect",
    "pandas",
    "pyarrow",
    "scipy",
    "sklearn",
    "xgboost",
    "lightgbm",
    "great_expectations",
}
OUTSIDE = {"tests", "benchmarks", "infra"}


class Import(NamedTuple):
    """One import statement: where it stands, the top-level package it names, and whether it runs on module import."""

    path: Path
    line: int
    package: str
    at_module_level: bool

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line} imports {self.package}"


def packages_of(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        return [node.module.split(".")[0]]
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in ("import_module", "__import__") and isinstance(node.args[0].value, str):
            return [node.args[0].value.split(".")[0]]
    return []


def walk(node: ast.AST, at_module_level: bool = True) -> Iterator[tuple[ast.AST, bool]]:
    yield node, at_module_level
    inside = at_module_level and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    for child in ast.iter_child_nodes(node):
        yield from walk(child, inside)


def imports_in(source: str, path: Path) -> list[Import]:
    return [
        Import(path, getattr(node, "lineno", 0), package, at_module_level)
        for node, at_module_level in walk(ast.parse(source))
        for package in packages_of(node)
    ]


def imports_of(floor: str) -> list[Import]:
    files = sorted((ROOT / floor).rglob("*.py"))
    assert files, f"{floor} has no Python file"
    return [found for path in files for found in imports_in(path.read_text(encoding="utf-8"), path)]


def listing(found: list[Import]) -> str:
    return "\n".join(map(str, found))


@pytest.mark.parametrize("floor", FLOORS)
def test_floors_import_only_downwards(floor: str) -> None:
    above = (set(FLOORS) - ALLOWED_FLOORS[floor]) | OUTSIDE
    wrong = [found for found in imports_of(floor) if found.package in above]
    assert not wrong, listing(wrong)


def test_structural_needs_numpy_only() -> None:
    def is_allowed(found: Import) -> bool:
        if found.package in sys.stdlib_module_names or found.package in {"structural", "numpy"}:
            return True
        if found.package == "pint":
            return "compliance_checker" in found.path.parts
        if found.package == "manifold3d":
            return found.path.name == "solids.py" and not found.at_module_level
        return found.package == "scipy" and not found.at_module_level

    wrong = [found for found in imports_of("structural") if not is_allowed(found)]
    assert not wrong, listing(wrong)


def test_serving_names_no_training_library() -> None:
    wrong = [found for found in imports_of("serving") if found.package in NEVER_IN_SERVING]
    assert not wrong, listing(wrong)


LOAD_PREDICTORS = """
import pkgutil
import serving.predictors, serving.schemas
for package in (serving.predictors, serving.schemas):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
"""
LOAD_SERVICE = "import serving.service"


@pytest.mark.parametrize("load", [LOAD_PREDICTORS, LOAD_SERVICE], ids=["predictors", "service"])
def test_loaded_serving_brings_in_no_training_library(load: str) -> None:
    program = f"""
import importlib, sys
{load}
print(*sorted({{name.split(".")[0] for name in sys.modules}}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.splitlines()[-1].split())
    assert {"serving", "structural", "numpy"} <= loaded
    assert not loaded & (NEVER_IN_SERVING | {"training", "data_validation", "flows"})


@pytest.mark.parametrize("problem", PROBLEM_NAMES)
def test_every_problem_has_its_place_on_each_floor(problem: str) -> None:
    places = (
        f"structural/problems/{problem}/__init__.py",
        f"training/{problem}/__init__.py",
        f"serving/schemas/{problem}.py",
        f"serving/predictors/{problem}.py",
    )
    assert [place for place in places if not (ROOT / place).is_file()] == []


def test_the_check_sees_every_way_to_import() -> None:
    source = """
import torch.nn as nn
from pandas import DataFrame
def late():
    from scipy import stats
    return import_module("mlflow.pyfunc"), importlib.import_module("prefect"), __import__("sklearn")
class Inner:
    import xgboost
"""
    found = {(item.package, item.at_module_level) for item in imports_in(source, ROOT / "x.py")}
    assert found == {
        ("torch", True),
        ("pandas", True),
        ("scipy", False),
        ("mlflow", False),
        ("prefect", False),
        ("sklearn", False),
        ("xgboost", True),
    }
