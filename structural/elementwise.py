"""NumPy's elementwise steps for one case and for many: one formula, and the same numbers to the bit.

A step on an array of one element costs NumPy ten times what it costs on a number, and the answer to one question takes
more than a thousand steps. So formulas are written with these functions: they take arrays as NumPy's own do, and they
take numbers (`np.float64` and `np.bool_`, which divide by zero and negate as arrays do) without making arrays of them.
What comes back is NumPy's own even where a literal was chosen. The types say arrays for both: a number stands for an
array of shape ().
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

AnyArray = NDArray[Any]
_ARRAY = np.ndarray  # bound once: looked up in every step


def where(condition: Any, if_true: Any, if_false: Any) -> AnyArray:
    """Return ``if_true`` where the condition holds, else ``if_false``: `numpy.where`."""
    if isinstance(condition, _ARRAY) or isinstance(if_true, _ARRAY) or isinstance(if_false, _ARRAY):
        chosen: AnyArray = np.where(condition, if_true, if_false)
        return chosen
    one: Any = if_true if condition else if_false
    return np.float64(one) if type(one) is float else one  # type: ignore[return-value]


def maximum(first: Any, second: Any) -> AnyArray:
    """Return the larger of the two, NaN where either is: `numpy.maximum`."""
    if isinstance(first, _ARRAY) or isinstance(second, _ARRAY):
        larger: AnyArray = np.maximum(first, second)
        return larger
    one: Any = first if first >= second or first != first else second
    return np.float64(one) if type(one) is float else one  # type: ignore[return-value]


def minimum(first: Any, second: Any) -> AnyArray:
    """Return the smaller of the two, NaN where either is: `numpy.minimum`."""
    if isinstance(first, _ARRAY) or isinstance(second, _ARRAY):
        smaller: AnyArray = np.minimum(first, second)
        return smaller
    one: Any = first if first <= second or first != first else second
    return np.float64(one) if type(one) is float else one  # type: ignore[return-value]


def squared(value: Any) -> AnyArray:
    """Return the square. NumPy multiplies arrays for ``**2`` but takes the power of numbers, which rounds otherwise."""
    square: AnyArray = value * value
    return square


def power(value: Any, exponent: Any) -> AnyArray:
    """Return the power as NumPy has it for arrays: ``**`` of two numbers is another function, with other roundings."""
    raised: AnyArray = np.power(value, exponent)
    return raised


def within(values: Any, low: Any, high: Any) -> AnyArray:
    """Return the values, at least ``low`` and at most ``high``: `numpy.clip` in a third of its time."""
    return minimum(maximum(values, low), high)


def picked(rows: Any, place: Any) -> AnyArray:
    """Return the element at ``place`` of the last axis: (n, k) and (n,) give (n,), (k,) and a number give a number."""
    chosen: AnyArray = rows[place] if rows.ndim == 1 else rows[np.arange(len(rows)), place]
    return chosen


def numbered(values: Any, nan: float = 0.0) -> AnyArray:
    """Return the values with ``nan`` for NaN and the largest number for infinity: `numpy.nan_to_num`."""
    if isinstance(values, _ARRAY) or not math.isfinite(values):
        filled: AnyArray = np.nan_to_num(values, nan=nan)
        return filled
    one: AnyArray = values
    return one


def anywhere(condition: Any) -> bool:
    """Return whether a condition holds in any row, or the single one."""
    return bool(condition.any() if condition.ndim else condition)


def at(column: Any, row: int) -> Any:
    """Return the element at ``row`` of a column, or the number that stands for the only one."""
    return column[row] if column.ndim else column
