"""Chapter C, Appendices 7 and 8 by hand, by their limits and by their refusal of bad numbers."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc import stability
from structural.errors import StructuralError
from tests.structural.aisc.refusal import (
    Call,
    assert_bad_numbers_are_refused,
    assert_huge_numbers_are_refused,
    assert_one_row_is_many_rows,
    assert_quiet_at_the_edges,
)

CALLS: list[tuple[Call, dict[str, Any], frozenset[str]]] = [
    (
        stability.notional_load_kip,
        {"gravity_kip": 500, "method": "LRFD", "ratio": 0.002},
        frozenset({"gravity_kip", "ratio"}),
    ),
    (stability.notional_loads_in_gravity_only, {"drift_ratio": 1.4}, frozenset()),
    (
        stability.p_delta_member_effect_negligible,
        {"drift_ratio": 1.4, "moment_frame_share": 0.3},
        frozenset({"moment_frame_share"}),
    ),
    (stability.flexural_stiffness_factor, {"axial_ratio": 0.6}, frozenset({"axial_ratio"})),
    (stability.rm_factor, {"moment_frame_share": 0.3}, frozenset({"moment_frame_share"})),
    (
        stability.story_buckling_load_kip,
        {"shear_kip": 20, "height_in": 156, "drift_in": 0.5, "moment_frame_share": 0.4},
        frozenset({"moment_frame_share"}),
    ),
    (
        stability.b2_multiplier,
        {"story_load_kip": 500, "pe_story_kip": 5000, "method": "ASD"},
        frozenset({"story_load_kip"}),
    ),
    (
        stability.amplified_moment_kip_in,
        {"b1": 1, "mnt_kip_in": 500, "b2": 1.2, "mlt_kip_in": 300},
        frozenset({"mnt_kip_in", "mlt_kip_in"}),
    ),
    (
        stability.amplified_axial_kip,
        {"pnt_kip": 100, "b2": 1.2, "plt_kip": 20},
        frozenset({"pnt_kip", "plt_kip"}),
    ),
    (stability.effective_length_method_allowed, {"drift_ratio": 1.4}, frozenset()),
    (stability.unit_k_allowed, {"drift_ratio": 1.05}, frozenset()),
    (
        stability.first_order_method_allowed,
        {"drift_ratio": 1.4, "column_axial_ratio": 0.4, "beam_axial_ratio": 0.05},
        frozenset({"column_axial_ratio", "beam_axial_ratio"}),
    ),
    (
        stability.first_order_lateral_load_kip,
        {"gravity_kip": 500, "drift_over_height": 0.0025, "method": "LRFD"},
        frozenset({"gravity_kip", "drift_over_height"}),
    ),
]


@pytest.mark.parametrize(("call", "good", "may_be_zero"), CALLS, ids=[call.__name__ for call, _, _ in CALLS])
def test_numbers_are_guarded_and_rows_agree(call: Call, good: dict[str, Any], may_be_zero: frozenset[str]) -> None:
    assert_bad_numbers_are_refused(call, good, may_be_zero)
    assert_huge_numbers_are_refused(call, good)
    assert_quiet_at_the_edges(call, good, may_be_zero)
    assert_one_row_is_many_rows(call, good)


def test_notional_loads_by_hand() -> None:
    assert stability.notional_load_kip(500.0, ["LRFD", "ASD"]) == pytest.approx([1.0, 1.6])
    added = stability.notional_load_kip(500.0, "LRFD", stability.TAU_B_NOTIONAL_LOAD_RATIO)
    assert float(added) == pytest.approx(0.5)


def test_limits_of_the_methods() -> None:
    ratios = [1.1, 1.1001, 1.5, 1.5001, 1.7, 1.7001]
    assert stability.unit_k_allowed(ratios).tolist() == [True, False, False, False, False, False]
    assert stability.effective_length_method_allowed(ratios).tolist() == [True, True, True, False, False, False]
    assert stability.notional_loads_in_gravity_only(ratios).tolist() == [True] * 5 + [False]
    assert stability.p_delta_member_effect_negligible([1.7, 1.71], 0.0).tolist() == [True, False]
    assert stability.p_delta_member_effect_negligible(1.5, [1.0 / 3.0, 0.34]).tolist() == [True, False]
    allowed = stability.first_order_method_allowed(1.5, [0.5, 0.51, 0.5], [0.08, 0.08, 0.081])
    assert allowed.tolist() == [True, False, False]


def test_stiffness_factor_by_hand() -> None:
    # 0.8 tau_b: tau_b(0.75) = 4 x 0.75 x 0.25 = 0.75
    assert stability.flexural_stiffness_factor([0.0, 0.5, 0.75]) == pytest.approx([0.8, 0.8, 0.6])


def test_cm_by_hand() -> None:
    # reverse curvature 0.2, one pinned end 0.6, uniform moment 1.0; loaded between supports 1.0
    assert stability.cm_factor([1.0, 0.0, -1.0]) == pytest.approx([0.2, 0.6, 1.0])
    assert float(stability.cm_factor(1.0, True)) == 1.0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.1, 1.1, "one"])
def test_bad_end_moment_ratio_is_refused(bad: Any) -> None:
    with pytest.raises(StructuralError) as error:
        stability.cm_factor(bad)
    assert error.value.field == "end_moment_ratio"


def test_b2_by_hand() -> None:
    # H 20 kip, L 156 in., drift 0.52 in., half of the load on moment frames: RM 0.925, Pe 0.925 x 20 x 156/0.52 = 5550
    pe = stability.story_buckling_load_kip(20.0, 156.0, 0.52, 0.5)
    assert float(pe) == pytest.approx(5550.0)
    assert float(stability.story_buckling_load_kip(20.0, 156.0, 0.52)) == pytest.approx(0.85 * 6000.0)
    b2 = stability.b2_multiplier(555.0, pe, ["LRFD", "ASD"])
    assert b2 == pytest.approx([1.0 / 0.9, 1.0 / 0.84])
    assert float(stability.amplified_moment_kip_in(1.0, 500.0, b2[0], 90.0)) == pytest.approx(600.0)
    assert float(stability.amplified_axial_kip(100.0, b2[0], 9.0)) == pytest.approx(110.0)


@given(st.floats(0.0, 0.99), st.floats(0.0, 0.99))
def test_b2_grows_from_one(one: float, other: float) -> None:
    low, high = stability.b2_multiplier(np.sort([one, other]) * 1000.0, 1000.0, "LRFD")
    assert 1.0 <= low <= high


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: stability.rm_factor(1.01), "moment_frame_share"),
        (lambda: stability.p_delta_member_effect_negligible(1.2, 1.01), "moment_frame_share"),
        (lambda: stability.unit_k_allowed(0.99), "drift_ratio"),
        (lambda: stability.notional_load_kip(500.0, "LRFD", 0.101), "ratio"),
        (lambda: stability.first_order_lateral_load_kip(500.0, 1.01, "LRFD"), "drift_over_height"),
    ],
)
def test_shares_are_bounded(call: Call, field: str) -> None:
    with pytest.raises(StructuralError) as error:
        call()
    assert error.value.field == field


def test_a_storey_that_buckles_has_no_b2() -> None:
    with pytest.raises(StructuralError, match="buckling load of the storey") as error:
        stability.b2_multiplier([100.0, 625.0], 1000.0, "ASD")
    assert error.value.field == "story_load_kip"


def test_first_order_load_by_hand() -> None:
    # 2.1 x Delta/L: 1/400 gives 0.00525; below 0.002 the floor 0.0042 holds (LRFD)
    load = stability.first_order_lateral_load_kip(1000.0, [0.0025, 0.001], "LRFD")
    assert load == pytest.approx([5.25, 4.2])
    assert float(stability.first_order_lateral_load_kip(1000.0, 0.0025, "ASD")) == pytest.approx(8.4)
