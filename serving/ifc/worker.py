"""The subprocess that opens an IFC model: its limits are set before the geometry kernel is loaded.

Run as ``python -m serving.ifc.worker`` with one JSON line on standard input (`parent`, `model`, `memory_bytes`,
`cpu_s`, `max_members`); one JSON object comes out: ``members`` and counts, or ``refused`` with a reason for the client.
"""

import json
import sys
from typing import Any

import numpy as np

from serving.ifc.sections import Prism, Section, fit_to_mesh, from_mesh, from_profile
from serving.process_limits import die_with_parent, limit_this_process

KIND_OF_CLASS = {
    "IfcColumn": "column",
    "IfcBeam": "beam",
    "IfcMember": "brace",
    "IfcPlate": "plate",
    "IfcPipeSegment": "pipe",
    "IfcPipeFitting": "pipe",
    "IfcDuctSegment": "duct",
    "IfcDuctFitting": "duct",
    "IfcFlowSegment": "pipe",
}
"""IFC classes that are read, and what they are to the clash detector; subclasses count as their class."""
KERNEL = "hybrid-manifold-opencascade"
_MM = 1000.0


class RefusedError(ValueError):
    """The model cannot be read; the message is meant for the client."""


def main() -> None:
    """Read one model under the limits of the order on standard input."""
    order = json.loads(sys.stdin.readline())
    die_with_parent(order["parent"])
    limit_this_process(order["memory_bytes"], order["cpu_s"])
    try:
        result = read_model(order["model"], order["max_members"])
    except RefusedError as error:
        result = {"refused": str(error)}
    except MemoryError:
        result = {"refused": "the model needs more memory than one request may use"}
    sys.stdout.write(json.dumps(result))


def read_model(path: str, max_members: int) -> dict[str, Any]:
    """Return the members of a model as JSON-ready values; raises `RefusedError` with a reason for the client."""
    import ifcopenshell
    import ifcopenshell.util.unit

    try:
        model = ifcopenshell.open(path)
        schema = str(model.schema)
    except MemoryError:
        raise
    except Exception as error:
        raise RefusedError("the file is not a readable IFC model (STEP physical file)") from error
    elements = _elements(model)
    if len(elements) > max_members:
        raise RefusedError(f"the model has {len(elements)} members; at most {max_members} are checked at once")
    try:
        unit_mm = float(ifcopenshell.util.unit.calculate_unit_scale(model)) * _MM
    except Exception as error:
        raise RefusedError("the model's length unit cannot be read") from error
    meshes = _meshes(model, elements)
    members = []
    for identifier, (element, kind) in elements.items():
        if identifier in meshes:
            members.append(_member(element, kind, meshes[identifier], unit_mm))
    return {"schema": schema, "members": members, "without_geometry": len(elements) - len(members)}


def _elements(model: Any) -> dict[int, tuple[Any, str]]:
    found: dict[int, tuple[Any, str]] = {}
    for name, kind in KIND_OF_CLASS.items():
        try:
            elements = model.by_type(name)
        except RuntimeError:  # this schema does not have that class
            continue
        for element in elements:
            found.setdefault(element.id(), (element, kind))
    return found


def _meshes(model: Any, elements: dict[int, tuple[Any, str]]) -> dict[int, tuple[Any, Any, Any]]:
    """Return vertices (n, 3) in metres in the element's frame, triangles (m, 3) and placement (4, 4) by element."""
    import ifcopenshell.geom
    import ifcopenshell.util.shape as shapes

    if not elements:
        return {}
    settings = ifcopenshell.geom.settings()
    settings.set("circle-segments", 32)
    found = {}
    chosen = [element for element, _ in elements.values()]
    iterator = ifcopenshell.geom.iterator(settings, model, 1, include=chosen, geometry_library=KERNEL)
    if not iterator.initialize():
        return {}
    while True:
        shape = iterator.get()
        points = np.asarray(shapes.get_vertices(shape.geometry), dtype=float).reshape(-1, 3)
        triangles = np.asarray(shapes.get_faces(shape.geometry), dtype=np.int64).reshape(-1, 3)
        matrix = np.asarray(shapes.get_shape_matrix(shape), dtype=float)
        if len(points) >= 4 and len(triangles) >= 4 and np.isfinite(points).all() and np.isfinite(matrix).all():
            found[int(shape.id)] = (points, triangles, matrix)
        if not iterator.next():
            return found


def _member(element: Any, kind: str, mesh: tuple[Any, Any, Any], unit_mm: float) -> dict[str, Any]:
    points, triangles, matrix = mesh
    world = (points @ matrix[:3, :3].T + matrix[:3, 3]) * _MM
    prism = _from_body(element, world, matrix, unit_mm) or from_mesh(world, triangles)
    section: Section = prism.section
    return {
        "guid": str(element.GlobalId),
        "name": str(element.Name or getattr(element, "Tag", None) or element.GlobalId)[:200],
        "ifc_class": element.is_a(),
        "kind": _kind(kind, section),
        "section": section.name,
        "sizes": [section.depth, section.width, section.web, section.flange, prism.length],
        "origin": prism.origin.tolist(),
        "axis": prism.axis.tolist(),
        "up": prism.up.tolist(),
        "exact": bool(prism.exact),
        "low": world.min(axis=0).tolist(),
        "high": world.max(axis=0).tolist(),
    }


def _kind(kind: str, section: Section) -> str:
    return "duct" if kind == "pipe" and section.name in ("plate", "box") else kind


def _from_body(element: Any, world: Any, matrix: Any, unit_mm: float) -> Prism | None:
    """Return the prism of an element whose body is one extruded parametric profile and whose mesh agrees with it."""
    import ifcopenshell.util.placement as placement

    found = _extrusion(element)
    if found is None:
        return None
    solid, mapped, whole = found
    profile = solid.SweptArea
    lengths = {name: value * unit_mm for name, value in profile.get_info().items() if isinstance(value, int | float)}
    section = from_profile(profile.is_a(), lengths)
    if section is None or min(section.depth, section.width, section.web, section.flange) <= 0:
        return None
    local = placement.get_axis2placement(solid.Position) if solid.Position else np.eye(4)
    place = np.eye(4)
    position = getattr(profile, "Position", None)
    if position is not None:
        place = _flat(placement.get_axis2placement(position))
    full = _in_mm(mapped, unit_mm) @ _in_mm(local, unit_mm) @ _in_mm(place, unit_mm)
    world_matrix = matrix.copy()
    world_matrix[:3, 3] *= _MM
    full = world_matrix @ full
    side, up = full[:3, 0], full[:3, 1]
    scale = float(np.linalg.norm(side))
    if abs(scale - 1.0) > 1e-6 or abs(float(np.linalg.norm(up)) - 1.0) > 1e-6 or np.linalg.det(full[:3, :3]) < 0:
        return None
    direction = np.asarray(solid.ExtrudedDirection.DirectionRatios, dtype=float)
    if abs(direction[2]) < 0.9999 * np.linalg.norm(direction):
        return None
    prism = fit_to_mesh(section, side, up, world, full[:3, 3])
    if prism is None or whole:
        return prism
    return Prism(prism.origin, prism.axis, prism.up, prism.length, prism.section, exact=False)


def _extrusion(element: Any) -> tuple[Any, Any, bool] | None:
    """Return the one extruded solid of an element's body, the transform of a mapped item, and whether it is uncut."""
    import ifcopenshell.util.placement as placement

    representation = getattr(element, "Representation", None)
    bodies = [
        item for item in getattr(representation, "Representations", ()) if item.RepresentationIdentifier == "Body"
    ]
    if len(bodies) != 1 or len(bodies[0].Items) != 1:
        return None
    item, mapped, whole = bodies[0].Items[0], np.eye(4), True
    for _ in range(8):
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


if __name__ == "__main__":
    main()
