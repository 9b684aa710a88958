"""Flexure: monotone in the unbraced length, continuous at the limits, whole families and single members alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.classification import flange_limits_major
from structural.aisc.flexure import (
    FlexureState,
    cb_factor,
    limiting_lengths_in,
    major_axis_flexure,
    minor_axis_flexure,
)
from structural.built_up import welded_i_shapes
from structural.errors import StructuralError
from structural.shapes import load_shapes

W_SHAPES = load_shapes("W")
ROWS = st.integers(0, len(W_SHAPES) - 1)
YIELD = st.sampled_from([36.0, 42.0, 50.0, 60.0, 65.0, 70.0, 80.0])


@given(ROWS, YIELD, st.floats(0.0, 2000.0), st.floats(0.0, 2000.0), st.floats(1.0, 3.0))
def test_strength_never_grows_with_unbraced_length(row: int, fy: float, one: float, other: float, cb: float) -> None:
    lengths = np.sort([one, other])
    strength = major_axis_flexure(W_SHAPES.take(row), fy, lengths, cb).mn_kip_in
    assert strength[1] <= strength[0]


@given(ROWS, YIELD, st.floats(0.0, 2000.0), st.floats(1.0, 3.0), st.floats(1.0, 3.0))
def test_strength_never_falls_with_cb(row: int, fy: float, length: float, one: float, other: float) -> None:
    strength = major_axis_flexure(W_SHAPES.take(row), fy, length, np.sort([one, other])).mn_kip_in
    assert strength[0] <= strength[1]


@pytest.mark.parametrize("fy", [36.0, 50.0, 65.0])
def test_continuous_at_lp_and_lr(fy: float) -> None:
    lp_in, lr_in = limiting_lengths_in(W_SHAPES, fy)
    step = 1e-9
    for limit, gap in ((lp_in, 1e-6), (lr_in, 2e-3)):  # Lr: the constants of F2-4 and F2-6 are rounded
        below = major_axis_flexure(W_SHAPES, fy, limit * (1.0 - step)).mn_ltb_kip_in
        above = major_axis_flexure(W_SHAPES, fy, limit * (1.0 + step)).mn_ltb_kip_in
        np.testing.assert_allclose(above, below, rtol=gap)
    at_lr = major_axis_flexure(W_SHAPES, fy, lr_in).mn_ltb_kip_in
    np.testing.assert_allclose(at_lr, 0.7 * fy * W_SHAPES.sx_in3, rtol=1e-9)


@pytest.mark.parametrize("flange", ["compact", "slender"])
def test_flange_buckling_is_continuous_at_its_limits(flange: str) -> None:
    # F3-2 at lambda_r gives 0.9/0.9025 of the noncompact value: its constants are rounded too.
    limits = flange_limits_major(welded_i_shapes(12.0, 0.5, 20.0, 0.5), np.asarray(50.0))
    edge = 12.0 / (2.0 * float(getattr(limits, flange)[()] if flange == "compact" else limits.slender[0]))
    thick, thin = (welded_i_shapes(12.0, edge * (1.0 + step), 20.0, 0.5) for step in (1e-9, -1e-9))
    below = major_axis_flexure(thick, 50.0, 0.0).mn_flb_kip_in
    above = major_axis_flexure(thin, 50.0, 0.0).mn_flb_kip_in
    np.testing.assert_allclose(above, below, rtol=5e-3)
    assert above[0] <= below[0]


def test_slender_flange_by_hand() -> None:
    shape = welded_i_shapes(16.0, 0.25, 20.0, 0.5)
    k = 4.0 / np.sqrt(40.0)
    expected = 0.9 * 29_000.0 * k * shape.sx_in3[0] / 32.0**2
    strength = major_axis_flexure(shape, 50.0, 0.0)
    assert strength.mn_kip_in[0] == pytest.approx(expected)
    assert strength.governing.tolist() == [FlexureState.FLANGE_LOCAL_BUCKLING]


def test_governing_state() -> None:
    shapes = W_SHAPES.rows(["W18X50", "W18X50", "W14X90"])
    states = major_axis_flexure(shapes, 50.0, [0.0, 240.0, 0.0]).governing
    assert states.tolist() == [
        FlexureState.YIELDING,
        FlexureState.LATERAL_TORSIONAL_BUCKLING,
        FlexureState.FLANGE_LOCAL_BUCKLING,
    ]
    assert [FlexureState(code).clause for code in states] == ["F2.1", "F2.2", "F3.2"]


def test_braced_beam_reaches_the_plastic_moment_whatever_cb() -> None:
    strength = major_axis_flexure(W_SHAPES.rows("W18X50"), 50.0, 60.0, [0.5, 1.0, 2.0])
    assert strength.mn_kip_in.tolist() == [5050.0] * 3


@given(ROWS, YIELD, st.floats(0.0, 2000.0))
def test_one_member_and_a_family_agree(row: int, fy: float, length: float) -> None:
    alone = major_axis_flexure(W_SHAPES.take(row), fy, length)
    family = major_axis_flexure(W_SHAPES, fy, length)
    grid = major_axis_flexure(W_SHAPES, np.full((3, 1), fy), length)
    # One member and a column take different paths through the processor: the last digit may differ.
    assert alone.mn_kip_in == pytest.approx(family.mn_kip_in[row], rel=1e-12)
    assert alone.mn_kip_in == pytest.approx(grid.mn_kip_in[2, row], rel=1e-12)


@given(ROWS, YIELD)
def test_minor_axis_is_weaker_and_bounded(row: int, fy: float) -> None:
    shape = W_SHAPES.take(row)
    minor = minor_axis_flexure(shape, fy)
    assert minor.mn_kip_in <= minor.mp_kip_in <= 1.6 * fy * shape.sy_in3 + 1e-9
    assert minor.mn_kip_in < major_axis_flexure(shape, fy, 0.0).mn_kip_in


def test_minor_axis_flange_buckling_by_hand() -> None:
    # W6X8.5: lambda = 3.94/(2 x 0.195), limits 9.152 and 24.083, Zy 1.56, Sy 1.01 (Eq. F6-2)
    shape = W_SHAPES.rows("W6X8.5")
    mp = min(50.0 * float(shape.zy_in3), 1.6 * 50.0 * float(shape.sy_in3))
    share = (float(shape.bf_2tf) - 9.1516) / (24.0832 - 9.1516)
    expected = mp - (mp - 35.0 * float(shape.sy_in3)) * share
    assert float(minor_axis_flexure(shape, 50.0).mn_kip_in) == pytest.approx(expected, rel=1e-4)


def test_minor_axis_is_continuous_at_the_slender_limit() -> None:
    edge = 12.0 / (2.0 * np.sqrt(29_000.0 / 50.0))
    thick, thin = (welded_i_shapes(12.0, edge * (1.0 + step), 20.0, 0.5) for step in (1e-9, -1e-9))
    below, above = (minor_axis_flexure(shape, 50.0).mn_kip_in[0] for shape in (thick, thin))
    assert above == pytest.approx(below, rel=1e-6)


@pytest.mark.parametrize(
    ("moments", "expected"),
    [((1.0, 1.0, 1.0, 1.0), 1.0), ((-1.0, -0.5, 0.0, 0.5), 12.5 / 5.5), ((0.0, 0.0, 0.0, 0.0), 1.0)],
    ids=["uniform", "double_curvature", "no_moment"],
)
def test_cb(moments: tuple[float, float, float, float], expected: float) -> None:
    assert float(cb_factor(*moments)) == pytest.approx(expected)


def test_cb_refuses_a_maximum_that_is_not() -> None:
    with pytest.raises(StructuralError) as error:
        cb_factor(1.0, 2.0, 1.0, 1.0)
    assert error.value.field == "m_max"


def test_outside_the_clauses_is_refused() -> None:
    with pytest.raises(StructuralError, match="F4 or F5") as error:
        major_axis_flexure(welded_i_shapes(12.0, 1.0, 60.0, 0.25), 50.0, 0.0)
    assert error.value.field == "shape"
    with pytest.raises(StructuralError, match="channels") as error:
        major_axis_flexure(load_shapes("MC"), 80.0, 0.0)
    assert error.value.field == "shape"
