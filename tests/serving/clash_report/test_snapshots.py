"""Images of clashes and of whole models."""

import numpy as np
import pytest

from serving.clash_report.snapshots import FIRST, SECOND, SIZE, Photographer, whole_model
from structural.geometry.raster import look_at
from tests.clash_scenes import clash, element, model

CROSSING = (
    element(0, "beam", low=(-3000, -50, -100), high=(3000, 50, 100)),
    element(1, "pipe", low=(-40, -3000, -40), high=(40, 3000, 40)),
    element(2, "beam", low=(-3000, 400, -100), high=(3000, 500, 100)),
)


def share_of(image, colour):
    """Return the share of pixels whose hue is that of a colour."""
    pixels = image.reshape(-1, 3).astype(float)
    unit = pixels / np.maximum(np.linalg.norm(pixels, axis=1, keepdims=True), 1)
    wanted = np.array(colour) / np.linalg.norm(colour)
    return float(np.mean(unit @ wanted > 0.995))


def test_a_clash_shows_both_members_in_their_colours_and_others_pale():
    """Orange and blue fill much of the image; a third member makes some of the rest grey."""
    crossing = clash(0, 1, point_mm=(0.0, 0.0, 0.0), sides=(80.0, 100.0, 80.0))
    image = Photographer(model(*CROSSING)).clash(crossing)
    assert image.shape == (*SIZE, 3)
    assert share_of(image, FIRST) > 0.05
    assert share_of(image, SECOND) > 0.05
    alone = Photographer(model(*CROSSING[:2])).clash(crossing)
    changed = (image != alone).any(axis=2)
    assert 0.01 < changed.mean() < 0.6
    assert image[changed].min() > 100


def test_members_without_mesh_are_left_out_of_images():
    """A model may hold members whose geometry could not be read."""
    bare = element(3)
    object.__setattr__(bare, "mesh", None)
    image = Photographer(model(*CROSSING, bare)).clash(clash(0, 1, point_mm=(0.0, 0.0, 0.0)))
    assert share_of(image, FIRST) > 0.05


def test_a_whole_model_marks_what_clashes():
    """Only the marked member is orange."""
    camera = look_at(np.zeros(3), np.array([0.0, 0.0, -1.0]), 5000.0, view_height=7000.0)
    unmarked = whole_model(model(*CROSSING), camera, (140, 140))
    marked = whole_model(model(*CROSSING), camera, (140, 140), [0])
    assert share_of(unmarked, FIRST) == 0.0
    assert share_of(marked, FIRST) == pytest.approx(6000 * 100 / 7000**2, rel=0.5)
