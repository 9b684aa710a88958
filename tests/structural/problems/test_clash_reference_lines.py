"""Lines that open sections are placed by, and ends that are drawn to them."""

import numpy as np
import pytest

from structural.geometry.prisms import SECTIONS
from structural.problems.clash_detector.catalogue import Profiles
from structural.problems.clash_detector.measures import measure, reference_lines
from structural.problems.clash_detector.members import Members
from structural.problems.clash_detector.request import BEAM, CLASSES, COLUMN, CONNECTION, HIGH
from structural.problems.clash_detector.scenes import light_framing, member
from structural.problems.clash_detector.truth import classify

X, Y, Z = np.eye(3)


def one(kind: int, section: str, sizes, start, axis, up, length=4000.0) -> Members:
    depth, width, web, flange = (np.array([float(size)]) for size in sizes)
    profile = Profiles(np.array([SECTIONS.index(section)]), depth, width, web, flange)
    return member(kind, profile, np.array([length]), np.array([start], dtype=float), axis, up)


# centroids by hand from the rectangles; C10x20 is 15.4 mm from its back with fillets and slopes (AISC Manual table 1-5)
@pytest.mark.parametrize(
    ("section", "sizes", "back", "centroid"),
    [
        ("channel", (254, 69.6, 9.6, 11.1), (-34.8, 0), (-17.7, 0)),
        ("angle", (100, 100, 10, 10), (-50, 0), (-21.3, -21.3)),
        ("angle", (150, 100, 12, 12), (-50, 0), (-25.5, -25.5)),
        ("tee", (200, 150, 8, 12), (0, 100), (0, 48.5)),
        ("i_shape", (300, 150, 7, 11), (0, 0), (0, 0)),
        ("box", (100, 100, 6, 6), (0, 0), (0, 0)),
    ],
)
def test_reference_lines(section, sizes, back, centroid):
    lines = reference_lines(one(BEAM, section, sizes, (0, 0, 0), X, Z).prisms)[0]
    np.testing.assert_allclose(lines, [back, centroid], atol=0.06)


def test_the_centroid_is_that_of_the_boxes():
    """For any proportions of angles and channels, against the weighted middles of their rectangles."""
    rng = np.random.default_rng(4)
    for _ in range(50):
        d, b = rng.uniform(50, 400, 2)
        w, f = rng.uniform(0.05, 0.2, 2) * min(d, b)
        angle = reference_lines(one(BEAM, "angle", (d, b, w, f), (0, 0, 0), X, Z).prisms)[0, 1]
        areas = np.array([b * f, (d - f) * w])
        middles = np.array([(0, f / 2 - d / 2), (w / 2 - b / 2, f / 2)])
        np.testing.assert_allclose(angle, areas @ middles / areas.sum(), atol=1e-9)


@pytest.mark.parametrize(
    ("end_x", "expected"),
    [
        (45.0, CONNECTION),  # to the back
        (19.0, CONNECTION),  # to the centroid
        (0.0, CONNECTION),  # to the middle of the box
        (70.0, CONNECTION),  # set back from it
        (-42.0, HIGH),  # through the web and on
    ],
)
def test_a_purlin_drawn_to_a_line_of_a_channel_is_a_joint(end_x, expected):
    """A square tube comes to the back of a 300 x 90 channel."""
    rafter = one(BEAM, "channel", (300, 90, 8, 16), (0, -2000, 0), Y, Z)  # its back looks towards +x
    purlin = one(BEAM, "box", (100, 100, 6, 6), (end_x, 0, 0), X, Z, 2500.0)
    found = classify(rafter, purlin, measure(rafter, purlin), np.array([50.0]))
    assert CLASSES[int(found[0])] == CLASSES[expected]


def test_the_middle_stays_the_only_line_of_an_i_shape():
    """An end that stops 40 mm into the flange of a column is too long, as ever."""
    column = one(COLUMN, "i_shape", (300, 300, 11, 19), (0, 0, -2000), Z, X)
    beam = one(BEAM, "i_shape", (300, 150, 7, 11), (110.0, 0, 0), X, Z)
    found = classify(column, beam, measure(column, beam), np.array([50.0]))
    assert int(found[0]) == HIGH


def test_light_framing_is_drawn_as_joints():
    """Without an error nearly every such scene is one by the rule, whatever the section and the way it comes."""
    scene = light_framing(600, np.random.default_rng(8))
    found = classify(scene.first, scene.second, measure(scene.first, scene.second), np.full(600, 50.0))
    assert np.mean(found == CONNECTION) > 0.98
    assert {SECTIONS[code] for code in scene.first.prisms.section.tolist()} == {"channel", "angle"}
