"""I shapes with any web: each row by its own clause, rolled shapes as F2 and F3 have them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.flexure import FlexureState, major_axis_flexure
from structural.aisc.flexure_girders import GirderState, girder_flexure
from structural.aisc.flexure_i_shapes import IShapeState, i_shape_flexure
from structural.aisc.girder_section import girder_of_shape
from structural.built_up import welded_i_shapes
from structural.errors import StructuralError
from structural.shapes import load_shapes
from tests.structural.aisc.refusal import assert_bad_numbers_are_refused, assert_quiet_at_the_edges

W_SHAPES = load_shapes("W")
MIXED = welded_i_shapes(14.0, 2.0, 62.0, [0.75, 0.5, 0.375])  # compact, noncompact and slender webs at 50 ksi


@given(st.integers(0, len(W_SHAPES) - 1), st.floats(0.0, 1000.0), st.floats(1.0, 2.0))
def test_compact_webs_are_f2_and_f3(row: int, length: float, cb: float) -> None:
    here, there = (f(W_SHAPES.take(row), 50.0, length, cb) for f in (i_shape_flexure, major_axis_flexure))
    assert float(here.mn_kip_in) == pytest.approx(float(there.mn_kip_in), rel=1e-13)
    assert int(here.governing) == int(there.governing)


@pytest.mark.parametrize("length", [0.0, 150.0, 600.0])
def test_each_row_goes_by_its_own_web(length: float) -> None:
    strength = i_shape_flexure(MIXED, 50.0, length)
    compact = major_axis_flexure(MIXED.take([0]), 50.0, length)
    other = girder_flexure(girder_of_shape(MIXED.take([1, 2])), 50.0, length)
    np.testing.assert_allclose(strength.mn_kip_in, [*compact.mn_kip_in, *other.mn_kip_in])
    clauses = [IShapeState(code).clause for code in strength.governing]
    assert clauses == [
        FlexureState(compact.governing[0]).clause,
        *(GirderState(code).clause for code in other.governing),
    ]
    assert [clause[:2] for clause in clauses] == ["F2", "F4", "F5"]


def test_shapes_of_arguments_broadcast() -> None:
    grid = i_shape_flexure(MIXED.take(np.s_[:, None]), 50.0, [0.0, 300.0])
    assert grid.mn_kip_in.shape == (3, 2)
    one = i_shape_flexure(W_SHAPES.rows("W18X50"), 50.0, [0.0, 140.0])
    assert one.mn_kip_in.shape == (2,)
    assert i_shape_flexure(W_SHAPES.rows("W18X50"), 50.0, 140.0).mn_kip_in.shape == ()
    np.testing.assert_allclose(grid.mn_kip_in[:, 1], i_shape_flexure(MIXED, 50.0, 300.0).mn_kip_in)


def test_channels_with_compact_webs_are_taken_and_others_refused() -> None:
    channels = load_shapes("C")
    expected = major_axis_flexure(channels, 50.0, 60.0).mn_kip_in
    np.testing.assert_allclose(i_shape_flexure(channels, 50.0, 60.0).mn_kip_in, expected)
    with pytest.raises(StructuralError) as error:
        i_shape_flexure(load_shapes("MC"), 400.0, 0.0)
    assert error.value.field == "shape"


def test_bad_numbers_are_refused_by_name() -> None:
    good = {"shape": W_SHAPES.rows("W18X50"), "fy_ksi": 50.0, "lb_in": 140.0, "cb": 1.0}
    assert_bad_numbers_are_refused(i_shape_flexure, good, frozenset({"lb_in"}))
    assert_quiet_at_the_edges(i_shape_flexure, good, frozenset({"lb_in"}))
