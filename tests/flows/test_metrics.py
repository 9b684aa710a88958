"""Figures of a holdout, against published values and by properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.metrics import (
    OTHER,
    calibration_error,
    confusion,
    detail_figures,
    mcnemar,
    reliability_bins,
    slice_figures,
    wilson_interval,
)
from training.calibration import expected_calibration_error


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17:857, table I, method 3 (score, no continuity correction).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_interval_gives_newcombes_table(right: int, count: int, low: float, high: float) -> None:
    assert wilson_interval(right, count) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count))))
def test_the_interval_holds_the_ratio_and_mirrors(counts: tuple[int, int]) -> None:
    right, count = counts
    low, high = wilson_interval(right, count)
    assert 0 <= low <= right / count <= high <= 1
    mirrored = wilson_interval(count - right, count)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_wilson_refuses_more_right_than_asked() -> None:
    with pytest.raises(ValueError, match="between 0 and count"):
        wilson_interval(3, 2)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=200))
def test_calibration_error_agrees_with_the_trainers(rows: list[tuple[float, bool]]) -> None:
    confidence = np.array([row[0] for row in rows])
    correct = np.array([row[1] for row in rows])
    bins = reliability_bins(confidence, correct)
    assert sum(row["count"] for row in bins) == len(rows)
    assert calibration_error(bins) == pytest.approx(expected_calibration_error(confidence, correct), abs=1e-9)


def test_confusion_pools_rare_labels() -> None:
    truth = np.array(["a"] * 5 + ["b"] * 3 + ["c"])
    answers = np.array(["a"] * 4 + ["z"] + ["b"] * 3 + ["a"])
    table = confusion(truth, answers, limit=2)
    assert table == {"labels": ["a", "b", OTHER], "counts": [[4, 0, 1], [0, 3, 0], [1, 0, 0]]}


@given(st.lists(st.tuples(st.sampled_from("abcdefg"), st.sampled_from("abcxyz")), min_size=1, max_size=60))
def test_confusion_counts_every_entry_once(pairs: list[tuple[str, str]]) -> None:
    truth, answers = (np.array(column) for column in zip(*pairs, strict=True))
    table = confusion(truth, answers, limit=3)
    counts = np.array(table["counts"])
    assert counts.sum() == len(pairs)
    if OTHER not in table["labels"]:
        assert np.trace(counts) == np.sum(truth == answers)


def test_slices_count_and_score_each_group() -> None:
    rows = slice_figures({"load": np.array(["s", "s", "f"])}, np.array([True, False, True]))
    assert rows == [
        {"slice": "load", "group": "f", "count": 1, "accuracy": 1.0},
        {"slice": "load", "group": "s", "count": 2, "accuracy": 0.5},
    ]


def test_mcnemar_is_the_exact_binomial_test() -> None:
    # 1 against 7 discordant pairs: p = 2 * (C(8,0) + C(8,1)) / 2^8 = 18/256.
    first = np.array([True] + [False] * 7 + [True] * 10)
    second = np.array([False] + [True] * 7 + [True] * 10)
    assert mcnemar(first, second) == (1, 7, pytest.approx(18 / 256))


def test_two_equal_models_do_not_differ() -> None:
    correct = np.array([True, False, True])
    assert mcnemar(correct, correct) == (0, 0, 1.0)


def test_details_score_numbers_and_words() -> None:
    truth = {"capacity": np.array([100.0, 0.0, np.nan, 200.0]), "slip": np.array([True, False, True, True])}
    proposed = {
        "capacity": np.array([110.0, 5.0, 1.0, 190.0]),
        "slip": np.array([True, True, True, True]),
        "x": np.ones(4),
    }
    assert detail_figures(truth, proposed) == pytest.approx({"capacity_mape_percent": 7.5, "slip_accuracy": 0.75})
