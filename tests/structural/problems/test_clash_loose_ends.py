"""Scenes that nobody draws on purpose: what they cover, and that they are pairs as all others."""

import numpy as np
import pytest

from structural.geometry.prisms import SECTIONS
from structural.problems.clash_detector.loose_ends import loose_end
from structural.problems.clash_detector.measures import measure
from structural.problems.clash_detector.request import CLASSES
from structural.problems.clash_detector.scenes import Scene
from structural.problems.clash_detector.truth import RULE, classify, is_primary

ROWS = 4_000


@pytest.fixture(scope="module")
def scene() -> Scene:
    return loose_end(ROWS, np.random.default_rng(5))


def test_they_are_the_same_each_time(scene: Scene) -> None:
    again = loose_end(ROWS, np.random.default_rng(5))
    np.testing.assert_array_equal(again.second.prisms.origin, scene.second.prisms.origin)


def test_members_are_primary_steel_with_square_frames(scene: Scene) -> None:
    for members in (scene.first, scene.second):
        frame = members.prisms.frame
        assert is_primary(members).all()
        assert np.isfinite(members.prisms.origin).all()
        np.testing.assert_allclose(frame @ frame.transpose(0, 2, 1), np.tile(np.eye(3), (ROWS, 1, 1)), atol=1e-9)
        assert set(np.unique(members.prisms.section)) == set(range(len(SECTIONS)))
    np.testing.assert_allclose(scene.toward, -scene.second.prisms.frame[:, 0], atol=1e-9)


def test_every_class_and_every_angle_is_among_them(scene: Scene) -> None:
    """Members that slope as roofs do, where joints of other scenes are square or steep; ends beside ends."""
    measures = measure(scene.first, scene.second)
    near = measures.contact.gap <= 50.0
    classes = classify(scene.first, scene.second, measures, np.full(ROWS, 50.0))[near]
    assert np.bincount(classes, minlength=len(CLASSES)).min() > 0.05 * near.sum()
    off_square = 90.0 - np.degrees(np.arccos(np.clip(np.abs(measures.cosines[near, 0, 0]), 0, 1)))
    for low, high in ((0, 2), (2, 12), (12, 20), (20, 45), (45, 80), (85, 90)):
        assert np.mean((off_square >= low) & (off_square < high)) > 0.03, (low, high)
    assert np.mean(measures.end_to_end[near] < RULE.sibling_reach_mm) > 0.1
