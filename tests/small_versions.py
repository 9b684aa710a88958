"""Small versions of a model that real services load: trained on a few hundred entries in two seconds."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from flows.promotion import Version
from structural.problems.section_optimizer import PROBLEM
from tests.serving.promoting import version_of

MODEL = "section_optimizer"


def train_section(folder: Path) -> Path:
    """Return the folder of a section optimizer trained in an empty folder."""
    pd = pytest.importorskip("pandas")
    from training.contract import TrainingJob, load_trainer

    frame = pd.DataFrame(PROBLEM.generate(500, np.random.default_rng(2)))
    frame["entry_id"] = [str(row) for row in range(len(frame))]
    frame["split"] = ["train"] * 350 + ["validation"] * 150
    frame.to_parquet(folder / "data.parquet")
    output = folder / "artifact"
    output.mkdir()
    params = {"max_rounds": 5, "depth": 3, "leaves": 7, "max_bins": 16}
    load_trainer(MODEL).train(TrainingJob(MODEL, folder / "data.parquet", output, folder, 1, "cpu", 1, False, params))
    return output


def variant(artifact: Path, folder: Path, number: int) -> Version:
    """Return a version that answers alike and is another one."""
    shutil.copytree(artifact, folder)
    with (folder / "model.json").open("a") as stream:
        stream.write("\n" * number)
    return version_of(MODEL, number, folder)
