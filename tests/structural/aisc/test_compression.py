"""Compression: monotone in effective length and yield stress, continuous at Fy/Fe = 2.25, E7 against the area."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.buckling import BucklingMode
from structural.aisc.compression import (
    compressive_strength,
    critical_stress,
    i_shape_compression,
    offset_bracing_stress_ksi,
    torsional_stress_ksi,
)
from structural.built_up import welded_i_shapes
from structural.errors import StructuralError
from structural.shapes import load_shapes

W_SHAPES = load_shapes("W")
ROWS = st.integers(0, len(W_SHAPES) - 1)
YIELD = st.sampled_from([36.0, 50.0, 65.0, 80.0])
LENGTH = st.floats(0.0, 1200.0)


@given(ROWS, YIELD, LENGTH, LENGTH, LENGTH)
def test_strength_never_grows_with_effective_length(row: int, fy: float, lcx: float, one: float, other: float) -> None:
    strength = compressive_strength(W_SHAPES.take(row), fy, lcx, np.sort([one, other])).pn_kip
    assert strength[1] <= strength[0] * (1.0 + 1e-12)
    strength = compressive_strength(W_SHAPES.take(row), fy, np.sort([one, other]), lcx).pn_kip
    assert strength[1] <= strength[0] * (1.0 + 1e-12)


@given(ROWS, YIELD, LENGTH, st.floats(1.0, 1200.0), st.floats(1.0, 1200.0))
def test_torsional_length_can_only_reduce(row: int, fy: float, lc: float, one: float, other: float) -> None:
    shape = W_SHAPES.take(row)
    with_torsion = compressive_strength(shape, fy, lc, lc, np.sort([one, other])).pn_kip
    without = compressive_strength(shape, fy, lc, lc).pn_kip
    assert with_torsion[1] <= with_torsion[0] * (1.0 + 1e-12)
    assert with_torsion[0] <= without * (1.0 + 1e-12)


@given(st.floats(0.0, 400.0), YIELD)
def test_critical_stress_is_between_zero_and_yield(slenderness: float, fy: float) -> None:
    assert 0.0 < critical_stress(fy, slenderness) <= fy


@pytest.mark.parametrize("fy", [36.0, 50.0, 65.0])
def test_critical_stress_is_continuous_at_the_elastic_limit(fy: float) -> None:
    edge = np.pi * np.sqrt(2.25 * 29_000.0 / fy)
    below, above = critical_stress(fy, [edge * (1.0 - 1e-9), edge * (1.0 + 1e-9)])
    assert above == pytest.approx(below, rel=1e-3)  # 0.658^2.25 and 0.877/2.25 are rounded
    assert above <= below


def test_critical_stress_by_hand() -> None:
    # Fe = pi^2 E/100^2 = 28.62: Fn = 0.658^1.747 x 50; Fe at 200 = 7.155: 0.877 Fe (Eq. E3-2, E3-3)
    assert critical_stress(50.0, [0.0, 100.0, 200.0]) == pytest.approx([50.0, 24.07, 6.275], rel=1e-3)


def test_effective_area_by_hand_with_a_slender_web() -> None:
    # W24X55 at Lc = 0, Fy 50: h/tw = 54.6 over 35.9; E7-3 with c1 0.18, c2 1.31 at Fn = Fy.
    shape = W_SHAPES.rows("W24X55")
    ratio = 1.31 * 1.49 * np.sqrt(29_000.0 / 50.0) / float(shape.h_tw)
    share = (1.0 - 0.18 * ratio) * ratio
    strength = compressive_strength(shape, 50.0, 0.0, 0.0)
    assert bool(strength.is_slender)
    expected = float(shape.area_in2) - (1.0 - share) * float(shape.h_in * shape.tw_in)
    assert float(strength.ae_in2) == pytest.approx(expected)
    assert float(strength.pn_kip) == pytest.approx(50.0 * expected)


@given(YIELD, LENGTH)
def test_effective_area_grows_as_the_stress_falls(fy: float, length: float) -> None:
    short = compressive_strength(W_SHAPES, fy, 0.0, 0.0)
    longer = compressive_strength(W_SHAPES, fy, length, length)
    assert np.all(longer.ae_in2 >= short.ae_in2 - 1e-9)
    assert np.all(longer.ae_in2 <= W_SHAPES.area_in2)
    assert np.array_equal(longer.ae_in2[~longer.is_slender], W_SHAPES.area_in2[~longer.is_slender])


@given(ROWS, YIELD, LENGTH)
def test_one_member_and_a_family_agree(row: int, fy: float, length: float) -> None:
    alone = compressive_strength(W_SHAPES.take(row), fy, length, length)
    family = compressive_strength(W_SHAPES, fy, np.full((2, 1), length), length)
    assert float(alone.pn_kip) == pytest.approx(family.pn_kip[1, row], rel=1e-12)
    assert family.is_slender.shape == family.pn_kip.shape == family.ae_in2.shape == (2, len(W_SHAPES))


def test_torsional_stress_by_hand() -> None:
    shape = W_SHAPES.rows("W27X194")
    expected = (np.pi**2 * 29_000.0 * 111_000.0 / 240.0**2 + 11_200.0 * 27.1) / (7860.0 + 619.0)
    assert float(torsional_stress_ksi(shape, 240.0)) == pytest.approx(expected)


def test_channels_are_refused() -> None:
    with pytest.raises(StructuralError, match="doubly symmetric") as error:
        compressive_strength(load_shapes("C"), 50.0, 120.0, 120.0)
    assert error.value.field == "shape"


@given(YIELD, LENGTH, LENGTH)
def test_modes_give_the_same_strength_as_the_short_form(fy: float, lcx: float, lcy: float) -> None:
    modal = i_shape_compression(W_SHAPES, fy, lcx, lcy, lcy)
    assert modal.pn_kip == pytest.approx(compressive_strength(W_SHAPES, fy, lcx, lcy).pn_kip, rel=1e-12)
    assert np.all((modal.governing == BucklingMode.FLEXURAL_X) | (modal.governing == BucklingMode.FLEXURAL_Y))
    assert np.all(np.isinf(modal.fe_torsional_ksi))


@given(YIELD, st.floats(1.0, 400.0), st.floats(1.001, 3.0))
def test_torsion_counts_where_twist_is_braced_less_than_the_minor_axis(fy: float, lcy: float, factor: float) -> None:
    modal = i_shape_compression(W_SHAPES, fy, lcy, lcy, factor * lcy)
    short = compressive_strength(W_SHAPES, fy, lcy, lcy, factor * lcy)
    assert modal.pn_kip == pytest.approx(short.pn_kip, rel=1e-9)
    assert modal.fe_torsional_ksi == pytest.approx(torsional_stress_ksi(W_SHAPES, factor * lcy), rel=2e-3)


def test_governing_mode_of_an_i_shape() -> None:
    shape = W_SHAPES.rows("W14X90")  # rx 6.14, ry 3.70
    lengths = np.array([[360.0, 180.0, 180.0], [180.0, 180.0, 180.0], [0.0, 60.0, 240.0]])
    modes = i_shape_compression(shape, 50.0, *lengths.T).governing
    assert modes.tolist() == [BucklingMode.FLEXURAL_X, BucklingMode.FLEXURAL_Y, BucklingMode.TORSIONAL]


def test_welded_shapes_are_checked_for_torsion_at_any_length() -> None:
    # AISC Design Examples v16.0, E.3: torsional Fe 71.2 ksi, flexural Fe 65.9 ksi, 318 kip.
    strength = i_shape_compression(welded_i_shapes(10.5, 0.375, 7.25, 0.25), 50.0, 180.0, 180.0, 180.0)
    assert strength.fe_torsional_ksi[0] == pytest.approx(71.2, rel=3e-3)
    assert strength.fe_y_ksi[0] == pytest.approx(65.9, rel=3e-3)
    assert 0.90 * strength.pn_kip[0] == pytest.approx(318.0, rel=3e-3)
    assert strength.is_slender[0]


def test_bracing_on_the_shear_centre_is_plain_torsion() -> None:
    offset = offset_bracing_stress_ksi(W_SHAPES, 240.0)
    assert offset == pytest.approx(torsional_stress_ksi(W_SHAPES, 240.0))


def test_offset_bracing_by_hand() -> None:
    # W14X90: Ix 999, Iy 362, A 26.5, J 4.06, Cw 16000; girts on the flange, yd 7.0 in., twist length 240 in.
    shape = W_SHAPES.rows("W14X90")
    along_web = np.pi**2 * 29_000.0 / 240.0**2 * (16_000.0 + 362.0 * 49.0) + 11_200.0 * 4.06
    found = offset_bracing_stress_ksi(shape, 240.0, yd_in=7.0)
    assert float(found) == pytest.approx(along_web / (999.0 + 362.0 + 26.5 * 49.0), rel=1e-3)
    along_flange = np.pi**2 * 29_000.0 / 240.0**2 * (16_000.0 + 999.0 * 9.0) + 11_200.0 * 4.06
    found = offset_bracing_stress_ksi(shape, 240.0, xd_in=3.0)
    assert float(found) == pytest.approx(along_flange / (999.0 + 362.0 + 26.5 * 9.0), rel=1e-3)


def test_bracing_offset_both_ways_is_refused() -> None:
    with pytest.raises(StructuralError, match="one axis") as error:
        offset_bracing_stress_ksi(W_SHAPES, 240.0, yd_in=7.0, xd_in=1.0)
    assert error.value.field == "xd_in"


@pytest.mark.parametrize("bad", [1e308, np.nan, np.inf, -1.0, "ten"])
def test_unbelievable_numbers_are_refused_by_name(bad: object) -> None:
    shape = W_SHAPES.rows("W14X90")
    calls = {
        "fy_ksi": lambda: compressive_strength(shape, bad, 120.0, 120.0),  # type: ignore[arg-type]
        "lcx_in": lambda: compressive_strength(shape, 50.0, bad, 120.0),  # type: ignore[arg-type]
        "lcy_in": lambda: compressive_strength(shape, 50.0, 120.0, bad),  # type: ignore[arg-type]
        "lcz_in": lambda: torsional_stress_ksi(shape, bad),  # type: ignore[arg-type]
        "slenderness": lambda: critical_stress(50.0, bad),  # type: ignore[arg-type]
        "yd_in": lambda: offset_bracing_stress_ksi(shape, 240.0, yd_in=bad),  # type: ignore[arg-type]
        "xd_in": lambda: offset_bracing_stress_ksi(shape, 240.0, xd_in=bad),  # type: ignore[arg-type]
    }
    for field, call in calls.items():
        with pytest.raises(StructuralError) as error:
            call()
        assert error.value.field == field
