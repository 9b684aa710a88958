"""Small datasets and trainings of any problem, for tests that ask the same of several trainers."""

from pathlib import Path

import numpy as np
import pandas as pd

from structural.problem import Role
from structural.problems import load_problem
from structural.tables import Table
from training.contract import TrainingJob, TrainingReport, load_trainer

TINY: dict[str, dict[str, object]] = {
    "connection_designer": {
        "epochs": 4,
        "batch_size": 64,
        "channels": [4, 8],
        "drawing_width": 8,
        "token_width": 8,
        "heads": 2,
        "hidden_width": 48,
        "blocks": 1,
        "learning_rate": 0.006,
        "average_decay": 0.9,
    },
    "clash_detector": {
        "epochs": 4,
        "batch_size": 64,
        "channels": [4, 8],
        "slice_width": 16,
        "lstm_width": 16,
        "hidden_width": 64,
        "learning_rate": 0.005,
    },
    "section_optimizer": {"max_rounds": 40, "depth": 6, "leaves": 31, "max_bins": 128},
    "risk_analyzer": {"epochs": 8, "hidden_width": 32, "layers": 2, "batch_size": 128, "boosting_rounds": 40},
}
"""Parameters with which a training takes a second or two."""


def write_dataset(path: Path, table: Table, training_rows: int) -> Path:
    """Write a labelled table as a dataset file: the first rows are the training split, the others validation."""
    frame = pd.DataFrame(table)
    frame["entry_id"] = [f"entry-{row}" for row in range(len(frame))]
    frame["split"] = np.where(np.arange(len(frame)) < training_rows, "train", "validation")
    frame.to_parquet(path)
    return path


def train_small(problem: str, dataset: Path, folder: Path, **params: object) -> TrainingReport:
    """Train with `TINY` parameters, or others; the artifact is written to ``folder / "artifact"``."""
    output, scratch = folder / "artifact", folder / "scratch"
    output.mkdir(parents=True)
    scratch.mkdir()
    job = TrainingJob(problem, dataset, output, scratch, 3, "cpu", 1, False, {**TINY[problem], **params})
    return load_trainer(problem).train(job)


def with_shuffled_labels(problem: str, table: Table, training_rows: int, seed: int) -> Table:
    """Return the entries with all labels dealt out anew among the questions, within either split."""
    rng = np.random.default_rng(seed)
    rows = np.arange(len(next(iter(table.values()))))
    order = np.concatenate([rng.permutation(rows[:training_rows]), rng.permutation(rows[training_rows:])])
    labels = load_problem(problem).names(Role.LABEL)
    return {name: values[order] if name in labels else values for name, values in table.items()}
