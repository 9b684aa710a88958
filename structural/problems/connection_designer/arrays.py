"""Array steps whose NumPy forms cost more than the arithmetic when there is one question."""

from collections.abc import Iterable

import numpy as np

from structural.problems.connection_designer.request import FloatArray


def within(values: FloatArray, low: FloatArray | float, high: FloatArray | float) -> FloatArray:
    """Return the values, at least ``low`` and at most ``high``: `numpy.clip` in a third of its time, any shape."""
    return np.asarray(np.minimum(np.maximum(values, low), high))


def as_columns(columns: Iterable[FloatArray]) -> FloatArray:
    """Return arrays (n,) side by side, shape (n, columns): `numpy.stack` on axis 1 in a third of its time."""
    arrays = list(columns)
    return np.concatenate(arrays).reshape(len(arrays), -1).T
