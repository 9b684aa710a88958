"""Sections of IFC members: from parametric profiles, and from the meshes of members that have none.

Everything here works on plain values and NumPy; lengths are millimetres. The result is always a straight prism of a
section that `structural.geometry.prisms` knows, with a word on whether it is the member exactly or approximates it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

SAME_MM = 0.5
"""Vertices, faces and sizes this near are the same."""
FULL_SHARE = 0.985
AREA_TOLERANCE = 0.08
"""How far the area of a recognised section may be from the mesh's (fillets, rounded corners)."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section type with its sizes in mm; ``exact`` when the member's boundary is that of the section."""

    name: str
    depth: float
    width: float
    web: float
    flange: float
    exact: bool = True


def from_profile(profile_type: str, sizes: Mapping[str, Any]) -> Section | None:
    """Return the section of a parametric profile definition (sizes in mm), or None for other profiles."""
    number = {name: float(value) for name, value in sizes.items() if isinstance(value, int | float)}
    try:
        return _PROFILES[profile_type](number)
    except KeyError:  # another profile, or a mandatory size is missing
        return None


def _u_shape(s: Mapping[str, float]) -> Section:
    return Section("channel", s["Depth"], s["FlangeWidth"], s["WebThickness"], s["FlangeThickness"])


def _l_shape(s: Mapping[str, float]) -> Section:
    return Section("angle", s["Depth"], s.get("Width", s["Depth"]), s["Thickness"], s["Thickness"])


def _t_shape(s: Mapping[str, float]) -> Section:
    return Section("tee", s["Depth"], s["FlangeWidth"], s["WebThickness"], s["FlangeThickness"])


_PROFILES = {
    "IfcIShapeProfileDef": lambda s: Section(
        "i_shape", s["OverallDepth"], s["OverallWidth"], s["WebThickness"], s["FlangeThickness"]
    ),
    "IfcRectangleProfileDef": lambda s: Section("plate", s["YDim"], s["XDim"], *[min(s["XDim"], s["YDim"])] * 2),
    "IfcRectangleHollowProfileDef": lambda s: Section(
        "box", s["YDim"], s["XDim"], s["WallThickness"], s["WallThickness"]
    ),
    "IfcCircleHollowProfileDef": lambda s: Section(
        "round", 2 * s["Radius"], 2 * s["Radius"], s["WallThickness"], s["WallThickness"]
    ),
    "IfcCircleProfileDef": lambda s: Section("round", *[2 * s["Radius"]] * 4),
    "IfcUShapeProfileDef": _u_shape,
    "IfcLShapeProfileDef": _l_shape,
    "IfcTShapeProfileDef": _t_shape,
}


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
    """Return the prism that stands for a mesh (n, 3) mm: its tightest box, with the section recognised if it can be."""
    frame = _tightest_frame(points, triangles)
    local = points @ frame.T
    low, high = local.min(axis=0), local.max(axis=0)
    order = _axis_and_up(frame, high - low)
    frame = frame[order]
    low, high = low[order], high[order]
    frame[1] = np.cross(frame[2], frame[0])
    local = (points - points.mean(axis=0)) @ frame.T
    low, high = local.min(axis=0), local.max(axis=0)
    size = np.maximum(high - low, 0.1)
    centred = local - (low + high) / 2
    section, turned = _recognise(centred, size, _volume(points, triangles) / size[0])
    origin = points.mean(axis=0) + np.array([low[0], (low[1] + high[1]) / 2, (low[2] + high[2]) / 2]) @ frame
    up = frame[1] if turned else frame[2]
    exact = section.exact and _ends_are_square(local[:, 0]) and _is_closed(points, triangles)
    return Prism(origin, frame[0], up, float(size[0]), section, exact)


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


def _axis_and_up(frame: NDArray, size: NDArray) -> list[int]:
    """Return the rows as (axis, side, up): the longest is the axis, the most vertical of the rest is up."""
    axis = int(np.argmax(size))
    rest = [row for row in range(3) if row != axis]
    rest.sort(key=lambda row: (round(abs(float(frame[row, 2])), 3), float(size[row])))
    return [axis, *rest]


def _volume(points: NDArray, triangles: NDArray) -> float:
    corners = points[triangles] - points.mean(axis=0)
    return float(abs(np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum()) / 6)


def _recognise(centred: NDArray, size: NDArray, area: float) -> tuple[Section, bool]:
    """Return the section of a mesh in its own frame and whether its depth runs along the side instead of up."""
    depth, width = float(size[2]), float(size[1])
    solid = Section("plate", depth, width, min(depth, width), min(depth, width), exact=False)
    if area >= FULL_SHARE * depth * width:
        return Section(solid.name, depth, width, solid.web, solid.flange), False
    radius = np.hypot(centred[:, 1], centred[:, 2])
    if abs(depth - width) < 0.02 * depth and radius.min() > 0.6 * depth / 2 and len(np.unique(radius.round(1))) <= 3:
        wall = max(depth / 2 - float(radius.min()), 1.0)
        return Section("round", depth, width, wall, wall, exact=False), False
    for turned in (False, True):
        y, z = (centred[:, 2], centred[:, 1]) if turned else (centred[:, 1], centred[:, 2])
        shape = _as_i_shape(y, z, area)
        if shape is not None:
            return shape, turned
    return solid, False


def _as_i_shape(y: NDArray, z: NDArray, area: float) -> Section | None:
    """Return the doubly symmetric I shape whose section has these vertices and this area, or None."""
    half_depth, half_width = float(np.abs(z).max()), float(np.abs(y).max())
    web = 2 * float(np.abs(y).min())
    tips = np.abs(z)[(np.abs(y) > half_width - SAME_MM) & (np.abs(z) < half_depth - SAME_MM)]
    inner = np.abs(z)[np.abs(y) < web / 2 + SAME_MM]
    if len(tips) == 0 or web < 1.0 or web > half_width or inner.max() > half_depth - SAME_MM:
        return None
    flange = half_depth - float(tips.max())
    expected = 4 * half_width * flange + (2 * half_depth - 2 * flange) * web
    if flange <= 0 or abs(expected - area) > AREA_TOLERANCE * area:
        return None
    return Section("i_shape", 2 * half_depth, 2 * half_width, web, flange)
