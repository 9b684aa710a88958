"""Sections and sizes that the generated buildings are made of: AISC and European shapes, hollow sections, services.

Dimensions in mm. AISC I shapes and channels come from the shapes database; the European ones are the nominal sizes of
EN 10365, hollow sections and pipes common sizes of EN 10210 and ASME B36.10.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.geometry.prisms import ANGLE, BOX, CHANNEL, I_SHAPE, PLATE, ROUND, TEE, FloatArray, IntArray
from structural.shapes import load_shapes

_INCH_MM = 25.4
_ANY_SHARE = 0.3
"""Share of members in mixed draws that may have any section."""

# depth, width, web, flange
_EN_I_SHAPES = (
    (96, 100, 5, 8), (133, 140, 5.5, 8.5), (171, 180, 6, 9.5), (190, 200, 6.5, 10), (230, 240, 7.5, 12),
    (290, 300, 8.5, 14), (350, 300, 10, 17.5), (390, 300, 11, 19), (490, 300, 12, 23), (590, 300, 13, 25),
    (100, 100, 6, 10), (140, 140, 7, 12), (180, 180, 8.5, 14), (200, 200, 9, 15), (240, 240, 10, 17),
    (300, 300, 11, 19), (360, 300, 12.5, 22.5), (400, 300, 13.5, 24), (500, 300, 14.5, 28),
    (160, 82, 5, 7.4), (200, 100, 5.6, 8.5), (240, 120, 6.2, 9.8), (300, 150, 7.1, 10.7), (360, 170, 8, 12.7),
    (400, 180, 8.6, 13.5), (450, 190, 9.4, 14.6), (500, 200, 10.2, 16), (600, 220, 12, 19),
)  # fmt: skip
_EN_CHANNELS = (
    (100, 50, 5, 8.5), (125, 65, 5.5, 9.5), (150, 75, 5.5, 10), (180, 75, 6, 10.5), (200, 90, 7, 14),
    (230, 75, 6.5, 12.5), (260, 75, 7, 12), (300, 90, 9, 15.5), (380, 100, 9.5, 17.5), (200, 75, 8.5, 11.5),
    (240, 85, 9.5, 13), (300, 100, 10, 16),
)  # fmt: skip
_BOXES = (
    (60, 60, 4), (80, 80, 5), (100, 100, 6.3), (120, 80, 6.3), (140, 140, 8), (150, 100, 8), (180, 180, 8),
    (200, 100, 8), (200, 200, 10), (250, 150, 10), (250, 250, 12.5), (300, 200, 12.5), (300, 300, 12.5),
    (400, 200, 14.2), (400, 400, 16), (101.6, 101.6, 6.4), (152.4, 152.4, 9.5), (203.2, 203.2, 12.7),
    (254, 152.4, 9.5), (304.8, 304.8, 12.7),
)  # fmt: skip
_ROUNDS = (
    (48.3, 3.7), (60.3, 3.9), (73, 5.2), (88.9, 5.5), (114.3, 6), (141.3, 6.6), (168.3, 7.1), (219.1, 8.2),
    (273, 9.3), (323.8, 9.5),
)  # fmt: skip
_PIPES = (*_ROUNDS, (33.4, 3.4), (42.2, 3.6), (355.6, 9.5), (406.4, 9.5), (508, 9.5))
_ANGLES = (
    (50, 50, 5), (60, 60, 6), (75, 75, 8), (90, 90, 9), (100, 75, 10), (100, 100, 10), (120, 80, 10), (150, 100, 12),
    (150, 150, 15), (200, 200, 20), (76.2, 76.2, 9.5), (101.6, 101.6, 9.5), (152.4, 101.6, 12.7),
)  # fmt: skip
_FLATS = ((60, 6), (80, 8), (100, 10), (120, 12), (150, 15), (200, 10), (250, 20))
_BLOCKS = ((200, 200), (250, 250), (300, 300), (400, 400), (300, 600), (100, 200))
"""Flat bars, and what is solid: timber, and concrete that steel stands on."""


@dataclass(frozen=True, slots=True)
class Profiles:
    """n cross-sections: type codes and sizes in mm, each (n,)."""

    section: IntArray
    depth: FloatArray
    width: FloatArray
    web: FloatArray
    flange: FloatArray

    def __len__(self) -> int:
        """Return the number of profiles."""
        return len(self.section)

    def take(self, rows: NDArray) -> "Profiles":
        """Return these profiles."""
        return Profiles(self.section[rows], self.depth[rows], self.width[rows], self.web[rows], self.flange[rows])


def _profiles(section: int, sizes: ArrayLike) -> Profiles:
    table = np.asarray(sizes, dtype=float)
    depth, width, web, flange = np.round(table.T, 2)
    return Profiles(np.full(len(table), section, dtype=np.int64), depth, width, web, flange)


def _solids(sizes: tuple[tuple[int, int], ...]) -> Profiles:
    """Return solid rectangles lying and standing."""
    both = np.array([*sizes, *(size[::-1] for size in sizes)], dtype=float)
    return solid(both[:, 0], both[:, 1], both.min(axis=1))


def _walls(section: int, sizes: tuple[tuple[float, ...], ...]) -> Profiles:
    return _profiles(section, [(*size[:-1], *([size[-2]] * (3 - len(size))), size[-1], size[-1]) for size in sizes])


def _aisc(family: str, depth_in: tuple[float, float]) -> Profiles:
    shapes = load_shapes(family)
    rows = (shapes.d_in >= depth_in[0]) & (shapes.d_in <= depth_in[1]) & (shapes.tf_in <= 2.5)
    sizes = np.stack([shapes.d_in, shapes.bf_in, shapes.tw_in, shapes.tf_in], axis=-1)[rows] * _INCH_MM
    return _profiles(CHANNEL if family == "C" else I_SHAPE, sizes)


def _halved(shapes: Profiles) -> Profiles:
    """Return the tees that I shapes are cut into at half their depth."""
    section = np.full(len(shapes), TEE, dtype=np.int64)
    return Profiles(section, np.round(shapes.depth / 2, 2), shapes.width, shapes.web, shapes.flange)


def stack(parts: list[Profiles]) -> Profiles:
    """Return several tables of profiles as one."""
    return Profiles(
        np.concatenate([part.section for part in parts]),
        np.concatenate([part.depth for part in parts]),
        np.concatenate([part.width for part in parts]),
        np.concatenate([part.web for part in parts]),
        np.concatenate([part.flange for part in parts]),
    )


@cache
def pool(name: str) -> tuple[Profiles, ...]:
    """Return the families that members of a sort are drawn from, each family being equally likely."""
    european = _profiles(I_SHAPE, _EN_I_SHAPES)
    boxes, rounds, angles = _walls(BOX, _BOXES), _walls(ROUND, _ROUNDS), _walls(ANGLE, _ANGLES)
    channels, tees = _profiles(CHANNEL, _EN_CHANNELS), _halved(european)
    pools = {
        "i_beam": (_aisc("W", (7.0, 34.0)), european),
        "i_column": (_aisc("W", (7.5, 16.0)), european.take(european.width >= 0.6 * european.depth)),
        "box": (boxes,),
        "column": (_aisc("W", (7.5, 16.0)), european, boxes.take(boxes.depth >= 140)),
        "brace": (boxes.take(boxes.depth <= 260), rounds, angles, _aisc("W", (6.0, 13.0))),
        "slotted": (boxes.take(boxes.depth <= 260), rounds),
        "lapped": (angles, _aisc("C", (4.0, 13.0))),
        "secondary": (_aisc("C", (4.0, 13.0)), european.take(european.depth <= 240), angles),
        "pipe": (_walls(ROUND, _PIPES),),
        "open": (_aisc("C", (6.0, 15.0)), channels, angles.take(angles.depth >= 75)),
        "light": (
            boxes.take(boxes.depth <= 180),
            _aisc("C", (4.0, 10.0)),
            angles,
            european.take(european.depth <= 200),
        ),
        "any": (
            _aisc("W", (6.0, 34.0)),
            european,
            boxes,
            rounds,
            angles,
            _aisc("C", (4.0, 15.0)),
            channels,
            tees,
            _solids(_FLATS),
            _solids(_BLOCKS),
        ),
    }
    return pools[name]


def draw(name: str, n: int, rng: np.random.Generator) -> Profiles:
    """Draw n profiles of a sort (see `pool`): first the family, then the size."""
    families = pool(name)
    sizes = np.array([len(family) for family in families])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    family = rng.integers(len(families), size=n)
    rows = starts[family] + (rng.random(n) * sizes[family]).astype(np.int64)
    return stack(list(families)).take(rows)


def draw_mixed(name: str, n: int, rng: np.random.Generator) -> Profiles:
    """Draw n profiles, most of a sort and the others of any: members of real files are what their sort seldom is."""
    both = stack([draw(name, n, rng), draw("any", n, rng)])
    return both.take(np.arange(n) + np.where(rng.random(n) < _ANY_SHARE, n, 0))


def draw_ducts(n: int, rng: np.random.Generator) -> Profiles:
    """Draw n rectangular ducts, 150 to 900 mm wide."""
    width = np.round(rng.uniform(150, 900, n) / 25) * 25
    depth = np.round(width * rng.uniform(0.35, 1.0, n) / 25) * 25
    return solid(np.maximum(depth, 100.0), width, np.full(n, 1.0))


def solid(depth: FloatArray, width: FloatArray, thickness: FloatArray) -> Profiles:
    """Return solid rectangles (plates, ducts) of these sizes; ``thickness`` is that of the plate or sheet."""
    return Profiles(np.full(len(depth), PLATE, dtype=np.int64), depth, width, thickness, thickness)
