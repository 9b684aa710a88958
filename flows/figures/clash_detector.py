"""Clash detector: how many of the severe clashes are found, and the accuracy with and without guard bands.

Within the guard band of a threshold the class of a pair is a matter of modelling accuracy, so the sampler all but
leaves such pairs out, of the holdout too. A building does not: the figure for pairs as they come is taken on freshly
drawn ones from which nothing was left out.
"""

import numpy as np
from numpy.typing import NDArray

from flows.figures.contract import Answered, fresh_count
from structural.problem import Role
from structural.problems.clash_detector.request import CLASSES, HIGH
from structural.problems.clash_detector.sampler import GUARD_BAND_SHARE, sample_all
from structural.problems.clash_detector.truth import label
from structural.tables import Table

FRESH_PAIRS = 3_000
"""At most; of a small holdout fewer."""
FRESH_SEED = np.random.SeedSequence(entropy=360_22, spawn_key=(2, 0, 1))
"""A chunk of a dataset has a spawn key of two numbers (problem, chunk); one of three is no seed of any dataset."""


def figures(answered: Answered) -> dict[str, float]:
    """Return recall of HIGH (model, served, baseline) and the accuracies outside, inside and regardless of the bands.

    ``accuracy_outside_guard_bands`` is of the holdout's entries that are clear of every band.
    ``accuracy_without_guard_bands`` is of `FRESH_PAIRS` pairs drawn like the holdout but with every pair in a band
    kept; ``guard_band_share`` of those lie in a band (``accuracy_inside_guard_bands``), and
    ``guard_band_removed_share`` is the share of pairs that the sampler leaves out of a dataset.
    """
    found = high_recalls(answered)
    outside = ~np.asarray(answered.holdout["in_guard_band"], dtype=bool)
    if outside.any():
        found["accuracy_outside_guard_bands"] = float(np.mean((answered.answers == answered.truth)[outside]))
    pairs = sample_all(fresh_count(answered, FRESH_PAIRS), np.random.default_rng(FRESH_SEED))
    answers = answered.predictor.propose(_questions(answered, pairs)).answers
    return found | fresh_figures(pairs, np.asarray(answers, dtype=np.str_))


def high_recalls(answered: Answered) -> dict[str, float]:
    """Return the share of the true HIGH clashes called HIGH by the model, after proof, and by the baseline."""
    severe = answered.truth == CLASSES[HIGH]
    if not severe.any():
        return {}
    said = {"": answered.answers, "_served": answered.served, "_baseline": answered.baseline}
    return {f"recall_high{who}": float(np.mean(answers[severe] == CLASSES[HIGH])) for who, answers in said.items()}


def fresh_figures(pairs: Table, answers: NDArray[np.str_]) -> dict[str, float]:
    """Return the accuracies of answers (n,) to pairs drawn regardless of guard bands, and the bands' shares."""
    right = answers == label(pairs)["pair_class"]
    inside = np.asarray(pairs["in_guard_band"], dtype=bool)
    share = float(inside.mean())
    left_out = share * (1 - GUARD_BAND_SHARE)
    found = {
        "accuracy_without_guard_bands": float(right.mean()),
        "guard_band_share": share,
        "guard_band_removed_share": left_out,
    }
    return found | ({"accuracy_inside_guard_bands": float(right[inside].mean())} if inside.any() else {})


def _questions(answered: Answered, pairs: Table) -> Table:
    return {name: pairs[name] for name in answered.problem.names(Role.QUESTION)}
