"""What every trainer takes and gives. Bodies differ; this contract does not.

A trainer is the function ``train(job) -> TrainingReport`` of the folder ``training.<problem>``; beside it stands
``predict_baseline(train, questions)``, the simple rule that the model must beat. Trainers know nothing of Prefect,
MLflow or HTTP, and import their heavy libraries inside functions.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from structural.problems import PROBLEM_NAMES
from structural.tables import Table
from training.errors import TrainingError

MODEL_CARD_FILE = "model.json"
"""Written by every trainer beside its exported model files; what the predictor of the same name needs to load it."""


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """One training run.

    ``dataset_path`` is the problem's Parquet file, ``output_dir`` an empty folder for the exported artifact and
    nothing else, ``scratch_dir`` a folder for checkpoints and caches. ``device`` is ``auto``, ``cpu`` or ``cuda``;
    ``threads`` bounds the CPU threads. ``params`` are the hyper-parameters of the YAML section of this problem; a
    trainer refuses keys it does not know. ``limit_rows`` (tests) bounds the training rows read.
    """

    problem: str
    dataset_path: Path
    output_dir: Path
    scratch_dir: Path
    seed: int
    device: str = "auto"
    threads: int = 2
    show_progress: bool = True
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a training run measured; JSON-ready through `to_json`.

    ``history`` has one entry an epoch or boosting check (metric name to value, with ``step``). ``validation`` holds
    final figures on the validation split. ``parity_max_abs_diff`` compares the trained model with the exported one
    on real questions; ``parity_tolerance`` is the largest difference allowed.
    """

    problem: str
    training_seconds: float
    device: str
    params: dict[str, Any]
    history: list[dict[str, float]]
    validation: dict[str, float]
    parity_max_abs_diff: float
    parity_tolerance: float
    feature_importance: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return a dict of plain Python values."""
        return asdict(self)


class Trainer(Protocol):
    """The module interface of ``training.<problem>``."""

    train: Callable[[TrainingJob], TrainingReport]
    predict_baseline: Callable[[Table, Table], NDArray]
    BASELINE: str


def load_trainer(problem: str) -> Trainer:
    """Return the trainer module of a problem; an unknown name raises `TrainingError`."""
    if problem not in PROBLEM_NAMES:
        raise TrainingError(f"no trainer for {problem!r}; known: {', '.join(PROBLEM_NAMES)}")
    trainer: Trainer = import_module(f"training.{problem}")
    return trainer
