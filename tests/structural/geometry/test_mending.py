"""Meshes that bound a solid but for how their faces are written."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from structural.geometry.meshes import signed_volume
from structural.geometry.welding import weld
from tests.structural.geometry.solid_shapes import box, joined, tube

SOLIDS = {
    "box": box([0, 0, 0], [100, 200, 300]),
    "tube": tube(50.0, 40.0, 1000.0),
    "two boxes": joined(box([0, 0, 0], [100, 100, 100]), box([150, 0, 0], [300, 100, 100])),
}


def volume(points, faces):
    """Return the volume of the welded mesh, None where it is not closed."""
    mesh = weld(points, faces)
    return signed_volume(mesh.vertices_mm, mesh.faces) if mesh.closed else None


@settings(max_examples=60)
@given(name=st.sampled_from(list(SOLIDS)), seed=st.integers(0, 10**6))
@example(name="two boxes", seed=None)
def test_however_faces_are_turned_and_repeated_the_solid_is_the_same(name, seed):
    """Any faces turned, any written again either way round, in any order."""
    rng, mesh = np.random.default_rng(seed or 0), SOLIDS[name]
    again, over = (1.0, 0.0) if seed is None else rng.random(2)  # all of it twice, as it is
    faces = np.concatenate([mesh.faces, mesh.faces[rng.random(len(mesh.faces)) < again]])
    turned = rng.random(len(faces)) < over
    faces = rng.permutation(np.where(turned[:, None], faces[:, ::-1], faces))
    assert volume(mesh.vertices_mm, faces) == pytest.approx(signed_volume(mesh.vertices_mm, mesh.faces))


@pytest.mark.parametrize("outside", [1, -1])
@pytest.mark.parametrize("inside", [1, -1])
def test_a_piece_within_another_is_what_the_file_says(outside, inside):
    """Turned as its surroundings it is more of the solid, else a void; whichever way the surroundings were turned."""
    hollow = joined(box([0, 0, 0], [100, 100, 100]), box([20, 20, 20], [80, 80, 80]))
    faces = np.concatenate([hollow.faces[:12][:, ::outside], hollow.faces[12:][:, ::inside]])
    assert volume(hollow.vertices_mm, faces) == pytest.approx(1e6 + outside * inside * 60**3)


def test_a_void_that_the_file_turns_alike_stays_a_void():
    """A cap of the outside is written twice; the inside looks inward and is left as it is."""
    hollow = joined(box([0, 0, 0], [100, 100, 100]), box([20, 20, 20], [80, 80, 80]))
    faces = hollow.faces.copy()
    faces[12:] = faces[12:, ::-1]
    assert volume(hollow.vertices_mm, np.concatenate([faces, faces[:2]])) == pytest.approx(1e6 - 60**3)


def test_a_piece_within_another_that_is_turned_both_ways_may_be_either():
    """A solid in a solid or a void: nobody can tell, so it bounds no solid."""
    hollow = joined(box([0, 0, 0], [100, 100, 100]), box([20, 20, 20], [80, 80, 80]))
    faces = hollow.faces.copy()
    faces[13] = faces[13, ::-1]
    assert volume(hollow.vertices_mm, faces) is None


def test_a_surface_of_one_side_bounds_no_solid():
    """The projective plane of six corners: every edge has two faces, and no turning makes them alike."""
    faces = [
        [0, 1, 2],
        [0, 2, 3],
        [0, 3, 4],
        [0, 4, 5],
        [0, 5, 1],
        [1, 2, 4],
        [2, 3, 5],
        [3, 4, 1],
        [4, 5, 2],
        [5, 1, 3],
    ]
    points = np.random.default_rng(3).normal(size=(6, 3)) * 100
    assert volume(points, np.array(faces)) is None


@pytest.mark.parametrize("name", list(SOLIDS))
def test_a_hole_is_not_mended(name):
    """A face that is missing is not made up."""
    mesh = SOLIDS[name]
    turned = mesh.faces[1:].copy()
    turned[::2] = turned[::2, ::-1]
    assert volume(mesh.vertices_mm, turned) is None
    assert not weld(mesh.vertices_mm, turned).closed
