"""The networks learn where little is installed: torch, Lightning, transformers, NumPy, pandas, pyarrow and their needs.

A graphics machine may have no more. Everything else of this environment is hidden from a child process. There the
function ``learn`` of a trainer must come to its end.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from structural.problems import load_problem
from tests.training.small import TINY, write_dataset
from training import lightning

ROOT = Path(__file__).parents[2]
INSTALLED = ("torch", "pytorch-lightning", "transformers", "numpy", "pandas", "pyarrow")
OURS = ("structural", "training")
NETWORKS = ("connection_designer", "clash_detector", "compliance_checker")
SHORT = {
    "connection_designer": {**TINY["connection_designer"], "epochs": 1},
    "clash_detector": {**TINY["clash_detector"], "epochs": 1},
    "compliance_checker": {"epochs": 1, "width": 32, "inner_width": 48, "batch_tokens": 512, "vocabulary_size": 700},
}
LEARN_ON_A_BARE_MACHINE = """
import importlib.metadata, json, sys
from pathlib import Path
from packaging.requirements import Requirement

folder, installed, ours, params = Path(sys.argv[1]), *map(json.loads, sys.argv[2:])


def named(name):
    return name.lower().replace("_", "-")


there, wanted = set(), list(installed)
while wanted:
    name = named(wanted.pop())
    if name not in there:
        there.add(name)
        try:
            needs = map(Requirement, importlib.metadata.requires(name) or ())
        except importlib.metadata.PackageNotFoundError:
            continue
        wanted += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
packages = importlib.metadata.packages_distributions()
hidden = {top for top, owners in packages.items() if not there & set(map(named, owners))} - set(ours)


class Blind:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] in hidden else self.finder.find_spec(name, path, target)

    def find_distributions(self, *context):
        find = getattr(self.finder, "find_distributions", lambda *context: ())
        return [found for found in find(*context) if named(found.metadata["Name"]) in there]


sys.meta_path[:] = map(Blind, sys.meta_path)
from importlib import import_module
from training.contract import TrainingJob
from training.lightning import pl

fitted = []
fit = pl.Trainer.fit


def noted(self, *arguments, **options):
    fit(self, *arguments, **options)
    fitted.append(self.current_epoch)


pl.Trainer.fit = noted
ends = {}
for problem, given in params.items():
    fitted.clear()
    output, scratch = folder / problem / "artifact", folder / problem / "scratch"
    output.mkdir(parents=True)
    scratch.mkdir()
    job = TrainingJob(problem, folder / f"{problem}.parquet", output, scratch, 1, "cpu", 1, False, given)
    import_module(f"training.{problem}.fit").learn(job)
    ends[problem] = list(fitted)
print(json.dumps({"ends": ends, "hidden": sorted(hidden)}))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """How far the trainings came in a process that sees the few packages alone."""
    folder = tmp_path_factory.mktemp("bare")
    for problem in NETWORKS:
        table = load_problem(problem).generate(300, np.random.default_rng(4))
        write_dataset(folder / f"{problem}.parquet", table, training_rows=200)
    arguments = [str(folder), *map(json.dumps, (INSTALLED, OURS, SHORT))]
    done = subprocess.run(
        [sys.executable, "-c", LEARN_ON_A_BARE_MACHINE, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_what_a_bare_machine_lacks_is_hidden(told: dict[str, dict]) -> None:
    hidden = set(told["hidden"])
    assert {"sklearn", "scipy", "xgboost", "lightgbm", "onnx", "onnxruntime", "mlflow", "prefect", "pint"} <= hidden
    assert not hidden & {"torch", "pytorch_lightning", "numpy", "pandas", "pyarrow", "transformers", "tokenizers"}


@pytest.mark.parametrize("problem", NETWORKS)
def test_a_network_learns_on_a_bare_machine(told: dict[str, dict], problem: str) -> None:
    assert told["ends"][problem] == [SHORT[problem]["epochs"]]


def test_lightning_is_found_under_its_other_name(monkeypatch: pytest.MonkeyPatch) -> None:
    package, content = ModuleType("lightning"), ModuleType("lightning.pytorch")
    monkeypatch.setitem(sys.modules, "pytorch_lightning", None)
    monkeypatch.setitem(sys.modules, "lightning", package)
    monkeypatch.setitem(sys.modules, "lightning.pytorch", content)
    assert lightning.find_lightning() is content


def test_without_lightning_both_names_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytorch_lightning", None)
    monkeypatch.setitem(sys.modules, "lightning", None)
    with pytest.raises(ModuleNotFoundError, match=r"pytorch_lightning or lightning\.pytorch"):
        lightning.find_lightning()


def test_a_broken_lightning_is_not_taken_for_a_missing_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "pytorch_lightning"
    broken.mkdir()
    (broken / "__init__.py").write_text("import something_it_needs\n")
    monkeypatch.delitem(sys.modules, "pytorch_lightning", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="something_it_needs"):
        lightning.find_lightning()
