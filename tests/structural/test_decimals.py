"""Rounding to significant decimal digits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.decimals import significant


@pytest.mark.parametrize("digits", [3, 4, 6])
def test_what_is_rounded_is_the_number_that_the_decimals_read_as(digits):
    """To the last bit, from cents to billions; scaling with 10.0 ** -5 missed one in twenty by a bit."""
    values = np.exp(np.random.default_rng(7).uniform(np.log(1e-3), np.log(5e10), 20_000))
    rounded = significant(values, digits)
    assert [float(f"{value:.{digits - 1}e}") for value in rounded] == rounded.tolist()
    assert np.all(np.abs(rounded - values) <= 0.5000001 * 10.0 ** (np.floor(np.log10(values)) - digits + 1))


@given(st.floats(1e-9, 1e12), st.integers(1, 9))
def test_rounding_again_changes_nothing(value, digits):
    """A number of so many digits stays as it is, and keeps its place in any array."""
    once = significant(np.array([value]), digits)
    assert significant(np.array([[1.0], [once[0]]]), digits)[1, 0] == once[0]
