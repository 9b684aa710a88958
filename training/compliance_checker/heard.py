"""Which readings a word was never heard with: what keeps the network from guessing across names it half knows.

A network that has learnt ``K factor`` and ``shear lag factor`` may read ``U factor`` as either. In a segment with one
value every word speaks of that value, so a reading that one of its words was never heard with is out of question.
"""

import numpy as np
from numpy.typing import NDArray

from structural.problems.compliance_checker.encoding import TAGS
from training.compliance_checker.batches import Encoded

_ENOUGH = 30
"""Segments that a piece has to stand in before silence counts."""
_MOST_READINGS = 0.5
"""A piece heard with a larger share of all readings says nothing of any, such as ``provide`` or ``of``."""


def unheard_readings(corpus: Encoded, is_value: NDArray[np.bool_], speaks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which tags each word piece was never heard with, (V, C), from the segments of at most one value.

    Parameters
    ----------
    corpus : Encoded
        What is learnt from.
    is_value, speaks : bool arrays (V,)
        Which pieces stand for a value, and which begin a word of the language.
    """
    heard, count = np.zeros((len(speaks), len(TAGS)), dtype=np.int64), np.zeros(len(speaks), dtype=np.int64)
    inside = np.arange(corpus.ids.shape[1]) < corpus.sizes[:, None]  # (n, T)
    values = (is_value[corpus.ids] & inside).sum(axis=1)
    for row in np.flatnonzero(values <= 1).tolist():
        size = corpus.sizes[row]
        pieces = np.unique(corpus.ids[row, :size])
        tags = np.unique(corpus.labels[row, :size])
        count[pieces] += 1
        heard[np.ix_(pieces, tags[tags > 0])] += 1
    heard[:, 0] = 1  # that something says nothing is always possible
    readings = (heard[:, 1:] > 0).sum(axis=1)
    telling = speaks & (count >= _ENOUGH) & (readings > 0) & (readings <= _MOST_READINGS * (len(TAGS) - 1))
    unheard: NDArray[np.bool_] = (heard == 0) & telling[:, None]
    return unheard
