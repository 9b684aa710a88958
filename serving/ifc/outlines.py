"""Cross-sections and their corners: recognised in those of a mesh or an outline that an exporter wrote, and drawn.

Everything is in the plane across a member: corners (n, 2) in mm as (side, up), centred on their bounding rectangle.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from structural.geometry.prisms import FloatArray

SAME_MM = 0.5
"""Vertices, faces and sizes this near are the same."""
FULL_SHARE = 0.985
AREA_TOLERANCE = 0.08
"""How far the area of a recognised section may be from the mesh's (fillets, rounded corners)."""
FILLET_RATIO = 0.6
"""A corner may stand out of a recognised section by this share of its thickness: the middle of a large fillet does."""
ROUNDING_RATIO = 1.3
"""A section's corner may be missing by this share of its thickness: the outer ones of tubes are rounded most."""
_STRAY_MM = 1.0
_THINNEST_MM = 1.0
_SAME_THICKNESS = 0.15
_ROUND_SHARE = 0.04
"""Corners of a round section lie this near to its circles, as a share of their radius: polygons stand for them."""
_SMALLEST_HOLE = 0.35
"""Radius of the smallest hole in a round section, as a share: a dodecagon has less area than its circle too."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section type with its sizes in mm; ``exact`` when the member's boundary is that of the section."""

    name: str
    depth: float
    width: float
    web: float
    flange: float
    exact: bool = True


def solid(width: float, depth: float, *, exact: bool) -> Section:
    """Return the solid rectangle of these sizes."""
    thickness = min(depth, width)
    return Section("plate", depth, width, thickness, thickness, exact)


def recognise(corners: FloatArray, area: float) -> tuple[Section, int] | None:
    """Return the section that has these corners (n, 2) and this area (mm²), or None.

    With it comes how many quarter turns about the axis, from up towards the side, bring the section's depth into
    place. Open sections may lie in any of the four ways.
    """
    width, depth = np.maximum(np.ptp(corners, axis=0), 2 * SAME_MM).tolist()
    if area >= FULL_SHARE * depth * width:
        return solid(width, depth, exact=True), 0
    found = _as_round(corners, width, depth, area)
    if found is not None:
        return found, 0
    ways = [turned(corners, turns) for turns in range(4)]
    # what the tips tell comes first whichever way it lies: a mean thickness from the area fits more than it should
    for readings in (_BY_TIPS, _BY_AREA):
        for turns, seen in enumerate(ways):
            for reading in readings:
                section = reading(seen, area)
                if section is not None and _agrees(section, seen, area):
                    return section, turns
    # a thin box is like an open section to within its corners, but no open section is like a box
    box = _as_box(corners, area)
    return (box, 0) if _agrees(box, corners, area) else None


def turned(corners: FloatArray, turns: int) -> FloatArray:
    """Return corners (n, 2) as they are seen after ``turns`` quarter turns of the section from up towards the side."""
    side, up = corners[:, 0], corners[:, 1]
    for _ in range(turns):
        side, up = -up, side
    return np.stack([side, up], axis=1)


def up_after(side: FloatArray, up: FloatArray, turns: int) -> FloatArray:
    """Return the direction (3,) that is up for a section after ``turns`` quarter turns, as in `turned`."""
    return (up, side, -up, -side)[turns]


def _as_round(corners: FloatArray, width: float, depth: float, area: float) -> Section | None:
    """Return the round section whose corners lie on one circle, or on two; the area tells which."""
    radius = np.hypot(corners[:, 0], corners[:, 1])
    outer, near = float(radius.max()), _ROUND_SHARE * float(radius.max())
    if abs(depth - width) > 2 * near or abs(2 * outer - depth) > 2 * near:
        return None
    hole = float(np.sqrt(max(outer**2 - area / np.pi, 0.0)))
    hole = outer - _snapped(outer - hole, outer - radius) if hole > _SMALLEST_HOLE * outer else 0.0
    if np.minimum(np.abs(radius - outer), np.abs(radius - hole)).max() > near:
        return None
    wall = outer - hole if hole else depth
    agrees = abs(np.pi * (outer**2 - hole**2) - area) < AREA_TOLERANCE * area
    return Section("round", depth, width, wall, wall, exact=bool(agrees))


def _half(corners: FloatArray) -> tuple[float, float]:
    """Return half the width and half the depth."""
    half = np.abs(corners).max(axis=0)
    return float(half[0]), float(half[1])


def _as_i_shape(corners: FloatArray, _area: float) -> Section | None:
    """Read the web from the innermost corners and the flange from its tips."""
    half_width, half_depth = _half(corners)
    side, up = np.abs(corners).T
    web = 2 * float(side.min())
    tips = up[(side > half_width - SAME_MM) & (up < half_depth - SAME_MM)]
    inner = up[side < web / 2 + SAME_MM]
    if len(tips) == 0 or web < 1.0 or inner.max() > half_depth - SAME_MM:
        return None
    return Section("i_shape", 2 * half_depth, 2 * half_width, web, half_depth - float(tips.max()))


def _as_channel(corners: FloatArray, _area: float) -> Section | None:
    """Read the flange from its tips and the web from the innermost corners."""
    half_width, half_depth = _half(corners)
    tips = np.abs(corners[corners[:, 0] > half_width - SAME_MM, 1])
    flange = half_depth - float(tips.min())
    return _channel(corners, flange)


def _as_tapered_channel(corners: FloatArray, area: float) -> Section | None:
    """Read the mean flange from the area: that of rolled channels is thinner at its tip."""
    first = _as_channel(corners, area)
    if first is None:
        return None
    flange = (area - first.depth * first.web) / (2 * (first.width - first.web))
    found = _channel(corners, float(flange))
    return replace(found, exact=False) if found else None


def _channel(corners: FloatArray, flange: float) -> Section | None:
    half_width, half_depth = _half(corners)
    inner = corners[np.abs(corners[:, 1]) < half_depth - flange + SAME_MM, 0]
    web = float(inner.min()) + half_width if len(inner) else 0.0
    return Section("channel", 2 * half_depth, 2 * half_width, web, flange) if web < 2 * half_width - SAME_MM else None


def _as_tee(corners: FloatArray, _area: float) -> Section | None:
    """Read the web from its end and the flange from its tips."""
    half_width, half_depth = _half(corners)
    web = 2 * float(np.abs(corners[corners[:, 1] < SAME_MM - half_depth, 0]).max())
    flange = half_depth - float(corners[np.abs(corners[:, 0]) > half_width - SAME_MM, 1].min())
    return Section("tee", 2 * half_depth, 2 * half_width, web, flange)


def _as_angle(corners: FloatArray, _area: float) -> Section | None:
    """Read the thickness of each leg from its tip."""
    half_width, half_depth = _half(corners)
    flange = float(corners[corners[:, 0] > half_width - SAME_MM, 1].max()) + half_depth
    web = float(corners[corners[:, 1] > half_depth - SAME_MM, 0].max()) + half_width
    return Section("angle", 2 * half_depth, 2 * half_width, web, flange)


def _as_rolled_angle(corners: FloatArray, area: float) -> Section | None:
    """Read the one thickness of both legs from the area: the tips of rolled angles are rounded."""
    half_width, half_depth = _half(corners)
    legs = 2 * (half_depth + half_width)
    thickness = (legs - np.sqrt(max(legs**2 - 4 * area, 0.0))) / 2
    thickness = _snapped(thickness, corners[:, 1] + half_depth)
    return Section("angle", 2 * half_depth, 2 * half_width, thickness, thickness)


def _as_box(corners: FloatArray, area: float) -> Section:
    """Read the wall from the area."""
    half_width, half_depth = _half(corners)
    sides = 2 * (half_depth + half_width)
    wall = (sides - np.sqrt(max(sides**2 - 4 * area, 0.0))) / 4
    wall = _snapped(wall, half_depth - np.abs(corners[:, 1]))
    return Section("box", 2 * half_depth, 2 * half_width, wall, wall)


_Reading = Callable[[FloatArray, float], Section | None]
_BY_TIPS: tuple[_Reading, ...] = (_as_i_shape, _as_channel, _as_angle, _as_tee)
_BY_AREA: tuple[_Reading, ...] = (_as_rolled_angle, _as_tapered_channel)


def _snapped(thickness: float, distances: FloatArray) -> float:
    """Return the distance of a corner from the outer face that is nearest to a thickness, where one is near."""
    nearest = float(distances[np.argmin(np.abs(distances - thickness))])
    return nearest if abs(nearest - thickness) < _SAME_THICKNESS * abs(thickness) else float(thickness)


def _agrees(section: Section, corners: FloatArray, area: float) -> bool:
    """Return whether a section has this area, holds all corners and has its own among them, but for its fillets."""
    thinnest, thickest = min(section.web, section.flange), max(section.web, section.flange)
    parts = 4 if section.name == "box" else 3
    if thinnest < _THINNEST_MM or parts * thickest > min(section.depth, section.width):
        return False
    low, high = _rectangles(section)
    sizes = high - low
    if np.any(sizes <= 0) or abs(float(np.prod(sizes, axis=1).sum()) - area) > AREA_TOLERANCE * area:
        return False
    beyond = np.maximum(np.maximum(low - corners[:, None], corners[:, None] - high), 0.0)
    out = np.linalg.norm(beyond, axis=2).min(axis=1)
    missing = np.linalg.norm(corners_of(section)[:, None] - corners, axis=2).min(axis=1)
    return bool(
        out.max() < max(_STRAY_MM, FILLET_RATIO * thickest)
        and missing.max() < max(_STRAY_MM, ROUNDING_RATIO * thickest)
    )


def corners_of(section: Section) -> FloatArray:
    """Return the sharp corners (n, 2) of a section, anticlockwise; those of a hollow one's inside follow.

    A round section has none.
    """
    d, b, w, f = section.depth / 2, section.width / 2, section.web, section.flange
    low, high = f - d, d - f
    right = ((-b, -d), (b, -d), (b, low), (w / 2, low), (w / 2, high), (b, high))
    corners: dict[str, tuple[tuple[float, float], ...]] = {
        "plate": _around(b, d),
        "box": (*_around(b, d), *_around(b - f, d - f)),
        "i_shape": (*right, *((-side, -up) for side, up in right)),
        "channel": ((-b, -d), (b, -d), (b, low), (w - b, low), (w - b, high), (b, high), (b, d), (-b, d)),
        "angle": ((-b, -d), (b, -d), (b, low), (w - b, low), (w - b, d), (-b, d)),
        "tee": ((-w / 2, -d), (w / 2, -d), (w / 2, high), (b, high), (b, d), (-b, d), (-b, high), (-w / 2, high)),
        "round": (),
    }
    return np.array(corners[section.name], dtype=float).reshape(-1, 2)


def _around(half_width: float, half_depth: float) -> tuple[tuple[float, float], ...]:
    return (
        (-half_width, -half_depth),
        (half_width, -half_depth),
        (half_width, half_depth),
        (-half_width, half_depth),
    )


def _rectangles(section: Section) -> tuple[FloatArray, FloatArray]:
    """Return the lowest and highest corners, (k, 2) each, of the rectangles that make up a section."""
    d, b, w, f = section.depth / 2, section.width / 2, section.web, section.flange
    top, bottom = (-b, d - f, b, d), (-b, -d, b, f - d)
    parts = {
        "i_shape": (top, bottom, (-w / 2, f - d, w / 2, d - f)),
        "channel": (top, bottom, (-b, f - d, w - b, d - f)),
        "angle": (bottom, (-b, f - d, w - b, d)),
        "tee": (top, (-w / 2, -d, w / 2, d - f)),
        "box": (top, bottom, (-b, f - d, w - b, d - f), (b - w, f - d, b, d - f)),
    }[section.name]
    found = np.array(parts)
    return found[:, :2], found[:, 2:]
