"""What a section is written as: a parametric profile, or the outline that many exporters write instead."""

from dataclasses import dataclass

import numpy as np

from serving.ifc.outlines import Section, corners_of
from structural.geometry.prisms import (
    ANGLE,
    BOX,
    CHANNEL,
    I_SHAPE,
    PLATE,
    ROUND,
    SECTIONS,
    TEE,
    FloatArray,
    Prisms,
)
from structural.problems.clash_detector.catalogue import Profiles

_ARC_STEPS = 4
"""A fillet is written as so many straight pieces."""
_LARGEST_FILLET_MM = 30.0
"""Of the rolled shapes in EN 10365; thicker flanges have no larger ones."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A section's boundary as corners (n, 2) in mm, (side, up); round ones have ``radius_mm`` instead.

    A hollow section has its inner boundary too.
    """

    outer: FloatArray
    inner: FloatArray | None = None
    radius_mm: float = 0.0
    inner_radius_mm: float = 0.0


def section_key(shapes: Prisms | Profiles) -> tuple[float, ...]:
    """Return section code, depth, width, web and flange of the first shape: what decides its profile."""
    values = (shapes.section, shapes.depth, shapes.width, shapes.web, shapes.flange)
    return tuple(float(value[0]) for value in values)


def parametric(shapes: Prisms | Profiles, fillet_ratio: float, corner_ratio: float) -> tuple[str, dict[str, float]]:
    """Return the profile entity of the first shape and its sizes in mm.

    ``fillet_ratio`` is the root fillet of I shapes relative to the flange, ``corner_ratio`` the outer radius of hollow
    rectangles relative to the wall.
    """
    _, depth, width, web, flange = section_key(shapes)
    fillet, corner = fillet_ratio * flange, corner_ratio * flange
    rounded = {"InnerFilletRadius": corner / 2, "OuterFilletRadius": corner} if corner else {}
    open_one = {"Depth": depth, "FlangeWidth": width, "WebThickness": web, "FlangeThickness": flange}
    entities: dict[int, tuple[str, dict[str, float]]] = {
        I_SHAPE: (
            "IfcIShapeProfileDef",
            {"OverallDepth": depth, "OverallWidth": width, "WebThickness": web, "FlangeThickness": flange}
            | ({"FilletRadius": fillet} if fillet else {}),
        ),
        BOX: ("IfcRectangleHollowProfileDef", {"YDim": depth, "XDim": width, "WallThickness": flange} | rounded),
        ROUND: ("IfcCircleHollowProfileDef", {"Radius": depth / 2, "WallThickness": web}),
        PLATE: ("IfcRectangleProfileDef", {"YDim": depth, "XDim": width}),
        CHANNEL: ("IfcUShapeProfileDef", open_one),
        ANGLE: ("IfcLShapeProfileDef", {"Depth": depth, "Width": width, "Thickness": flange}),
        TEE: ("IfcTShapeProfileDef", open_one),
    }
    return entities[int(shapes.section[0])]


def outline(shapes: Prisms | Profiles, fillet_ratio: float) -> Outline:
    """Return the outline of the first shape, with fillets in the re-entrant corners of open ones."""
    code, depth, width, web, flange = section_key(shapes)
    section = Section(SECTIONS[int(code)], depth, width, web, flange)
    corners = corners_of(section)
    if code == ROUND:
        return Outline(corners, None, section.depth / 2, max(section.depth / 2 - section.web, 0.0))
    if code == BOX:
        return Outline(corners[:4], corners[4:])
    return Outline(_filleted(corners, min(fillet_ratio * section.flange, _LARGEST_FILLET_MM)))


def _filleted(corners: FloatArray, radius: float) -> FloatArray:
    """Return a right-angled outline (n, 2), anticlockwise, with arcs of that radius in its re-entrant corners."""
    if radius <= 0:
        return corners
    before, after = np.roll(corners, 1, axis=0) - corners, np.roll(corners, -1, axis=0) - corners
    drawn: list[FloatArray] = []
    for corner, back, on in zip(corners, before, after, strict=True):
        if on[0] * back[1] - on[1] * back[0] > 0:
            drawn.append(corner[None])
            continue
        one, other = back / np.linalg.norm(back) * radius, on / np.linalg.norm(on) * radius
        angles = np.linspace(0.0, np.pi / 2, _ARC_STEPS + 1)[:, None]
        drawn.append(corner + one * (1.0 - np.sin(angles)) + other * (1.0 - np.cos(angles)))
    return np.concatenate(drawn)
