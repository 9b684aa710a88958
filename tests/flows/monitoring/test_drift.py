"""Population stability and Kolmogorov-Smirnov distance: known values, no alarm by chance, every shift found."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from flows.monitoring.drift import column_drift, measure_drift


def words(*counts: int) -> NDArray[np.str_]:
    return np.repeat(np.array(["a", "b", "c"][: len(counts)]), counts)


def test_the_index_is_the_textbook_sum() -> None:
    # (0.6 - 0.5) ln(0.6 / 0.5) + (0.4 - 0.5) ln(0.4 / 0.5)
    expected = 0.1 * math.log(1.2) - 0.1 * math.log(0.8)
    drift = column_drift("x", words(50, 50), words(60, 40))
    assert drift.psi == pytest.approx(expected)
    assert drift.ks is None
    assert drift.example == "b: 50.0% before, 40.0% now"


def test_numbers_are_grouped_by_equal_shares_of_the_reference() -> None:
    reference = np.arange(1_000, dtype=float)
    drift = column_drift("x", reference, reference[reference < 500])
    # five of ten groups are empty now (least share 1e-4), the other five twice as full
    expected = 5 * (0.2 - 0.1) * math.log(2) + 5 * (1e-4 - 0.1) * math.log(1e-4 / 0.1)
    assert drift.psi == pytest.approx(expected, rel=0.02)
    assert drift.ks == pytest.approx(0.5, abs=1e-3)


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(0, 3))
def test_the_same_distribution_stays_below_the_moderate_bar(seed: int, kind: int) -> None:
    rng = np.random.default_rng(seed)

    def draw(count: int) -> NDArray:
        values = [
            rng.normal(size=count),
            rng.integers(0, 4, count).astype(float),
            np.where(rng.random(count) < 0.3, np.nan, rng.random(count)),
            rng.choice(["x", "y", "z"], count),
        ]
        return values[kind]

    drift = column_drift("x", draw(5_000), draw(600))
    assert drift.psi < 0.1
    assert drift.ks is None or drift.ks < 0.1


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.floats(1.0, 4.0))
def test_a_shift_by_a_standard_deviation_is_major(seed: int, shift: float) -> None:
    rng = np.random.default_rng(seed)
    drift = column_drift("x", rng.normal(size=5_000), rng.normal(shift, size=600))
    assert drift.psi > 0.25


def test_words_never_seen_and_missing_numbers_are_groups_of_their_own() -> None:
    unseen = column_drift("x", words(50, 50), np.array(["z"] * 100))
    assert unseen.psi > 1
    assert unseen.example.startswith("others: 0.0% before, 100.0% now")
    missing = column_drift("x", np.ones(100), np.full(100, np.nan))
    assert missing.psi > 1
    assert missing.ks is None
    assert column_drift("x", np.full(50, np.nan), np.full(50, np.nan)).psi == 0
    assert column_drift("x", np.array([True, False]), np.array([True, False])).psi == 0


def test_only_shared_columns_with_rows_are_compared_largest_first() -> None:
    reference = {"a": words(50, 50), "b": words(50, 50), "c": words(1), "d": words(3)}
    current = {"a": words(55, 45), "b": words(90, 10), "d": words(3)[:0], "e": words(3)}
    assert [drift.column for drift in measure_drift(reference, current)] == ["b", "a"]


@pytest.mark.parametrize("usual", [0.0, 50.0])
@pytest.mark.parametrize("now", [-20.0, 36.0, 65.0])
def test_a_value_that_was_always_the_same_is_seen_to_change_either_way(usual: float, now: float) -> None:
    drift = column_drift("fy_ksi", np.full(500, usual), np.full(300, now))
    assert drift.psi > 1
    assert column_drift("fy_ksi", np.full(500, usual), np.full(300, usual)).psi == 0


def test_a_value_that_nearly_all_have_is_a_group_of_its_own() -> None:
    mostly = np.where(np.arange(1_000) < 950, 1.0, 0.5)
    drift = column_drift("ratio", mostly, np.where(np.arange(400) < 200, 1.0, 0.5))
    assert drift.psi > 0.25
    assert drift.example == "below 1: 5.0% before, 50.0% now"
