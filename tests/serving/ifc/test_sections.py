"""Sections from profiles and from meshes."""

import numpy as np
import pytest

from serving.ifc.profiles import from_profile
from serving.ifc.sections import fit_to_mesh, from_mesh


def prism_mesh(outline, length):
    """Return the mesh of a convex or star-shaped outline (n, 2) extruded along x."""
    outline = np.asarray(outline, dtype=float)
    n = len(outline)
    points = np.concatenate([np.insert(outline, 0, x, axis=1) for x in (0.0, length)])
    sides = [[i, (i + 1) % n, n + i] for i in range(n)] + [[(i + 1) % n, n + (i + 1) % n, n + i] for i in range(n)]
    return points, sides


def i_outline(d, b, tw, tf):
    """Return the outline of an I shape and a triangulation of it."""
    y, z, w, f = b / 2, d / 2, tw / 2, d / 2 - tf
    outline = [
        (-y, -z),
        (y, -z),
        (y, -f),
        (w, -f),
        (w, f),
        (y, f),
        (y, z),
        (-y, z),
        (-y, f),
        (-w, f),
        (-w, -f),
        (-y, -f),
    ]
    caps = [
        (0, 1, 2),
        (0, 2, 3),
        (0, 3, 10),
        (0, 10, 11),
        (10, 3, 4),
        (10, 4, 9),
        (9, 4, 5),
        (9, 5, 6),
        (9, 6, 7),
        (9, 7, 8),
    ]
    return outline, caps


def solid_mesh(outline, caps, length):
    points, sides = prism_mesh(outline, length)
    n = len(outline)
    back = [tuple(reversed(cap)) for cap in caps]
    front = [tuple(n + i for i in cap) for cap in caps]
    return points, np.array([*sides, *back, *front])


def turned(points):
    """Return the points turned and moved."""
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    return points @ turn.T + [12_000.0, -4_000.0, 300.0], turn


@pytest.mark.parametrize(
    ("kind", "sizes", "expected"),
    [
        (
            "IfcIShapeProfileDef",
            {"OverallWidth": 200, "OverallDepth": 400, "WebThickness": 9, "FlangeThickness": 15},
            ("i_shape", 400, 200, 9, 15),
        ),
        ("IfcRectangleProfileDef", {"XDim": 200, "YDim": 300}, ("plate", 300, 200, 200, 200)),
        ("IfcRectangleHollowProfileDef", {"XDim": 100, "YDim": 200, "WallThickness": 8}, ("box", 200, 100, 8, 8)),
        ("IfcCircleHollowProfileDef", {"Radius": 50, "WallThickness": 5}, ("round", 100, 100, 5, 5)),
        ("IfcLShapeProfileDef", {"Depth": 100, "Width": 75, "Thickness": 8}, ("angle", 100, 75, 8, 8)),
    ],
)
def test_parametric_profiles(kind, sizes, expected):
    """Sizes land where the prism wants them."""
    section = from_profile(kind, sizes)
    assert (section.name, section.depth, section.width, section.web, section.flange) == expected


def test_unknown_or_damaged_profiles_give_none():
    """They are left to the mesh."""
    assert from_profile("IfcArbitraryClosedProfileDef", {}) is None
    assert from_profile("IfcIShapeProfileDef", {"OverallWidth": 200}) is None


def test_an_i_shape_is_recognised_in_its_mesh():
    """A turned and moved I shape 400 x 180 x 9 x 14 gives its sizes and place back."""
    points, triangles = solid_mesh(*i_outline(400.0, 180.0, 9.0, 14.0), 3000.0)
    points, turn = turned(points)
    prism = from_mesh(points, triangles)
    section = prism.section
    assert section.name == "i_shape"
    np.testing.assert_allclose(
        [section.depth, section.width, section.web, section.flange], [400, 180, 9, 14], atol=0.01
    )
    assert prism.exact
    assert prism.length == pytest.approx(3000.0)
    assert abs(prism.axis @ turn[:, 0]) == pytest.approx(1.0)
    assert abs(prism.up @ turn[:, 2]) == pytest.approx(1.0)


CORNER = [(0, 0), (100, 0), (100, 10), (10, 10), (10, 100), (0, 100)]
CORNER_CAPS = [(0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 5)]


def test_a_bar_is_exact_and_an_odd_shape_is_marked():
    """A rectangular bar is itself; one with a corner off is a box with a mark."""
    square = [(-50, -80), (50, -80), (50, 80), (-50, 80)]
    points, triangles = solid_mesh(square, [(0, 1, 2), (0, 2, 3)], 1000.0)
    bar = from_mesh(turned(points)[0], triangles)
    assert bar.exact
    assert sorted([bar.section.depth, bar.section.width]) == pytest.approx([100.0, 160.0])
    cut = [(-50, -80), (50, -80), (50, 20), (0, 80), (-50, 80)]
    points, triangles = solid_mesh(cut, [(0, 1, 2), (0, 2, 3), (0, 3, 4)], 1000.0)
    odd = from_mesh(turned(points)[0], triangles)
    assert (odd.section.name, odd.exact) == ("plate", False)


@pytest.mark.parametrize("length", [1000.0, 60.0], ids=["long", "shorter than its legs"])
def test_an_angle_is_recognised_in_its_mesh(length):
    """The corner of the prism lies where that of the mesh lies, also for a cleat that is cut short."""
    points, triangles = solid_mesh(CORNER, CORNER_CAPS, length)
    points = turned(points)[0]
    prism = from_mesh(points, triangles)
    assert (prism.section.name, prism.exact) == ("angle", True)
    assert prism.section.flange == pytest.approx(10.0)
    assert prism.length == pytest.approx(length)
    side = np.cross(prism.up, prism.axis)
    corner = prism.origin - side * prism.section.width / 2 - prism.up * prism.section.depth / 2
    ends = [points[0], points[len(CORNER)]]
    assert min(np.linalg.norm(corner - end) for end in ends) == pytest.approx(0.0, abs=0.01)


def test_an_angle_cut_askew_is_recognised_and_marked():
    """Its section is known; that its ends are not square is told."""
    points, triangles = solid_mesh(CORNER, CORNER_CAPS, 1000.0)
    points[len(CORNER) :, 0] += points[len(CORNER) :, 1] * 0.2
    prism = from_mesh(points, triangles)
    assert (prism.section.name, prism.exact) == ("angle", False)


def test_a_stub_of_an_i_shape_cut_askew_is_recognised():
    """The metal in it is no measure of its section any more; what a plane across it cuts is."""
    outline, caps = i_outline(220.0, 220.0, 9.5, 16.0)
    points, triangles = solid_mesh(outline, caps, 269.0)
    end = slice(len(outline), None)
    points[end, 0] += np.minimum(points[end, 1] - 110.0, 0.0) * 0.5
    prism = from_mesh(turned(points)[0], triangles)
    assert (prism.section.name, prism.exact) == ("i_shape", False)
    assert prism.section.flange == pytest.approx(16.0)


def test_an_open_mesh_is_marked():
    """One triangle missing: the shape is not certain any more."""
    square = [(-50, -80), (50, -80), (50, 80), (-50, 80)]
    points, triangles = solid_mesh(square, [(0, 1, 2), (0, 2, 3)], 1000.0)
    assert not from_mesh(points, triangles[:-1]).exact


@pytest.mark.parametrize("drawn", ["through its thickness", "along an edge"])
def test_a_plate_is_told_the_same_however_it_is_drawn(drawn):
    """A plate of 600 x 400 x 20: thickness in web, flange and width, the longest edge along the axis."""
    sizes = {"through its thickness": (600.0, 400.0, 20.0), "along an edge": (20.0, 400.0, 600.0)}[drawn]
    x, y, long = sizes
    outline = [(-x / 2, -y / 2), (x / 2, -y / 2), (x / 2, y / 2), (-x / 2, y / 2)]
    points, _ = solid_mesh(outline, [(0, 1, 2), (0, 2, 3)], long)
    section = from_profile("IfcRectangleProfileDef", {"XDim": x, "YDim": y})
    axes = np.ptp(points, axis=0)
    across = [int(np.flatnonzero(axes == size)[0]) for size in (x, y)]
    side, up = np.eye(3)[across[0]], np.eye(3)[across[1]]
    along = 3 - sum(across)
    if np.cross(side, up)[along] < 0:
        side = -side
    centre = (points.max(axis=0) + points.min(axis=0)) / 2
    prism = fit_to_mesh(section, side, up, points, centre)
    assert prism.exact
    told = prism.section
    assert (prism.length, told.depth, told.width) == pytest.approx((600.0, 400.0, 20.0))
    assert told.web == told.flange == pytest.approx(20.0)
    np.testing.assert_allclose(prism.origin + prism.axis * 300.0, centre, atol=1e-9)
    assert prism.axis @ prism.up == pytest.approx(0.0)
