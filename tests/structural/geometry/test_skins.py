"""Skins of many solids at once, against the same said solid by solid and face by face."""

import manifold3d
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structural.geometry.skins import skins_of

FILM_MM = 0.1


def drawn(seed):
    """Return up to seven connected solids: cubes with cuts, some with a film, any way round."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(rng.integers(1, 8)):
        solid = manifold3d.Manifold.cube(rng.uniform(5, 300, 3).tolist())
        if rng.random() < 0.5:
            solid = solid - manifold3d.Manifold.cylinder(50, float(rng.uniform(1, 20))).translate([2.0, 3.0, -1.0])
        if rng.random() < 0.5:
            solid = solid + manifold3d.Manifold.cube([900.0, 4.0, float(rng.uniform(0.01, 0.3))])
        turned = solid.rotate(rng.uniform(-180, 180, 3).tolist()).translate(rng.uniform(-1e4, 1e4, 3).tolist())
        found.append(turned.decompose()[0])
    return found


def faces_of(solid):
    """Return the corners (f, 3, 3) and unit normals (f, 3) of the faces of a solid that have an area, largest first."""
    mesh = solid.to_mesh64()
    corners = np.asarray(mesh.vert_properties)[:, :3][np.asarray(mesh.tri_verts).astype(int)]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normals, axis=1)
    order = np.argsort(-length)
    order = order[length[order] > 1e-9]
    return corners[order], normals[order] / length[order, None]


@settings(max_examples=25)
@given(seed=st.integers(0, 1_000_000), added=st.sampled_from([0.0, 0.05]))
def test_extents_are_those_of_each_solid_alone(seed, added):
    """The smallest extent along any normal, with what is added along each axis, and the middle of the box."""
    solids = drawn(seed)
    skins = skins_of(solids)
    across, middles = skins.across(added), skins.middles
    for row, solid in enumerate(solids):
        corners, normals = faces_of(solid)
        heights = corners.reshape(-1, 3) @ normals.T
        expected = (np.ptp(heights, axis=0) + added * np.abs(normals).sum(axis=1)).min()
        assert across[row] == pytest.approx(expected, abs=1e-4)  # rounded directions are taken once
        box = np.array(solid.bounding_box())
        np.testing.assert_allclose(middles[row], (box[:3] + box[3:]) / 2, atol=1e-9)


@settings(max_examples=25)
@given(seed=st.integers(0, 1_000_000))
def test_films_are_those_that_two_faces_bound(seed):
    """Face by face: opposite normals, and all corners of one nearer to the other's plane than the film."""
    solids = drawn(seed)
    skins = skins_of(solids)
    for row, solid in enumerate(solids):
        corners, normals = faces_of(solid)
        found = any(
            normals[i] @ normals[j] < -0.9999 and np.abs((corners[j] - corners[i, 0]) @ normals[i]).max() < FILM_MM
            for i in range(len(normals))
            for j in range(len(normals))
        )
        assert skins.has_film(row, FILM_MM) == found


def test_a_solid_is_the_same_among_others():
    """Its thickness and middle do not depend on what is looked at with it."""
    solids = drawn(11)
    together = skins_of(solids)
    for row, solid in enumerate(solids):
        alone = skins_of([solid])
        assert alone.across()[0] == together.across()[row]
        np.testing.assert_array_equal(alone.middles[0], together.middles[row])
