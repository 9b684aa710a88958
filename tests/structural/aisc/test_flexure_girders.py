"""Girders: the published plate girder, sections built from plates, F4 and F5 by hand, their limits, F13."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.flexure import FLEXURE, major_axis_flexure
from structural.aisc.flexure_girders import (
    GirderState,
    girder_flexure,
    proportioning_limits,
    tension_flange_rupture,
    web_limits,
)
from structural.aisc.girder_section import (
    GirderSection,
    effective_radius_in,
    girder_of_shape,
    layered_inertia,
    layered_plastic_modulus,
    welded_girder,
)
from structural.aisc.method import available
from structural.built_up import welded_i_shapes
from structural.errors import StructuralError
from structural.shapes import load_shapes
from tests.structural.aisc.refusal import assert_bad_numbers_are_refused, assert_quiet_at_the_edges

E = 29_000.0
ROOT = np.sqrt(E / 50.0)
F14 = welded_girder(14.0, 2.0, 14.0, 2.0, 62.0, 0.5)  # AISC Design Examples v16.0, F.14, A572 Gr. 50
# Plates that make F4 and F5 sections with flanges in proportion (F13.2)
FLANGES, WEBS = st.floats(10.0, 24.0), st.floats(0.28, 0.42)


def test_plate_girder_is_the_published_one() -> None:
    strength = girder_flexure(F14, 50.0, 150.0, 1.25)
    ft = 12.0
    assert float(strength.mp_kip_in) / ft == pytest.approx(9460.0, rel=2e-3)
    assert float(strength.web_factor) == pytest.approx(1.03, rel=3e-3)
    assert (float(strength.lp_in), float(strength.lr_in)) == pytest.approx((98.3, 369.0), rel=1e-3)
    assert float(strength.mn_kip_in) / ft == pytest.approx(8760.0, rel=2e-3)
    assert available(strength.mn_kip_in, FLEXURE, "LRFD") / ft == pytest.approx(7880.0, rel=3e-3)
    assert available(strength.mn_kip_in, FLEXURE, "ASD") / ft == pytest.approx(5250.0, rel=3e-3)
    assert GirderState(int(strength.governing)).clause == "F4.1"


def test_plates_make_the_published_section() -> None:
    # F.14: Ix 67,300 in4, Sx 2,040 in3, Zx 2,270 in3, J 77.3 in4, Iy 915 in4, aw 1.11, rt 3.71 in.
    properties = (F14.sxc_in3 * 33.0, F14.sxc_in3, F14.zx_in3, F14.j_in4, F14.iy_in4, F14.aw, F14.rt_in)
    published = (67_300.0, 2040.0, 2270.0, 77.3, 915.0, 1.11, 3.71)
    assert [float(value) for value in properties] == pytest.approx(published, rel=3e-3)
    shape = girder_of_shape(welded_i_shapes(14.0, 2.0, 62.0, 0.5))
    for name in ("sxc_in3", "sxt_in3", "zx_in3", "iy_in4", "iyc_in4", "j_in4", "rt_in", "hc_in", "hp_in", "ho_in"):
        assert float(getattr(shape, name)[0]) == pytest.approx(float(getattr(F14, name))), name


def test_unequal_flanges_against_the_parallel_axis_theorem() -> None:
    girder = welded_girder(16.0, 1.0, 8.0, 0.5, 40.0, 0.375)
    areas, middles = np.array([16.0, 15.0, 4.0]), np.array([0.5, 21.0, 41.25])
    centroid = float(areas @ middles / areas.sum())
    own = np.array([16.0 * 1.0, 0.375 * 40.0**3, 8.0 * 0.125]) / 12.0
    inertia = float(np.sum(own + areas * (middles - centroid) ** 2))
    assert float(girder.sxc_in3) == pytest.approx(inertia / centroid)
    assert float(girder.sxt_in3) == pytest.approx(inertia / (41.5 - centroid))
    assert float(girder.hc_in) == pytest.approx(2.0 * (centroid - 1.0))
    # half the area is 17.5: the plastic axis lies 1.5/0.375 = 4 in. into the web
    assert float(girder.hp_in) == pytest.approx(8.0)
    arms = 16.0 * 4.5 + 1.5 * 2.0 + 13.5 * 18.0 + 4.0 * 36.25
    assert float(girder.zx_in3) == pytest.approx(arms)


def test_layers_of_one_width_are_a_rectangle() -> None:
    widths, thicknesses = np.full(4, 3.0), np.array([1.0, 0.0, 2.5, 1.5])
    z, axis = layered_plastic_modulus(widths, thicknesses)
    inertia, centroid = layered_inertia(widths, thicknesses)
    assert (float(z), float(axis)) == pytest.approx((3.0 * 25.0 / 4.0, 2.5))
    assert (float(inertia), float(centroid)) == pytest.approx((3.0 * 125.0 / 12.0, 2.5))


def test_singly_symmetric_noncompact_web_by_hand() -> None:
    girder = welded_girder(16.0, 1.0, 12.0, 0.75, 60.0, 0.5)
    sxc, sxt, zx, hc, hp = (float(getattr(girder, n)) for n in ("sxc_in3", "sxt_in3", "zx_in3", "hc_in", "hp_in"))
    mp, myc, myt = 50.0 * zx, 50.0 * sxc, 50.0 * sxt
    pw = hc / hp * ROOT / (0.54 * zx / sxt - 0.09) ** 2
    rw = 5.70 * ROOT
    share = (hc / 0.5 - pw) / (rw - pw)
    rpc, rpt = (min(mp / my - (mp / my - 1.0) * share, mp / my) for my in (myc, myt))
    fl = 35.0 if sxt / sxc >= 0.7 else max(50.0 * sxt / sxc, 25.0)
    rt = 16.0 / np.sqrt(12.0 * (1.0 + hc * 0.5 / 16.0 / 6.0))
    lp = 1.1 * rt * ROOT
    x = float(girder.j_in4) / (sxc * float(girder.ho_in))
    lr = 1.95 * rt * E / fl * np.sqrt(x + np.sqrt(x**2 + 6.76 * (fl / E) ** 2))
    strength = girder_flexure(girder, 50.0, [0.0, 200.0, 600.0])
    assert (float(strength.lp_in), float(strength.lr_in)) == pytest.approx((lp, lr))
    assert pw < hc / 0.5 < rw
    assert float(strength.mn_yielding_kip_in) == pytest.approx(rpc * myc)
    assert float(strength.mn_tension_kip_in) == pytest.approx(rpt * myt)
    inelastic = rpc * myc - (rpc * myc - fl * sxc) * (200.0 - lp) / (lr - lp)
    elastic = np.pi**2 * E / (600.0 / rt) ** 2 * np.sqrt(1.0 + 0.078 * x * (600.0 / rt) ** 2) * sxc
    np.testing.assert_allclose(strength.mn_ltb_kip_in, [rpc * myc, inelastic, elastic])
    assert [GirderState(code).clause for code in strength.governing] == ["F4.4", "F4.4", "F4.2"]


def test_slender_web_by_hand() -> None:
    girder = welded_girder(16.0, 0.75, 16.0, 0.75, 60.0, 0.375)  # hc/tw 160, bf/2tf 10.7 noncompact
    sxc, aw = float(girder.sxc_in3), 60.0 * 0.375 / 12.0
    rpg = 1.0 - aw / (1200.0 + 300.0 * aw) * (160.0 - 5.7 * ROOT)
    rt = 16.0 / np.sqrt(12.0 * (1.0 + aw / 6.0))
    lp, lr = 1.1 * rt * ROOT, np.pi * rt * np.sqrt(E / 35.0)
    kc = max(4.0 / np.sqrt(160.0), 0.35)
    share = (16.0 / 1.5 - 0.38 * ROOT) / (0.95 * np.sqrt(kc * E / 35.0) - 0.38 * ROOT)
    strength = girder_flexure(girder, 50.0, [0.0, 250.0, 700.0])
    assert strength.is_slender_web.all()
    assert float(strength.web_factor) == pytest.approx(rpg)
    stresses = [50.0, 50.0 - 15.0 * (250.0 - lp) / (lr - lp), np.pi**2 * E / (700.0 / rt) ** 2]
    np.testing.assert_allclose(strength.mn_ltb_kip_in, rpg * sxc * np.array(stresses))
    assert float(strength.mn_flb_kip_in) == pytest.approx(rpg * (50.0 - 15.0 * share) * sxc)
    assert [GirderState(code).clause for code in strength.governing] == ["F5.3", "F5.2", "F5.2"]


@pytest.mark.parametrize(("web", "clause"), [(0.5, "F4.3"), (0.375, "F5.3")])
def test_slender_flange_by_hand(web: float, clause: str) -> None:
    girder = welded_girder(24.0, 0.5, 24.0, 0.5, 60.0, web)  # bf/2tf 24
    kc = max(4.0 / np.sqrt(60.0 / web), 0.35)
    strength = girder_flexure(girder, 50.0, 0.0)
    rpg = float(strength.web_factor) if clause.startswith("F5") else 1.0
    assert float(strength.mn_kip_in) == pytest.approx(rpg * 0.9 * E * kc * float(girder.sxc_in3) / 24.0**2)
    assert GirderState(int(strength.governing)).clause == clause


def test_slight_compression_flange_counts_neither_torsion_nor_plastic_web() -> None:
    girder = welded_girder(10.0, 0.75, 16.0, 1.0, 50.0, 0.45)  # Iyc/Iy 0.155
    assert float(girder.iyc_in4 / girder.iy_in4) < 0.23
    strength = girder_flexure(girder, 50.0, 2000.0)
    assert float(strength.web_factor) == 1.0
    elastic = np.pi**2 * E / (2000.0 / float(girder.rt_in)) ** 2 * float(girder.sxc_in3)
    assert float(strength.mn_ltb_kip_in) == pytest.approx(elastic)


def test_slight_tension_flange_lowers_the_stress_where_buckling_turns_elastic() -> None:
    # FL = Fy Sxt/Sxc between 0.5 Fy and 0.7 Fy (Eq. F4-6b); ho from the middle of one flange to that of the other
    girder = welded_girder(20.0, 1.5, [16.0, 14.0, 10.0], [1.25, 1.0, 0.75], 40.0, 0.4)
    modulus_ratio = girder.sxt_in3 / girder.sxc_in3
    fl = 50.0 * np.clip(modulus_ratio, 0.5, 0.7)
    assert (modulus_ratio[0] > 0.7, 0.5 < modulus_ratio[1] < 0.7, modulus_ratio[2] < 0.5) == (True, True, True)
    np.testing.assert_allclose(girder.ho_in, 40.0 + (1.5 + girder.tft_in) / 2.0)
    at_lr = girder_flexure(girder, 50.0, girder_flexure(girder, 50.0, 0.0).lr_in)
    np.testing.assert_allclose(at_lr.mn_ltb_kip_in, fl * girder.sxc_in3, rtol=1e-9)


def test_f4_meets_f2_and_f3_where_the_web_becomes_compact() -> None:
    edge = 62.0 / (3.76 * ROOT)
    for flange in (2.0, 0.65):  # compact and noncompact
        thicker, thinner = (welded_i_shapes(14.0, flange, 62.0, edge * (1.0 + step)) for step in (1e-9, -1e-9))
        compact = major_axis_flexure(thicker, 50.0, 0.0)
        noncompact = girder_flexure(girder_of_shape(thinner), 50.0, 0.0)
        assert noncompact.mn_yielding_kip_in[0] == pytest.approx(compact.mp_kip_in[0], rel=1e-6)
        assert noncompact.mn_kip_in[0] == pytest.approx(compact.mn_kip_in[0], rel=1e-6)


def test_f5_meets_f4_where_the_web_becomes_slender_and_the_beam_is_braced() -> None:
    # Beyond a braced beam the two do not meet: F5 counts no torsion constant (Commentary F5)
    edge = 60.0 / (5.70 * ROOT)
    thicker, thinner = (welded_girder(16.0, 1.0, 16.0, 1.0, 60.0, edge * (1.0 + step)) for step in (1e-9, -1e-9))
    noncompact, slender = girder_flexure(thicker, 50.0, 0.0), girder_flexure(thinner, 50.0, 0.0)
    assert (bool(noncompact.is_slender_web), bool(slender.is_slender_web)) == (False, True)
    assert float(slender.mn_kip_in) == pytest.approx(float(noncompact.mn_kip_in), rel=1e-6)


@given(FLANGES, FLANGES, WEBS, st.floats(0.0, 2000.0), st.floats(0.0, 2000.0), st.floats(1.0, 3.0))
def test_strength_never_grows_with_length(
    compressed: float, pulled: float, web: float, one: float, other: float, cb: float
) -> None:
    girder = welded_girder(compressed, 1.0, pulled, 1.01, 60.0, web)
    strength = girder_flexure(girder, 50.0, np.sort([one, other]), cb)
    assert 0.0 < strength.mn_kip_in[1] <= strength.mn_kip_in[0] * (1.0 + 2e-3)  # F4-5 and F4-8 are rounded
    assert (strength.mn_kip_in <= strength.mp_kip_in * (1.0 + 1e-12)).all()


@given(FLANGES, WEBS, st.floats(0.0, 2000.0), st.floats(1.0, 3.0), st.floats(1.0, 3.0))
def test_strength_never_falls_with_cb(flange: float, web: float, length: float, one: float, other: float) -> None:
    girder = welded_girder(flange, 1.0, flange, 1.0, 60.0, web)
    strength = girder_flexure(girder, 50.0, length, np.sort([one, other])).mn_kip_in
    assert strength[0] <= strength[1]


@given(st.lists(st.tuples(FLANGES, WEBS), min_size=2, max_size=6), st.floats(0.0, 900.0))
def test_one_girder_and_many_agree(plates: list[tuple[float, float]], length: float) -> None:
    flanges, webs = np.array(plates).T
    many = girder_flexure(welded_girder(flanges, 1.0, 14.0, 1.01, 60.0, webs), 50.0, length)
    alone = girder_flexure(welded_girder(flanges[1], 1.0, 14.0, 1.01, 60.0, webs[1]), 50.0, length)
    assert many.mn_kip_in[1] == pytest.approx(float(alone.mn_kip_in), rel=1e-12)
    assert many.governing[1] == int(alone.governing)


def test_web_limits_of_unequal_flanges() -> None:
    heavy = welded_girder(24.0, 2.0, 8.0, 0.5, 40.0, 0.3)  # the plastic axis lies in the compression flange
    assert float(heavy.hp_in) == 0.0
    limits = web_limits(heavy, 50.0)
    assert float(limits.compact) == float(limits.slender) == pytest.approx(5.70 * ROOT)
    assert np.isfinite(girder_flexure(heavy, 50.0, 0.0).mn_kip_in)


def test_proportions() -> None:
    # F.14: h/tw 124 against 232 (Eq. F13-4, a/h 4.83), aw 1.11
    limits = proportioning_limits(F14, 50.0, 4.83)
    assert float(limits.h_tw) == 124.0
    assert float(limits.h_tw_max) == pytest.approx(232.0)
    assert bool(limits.is_satisfied)
    thin = welded_girder(16.0, 1.0, 16.0, 1.0, 60.0, 60.0 / 250.0)
    assert proportioning_limits(thin, 50.0, [1.5, 1.6]).is_satisfied.tolist() == [True, False]
    assert float(proportioning_limits(thin, 36.0).h_tw_max) == 260.0
    uneven = welded_girder(8.0, 1.0, 24.0, 1.0, 40.0, 0.5)
    assert not bool(proportioning_limits(uneven, 50.0).is_satisfied)
    webby = welded_girder(6.0, 0.5, 6.0, 0.5, 100.0, 0.5)  # aw 16.7, h/tw 200
    assert not bool(proportioning_limits(webby, 50.0).is_satisfied)


def test_holes_in_the_tension_flange() -> None:
    # 10 x 1 flange, 50/65 ksi (Yt 1.0): Fu Afn 65 x 7 = 455 < 500; at 8 in2 520 and no reduction; 60/70: Yt 1.1
    reduced, none = tension_flange_rupture(50.0, 65.0, 10.0, [7.0, 8.0], 200.0)
    assert reduced == pytest.approx(65.0 * 0.7 * 200.0)
    assert np.isinf(none)
    assert float(tension_flange_rupture(60.0, 70.0, 10.0, 9.3, 200.0)) == pytest.approx(70.0 * 0.93 * 200.0)
    with pytest.raises(StructuralError) as error:
        tension_flange_rupture(50.0, 65.0, 10.0, 11.0, 200.0)
    assert error.value.field == "afn_in2"


def test_sections_outside_the_clauses_are_refused() -> None:
    with pytest.raises(StructuralError, match="F2 or F3") as error:
        girder_flexure(girder_of_shape(load_shapes("W")), 50.0, 0.0)
    assert error.value.field == "shape"
    with pytest.raises(StructuralError, match=r"F13\.2"):
        girder_flexure(welded_girder(16.0, 1.0, 16.0, 1.0, 60.0, 0.2), 50.0, 0.0)
    with pytest.raises(StructuralError, match="channel"):
        girder_of_shape(load_shapes("C"))


def test_explicit_properties_are_checked() -> None:
    for name in ("sxc_in3", "hc_in", "rt_in"):
        for bad in (0.0, -1.0, np.nan, 1e308, "ten"):
            with pytest.raises(StructuralError) as error:
                replace(F14, **{name: bad})
            assert error.value.field == name
    assert isinstance(replace(F14, hp_in=0.0, j_in4=0.0), GirderSection)


def test_bad_numbers_are_refused_by_name() -> None:
    good = {"section": F14, "fy_ksi": 50.0, "lb_in": 150.0, "cb": 1.0}
    assert_bad_numbers_are_refused(girder_flexure, good, frozenset({"lb_in"}))
    assert_quiet_at_the_edges(girder_flexure, good, frozenset({"lb_in"}))
    plates = {"bfc_in": 14.0, "tfc_in": 2.0, "bft_in": 14.0, "tft_in": 2.0, "h_in": 62.0, "tw_in": 0.5}
    assert_bad_numbers_are_refused(welded_girder, plates)
    assert_bad_numbers_are_refused(effective_radius_in, {"bfc_in": 14.0, "tfc_in": 2.0, "hc_in": 62.0, "tw_in": 0.5})
    assert_bad_numbers_are_refused(proportioning_limits, {"section": F14, "fy_ksi": 50.0, "panel_ratio": 2.0})
    holes = {"fy_ksi": 50.0, "fu_ksi": 65.0, "afg_in2": 10.0, "afn_in2": 7.0, "sx_in3": 200.0}
    assert_bad_numbers_are_refused(tension_flange_rupture, holes)
    for call, arguments in ((girder_flexure, good), (welded_girder, plates), (tension_flange_rupture, holes)):
        for name in (name for name in arguments if name != "section"):
            with pytest.raises(StructuralError) as error:
                call(**{**arguments, name: 1e308})
            assert error.value.field == name
