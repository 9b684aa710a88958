"""Small IFC models for tests, written entity by entity: any unit, place, body, and what should not be in a file."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.guid

UNITS_M = {"mm": 0.001, "m": 1.0, "ft": 0.3048, "in": 0.0254}


class Building:
    """A model that grows by beams; lengths are given in millimetres and written in the file's unit.

    ``unit`` is a key of `UNITS_M`; ``east_mm`` and ``north_mm`` place the site, ``turn_deg`` turns it.
    """

    def __init__(
        self,
        schema: str = "IFC4",
        unit: str = "mm",
        east_mm: float = 0.0,
        north_mm: float = 0.0,
        turn_deg: float = 0.0,
    ) -> None:
        self.file = ifcopenshell.file(schema=schema)
        self._scale = 0.001 / UNITS_M[unit]
        self._owner = self._history() if schema == "IFC2X3" else None
        f = self.file
        context = f.createIfcGeometricRepresentationContext(None, "Model", 3, 1e-6, self.axes(), None)
        self.body = f.createIfcGeometricRepresentationSubContext(
            "Body", "Model", None, None, None, None, context, None, "MODEL_VIEW", None
        )
        units = f.createIfcUnitAssignment(
            [self._length_unit(unit), f.createIfcSIUnit(None, "PLANEANGLEUNIT", None, "RADIAN")]
        )
        project = f.createIfcProject(self.guid(), self._owner, "p", None, None, None, None, [context], units)
        along = (math.cos(math.radians(turn_deg)), math.sin(math.radians(turn_deg)), 0.0)
        self.site = f.createIfcLocalPlacement(None, self.axes((east_mm, north_mm, 0.0), (0, 0, 1), along))
        site = f.createIfcSite(
            self.guid(), self._owner, "s", None, None, self.site, None, None, "ELEMENT", None, None, None, None, None
        )
        self.storey = f.createIfcBuildingStorey(
            self.guid(), self._owner, "Level 1", None, None, self.site, None, None, "ELEMENT", None
        )
        f.createIfcRelAggregates(self.guid(), self._owner, None, None, project, [site])
        f.createIfcRelAggregates(self.guid(), self._owner, None, None, site, [self.storey])

    def beam(
        self, name: str, items: Sequence[Any], at_mm: Sequence[float] = (0, 0, 0), ifc_class: str = "IfcBeam"
    ) -> Any:
        """Add an element with these representation items, placed relative to the site."""
        f = self.file
        kind = "MappedRepresentation" if items and items[0].is_a("IfcMappedItem") else "SweptSolid"
        shape = f.createIfcShapeRepresentation(self.body, "Body", kind, list(items))
        element = f.create_entity(
            ifc_class,
            GlobalId=self.guid(),
            OwnerHistory=self._owner,
            Name=name,
            ObjectPlacement=f.createIfcLocalPlacement(self.site, self.axes(at_mm)),
            Representation=f.createIfcProductDefinitionShape(None, None, [shape]),
        )
        f.createIfcRelContainedInSpatialStructure(self.guid(), self._owner, None, None, [element], self.storey)
        return element

    def bar(self, size_mm: Sequence[float], at_mm: Sequence[float] = (0, 0, 0)) -> Any:
        """Return an extruded box with one corner at ``at_mm``."""
        x, y, z = size_mm
        centre = self.file.createIfcAxis2Placement2D(self.point((x / 2, y / 2)), self.direction((1, 0)))
        profile = self.file.createIfcRectangleProfileDef("AREA", None, centre, self.length(x), self.length(y))
        return self.extruded(profile, z, at_mm)

    def extruded(self, profile: Any, length_mm: float, at_mm: Sequence[float] = (0, 0, 0)) -> Any:
        """Return a profile swept upward."""
        return self.file.createIfcExtrudedAreaSolid(
            profile, self.axes(at_mm), self.direction((0, 0, 1)), self.length(length_mm)
        )

    def mapped(self, item: Any, by_mm: Sequence[float] = (0, 0, 0), scale: float = 1.0) -> Any:
        """Return an item reused elsewhere."""
        f = self.file
        source = f.createIfcRepresentationMap(
            self.axes(), f.createIfcShapeRepresentation(self.body, "Body", "SweptSolid", [item])
        )
        operator = f.createIfcCartesianTransformationOperator3D(None, None, self.point(by_mm), scale, None)
        return f.createIfcMappedItem(source, operator)

    def opening(self, element: Any, item: Any, at_mm: Sequence[float] = (0, 0, 0)) -> None:
        """Cut a hole of this shape into an element."""
        f = self.file
        shape = f.createIfcShapeRepresentation(self.body, "Body", "SweptSolid", [item])
        hole = f.create_entity(
            "IfcOpeningElement",
            GlobalId=self.guid(),
            OwnerHistory=self._owner,
            Name="hole",
            ObjectPlacement=f.createIfcLocalPlacement(element.ObjectPlacement, self.axes(at_mm)),
            Representation=f.createIfcProductDefinitionShape(None, None, [shape]),
        )
        f.createIfcRelVoidsElement(self.guid(), self._owner, None, None, element, hole)

    def faceted(self, points_mm: Sequence[Sequence[float]], faces: Sequence[Sequence[int]]) -> Any:
        """Return a faceted body."""
        f = self.file
        points = [self.point(point) for point in points_mm]
        made = [
            f.createIfcFace([f.createIfcFaceOuterBound(f.createIfcPolyLoop([points[i] for i in face]), True)])
            for face in faces
        ]
        return f.createIfcFacetedBrep(f.createIfcClosedShell(made))

    def axes(
        self,
        at_mm: Sequence[float] = (0, 0, 0),
        axis: Sequence[float] = (0, 0, 1),
        along: Sequence[float] = (1, 0, 0),
    ) -> Any:
        """Return a placement in space."""
        return self.file.createIfcAxis2Placement3D(self.point(at_mm), self.direction(axis), self.direction(along))

    def point(self, at_mm: Sequence[float]) -> Any:
        """Return a point."""
        return self.file.createIfcCartesianPoint([self.length(value) for value in at_mm])

    def direction(self, ratios: Sequence[float]) -> Any:
        """Return a direction."""
        return self.file.createIfcDirection([float(value) for value in ratios])

    def length(self, value_mm: float) -> float:
        """Return a length in the file's unit."""
        return float(value_mm) * self._scale

    def guid(self) -> str:
        """Return a new GlobalId."""
        return str(ifcopenshell.guid.new())

    def content(self, **replaced: str) -> bytes:
        """Return the file; each ``old=new`` pair of texts is replaced in it."""
        text = self.file.to_string()
        for old, new in replaced.items():
            text = text.replace(old, new)
        return text.encode()

    def write(self, path: Path) -> None:
        """Write the file."""
        path.write_bytes(self.content())

    def _length_unit(self, unit: str) -> Any:
        f = self.file
        if unit in ("mm", "m"):
            return f.createIfcSIUnit(None, "LENGTHUNIT", "MILLI" if unit == "mm" else None, "METRE")
        metre = f.createIfcSIUnit(None, "LENGTHUNIT", None, "METRE")
        size = f.createIfcMeasureWithUnit(f.create_entity("IfcLengthMeasure", UNITS_M[unit]), metre)
        exponents = f.createIfcDimensionalExponents(1, 0, 0, 0, 0, 0, 0)
        return f.createIfcConversionBasedUnit(exponents, "LENGTHUNIT", {"ft": "FOOT", "in": "INCH"}[unit], size)

    def _history(self) -> Any:
        f = self.file
        person = f.createIfcPersonAndOrganization(
            f.createIfcPerson(None, "x", None, None, None, None, None, None),
            f.createIfcOrganization(None, "x", None, None, None),
            None,
        )
        program = f.createIfcApplication(person.TheOrganization, "1", "x", "x")
        return f.createIfcOwnerHistory(person, program, None, "NOCHANGE", None, None, None, 0)
