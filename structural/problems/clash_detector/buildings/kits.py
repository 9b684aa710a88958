"""What one building is made of: few profiles, used again and again, and one way to draw its joints."""

from dataclasses import dataclass

import numpy as np

from structural.geometry.prisms import ANGLE, BOX, CHANNEL, I_SHAPE, FloatArray
from structural.problems.clash_detector import catalogue
from structural.problems.clash_detector.catalogue import Profiles
from structural.problems.clash_detector.scenes import spread

US, EUROPEAN = range(2)
"""Families of rolled I shapes, as `catalogue.pool` lists them."""
_FOOT_MM = 304.8
_SOLID = 0.12
"""Share of the buildings that stand on concrete columns."""


@dataclass(frozen=True, slots=True)
class Kit:
    """Profiles (one row each) of a building and how its members meet.

    ``setback_mm`` is the gap between a member's end and the face it comes to; with ``to_node`` members are drawn to
    one another's axes instead. ``plate_mm`` is the thickness of gussets and fin plates, ``storey_mm`` the height of a
    storey, ``bays_mm`` the widths of the bays along x, ``depth_mm`` that of the one bay along y.
    """

    column: Profiles
    girder: Profiles
    beam: Profiles
    secondary: Profiles
    brace: Profiles
    light: Profiles
    purlin: Profiles
    chord: Profiles
    web: Profiles
    setback_mm: float
    to_node: bool
    plate_mm: float
    storey_mm: float
    bays_mm: FloatArray
    depth_mm: float
    strong_along_x: bool

    @property
    def column_reach(self) -> FloatArray:
        """How far the column's faces are from its axis along x and along y, (2,): flange, wall, or web."""
        faces = self.half_column.copy()
        if self.has_web:
            faces[1 if self.strong_along_x else 0] = self.column.web[0] / 2
        return faces

    @property
    def half_column(self) -> FloatArray:
        """Half the size of the column along x and along y, (2,)."""
        half = np.array([self.column.depth[0], self.column.width[0]]) / 2
        return half if self.strong_along_x else half[::-1].copy()

    @property
    def has_web(self) -> bool:
        """Whether the column is an I shape, with a web between its flanges."""
        return int(self.column.section[0]) == I_SHAPE


def draw_kit(rng: np.random.Generator) -> Kit:
    """Draw the profiles and dimensions of a building: European sizes on a metric grid, or US ones in feet."""
    family = int(rng.integers(2))
    step = _FOOT_MM if family == US else 250.0
    hollow, solid = rng.random() < 0.25, rng.random() < _SOLID
    one, other = (_one(catalogue.pool("i_beam")[family], rng) for _ in range(2))
    girder, beam = (one, other) if one.depth[0] >= other.depth[0] else (other, one)
    same = rng.random() < 0.5
    secondary = beam if same else _one(_up_to(catalogue.pool("i_beam")[family], float(girder.depth[0])), rng)
    angles, boxes = _of(catalogue.pool("brace"), ANGLE), _of(catalogue.pool("brace"), BOX)
    light = _one(_up_to(angles, 105.0), rng)
    return Kit(
        column=_solid_column(rng) if solid else _one(_columns(family, hollow=hollow), rng),
        girder=girder,
        beam=beam,
        secondary=secondary,
        brace=catalogue.draw("slotted" if rng.random() < 0.6 else "lapped", 1, rng),
        light=light,
        purlin=catalogue.draw("secondary", 1, rng),
        chord=_one(boxes if rng.random() < 0.5 else catalogue.pool("i_column")[family], rng),
        web=light if rng.random() < 0.5 else _one(_up_to(boxes, 130.0), rng),
        setback_mm=float(rng.uniform(3, 21)),
        to_node=bool(rng.random() < 0.25),
        plate_mm=float(np.round(rng.uniform(8, 24))),
        storey_mm=float(np.round(rng.uniform(3000, 4600) / step) * step),
        bays_mm=np.round(rng.uniform(4200, 8200, int(rng.integers(1, 3))) / step) * step,
        depth_mm=float(np.round(rng.uniform(3600, 7600) / step) * step),
        strong_along_x=bool(rng.random() < 0.6),
    )


def _columns(family: int, *, hollow: bool) -> Profiles:
    return catalogue.pool("column")[2] if hollow else catalogue.pool("i_column")[family]


def _solid_column(rng: np.random.Generator) -> Profiles:
    """Return the section of a concrete column, of which real models of steel have many."""
    depth, width = np.round(rng.uniform(200, 600, 2) / 50) * 50
    return plate(float(depth), float(width), float(min(depth, width)))


def little(rng: np.random.Generator, size_mm: float) -> float:
    """Return one modelling deviation of at most this size."""
    return float(spread(rng, 1, size_mm)[0])


def touch(rng: np.random.Generator) -> float:
    """Return the gap of faces in contact: half the time 0, else up to a weld or shim gap."""
    return float(rng.choice([0.0, 1.0]) * rng.uniform(0, 1.6))


def plate(depth_mm: float, width_mm: float, thickness_mm: float) -> Profiles:
    """Return the section of a plate."""
    return catalogue.solid(*(np.array([value], dtype=float) for value in (depth_mm, width_mm, thickness_mm)))


def is_open(profile: Profiles) -> bool:
    """Return whether a profile is an angle or a channel, which is lapped on a plate and not slotted over it."""
    return int(profile.section[0]) in (ANGLE, CHANNEL)


def _one(profiles: Profiles, rng: np.random.Generator) -> Profiles:
    return profiles.take(rng.integers(len(profiles), size=1))


def _up_to(profiles: Profiles, depth_mm: float) -> Profiles:
    return profiles.take(profiles.depth <= depth_mm)


def _of(families: tuple[Profiles, ...], section: int) -> Profiles:
    return next(family for family in families if int(family.section[0]) == section)
