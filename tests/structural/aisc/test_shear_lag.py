"""Shear lag factors of Table D3.1: published examples, hand values, limits and refusal of bad numbers."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc import shear_lag, tension
from structural.errors import StructuralError
from tests.structural.aisc.refusal import (
    Call,
    assert_bad_numbers_are_refused,
    assert_huge_numbers_are_refused,
    assert_one_row_is_many_rows,
    assert_quiet_at_the_edges,
)

HSS = {"height_in": 6, "width_in": 4, "wall_in": 0.349, "gusset_in": 0.5}
CALLS: list[tuple[Call, dict[str, Any], frozenset[str]]] = [
    (shear_lag.open_section_lower_bound, {"connected_area_in2": 2, "gross_area_in2": 4}, frozenset()),
    (shear_lag.transverse_weld_effective_area_in2, {"connected_area_in2": 2}, frozenset()),
    (shear_lag.slotted_rectangular_hss_x_bar_in, HSS, frozenset()),
    (shear_lag.slotted_round_hss_x_bar_in, {"diameter_in": 6, "gusset_in": 0.5}, frozenset()),
    (
        shear_lag.shear_lag_slotted_round_hss,
        {"x_bar_in": 1.76, "connection_length_in": 16},
        frozenset({"x_bar_in"}),
    ),
    (shear_lag.shear_lag_side_gussets, {"connection_length_in": 10, "width_in": 4, "height_in": 6}, frozenset()),
    (shear_lag.shear_lag_bolted_i_or_tee, {"bf_in": 5.27, "d_in": 8.28, "bolts_per_line": 4}, frozenset()),
    (shear_lag.shear_lag_bolted_angle, {"bolts_per_line": 4}, frozenset()),
]


@pytest.mark.parametrize(("call", "good", "may_be_zero"), CALLS, ids=[call.__name__ for call, _, _ in CALLS])
def test_numbers_are_guarded_and_rows_agree(call: Call, good: dict[str, Any], may_be_zero: frozenset[str]) -> None:
    assert_bad_numbers_are_refused(call, good, may_be_zero)
    assert_huge_numbers_are_refused(call, good)
    assert_quiet_at_the_edges(call, good, may_be_zero)
    assert_one_row_is_many_rows(call, good)


def test_slotted_rectangular_hss_of_example_d4() -> None:
    # AISC Design Examples v16.0, D.4: HSS6x4x3/8 over a 1/2 in. gusset, 16 in. of weld: x 1.30 in., U 0.919
    x_bar = shear_lag.slotted_rectangular_hss_x_bar_in(6.0, 4.0, 0.349, 0.5)
    assert float(x_bar) == pytest.approx(1.30, abs=0.005)
    assert float(tension.shear_lag_partial(x_bar, 16.0)) == pytest.approx(0.919, abs=5e-4)


def test_slotted_round_hss_of_example_d5() -> None:
    # D.5: HSS6.000x0.500 over a 1/2 in. gusset, 16 in. of weld: x 1.76 in., U 0.991
    x_bar = shear_lag.slotted_round_hss_x_bar_in(6.0, 0.5)
    assert float(x_bar) == pytest.approx(1.76, abs=0.005)
    assert float(shear_lag.shear_lag_slotted_round_hss(x_bar, 16.0)) == pytest.approx(0.991, abs=5e-4)


def test_round_hss_factor_by_hand() -> None:
    assert float(shear_lag.shear_lag_slotted_round_hss(4.0, 8.0)) == pytest.approx((1.0 + 0.5**3.2) ** -10.0)
    assert shear_lag.SHEAR_LAG_ALL_ELEMENTS == 1.0
    assert float(shear_lag.transverse_weld_effective_area_in2(2.5)) == 2.5


def test_larger_factor_of_examples_d1_and_d2() -> None:
    # D.1: W8x21 by its flanges, 4 bolts a line: lower bound 0.684, case 2 0.908, case 7 0.85
    bound = shear_lag.open_section_lower_bound(2.0 * 5.27 * 0.400, 6.16)
    case_2 = tension.shear_lag_partial(0.831, 9.0)
    case_7 = shear_lag.shear_lag_bolted_i_or_tee(5.27, 8.28, 4)
    assert (float(bound), float(case_7)) == (pytest.approx(0.684, abs=5e-4), 0.85)
    assert float(shear_lag.governing_shear_lag(bound, case_2, case_7)) == pytest.approx(0.908, abs=5e-4)
    # D.2: L4x4x1/2, 4 bolts: 0.500, 0.869, 0.80
    angle = shear_lag.governing_shear_lag(
        shear_lag.open_section_lower_bound(1.0, 2.0),
        tension.shear_lag_partial(1.18, 9.0),
        shear_lag.shear_lag_bolted_angle(4),
    )
    assert float(angle) == pytest.approx(0.869, abs=5e-4)


def test_welded_tee_of_example_d3() -> None:
    # D.3: WT6x20, 16 in. longitudinal welds: lower bound 0.706, case 4 0.860
    bound = shear_lag.open_section_lower_bound(8.01 * 0.515, 5.84)
    case_4 = tension.shear_lag_longitudinal_welds(16.0, 8.01, 1.09)
    assert float(bound) == pytest.approx(0.706, abs=5e-4)
    assert float(shear_lag.governing_shear_lag(bound, case_4)) == pytest.approx(0.860, abs=5e-4)


def test_rules_of_thumb_by_bolts() -> None:
    count = [2, 3, 4, 5]
    assert shear_lag.shear_lag_bolted_angle(count).tolist() == [0.0, 0.60, 0.80, 0.80]
    assert shear_lag.shear_lag_bolted_i_or_tee(8.0, 12.0, count, "flange").tolist() == [0.0, 0.90, 0.90, 0.90]
    assert shear_lag.shear_lag_bolted_i_or_tee(8.0, 12.0, count, "web").tolist() == [0.0, 0.0, 0.70, 0.70]
    assert float(shear_lag.shear_lag_bolted_i_or_tee(7.9, 12.0, 3)) == 0.85


def test_centroid_of_the_channel_beside_the_gusset() -> None:
    # x is the centroid of a wall H x t at b and two legs t thick, measured from the gusset face
    h, t, b = 6.0, 0.349, 1.75
    legs = 2.0 * t * (b - t)
    centroid = (h * t * (b - t / 2.0) + legs * (b - t) / 2.0) / (h * t + legs)
    assert float(shear_lag.slotted_rectangular_hss_x_bar_in(h, 4.0, t, 0.5)) == pytest.approx(centroid)


def test_side_gussets_by_hand() -> None:
    # l 10, B 4, H 6: UB 300/316, UH 300/336
    by_hand = (4.0 * 300.0 / 316.0 + 6.0 * 300.0 / 336.0) / 10.0
    assert float(shear_lag.shear_lag_side_gussets(10.0, 4.0, 6.0)) == pytest.approx(by_hand)


@given(st.floats(1.0, 40.0), st.floats(1.0, 40.0))
def test_longer_connections_lag_less(one: float, other: float) -> None:
    short, long = np.sort([one, other])
    for factor in (
        lambda length: shear_lag.shear_lag_side_gussets(length, 4.0, 6.0),
        lambda length: shear_lag.shear_lag_slotted_round_hss(1.76, length),
    ):
        assert 0.0 <= factor(short) <= factor(long) <= 1.0


@given(st.floats(0.01, 0.99))
def test_round_centroid_stays_inside(share: float) -> None:
    assert 0.0 <= shear_lag.slotted_round_hss_x_bar_in(6.0, 6.0 * share) <= 3.0 * (1.0 - share)


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: shear_lag.open_section_lower_bound(5.0, 4.0), "connected_area_in2"),
        (lambda: shear_lag.slotted_rectangular_hss_x_bar_in(6.0, 4.0, 0.349, 3.5), "gusset_in"),
        (lambda: shear_lag.slotted_rectangular_hss_x_bar_in(0.6, 4.0, 0.349, 0.5), "height_in"),
        (lambda: shear_lag.slotted_round_hss_x_bar_in(0.5, 0.5), "gusset_in"),
        (lambda: shear_lag.shear_lag_bolted_i_or_tee(8.0, 12.0, 3, "stem"), "connected"),
        (lambda: shear_lag.governing_shear_lag(0.8, 1.1), "shear_lag"),
        (lambda: shear_lag.governing_shear_lag(), "shear_lag"),
    ],
)
def test_impossible_connections_are_refused(call: Call, field: str) -> None:
    with pytest.raises(StructuralError) as error:
        call()
    assert error.value.field == field
