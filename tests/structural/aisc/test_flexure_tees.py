"""Flexure of tees and double angles: published strength, the formulas as printed, both senses of bending."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.flexure import FLEXURE
from structural.aisc.flexure_tees import TeeState, double_angle_flexure, tee_flexure
from structural.aisc.method import available
from structural.angles import load_double_angles
from structural.errors import StructuralError
from structural.tees import load_tees
from tests.structural.aisc.refusal import assert_bad_numbers_are_refused, assert_quiet_at_the_edges

E = 29_000.0
TEES, DOUBLE = load_tees("WT"), load_double_angles()
ROWS, DOUBLE_ROWS = st.integers(0, len(TEES) - 1), st.integers(0, len(DOUBLE) - 1)
SENSE = st.sampled_from(["tension", "compression"])
LENGTHS = st.floats(0.0, 3000.0)


def test_braced_tee_is_the_published_one() -> None:
    # AISC Design Examples v16.0, F.10: WT5x6, 1.6 My = 97.6 kip-in. governs, 7.32 and 4.87 kip-ft
    strength = tee_flexure(TEES.rows("WT5X6"), 50.0, 0.0)
    assert float(strength.mp_kip_in) == pytest.approx(97.6)
    assert float(strength.mn_flb_kip_in) == pytest.approx(97.6)
    assert available(strength.mn_kip_in, FLEXURE, "LRFD") / 12.0 == pytest.approx(7.32, rel=1e-3)
    assert available(strength.mn_kip_in, FLEXURE, "ASD") / 12.0 == pytest.approx(4.87, rel=1e-3)


@pytest.mark.parametrize("length", [50.0, 180.0, 900.0])
def test_lateral_buckling_as_printed(length: float) -> None:
    # WT5x6: d 4.94, Iy 1.09, J 0.0272 or so, Sx 1.22; B of Eq. F9-11 and F9-12 put in as it stands
    tee = TEES.rows("WT5X6")
    d, iy, j, sx, ry = (float(getattr(tee, name)) for name in ("d_in", "iy_in4", "j_in4", "sx_in3", "ry_in"))
    lp = 1.76 * ry * np.sqrt(E / 50.0)
    lr = 1.95 * E / 50.0 * np.sqrt(iy * j) / sx * np.sqrt(2.36 * 50.0 / E * d * sx / j + 1.0)
    b = 2.3 * d / length * np.sqrt(iy / j)
    elastic = [1.95 * E / length * np.sqrt(iy * j) * (s + np.sqrt(1.0 + s**2)) for s in (b, -b)]
    inelastic = 97.6 - (97.6 - 61.0) * (length - lp) / (lr - lp)
    strength = tee_flexure(tee, 50.0, length, ["tension", "compression"])
    assert (strength.lp_in[0], strength.lr_in[0]) == pytest.approx((lp, lr))
    assert np.isnan([strength.lp_in[1], strength.lr_in[1]]).all()
    assert strength.mn_ltb_kip_in[0] == pytest.approx(inelastic if length <= lr else elastic[0])
    assert strength.mn_ltb_kip_in[1] == pytest.approx(min(elastic[1], 61.0))


def test_no_jump_at_the_limiting_lengths_of_a_stem_in_tension() -> None:
    at = tee_flexure(TEES, 50.0, 0.0)
    for limit, gap in ((at.lp_in, 1e-6), (at.lr_in, 5e-4)):  # 2.36 is a rounded 4.6/1.95
        below, above = (tee_flexure(TEES, 50.0, limit * (1.0 + step)).mn_ltb_kip_in for step in (-1e-9, 1e-9))
        np.testing.assert_allclose(above, below, rtol=gap)


@pytest.mark.parametrize("fy", [36.0, 50.0, 80.0])
def test_stem_local_buckling_by_hand(fy: float) -> None:
    strength = tee_flexure(TEES, fy, 0.0, "compression")
    relative = TEES.d_tw * np.sqrt(fy / E)
    noncompact = np.minimum(1.43 - 0.515 * relative, 1.0)
    expected = np.select([relative <= 0.84, relative <= 1.52], [1.0, noncompact], 1.52 / relative**2)
    np.testing.assert_allclose(strength.mn_stem_kip_in, expected * fy * TEES.sx_in3)
    assert (relative <= 0.84).any()
    assert (relative > 0.84).any()
    assert (relative > 1.52).any() == (fy > 70.0)


def test_flange_in_tension_and_stem_in_tension_do_not_buckle_locally() -> None:
    down, up = (tee_flexure(TEES, 50.0, 100.0, sense) for sense in ("tension", "compression"))
    np.testing.assert_array_equal(down.mn_stem_kip_in, down.mp_kip_in)
    np.testing.assert_array_equal(up.mn_flb_kip_in, up.mp_kip_in)
    np.testing.assert_allclose(up.mp_kip_in, 50.0 * TEES.sx_in3)


def test_flange_local_buckling_by_hand() -> None:
    # WT7x45 (half of W14x90) at 80 ksi: bf/2tf 10.2 over lambda_p 7.235; the flange modulus keeps it above 1.6 My
    tees = TEES.take(TEES.bf_2tf > 0.38 * np.sqrt(E / 80.0))
    share = (tees.bf_2tf - 0.38 * np.sqrt(E / 80.0)) / (0.62 * np.sqrt(E / 80.0))
    plastic = 80.0 * tees.zx_in3
    line = plastic - (plastic - 56.0 * tees.ix_in4 / tees.y_in) * share
    strength = tee_flexure(tees, 80.0, 0.0)
    np.testing.assert_allclose(strength.mn_flb_kip_in, np.minimum(line, 1.6 * 80.0 * tees.sx_in3))
    # No rolled flange is slender below some 280 ksi; at 700 ksi (lambda_r 6.44) all of these are
    slender = tee_flexure(tees, 700.0, 0.0)
    buckling = 0.7 * E * tees.sx_flange_in3 / tees.bf_2tf**2
    np.testing.assert_allclose(slender.mn_kip_in, np.minimum(buckling, 1.6 * 700.0 * tees.sx_in3))
    assert (slender.governing == TeeState.FLANGE_LOCAL_BUCKLING).any()


@pytest.mark.parametrize("sense", ["tension", "compression"])
def test_double_angle_by_hand(sense: str) -> None:
    # 2L4x4x1/4 (3/8 apart), b/t 16 noncompact (13.0 < 16 < 21.9): F10-6 at the flange legs or at the web legs
    pair = DOUBLE.rows("2L4X4X1/4X3/8")
    strength = double_angle_flexure(pair, 50.0, 0.0, sense)
    my = 50.0 * float(pair.sx_in3)
    stress = 50.0 * (2.43 - 1.72 * 16.0 * np.sqrt(50.0 / E))
    if sense == "tension":
        assert float(strength.mp_kip_in) == pytest.approx(min(50.0 * float(pair.zx_in3), 1.6 * my))
        legs = stress * float(pair.ix_in4) / float(pair.y_in)
        assert float(strength.mn_flb_kip_in) == pytest.approx(min(legs, float(strength.mp_kip_in)))
    else:
        assert float(strength.mp_kip_in) == pytest.approx(1.5 * my)
        assert float(strength.mn_stem_kip_in) == pytest.approx(stress * float(pair.sx_in3))
        assert TeeState(int(strength.governing)).clause == "F9.4"


def test_double_angle_web_legs_in_compression_buckle_as_printed() -> None:
    pair, length = DOUBLE.rows("2L6X4X3/8X3/8LLBB"), 300.0
    d, iy, j = (float(getattr(pair, name)) for name in ("d_in", "iy_in4", "j_in4"))
    b = -2.3 * d / length * np.sqrt(iy / j)
    mcr = 1.95 * E / length * np.sqrt(iy * j) * (b + np.sqrt(1.0 + b**2))
    my = 50.0 * float(pair.sx_in3)
    expected = (1.92 - 1.17 * np.sqrt(my / mcr)) * my if my <= mcr else (0.92 - 0.17 * mcr / my) * mcr
    strength = double_angle_flexure(pair, 50.0, length, "compression")
    assert float(strength.mn_ltb_kip_in) == pytest.approx(min(expected, 1.5 * my))
    assert float(strength.mn_kip_in) < float(strength.mp_kip_in)


@given(ROWS, SENSE, LENGTHS, LENGTHS)
def test_tee_strength_never_grows_with_length(row: int, sense: str, one: float, other: float) -> None:
    strength = tee_flexure(TEES.take(row), 50.0, np.sort([one, other]), sense).mn_kip_in
    assert 0.0 < strength[1] <= strength[0] * (1.0 + 5e-4)


@given(DOUBLE_ROWS, SENSE, LENGTHS, LENGTHS)
def test_double_angle_strength_never_grows_with_length(row: int, sense: str, one: float, other: float) -> None:
    strength = double_angle_flexure(DOUBLE.take(row), 50.0, np.sort([one, other]), sense).mn_kip_in
    assert 0.0 < strength[1] <= strength[0] * (1.0 + 5e-4)


@given(ROWS, LENGTHS)
def test_stem_in_compression_is_weaker(row: int, length: float) -> None:
    strength = tee_flexure(TEES.take(row), 50.0, length, ["tension", "compression"])
    assert strength.mn_kip_in[1] <= strength.mn_kip_in[0]


@given(ROWS, SENSE, LENGTHS)
def test_one_member_and_a_family_agree(row: int, sense: str, length: float) -> None:
    alone, family = tee_flexure(TEES.take(row), 50.0, length, sense), tee_flexure(TEES, 50.0, length, sense)
    assert float(alone.mn_kip_in) == pytest.approx(family.mn_kip_in[row], rel=1e-13)
    assert family.mn_kip_in[row] <= family.mp_kip_in[row]
    assert int(alone.governing) == family.governing[row]


def test_bad_input_is_refused_by_name() -> None:
    may_be_zero = frozenset({"lb_in"})
    for call, section in ((tee_flexure, TEES.take(0)), (double_angle_flexure, DOUBLE.take(0))):
        good = {"section": section, "fy_ksi": 50.0, "lb_in": 120.0}
        assert_bad_numbers_are_refused(call, good, may_be_zero)
        assert_quiet_at_the_edges(call, good, may_be_zero)
        for name in ("fy_ksi", "lb_in"):
            with pytest.raises(StructuralError) as error:
                call(**{**good, name: 1e308})
            assert error.value.field == name
    with pytest.raises(StructuralError) as error:
        tee_flexure(TEES, 50.0, 0.0, "sideways")
    assert error.value.field == "stem"
