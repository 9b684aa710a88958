"""From IFC bodies to the straight prisms that the network reads: the profile where the file gives one, else the mesh.

Lengths are millimetres, places are in the local frame that the meshes lie in.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from serving.ifc.meshing import Body
from serving.ifc.outlines import Section, up_after
from serving.ifc.profiles import Profiles
from serving.ifc.representations import bodies_of
from serving.ifc.sections import Prism, fit_to_mesh, from_mesh
from serving.ifc.trims import with_trims
from structural.geometry.prisms import FloatArray

_DEEPEST = 8


def prism_of(element: Any, profiles: Profiles, body: Body, points: FloatArray, origin_mm: FloatArray) -> Prism:
    """Return the prism that stands for an element of the model that ``profiles`` are of.

    ``points`` (v, 3) are the vertices of its mesh in the local frame at ``origin_mm`` (3,). The prism is not ``exact``
    where the member is no straight prism of a known section.
    """
    placement = body.placement.copy()
    placement[:3, 3] -= origin_mm
    prism = _from_body(element, profiles, points, placement)
    if prism is None:
        prism = from_mesh(points, body.mesh.faces.astype(np.int64))
        prism = with_trims(prism, points) if body.mesh.closed else prism
    return prism


def kind_of(kind: str, section: Section) -> str:
    """Return the kind of a member by its section: what flows through a rectangle is a duct's."""
    return "duct" if kind == "pipe" and section.name in ("plate", "box") else kind


def _from_body(element: Any, profiles: Profiles, points: FloatArray, matrix: FloatArray) -> Prism | None:
    """Return the prism of an element whose body is one extruded profile and whose mesh agrees with it."""
    import ifcopenshell.util.placement as placement

    found = _extrusion(element)
    if found is None:
        return None
    solid, mapped, whole = found
    unit_mm = profiles.unit_mm
    laid = profiles.section_of(solid.SweptArea)
    if laid is None:
        return None
    local = placement.get_axis2placement(solid.Position) if solid.Position else np.eye(4)
    place = np.eye(4)
    position = getattr(solid.SweptArea, "Position", None)
    if position is not None:
        place = _flat(placement.get_axis2placement(position))
    full = _in_mm(mapped, unit_mm) @ _in_mm(local, unit_mm) @ _in_mm(place, unit_mm)
    full = matrix @ full
    side, up = full[:3, 0], full[:3, 1]
    scale = float(np.linalg.norm(side))
    if abs(scale - 1.0) > 1e-6 or abs(float(np.linalg.norm(up)) - 1.0) > 1e-6 or np.linalg.det(full[:3, :3]) < 0:
        return None
    direction = np.asarray(solid.ExtrudedDirection.DirectionRatios, dtype=float)
    if abs(direction[2]) < 0.9999 * np.linalg.norm(direction):
        return None
    centre = full[:3, 3] + laid.centre @ np.stack([side, up])
    axis, up = np.cross(side, up), up_after(side, up, laid.turns)
    side = np.cross(up, axis)
    prism = fit_to_mesh(laid.section, side, up, points, centre)
    if prism is None:
        return None
    # what is cut off at an angle leaves no corner between the ends and may yet be seen to be no trim
    return with_trims(prism if whole else replace(prism, exact=False), points)


def _extrusion(element: Any) -> tuple[Any, Any, bool] | None:
    """Return the one extruded solid of an element's body, the transform of a mapped item, and whether it is uncut."""
    import ifcopenshell.util.placement as placement

    _, bodies = bodies_of(element)
    if len(bodies) != 1 or len(bodies[0].Items) != 1:
        return None
    item, mapped, whole = bodies[0].Items[0], np.eye(4), True
    for _ in range(_DEEPEST):
        if item.is_a("IfcMappedItem"):
            mapped = mapped @ placement.get_mappeditem_transformation(item)
            inner = item.MappingSource.MappedRepresentation.Items
            if len(inner) != 1:
                return None
            item = inner[0]
        elif item.is_a("IfcBooleanResult"):
            item, whole = item.FirstOperand, False
        else:
            break
    return (item, mapped, whole) if item.is_a("IfcExtrudedAreaSolid") else None


def _in_mm(matrix: Any, unit_mm: float) -> Any:
    scaled = np.array(matrix, dtype=float)
    scaled[:3, 3] *= unit_mm
    return scaled


def _flat(matrix: Any) -> Any:
    """Return the 4 x 4 matrix of a placement in the plane."""
    matrix = np.asarray(matrix, dtype=float)
    if matrix.shape == (4, 4):
        return matrix
    full = np.eye(4)
    full[:2, :2], full[:2, 3] = matrix[:2, :2], matrix[:2, -1]
    return full
