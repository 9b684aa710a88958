"""Training the risk analyzer from a dataset file to an exported artifact."""

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from structural.calibration import Calibration
from structural.problems.risk_analyzer import PROBLEM
from structural.problems.risk_analyzer.decoding import blend_scores, decode_targets, raw_confidence, tree_inputs
from structural.problems.risk_analyzer.encoding import FEATURES
from structural.problems.risk_analyzer.scoring import risk_class
from structural.tables import Table
from training.contract import TrainingJob, TrainingReport
from training.devices import resolve_device
from training.parts import card_params
from training.risk_analyzer.arrays import Split, read_arrays
from training.risk_analyzer.figures import measure
from training.risk_analyzer.params import NETWORK, PARTS, Params, read_params

if TYPE_CHECKING:
    from training.risk_analyzer.export import Ensemble

PARITY_TOLERANCE = 1e-2
"""Of the score (0 to 10) and of the network's outputs: the last decimal shown. Rounding in the network can send a row
down another branch of the trees on top of it, so bitwise agreement is not to be had."""


@dataclass(frozen=True, slots=True)
class Blend:
    """How the members are joined: ``weights`` in their order, ``typical_error`` of the blended score."""

    weights: NDArray[np.float64]
    typical_error: float


def train(job: TrainingJob) -> TrainingReport:
    """Train, blend, calibrate and export the risk analyzer; see `training.contract`."""
    from training.risk_analyzer.export import export_ensemble, write_card

    started = time.monotonic()
    params = read_params(job.params)
    training = read_arrays(job, "train", params.limit_rows)
    validation = read_arrays(job, "validation", 0)
    even = np.arange(len(validation.scores)) % 2 == 0  # stopping and blending read one half, calibration the other
    stopping, calibrating = validation.take(even), validation.take(~even)
    ensemble, history = _fit_members(training, stopping, params, job)
    blend = _fit_blend(ensemble, stopping)
    calibration = _fit_confidence(ensemble, blend, calibrating)
    parity = export_ensemble(ensemble, validation.features, job.output_dir)
    weights = dict(zip(ensemble.members, map(float, blend.weights), strict=True))
    write_card(
        job.output_dir,
        ensemble.members,
        {
            "weights": weights,
            "typical_error": blend.typical_error,
            "calibration": calibration.to_json(),
            "params": card_params(params, PARTS),
            "seed": job.seed,
        },
    )
    return TrainingReport(
        problem=PROBLEM.name,
        training_seconds=time.monotonic() - started,
        device=resolve_device(job.device),
        params=asdict(params),
        history=history,
        validation=_judge(ensemble, blend, calibration, (stopping, calibrating), params.parts),
        parity_max_abs_diff=parity,
        parity_tolerance=PARITY_TOLERANCE,
        feature_importance=_importance(ensemble, blend, stopping),
        notes=(
            "accuracy means: reproduces the class of the reference Monte Carlo model; no forecast of a project's fate",
            "the network regresses all targets, the trees stacked on it correct its score; non-negative blend: "
            + ", ".join(f"{name} {weight:.3f}" for name, weight in weights.items()),
            f"{len(training.scores)} training and {len(validation.scores)} validation entries",
        ),
    )


def _fit_members(
    training: Split, stopping: Split, params: Params, job: TrainingJob
) -> tuple["Ensemble", list[dict[str, float]]]:
    from training.risk_analyzer.export import Ensemble
    from training.risk_analyzer.network import constant_network, fit_network, predict_network
    from training.risk_analyzer.trees import Leftover, fit_trees

    if NETWORK in params.parts:
        network, history = fit_network(training, stopping, params, job)
    else:
        network, history = constant_network(params, training), []
    leftovers = []
    for part in (training, stopping):
        outputs = predict_network(network, part.features)
        leftovers.append(Leftover(tree_inputs(part.features, outputs), part.scores - outputs[:, 0]))
    trees, tree_history = fit_trees(leftovers[0], leftovers[1], params, job)
    return Ensemble(network, trees), history + tree_history


def _fit_blend(ensemble: "Ensemble", stopping: Split) -> Blend:
    """Fit non-negative least squares of the true score on the members' scores."""
    from scipy.optimize import nnls

    _, members = ensemble.predict(stopping.features)
    weights, _ = nnls(members, stopping.scores)
    errors = blend_scores(members, weights) - stopping.scores
    return Blend(weights, float(np.sqrt(np.mean(errors**2))))


def _predict(ensemble: "Ensemble", blend: Blend, features: NDArray[np.float32]) -> tuple[Table, NDArray[np.float64]]:
    """Return label-like columns and the uncalibrated confidence."""
    outputs, members = ensemble.predict(features)
    table = decode_targets(outputs, blend_scores(members, blend.weights))
    return table, raw_confidence(members, table["risk_score"], blend.typical_error)


def _fit_confidence(ensemble: "Ensemble", blend: Blend, calibrating: Split) -> Calibration:
    from training.calibration import fit_calibration

    table, raw = _predict(ensemble, blend, calibrating.features)
    return fit_calibration(raw, risk_class(table["risk_score"]) == calibrating.table["overall_risk"])


def _importance(ensemble: "Ensemble", blend: Blend, part: Split) -> dict[str, float]:
    """Return by how much the error of the score grows when one input is shuffled, one-hot columns together."""
    order = np.random.default_rng(0).permutation(len(part.scores))
    columns = [name.split("=")[0] for name in FEATURES]
    grown = {}
    for column in dict.fromkeys(columns):
        features = part.features.copy()
        same = np.array([name == column for name in columns])
        features[:, same] = features[order][:, same]
        table, _ = _predict(ensemble, blend, features)
        grown[column] = round(float(np.abs(table["risk_score"] - part.scores).mean()), 5)
    return dict(sorted(grown.items(), key=lambda item: -item[1]))


def _judge(
    ensemble: "Ensemble", blend: Blend, calibration: Calibration, halves: tuple[Split, Split], parts: tuple[str, ...]
) -> dict[str, float]:
    """Return the figures of both validation halves together, those each half may be trusted with, and each part's."""
    from training.calibration import expected_calibration_error

    stopping, calibrating = halves
    seen, raw = _predict(ensemble, blend, stopping.features)
    fresh, _ = _predict(ensemble, blend, calibrating.features)
    hits = risk_class(seen["risk_score"]) == stopping.table["overall_risk"]
    both = {name: np.concatenate([stopping.table[name], calibrating.table[name]]) for name in stopping.table}
    figures = measure(both, {name: np.concatenate([seen[name], fresh[name]]) for name in seen})
    figures["accuracy_not_stopped_on"] = measure(calibrating.table, fresh)["accuracy"]
    figures["calibration_error"] = expected_calibration_error(calibration.apply(raw), hits)
    _, members = ensemble.predict(calibrating.features)
    alone = dict(zip(ensemble.members, members.T, strict=True))
    for name in parts:
        figures[f"{name}_accuracy"] = float((risk_class(alone[name]) == calibrating.table["overall_risk"]).mean())
        figures[f"{name}_score_mae"] = float(np.abs(alone[name] - calibrating.scores).mean())
    return figures
