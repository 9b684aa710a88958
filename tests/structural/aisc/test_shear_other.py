"""Shear of angles, tees and hollow sections: published strengths, buckling by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.method import available
from structural.aisc.shear import SHEAR
from structural.aisc.shear_other import (
    ShearState,
    angle_shear,
    double_angle_shear,
    rectangular_hss_shear,
    round_hss_shear,
    tee_minor_axis_shear,
    tee_shear,
)
from structural.angles import load_angles, load_double_angles
from structural.errors import StructuralError
from structural.hollow import load_rectangular_hss, load_round_hss, rectangular_hss, round_hss
from structural.tees import load_tees
from tests.structural.aisc.refusal import assert_bad_numbers_are_refused, assert_quiet_at_the_edges

E = 29_000.0
ANGLES, TEES, HSS, ROUND = load_angles(), load_tees(), load_rectangular_hss(), load_round_hss()


def test_angle_leg_is_the_published_one() -> None:
    # AISC Design Examples v16.0, G.3: L5x3x1/4, long leg vertical, Fy = 50 ksi
    strength = angle_shear(ANGLES.rows("L5X3X1/4"), 50.0)
    assert float(strength.vn_kip) == pytest.approx(37.5)
    assert available(strength.vn_kip, SHEAR, "LRFD") == pytest.approx(33.8, rel=2e-3)
    assert available(strength.vn_kip, SHEAR, "ASD") == pytest.approx(22.5, rel=2e-3)
    assert float(angle_shear(ANGLES.rows("L5X3X1/4"), 50.0, "short").vn_kip) == pytest.approx(22.5)


def test_rectangular_hss_is_the_published_one() -> None:
    # G.4: HSS6x4x3/8, 93.6 and 62.3 kip (with rounded h and Aw)
    strength = rectangular_hss_shear(HSS.rows("HSS6X4X3/8"), 50.0)
    assert available(strength.vn_kip, SHEAR, "LRFD") == pytest.approx(93.6, rel=5e-3)
    assert available(strength.vn_kip, SHEAR, "ASD") == pytest.approx(62.3, rel=5e-3)


def test_round_hss_is_the_published_one() -> None:
    # G.5: HSS16.000x0.375, Lv 192 in.: G5-2a 112 ksi, 0.6 Fy governs, 232 and 155 kip
    strength = round_hss_shear(ROUND.rows("HSS16.000X0.375"), 50.0, 192.0)
    assert float(strength.buckling_ksi) == pytest.approx(112.0, rel=5e-3)
    assert float(strength.vn_kip) == pytest.approx(258.0)
    assert available(strength.vn_kip, SHEAR, "LRFD") == pytest.approx(232.0, rel=2e-3)
    assert available(strength.vn_kip, SHEAR, "ASD") == pytest.approx(155.0, rel=4e-3)
    assert ShearState(int(strength.governing)).clause == "G5"


def test_slender_walls_buckle_by_hand() -> None:
    tube = rectangular_hss(40.0, 10.0, 0.25)  # h/t 157 beyond 1.37 sqrt(5 E/50) = 73.8; b/t 37
    tall, wide = (rectangular_hss_shear(tube, 50.0, walls) for walls in ("height", "width"))
    cv2 = 1.51 * 5.0 * E / (157.0**2 * 50.0)
    assert float(tall.vn_kip) == pytest.approx(30.0 * 2.0 * 39.25 * 0.25 * cv2)
    assert float(wide.vn_kip) == pytest.approx(30.0 * 2.0 * 9.25 * 0.25)
    assert [int(tall.governing), int(wide.governing)] == [ShearState.WALL_BUCKLING, ShearState.WALL_YIELDING]
    assert ShearState.WALL_BUCKLING.clause == "G4"


def test_tee_stem_and_flange_by_hand() -> None:
    tee = TEES.rows("WT5X6")
    assert float(tee_shear(tee, 50.0).vn_kip) == pytest.approx(30.0 * 4.94 * float(tee.tw_in))
    assert float(tee_minor_axis_shear(tee, 50.0).vn_kip) == pytest.approx(30.0 * 3.96 * 0.210)
    slender = TEES.take(TEES.d_tw > 1.10 * np.sqrt(1.2 * E / 50.0))
    strength = tee_shear(slender, 50.0)
    assert len(slender) > 0
    assert (strength.cv2 < 1.0).all()
    assert set(strength.governing.tolist()) == {ShearState.STEM_OR_LEG_BUCKLING}
    assert {ShearState(code).clause for code in tee_minor_axis_shear(slender, 50.0).governing} == {"G6"}


def test_double_angle_is_two_legs() -> None:
    pairs = load_double_angles()
    one = 0.6 * 50.0 * pairs.d_in * pairs.t_in
    strength = double_angle_shear(pairs, 50.0)
    np.testing.assert_allclose(strength.vn_kip, 2.0 * one * strength.cv2)


def test_thin_round_wall_buckles_by_hand() -> None:
    tube = round_hss(60.0, 0.25)  # D/t 240
    long, short = round_hss_shear(tube, 50.0, [1200.0, 0.0]).fcr_ksi
    assert long == pytest.approx(max(1.60 * E / (np.sqrt(20.0) * 240.0**1.25), 0.78 * E / 240.0**1.5))
    assert short == pytest.approx(30.0)
    strength = round_hss_shear(tube, 50.0, 1200.0)
    assert float(strength.vn_kip) == pytest.approx(float(strength.fcr_ksi * tube.area_in2) / 2.0)
    assert int(strength.governing) == ShearState.ROUND_BUCKLING


@given(st.floats(0.0, 1e4), st.floats(0.0, 1e4), st.floats(20.0, 400.0))
def test_round_strength_never_grows_with_length(one: float, other: float, ratio: float) -> None:
    strength = round_hss_shear(round_hss(ratio, 1.0), 50.0, np.sort([one, other])).vn_kip
    assert strength[1] <= strength[0] * (1.0 + 1e-12)


@given(st.integers(0, len(HSS) - 1), st.sampled_from(["height", "width"]))
def test_one_section_and_a_family_agree(row: int, walls: str) -> None:
    alone, family = rectangular_hss_shear(HSS.take(row), 50.0, walls), rectangular_hss_shear(HSS, 50.0, walls)
    assert float(alone.vn_kip) == pytest.approx(family.vn_kip[row], rel=1e-13)
    both = available(family.vn_kip, SHEAR, "LRFD") / available(family.vn_kip, SHEAR, "ASD")
    np.testing.assert_allclose(both, 0.90 * 1.67)


def test_bad_input_is_refused_by_name() -> None:
    calls = (
        (angle_shear, {"angle": ANGLES.take(0), "fy_ksi": 50.0}),
        (double_angle_shear, {"section": load_double_angles().take(0), "fy_ksi": 50.0}),
        (tee_shear, {"section": TEES.take(0), "fy_ksi": 50.0}),
        (tee_minor_axis_shear, {"section": TEES.take(0), "fy_ksi": 50.0}),
        (rectangular_hss_shear, {"section": HSS.take(0), "fy_ksi": 50.0}),
        (round_hss_shear, {"section": ROUND.take(0), "fy_ksi": 50.0, "lv_in": 120.0}),
    )
    for call, good in calls:
        assert_bad_numbers_are_refused(call, good, frozenset({"lv_in"}))
        assert_quiet_at_the_edges(call, good, frozenset({"lv_in"}))
        with pytest.raises(StructuralError) as error:
            call(**{**good, "fy_ksi": 1e308})
        assert error.value.field == "fy_ksi"
    with pytest.raises(StructuralError) as error:
        rectangular_hss_shear(HSS, 50.0, "depth")
    assert error.value.field == "walls"
    with pytest.raises(StructuralError) as error:
        angle_shear(ANGLES, 50.0, "middle")
    assert error.value.field == "leg"
