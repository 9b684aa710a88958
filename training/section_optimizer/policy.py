"""Fitting, on validation questions, how predictions become a proposal and how sure it is."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from structural.calibration import Calibration
from structural.problems.section_optimizer.decoding import TARGET_SCALE, Policy, PredictResidual, pick
from structural.problems.section_optimizer.request import resolve
from structural.tables import Table
from training.calibration import fit_calibration
from training.section_optimizer.pairs import Pairs

BLENDS = tuple(np.linspace(0.0, 1.0, 21).tolist())
"""Shares of XGBoost that are tried."""
OFFSETS = np.arange(-6, 7) * 2.5e-4
"""Thresholds tried, log utilization."""
MIN_SPREAD = 2e-5


def fit_policy(
    questions: Table,
    pairs: Pairs,
    outputs: NDArray[np.float64],
    predict: PredictResidual,
    blends: Sequence[float] = BLENDS,
) -> Policy:
    """Choose blend (of ``blends``), spread and threshold.

    ``pairs`` are the candidate pairs of the ``questions`` and ``outputs`` (k, 2) what the two libraries say of them.
    The blend minimises the weighted squared error of the pairs, the spread follows the absolute error, the threshold
    maximises the exact answers (of equals the one closest to 0).
    """
    policy = _fit_spread(Policy(xgboost_weight=_best_blend(pairs, outputs, blends)), pairs, outputs)
    members = resolve(questions)
    right = [
        np.mean(pick(members, predict, replace(policy, offset=float(at))).names() == questions["section"])
        for at in OFFSETS
    ]
    best = min(np.flatnonzero(np.array(right) == max(right)), key=lambda row: abs(OFFSETS[row]))
    return replace(policy, offset=float(OFFSETS[best]))


def fit_confidence(questions: Table, predict: PredictResidual, policy: Policy) -> Calibration:
    """Fit the calibrated confidence on questions that neither boosting nor `fit_policy` has seen."""
    picks = pick(resolve(questions), predict, policy)
    return fit_calibration(picks.score, picks.names() == questions["section"])


def _best_blend(pairs: Pairs, outputs: NDArray[np.float64], weights: Sequence[float]) -> float:
    errors = [
        np.average((weight * outputs[:, 0] + (1.0 - weight) * outputs[:, 1] - pairs.target) ** 2, weights=pairs.weight)
        for weight in weights
    ]
    return float(weights[int(np.argmin(errors))])


def _fit_spread(policy: Policy, pairs: Pairs, outputs: NDArray[np.float64]) -> Policy:
    error = np.abs(policy.blend(outputs) - pairs.target / TARGET_SCALE)
    disagreement = np.abs(outputs[:, 0] - outputs[:, 1]) / TARGET_SCALE
    design = np.stack([np.ones_like(error), disagreement, np.abs(policy.blend(outputs))], axis=1)
    root = np.sqrt(pairs.weight)
    solution = np.linalg.lstsq(design * root[:, None], error * root, rcond=None)[0]
    return replace(
        policy,
        spread_floor=float(max(solution[0], MIN_SPREAD)),
        spread_disagreement=float(max(solution[1], 0.0)),
        spread_residual=float(max(solution[2], 0.0)),
    )
