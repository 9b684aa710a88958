"""Distances between triangles, against closed forms and a bounded least-squares search."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from structural.geometry.triangles import nearest_points, triangle_distances

FLAT = np.array([[0.0, 0, 0], [10, 0, 0], [0, 10, 0]])


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        pytest.param([[2, 2, 3], [2, 3, 9], [3, 2, 9]], 3.0, id="corner above the face"),
        pytest.param([[-4, -3, 0], [-9, -3, 0], [-4, -9, 0]], 5.0, id="corner to corner"),
        pytest.param([[5, -5, 4], [5, 5, 4], [5, 0, 9]], 4.0, id="edge across"),
        pytest.param([[5, -2, -3], [5, -2, 3], [5, -9, 0]], 2.0, id="edge beside edge"),
        pytest.param([[2, 2, -3], [2, 3, 9], [3, 2, 9]], 0.0, id="goes through"),
        pytest.param([[1, 1, 0], [3, 1, 0], [1, 3, 0]], 0.0, id="lies within"),
        pytest.param([[0, 0, 0], [-5, 0, 0], [0, -5, 0]], 0.0, id="shares a corner"),
        pytest.param([[2, 2, 7], [2, 2, 7], [2, 2, 7]], 7.0, id="a point"),
        pytest.param([[-5, 2, 6], [2, 2, 6], [30, 2, 6]], 6.0, id="a line"),
    ],
)
def test_known_distances(other, expected):
    """Each way in which triangles can be nearest, both ways round."""
    first, second = FLAT[None], np.array([other], dtype=float)
    assert triangle_distances(first, second)[0] == pytest.approx(expected, abs=1e-12)
    assert triangle_distances(second, first)[0] == pytest.approx(expected, abs=1e-12)
    on_first, on_second = nearest_points(first, second)
    assert np.linalg.norm(on_first - on_second) == pytest.approx(expected, abs=1e-12)


def searched(first, second):
    """Return the distance by a general optimiser over barycentric coordinates."""

    def square(u):
        return float(np.sum((u[:3] @ first - u[3:] @ second) ** 2))

    sums = [{"type": "eq", "fun": lambda u: u[:3].sum() - 1}, {"type": "eq", "fun": lambda u: u[3:].sum() - 1}]
    found = minimize(square, np.full(6, 1 / 3), bounds=[(0, 1)] * 6, constraints=sums, method="SLSQP", tol=1e-14)
    return np.sqrt(found.fun)


@settings(max_examples=40)
@given(seed=st.integers(0, 1_000_000))
def test_an_optimiser_finds_no_nearer_points(seed):
    """Random triangles, near and far."""
    rng = np.random.default_rng(seed)
    first = rng.normal(size=(1, 3, 3))
    second = rng.normal(size=(1, 3, 3)) + rng.normal(size=(1, 1, 3)) * 2
    distance = triangle_distances(first, second)[0]
    assert distance == pytest.approx(searched(first[0], second[0]), abs=2e-4)


@settings(max_examples=40)
@given(seed=st.integers(0, 1_000_000), scale=st.sampled_from([1e-3, 1.0, 1e4]))
def test_distance_is_that_of_the_nearest_points_and_survives_motion(seed, scale):
    """Symmetric, the same after a rigid motion, and attained by points of both triangles."""
    rng = np.random.default_rng(seed)
    first, second = rng.normal(size=(2, 20, 3, 3)) * scale
    distance = triangle_distances(first, second)
    np.testing.assert_allclose(distance, triangle_distances(second, first), atol=1e-9 * scale)
    on_first, on_second = nearest_points(first, second)
    np.testing.assert_allclose(np.linalg.norm(on_first - on_second, axis=1), distance, atol=1e-7 * scale)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    shift = rng.normal(size=3) * 10 * scale
    again = triangle_distances(first @ turn.T + shift, second @ turn.T + shift)
    np.testing.assert_allclose(again, distance, atol=1e-6 * scale)
