"""Gaps of boxes along the axes of both meshes: against projected vertices, and never more than the true distance."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structural.geometry.box_gaps import BoxGaps, least_distance
from structural.geometry.mesh_distance import surface_distances
from structural.geometry.meshes import pack
from tests.structural.geometry.solid_shapes import box, moved, rotation, tube


def shapes(seed, far=0.0):
    """Return eight boxes and tubes turned and moved at random, about a point ``far`` mm from the origin."""
    rng = np.random.default_rng(seed)
    made = [box([0, 0, 0], rng.uniform(5, 600, 3)) for _ in range(5)] + [tube(60, 40, 700, 12) for _ in range(3)]
    return pack([moved(mesh, rotation(rng), rng.uniform(-500, 500, 3) + far) for mesh in made])


@settings(max_examples=20)
@given(seed=st.integers(0, 100_000), far=st.sampled_from([0.0, 1e4, 1e7]))
def test_gaps_are_those_of_projected_vertices(seed, far):
    """Along each of the six axes the gap is what lies between the vertices of both."""
    meshes = shapes(seed, far)
    pairs = np.stack(np.triu_indices(8, 1), axis=1)
    gaps = BoxGaps(meshes).between(pairs)
    for row, (first, second) in enumerate(pairs.tolist()):
        axes = np.concatenate([meshes.frames[first], meshes.frames[second]])
        one, other = (axes @ (meshes.vertices_of(mesh) - meshes.low[first]).T for mesh in (first, second))
        expected = np.maximum(other.min(axis=1) - one.max(axis=1), one.min(axis=1) - other.max(axis=1))
        np.testing.assert_allclose(gaps[row], expected, atol=1e-9 if far < 1e6 else 1e-6)


@settings(max_examples=20)
@given(seed=st.integers(0, 100_000))
def test_no_surface_is_nearer_than_the_least_distance(seed):
    """What is left out for its least distance is as far as that."""
    meshes = shapes(seed)
    pairs = np.stack(np.triu_indices(8, 1), axis=1)
    least = least_distance(BoxGaps(meshes).between(pairs))
    assert np.all(surface_distances(meshes, pairs, 2000.0).distance_mm >= least - 1e-9)


def test_gaps_of_boxes_in_line():
    """Two boxes 30 mm apart along x and overlapping by 40 mm along y and 100 along z."""
    meshes = pack([box([0, 0, 0], [100, 100, 100]), box([130, 60, 0], [300, 200, 100])])
    gaps = BoxGaps(meshes).between(np.array([[0, 1]]))[0]
    assert sorted(gaps[:3]) == pytest.approx([-100.0, -40.0, 30.0])
    assert sorted(gaps[3:]) == pytest.approx([-100.0, -40.0, 30.0])
    assert least_distance(gaps[None]) == pytest.approx([30.0])


def test_no_mesh_has_no_gaps():
    """An empty pack and no pairs."""
    assert BoxGaps(pack([])).between(np.empty((0, 2), dtype=np.int64)).shape == (0, 6)


def test_a_detailed_mesh_beside_many_takes_little_memory():
    """Its vertices are turned for a few neighbours at a time: 0.6 GB for all of them at once."""
    bars = [box([100.0 * at, 0, 0], [100.0 * at + 50, 50, 50]) for at in range(256)]
    meshes = pack([tube(60, 40, 700, 4_000), *bars])
    pairs = np.column_stack([np.arange(1, 257), np.zeros(256, dtype=np.int64)])
    found = BoxGaps(meshes)
    tracemalloc.start()
    found.between(pairs)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 50e6
