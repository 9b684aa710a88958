"""Welding, closedness, bulk, and the winding number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structural.geometry.meshes import bulk_of, has_matched_edges, pack, shells_of, signed_volume
from structural.geometry.welding import weld
from structural.geometry.winding import are_inside
from tests.structural.geometry.solid_shapes import box, joined, moved, rotation, tube


def soup(mesh):
    """Return a mesh with three corners of its own for each face."""
    return mesh.vertices_mm[mesh.faces].reshape(-1, 3), np.arange(3 * len(mesh.faces)).reshape(-1, 3)


@pytest.mark.parametrize("noise", [0.0, 1e-9, 1e-5, 1e-3])
def test_loose_triangles_become_a_closed_mesh(noise):
    """Corners of neighbouring faces that differ by rounding are one; the volume stays."""
    points, faces = soup(box([0, 0, 0], [100, 200, 300]))
    points = points + np.random.default_rng(1).uniform(-noise, noise, points.shape)
    mesh = weld(points, faces)
    assert mesh.closed
    assert len(mesh.vertices_mm) == 8
    assert signed_volume(mesh.vertices_mm, mesh.faces) == pytest.approx(6e6, rel=1e-4)


def test_faces_that_look_inward_are_turned():
    """The volume is positive whichever way round the exporter wrote the faces."""
    points, faces = soup(box([0, 0, 0], [1, 1, 1]))
    mesh = weld(points, faces[:, ::-1])
    assert mesh.closed
    assert signed_volume(mesh.vertices_mm, mesh.faces) == pytest.approx(1.0)


@pytest.mark.parametrize("broken", ["a face is missing", "it is flat"])
def test_what_bounds_no_solid_is_not_closed(broken):
    """It is kept, as a surface."""
    mesh = box([0, 0, 0], [100, 200, 300])
    points, faces = mesh.vertices_mm, mesh.faces.copy()
    if broken == "a face is missing":
        faces = faces[1:]
    else:
        points = points * [1, 1, 0]
    assert not weld(points, faces).closed


def test_matched_edges():
    """Two tetrahedra that share an edge bound a solid; a fan of three faces on an edge does not."""
    tetrahedra = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2], [0, 1, 4], [0, 5, 1], [1, 5, 4], [0, 4, 5]])
    assert has_matched_edges(tetrahedra)
    assert not has_matched_edges(tetrahedra[:-1])


@settings(max_examples=30)
@given(seed=st.integers(0, 100_000))
def test_bulk_of_a_box_anywhere(seed):
    """Volume, centroid and spread (a²/12 along each edge) in any position."""
    rng = np.random.default_rng(seed)
    size, by, turn = rng.uniform(1, 50, 3), rng.uniform(-1000, 1000, 3), rotation(rng)
    mesh = moved(box(-size / 2, size / 2), turn, by)
    found = bulk_of(mesh.vertices_mm, mesh.faces)
    assert found.volume_mm3 == pytest.approx(np.prod(size), rel=1e-6)
    np.testing.assert_allclose(found.centroid_mm, by, atol=1e-6)
    np.testing.assert_allclose(found.spread_mm2, turn @ np.diag(size**2 / 12) @ turn.T, atol=1e-3)


def test_pieces_of_a_mesh_are_told_apart():
    """Three boxes in one mesh are three pieces."""
    mesh = joined(*(box([at, 0, 0], [at + 1, 1, 1]) for at in (0, 5, 9)))
    pieces = shells_of(mesh.faces, len(mesh.vertices_mm))
    assert sorted(np.bincount(pieces).tolist()) == [8, 8, 8]


def test_axes_of_a_member_run_along_it():
    """The first axis of a turned tube is its own, the frame is right-handed and square."""
    turn = rotation(np.random.default_rng(4))
    frame = pack([moved(tube(50, 40, 3000), turn)]).frames[0]
    assert abs(frame[0] @ turn[:, 0]) == pytest.approx(1.0)
    np.testing.assert_allclose(frame @ frame.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(frame) == pytest.approx(1.0)


@settings(max_examples=10)
@given(seed=st.integers(0, 100_000))
def test_points_inside_are_told_from_points_outside(seed):
    """A tube: its wall is inside; its bore and all around are outside."""
    rng = np.random.default_rng(seed)
    turn = rotation(rng)
    meshes = pack([moved(tube(50, 40, 3000, 64), turn)])
    points = rng.uniform([-200, -80, -80], [3200, 80, 80], (200, 3))
    radius = np.hypot(points[:, 1], points[:, 2])
    clear = (np.abs(radius - 50) > 0.2) & (np.abs(radius - 40) > 0.2)
    expected = (radius < 50) & (radius > 40) & (points[:, 0] > 0) & (points[:, 0] < 3000)
    found = are_inside(meshes, np.zeros(200, dtype=np.int64), points @ turn.T)
    np.testing.assert_array_equal(found[clear], expected[clear])
