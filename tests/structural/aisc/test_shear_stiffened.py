"""Stiffened webs: the published girder, tension fields by hand, end posts, stiffeners."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.girder_section import girder_of_shape, welded_girder
from structural.aisc.method import available
from structural.aisc.shear import SHEAR, major_axis_shear, web_buckling_coefficient
from structural.aisc.shear_stiffened import (
    EndStiffener,
    PanelState,
    end_panel_shear,
    end_panel_stress_ratio,
    interior_panel_shear,
    needs_stiffeners,
    post_buckling_share,
    required_stiffener_inertia_in4,
    stiffener_inertia_in4,
    stiffener_slenderness_limit,
)
from structural.built_up import welded_i_shapes
from structural.errors import StructuralError
from tests.structural.aisc.refusal import assert_bad_numbers_are_refused, assert_quiet_at_the_edges

E = 29_000.0
G8 = welded_girder(16.0, 1.5, 16.0, 1.5, 33.0, 0.3125)  # AISC Design Examples v16.0, G.8, 50 ksi
THIN = welded_girder(16.0, 1.0, 16.0, 1.0, 60.0, 0.3125)
POST = EndStiffener(width_in=6.0, thickness_in=0.75, overhang_in=2.0, fy_ksi=50.0)
RATIOS = st.floats(0.3, 3.0)


def test_panels_are_the_published_ones() -> None:
    # G.8B: end panel by G2.1, a 42 in.: kv 8.09, Vn 241 (217, 144) kip; second panel, a 90 in.: kv 5.67, 206 (185, 123)
    strength = interior_panel_shear(G8, 50.0, [42.0 / 33.0, 90.0 / 33.0])
    assert strength.kv == pytest.approx([8.09, 5.67], rel=1e-3)
    assert strength.vn_web_kip[0] == pytest.approx(241.0, rel=2e-3)
    assert strength.cv2[1] == pytest.approx(0.442, rel=1e-2)
    assert strength.vn_kip[1] == pytest.approx(206.0, rel=3e-3)
    assert available(strength.vn_web_kip[0], SHEAR, "LRFD") == pytest.approx(217.0, rel=3e-3)
    assert available(strength.vn_kip[1], SHEAR, "LRFD") == pytest.approx(185.0, rel=5e-3)
    assert available(strength.vn_kip[1], SHEAR, "ASD") == pytest.approx(123.0, rel=6e-3)
    assert PanelState(strength.governing[1]).clause == "G2.2"


def test_small_flanges_get_the_reduced_field() -> None:
    slight = welded_girder(8.0, 0.75, 8.0, 0.75, 60.0, 0.3125)  # 2 Aw/(Afc + Aft) = 3.2, h/bf = 7.5
    kv = 10.0
    cv2 = 1.51 * kv * E / (192.0**2 * 50.0)
    full, reduced = (interior_panel_shear(section, 50.0, 1.0) for section in (THIN, slight))
    plastic = 30.0 * np.array([62.0, 61.5]) * 0.3125
    assert float(full.vn_tension_field_kip) == pytest.approx(plastic[0] * (cv2 + (1.0 - cv2) / (1.15 * np.sqrt(2.0))))
    assert float(reduced.vn_tension_field_kip) == pytest.approx(
        plastic[1] * (cv2 + (1.0 - cv2) / (1.15 * (1.0 + np.sqrt(2.0))))
    )
    assert [bool(full.is_reduced), bool(reduced.is_reduced)] == [False, True]


def test_g21_part_is_that_of_the_shape() -> None:
    shape = welded_i_shapes(16.0, 1.0, 60.0, 0.3125)
    web = major_axis_shear(shape, 50.0, web_buckling_coefficient(1.5)).vn_kip
    np.testing.assert_allclose(interior_panel_shear(girder_of_shape(shape), 50.0, 1.5).vn_web_kip, web)


def test_stocky_web_yields() -> None:
    stocky = welded_girder(16.0, 1.0, 16.0, 1.0, 30.0, 0.75)
    for strength in (interior_panel_shear(stocky, 50.0, 1.0), end_panel_shear(stocky, 50.0, 1.0, POST)):
        assert float(strength.vn_kip) == pytest.approx(30.0 * 32.0 * 0.75)
        assert int(strength.governing) == PanelState.YIELDING


def test_end_panel_by_hand() -> None:
    kv, ratio = 10.0, 1.0
    cv2 = 1.51 * kv * E / (192.0**2 * 50.0)
    de = 35.0 * 0.3125 * (0.8 - cv2) ** 2
    # flange 16 x 1 with a strip of web: the plastic axis stays in the flange
    area = 16.0 + 0.3125 * de
    y = area / 2.0 / 16.0
    mpf = 50.0 * (16.0 * (y**2 + (1.0 - y) ** 2) / 2.0 + 0.3125 * de * (1.0 - y + de / 2.0))
    # stiffeners 2 x 6 + web by 3/4, the web strip inside, 1.25 in. of web outside
    middle = 12.3125
    inner, outer = 0.3125 * de, 0.3125 * 1.25
    y = ((middle * 0.75 + inner + outer) / 2.0 - outer) / middle
    z = middle * (y**2 + (0.75 - y) ** 2) / 2.0 + outer * (y + 0.625) + inner * (0.75 - y + de / 2.0)
    mpst = 50.0 * z
    least = min(mpf, mpst)
    beta = 2.8 * (np.sqrt(mpf + least) + np.sqrt(mpst + least)) / (60.0 * np.sqrt(50.0 * 0.3125 * (1.0 - cv2)))
    strength = end_panel_shear(THIN, 50.0, ratio, POST)
    assert beta < 1.0
    assert float(strength.beta_v) == pytest.approx(beta)
    expected = 30.0 * 62.0 * 0.3125 * (cv2 + beta * (1.0 - cv2) / (1.15 * np.sqrt(2.0)))
    assert float(strength.vn_tension_field_kip) == pytest.approx(expected)
    assert PanelState(int(strength.governing)).clause in ("G2.1", "G2.3")


def test_long_overhang_counts_up_to_its_limit() -> None:
    limit = 0.84 * 0.3125 * np.sqrt(E / 50.0)
    at, beyond = (
        float(end_panel_shear(THIN, 50.0, 1.0, replace(POST, overhang_in=length)).beta_v) for length in (limit, 30.0)
    )
    assert beyond == pytest.approx(at)


@given(RATIOS)
def test_end_panel_is_between_buckling_and_the_full_field(ratio: float) -> None:
    end, interior = end_panel_shear(THIN, 50.0, ratio, POST), interior_panel_shear(THIN, 50.0, ratio)
    assert 0.0 < end.beta_v <= 1.0
    assert end.vn_tension_field_kip <= interior.vn_tension_field_kip * (1.0 + 1e-12)
    stronger = end_panel_shear(THIN, 50.0, ratio, replace(POST, width_in=8.0, thickness_in=1.0))
    assert end.beta_v <= stronger.beta_v * (1.0 + 1e-12)


@given(RATIOS, RATIOS)
def test_stiffeners_closer_never_weaken(one: float, other: float) -> None:
    close, wide = interior_panel_shear(THIN, 50.0, np.sort([one, other])).vn_kip
    assert wide <= close * (1.0 + 1e-12)


@given(st.lists(RATIOS, min_size=2, max_size=5))
def test_one_panel_and_many_agree(ratios: list[float]) -> None:
    many = interior_panel_shear(THIN, 50.0, ratios).vn_kip
    assert many[1] == pytest.approx(float(interior_panel_shear(THIN, 50.0, ratios[1]).vn_kip), rel=1e-13)


def test_stiffener_rules_by_hand() -> None:
    # 2.54 sqrt(E/50) = 61.2
    assert needs_stiffeners([61.0, 62.0, 62.0], 50.0, [2.0, 0.9, 1.1]).tolist() == [False, False, True]
    assert float(stiffener_slenderness_limit(36.0)) == pytest.approx(0.56 * np.sqrt(E / 36.0))
    pair, single = stiffener_inertia_in4(4.0, 0.25, 0.3125, paired=[True, False])
    assert (pair, single) == pytest.approx((0.25 * 8.3125**3 / 12.0, 0.25 * 64.0 / 3.0))
    assert post_buckling_share([50.0, 100.0, 150.0], 200.0, 100.0).tolist() == [0.0, 0.0, 0.5]
    assert float(post_buckling_share(100.0, 200.0, 200.0)) == 0.0


def test_required_inertia_by_hand() -> None:
    # h 60, tw 5/16, a/h 1: Ist1 = 60^4/40 (50/E)^1.5 (50/36)^1.3; Ist2 = 0.5 x 60 tw^3
    first = 60.0**4 / 40.0 * (50.0 / E) ** 1.5
    second = 0.5 * 60.0 * 0.3125**3
    needed = required_stiffener_inertia_in4(THIN, 1.0, 50.0, [50.0, 36.0, 65.0], [1.0, 1.0, 0.0])
    assert needed.tolist() == pytest.approx([first, first * (50.0 / 36.0) ** 1.3, second])
    close = float(required_stiffener_inertia_in4(THIN, 0.5, 50.0, 50.0, 0.0))
    assert close == pytest.approx(8.0 * 30.0 * 0.3125**3)


def test_moment_in_the_end_panel() -> None:
    ratio = end_panel_stress_ratio(1000.0, 200.0, 50.0, ["LRFD", "ASD"])
    assert ratio.tolist() == pytest.approx([5.0 / 17.5, 8.0 / 17.5])


def test_panels_outside_the_clauses_are_refused() -> None:
    with pytest.raises(StructuralError, match="between") as error:
        interior_panel_shear(THIN, 50.0, 3.01)
    assert error.value.field == "panel_ratio"
    with pytest.raises(StructuralError, match="unequal") as error:
        end_panel_shear(welded_girder(16.0, 1.0, 12.0, 1.0, 60.0, 0.3125), 50.0, 1.0, POST)
    assert error.value.field == "shape"
    with pytest.raises(StructuralError) as error:
        end_panel_shear(THIN, 50.0, 1.0, replace(POST, overhang_in=0.5))
    assert error.value.field == "overhang_in"
    with pytest.raises(StructuralError) as error:
        post_buckling_share(201.0, 200.0, 100.0)
    assert error.value.field == "vr_kip"


def test_bad_numbers_are_refused_by_name() -> None:
    interior = {"section": THIN, "fy_ksi": 50.0, "panel_ratio": 1.0}
    assert_bad_numbers_are_refused(interior_panel_shear, interior)
    assert_quiet_at_the_edges(interior_panel_shear, interior)
    end = {**interior, "stiffener": POST}
    assert_bad_numbers_are_refused(end_panel_shear, end)
    for name in ("width_in", "thickness_in", "overhang_in", "fy_ksi"):
        for bad in (np.nan, -1.0, 0.0, "ten", 1e308):
            with pytest.raises(StructuralError) as error:
                end_panel_shear(THIN, 50.0, 1.0, replace(POST, **{name: bad}))
            assert error.value.field == name
    needs = {"h_tw": 100.0, "fy_ksi": 50.0, "shear_ratio": 1.2}
    assert_bad_numbers_are_refused(needs_stiffeners, needs, frozenset({"shear_ratio"}))
    inertia = {"section": THIN, "panel_ratio": 1.0, "fyw_ksi": 50.0, "fyst_ksi": 36.0, "rho_w": 0.5}
    assert_bad_numbers_are_refused(required_stiffener_inertia_in4, inertia, frozenset({"rho_w"}))
    plate = {"width_in": 4.0, "thickness_in": 0.25, "tw_in": 0.3125}
    assert_bad_numbers_are_refused(stiffener_inertia_in4, plate)
    shares = {"vr_kip": 50.0, "vc1_kip": 200.0, "vc2_kip": 100.0}
    assert_bad_numbers_are_refused(post_buckling_share, shares, frozenset({"vr_kip"}))
    moment = {"mr_kip_in": 100.0, "sxt_in3": 200.0, "fy_ksi": 50.0, "method": "LRFD"}
    assert_bad_numbers_are_refused(end_panel_stress_ratio, moment, frozenset({"mr_kip_in"}))
    assert_bad_numbers_are_refused(stiffener_slenderness_limit, {"fyst_ksi": 36.0})
