"""Copes and openings in meshes: told where the prism form can hold them, left alone where it cannot."""

import numpy as np
import pytest

from serving.ifc.outlines import Section
from serving.ifc.sections import Prism, fit_to_mesh
from serving.ifc.trims import with_trims

DEPTH, WIDTH, WEB, FLANGE, LENGTH = 400.0, 180.0, 9.0, 14.0, 3000.0
SECTION = Section("i_shape", DEPTH, WIDTH, WEB, FLANGE)
_TURN = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))[0]
TURN = _TURN * np.sign(np.linalg.det(_TURN))
AT = np.array([1000.0, -2000.0, 300.0])


def outline(along: float, low: float = -DEPTH / 2, high: float = DEPTH / 2) -> list[tuple[float, float, float]]:
    """Return the corners of an I shape, or of the part of it between two heights, at a place along its axis."""
    inner = DEPTH / 2 - FLANGE
    levels = [(z, WIDTH / 2) for z in (-DEPTH / 2, -inner, inner, DEPTH / 2)] + [(-inner, WEB / 2), (inner, WEB / 2)]
    corners = [(along, sign * y, z) for z, y in levels if low <= z <= high for sign in (-1, 1)]
    return corners + [(along, sign * WEB / 2, z) for z in (low, high) if abs(z) < inner for sign in (-1, 1)]


def coped(length: float = 90.0, depth: float = 35.0) -> list[tuple[float, float, float]]:
    """Return the corners of a shape coped at the top of its start."""
    level = DEPTH / 2 - depth
    return [*outline(0.0, high=level), *outline(length, low=level), *outline(LENGTH)]


def opened(at: float, long: float, high: float, middle: float = 0.0) -> list[tuple[float, float, float]]:
    return [(at + x * long / 2, y * WEB / 2, middle + z * high / 2) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]


def read(corners: list[tuple[float, float, float]], *, flip: tuple[int, int, int] = (1, 1, 1)) -> Prism:
    """Return the prism of a mesh with these corners; ``flip`` mirrors where the modelling tool has put its axes."""
    local = np.array(corners)
    signs = np.array(flip)
    seen = np.where(signs[0] < 0, [LENGTH, 0, 0], [0, 0, 0]) + local * signs
    points = seen @ TURN.T + AT
    prism = fit_to_mesh(SECTION, TURN[:, 1], TURN[:, 2], points, AT)
    assert prism is not None
    return with_trims(prism, points)


@pytest.mark.parametrize(
    "flip", [(1, 1, 1), (-1, -1, 1), (1, -1, -1), (-1, 1, -1)], ids=["top start", "top end", "below start", "below end"]
)
def test_a_cope_is_told_at_the_top_of_the_start(flip: tuple[int, int, int]) -> None:
    """Wherever it is, the member is turned to have it there, and lies where it lay."""
    prism = read([*coped(), *opened(700.0, 300.0, 120.0)], flip=flip)
    assert prism.exact
    assert (prism.cope_length, prism.cope_depth) == pytest.approx((90.0, 35.0))
    assert (prism.opening_at, prism.opening_length, prism.opening_height) == pytest.approx((700.0, 300.0, 120.0))
    start = np.array([LENGTH if flip[0] < 0 else 0.0, 0.0, 0.0]) @ TURN.T + AT
    np.testing.assert_allclose(prism.origin, start, atol=1e-6)
    np.testing.assert_allclose(prism.axis, TURN[:, 0] * flip[0], atol=1e-9)
    np.testing.assert_allclose(prism.up, TURN[:, 2] * flip[2], atol=1e-9)


def test_a_member_that_is_not_cut_is_exact_without_trims() -> None:
    prism = read([*outline(0.0), *outline(LENGTH)])
    assert prism.exact
    assert prism.cope_depth == prism.opening_length == 0.0


_OTHER_END = [(LENGTH - along, y, z) for along, y, z in coped() if along < LENGTH]
_RING = [(900 + 100 * np.cos(a), y, 100 * np.sin(a)) for a in np.linspace(0, 6.2, 16) for y in (-WEB / 2, WEB / 2)]


@pytest.mark.parametrize(
    "corners",
    [
        [*coped()[:-20], *_OTHER_END],
        [*outline(0.0), *outline(LENGTH), *_RING],
        [*outline(0.0), *outline(LENGTH), *opened(900.0, 200.0, 100.0, middle=60.0)],
        [*outline(0.0), *outline(LENGTH), *opened(900.0, 200.0, 100.0), *opened(1500.0, 200.0, 100.0)],
        [*coped(depth=8.0)],
        [*outline(0.0, -160.0, 160.0), *outline(90.0), *outline(LENGTH)],
    ],
    ids=["both ends", "round hole", "off the middle", "two holes", "half a flange", "top and bottom"],
)
def test_what_the_form_cannot_hold_stays_approximate(corners: list[tuple[float, float, float]]) -> None:
    prism = read(corners)
    assert not prism.exact
    assert prism.cope_depth == prism.opening_length == 0.0


def test_a_member_cut_alike_at_top_and_bottom_stays_approximate() -> None:
    """Its cuts balance to the last digit where the member lies square to the axes of the model."""
    level = DEPTH / 2 - 35.0
    cut = [
        corner
        for sign in (-1, 1)
        for corner in [(90.0, y, sign * z) for y in (-WIDTH / 2, WIDTH / 2) for z in (level, DEPTH / 2)]
    ]
    points = np.array([*outline(0.0, low=-level, high=level), *cut, *outline(LENGTH)])
    prism = fit_to_mesh(SECTION, np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0]), points, np.zeros(3))
    assert prism is not None
    assert not with_trims(prism, points).exact
