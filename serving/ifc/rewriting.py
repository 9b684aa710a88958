"""Entities that the geometry kernel makes nothing or the wrong thing of, written in memory as others that it makes.

The model is that of one reading: the file stays as it is.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from structural.geometry.prisms import FloatArray

_LEAST = 1e-9
_SHARPEST = 0.05
"""Least cosine of half the turn at a corner of a centre line: beyond it the mitre is longer than any sheet's."""


def rewrite(model: Any) -> None:
    """Write the cylinders and the centre-line profiles of an open model as what the kernel makes of them.

    What cannot be written so stays, and is told as trouble of its member.
    """
    for cylinder in _of_class(model, "IfcRightCircularCylinder"):
        _replace(model, cylinder, _as_extrusion(model, cylinder))
    for profile in _of_class(model, "IfcCenterLineProfileDef"):
        outline = outline_of(_line(profile), float(profile.Thickness or 0.0))
        if outline is not None:
            _replace(model, profile, _as_outline(model, profile, outline))


def outline_of(line: FloatArray, thickness: float) -> FloatArray | None:
    """Return the outline (2 n, 2) of a sheet of a thickness along an open line (n, 2), mitred; None where it has none.

    A line of no length, with a corner that turns back on itself, or that ends where it begins has none.
    """
    steps = np.diff(line, axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    if thickness <= 0.0 or len(line) < 2 or lengths.min() < _LEAST or np.linalg.norm(line[0] - line[-1]) < _LEAST:
        return None
    normals = np.stack([-steps[:, 1], steps[:, 0]], axis=1) / lengths[:, None]
    before, after = np.vstack([normals[:1], normals]), np.vstack([normals, normals[-1:]])
    middle = before + after
    size = np.linalg.norm(middle, axis=1)
    if size.min() / 2 < _SHARPEST:
        return None
    # the corner lies on both offset lines: along the bisector, by the offset over the cosine of half the turn
    offset = middle / size[:, None] ** 2 * thickness
    return np.vstack([line + offset, (line - offset)[::-1]])


def _of_class(model: Any, name: str) -> Sequence[Any]:
    return list(model.by_type(name))


def _replace(model: Any, old: Any, new: Any) -> None:
    import ifcopenshell.util.element

    for user in model.get_inverse(old):
        if user.is_a("IfcCsgSolid"):  # which holds primitives alone, and is one itself to whatever uses it
            ifcopenshell.util.element.replace_element(user, new)
        else:
            ifcopenshell.util.element.replace_attribute(user, old, new)


def _as_extrusion(model: Any, cylinder: Any) -> Any:
    at = model.create_entity("IfcAxis2Placement2D", model.create_entity("IfcCartesianPoint", (0.0, 0.0)))
    circle = model.create_entity("IfcCircleProfileDef", "AREA", None, at, float(cylinder.Radius))
    up = model.create_entity("IfcDirection", (0.0, 0.0, 1.0))
    return model.create_entity("IfcExtrudedAreaSolid", circle, cylinder.Position, up, float(cylinder.Height))


def _line(profile: Any) -> FloatArray:
    """Return the points (n, 2) of a centre line of straight pieces; none of another."""
    curve = profile.Curve
    if curve.is_a("IfcPolyline"):
        return np.array([point.Coordinates[:2] for point in curve.Points], dtype=float).reshape(-1, 2)
    if curve.is_a("IfcIndexedPolyCurve") and not curve.Segments:
        return np.array([point[:2] for point in curve.Points.CoordList], dtype=float).reshape(-1, 2)
    return np.empty((0, 2))


def _as_outline(model: Any, profile: Any, outline: FloatArray) -> Any:
    points = [model.create_entity("IfcCartesianPoint", tuple(map(float, point))) for point in outline]
    curve = model.create_entity("IfcPolyline", [*points, points[0]])
    return model.create_entity("IfcArbitraryClosedProfileDef", "AREA", profile.ProfileName, curve)
