"""Prisms of IFC members: of a known section fitted to the mesh, or of the section recognised in the mesh.

Everything here works on plain values and NumPy; lengths are millimetres. The result is always a straight prism of a
section that `structural.geometry.prisms` knows, with a word on whether it is the member exactly or approximates it.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from serving.ifc.outlines import SAME_MM, Section, recognise, solid, up_after

_STATIONS = (0.2512, 0.5003, 0.7489)
"""Where sections across a mesh are looked at, as shares of its length: corners seldom lie just there."""


@dataclass(frozen=True, slots=True)
class Prism:
    """A member: ``origin`` (3,) mm at its start, ``axis`` and ``up`` (3,) unit vectors, length and section.

    Cope and opening as in `structural.geometry.prisms.Prisms`; 0 for none.
    """

    origin: NDArray[np.float64]
    axis: NDArray[np.float64]
    up: NDArray[np.float64]
    length: float
    section: Section
    exact: bool
    cope_length: float = 0.0
    cope_depth: float = 0.0
    opening_at: float = 0.0
    opening_length: float = 0.0
    opening_height: float = 0.0


def fit_to_mesh(section: Section, side: NDArray, up: NDArray, points: NDArray, centre: NDArray) -> Prism | None:
    """Return the prism of a known section through ``centre`` (3,), as long as the mesh (n, 3) is along its axis.

    It is exact when the mesh fills the section's outline to within `SAME_MM`; None when the mesh does not fit at all.
    """
    axis = np.cross(side, up)
    along = points @ axis
    reach = np.stack([(points - centre) @ side, (points - centre) @ up])
    half = np.array([section.width, section.depth]) / 2
    beyond = float(np.max(np.abs(reach).max(axis=1) - half))
    missing = float(np.max(half - np.abs(reach).max(axis=1)))
    if beyond > max(2.0, 0.02 * section.depth) or along.max() - along.min() < SAME_MM:
        return None
    origin = centre + axis * (along.min() - centre @ axis)
    square = _ends_are_square(along)
    exact = section.exact and square and beyond < SAME_MM and missing < max(SAME_MM, 0.01 * section.depth)
    return _as_plate(Prism(origin, axis, up, float(along.max() - along.min()), section, exact))


def _as_plate(prism: Prism) -> Prism:
    """Return a solid rectangle as plates are told of: as thick as its thinnest side, which lies across its axis.

    A plate may be drawn through its thickness or along its edge; both are the same solid.
    """
    section, length = prism.section, prism.length
    if section.name != "plate":
        return prism
    thick = min(section.depth, section.width, length)
    if length > thick:
        return replace(prism, section=replace(section, web=thick, flange=thick))
    # axis, side and up become the longer edge, the thickness and the shorter edge
    side = np.cross(prism.up, prism.axis)
    centre = prism.origin + prism.axis * (length / 2)
    edges = [(section.depth, prism.up), (section.width, side)]
    (long, along), (short, across) = edges if section.depth >= section.width else edges[::-1]
    return replace(
        prism,
        origin=centre - along * (long / 2),
        axis=along,
        up=across,
        length=long,
        section=replace(section, depth=short, width=thick, web=thick, flange=thick),
    )


def _ends_are_square(along: NDArray) -> bool:
    """Return whether all vertices lie at either end: no skew cut, no notch, no opening."""
    return bool(np.all((along < along.min() + SAME_MM) | (along > along.max() - SAME_MM)))


def from_mesh(points: NDArray[np.float64], triangles: NDArray[np.int64]) -> Prism:
    """Return the prism that stands for a mesh (n, 3) mm: its tightest box, with the section recognised if it can be.

    The longest edge of the box is the axis, unless only across another one a section is recognised: a short piece of
    an angle is longer across than along.
    """
    frame = _tightest_frame(points, triangles)
    ways = [_standing(frame[order], points) for order in _axes_and_ups(frame, np.ptp(points @ frame.T, axis=0))]
    for way in ways:
        # what is cut askew or notched shows a section along its longest edge alone, if at all
        is_seen = way is ways[0] or _is_square(way)
        found = recognise(way.local[:, 1:], _section_area(way.local, triangles)) if is_seen else None
        if found is not None:
            section, turns = found
            return _prism(way, section, turns, closed=_is_closed(points, triangles))
    width, depth = np.maximum(np.ptp(ways[0].local[:, 1:], axis=0), 0.1).tolist()
    return _prism(ways[0], solid(width, depth, exact=False), 0, closed=False)


@dataclass(frozen=True, slots=True)
class _Way:
    """A mesh seen along one axis: ``frame`` (axis, side, up) through ``centre`` (3,), and its points (n, 3) therein."""

    frame: NDArray[np.float64]
    centre: NDArray[np.float64]
    local: NDArray[np.float64]


def _standing(frame: NDArray, points: NDArray) -> _Way:
    """Return a mesh in a right-handed frame (axis, side, up) at the centre of its box."""
    frame = np.stack([frame[0], np.cross(frame[2], frame[0]), frame[2]])
    seen = points @ frame.T
    centre = (seen.min(axis=0) + seen.max(axis=0)) / 2
    return _Way(frame, centre @ frame, seen - centre)


def _is_square(way: _Way) -> bool:
    return _ends_are_square(way.local[:, 0])


def _prism(way: _Way, section: Section, turns: int, *, closed: bool) -> Prism:
    length = max(float(np.ptp(way.local[:, 0])), 0.1)
    axis, side, up = way.frame
    up = up_after(side, up, turns)
    exact = section.exact and closed and _is_square(way)
    return _as_plate(Prism(way.centre - axis * (length / 2), axis, up, length, section, exact))


def _is_closed(points: NDArray, triangles: NDArray) -> bool:
    """Return whether each edge belongs to an even number of triangles (vertices within 0.01 mm are one)."""
    merged = np.unique(np.round(points, 2), axis=0, return_inverse=True)[1].reshape(-1)[triangles]
    edges = np.sort(np.concatenate([merged[:, [0, 1]], merged[:, [1, 2]], merged[:, [2, 0]]]), axis=1)
    return bool(np.all(np.unique(edges, axis=0, return_counts=True)[1] % 2 == 0))


def _tightest_frame(points: NDArray, triangles: NDArray) -> NDArray[np.float64]:
    """Return the right-angled frame (rows), among those along faces and principal axes, of the smallest box."""
    edges = points[triangles]
    normal = np.cross(edges[:, 1] - edges[:, 0], edges[:, 2] - edges[:, 0])
    area = np.linalg.norm(normal, axis=1)
    kept = area > 1e-9
    normal, area = normal[kept] / area[kept, None], area[kept]
    frames = [np.eye(3), np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2]]
    for first in _main_directions(normal, area):
        level = np.abs(normal @ first) < 0.02
        for second in _main_directions(normal[level], area[level])[:3]:
            second = second - first * (second @ first)
            second /= np.linalg.norm(second)
            frames.append(np.stack([first, second, np.cross(first, second)]))
    volumes = [float(np.prod(np.ptp(points @ frame.T, axis=0) + 0.1)) for frame in frames]
    # the first of equal ones: faces first would be as good, but the model's own axes read better
    return frames[int(np.argmin(np.round(volumes, -1)))].copy()


def _main_directions(normal: NDArray, area: NDArray, count: int = 4) -> list[NDArray]:
    """Return up to ``count`` face directions (sign ignored), by area."""
    found: list[NDArray] = []
    left = area.copy()
    while len(found) < count and len(left) and left.max() > 0:
        direction = normal[int(np.argmax(left))]
        found.append(direction)
        left[np.abs(normal @ direction) > 0.999] = 0.0
    return found


def _axes_and_ups(frame: NDArray, size: NDArray) -> list[list[int]]:
    """Return the rows as (axis, side, up) for each axis, the longest first; the most vertical of the rest is up."""
    found = []
    for axis in np.argsort(-size, kind="stable").tolist():
        rest = [row for row in range(3) if row != axis]
        rest.sort(key=lambda row: (round(abs(float(frame[row, 2])), 3), float(size[row])))
        found.append([axis, *rest])
    return found


def _section_area(local: NDArray, triangles: NDArray) -> float:
    """Return the area of the section across a mesh given in its own frame: the largest of a few along its axis."""
    low, high = local[:, 0].min(), local[:, 0].max()
    return max(_area_at(local, triangles, low + share * (high - low)) for share in _STATIONS)


def _area_at(local: NDArray, triangles: NDArray, x: float) -> float:
    """Return the area of the section at ``x``: half the sum of the cross products of the edges that the plane cuts.

    Each triangle that reaches across has one corner on one side; the winding of the triangles gives the direction.
    """
    corners = local[triangles]
    beyond = corners[:, :, 0] > x
    count = beyond.sum(axis=1)
    cut = (count == 1) | (count == 2)
    corners, beyond, count = corners[cut], beyond[cut], count[cut]
    lone = np.argmax(np.where((count == 1)[:, None], beyond, ~beyond), axis=1)
    rows = np.arange(len(corners))
    apex, second, third = (corners[rows, (lone + step) % 3] for step in range(3))
    ends = []
    for other in (second, third):
        share = (x - apex[:, 0]) / (other[:, 0] - apex[:, 0])
        ends.append(apex[:, 1:] + share[:, None] * (other[:, 1:] - apex[:, 1:]))
    sign = np.where(count == 1, 1.0, -1.0)
    one, two = ends
    return float(abs(np.sum(sign * (one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])) / 2))
