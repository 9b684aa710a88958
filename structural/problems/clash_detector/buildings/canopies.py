"""Light roofs beside a building: rafters of channels, square to the grid or not, and purlins framed in between."""

import itertools

import numpy as np

from structural.geometry.prisms import FloatArray
from structural.problems.clash_detector import catalogue
from structural.problems.clash_detector.buildings.frames import Frame
from structural.problems.clash_detector.buildings.kits import little
from structural.problems.clash_detector.buildings.parts import Draft, Part, Z, members_of
from structural.problems.clash_detector.catalogue import Profiles
from structural.problems.clash_detector.measures import reference_lines
from structural.problems.clash_detector.request import BEAM, BRACE

_APART_MM = 2_500.0
"""From the building to the first rafter: nothing of the two comes near."""
_SKEW_RAD = (np.radians(13.5), np.radians(30.0))
"""Where purlins are not square to a rafter they are clearly skewed to it."""


def draw_canopy(draft: Draft, rng: np.random.Generator, frame: Frame) -> None:
    """Draw two or three rafters beyond the last line of columns, and purlins from each to the next.

    Every purlin ends at a rafter in one way: set back from its web or flanges, or drawn to its back, centroid or
    middle, as the modelling tool of the building places channels.
    """
    channels = catalogue.pool("open")[int(rng.integers(2))]
    rafter = channels.take(rng.integers(len(channels), size=1))
    purlin = catalogue.draw("light", 1, rng)
    purlin = purlin if purlin.depth[0] < rafter.depth[0] - 2 * rafter.flange[0] - 10 else _square_tube(rafter)
    count, bay = int(rng.integers(2, 4)), float(rng.uniform(1200, 2600))
    skew = float(rng.uniform(*_SKEW_RAD) * rng.choice([-1.0, 1.0])) if rng.random() < 0.5 else 0.0
    length, height = float(rng.uniform(3000, 6000)), float(frame.levels[-1] * rng.uniform(0.6, 1.2))
    slope = float(rng.choice([0.0, 1.0]) * rng.uniform(-0.1, 0.1))
    first = frame.x[-1] + _APART_MM + length * max(0.0, -float(np.tan(skew)))
    rafters = []
    for line in range(count):
        foot = np.array([first + bay * line, frame.y[0], height])
        way = np.array([np.tan(skew), 1.0, slope]) * length
        rafters.append(draft.add(Part(BEAM, rafter, foot, foot + way, Z * float(rng.choice([-1.0, 1.0])), 0)))
    way_to_end = int(rng.integers(4))
    for left, right in itertools.pairwise(rafters):
        for share in np.linspace(0.12, 0.88, int(rng.integers(2, 5))).tolist():
            _purlin(draft, rng, (left, right), share, (purlin, way_to_end))


def _square_tube(rafter: Profiles) -> Profiles:
    """Return a tube that fits between the flanges of a rafter."""
    side = float(np.floor((rafter.depth[0] - 2 * rafter.flange[0] - 10) / 10) * 10)
    size, wall = np.array([side]), np.array([max(3.0, side / 16)])
    return Profiles(catalogue.pool("box")[0].section[:1], size, size, wall, wall)


def _purlin(
    draft: Draft, rng: np.random.Generator, rafters: tuple[int, int], share: float, what: tuple[Profiles, int]
) -> None:
    """Frame one purlin between two rafters at this share of their length; ``what`` is its profile and how it ends."""
    purlin, way_to_end = what
    parts = [draft.parts[number] for number in rafters]
    points = [part.start + share * (part.end - part.start) for part in parts]
    unit = (points[1] - points[0]) / np.linalg.norm(points[1] - points[0])
    up = members_of([parts[0]]).prisms.frame[0, 2]
    height = up * little(rng, 10.0)
    start = points[0] + unit * _reach(parts[0], unit, purlin, way_to_end, rng) + height
    end = points[1] - unit * _reach(parts[1], -unit, purlin, way_to_end, rng) + height
    number = draft.add(Part(BRACE if rng.random() < 0.2 else BEAM, purlin, start, end, up, 0))
    draft.join(rafters[0], number, "light_framing", -unit)
    draft.join(rafters[1], number, "light_framing")


def _reach(rafter: Part, outward: FloatArray, purlin: Profiles, way: int, rng: np.random.Generator) -> float:
    """Return how far from the middle of a rafter a purlin that leaves it along ``outward`` begins, mm."""
    prisms = members_of([rafter]).prisms
    square = float(prisms.frame[0, 1] @ outward)  # which way the open side looks, and how square the purlin is to it
    if way == 0:
        face = prisms.web[0] - prisms.width[0] / 2 if square > 0 else prisms.width[0] / 2
        skewed = purlin.width[0] / 2 * np.sqrt(max(1.0 - square**2, 0.0))
        return float((face + rng.uniform(2, 20) + skewed) / abs(square))
    line = 0.0 if way == 1 else float(reference_lines(prisms)[0, way - 2, 0])
    return float(line / square + little(rng, 6.0))
