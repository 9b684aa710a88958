"""Faces that bear on one another, and what only comes near."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.geometry.bearing import faces_bear
from structural.geometry.findings import Mesh
from tests.clash_scenes import box_mesh

GAP_MM, LEAN_DEG = 2.5, 2.0
BLOCK = box_mesh((0, 0, 0), (400, 300, 200))


def bear(other: Mesh) -> bool:
    return faces_bear(BLOCK, other, GAP_MM, LEAN_DEG)


def placed(mesh: Mesh, turn: np.ndarray, move: np.ndarray) -> Mesh:
    return Mesh(mesh.vertices_mm @ turn.T + move, mesh.faces, mesh.closed)


def about_y(degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ((100, 50, 200), (300, 250, 500), True),  # stands on it
        ((100, 50, 202), (300, 250, 500), True),  # over a shim
        ((100, 50, 203), (300, 250, 500), False),  # clear of it
        ((400, 300, 0), (500, 400, 200), False),  # edge to edge
        ((400, 299.5, 0), (500, 400, 200), False),  # half a millimetre of face is a line
        ((400, 250, 150), (500, 400, 300), True),  # at a corner, with some face
        ((100, 50, -300), (300, 250, 0), True),  # below it
    ],
)
def test_boxes(low, high, expected):
    other = box_mesh(low, high)
    assert bear(other) == expected
    assert faces_bear(other, BLOCK, GAP_MM, LEAN_DEG) == expected


@pytest.mark.parametrize(("lean_deg", "expected"), [(0.0, True), (1.5, True), (4.0, False), (30.0, False)])
def test_a_leaning_face_does_not_bear(lean_deg, expected):
    """A post that leans meets the block with an edge; by a degree it still bears."""
    post = placed(box_mesh((-30, 0, 0), (30, 60, 500)), about_y(lean_deg), np.array([200.0, 100.0, 200.0]))
    assert bear(post) == expected


def test_a_brace_cut_to_a_face_bears_whatever_its_own_direction():
    """Cut parallel to the block's top though it comes in at 45 degrees."""
    brace = box_mesh((0, 0, 0), (60, 60, 500))
    corners = brace.vertices_mm.copy()
    corners[:, 0] += corners[:, 2]
    assert bear(Mesh(corners + np.array([150.0, 100.0, 200.0]), brace.faces, closed=True))


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_place_and_turn_do_not_matter(seed, meets):
    """The pair may lie anywhere, turned in any way."""
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    move = rng.uniform(-5e4, 5e4, 3)
    other = box_mesh((100, 50, 201 if meets else 206), (300, 250, 500))
    assert faces_bear(placed(BLOCK, turn, move), placed(other, turn, move), GAP_MM, LEAN_DEG) == meets


def test_a_surface_of_countless_triangles_is_not_looked_at(monkeypatch):
    monkeypatch.setattr("structural.geometry.bearing.MOST_PAIRS", 3)
    assert not bear(box_mesh((100, 50, 200), (300, 250, 500)))
