"""The recipe: pairs, two boosters, blend and threshold, export, calibrated confidence, figures."""

import time
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from structural.calibration import Calibration
from structural.problems.section_optimizer import PROBLEM
from structural.problems.section_optimizer.catalogue import catalogue
from structural.problems.section_optimizer.decoding import TARGET_SCALE, Policy, PredictResidual, pick
from structural.problems.section_optimizer.request import resolve
from structural.tables import Table, row_count, take
from training.calibration import expected_calibration_error
from training.contract import TrainingJob, TrainingReport
from training.data import read_split
from training.devices import xgboost_device
from training.errors import TrainingError
from training.section_optimizer.baseline import predict_baseline
from training.section_optimizer.boosting import Budget, Ensembles, fit_ensembles, history, predict
from training.section_optimizer.export import export_ensembles, exported_outputs, write_card
from training.section_optimizer.pairs import build_pairs
from training.section_optimizer.params import PARTS, XGBOOST, Params
from training.section_optimizer.policy import BLENDS, fit_confidence, fit_policy

PARITY_ROWS = 20_000
PARITY_TOLERANCE = 1e-3
"""Log utilization. The exports hold thresholds and sums in single precision."""
NOTES = (
    "XGBoost trains on CUDA where there is one, LightGBM always on the CPU: a minute or two on two cores",
    "accuracy is exact top-1 before proof; estimate_accuracy is the textbook estimate without the trees",
    "stopping, threshold and blend used the even validation rows, confidence the odd ones",
)


def run(job: TrainingJob) -> TrainingReport:
    """Train the section optimizer and write its artifact to ``job.output_dir``."""
    started = time.perf_counter()
    params = Params.of(job.params)
    device = xgboost_device(job.device)
    budget = Budget(job.seed, job.threads, job.show_progress, device)
    train, validation = _read(job)
    # Even rows stop the boosting and fit blend and threshold; odd rows, seen by neither, calibrate the confidence.
    tuning, unseen = take(validation, slice(0, None, 2)), take(validation, slice(1, None, 2))
    train_pairs = build_pairs(train, params.beyond_answer, params.boundary_width)
    tuning_pairs = build_pairs(tuning, params.beyond_answer, params.boundary_width)
    ensembles = fit_ensembles(train_pairs, tuning_pairs, params, budget)

    def outputs_of(rows: NDArray[np.float32]) -> NDArray[np.float64]:
        return predict(ensembles, rows, job.threads)

    tuning_outputs = outputs_of(tuning_pairs.features)
    policy = fit_policy(tuning, tuning_pairs, tuning_outputs, outputs_of, _blends(params))
    calibration = fit_confidence(unseen, outputs_of, policy)
    export_ensembles(ensembles, job.output_dir)
    write_card(job.output_dir, ensembles, policy, calibration)
    exported = exported_outputs(job.output_dir, ensembles, tuning_pairs.features[:PARITY_ROWS])
    parity = np.abs(exported - tuning_outputs[:PARITY_ROWS]).max() / TARGET_SCALE
    figures = measure(validation, unseen, outputs_of, policy, params.parts)
    # On the half that did not fit the calibration.
    figures["confidence_ece"] = _calibration_error(tuning, outputs_of, policy, calibration)
    figures["training_pairs"] = float(len(train_pairs.target))
    return TrainingReport(
        problem=PROBLEM.name,
        training_seconds=time.perf_counter() - started,
        device=device,
        params={**asdict(params), **_rounds(ensembles), **policy.to_json()},
        history=history(ensembles),
        validation=figures,
        parity_max_abs_diff=float(parity),
        parity_tolerance=PARITY_TOLERANCE,
        feature_importance=_importance(ensembles),
        notes=NOTES,
    )


def _blends(params: Params) -> tuple[float, ...]:
    """Return the shares of XGBoost that may be chosen: any, or all or nothing where one library was left out."""
    return BLENDS if params.parts == PARTS else (float(XGBOOST in params.parts),)


def _rounds(ensembles: Ensembles) -> dict[str, int]:
    return {f"{part}_rounds": fitted.rounds for part, fitted in ensembles.items()}


def _importance(ensembles: Ensembles) -> dict[str, float]:
    """Return the mean share of the gain that each feature brings."""
    gains = [fitted.gain for fitted in ensembles.values()]
    return {name: sum(gain[name] for gain in gains) / len(gains) for name in gains[0]}


def _read(job: TrainingJob) -> tuple[Table, Table]:
    train = read_split(job.dataset_path, PROBLEM, "train")
    validation = read_split(job.dataset_path, PROBLEM, "validation")
    if row_count(train) == 0 or row_count(validation) < 2:
        raise TrainingError("section_optimizer: the dataset has no train or validation rows; build it again")
    return train, validation


def measure(
    validation: Table, unseen: Table, predict: PredictResidual, policy: Policy, parts: tuple[str, ...] = PARTS
) -> dict[str, float]:
    """Return the figures on the validation split; ``unseen`` is the half that fitted neither trees nor threshold.

    Each of ``parts`` is also measured alone.
    """

    def zero(rows: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.zeros((len(rows), 2))

    members = resolve(validation)
    both = {
        "accuracy": pick(members, predict, policy).names(),
        **{f"{part}_accuracy": pick(members, predict, _alone(part)).names() for part in parts},
        "estimate_accuracy": pick(members, zero, Policy()).names(),
        "baseline_accuracy": predict_baseline({}, validation),
    }
    figures = {name: float(np.mean(answers == validation["section"])) for name, answers in both.items()}
    fresh = pick(resolve(unseen), predict, policy).names()
    figures["accuracy_unseen_half"] = float(np.mean(fresh == unseen["section"]))
    return figures | _miss_figures(validation, both["accuracy"])


def _alone(part: str) -> Policy:
    return Policy(xgboost_weight=float(part == XGBOOST))


def _miss_figures(table: Table, answers: NDArray[np.str_]) -> dict[str, float]:
    """Return how much heavier or lighter the wrong proposals are than the truth (mean percent of the true weight)."""
    shapes = catalogue()
    weight = dict(zip(shapes.name.tolist(), shapes.weight_lb_ft.tolist(), strict=True))
    named = [(weight.get(str(a)), weight.get(str(b))) for a, b in zip(answers, table["section"], strict=True)]
    changes = np.array([100.0 * (a / b - 1.0) for a, b in named if a is not None and b is not None])
    heavy, light = changes[changes > 0.0], changes[changes < 0.0]
    return {
        "misses": float(np.sum(answers != table["section"])),
        "heavier_share": float(np.mean(changes > 0.0)) if len(changes) else 0.0,
        "heavier_mean_percent": float(heavy.mean()) if len(heavy) else 0.0,
        "lighter_share": float(np.mean(changes < 0.0)) if len(changes) else 0.0,
        "lighter_mean_percent": float(light.mean()) if len(light) else 0.0,
    }


def _calibration_error(questions: Table, predict: PredictResidual, policy: Policy, calibration: Calibration) -> float:
    picks = pick(resolve(questions), predict, policy)
    confidence = calibration.apply(picks.score)
    return expected_calibration_error(confidence, picks.names() == questions["section"])
