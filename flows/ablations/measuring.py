"""Training one variant and asking it the validation split; what is measured is kept on disk and not measured again."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs import Settings
from flows import orders
from flows.ablations.paired import Difference, compare
from flows.ablations.variants import Variant
from flows.errors import FlowError
from flows.machine import describe_machine
from flows.processes import run_worker
from flows.records import write_json
from serving.predictors.contract import load_predictor
from structural.problems import load_problem
from training.contract import load_trainer
from training.data import question_table, read_split

RESULT_FILE, ANSWERS_FILE = "result.json", "answers.npz"
SPLIT = "validation"
"""The only split that is asked: the holdout stays sealed."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came out of one variant: accuracy (ratio) on ``count`` validation entries, and what it was made by.

    ``training_seconds`` and ``device`` are None where nothing was trained. ``report`` is the trainer's own.
    """

    problem: str
    variant: str
    key: str
    accuracy: float
    count: int
    training_seconds: float | None
    device: str | None
    seed: int
    machine: str
    report: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Bench:
    """Where variants are trained and measured: the settings, and the dataset as `flows.dataset.build` returns it."""

    settings: Settings
    dataset: Mapping[str, Any]

    @property
    def kept(self) -> Path:
        """Folder of what has been measured."""
        return self.settings.paths.work / "ablations"

    def order(self, problem: str, variant: Variant) -> orders.Order:
        """Return the training order of a variant; its key covers data, parameters, seed and code."""
        training = self.settings.training
        tuned = {**getattr(training, problem), **variant.params}
        changed = training.model_copy(update={problem: tuned, "seed": training.seed + variant.seed_shift})
        order = orders.training_order(replace(self.settings, training=changed), problem, self.dataset)
        key = f"{order['key'][: orders.KEY_CHARACTERS]}{'-rule' if variant.rule else ''}"
        return {**order, "key": key, "folder": str(self.kept / problem / key)}

    def find(self, problem: str, variant: Variant) -> Result | None:
        """Return what has been measured of a variant, if it was measured to the end."""
        path = Path(self.order(problem, variant)["folder"]) / RESULT_FILE
        return Result(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None

    def measure(self, problem: str, variant: Variant) -> Result:
        """Train a variant in a process of its own, ask it the validation split, and keep what came out.

        Its model is deleted afterwards. Raises `FlowError` or `RetryableError` when the training fails.
        """
        order = self.order(problem, variant)
        folder = Path(order["folder"])
        folder.mkdir(parents=True, exist_ok=True)
        trained = None if variant.rule else run_worker("train", order, order["threads"])
        entry_ids, correct = _ask(order, None if trained is None else Path(trained["artifact_dir"]))
        np.savez_compressed(folder / ANSWERS_FILE, entry_id=entry_ids, correct=correct)
        report = trained["report"] if trained else None
        result = Result(
            problem=problem,
            variant=variant.name,
            key=order["key"],
            accuracy=float(correct.mean()),
            count=len(correct),
            training_seconds=report["training_seconds"] if report else None,
            device=report["device"] if report else None,
            seed=order["seed"],
            machine=describe_machine(),
            report=report,
        )
        write_json(folder / RESULT_FILE, asdict(result))
        shutil.rmtree(folder / "model", ignore_errors=True)
        return result

    def gain(self, full: Result, other: Result) -> Difference:
        """Return how much more often the full model is right than another variant of it, entry by entry.

        Raises `FlowError` when they did not answer the same entries.
        """
        ids, correct = self._answers(full)
        other_ids, other_correct = self._answers(other)
        if not np.array_equal(ids, other_ids):
            raise FlowError(f"{full.problem}: {full.variant} and {other.variant} answered different entries")
        return compare(correct, other_correct)

    def _answers(self, result: Result) -> tuple[NDArray[np.str_], NDArray[np.bool_]]:
        with np.load(self.kept / result.problem / result.key / ANSWERS_FILE, allow_pickle=False) as kept:
            return kept["entry_id"], kept["correct"]


def _ask(order: orders.Order, artifact_dir: Path | None) -> tuple[NDArray[np.str_], NDArray[np.bool_]]:
    """Return the ids of the validation entries and which are answered right; without an artifact the rule answers."""
    problem, path = load_problem(order["problem"]), Path(order["dataset_path"])
    asked = read_split(path, problem, SPLIT)
    questions = question_table(asked, problem)
    if artifact_dir is None:
        answers = load_trainer(problem.name).predict_baseline(read_split(path, problem, "train"), questions)
    else:
        answers = load_predictor(problem.name, artifact_dir).propose(questions).answers
    truth = np.asarray(asked[problem.answer_column], dtype=np.str_)
    return np.asarray(asked["entry_id"], dtype=np.str_), np.asarray(np.asarray(answers, dtype=np.str_) == truth)
