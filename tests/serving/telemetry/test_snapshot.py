"""Readings, their differences, and quantiles."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import ServingError
from serving.telemetry.snapshot import Distribution, Snapshot, counters_from_json

A = ("sdai_x_total", (("route", "/a"), ("status", "2xx")))
B = ("sdai_x_total", (("route", "/b"), ("status", "5xx")))
counts = st.dictionaries(st.sampled_from([A, B]), st.floats(0, 1e9))


def test_a_difference_counts_what_is_new_and_keeps_gauges() -> None:
    window = Snapshot({A: 10, B: 2}, {("g", ()): 7}).since(Snapshot({A: 4}, {("g", ()): 1}), 60)
    assert window.counters == {A: 6, B: 2}
    assert window.gauge("g") == 7
    assert window.window_s == 60


def test_a_counter_that_fell_was_started_anew() -> None:
    assert Snapshot({A: 3}, {}).since(Snapshot({A: 100}, {}), 60).counters == {A: 3}


@given(counts, counts)
def test_no_difference_is_negative(before: dict, after: dict) -> None:
    window = Snapshot(after, {}).since(Snapshot(before, {}), 1)
    assert all(value >= 0 for value in window.counters.values())


def test_sums_are_over_the_series_that_carry_the_labels() -> None:
    now = Snapshot({A: 10, B: 2}, {})
    assert (now.total("sdai_x_total"), now.total("sdai_x_total", status="5xx"), now.total("sdai_y")) == (12, 2, 0)
    assert now.by("sdai_x_total", "route", status="2xx") == {"/a": 10}


@given(counts)
def test_counters_survive_being_kept(kept: dict) -> None:
    assert counters_from_json(Snapshot(kept, {}).to_json()).counters == kept


@pytest.mark.parametrize("text", ["", "{}x", "[1]", '[["a", 3, 1]]', '[["a", [["b"]], 1]]', '{"a": 1}'])
def test_a_damaged_reading_is_refused_by_name(text: str) -> None:
    with pytest.raises(ServingError, match="damaged"):
        counters_from_json(text)


def test_a_quantile_lies_in_its_bucket() -> None:
    times = Distribution((1.0, 2.0, 5.0, math.inf), (90, 5, 5, 0))
    assert times.quantile(0.45) == pytest.approx(0.5)
    assert times.quantile(0.95) == pytest.approx(2.0)
    assert times.quantile(0.97) == pytest.approx(2 + 3 * 0.4)
    assert Distribution((1.0, math.inf), (0, 10)).quantile(0.5) == 1.0
    assert Distribution((), ()).quantile(0.5) is None
    assert Distribution((1.0, math.inf), (0, 0)).quantile(0.5) is None


@given(st.lists(st.floats(0.0001, 20), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_quantile_is_right_to_a_bucket(values: list[float], share: float) -> None:
    bounds = (0.01, 0.1, 1.0, 2.0, 5.0, 30.0, math.inf)
    lowers = (0.0, *bounds)
    in_bucket = [sum(low < value <= high for value in values) for low, high in zip(lowers, bounds, strict=False)]
    found = Distribution(bounds, tuple(map(float, in_bucket))).quantile(share)
    true = sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]
    index = next(i for i, bound in enumerate(bounds) if true <= bound)
    assert found is not None
    assert lowers[index] <= found <= bounds[index]
