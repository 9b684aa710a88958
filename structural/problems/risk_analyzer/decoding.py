"""Model outputs as answers, and labels as model targets.

A network learns every target on a scale where it is roughly normal: logits of probabilities, logs of severities and
of quantiles. Boosted trees stacked on it correct its score. The class always follows from the score, so an answer
cannot contradict itself.
"""

import numpy as np
from numpy.typing import NDArray

from structural.problems.risk_analyzer.reference_classes import FACTORS
from structural.problems.risk_analyzer.request import PROBABILITY_COLUMNS, QUANTILE_COLUMNS, SEVERITY_COLUMNS
from structural.problems.risk_analyzer.scoring import IMPACT_VALUES, SCORE_THRESHOLDS, impact_level, risk_class
from structural.tables import Table

TARGETS = ("risk_score", *PROBABILITY_COLUMNS, *SEVERITY_COLUMNS, *QUANTILE_COLUMNS)
"""The labels a network regresses, in order; the boosted trees correct the first alone."""

SCORE_DECIMALS = 2
_PROBABILITY_FLOOR = 1e-3
_SEVERITY_OFFSET = 0.01
_PLACES_OF_SCALE = {
    scale: [place for place, factor in enumerate(FACTORS) if factor.scale == scale]
    for scale in dict.fromkeys(factor.scale for factor in FACTORS)
}
_P = slice(1, 1 + len(PROBABILITY_COLUMNS))
_SEVERITY = slice(_P.stop, _P.stop + len(SEVERITY_COLUMNS))
_QUANTILE = slice(_SEVERITY.stop, _SEVERITY.stop + len(QUANTILE_COLUMNS))


def encode_targets(labels: Table) -> NDArray[np.float64]:
    """Return the labels on the scale that networks learn, shape (n, len(TARGETS))."""
    values = np.stack([np.asarray(labels[name], dtype=float) for name in TARGETS], axis=1)
    p = np.clip(values[:, _P], _PROBABILITY_FLOOR, 1 - _PROBABILITY_FLOOR)
    values[:, _P] = np.log(p / (1 - p))
    values[:, _SEVERITY] = np.log(values[:, _SEVERITY] + _SEVERITY_OFFSET)
    values[:, _QUANTILE] = np.log(values[:, _QUANTILE])
    return values


def decode_targets(outputs: NDArray[np.float64], scores: NDArray[np.float64]) -> Table:
    """Return label-like columns from outputs (n, len(TARGETS)) and blended scores (n,).

    Quantiles are put in order.
    """
    outputs = np.asarray(outputs, dtype=float)
    table: Table = {"risk_score": np.clip(np.asarray(scores, dtype=float), 0.0, 10.0)}
    table |= dict(zip(PROBABILITY_COLUMNS, (1.0 / (1.0 + np.exp(-outputs[:, _P]))).T, strict=True))
    severities = np.maximum(np.exp(outputs[:, _SEVERITY]) - _SEVERITY_OFFSET, 0.0)
    table |= dict(zip(SEVERITY_COLUMNS, severities.T, strict=True))
    quantiles = np.exp(outputs[:, _QUANTILE]).reshape(len(outputs), 2, -1)
    ordered = np.sort(quantiles, axis=2).reshape(len(outputs), -1)
    return table | dict(zip(QUANTILE_COLUMNS, ordered.T, strict=True))


def shown_scores(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return scores at two decimals without leaving their class: 3.997 is shown as 3.99, because 4 is MEDIUM."""
    scale = 10.0**SCORE_DECIMALS
    rounded = np.round(scores, SCORE_DECIMALS)
    return np.where(risk_class(rounded) == risk_class(scores), rounded, np.floor(scores * scale) / scale)


def impact_levels(table: Table) -> NDArray[np.int64]:
    """Return the impact level of every factor, (n, factors), as indices into `scoring.IMPACTS`."""
    severities = np.array([table[name] for name in SEVERITY_COLUMNS], dtype=float).T
    levels = np.empty(severities.shape, dtype=np.int64)
    for scale, places in _PLACES_OF_SCALE.items():
        levels[:, places] = impact_level(severities[:, places], scale)
    return levels


def rank_factors(table: Table, levels: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Return the factors of each row by falling probability x impact value, (n, factors), as indices into `FACTORS`.

    ``levels`` are the `impact_levels` of the table where they are known.
    """
    probability = np.array([table[name] for name in PROBABILITY_COLUMNS]).T
    levels = impact_levels(table) if levels is None else levels
    return np.argsort(-probability * IMPACT_VALUES[levels], axis=1, kind="stable")


def tree_inputs(features: NDArray[np.float32], outputs: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return what the trees stacked on the network read: features (n, k) and the network's outputs (n, t), joined."""
    return np.concatenate([features, outputs.astype(np.float32)], axis=1)


def member_scores(network_score: NDArray, corrections: NDArray) -> NDArray[np.float64]:
    """Return the scores of all members, (n, 1 + trees): the network's, and each tree model's correction of it."""
    own = np.asarray(network_score, dtype=float)[:, None]
    return np.concatenate([own, own + corrections], axis=1)


def blend_scores(members: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the blended score of member scores (n, members): their sum weighted by ``weights`` (members,)."""
    return np.asarray(np.asarray(members, dtype=float) @ np.asarray(weights, dtype=float))


def boundary_distance(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each score is from the nearest class boundary, shape (n,)."""
    return np.asarray(np.abs(np.asarray(scores, dtype=float)[:, None] - SCORE_THRESHOLDS).min(axis=1))


def raw_confidence(
    members: NDArray[np.float64], scores: NDArray[np.float64], typical_error: float
) -> NDArray[np.float64]:
    """Return an uncalibrated confidence: distance to the nearest boundary in units of the likely error.

    The likely error joins ``typical_error`` (of the score, from validation) and the disagreement of the members.
    """
    return np.asarray(boundary_distance(scores) / np.hypot(typical_error, np.std(members, axis=1)))
