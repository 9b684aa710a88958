"""What is measured of the ensemble on the validation split, beside its accuracy."""

import numpy as np
from numpy.typing import NDArray

from structural.problems.risk_analyzer.decoding import boundary_distance, rank_factors
from structural.problems.risk_analyzer.inputs import missing_optionals
from structural.problems.risk_analyzer.request import PROBABILITY_COLUMNS, QUANTILE_COLUMNS, RISK_CLASSES
from structural.problems.risk_analyzer.scoring import risk_class
from structural.tables import Table

BOUNDARY_BAND = 0.1
"""Scores nearer than this to a class boundary are left out of one of the figures."""


def measure(truth: Table, predicted: Table) -> dict[str, float]:
    """Return the figures of predicted label-like columns against labelled rows; all ratios 0 to 1 unless named."""
    answers, wanted = risk_class(predicted["risk_score"]), np.asarray(truth["overall_risk"])
    hits = answers == wanted
    clear = boundary_distance(truth["risk_score"]) > BOUNDARY_BAND
    bare = missing_optionals(truth).all(axis=1)
    steps = np.abs(_ranks(answers) - _ranks(wanted))
    return {
        "accuracy": float(hits.mean()),
        "macro_f1": _macro_f1(answers, wanted),
        "score_mae": float(np.abs(predicted["risk_score"] - truth["risk_score"]).mean()),
        "ordinal_error_rate": float((steps > 1).mean()),
        "accuracy_off_boundaries": _mean(hits[clear]),
        "accuracy_all_optionals_missing": _mean(hits[bare]),
        "count_all_optionals_missing": float(bare.sum()),
        "top2_factor_agreement": _top_agreement(truth, predicted, 2),
        "probability_mae": _mean_error(truth, predicted, PROBABILITY_COLUMNS),
        "quantile_relative_error": _mean_error(truth, predicted, QUANTILE_COLUMNS, relative=True),
        "count": float(len(wanted)),
    }


def _mean(hits: NDArray) -> float:
    return float(hits.mean()) if len(hits) else float("nan")


def _ranks(classes: NDArray) -> NDArray[np.int64]:
    return np.asarray(np.argmax(np.asarray(RISK_CLASSES)[None, :] == classes[:, None], axis=1))


def _macro_f1(answers: NDArray, wanted: NDArray) -> float:
    scores = []
    for name in RISK_CLASSES:
        both = np.sum((answers == name) & (wanted == name))
        either = np.sum(answers == name) + np.sum(wanted == name)
        if either:
            scores.append(2.0 * both / either)
    return float(np.mean(scores))


def _top_agreement(truth: Table, predicted: Table, count: int) -> float:
    """Return the share of rows whose leading factors are the same set."""
    true_top, found_top = (np.sort(rank_factors(table)[:, :count], axis=1) for table in (truth, predicted))
    return float((true_top == found_top).all(axis=1).mean())


def _mean_error(truth: Table, predicted: Table, names: tuple[str, ...], *, relative: bool = False) -> float:
    errors = [np.abs(predicted[name] - truth[name]) / (truth[name] if relative else 1.0) for name in names]
    return float(np.mean(errors))
