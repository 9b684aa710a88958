"""Block shear paths against the areas and strengths of published examples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.block_shear import (
    BlockPath,
    beam_end_path,
    block_pattern,
    corner_path,
    governing,
    inner_path,
    net_hole_in,
    outer_path,
    strength,
    welded_path,
)
from structural.aisc.elements import BLOCK_SHEAR
from structural.aisc.method import available
from structural.errors import StructuralError
from tests.structural.aisc.refusal import assert_bad_numbers_are_refused, assert_quiet_at_the_edges

HOLE = 0.875  # 3/4 in. bolts: 13/16 + 1/16
# Design Examples v16.0, II.B-1: PL 3/4 x 7, two lines of four 7/8 in. bolts, 4 in. gage
FLANGE_PLATE = block_pattern((2, 4), (3.0, 4.0), (1.5, 1.5), 0.75, 1.0)
# II.A-19B: PL 3/4 x 15, two columns of five bolts in 1-1/8 in. holes; reaction downwards, tie force sideways
SHEAR_TAB = block_pattern((2, 5), (3.0, 3.0), (1.5, 2.0), 0.75, 1.1875)
SHEAR_TAB_TIE = block_pattern((5, 2), (3.0, 3.0), (2.0, 1.5), 0.75, 1.1875)


def _areas(path: BlockPath) -> list[float]:
    return [float(path.agv_in2), float(path.anv_in2), float(path.ant_in2)]


def test_net_hole() -> None:
    assert net_hole_in([0.75, 0.875, 1.0]).tolist() == [0.875, 1.0, 1.1875]
    assert float(net_hole_in(0.75, "short_slot")) == 0.875


@pytest.mark.parametrize(
    ("path", "areas", "ubs", "rn"),
    [
        # II.A-4: coped W18X50 web, three bolts, l_eh 1-5/8 less 1/4 underrun
        (beam_end_path(block_pattern((1, 3), (3.0, 0.0), (1.25, 1.375), 0.355, HOLE)), [2.57, 1.79, 0.333], 1.0, 91.5),
        # II.A-29: angle leg, four bolts
        (beam_end_path(block_pattern((1, 4), (3.0, 0.0), (1.25, 1.25), 0.375, HOLE)), [3.84, 2.69, 0.305], 1.0, 125.0),
        (beam_end_path(SHEAR_TAB), [10.1, 6.09, 2.41], 0.5, 316.0),  # II.A-19B, two columns
        (corner_path(SHEAR_TAB_TIE), [3.75, 2.41, 6.12], 1.0, 492.0),  # II.A-19B, L
        (inner_path(SHEAR_TAB_TIE), [7.50, 4.83, 5.44], 1.0, 542.0),  # II.A-19B, U
        (corner_path(FLANGE_PLATE), [7.88, 5.26, 3.00], 1.0, 400.0),  # II.B-1 Case 3
        # II.A-28B: angle leg of four bolts across the tie force, U and L
        (inner_path(block_pattern((4, 1), (0.0, 3.0), (1.5, 1.25), 0.375, HOLE)), [1.13, 0.797, 2.39], 1.0, 186.0),
        (corner_path(block_pattern((4, 1), (0.0, 3.0), (1.5, 1.25), 0.375, HOLE)), [0.563, 0.398, 2.70], 1.0, 191.0),
        # II.A-5: coped W18X50 web, angles welded over 8-1/2 in. + 3/8 in. and 2-3/4 in.
        (welded_path(8.875, 2.75, 0.355), [3.15, 3.15, 0.976], 1.0, 158.0),
    ],
)
def test_published_paths(path: BlockPath, areas: list[float], ubs: float, rn: float) -> None:
    assert _areas(path) == pytest.approx(areas, rel=5e-3)
    assert float(path.ubs) == ubs
    assert float(strength(path, 50.0, 65.0)) == pytest.approx(rn, rel=5e-3)


def test_published_plates_and_flanges_with_two_strips() -> None:
    # II.B-1 Case 1, and the W18X50 beam flange with l_eh 1-3/4, l_ev 1-1/4 in.
    beam = outer_path(block_pattern((2, 4), (3.0, 4.0), (1.25, 1.75), 0.570, 1.0))
    for path, design, allowable in ((outer_path(FLANGE_PLATE), 381.0, 254.0), (beam, 294.0, 197.0)):
        nominal = strength(path, 50.0, 65.0)
        assert float(available(nominal, BLOCK_SHEAR, "LRFD")) == pytest.approx(design, rel=5e-3)
        assert float(available(nominal, BLOCK_SHEAR, "ASD")) == pytest.approx(allowable, rel=5e-3)


def test_governing_path_of_the_flange_plate() -> None:
    # II.B-1: strips outside both lines (Case 1) 508, block between (Case 2) more, L (Case 3) 400: the L governs
    paths = (outer_path(FLANGE_PLATE), inner_path(FLANGE_PLATE), corner_path(FLANGE_PLATE))
    least, which = governing(paths, 50.0, 65.0)
    assert float(least) == pytest.approx(400.0, rel=5e-3)
    assert int(which) == 2
    assert float(least) == min(float(strength(path, 50.0, 65.0)) for path in paths)


def test_many_patterns_equal_single_ones() -> None:
    gage, thickness = np.array([3.0, 4.0, 5.5]), np.array([0.25, 0.5, 0.75])
    many = block_pattern((2, [3, 4, 5]), (3.0, gage), (1.5, 1.25), thickness, 1.0)
    paths = (corner_path, inner_path, outer_path, beam_end_path)
    least, which = governing(tuple(path(many) for path in paths), 36.0, [58.0, 58.0, 65.0])
    for row in range(3):
        alone = block_pattern((2, 3 + row), (3.0, gage[row]), (1.5, 1.25), thickness[row], 1.0)
        one, position = governing(tuple(path(alone) for path in paths), 36.0, [58.0, 58.0, 65.0][row])
        assert least[row] == pytest.approx(float(one))
        assert which[row] == position


@given(st.integers(1, 4), st.integers(1, 8), st.floats(2.7, 4.0), st.floats(2.7, 6.0), st.floats(1.0, 3.0))
def test_paths_hang_together(lines: int, bolts: int, pitch: float, gage: float, end: float) -> None:
    pattern = block_pattern((lines, bolts), (pitch, gage), (end, end), 0.5, HOLE)
    corner, beam = corner_path(pattern), beam_end_path(pattern)
    assert _areas(corner) == _areas(beam)
    assert float(beam.ubs) == (1.0 if lines == 1 else 0.5)
    assert float(strength(beam, 36.0, 58.0)) <= float(strength(corner, 36.0, 58.0))
    assert float(corner.anv_in2) < float(corner.agv_in2)
    if lines > 1:
        inner, outer = inner_path(pattern), outer_path(pattern)
        assert float(inner.agv_in2) == float(outer.agv_in2) == pytest.approx(2.0 * float(corner.agv_in2))
        # The two tension paths and both holes of the outer lines make up the width.
        width = 2.0 * end + (lines - 1) * gage
        assert float(inner.ant_in2 + outer.ant_in2) == pytest.approx(0.5 * (width - lines * HOLE))
        longer = block_pattern((lines, bolts + 1), (pitch, gage), (end, end), 0.5, HOLE)
        assert float(strength(inner_path(longer), 36.0, 58.0)) > float(strength(inner, 36.0, 58.0))


def _flat(lines: float, bolts: float, pitch_in: float, gage_in: float, end_in: float, **rest: float) -> BlockPath:
    pattern = block_pattern(
        (lines, bolts), (pitch_in, gage_in), (end_in, rest["edge_in"]), rest["thickness_in"], rest["net_hole_in"]
    )
    return corner_path(pattern)


def test_bad_numbers_are_refused_by_name() -> None:
    pattern = {"lines": 2.0, "bolts": 4.0, "pitch_in": 3.0, "gage_in": 4.0, "end_in": 1.5}
    pattern |= {"edge_in": 1.5, "thickness_in": 0.5, "net_hole_in": 0.875}
    weld = {"shear_in": 8.0, "tension_in": 3.0, "thickness_in": 0.4, "planes": 1.0, "ubs": 1.0}
    steel = {"path": welded_path(8.0, 3.0, 0.4), "fy_ksi": 50.0, "fu_ksi": 65.0}
    for call, good, may_be_zero in (
        (_flat, pattern, frozenset()),
        (welded_path, weld, frozenset({"tension_in", "ubs"})),
        (strength, steel, frozenset()),
    ):
        assert_bad_numbers_are_refused(call, good, may_be_zero)
        assert_quiet_at_the_edges(call, good, may_be_zero)
        for name in good:
            if name != "path":
                with pytest.raises(StructuralError) as error:
                    call(**{**good, name: 1e308})
                assert error.value.field == name


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: block_pattern((1.5, 3), (3.0, 0.0), (1.5, 1.5), 0.5, HOLE), "lines"),
        (lambda: block_pattern((1, 3), (0.8, 0.0), (1.5, 1.5), 0.5, HOLE), "pitch_in"),
        (lambda: block_pattern((2, 3), (3.0, 0.8), (1.5, 1.5), 0.5, HOLE), "gage_in"),
        (lambda: inner_path(block_pattern((1, 3), (3.0, 0.0), (1.5, 1.5), 0.5, HOLE)), "lines"),
        (lambda: outer_path(block_pattern((1, 3), (3.0, 0.0), (1.5, 1.5), 0.5, HOLE)), "lines"),
        (lambda: corner_path(block_pattern((1, 1), (0.0, 0.0), (0.4, 1.5), 0.5, HOLE)), "net_hole_in"),
        (lambda: corner_path(block_pattern((1, 1), (0.0, 0.0), (1.5, 0.4), 0.5, HOLE)), "net_hole_in"),
        (lambda: governing((), 50.0, 65.0), "paths"),
    ],
)
def test_patterns_that_cannot_be_are_refused_by_name(call: object, field: str) -> None:
    with pytest.raises(StructuralError) as error:
        call()  # type: ignore[operator]
    assert error.value.field == field
