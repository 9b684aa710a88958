"""Boundary checks: a number that cannot be meant is refused here, by name and row, before any formula sees it."""

from enum import StrEnum
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.errors import StructuralError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
_NUMBER = (float, int)
"""A number is compared at once and returned as NumPy's, which formulas take for an array at a tenth of its cost."""
SMALLEST, LARGEST = 1e-9, 1e12
"""Bounds of a quantity in US units that can be meant: wide for a structure, too narrow for a formula to overflow."""

_POSITIVE = f"greater than 0 (and at most {LARGEST:g})"
_NOT_NEGATIVE = f"not negative (and at most {LARGEST:g})"


def as_floats(name: str, value: ArrayLike) -> FloatArray:
    """Return ``value`` as a float64 array of its own shape; what is not a number raises `StructuralError`."""
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise StructuralError(f"{name} must be numbers, got {value!r:.80}", field=name) from error


def require_positive(name: str, value: Any) -> FloatArray:
    """Return ``value`` as a float64 array of its own shape (one number as NumPy's), all in `SMALLEST`..`LARGEST`.

    Raises
    ------
    StructuralError
        Naming ``name`` and the first offending row.
    """
    if isinstance(value, _NUMBER) and SMALLEST <= value <= LARGEST:
        return value if type(value) is np.float64 else np.float64(value)  # type: ignore[return-value]
    array = as_floats(name, value)
    if array.size == 1 and SMALLEST <= array.item() <= LARGEST:  # one number is compared quicker than an array of it
        return array
    usable = (array >= SMALLEST) & (array <= LARGEST)
    return _require(name, array, usable, _POSITIVE)


def require_non_negative(name: str, value: Any) -> FloatArray:
    """Return ``value`` as a float64 array of its own shape, every element in 0..`LARGEST`; errors as above."""
    if isinstance(value, _NUMBER) and 0.0 <= value <= LARGEST:
        return value if type(value) is np.float64 else np.float64(value)  # type: ignore[return-value]
    array = as_floats(name, value)
    if array.size == 1 and 0.0 <= array.item() <= LARGEST:
        return array
    return _require(name, array, (array >= 0.0) & (array <= LARGEST), _NOT_NEGATIVE)


def require_between(name: str, value: Any, low: float, high: float) -> FloatArray:
    """Return ``value`` as a float64 array of its own shape, every element in ``low``..``high``; errors as above."""
    if isinstance(value, _NUMBER) and low <= value <= high:
        return value if type(value) is np.float64 else np.float64(value)  # type: ignore[return-value]
    array = as_floats(name, value)
    if array.size == 1 and low <= array.item() <= high:
        return array
    return _require(name, array, (array >= low) & (array <= high), f"between {low:g} and {high:g}")


def enum_codes(name: str, value: ArrayLike, members: type[StrEnum]) -> IntArray:
    """Return the position of each element of ``value`` among the members of a string enum, shape of ``value``.

    Raises
    ------
    StructuralError
        Naming ``name`` when an element is none of the members.
    """
    codes = _codes(members)
    if isinstance(value, str) and value in codes:
        code: IntArray = codes[value]
        return code
    array = np.asarray(value)
    if array.size == 1 and (word := array.item()) in codes:
        return np.full(array.shape, codes[word])
    words = array.ravel().tolist()
    found = np.array([codes.get(word, -1) if isinstance(word, str) else -1 for word in words], dtype=np.int64)
    if found.size and found.min() < 0:
        row = int(np.argmin(found))
        where = f" in row {row}" if array.ndim else ""
        raise StructuralError(f"{name}: unknown {words[row]!r}{where}; known: {', '.join(codes)}", field=name)
    return found.reshape(array.shape)


@cache
def _codes(members: type[StrEnum]) -> dict[str, Any]:
    """Return the words of an enum; looking them up again and again would cost more than the formulas of one member."""
    return {member.value: np.int64(position) for position, member in enumerate(members)}


def _require(name: str, array: FloatArray, holds: NDArray[np.bool_], rule: str) -> FloatArray:
    # Counted, because `all` costs more than a comparison where there is one member.
    if np.count_nonzero(holds) == holds.size:
        return array
    row = int(np.flatnonzero(~holds.ravel())[0])
    where = f" in row {row}" if array.ndim else ""
    raise StructuralError(f"{name} must be {rule}, got {array.ravel()[row]}{where}", field=name)
