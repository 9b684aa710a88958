"""What the limit states of Chapters F, G and H have in common: ranges of input, transitions, and which one governs."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.aisc.classification import Limits
from structural.checks import FloatArray, IntArray, require_between
from structural.errors import StructuralError

Strengths = tuple[FloatArray, ...]


def checked_stress(name: str, value: ArrayLike) -> FloatArray:
    """Return a strength of steel (Fy, Fu, Fcr) that can be meant, 1 to 1,000 ksi; else `StructuralError`."""
    return require_between(name, value, 1.0, 1e3)


def checked_length(name: str, value: ArrayLike) -> FloatArray:
    """Return a length that can be meant, 0 to 1,000,000 in.; else `StructuralError`."""
    return require_between(name, value, 0.0, 1e6)


def checked_dimension(name: str, value: ArrayLike) -> FloatArray:
    """Return a dimension of a cross-section that can be meant, 0.001 to 10,000 in.; else `StructuralError`."""
    return require_between(name, value, 1e-3, 1e4)


def checked_cb(cb: ArrayLike) -> FloatArray:
    """Return a factor Cb that can be meant, 0.01 to 100; else `StructuralError` (``field="cb"``)."""
    return require_between("cb", cb, 0.01, 100.0)


def transition(top: FloatArray, bottom: FloatArray, value: FloatArray, limits: Limits) -> FloatArray:
    """Return the straight line from ``top`` at the first limit to ``bottom`` at the second, level beyond both."""
    share = np.clip((value - limits.compact) / (limits.slender - limits.compact), 0.0, 1.0)
    return np.asarray(top - (top - bottom) * share)


def weakest(strengths: Strengths) -> FloatArray:
    """Return the least of the strengths, broadcast shape."""
    return np.asarray(np.min(np.stack(np.broadcast_arrays(*strengths)), axis=0))


def governing_state(strengths: Strengths) -> IntArray:
    """Return the position of the least of the strengths, broadcast shape; ties go to the first."""
    return np.asarray(np.argmin(np.stack(np.broadcast_arrays(*strengths)), axis=0), dtype=np.int64)


def refuse(where: NDArray[np.bool_], names: NDArray[np.str_], complaint: str, field: str = "shape") -> None:
    """Raise `StructuralError` naming the first section for which ``where`` is true."""
    if np.any(where):
        label = np.broadcast_to(names, np.shape(where))[where].ravel()[0]
        raise StructuralError(f"{label} {complaint}", field=field)
