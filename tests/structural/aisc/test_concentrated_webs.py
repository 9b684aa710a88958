"""J10.4 to J10.9 by hand, by their limits and by their refusal of bad numbers."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc import concentrated_webs as webs
from structural.aisc import elements
from structural.aisc.method import available
from structural.errors import StructuralError
from structural.shapes import load_shapes
from tests.structural.aisc.refusal import (
    Call,
    assert_bad_numbers_are_refused,
    assert_huge_numbers_are_refused,
    assert_one_row_is_many_rows,
    assert_quiet_at_the_edges,
)

W18X50 = load_shapes("W").rows("W18X50")  # d 18.0, bf 7.5, tw 0.355, tf 0.57, kdes 0.972, Sx 88.9
W14X90 = load_shapes("W").rows("W14X90")  # d 14.0, bf 14.5, tw 0.44, tf 0.71, kdes 1.31, A 26.5
H = 18.0 - 2.0 * 0.972

CALLS: list[tuple[Call, dict[str, Any], frozenset[str]]] = [
    (
        webs.web_sidesway_buckling,
        {"shape": W18X50, "fy_ksi": 50, "lb_in": 240, "moment_kip_in": 1000, "method": "LRFD"},
        frozenset({"moment_kip_in"}),
    ),
    (
        webs.web_compression_buckling,
        {"shape": W18X50, "fyw_ksi": 50, "end_distance_in": 20},
        frozenset({"end_distance_in"}),
    ),
    (
        webs.panel_zone_shear,
        {"shape": W14X90, "fy_ksi": 50, "pr_kip": 300, "method": "ASD", "doubler_in": 0.25},
        frozenset({"pr_kip", "doubler_in"}),
    ),
    (
        webs.panel_zone_shear_deforming,
        {"shape": W14X90, "fy_ksi": 50, "pr_kip": 300, "method": "ASD", "beam_depth_in": 18, "doubler_in": 0.25},
        frozenset({"pr_kip", "doubler_in"}),
    ),
    (
        webs.doubler_thickness_in,
        {"shape": W14X90, "fy_ksi": 50, "shear_kip": 300, "available_kip": 200, "method": "LRFD"},
        frozenset({"shear_kip", "available_kip"}),
    ),
    (webs.doubler_slenderness_limit, {"fy_ksi": 50}, frozenset()),
    (
        lambda **args: webs.stiffener_force_kip(**args, available_kip=150.0),
        {"required_kip": 200},
        frozenset({"required_kip"}),
    ),
    (webs.min_stiffener_width_in, {"delivering_width_in": 7.5, "tw_in": 0.44}, frozenset()),
    (webs.min_stiffener_thickness_in, {"delivering_thickness_in": 0.57, "width_in": 4}, frozenset()),
    (
        webs.bearing_stiffener_strength,
        {"shape": W18X50, "fy_ksi": 50, "width_in": 3.5, "thickness_in": 0.5},
        frozenset(),
    ),
    (webs.stiffener_bearing, {"fy_ksi": 50, "contact_width_in": 2.5, "thickness_in": 0.5}, frozenset()),
]


@pytest.mark.parametrize(("call", "good", "may_be_zero"), CALLS)
def test_numbers_are_guarded_and_rows_agree(call: Call, good: dict[str, Any], may_be_zero: frozenset[str]) -> None:
    assert_bad_numbers_are_refused(call, good, may_be_zero)
    assert_huge_numbers_are_refused(call, good)
    assert_quiet_at_the_edges(call, good, may_be_zero)
    assert_one_row_is_many_rows(call, good)


def test_sidesway_by_hand() -> None:
    # W18X50, Lb 240 in.: (h/tw)/(Lb/bf) = 45.23/32 = 1.413, under both limits
    ratio = H / 0.355 / (240.0 / 7.5)
    base = 960_000.0 * 0.355**3 * 0.57 / H**2
    both = webs.web_sidesway_buckling(W18X50, 50.0, 240.0, 1000.0, "LRFD", flange_restrained=[True, False])
    assert both == pytest.approx([base * (1.0 + 0.4 * ratio**3), base * 0.4 * ratio**3])


def test_sidesway_halves_where_the_flange_yields() -> None:
    # My = 50 x 88.9 = 4445 kip-in.; ASD compares 1.5 Ma
    moments, methods = [4444.0, 4445.0, 2963.0, 2964.0], ["LRFD", "LRFD", "ASD", "ASD"]
    strength = webs.web_sidesway_buckling(W18X50, 50.0, 240.0, moments, methods)
    assert strength / strength[0] == pytest.approx([1.0, 0.5, 1.0, 0.5])


def test_sidesway_does_not_apply_to_short_unbraced_lengths() -> None:
    limits = np.array([2.3, 1.7])
    edge = H / 0.355 * 7.5 / limits
    restrained = np.array([True, False])
    for stretch, applies in ((1.0 + 1e-9, True), (1.0 - 1e-9, False)):
        strength = webs.web_sidesway_buckling(W18X50, 50.0, edge * stretch, 0.0, "LRFD", flange_restrained=restrained)
        assert np.isfinite(strength).tolist() == [applies, applies]


def test_compression_buckling_by_hand() -> None:
    # 24 x 0.355^3 sqrt(29000 x 50)/16.056 = 80.5 kip; half within d/2 = 9 in. of the end
    full = 24.0 * 0.355**3 * np.sqrt(29_000.0 * 50.0) / H
    assert full == pytest.approx(80.53, abs=0.01)
    assert webs.web_compression_buckling(W18X50, 50.0, [9.0, 8.999]) == pytest.approx([full, full / 2.0])


def test_panel_zone_by_hand() -> None:
    # W14X90: 0.6 x 50 x 14 x 0.44 = 184.8 kip; Py = 1325 kip
    base, py = 184.8, 50.0 * 26.5
    plain = webs.panel_zone_shear(W14X90, 50.0, np.array([0.0, 0.4, 0.7, 1.4, 2.0]) * py, "LRFD")
    assert plain == pytest.approx([base, base, 0.7 * base, 0.0, 0.0], abs=1e-9)
    frame = base * (1.0 + 3.0 * 14.5 * 0.71**2 / (18.0 * 14.0 * 0.44))
    shares = np.array([0.0, 0.75, 1.0])
    assert webs.panel_zone_shear_deforming(W14X90, 50.0, shares * py, "LRFD", 18.0) == pytest.approx(
        [frame, frame, 0.7 * frame]
    )
    assert webs.panel_zone_shear(W14X90, 50.0, 0.7 / 1.6 * py, "ASD") == pytest.approx(0.7 * base)


@given(st.floats(0.0, 1.5), st.floats(0.0, 1.5), st.floats(0.0, 1.0))
def test_panel_zone_never_gains_from_axial_force_and_gains_from_doublers(
    one: float, other: float, doubler: float
) -> None:
    less, more = np.sort([one, other]) * 1325.0
    for method in ("LRFD", "ASD"):
        assert webs.panel_zone_shear(W14X90, 50.0, less, method) >= webs.panel_zone_shear(W14X90, 50.0, more, method)
        bare = webs.panel_zone_shear_deforming(W14X90, 50.0, less, method, 24.0)
        assert webs.panel_zone_shear_deforming(W14X90, 50.0, less, method, 24.0, doubler) >= bare
        assert bare >= webs.panel_zone_shear(W14X90, 50.0, less, method)


@given(st.floats(0.0, 600.0), st.sampled_from(["LRFD", "ASD"]))
def test_the_doubler_makes_up_for_what_is_lacking(shear: float, method: str) -> None:
    bare = available(webs.panel_zone_shear(W14X90, 50.0, 0.0, method), webs.PANEL_ZONE, method)
    thickness = webs.doubler_thickness_in(W14X90, 50.0, shear, bare, method)
    doubled = available(webs.panel_zone_shear(W14X90, 50.0, 0.0, method, thickness), webs.PANEL_ZONE, method)
    assert doubled == pytest.approx(max(shear, float(bare)))


def test_a_doubler_at_its_slenderness_limit() -> None:
    assert float(webs.doubler_slenderness_limit(50.0)) == pytest.approx(1.10 * np.sqrt(5.34 * 580.0))


def test_stiffener_rules_by_hand() -> None:
    assert float(webs.min_stiffener_width_in(7.5, 0.44)) == pytest.approx(2.28)
    assert webs.min_stiffener_thickness_in([0.57, 0.57], [4.0, 5.0]) == pytest.approx([0.285, 0.3125])
    assert float(webs.min_stiffener_length_in(W14X90)) == pytest.approx(7.0)
    assert webs.stiffener_force_kip([200.0, 100.0], 150.0).tolist() == [50.0, 0.0]
    assert float(webs.stiffener_force_kip(200.0, np.inf)) == 0.0
    for bad in (np.nan, -1.0, "all"):
        with pytest.raises(StructuralError) as error:
            webs.stiffener_force_kip(200.0, bad)
        assert error.value.field == "available_kip"
    assert float(webs.stiffener_bearing(50.0, 2.5, 0.5)) == pytest.approx(112.5)


def test_bearing_stiffener_is_a_stocky_column() -> None:
    # two 3-1/2 x 1/2 plates and a strip of 25 tw: A = 3.5 + 25 x 0.355^2, Lc/r < 25, so Pn = Fy A
    area = np.array([3.5 + 25.0 * 0.355**2, 3.5 + 12.0 * 0.355**2])
    strength = webs.bearing_stiffener_strength(W18X50, 50.0, 3.5, 0.5, [False, True])
    assert strength == pytest.approx(50.0 * area)
    slender = webs.bearing_stiffener_strength(W18X50, 50.0, 0.5, 0.125)
    strip = 25.0 * 0.355
    inertia = (0.125 * 1.355**3 + (strip - 0.125) * 0.355**3) / 12.0
    total = 0.125 + strip * 0.355
    assert slender == pytest.approx(elements.compression(50.0, total, 0.75 * H / np.sqrt(inertia / total)))


@pytest.mark.parametrize(
    ("factor", "ratio"), [(webs.WEB_SIDESWAY, 0.85 * 1.76), (webs.WEB_BUCKLING, 0.90 * 1.67), (webs.PANEL_ZONE, 1.503)]
)
def test_methods_differ_by_the_factors(factor: webs.Factor, ratio: float) -> None:
    strength = webs.web_compression_buckling(W18X50, 50.0, 20.0)
    lrfd, asd = available(strength, factor, ["LRFD", "ASD"])
    assert lrfd / asd == pytest.approx(ratio)


def test_fitted_ends_bear_with_the_factors_of_j7() -> None:
    assert (webs.STIFFENER_BEARING.phi, webs.STIFFENER_BEARING.omega) == (0.75, 2.00)


def test_unknown_method_names_the_field() -> None:
    with pytest.raises(StructuralError) as error:
        webs.panel_zone_shear(W14X90, 50.0, 0.0, "plastic")
    assert error.value.field == "method"
