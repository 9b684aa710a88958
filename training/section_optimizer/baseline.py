"""The rule of thumb that the model must beat."""

import numpy as np
from numpy.typing import NDArray

from structural.problems.section_optimizer.catalogue import catalogue
from structural.problems.section_optimizer.decoding import section_names
from structural.problems.section_optimizer.ratios import necessary
from structural.problems.section_optimizer.request import resolve
from structural.problems.section_optimizer.truth import NONE_INDEX
from structural.tables import Table, row_count, take

BASELINE = (
    "lightest W shape with enough plastic modulus, stiffness and web for the load and, in compression, 75 % of its "
    "squash load and L/r <= 200; no lateral-torsional or column buckling, no interaction"
)
SQUASH_SHARE = 0.75
"""Usual first guess of the buckling reduction of a stocky column."""
CHUNK_ROWS = 2048


def predict_baseline(train: Table, questions: Table) -> NDArray[np.str_]:
    """Return the rule-of-thumb section of each question, shape (n,); ``train`` is not needed."""
    del train
    n = row_count(questions)
    parts = [_choose(take(questions, slice(at, at + CHUNK_ROWS))) for at in range(0, n, CHUNK_ROWS)]
    return section_names(np.concatenate(parts) if parts else np.empty(0, dtype=np.int64))


def _choose(questions: Table) -> NDArray[np.int64]:
    rough = necessary(resolve(questions).column(), catalogue())
    worst = np.maximum.reduce(
        [rough.plastic, rough.shear, rough.live, rough.total, rough.squash / SQUASH_SHARE, rough.slenderness]
    )
    fits = (worst <= 1.0) & ~rough.too_deep
    return np.where(fits.any(axis=1), fits.argmax(axis=1), NONE_INDEX)
