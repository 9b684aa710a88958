"""Exact contact of members, against closed forms, a quadratic program and invariances."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from structural.geometry.contact import contact_of
from structural.geometry.prisms import I_SHAPE, PLATE, ROUND, WEB, Prisms, boxes_of, frame_from


def prisms(section, origin, axis, up, **sizes):
    """Return members of one size, one a row of ``origin``."""
    origin = np.atleast_2d(np.asarray(origin, dtype=float))
    n = len(origin)
    values = {"depth": 400.0, "width": 200.0, "web": 10.0, "flange": 20.0, "length": 3000.0} | sizes
    trims = dict.fromkeys(("cope_length", "cope_depth", "opening_at", "opening_length", "opening_height"), 0.0)
    arrays = {name: np.full(n, value) for name, value in (trims | values).items()}
    frame = frame_from(np.broadcast_to(axis, (n, 3)).astype(float), np.broadcast_to(up, (n, 3)).astype(float))
    return Prisms(section=np.full(n, section), origin=origin, frame=frame, **arrays)


def random_plates(n, rng, spread=900.0):
    sizes = rng.uniform(60, 900, (3, n))
    made = prisms(PLATE, rng.uniform(-spread, spread, (n, 3)), [1, 0, 0], [0, 0, 1])
    frame = frame_from(rng.normal(size=(n, 3)), rng.normal(size=(n, 3)))
    return replace(made, depth=sizes[0], width=sizes[1], length=sizes[2], frame=frame)


BEAM = prisms(I_SHAPE, [0, 0, 0], [1, 0, 0], [0, 0, 1])


@pytest.mark.parametrize(
    ("start", "gap", "depth", "overlap"),
    [
        pytest.param([1500, 0, 312.0], 12.0, 0.0, 0.0, id="lies 12 mm above"),
        pytest.param([1500, 0, 300.0], 0.0, 0.0, 0.0, id="touches"),
        pytest.param([1500, 0, 295.0], 0.0, 5.0, 5.0, id="pressed 5 mm into the flange"),
        pytest.param([3100, -100, 300.0], 0.0, 0.0, 0.0, id="touches at an end"),
        pytest.param([3030, 0, 340.0], np.hypot(0, 40), 0.0, 0.0, id="edge above edge"),
        pytest.param([3150, 0, 340.0], np.hypot(50, 40), 0.0, 0.0, id="edge beside edge"),
    ],
)
def test_plate_over_beam(start, gap, depth, overlap):
    """A 200 mm square bar along Y over an I shape 400 mm deep whose top face is at z = 200 and whose end is at 3000."""
    bar = prisms(PLATE, start, [0, 1, 0], [0, 0, 1], depth=200.0, width=200.0, length=400.0)
    found = contact_of(BEAM, bar)
    assert found.gap[0] == pytest.approx(gap, abs=1e-6)
    assert found.depth[0] == pytest.approx(depth, abs=1e-6)
    assert found.overlap[0] == pytest.approx(overlap, abs=1e-6)


def test_pipe_through_the_web_is_told_from_the_flange():
    """A pipe through mid-depth shares the web's 10 mm, and no flange."""
    pipe = prisms(
        ROUND, [1500, -1000, 0], [0, 1, 0], [0, 0, 1], depth=100.0, width=100.0, web=5.0, flange=5.0, length=2000.0
    )
    found = contact_of(BEAM, pipe)
    assert found.part_overlap[0, 0, WEB] == pytest.approx(10.0)
    assert found.part_depth[0, 0, 1 - WEB] == 0.0


def test_pipe_passes_an_opening_with_the_clearance_left():
    """A pipe of 100 mm through an opening 200 mm high: 50 mm is left above and below, to 1.8 % of the radius."""
    opened = replace(
        BEAM, opening_at=np.array([1500.0]), opening_length=np.array([300.0]), opening_height=np.array([200.0])
    )
    pipe = prisms(
        ROUND, [1500, -1000, 0], [0, 1, 0], [0, 0, 1], depth=100.0, width=100.0, web=5.0, flange=5.0, length=2000.0
    )
    assert contact_of(opened, pipe).gap[0] == pytest.approx(50.0, abs=0.9)


def test_cope_and_opening_take_only_their_volume():
    """Box volumes of a coped and of an opened I shape equal the plain one less the cut."""

    def volume(member):
        boxes = boxes_of(member)
        return float((8 * boxes.half.prod(axis=2) * boxes.used).sum())

    plain = volume(BEAM)
    coped = replace(BEAM, cope_length=np.array([150.0]), cope_depth=np.array([50.0]))
    assert plain - volume(coped) == pytest.approx(150 * (200 * 20 + 30 * 10))
    opened = replace(
        BEAM, opening_at=np.array([1500.0]), opening_length=np.array([300.0]), opening_height=np.array([200.0])
    )
    assert plain - volume(opened) == pytest.approx(300 * 200 * 10)


def test_distances_agree_with_a_quadratic_program():
    """Box distances of 60 random pairs equal the minimum that a bounded least-squares solver finds."""
    rng = np.random.default_rng(3)
    a, b = random_plates(60, rng), random_plates(60, rng)
    found = contact_of(a, b)
    for row in range(60):
        half = [np.array([p.length[row], p.width[row], p.depth[row]]) / 2 for p in (a, b)]
        centre = [p.origin[row] + p.frame[row, 0] * p.length[row] / 2 for p in (a, b)]
        matrix = np.hstack([a.frame[row].T, -b.frame[row].T])
        bound = np.concatenate(half)
        best = lsq_linear(matrix, centre[1] - centre[0], (-bound, bound), tol=1e-13, max_iter=500)
        distance = float(np.linalg.norm(matrix @ best.x - (centre[1] - centre[0])))
        assert found.gap[row] == pytest.approx(distance, abs=0.01)
        assert (found.depth[row] > 0) == (distance < 1e-6)


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_contact_does_not_depend_on_order_or_place(seed):
    """Swapping the members and moving both together changes nothing."""
    rng = np.random.default_rng(seed)
    a, b = random_plates(20, rng, 500.0), random_plates(20, rng, 500.0)
    a = replace(a, section=rng.integers(0, 7, 20), flange=np.full(20, 12.0), web=np.full(20, 9.0))
    found, swapped = contact_of(a, b), contact_of(b, a)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    moved = [
        replace(p, origin=p.origin @ turn.T + 50_000.0, frame=np.einsum("ij,nkj->nki", turn, p.frame)) for p in (a, b)
    ]
    elsewhere = contact_of(*moved)
    for other in (swapped, elsewhere):
        np.testing.assert_allclose(other.gap, found.gap, atol=1e-5)
        np.testing.assert_allclose(other.depth, found.depth, atol=1e-5)
        np.testing.assert_allclose(other.overlap, found.overlap, atol=1e-4)


def test_depth_is_the_shift_that_clears():
    """Moving a penetrating box by its depth along the way out leaves it touching, by less leaves it inside."""
    wall = prisms(PLATE, [0, 0, 0], [1, 0, 0], [0, 0, 1], depth=400.0, width=20.0)
    for into in (3.0, 9.0):
        bar = prisms(PLATE, [1500, 60 - into, 0], [1, 0, 0], [0, 0, 1], depth=100.0, width=100.0, length=200.0)
        depth = contact_of(wall, bar).depth[0]
        assert depth == pytest.approx(into)
        assert contact_of(wall, replace(bar, origin=bar.origin + np.array([0, depth + 1e-6, 0]))).depth[0] == 0.0
