"""Array steps whose NumPy forms cost more than the arithmetic when there is one question."""

from collections.abc import Iterable

import numpy as np

from structural.problems.connection_designer.request import FloatArray


def as_columns(columns: Iterable[FloatArray]) -> FloatArray:
    """Return arrays (n,) side by side, shape (n, columns), or numbers as (columns,): `numpy.stack` on the last axis."""
    arrays = list(columns)
    if arrays[0].ndim == 0:
        return np.array(arrays)
    return np.concatenate(arrays).reshape(len(arrays), -1).T
