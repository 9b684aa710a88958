"""What a camera sees of triangles."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structural.geometry.raster import Layer, clip_near, draw, frontmost, look_at, project

SIZE = (60, 80)
DOWN = np.array([0.0, 0.0, -1.0])


def square(low, high, z):
    """Return the two triangles of a horizontal square."""
    a, b, c, d = ([low, low, z], [high, low, z], [high, high, z], [low, high, z])
    return np.array([[a, b, c], [a, c, d]], dtype=float)


def plan(height=60.0):
    """Return a camera that looks down, a unit a pixel, with the origin in the middle of the image."""
    return look_at(np.zeros(3), DOWN, 100.0, view_height=height)


def test_a_parallel_view_shows_every_pixel_of_a_square_and_no_other():
    """From -10 to 10 are 20 × 20 pixels round the middle."""
    camera = plan()
    placed = project(square(-10, 10, 0).reshape(-1, 3), camera, SIZE).reshape(-1, 3, 3)
    seen = frontmost(placed, SIZE) >= 0
    expected = np.zeros(SIZE, dtype=bool)
    expected[20:40, 30:50] = True
    np.testing.assert_array_equal(seen, expected)


def test_north_is_up_and_east_is_right_in_plan():
    """A point to the north-east lies above and to the right of the middle."""
    column, line, _ = project(np.array([[5.0, 7.0, 0.0]]), plan(), SIZE)[0]
    assert (column, line) == pytest.approx((45.0, 23.0))


def test_the_nearer_triangle_hides_the_other():
    """The upper square is drawn whichever is given first."""
    for order in ((0, 1), (1, 0)):
        squares = [square(-10, 10, 0), square(-5, 5, 20)]
        triangles = np.concatenate([squares[row] for row in order])
        placed = project(triangles.reshape(-1, 3), plan(), SIZE).reshape(-1, 3, 3)
        front = frontmost(placed, SIZE)
        upper = 2 * order.index(1)
        assert set(np.unique(front[26:34, 36:44])) <= {upper, upper + 1}
        assert front[22, 32] // 2 == order.index(0)


def test_of_faces_in_one_plane_the_first_is_seen():
    """Members modelled twice do not flicker."""
    triangles = np.concatenate([square(-10, 10, 3.0), square(-10, 10, 3.0 + 1e-12)])
    placed = project(triangles.reshape(-1, 3), plan(), SIZE).reshape(-1, 3, 3)
    assert set(np.unique(frontmost(placed, SIZE)[25:35, 35:45])) <= {0, 1}


def test_what_is_behind_the_eye_is_cut_off_and_the_rest_is_seen():
    """A floor that begins behind the camera fills the lower half of a level view, nothing above the horizon."""
    floor = np.array([[[-900, -900, -10], [900, -900, -10], [0, 9000, -10]]], dtype=float)
    camera = look_at(np.array([0.0, 10.0, 0.0]), np.array([0.0, 1.0, 0.0]), 10.0, field_of_view_deg=60.0)
    image = draw([Layer(floor, np.zeros(1, dtype=np.int64), np.array([[0.0, 0.0, 1.0]]))], camera, SIZE, near=0.1)
    blue = image[..., 2] > image[..., 0]
    assert blue[45:, :].all()
    assert not blue[:28, :].any()


@settings(max_examples=50)
@given(st.lists(st.floats(-50, 50), min_size=9, max_size=9))
def test_clipping_keeps_the_part_ahead(numbers):
    """Every corner left is ahead of the plane, and a triangle wholly ahead stays as it is."""
    camera = look_at(np.zeros(3), np.array([0.0, 1.0, 0.0]), 10.0, field_of_view_deg=60.0)
    triangle = np.array(numbers).reshape(1, 3, 3)
    parts, owner = clip_near(triangle, camera, 1.0)
    ahead = (parts - camera.eye) @ camera.forward
    assert (ahead >= 1.0 - 1e-6).all()
    assert (owner == 0).all()
    if ((triangle - camera.eye) @ camera.forward > 1.0).all():
        np.testing.assert_array_equal(parts, triangle)


def test_a_pale_layer_lets_through_what_was_drawn_before():
    """Half opaque black on white is grey."""
    black = Layer(square(-10, 10, 0), np.zeros(2, dtype=np.int64), np.zeros((2, 3)), opacity=0.5)
    assert draw([black], plan(), SIZE)[30, 40].tolist() == [128, 128, 128]


def test_nothing_to_draw_is_a_white_image():
    """A model without geometry has a picture too."""
    nothing = Layer(np.empty((0, 3, 3)), np.empty(0, dtype=np.int64), np.empty((0, 3)))
    assert (draw([nothing], plan(), SIZE) == 255).all()
