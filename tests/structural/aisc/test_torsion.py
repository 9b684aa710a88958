"""Torsion: published strengths and interaction of HSS, wall buckling by hand, stresses of other sections."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.interaction import h1_interaction
from structural.aisc.method import available
from structural.aisc.torsion import (
    TORSION,
    TorsionState,
    TorsionStressState,
    h3_interaction,
    hss_interaction,
    rectangular_hss_torsion,
    round_hss_torsion,
    torsion_stresses,
)
from structural.errors import StructuralError
from structural.hollow import load_rectangular_hss, load_round_hss, rectangular_hss, round_hss
from tests.structural.aisc.refusal import assert_bad_numbers_are_refused, assert_quiet_at_the_edges

E = 29_000.0
ROOT = np.sqrt(E / 50.0)
HSS, ROUND = load_rectangular_hss(), load_round_hss()
SHARES = st.floats(0.0, 2.0)


def test_rectangular_hss_is_the_published_one() -> None:
    # AISC Design Examples v16.0, H.5A: HSS6x4x1/4, C 10.1 in3: 303, 273 and 181 kip-in.
    strength = rectangular_hss_torsion(HSS.rows("HSS6X4X1/4"), 50.0)
    assert float(strength.tn_kip_in) == pytest.approx(303.0)
    assert available(strength.tn_kip_in, TORSION, "LRFD") == pytest.approx(273.0, rel=2e-3)
    assert available(strength.tn_kip_in, TORSION, "ASD") == pytest.approx(181.0, rel=3e-3)
    assert TorsionState(int(strength.governing)).clause == "H3.1"


def test_round_hss_is_the_published_one() -> None:
    # H.5B: HSS5.000x0.250, 14 ft, tabulated C 7.95 in3: H3-2a 133, H3-2b 175 ksi; 239, 215 and 143 kip-in.
    tube = replace(ROUND.rows("HSS5.000X0.250"), torsional_c_in3=np.asarray(7.95))
    strength = round_hss_torsion(tube, 50.0, 168.0)
    assert float(strength.buckling_ksi) == pytest.approx(175.0, rel=2e-3)
    assert float(strength.tn_kip_in) == pytest.approx(239.0, rel=3e-3)
    assert available(strength.tn_kip_in, TORSION, "LRFD") == pytest.approx(215.0, rel=3e-3)
    assert available(strength.tn_kip_in, TORSION, "ASD") == pytest.approx(143.0, rel=3e-3)


def test_interaction_is_the_published_one() -> None:
    # H.5C, LRFD: at the support 0.166, where Tr/Tc is 0.20 0.333; ASD 0.168 and 0.340
    moments, shears = np.array([0.0, 84.6 / 384.0]), np.array([11.0 / 66.7, 9.07 / 66.7])
    ratio = h3_interaction(0.0, moments, 0.0, shears, [66.2 / 273.0, 0.20])
    assert ratio.tolist() == pytest.approx([0.166, 0.333], rel=4e-3)
    asd = h3_interaction(0.0, [0.0, 58.2 / 256.0], 0.0, [7.36 / 44.4, 6.03 / 44.4], [44.2 / 181.0, 0.20])
    assert asd.tolist() == pytest.approx([0.168, 0.340], rel=4e-3)


@pytest.mark.parametrize("slenderness", [50.0, 65.0, 100.0])
def test_rectangular_walls_by_hand(slenderness: float) -> None:
    # limits at 50 ksi: 59.0 and 73.9
    tube = rectangular_hss((slenderness + 3.0) * 0.25, 8.0, 0.25)
    expected = {50.0: 30.0, 65.0: 30.0 * 2.45 * ROOT / 65.0, 100.0: 0.458 * np.pi**2 * E / 1e4}[slenderness]
    strength = rectangular_hss_torsion(tube, 50.0)
    assert float(strength.fcr_ksi) == pytest.approx(expected)
    assert float(strength.tn_kip_in) == pytest.approx(expected * float(tube.torsional_c_in3))
    assert int(strength.governing) == (slenderness > 59.0)


@pytest.mark.parametrize("length", [60.0, 2000.0])
def test_round_walls_by_hand(length: float) -> None:
    tube = round_hss(60.0, 0.2)  # D/t 300
    long, short = 1.23 * E / (np.sqrt(length / 60.0) * 300.0**1.25), 0.60 * E / 300.0**1.5
    assert float(round_hss_torsion(tube, 50.0, length).fcr_ksi) == pytest.approx(min(30.0, max(long, short)))


@pytest.mark.parametrize("multiple", [2.45, 3.07])
def test_no_jump_at_the_limits_of_the_wall(multiple: float) -> None:
    heights = (multiple * ROOT * np.array([1.0 - 1e-9, 1.0 + 1e-9]) + 3.0) * 0.25
    below, above = rectangular_hss_torsion(rectangular_hss(heights, 8.0, 0.25), 50.0).fcr_ksi
    assert above == pytest.approx(below, rel=5e-3)  # 0.458 pi^2 is rounded


@given(st.floats(8.0, 60.0), st.floats(8.0, 60.0))
def test_thinner_walls_bear_a_lower_stress(one: float, other: float) -> None:
    stress = rectangular_hss_torsion(rectangular_hss(np.sort([one, other]), 8.0, 0.25), 50.0).fcr_ksi
    assert stress[1] <= stress[0] * (1.0 + 5e-3)


@given(st.floats(0.0, 1e4), st.floats(0.0, 1e4), st.floats(20.0, 400.0))
def test_round_strength_never_grows_with_length(one: float, other: float, ratio: float) -> None:
    strength = round_hss_torsion(round_hss(ratio, 1.0), 50.0, np.sort([one, other])).tn_kip_in
    assert strength[1] <= strength[0] * (1.0 + 1e-12)


@given(st.integers(0, len(HSS) - 1))
def test_one_section_and_a_family_agree(row: int) -> None:
    alone, family = rectangular_hss_torsion(HSS.take(row), 50.0), rectangular_hss_torsion(HSS, 50.0)
    assert float(alone.tn_kip_in) == pytest.approx(family.tn_kip_in[row], rel=1e-13)


@given(SHARES, SHARES, SHARES, SHARES, SHARES)
def test_small_torsion_is_neglected(axial: float, mx: float, my: float, shear: float, torsion: float) -> None:
    ratio = float(hss_interaction(axial, mx, my, shear, torsion))
    if torsion <= 0.2:
        assert ratio == float(h1_interaction(axial, mx, my))
    else:
        assert ratio == pytest.approx(axial + mx + my + (shear + torsion) ** 2)


def test_stresses_of_other_sections() -> None:
    # H.6: available 45.0 ksi under normal and 27.0 ksi under shear stress (LRFD, Fy = 50 ksi)
    stresses = torsion_stresses([40.0, 10.0, 30.0], [10.0, 20.0, 10.0], 50.0, [60.0, 60.0, 35.0])
    assert available(stresses.fn_normal_ksi, TORSION, "LRFD") == pytest.approx(45.0)
    assert available(stresses.fn_shear_ksi, TORSION, "LRFD") == pytest.approx(27.0)
    clauses = [TorsionStressState(code).clause for code in stresses.governing]
    assert clauses == ["H3.3(a)", "H3.3(b)", "H3.3(c)"]
    assert stresses.ratio_buckling[2] == pytest.approx(30.0 / 35.0)
    assert float(torsion_stresses(40.0, 10.0, 50.0).ratio_buckling) == 0.0


def test_walls_outside_the_clause_are_refused() -> None:
    with pytest.raises(StructuralError, match="260") as error:
        rectangular_hss_torsion(rectangular_hss(70.0, 8.0, 0.25), 50.0)
    assert error.value.field == "shape"


def test_bad_numbers_are_refused_by_name() -> None:
    assert_bad_numbers_are_refused(rectangular_hss_torsion, {"section": HSS.take(0), "fy_ksi": 50.0})
    tube = {"section": ROUND.take(0), "fy_ksi": 50.0, "length_in": 168.0}
    assert_bad_numbers_are_refused(round_hss_torsion, tube, frozenset({"length_in"}))
    assert_quiet_at_the_edges(round_hss_torsion, tube, frozenset({"length_in"}))
    ratios = {
        "axial_ratio": 0.1,
        "moment_ratio_x": 0.2,
        "moment_ratio_y": 0.1,
        "shear_ratio": 0.2,
        "torsion_ratio": 0.3,
    }
    for call in (h3_interaction, hss_interaction):
        assert_bad_numbers_are_refused(call, ratios, frozenset(ratios))
        with pytest.raises(StructuralError) as error:
            call(**{**ratios, "torsion_ratio": 1e308})
        assert error.value.field == "torsion_ratio"
    stresses = {"normal_ksi": 30.0, "shear_ksi": 10.0, "fy_ksi": 50.0, "fcr_ksi": 40.0}
    assert_bad_numbers_are_refused(torsion_stresses, stresses, frozenset({"normal_ksi", "shear_ksi"}))
