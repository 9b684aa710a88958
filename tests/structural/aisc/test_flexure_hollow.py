"""Flexure of hollow sections: published strengths, limits without jumps, either axis, what F7 and F8 leave out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.flexure import FLEXURE
from structural.aisc.flexure_hollow import HollowState, RoundState, rectangular_hss_flexure, round_hss_flexure
from structural.aisc.method import available
from structural.errors import StructuralError
from structural.hollow import load_rectangular_hss, load_round_hss, rectangular_hss, round_hss
from tests.structural.aisc.refusal import assert_bad_numbers_are_refused, assert_quiet_at_the_edges

HSS, ROUND, PIPE = load_rectangular_hss(), load_round_hss("HSS"), load_round_hss("PIPE")
ROWS = st.integers(0, len(HSS) - 1)
YIELD = st.sampled_from([36.0, 42.0, 46.0, 50.0, 65.0])
AXES = st.sampled_from(["x", "y"])


@pytest.mark.parametrize(
    ("name", "fy", "lb", "cb", "lrfd_kip_ft", "asd_kip_ft", "state"),
    [
        # AISC Design Examples v16.0, F.6 (Manual Table 3-13), continuously braced
        ("HSS3-1/2X3-1/2X1/8", 50.0, 0.0, 1.0, 7.20, 4.79, HollowState.FLANGE_LOCAL_BUCKLING),
        # F.7B, noncompact flange, 21 ft between braces
        ("HSS10X6X3/16", 50.0, 252.0, 1.14, 59.7, 39.7, HollowState.FLANGE_LOCAL_BUCKLING),
        # F.8A (Manual Table 3-13), slender flange; F.8B, lower, keeps the section symmetric for a hand calculation
        ("HSS8X8X3/16", 50.0, 0.0, 1.0, 46.3, 30.8, HollowState.FLANGE_LOCAL_BUCKLING),
        # H.5C: 384 and 256 kip-in., 8 ft
        ("HSS6X4X1/4", 50.0, 96.0, 1.0, 384.0 / 12.0, 256.0 / 12.0, HollowState.YIELDING),
    ],
)
def test_published_strength(
    name: str, fy: float, lb: float, cb: float, lrfd_kip_ft: float, asd_kip_ft: float, state: HollowState
) -> None:
    strength = rectangular_hss_flexure(HSS.rows(name), fy, lb, cb)
    assert available(strength.mn_kip_in, FLEXURE, "LRFD") / 12.0 == pytest.approx(lrfd_kip_ft, rel=2.5e-3)
    assert available(strength.mn_kip_in, FLEXURE, "ASD") / 12.0 == pytest.approx(asd_kip_ft, rel=2.5e-3)
    assert int(strength.governing) == state


def test_published_limiting_lengths() -> None:
    # Design Example F.7B: 796 kip-in., 210 in., 5,580 in.; Commentary F7, Fy = 46 ksi: Lp = 6.7 ft
    strength = rectangular_hss_flexure(HSS.rows("HSS10X6X3/16"), 50.0, 252.0, 1.14)
    assert float(strength.mn_flb_kip_in) == pytest.approx(796.0, rel=1e-3)
    assert (float(strength.lp_in), float(strength.lr_in)) == pytest.approx((210.0, 5580.0), rel=1e-3)
    assert float(strength.mn_ltb_kip_in) == float(strength.mp_kip_in) == 900.0
    assert float(rectangular_hss_flexure(HSS.rows("HSS20X4X5/16"), 46.0, 0.0).lp_in) / 12.0 == pytest.approx(6.7, 1e-3)


def test_pipe_is_the_published_one() -> None:
    # Design Example F.9B
    strength = round_hss_flexure(PIPE.rows("Pipe8XS"), 35.0)
    assert available(strength.mn_kip_in, FLEXURE, "LRFD") / 12.0 == pytest.approx(81.4, rel=1e-3)
    assert available(strength.mn_kip_in, FLEXURE, "ASD") / 12.0 == pytest.approx(54.1, rel=1e-3)


def test_slender_flange_by_adding_up_the_pieces() -> None:
    # A 20 x 20 x 1/4 tube at 50 ksi: both flanges, webs and corners piece by piece, the compression flange cut to be.
    tube, t = rectangular_hss(20.0, 20.0, 0.25), 0.25
    root = np.sqrt(29_000.0 / 50.0)
    effective = 1.92 * t * root * (1.0 - 0.38 / 77.0 * root)
    lost = (19.25 - effective) * t
    kept = float(tube.area_in2) - lost
    shift = lost * 9.875 / kept
    inertia = float(tube.ix_in4) - (19.25 - effective) * t**3 / 12.0 - lost * 9.875**2 - kept * shift**2
    strength = rectangular_hss_flexure(tube, 50.0, 0.0)
    assert float(strength.mn_flb_kip_in) == pytest.approx(50.0 * inertia / (10.0 + shift))


def test_noncompact_and_slender_webs_by_hand() -> None:
    root = np.sqrt(29_000.0 / 50.0)
    noncompact = rectangular_hss(24.0, 12.0, 0.3125)  # h/t 73.8 between 58.3 and 137.3
    share = (73.8 - 2.42 * root) / (3.28 * root)
    mp, my = 50.0 * float(noncompact.zx_in3), 50.0 * float(noncompact.sx_in3)
    strength = rectangular_hss_flexure(noncompact, 50.0, 0.0)
    assert float(strength.mn_wlb_kip_in) == pytest.approx(mp - (mp - my) * share)
    slender = rectangular_hss(40.0, 6.0, 0.25)  # h/t 157, b/t 21
    aw = 2.0 * 39.25 / 5.25
    rpg = 1.0 - min(aw, 10.0) / (1200.0 + 300.0 * min(aw, 10.0)) * (157.0 - 5.7 * root)
    strength = rectangular_hss_flexure(slender, 50.0, 0.0)
    assert float(strength.mn_kip_in) == pytest.approx(rpg * 50.0 * float(slender.sx_in3))
    assert HollowState(int(strength.governing)).clause == "F7.3"


@given(ROWS, YIELD, AXES, st.floats(0.0, 5e4), st.floats(0.0, 5e4))
def test_strength_never_grows_with_length(row: int, fy: float, axis: str, one: float, other: float) -> None:
    strength = rectangular_hss_flexure(HSS.take(row), fy, np.sort([one, other]), axis=axis).mn_kip_in
    assert strength[1] <= strength[0]


@given(ROWS, YIELD, st.floats(0.0, 5e4), st.floats(0.5, 3.0), st.floats(0.5, 3.0))
def test_strength_never_falls_with_cb(row: int, fy: float, length: float, one: float, other: float) -> None:
    strength = rectangular_hss_flexure(HSS.take(row), fy, length, np.sort([one, other])).mn_kip_in
    assert strength[0] <= strength[1]


@given(ROWS, YIELD, AXES, st.floats(0.0, 5e3))
def test_one_member_and_a_family_agree(row: int, fy: float, axis: str, length: float) -> None:
    alone = rectangular_hss_flexure(HSS.take(row), fy, length, axis=axis)
    family = rectangular_hss_flexure(HSS, fy, length, axis=axis)
    assert alone.mn_kip_in == pytest.approx(family.mn_kip_in[row], rel=1e-13)
    assert alone.governing == family.governing[row]
    assert family.mn_kip_in[row] <= family.mp_kip_in[row]


def test_square_and_weak_axis_sections_do_not_buckle_sideways() -> None:
    square = HSS.take(HSS.height_in == HSS.width_in)
    for strength in (rectangular_hss_flexure(square, 50.0, 1e5), rectangular_hss_flexure(HSS, 50.0, 1e5, axis="y")):
        assert np.isinf(strength.lp_in).all()
        assert np.isinf(strength.lr_in).all()
        np.testing.assert_array_equal(strength.mn_ltb_kip_in, strength.mp_kip_in)
    about_x, about_y = (rectangular_hss_flexure(square, 50.0, 0.0, axis=axis).mn_kip_in for axis in "xy")
    np.testing.assert_allclose(about_x, about_y)


def test_a_tube_on_its_side_is_the_tube_bent_about_its_other_axis() -> None:
    upright, lying = rectangular_hss(20.0, 4.0, 0.25), rectangular_hss(4.0, 20.0, 0.25)
    strength = rectangular_hss_flexure(upright, 50.0, 900.0)
    turned = rectangular_hss_flexure(lying, 50.0, 900.0, axis="y")
    assert float(strength.mn_kip_in) == pytest.approx(float(turned.mn_kip_in))
    assert float(strength.mn_kip_in) < float(strength.mp_kip_in)


@pytest.mark.parametrize(("limit", "gap"), [("lp_in", 1e-6), ("lr_in", 1e-6)])
def test_no_jump_at_the_limiting_lengths(limit: str, gap: float) -> None:
    tall = HSS.take(HSS.height_in > HSS.width_in)
    at = getattr(rectangular_hss_flexure(tall, 50.0, 0.0), limit)
    below, above = (rectangular_hss_flexure(tall, 50.0, at * (1.0 + step)).mn_ltb_kip_in for step in (-1e-9, 1e-9))
    np.testing.assert_allclose(above, below, rtol=gap)


@pytest.mark.parametrize(("multiple", "gap"), [(1.12, 1e-6), (1.40, 2e-3)])
def test_no_jump_at_the_limits_of_the_flange(multiple: float, gap: float) -> None:
    width = 3.0 + multiple * np.sqrt(29_000.0 / 50.0)
    near = rectangular_hss(width * np.array([1.0 - 1e-9, 1.0 + 1e-9]), width * np.array([1.0 - 1e-9, 1.0 + 1e-9]), 1.0)
    below, above = rectangular_hss_flexure(near, 50.0, 0.0).mn_flb_kip_in
    assert above == pytest.approx(below, rel=gap)


@pytest.mark.parametrize(
    ("ratio", "state"),
    [(40.0, RoundState.YIELDING), (100.0, RoundState.LOCAL_BUCKLING), (250.0, RoundState.LOCAL_BUCKLING)],
)
def test_round_walls_by_hand(ratio: float, state: RoundState) -> None:
    # At 42 ksi the limits are 48.3 (0.07 E/Fy) and 214 (0.31 E/Fy)
    tube = round_hss(ratio, 1.0)
    s, z = float(tube.sx_in3), float(tube.zx_in3)
    expected = {40.0: 42.0 * z, 100.0: (0.021 * 290.0 + 42.0) * s, 250.0: 0.33 * 116.0 * s}[ratio]
    strength = round_hss_flexure(tube, 42.0)
    assert float(strength.mn_kip_in) == pytest.approx(expected)
    assert int(strength.governing) == state
    assert state.clause == f"F8.{state + 1}"


@given(st.floats(10.0, 300.0), st.floats(10.0, 300.0))
def test_thinner_round_walls_bear_a_lower_stress(one: float, other: float) -> None:
    tubes = round_hss(np.sort([one, other]), 1.0)
    stress = round_hss_flexure(tubes, 42.0).mn_kip_in / tubes.zx_in3
    assert stress[1] <= stress[0] * (1.0 + 1e-12)


def test_what_f7_and_f8_leave_out_is_refused() -> None:
    with pytest.raises(StructuralError, match="outside F7") as error:
        rectangular_hss_flexure(rectangular_hss(40.0, 40.0, 0.25), 50.0, 0.0)
    assert error.value.field == "shape"
    with pytest.raises(StructuralError, match="outside F8") as error:
        round_hss_flexure(round_hss([100.0, 320.0], 1.0), 42.0)  # 0.45 E/Fy = 310.7
    assert error.value.field == "shape"
    with pytest.raises(StructuralError) as error:
        rectangular_hss_flexure(HSS, 50.0, 0.0, axis="z")
    assert error.value.field == "axis"


def test_bad_numbers_are_refused_by_name() -> None:
    good = {"section": HSS.take(0), "fy_ksi": 50.0, "lb_in": 120.0, "cb": 1.0}
    assert_bad_numbers_are_refused(rectangular_hss_flexure, good, frozenset({"lb_in"}))
    assert_quiet_at_the_edges(rectangular_hss_flexure, good, frozenset({"lb_in"}))
    assert_bad_numbers_are_refused(round_hss_flexure, {"section": ROUND.take(0), "fy_ksi": 50.0})
    for name in ("fy_ksi", "lb_in", "cb"):
        with pytest.raises(StructuralError) as error:
            rectangular_hss_flexure(**{**good, name: 1e308})
        assert error.value.field == name
