"""An entry of the training split planted in the sealed holdout: the real validation names it and no training starts.

The plant is made as well as it can be: identity, labels, counts and the digests of the manifest are all in order again,
so that nothing but the leakage check can tell.
"""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from configs import load_settings
from configs.rollout_settings import PromotionPath
from data_validation.content import coarse_keys, entry_ids
from data_validation.errors import ValidationFailedError
from data_validation.manifest import dataset_sha256, file_sha256, read_manifest
from flows import dataset, tasks
from flows.monthly_retraining import _retrain_all
from flows.records import RunRecord
from flows.steps import Steps
from flows.worker import WORK
from structural.problem import Role
from structural.problems import load_problem
from structural.tables import Table
from tests.data_validation.conftest import spoil

Row = dict[str, Any]
PROBLEM = load_problem("section_optimizer")
NUDGE = 1.0002


class TrainingReachedError(Exception):
    """The flow has come as far as its training step."""


class StepsToTraining(Steps):
    """The real steps up to the training, their tasks called in this process and not by Prefect."""

    def _task(self, task: Any, **options: Any) -> Any:
        return task.fn

    def train(self, dataset: Any) -> None:
        raise TrainingReachedError


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a small dataset of one problem: one is as good as five here, and takes a fifth of the time."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        settle(patch, home)
        steps_of(home).build()
    return home


def settle(patch: pytest.MonkeyPatch, home: Path) -> None:
    """Point the settings at a home, and let the work be done in this process."""
    patch.setenv("SDAI_PATHS_HOME", str(home))
    patch.setenv("SDAI_DATASET_ENTRIES_PER_PROBLEM", "200")
    patch.setenv("SDAI_DATASET_WORKERS", "1")
    patch.setenv("SDAI_TRAINING_SHOW_PROGRESS", "false")
    patch.setattr(dataset, "problems", lambda _: [PROBLEM])
    patch.setattr(tasks, "run_worker", lambda kind, order, threads: {**WORK[kind](order), "seconds": 0.0})
    load_settings.cache_clear()


def steps_of(home: Path) -> Steps:
    return StepsToTraining(load_settings(), RunRecord(home / "runs", "a-test"), PromotionPath.DIRECT)


@pytest.fixture
def home(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the home that a test may spoil."""
    copied = Path(shutil.copytree(built, tmp_path / "home"))
    settle(monkeypatch, copied)
    return copied


def question(row: Row) -> Table:
    return {column.name: np.array([row[column.name]]) for column in PROBLEM.columns if column.role is not Role.LABEL}


def nudged(row: Row) -> Row:
    """Return an entry of its own whose span differs in the fourth digit: another question, nearly the same."""
    near = {**row, "span_feet": row["span_feet"] * NUDGE}
    near |= {name: values.tolist()[0] for name, values in PROBLEM.label(question(near)).items()}
    return {**near, "entry_id": str(entry_ids(PROBLEM, question(near))[0])}


def can_be_nudged(row: Row) -> bool:
    """Tell whether the nudge leaves the question in the same neighbourhood."""
    keys = [coarse_keys(PROBLEM, question(entry))[0] for entry in (row, nudged(row))]
    return bool(keys[0] == keys[1]) and nudged(row)["entry_id"] != row["entry_id"]


def plant(home: Path, make: Callable[[Row], Row]) -> None:
    """Put what is made of a training entry in the place of a holdout entry, and sign the dataset again."""
    (folder,) = (path.parent for path in (home / ".sdai" / "datasets").glob("*/manifest.json"))
    manifest = read_manifest(folder)
    record = manifest.problems[PROBLEM.name]
    path = folder / record.file

    def change(rows: list[Row]) -> None:
        place = next(at for at, row in enumerate(rows) if row["split"] == "holdout")
        source = next(row for row in rows if row["split"] == "train" and can_be_nudged(row))
        rows[place] = {**make(source), "split": "holdout"}

    spoil(path, change)
    signed = dataclasses.replace(record, sha256=file_sha256(path), size_bytes=path.stat().st_size)
    problems = {**manifest.problems, PROBLEM.name: signed}
    dataclasses.replace(manifest, problems=problems, sha256=dataset_sha256(problems)).write(folder)


def test_a_sound_dataset_goes_on_to_training(home: Path) -> None:
    with pytest.raises(TrainingReachedError):
        _retrain_all(steps_of(home))


@pytest.mark.parametrize("make", [lambda row: row, nudged], ids=["copy", "near copy"])
def test_a_training_entry_in_the_holdout_is_named_and_no_training_starts(
    home: Path, make: Callable[[Row], Row]
) -> None:
    plant(home, make)
    with pytest.raises(ValidationFailedError) as refused:
        _retrain_all(steps_of(home))
    told = str(refused.value)
    assert "1 bad rows" in told
    assert "leak in 'split': stands in 'holdout', its question belongs to 'train'" in told
    assert "section_optimizer.parquet" in told
