"""Scenes that no detailer draws on purpose: an end of any member near any other, at any angle, aimed at it or past it.

The other scenes are joints as they are meant, with errors put in; files of real buildings are full of what lies between
them. Each scene is built in the coordinates of the first member, which lies along x.
"""

import numpy as np

from structural.geometry.prisms import FloatArray, IntArray
from structural.problems.clash_detector import catalogue
from structural.problems.clash_detector.catalogue import Profiles
from structural.problems.clash_detector.measures import box_of, line_through, reference_lines
from structural.problems.clash_detector.members import Members
from structural.problems.clash_detector.request import BEAM, BRACE, COLUMN
from structural.problems.clash_detector.scenes import Scene, member, spread

_X, _Y, _Z = np.eye(3)
_SORTS = ("column", "i_beam", "brace", "open", "light", "any", "any")
_PARALLEL, _SQUARE, _OFF_SQUARE, _SKEW = range(4)


def loose_end(n: int, rng: np.random.Generator) -> Scene:
    """An end of any primary member near any other: at its length or its end, at any angle, on its lines or beside."""
    one, other = _any_profiles(n, rng), _any_profiles(n, rng)
    first = member(
        rng.choice([COLUMN, BEAM, BRACE], n, p=[0.35, 0.5, 0.15]), one, _lengths(n, rng), np.zeros((n, 3)), _X, _Z
    )
    way = rng.choice(4, n, p=[0.1, 0.38, 0.08, 0.44])
    direction = _directions(way, rng)
    aim = _aims(first, other, direction, way == _PARALLEL, rng)
    start = aim + direction * _way_out(first, other, aim, direction, rng)[:, None]
    up = _ups(direction, rng)
    second = member(
        rng.choice([BEAM, BRACE, COLUMN], n, p=[0.68, 0.24, 0.08]), other, _lengths(n, rng), start, direction, up
    )
    return Scene(first, second, -direction)


def _any_profiles(n: int, rng: np.random.Generator) -> Profiles:
    drawn = catalogue.stack([catalogue.draw(name, n, rng) for name in _SORTS])
    return drawn.take(np.arange(n) + n * rng.integers(len(_SORTS), size=n))


def _lengths(n: int, rng: np.random.Generator) -> FloatArray:
    return np.exp(rng.uniform(np.log(300.0), np.log(14_000.0), n))


def _directions(way: IntArray, rng: np.random.Generator) -> FloatArray:
    """Return directions (n, 3): along the first, square to it, slightly off square, or clearly skewed."""
    n, sign = len(way), rng.choice([-1.0, 1.0], len(way))
    off = np.choose(
        way, [90.0 - np.abs(spread(rng, n, 1.2)), spread(rng, n, 1.2), rng.uniform(2, 12, n), rng.uniform(12, 78, n)]
    )
    lean = np.radians(off) * sign
    turn = rng.integers(4, size=n) * np.pi / 2
    turn += np.where(rng.random(n) < 0.8, np.radians(spread(rng, n, 0.8)), rng.uniform(-np.pi, np.pi, n))
    return np.stack([np.sin(lean), np.cos(lean) * np.cos(turn), np.cos(lean) * np.sin(turn)], axis=1)


def _aims(
    first: Members, other: Profiles, direction: FloatArray, along: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Return points (n, 3) that the second's line goes through: on a line of the first, or beside it."""
    n, prisms = len(first), first.prisms
    past = rng.uniform(-300, 250, n)
    near_end = np.where(rng.random(n) < 0.5, -past, prisms.length + past)
    place = np.where(rng.random(n) < 0.4, near_end, prisms.length * rng.uniform(0.03, 0.97, n))
    lines = np.concatenate([np.zeros((n, 1, 2)), reference_lines(prisms)], axis=1)
    line = lines[np.arange(n), rng.choice(3, n, p=[0.5, 0.25, 0.25])]
    sizes = np.maximum(prisms.depth, prisms.width) + np.maximum(other.depth, other.width)
    room = np.maximum(prisms.depth - other.depth, 0.0) / 2 + 20.0
    within = np.where(first.kind == BEAM, room * rng.uniform(-1.1, 1.1, n), spread(rng, n, 9.0))
    beside = np.choose(
        rng.choice(4, n, p=[0.3, 0.4, 0.15, 0.15]),
        [spread(rng, n, 9.0), within, sizes / 2 * rng.uniform(-1.1, 1.1, n), _signed_log(rng, n, 10.0, 120.0)],
    )
    across = np.cross(_X, np.where(along[:, None], _Y + rng.choice([0.0, 5.0], n)[:, None] * _Z, direction))
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    found: FloatArray = (
        place[:, None] * _X + np.concatenate([np.zeros((n, 1)), line], axis=1) + across * beside[:, None]
    )
    return found


def _way_out(
    first: Members, other: Profiles, aim: FloatArray, direction: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Return how far from its aim (n,) the second begins: at the node, at the face, short of it, or too far in."""
    n = len(first)
    _, leave = line_through(aim, direction, *box_of(first.prisms))
    face = np.maximum(leave, 0.0)
    cosine = np.minimum(np.abs(direction[:, 0]), 0.98)
    corner = np.maximum(other.depth, other.width) / 2 * cosine / np.sqrt(1 - cosine**2) * rng.uniform(0.5, 1.0, n)
    face = np.minimum(face, 2_000.0) + np.where(cosine > 0.97, 0.0, corner)
    return np.choose(
        rng.choice(7, n, p=[0.26, 0.1, 0.3, 0.1, 0.1, 0.08, 0.06]),
        [
            spread(rng, n, 9.0),
            _signed_log(rng, n, 8.0, 90.0),
            face + rng.uniform(0, 26, n),
            face + rng.uniform(20, 80, n),
            face - np.exp(rng.uniform(0.0, np.log(80.0), n)),
            face + rng.choice([0.0, 1.0], n) * rng.uniform(0, 2.0, n),
            -face * rng.uniform(0.5, 3.0, n),
        ],
    )


def _ups(direction: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return upward directions (n, 3): mostly upright or on the side, some rolled a little or a lot."""
    n = len(direction)
    least = np.argmin(np.abs(direction), axis=1)
    upright = np.eye(3)[least]
    upright -= direction * np.sum(upright * direction, axis=1, keepdims=True)
    upright /= np.linalg.norm(upright, axis=1, keepdims=True)
    roll = rng.integers(4, size=n) * np.pi / 2
    roll += np.radians(
        np.choose(rng.choice(3, n, p=[0.88, 0.06, 0.06]), [np.zeros(n), spread(rng, n, 2.0), rng.uniform(-45, 45, n)])
    )
    found: FloatArray = np.cos(roll)[:, None] * upright + np.sin(roll)[:, None] * np.cross(direction, upright)
    return found


def _signed_log(rng: np.random.Generator, n: int, low: float, high: float) -> FloatArray:
    signed: FloatArray = np.exp(rng.uniform(np.log(low), np.log(high), n)) * rng.choice([-1.0, 1.0], n)
    return signed
