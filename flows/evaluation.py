"""Measuring an exported artifact on the sealed holdout, through the predictor that serves it.

Runs in its own process (`flows.worker`). Two accuracies are taken and never mixed: that of the model's own answers,
which is gated, and that of the answers after the engine's proof, which is reported beside it.
"""

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from flows.errors import FlowError
from flows.figures import Answered, further_figures
from flows.inference import SITTINGS, InferenceTiming, time_inference, timed_until_quiet
from flows.metrics import (
    calibration_error,
    confusion,
    mcnemar,
    reliability_bins,
    slice_figures,
    wilson_interval,
)
from serving.artifacts import folder_digest
from serving.predictors.contract import Predictor, Proposals, load_predictor
from structural.problem import Problem
from structural.problems import load_problem
from structural.tables import Table, row_count
from training.contract import load_trainer
from training.data import question_table, read_sealed_holdout, read_split


@dataclass(frozen=True, slots=True)
class EvaluationOrder:
    """Which artifact to measure on which dataset, and where to keep the answers entry by entry.

    ``inference_limit_ms`` is what its time for a question is gated by.
    """

    problem: str
    dataset_path: str
    dataset_sha256: str
    artifact_dir: str
    artifact_sha256: str
    answers_path: str
    inference_limit_ms: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of one artifact on one sealed holdout; ratios in 0..1, JSON-ready through `to_json`.

    ``details`` are the further figures of the problem (`flows.figures`), ``inference`` is an `InferenceTiming`.
    """

    problem: str
    artifact_sha256: str
    dataset_sha256: str
    count: int
    accuracy: float
    interval: tuple[float, float]
    served_accuracy: float
    mean_confidence: float
    calibration_error: float
    baseline_accuracy: float
    baseline: str
    reliability: list[dict[str, float]]
    confusion: dict[str, Any]
    slices: list[dict[str, Any]]
    details: dict[str, float]
    propose_seconds: float
    inference: dict[str, Any]
    answers_path: str

    def to_json(self) -> dict[str, Any]:
        """Return plain Python values."""
        return asdict(self)


def evaluate(order: EvaluationOrder) -> Evaluation:
    """Measure one artifact. This reads the sealed holdout: the caller counts the use.

    Raises `FlowError` when the artifact is not the one named, the holdout is empty, or answers are malformed.
    """
    if folder_digest(Path(order.artifact_dir)) != order.artifact_sha256:
        raise FlowError(f"{order.problem}: the artifact folder changed since it was trained; train it again")
    problem = load_problem(order.problem)
    holdout = read_sealed_holdout(Path(order.dataset_path), problem)
    if row_count(holdout) == 0:
        raise FlowError(f"{order.problem}: the holdout has no entries; build a larger dataset")
    # First: answering by the batch starts further threads, which a single question does not have beside it.
    timing = _time(order, question_table(holdout, problem))
    predictor = load_predictor(order.problem, Path(order.artifact_dir))
    answered, propose_seconds = _answer(order, problem, holdout, predictor)
    _store_answers(Path(order.answers_path), answered)
    return _figures(order, answered, propose_seconds, timing)


def _time(order: EvaluationOrder, questions: Table) -> InferenceTiming:
    def sit(number: int) -> InferenceTiming:
        # Loaded anew: a predictor remembers what it has read.
        predictor = load_predictor(order.problem, Path(order.artifact_dir))
        first = number * row_count(questions) // SITTINGS
        return time_inference(order.problem, predictor, questions, first=first)

    return timed_until_quiet(sit, order.inference_limit_ms)


def _answer(order: EvaluationOrder, problem: Problem, holdout: Table, predictor: Predictor) -> tuple[Answered, float]:
    """Return the holdout with all answers to it, and the seconds that the model's own took."""
    questions = question_table(holdout, problem)
    started = time.perf_counter()
    proposals = predictor.propose(questions)
    propose_seconds = time.perf_counter() - started
    _check(proposals, order.problem, row_count(holdout))
    train = read_split(Path(order.dataset_path), problem, "train")
    answered = Answered(
        problem=problem,
        holdout=holdout,
        questions=questions,
        proposals=proposals,
        served=np.asarray(predictor.prove(questions, proposals), dtype=np.str_),
        baseline=np.asarray(load_trainer(order.problem).predict_baseline(train, questions), dtype=np.str_),
        predictor=predictor,
    )
    return answered, propose_seconds


def _check(proposals: Proposals, problem: str, count: int) -> None:
    if proposals.answers.shape != (count,) or proposals.confidence.shape != (count,):
        raise FlowError(f"{problem}: {count} questions gave answers of shape {proposals.answers.shape}")
    confidence = np.asarray(proposals.confidence, dtype=float)
    if not np.all((confidence >= 0) & (confidence <= 1)):
        raise FlowError(f"{problem}: a confidence lies outside 0..1")


def _figures(order: EvaluationOrder, answered: Answered, propose_seconds: float, timing: InferenceTiming) -> Evaluation:
    problem, truth = answered.problem, answered.truth
    correct = np.asarray(answered.answers == truth)
    confidence = np.asarray(answered.proposals.confidence, dtype=float)
    bins = reliability_bins(confidence, correct)
    groups = {cut.name: np.asarray(cut.group(answered.holdout), dtype=np.str_) for cut in problem.slices}
    return Evaluation(
        problem=problem.name,
        artifact_sha256=order.artifact_sha256,
        dataset_sha256=order.dataset_sha256,
        count=len(truth),
        accuracy=float(correct.mean()),
        interval=wilson_interval(int(correct.sum()), len(truth)),
        served_accuracy=float(np.mean(answered.served == truth)),
        mean_confidence=float(confidence.mean()),
        calibration_error=calibration_error(bins),
        baseline_accuracy=float(np.mean(answered.baseline == truth)),
        baseline=load_trainer(order.problem).BASELINE,
        reliability=bins,
        confusion=confusion(truth, answered.answers),
        slices=slice_figures(groups, correct),
        details=further_figures(answered),
        propose_seconds=propose_seconds,
        inference=asdict(timing),
        answers_path=order.answers_path,
    )


def _store_answers(path: Path, answered: Answered) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".partial.npz")
    np.savez_compressed(
        unfinished,
        entry_id=np.asarray(answered.holdout["entry_id"], dtype=np.str_),
        answer=answered.answers,
        confidence=np.asarray(answered.proposals.confidence, dtype=float),
        served=answered.served,
        correct=np.asarray(answered.answers == answered.truth),
    )
    unfinished.replace(path)


def compare_answers(challenger: Path, champion: Path) -> tuple[int, int, float]:
    """Compare two stored answer files on the entries both hold (McNemar).

    Returns how many entries only the challenger answers right, how many only the champion, and the p-value. Raises
    `FlowError` when they share no entry: then they were not measured on the same holdout.
    """
    with np.load(challenger, allow_pickle=False) as first, np.load(champion, allow_pickle=False) as second:
        _, left, right = np.intersect1d(first["entry_id"], second["entry_id"], return_indices=True)
        if len(left) == 0:
            raise FlowError("challenger and champion were measured on different holdouts; evaluate both again")
        return mcnemar(first["correct"][left], second["correct"][right])
