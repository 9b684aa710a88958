"""Flexure of single angles: published strengths, beta_w of the Commentary, both principal axes, restraint."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.flexure import FLEXURE
from structural.aisc.flexure_angles import (
    AngleState,
    GeometricBending,
    beta_w_in,
    geometric_flexure,
    principal_major_flexure,
    principal_minor_flexure,
)
from structural.aisc.method import available
from structural.angles import load_angles
from structural.errors import StructuralError
from tests.structural.aisc.refusal import assert_bad_numbers_are_refused, assert_quiet_at_the_edges

E = 29_000.0
ANGLES = load_angles()
EQUAL = ANGLES.take(ANGLES.long_leg_in == ANGLES.short_leg_in)
UNEQUAL = ANGLES.take(ANGLES.long_leg_in > ANGLES.short_leg_in)
L4X4 = ANGLES.rows("L4X4X1/4")
ROWS, EQUAL_ROWS = st.integers(0, len(ANGLES) - 1), st.integers(0, len(EQUAL) - 1)
LENGTHS = st.floats(0.0, 1000.0)
SENSE = st.sampled_from(["compression", "tension"])
RESTRAINT = st.sampled_from(["none", "at_maximum_moment", "continuous"])


def test_unrestrained_equal_leg_angle_is_the_published_one() -> None:
    # AISC Design Examples v16.0, F.11A: L4x4x1/4, 6 ft, toe in compression, Fy = 50 ksi
    strength = geometric_flexure(L4X4, 50.0, 72.0, 1.14)
    assert float(strength.mp_kip_in) == pytest.approx(77.3, rel=1e-3)
    assert float(strength.mcr_kip_in) == pytest.approx(107.0, rel=5e-3)
    assert float(strength.mn_ltb_kip_in) == pytest.approx(49.2, rel=2e-3)
    assert float(strength.mn_leg_kip_in) == pytest.approx(53.0, rel=2e-3)
    assert available(strength.mn_kip_in, FLEXURE, "LRFD") / 12.0 == pytest.approx(3.69, rel=2e-3)
    assert available(strength.mn_kip_in, FLEXURE, "ASD") / 12.0 == pytest.approx(2.46, rel=2e-3)
    assert AngleState(int(strength.governing)).clause == "F10.2"


def test_angle_restrained_at_midspan_is_the_published_one() -> None:
    # Design Example F.11B: Mcr 176 kip-in., 66.3 kip-in. by F10-2; F10-6 there keeps 0.80 Sx (53.0) and says so
    strength = geometric_flexure(L4X4, 50.0, 36.0, 1.30, GeometricBending(restraint="at_maximum_moment"))
    assert float(strength.mcr_kip_in) == pytest.approx(176.0, rel=5e-3)
    assert float(strength.mn_ltb_kip_in) == pytest.approx(66.3, rel=2e-3)
    assert float(strength.mn_leg_kip_in) == pytest.approx(53.0 / 0.80, rel=2e-3)


def test_principal_axes_are_the_published_ones() -> None:
    # Design Example F.11C: about z 55.1 of 58.4 kip-in.; about w Mcr 195, 99.8 (F10-2), 113 (F10-6), 132 (F10-1)
    minor = principal_minor_flexure(L4X4, 50.0)
    assert float(minor.mp_kip_in) == pytest.approx(58.4, rel=2e-3)
    assert float(minor.mn_kip_in) == pytest.approx(55.1, rel=2e-3)
    assert AngleState(int(minor.governing)).clause == "F10.3"
    major = principal_major_flexure(L4X4, 50.0, 72.0, 1.14)
    assert float(major.mcr_kip_in) == pytest.approx(195.0, rel=2e-3)
    assert float(major.mp_kip_in) == pytest.approx(132.0, rel=2e-3)
    assert float(major.mn_leg_kip_in) == pytest.approx(113.0, rel=3e-3)
    assert float(major.mn_kip_in) == pytest.approx(99.8, rel=2e-3)


@pytest.mark.parametrize(
    ("long", "short", "published"),
    [
        (8.0, 6.0, 3.31),
        (8.0, 4.0, 5.48),
        (7.0, 4.0, 4.37),
        (6.0, 4.0, 3.14),
        (6.0, 3.5, 3.69),
        (5.0, 3.5, 2.40),
        (5.0, 3.0, 2.99),
        (4.0, 3.5, 0.87),
        (4.0, 3.0, 1.65),
        (3.5, 3.0, 0.87),
        (3.5, 2.5, 1.62),
        (3.0, 2.5, 0.86),
        (3.0, 2.0, 1.56),
        (2.5, 2.0, 0.85),
        (2.5, 1.5, 1.49),
    ],
)
def test_beta_w_is_that_of_the_commentary(long: float, short: float, published: float) -> None:
    # Commentary Table C-F10.1: averages over the thicknesses of a size
    rolled = ANGLES.take((ANGLES.long_leg_in == long) & (ANGLES.short_leg_in == short))
    assert len(rolled) > 1
    np.testing.assert_allclose(beta_w_in(long, short, rolled.t_in), published, rtol=0.02)


def test_beta_w_has_the_sense_of_size_and_vanishes_for_equal_legs() -> None:
    np.testing.assert_array_equal(beta_w_in(EQUAL.long_leg_in, EQUAL.short_leg_in, EQUAL.t_in), 0.0)
    nearly = beta_w_in(4.0, 4.0 - 1e-6, 0.25)
    assert 0.0 <= float(nearly) < 1e-5
    assert float(beta_w_in(40.0, 30.0, 2.5)) == pytest.approx(10.0 * float(beta_w_in(4.0, 3.0, 0.25)))
    assert float(beta_w_in(3.0, 4.0, 0.25)) == pytest.approx(float(beta_w_in(4.0, 3.0, 0.25)))


def test_major_axis_buckling_as_printed() -> None:
    # L6x4x1/2 over 10 ft: Eq. F10-4 with +-beta_w
    angle, length = ANGLES.rows("L6X4X1/2"), 120.0
    beta = 3.14
    term = 4.4 * beta * float(angle.rz_in) / (length * 0.5)
    scale = 9.0 * E * float(angle.area_in2) * float(angle.rz_in) * 0.5 * 1.2 / (8.0 * length)
    strength = principal_major_flexure(angle, 36.0, length, 1.2, ["short", "long", "both"])
    expected = [scale * (np.sqrt(1.0 + term**2) + sign * term) for sign in (1.0, -1.0, -1.0)]
    np.testing.assert_allclose(strength.mcr_kip_in, expected, rtol=5e-3)


def test_long_slender_angle_goes_by_the_elastic_branch() -> None:
    angle = ANGLES.rows("L8X8X1/2")
    strength = principal_major_flexure(angle, 50.0, 900.0)
    my = 50.0 * float(angle.iw_in4) / float(angle.za_in)
    mcr = 9.0 * E * float(angle.area_in2) * float(angle.rz_in) * 0.5 / (8.0 * 900.0)
    assert mcr < my
    assert float(strength.mn_kip_in) == pytest.approx((0.92 - 0.17 * mcr / my) * mcr)


def test_cb_counts_up_to_one_and_a_half() -> None:
    one, two = principal_major_flexure(L4X4, 50.0, 300.0, [1.5, 2.3]).mcr_kip_in
    assert one == two


def test_leg_local_buckling_by_hand() -> None:
    # L5x3x1/4 about z at 50 ksi: long leg b/t 20 noncompact (0.48), short 12 compact; L8x4x7/16 at 100 ksi slender
    angle = ANGLES.rows("L5X3X1/4")
    expected = 50.0 * float(angle.iz_in4 / angle.wc_in) * (2.43 - 1.72 * 20.0 * np.sqrt(50.0 / E))
    strength = principal_minor_flexure(angle, 50.0)
    assert float(strength.mn_leg_kip_in) == pytest.approx(min(expected, float(strength.mp_kip_in)))
    thin = ANGLES.rows("L8X4X7/16")
    expected = 0.71 * E / (8.0 / float(thin.t_in)) ** 2 * float(thin.iz_in4 / thin.wc_in)
    strength = principal_minor_flexure(thin, 100.0)
    assert float(strength.mn_leg_kip_in) == pytest.approx(min(expected, float(strength.mp_kip_in)))


def test_toes_in_tension_do_not_buckle_locally() -> None:
    heel = principal_minor_flexure(ANGLES, 50.0, "tension")
    np.testing.assert_array_equal(heel.mn_kip_in, heel.mp_kip_in)
    lifted = geometric_flexure(EQUAL, 50.0, 0.0, 1.0, GeometricBending("tension", "none"))
    np.testing.assert_array_equal(lifted.mn_leg_kip_in, lifted.mp_kip_in)


def test_restrained_toe_in_tension_puts_the_flat_leg_in_compression() -> None:
    strength = geometric_flexure(L4X4, 100.0, 0.0, 1.0, GeometricBending("tension", "continuous"))
    modulus = float(L4X4.ix_in4) / float(L4X4.y_in)
    buckling = 0.71 * E / 16.0**2 * modulus  # b/t 16 is beyond 0.91 sqrt(E/100) = 15.5
    assert float(strength.mn_leg_kip_in) == pytest.approx(min(buckling, 1.5 * 100.0 * float(L4X4.sx_in3)))


def test_geometric_buckling_as_printed() -> None:
    x = 0.88 * (72.0 * 0.25 / 16.0) ** 2
    scale = 0.58 * E * 4.0**4 * 0.25 / 72.0**2
    strength = geometric_flexure(L4X4, 50.0, 72.0, 1.0, GeometricBending(toe=["compression", "tension"]))
    expected = [scale * (np.sqrt(1.0 + x) - 1.0), scale * (np.sqrt(1.0 + x) + 1.0)]
    np.testing.assert_allclose(strength.mcr_kip_in, expected)


@given(ROWS, st.sampled_from(["short", "long", "both"]), LENGTHS, LENGTHS)
def test_major_axis_strength_never_grows_with_length(row: int, leg: str, one: float, other: float) -> None:
    strength = principal_major_flexure(ANGLES.take(row), 50.0, np.sort([one, other]), 1.0, leg).mn_kip_in
    assert 0.0 < strength[1] <= strength[0] * (1.0 + 1e-12)


@given(EQUAL_ROWS, SENSE, RESTRAINT, LENGTHS, LENGTHS)
def test_geometric_strength_never_grows_with_length(
    row: int, toe: str, restraint: str, one: float, other: float
) -> None:
    bending = GeometricBending(toe, restraint)
    strength = geometric_flexure(EQUAL.take(row), 50.0, np.sort([one, other]), 1.0, bending).mn_kip_in
    assert 0.0 < strength[1] <= strength[0] * (1.0 + 1e-12)


@given(EQUAL_ROWS, SENSE, LENGTHS)
def test_restraint_never_weakens(row: int, toe: str, length: float) -> None:
    if toe == "tension":  # unrestrained bending relieves the flat leg, restraint compresses it
        return
    strengths = geometric_flexure(
        EQUAL.take(row), 50.0, length, 1.0, GeometricBending(toe, ["none", "at_maximum_moment", "continuous"])
    ).mn_kip_in
    assert strengths[0] <= strengths[1] * (1.0 + 1e-12)
    assert strengths[1] <= strengths[2] * (1.0 + 1e-12)


@given(ROWS, LENGTHS)
def test_long_leg_in_compression_is_the_weaker_and_both_the_weakest(row: int, length: float) -> None:
    strength = principal_major_flexure(ANGLES.take(row), 50.0, length, 1.0, ["short", "long", "both"])
    short, long, both = strength.mn_kip_in
    assert strength.mcr_kip_in[1] <= strength.mcr_kip_in[0]
    assert both <= min(short, long) * (1.0 + 1e-12)


@given(ROWS, LENGTHS)
def test_one_member_and_a_family_agree(row: int, length: float) -> None:
    alone = principal_major_flexure(ANGLES.take(row), 50.0, length)
    family = principal_major_flexure(ANGLES, 50.0, length)
    assert float(alone.mn_kip_in) == pytest.approx(family.mn_kip_in[row], rel=1e-13)


def test_no_jump_where_the_branches_of_buckling_meet() -> None:
    # My = Mcr: (1.92 - 1.17) My against (0.92 - 0.17) My
    my = 50.0 * float(L4X4.iw_in4) / float(L4X4.za_in)
    length = 9.0 * E * float(L4X4.area_in2) * float(L4X4.rz_in) * 0.25 / (8.0 * my)
    below, above = principal_major_flexure(L4X4, 50.0, length * np.array([1.0 - 1e-9, 1.0 + 1e-9])).mn_ltb_kip_in
    assert below == pytest.approx(0.75 * my)
    assert above == pytest.approx(below, rel=1e-6)


def test_unequal_legs_need_principal_axes_or_restraint() -> None:
    with pytest.raises(StructuralError, match="principal axes") as error:
        geometric_flexure(UNEQUAL, 50.0, 72.0)
    assert error.value.field == "shape"
    strength = geometric_flexure(UNEQUAL, 50.0, 72.0, 1.0, GeometricBending(restraint="continuous"))
    np.testing.assert_allclose(strength.mp_kip_in, 75.0 * UNEQUAL.sx_in3)
    assert np.isinf(strength.mcr_kip_in).all()


def test_bad_input_is_refused_by_name() -> None:
    good = {"angle": L4X4, "fy_ksi": 50.0, "lb_in": 72.0, "cb": 1.14}
    for call in (geometric_flexure, principal_major_flexure):
        assert_bad_numbers_are_refused(call, good, frozenset({"lb_in"}))
        assert_quiet_at_the_edges(call, good, frozenset({"lb_in"}))
        for name in ("fy_ksi", "lb_in", "cb"):
            with pytest.raises(StructuralError) as error:
                call(**{**good, name: 1e308})
            assert error.value.field == name
    assert_bad_numbers_are_refused(principal_minor_flexure, {"angle": L4X4, "fy_ksi": 50.0})
    assert_bad_numbers_are_refused(beta_w_in, {"long_leg_in": 6.0, "short_leg_in": 4.0, "t_in": 0.5})
    for bending, field in ((GeometricBending(toe="up"), "toe"), (GeometricBending(restraint="some"), "restraint")):
        with pytest.raises(StructuralError) as error:
            geometric_flexure(L4X4, 50.0, 72.0, 1.0, bending)
        assert error.value.field == field
    with pytest.raises(StructuralError) as error:
        beta_w_in(6.0, 4.0, 4.0)
    assert error.value.field == "t_in"
