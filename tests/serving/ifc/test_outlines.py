"""Sections recognised in their corners, in any of the ways that they may lie."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from serving.ifc.outlines import recognise, turned
from serving.ifc.written_profiles import outline
from structural.geometry.prisms import SECTIONS
from structural.problems.clash_detector.catalogue import Profiles


def profile(name, depth, width, web, flange):
    sizes = (np.array([float(size)]) for size in (depth, width, web, flange))
    return Profiles(np.array([SECTIONS.index(name)]), *sizes)


def drawn(shape, fillet_ratio=0.0):
    """Return the corners (n, 2) of a shape and its area."""
    found = outline(shape, fillet_ratio)
    loops = [_circle(found.radius_mm)] if found.radius_mm else [found.outer]
    if found.inner is not None:
        loops.append(found.inner)
    if found.inner_radius_mm:
        loops.append(_circle(found.inner_radius_mm))
    outer, *holes = [_area(loop) for loop in loops]
    return np.concatenate(loops), outer - sum(holes)


def _circle(radius, corners=24):
    angle = 2 * np.pi * np.arange(corners) / corners
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _area(corners):
    side, up = corners.T
    return abs(float(side @ np.roll(up, -1) - up @ np.roll(side, -1))) / 2


@st.composite
def open_shapes(draw):
    """Draw an open section of rolled proportions."""
    name = draw(st.sampled_from(["i_shape", "channel", "angle", "tee"]))
    depth, width = draw(st.floats(60.0, 900.0)), draw(st.floats(50.0, 400.0))
    flange = draw(st.floats(0.05, 0.12)) * min(depth, width)
    web = flange if name == "angle" else draw(st.floats(0.55, 1.0)) * flange
    return profile(name, depth, width, web, flange)


@given(open_shapes(), st.integers(0, 3), st.sampled_from([0.0, 0.8, 1.3]))
@example(profile("channel", 485.0, 50.0, 3.125, 3.125), 1, 0.0)  # was read on its side, as one that tapers
def test_an_open_section_is_recognised_whichever_way_it_lies(shape, turns, fillet_ratio):
    """The turns given bring it back to where it was drawn, with its sizes, with fillets and without."""
    corners, area = drawn(shape, fillet_ratio)
    lying = turned(corners, turns)
    section, found = recognise(lying, area)
    assert section.name == SECTIONS[int(shape.section[0])]
    assert section.exact
    np.testing.assert_allclose(
        [section.depth, section.width, section.web, section.flange],
        [shape.depth[0], shape.width[0], shape.web[0], shape.flange[0]],
        rtol=1e-6,
    )
    again = turned(lying, found)
    mirrored = section.name == "i_shape" and np.allclose(again, -corners)
    assert mirrored or np.allclose(again, corners)


@pytest.mark.parametrize("wall", [3.0, 6.3, 16.0])
def test_square_tubes_are_not_taken_for_round_ones(wall):
    """All outer corners of a square tube have one distance from its middle, as those of a round one have."""
    corners, area = drawn(profile("box", 120, 120, wall, wall))
    section, _ = recognise(corners, area)
    assert (section.name, section.depth, section.width) == ("box", 120.0, 120.0)
    assert section.flange == pytest.approx(wall)


@pytest.mark.parametrize(("diameter", "wall"), [(508.0, 9.5), (88.9, 5.5), (33.4, 3.4)])
def test_the_wall_of_a_tube_is_read(diameter, wall):
    """Thin walls too, where the inner circle lies within what a polygon may be off."""
    section, _ = recognise(*drawn(profile("round", diameter, diameter, wall, wall)))
    assert section.name == "round"
    assert section.exact
    assert section.web == pytest.approx(wall, rel=0.02)


def test_a_solid_bar_has_no_hole():
    """A round bar is as thick as it is wide; a polygon of eight corners is told to be no circle."""
    for corners, exact in ((24, True), (12, True), (8, False)):
        bar = _circle(30.0, corners)
        section, _ = recognise(bar, _area(bar))
        assert (section.name, section.exact) == ("round", exact)
        assert section.web == pytest.approx(60.0, rel=0.01)


@pytest.mark.parametrize(
    "corners",
    [
        [(-100, -100), (100, -100), (100, 20), (20, 100), (-100, 100)],  # a gusset with one corner off
        [(-60, -40), (60, -40), (30, 40), (-30, 40)],  # a trapezium
        [(-50, -50), (50, -50), (50, -30), (44, -30), (44, -44), (-44, -44), (-44, 50), (-50, 50)],  # a lip
    ],
    ids=["gusset", "trapezium", "lipped"],
)
def test_other_outlines_are_not_recognised(corners):
    """What is no section that a prism may have is left to be a box with a mark."""
    corners = np.array(corners, dtype=float)
    assert recognise(corners, _area(corners)) is None


def test_rolled_angles_and_channels_are_recognised():
    """The tips of a rolled angle are rounded, the flanges of a rolled channel taper: the mean thickness is read."""
    angle = [(-50, -50), (50, -50), (50, -46), (44, -40), (-40, -40), (-40, 44), (-46, 50), (-50, 50)]
    corners = np.array(angle, dtype=float)
    section, turns = recognise(corners, _area(corners))
    assert (section.name, section.depth, section.width, turns) == ("angle", 100.0, 100.0, 0)
    assert section.flange == pytest.approx(10.0, abs=0.5)
    upper = [(40, 94), (40, 100), (-40, 100), (-40, -100), (40, -100), (40, -94), (-32, -86), (-32, 86)]
    corners = np.array(upper, dtype=float)
    section, turns = recognise(turned(corners, 2), _area(corners))
    assert (section.name, section.exact, turns) == ("channel", False, 2)
    assert (section.web, section.flange) == (pytest.approx(8.0), pytest.approx(10.0, abs=0.1))
