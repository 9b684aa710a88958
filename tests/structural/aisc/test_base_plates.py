"""Column bases: Design Example J.6, hand values, limits and refusal of bad numbers."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc import base_plates, bolts
from structural.aisc.method import available
from structural.errors import StructuralError
from tests.structural.aisc.refusal import (
    Call,
    assert_bad_numbers_are_refused,
    assert_huge_numbers_are_refused,
    assert_one_row_is_many_rows,
    assert_quiet_at_the_edges,
)
from tests.structural.golden_bases import SOLVERS

PLATE = {"plate_n_in": 22, "plate_b_in": 22}
CALLS: list[tuple[Call, dict[str, Any], frozenset[str]]] = [
    (base_plates.supporting_area_in2, {**PLATE, "support_n_in": 24, "support_b_in": 24}, frozenset()),
    (base_plates.concrete_bearing, {"fc_ksi": 3, "a1_in2": 484, "a2_in2": 576}, frozenset()),
    (
        lambda **args: base_plates.i_column_cantilevers(**args).l_in,
        {"d_in": 12.7, "bf_in": 12.2, **PLATE, "bearing_ratio": 0.8},
        frozenset({"bearing_ratio"}),
    ),
    (
        lambda **args: base_plates.hollow_column_cantilevers(**args).l_in,
        {"depth_in": 10, "width_in": 8, **PLATE},
        frozenset(),
    ),
    (
        base_plates.required_plate_thickness_in,
        {"l_in": 6, "pr_kip": 690, **PLATE, "fy_ksi": 50, "method": "ASD"},
        frozenset({"l_in", "pr_kip"}),
    ),
    (base_plates.anchor_rod_tension, {"fu_ksi": 58, "diameter_in": 1, "count": 4}, frozenset()),
    (base_plates.anchor_rod_shear, {"fu_ksi": 58, "diameter_in": 1, "count": 4}, frozenset()),
    (
        base_plates.anchor_rod_combined_tension,
        {"fu_ksi": 58, "diameter_in": 1, "shear_kip": 20, "method": "LRFD", "count": 4},
        frozenset({"shear_kip"}),
    ),
]


@pytest.mark.parametrize(("call", "good", "may_be_zero"), CALLS)
def test_numbers_are_guarded_and_rows_agree(call: Call, good: dict[str, Any], may_be_zero: frozenset[str]) -> None:
    assert_bad_numbers_are_refused(call, good, may_be_zero)
    assert_huge_numbers_are_refused(call, good)
    assert_quiet_at_the_edges(call, good, may_be_zero)
    assert_one_row_is_many_rows(call, good)


def test_design_example_j6() -> None:
    # AISC Design Examples v16.0, J.6: W12X96 on a 22 in. square plate, 24 in. square pedestal, f'c 3 ksi
    inputs = {
        "column": "W12X96",
        "plate_N_in": 22,
        "plate_B_in": 22,
        "pedestal_in": [24, 24],
        "fc_ksi": 3,
        "Fy_plate_ksi": 50,
        "Pu_kip": 690,
        "Pa_kip": 460,
    }
    published = {
        "phi_Pp_kip": 875,
        "Pp_over_omega_kip": 583,
        "m_in": 4.97,
        "n_in": 6.12,
        "l_in": 6.12,
        "t_min_in": 1.54,
    }
    computed = SOLVERS["J-28"](inputs)
    assert {name: float(computed[name]) for name in published} == pytest.approx(published, rel=0.002)


def test_bearing_grows_with_the_support_and_stops_at_twice() -> None:
    # 0.85 x 4 x 100 = 340 kip on the full area; sqrt(A2/A1) counts up to 2
    assert base_plates.concrete_bearing(4.0, 100.0, [100.0, 225.0, 400.0, 900.0]) == pytest.approx([340, 510, 680, 680])
    assert float(base_plates.concrete_bearing(4.0, 100.0)) == pytest.approx(340.0)


def test_support_keeps_the_shape_of_the_plate() -> None:
    # 10 x 20 plate on 30 x 30: the long side governs, scale 1.5
    assert float(base_plates.supporting_area_in2(10.0, 20.0, 30.0, 30.0)) == pytest.approx(450.0)


@given(st.floats(5.0, 40.0), st.floats(5.0, 40.0), st.floats(1.0, 3.0), st.floats(1.0, 3.0))
def test_supporting_area_lies_between_plate_and_support(n: float, b: float, by_n: float, by_b: float) -> None:
    area = float(base_plates.supporting_area_in2(n, b, n * by_n, b * by_b))
    assert n * b * (1.0 - 1e-12) <= area <= n * by_n * b * by_b * (1.0 + 1e-12)


def test_cantilever_inside_the_column() -> None:
    # small plate: n' = sqrt(12.7 x 12.2)/4 = 3.112; X = 4 d bf/(d + bf)^2 x 0.5
    d, bf, ratio = 12.7, 12.2, 0.5
    x = 4.0 * d * bf / (d + bf) ** 2 * ratio
    lam = min(2.0 * np.sqrt(x) / (1.0 + np.sqrt(1.0 - x)), 1.0)
    found = base_plates.i_column_cantilevers(d, bf, 13.0, 13.0, ratio)
    assert float(found.lambda_n_prime_in) == pytest.approx(lam * np.sqrt(d * bf) / 4.0)
    assert float(found.l_in) == float(found.lambda_n_prime_in)
    full = base_plates.i_column_cantilevers(d, bf, 13.0, 13.0)
    assert float(full.lambda_n_prime_in) == pytest.approx(np.sqrt(d * bf) / 4.0)


def test_plate_within_the_column_does_not_bend() -> None:
    assert float(base_plates.hollow_column_cantilevers(8.0, 8.0, 6.0, 6.0).l_in) == 0.0


@given(st.floats(0.0, 1.2), st.floats(0.0, 1.2))
def test_cantilever_grows_with_the_load_up_to_n_prime(one: float, other: float) -> None:
    low, high = base_plates.i_column_cantilevers(14.0, 8.0, 8.0, 8.0, np.sort([one, other])).lambda_n_prime_in
    assert 0.0 <= low <= high <= np.sqrt(14.0 * 8.0) / 4.0 + 1e-12


def test_hollow_columns_by_hand() -> None:
    square = base_plates.hollow_column_cantilevers(8.0, 6.0, 14.0, 14.0)
    assert (float(square.m_in), float(square.n_in)) == pytest.approx((3.2, 4.15))
    ring = base_plates.hollow_column_cantilevers(8.0, 8.0, 14.0, 14.0, True)
    assert float(ring.l_in) == pytest.approx(3.8)


def test_plate_reaches_its_plastic_moment() -> None:
    # t is the thickness whose available Fy t^2/4 equals the pressure moment f l^2/2
    l, pressure = 5.0, 690.0 / 484.0
    lrfd, asd = base_plates.required_plate_thickness_in(l, 690.0, 22.0, 22.0, 50.0, ["LRFD", "ASD"])
    assert 0.90 * 50.0 * lrfd**2 / 4.0 == pytest.approx(pressure * l**2 / 2.0)
    assert asd / lrfd == pytest.approx(np.sqrt(0.90 * 1.67))


def test_anchor_rods_by_hand() -> None:
    # four 1 in. rods F1554-36: Ab 0.7854; 0.75 x 58 x 0.7854 x 4 = 136.7; 0.45 x 58 x 0.7854 x 4 = 82.0
    assert float(base_plates.anchor_rod_tension(58.0, 1.0, 4)) == pytest.approx(136.66, abs=0.01)
    assert base_plates.anchor_rod_shear(58.0, 1.0, 4, [False, True]) == pytest.approx([81.99, 102.58], abs=0.01)
    # one rod by default
    assert 4.0 * base_plates.anchor_rod_tension(58.0, 1.0) == pytest.approx(136.66, abs=0.01)
    assert 4.0 * base_plates.anchor_rod_shear(58.0, 1.0) == pytest.approx(81.99, abs=0.01)
    alone = base_plates.anchor_rod_combined_tension(58.0, 1.0, 0.0, "ASD")
    assert 4.0 * alone == pytest.approx(136.66, abs=0.01)


@given(st.floats(0.0, 60.0), st.floats(0.0, 60.0))
def test_shear_takes_tension_from_anchor_rods(one: float, other: float) -> None:
    less, more = np.sort([one, other])
    for method in ("LRFD", "ASD"):
        pull = base_plates.anchor_rod_combined_tension(58.0, 1.0, [less, more], method, 4)
        assert 0.0 <= pull[1] <= pull[0] <= float(base_plates.anchor_rod_tension(58.0, 1.0, 4)) + 1e-9


def test_combined_anchor_rods_follow_the_bolt_formula() -> None:
    # half of the available shear: 1.3 - 0.5 = 0.8 of the tension (LRFD)
    shear = 0.5 * float(available(base_plates.anchor_rod_shear(58.0, 1.0, 4), bolts.BOLT, "LRFD"))
    pull = base_plates.anchor_rod_combined_tension(58.0, 1.0, shear, "LRFD", 4)
    assert float(pull) == pytest.approx(0.8 * 136.66, rel=1e-4)


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: base_plates.supporting_area_in2(22.0, 22.0, 20.0, 24.0), "support_n_in"),
        (lambda: base_plates.supporting_area_in2(22.0, 22.0, 24.0, 20.0), "support_b_in"),
        (lambda: base_plates.concrete_bearing(3.0, 484.0, 400.0), "a2_in2"),
    ],
)
def test_support_smaller_than_the_plate_is_refused(call: Call, field: str) -> None:
    with pytest.raises(StructuralError) as error:
        call()
    assert error.value.field == field
