"""The broad phase."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structural.geometry.sweep import TooManyPairsError, near_boxes


def random_boxes(n, rng, spread=3000.0, longest=900.0):
    """Return n random boxes, most of them long along one axis, as members are."""
    low = rng.uniform(-spread, spread, (n, 3))
    size = rng.uniform(10, 100, (n, 3))
    size[np.arange(n), rng.integers(0, 3, n)] = rng.uniform(10, longest, n)
    return low, low + size


@settings(max_examples=15)
@given(
    seed=st.integers(0, 100_000),
    n=st.integers(0, 150),
    tolerance=st.floats(0.0, 200.0),
    spread=st.sampled_from([1.0, 500.0, 5000.0]),
    longest=st.sampled_from([20.0, 900.0, 20_000.0]),
)
def test_sweep_finds_what_all_against_all_finds(seed, n, tolerance, spread, longest):
    """Every pair of boxes within the tolerance, each once, in order."""
    low, high = random_boxes(n, np.random.default_rng(seed), spread, longest)
    expected = [
        (i, j)
        for i, j in itertools.combinations(range(n), 2)
        if np.all(low[i] <= high[j] + tolerance) and np.all(low[j] <= high[i] + tolerance)
    ]
    assert [tuple(pair) for pair in near_boxes(low, high, tolerance).tolist()] == expected


@settings(max_examples=10)
@given(seed=st.integers(0, 100_000), n=st.integers(0, 120), spread=st.sampled_from([1.0, 500.0, 5000.0]))
def test_only_wanted_pairs_are_kept_and_counted(seed, n, spread):
    """The same as filtering all pairs afterwards; the limit is on what is wanted."""
    rng = np.random.default_rng(seed)
    low, high = random_boxes(n, rng, spread)
    group = rng.integers(0, 2, n)

    def across(pairs):
        assert np.all(pairs[:, 0] < pairs[:, 1])
        return group[pairs[:, 0]] != group[pairs[:, 1]]

    every = near_boxes(low, high, 50.0)
    expected = every[group[every[:, 0]] != group[every[:, 1]]]
    np.testing.assert_array_equal(near_boxes(low, high, 50.0, len(expected), across), expected)
    if len(expected):
        with pytest.raises(TooManyPairsError):
            near_boxes(low, high, 50.0, len(expected) - 1, across)


def test_boxes_on_one_another_and_in_a_row_are_all_found():
    """All in one place, and all along one line: the grid has one cell, or one row of them."""
    pile = np.zeros((40, 3))
    assert len(near_boxes(pile, pile + 1.0, 0.0)) == 40 * 39 // 2
    row = np.outer(np.arange(2000.0), [10.0, 0.0, 0.0])
    assert near_boxes(row, row + np.array([10.0, 1.0, 1.0]), 0.0).tolist() == [[i, i + 1] for i in range(1999)]


def test_too_many_pairs_are_refused():
    """A pile of members in one place is given up early."""
    low, high = random_boxes(60, np.random.default_rng(0), spread=10.0)
    with pytest.raises(TooManyPairsError) as caught:
        near_boxes(low, high, 50.0, 100)
    assert caught.value.most == 100
