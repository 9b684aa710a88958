"""The broad phase."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.errors import RequestError
from serving.ifc.pairs import near_pairs
from structural.geometry.prisms import PLATE, Prisms, bounds_of, frame_from


def random_members(n, rng, spread=3000.0):
    """Return n random bars."""
    zero = np.zeros(n)
    sizes = rng.uniform(50, 900, (3, n))
    return Prisms(
        np.full(n, PLATE), sizes[0], sizes[1], sizes[1], sizes[1], sizes[2], zero, zero, zero, zero, zero,
        rng.uniform(-spread, spread, (n, 3)), frame_from(rng.normal(size=(n, 3)), rng.normal(size=(n, 3))),
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000), n=st.integers(0, 60), tolerance=st.floats(0.0, 200.0))
def test_sweep_finds_what_all_against_all_finds(seed, n, tolerance):
    """Every pair of boxes within the tolerance, each once, in order."""
    members = random_members(n, np.random.default_rng(seed))
    low, high = bounds_of(members)
    expected = [
        (i, j)
        for i, j in itertools.combinations(range(n), 2)
        if np.all(low[i] <= high[j] + tolerance) and np.all(low[j] <= high[i] + tolerance)
    ]
    assert [tuple(pair) for pair in near_pairs(members, tolerance, 10_000).tolist()] == expected


def test_too_many_pairs_are_refused():
    """A pile of members in one place names the field that helps."""
    members = random_members(60, np.random.default_rng(0), spread=10.0)
    with pytest.raises(RequestError) as caught:
        near_pairs(members, 50.0, 100)
    assert caught.value.field == "tolerance_mm"
    assert caught.value.status == 413
