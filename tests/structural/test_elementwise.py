"""Elementwise steps: NumPy's own result on arrays, and the same to the bit on the numbers they hold."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.elementwise import anywhere, at, maximum, minimum, numbered, picked, power, squared, where, within

FLOATS = st.floats(allow_subnormal=False, width=64)
STEPS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "where": (lambda a, b: where(a > b, a, b), lambda a, b: np.where(a > b, a, b)),
    "where, a literal": (lambda a, b: where(a > b, 2.0, b), lambda a, b: np.where(a > b, 2.0, b)),
    "maximum": (maximum, np.maximum),
    "minimum": (minimum, np.minimum),
    "maximum, a literal": (lambda a, _: maximum(a, 0.5), lambda a, _: np.maximum(a, 0.5)),
    "within": (lambda a, _: within(a, -1.0, 1.0), lambda a, _: np.clip(a, -1.0, 1.0)),
    "squared": (lambda a, _: squared(a), lambda a, _: a**2),
    "power": (lambda a, _: power(np.abs(a), 1.5), lambda a, _: np.abs(a) ** 1.5),
    "numbered": (lambda a, _: numbered(a, 7.0), lambda a, _: np.nan_to_num(a, nan=7.0)),
}


@pytest.mark.parametrize("step", STEPS)
@given(rows=st.lists(st.tuples(FLOATS, FLOATS), min_size=1, max_size=9))
def test_numbers_give_what_arrays_give(step: str, rows: list[tuple[float, float]]) -> None:
    ours, numpys = STEPS[step]
    first, second = np.array(rows).T
    with np.errstate(all="ignore"):
        expected = numpys(first, second)
        np.testing.assert_array_equal(ours(first, second), expected)
        for a, b, found in zip(first, second, expected, strict=True):
            single = ours(a, b)
            assert isinstance(single, np.float64)
            np.testing.assert_array_equal(single, found)


def test_a_single_condition_chooses_between_arrays_as_numpy_does() -> None:
    found = where(np.True_, np.arange(3.0), 7.0)
    np.testing.assert_array_equal(found, [0.0, 1.0, 2.0])
    np.testing.assert_array_equal(where(np.False_, np.arange(3.0), 7.0), [7.0, 7.0, 7.0])


def test_places_are_picked_along_the_last_axis() -> None:
    rows = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(picked(rows, np.array([2, 0])), [2.0, 3.0])
    assert picked(rows[1], np.intp(1)) == 4.0


def test_rows_of_columns_and_of_the_only_one() -> None:
    assert at(np.array([1.0, 2.0]), 1) == at(np.float64(2.0), 0) == 2.0
    assert anywhere(np.array([False, True]))
    assert anywhere(np.True_)
    assert not anywhere(np.array([False]))
    assert not anywhere(np.False_)
