"""From straight members to an IFC model, as modelling tools write one: the reader's counterpart.

Profiles are parametric or outlines, bodies are extruded, copes and web openings are `IfcOpeningElement`s. Unit, schema,
place of the site and the way bodies are placed are a matter of `Style`. The same members, texts and style give the same
bytes.
"""

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from serving.errors import ServingError
from serving.ifc.written_profiles import outline, parametric, section_key
from structural.geometry.prisms import FloatArray, Prisms
from structural.problems.clash_detector.members import Members
from structural.problems.clash_detector.request import KINDS

SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3_ADD2")
UNIT_MM = {"mm": 1.0, "m": 1000.0, "ft": 304.8}
"""Length units that are written, and their size."""
_CLASSES = ("IfcColumn", "IfcBeam", "IfcMember", "IfcPlate", "IfcPipeSegment", "IfcDuctSegment")
_NAMESPACE = uuid.UUID("8d1a0c52-9c55-4c0e-8a35-5f6f5f6d7b21")
_STAMP = "2026-01-01T00:00:00"
_BEYOND_MM = 20.0
"""Cutting bodies reach this far past the member, so that no face of theirs lies in one of its faces."""


class Placing(StrEnum):
    """How the body of an element comes to its place."""

    OWN = "own"
    """The element's placement lies at the start of its axis."""
    OFFSET = "offset"
    """The element is placed on its storey, the extruded solid and its profile are offset and turned."""
    MAPPED = "mapped"
    """As ``own``, and elements of one profile and length share their body."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a model is written. ``unit`` is a key of `UNIT_MM`; ``site_mm`` (east, north, up) and ``turn_deg`` place it.

    ``fillet_ratio`` is the root fillet of I shapes relative to the flange, ``corner_ratio`` the outer radius of
    rectangular hollow sections relative to the wall; 0 leaves them out. ``outlined`` profiles are written as outlines,
    as many exporters do, not as parametric profiles; fillets are then in all open sections, corners are sharp.
    """

    schema: str = "IFC4"
    unit: str = "mm"
    site_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    turn_deg: float = 0.0
    placing: Placing = Placing.OWN
    fillet_ratio: float = 0.0
    corner_ratio: float = 0.0
    outlined: bool = False


@dataclass(frozen=True, slots=True)
class Texts:
    """Name, profile name and storey (a number from 0) of each member, and the name of the model."""

    names: Sequence[str]
    profiles: Sequence[str]
    storeys: Sequence[int] = field(default=())
    model: str = "model"


def write_model(members: Members, texts: Texts, style: Style) -> str:
    """Return members as the text of an IFC STEP file; lengths are given in mm and written in the style's unit.

    Raises `ServingError` without ifcopenshell and for a schema or unit that is not written.
    """
    if style.schema not in SCHEMAS or style.unit not in UNIT_MM:
        raise ServingError(f"IFC is written as {', '.join(SCHEMAS)} in {', '.join(UNIT_MM)}; {style} is neither")
    writer = _Writer(texts, style)
    storeys = list(texts.storeys) or [0] * len(members)
    products: list[list[Any]] = [[] for _ in range(max(storeys, default=0) + 1)]
    for row, storey in enumerate(storeys):
        products[storey].append(writer.element(members, row))
    return writer.finished(products)


class _Writer:
    """One model while it is written."""

    def __init__(self, texts: Texts, style: Style) -> None:
        try:
            import ifcopenshell
        except ImportError as error:
            raise ServingError("writing IFC needs ifcopenshell: install the 'serve' extra") from error
        self.texts, self.style = texts, style
        self.file = ifcopenshell.file(schema=style.schema)
        self.file.header.file_name.name = f"{texts.model}.ifc"
        self.file.header.file_name.time_stamp = _STAMP
        self._owner = self._history() if style.schema == "IFC2X3" else None
        self._profiles: dict[tuple[Any, ...], Any] = {}
        self._maps: dict[tuple[Any, ...], Any] = {}
        self._served: dict[str, list[Any]] = {}
        units = self._make(
            "IfcUnitAssignment", [self._unit(), self._make("IfcSIUnit", None, "PLANEANGLEUNIT", None, "RADIAN")]
        )
        origin = self._axes((0, 0, 0))
        self._context = self._make("IfcGeometricRepresentationContext", None, "Model", 3, 1e-5, origin)
        self.project = self._rooted(
            "IfcProject", "project", Name=texts.model, RepresentationContexts=[self._context], UnitsInContext=units
        )
        turn = math.radians(style.turn_deg)
        place = self._axes(style.site_mm, (0, 0, 1), (math.cos(turn), math.sin(turn), 0.0))
        self.site = self._make("IfcLocalPlacement", None, place)

    def element(self, members: Members, row: int) -> Any:
        """Add one member; returns its entity."""
        prisms, name = members.prisms.take(np.array([row])), str(self.texts.names[row])
        kind = KINDS[int(members.kind[row])]
        matrix = prisms.frame[0][[1, 2, 0]].T  # profile X, profile Y, direction of the extrusion
        placed = (matrix, prisms.origin[0])
        if self.style.placing is Placing.OFFSET:
            lift = np.array([prisms.origin[0][0], prisms.origin[0][1], 0.0])
            own, solid_at = (np.eye(3), lift), (matrix, prisms.origin[0] - lift)
        else:
            own, solid_at = placed, (np.eye(3), np.zeros(3))
        place = self._make("IfcLocalPlacement", self.site, self._matrix_axes(*own))
        element = self._rooted(
            self._class_of(kind),
            f"element {name}",
            Name=name,
            ObjectType=str(self.texts.profiles[row]),
            ObjectPlacement=place,
            Representation=self._shape(prisms, solid_at, str(self.texts.profiles[row])),
        )
        if kind in ("pipe", "duct") and self.style.schema == "IFC2X3":
            self._served.setdefault(kind, []).append(element)
        for number, hole in enumerate(_cuts(prisms)):
            self._cut(element, f"{name} {number}", solid_at, hole)
        return element

    def finished(self, products: Sequence[Sequence[Any]]) -> str:
        """Put the products on their storeys and return the file's text."""
        above = self.project
        for name in ("IfcSite", "IfcBuilding"):
            place = self.site if name == "IfcSite" else self._at_site()
            part = self._rooted(name, name, Name=name[3:], ObjectPlacement=place, CompositionType="ELEMENT")
            self._rooted("IfcRelAggregates", f"{name} in", RelatingObject=above, RelatedObjects=[part])
            above = part
        storeys = []
        for number, elements in enumerate(products):
            name = f"Level {number}"
            storey = self._rooted(
                "IfcBuildingStorey", name, Name=name, ObjectPlacement=self._at_site(), CompositionType="ELEMENT"
            )
            storeys.append(storey)
            if elements:
                self._rooted(
                    "IfcRelContainedInSpatialStructure",
                    f"{name} holds",
                    RelatedElements=list(elements),
                    RelatingStructure=storeys[-1],
                )
        self._rooted("IfcRelAggregates", "storeys in", RelatingObject=above, RelatedObjects=storeys)
        for kind, elements in self._served.items():
            made = self._rooted(f"Ifc{kind.title()}SegmentType", f"{kind} type", PredefinedType="RIGIDSEGMENT")
            self._rooted("IfcRelDefinesByType", f"{kind} typed", RelatedObjects=elements, RelatingType=made)
        return str(self.file.to_string())

    def _at_site(self) -> Any:
        return self._make("IfcLocalPlacement", self.site, self._axes((0, 0, 0)))

    def _class_of(self, kind: str) -> str:
        name = _CLASSES[KINDS.index(kind)]
        return "IfcFlowSegment" if kind in ("pipe", "duct") and self.style.schema == "IFC2X3" else name

    def _shape(self, prisms: Prisms, at: tuple[FloatArray, FloatArray], name: str) -> Any:
        length = float(prisms.length[0])
        key = (*section_key(prisms), round(length, 6))
        if self.style.placing is not Placing.MAPPED:
            return self._representation("SweptSolid", [self._solid(prisms, at, name)])
        if key not in self._maps:
            inner = self._make(
                "IfcShapeRepresentation", self._context, "Body", "SweptSolid", [self._solid(prisms, at, name)]
            )
            self._maps[key] = self._make("IfcRepresentationMap", self._axes((0, 0, 0)), inner)
        onto = self._make("IfcCartesianTransformationOperator3D", None, None, self._point((0, 0, 0)), 1.0, None)
        return self._representation("MappedRepresentation", [self._make("IfcMappedItem", self._maps[key], onto)])

    def _representation(self, kind: str, items: list[Any]) -> Any:
        shape = self._make("IfcShapeRepresentation", self._context, "Body", kind, items)
        return self._make("IfcProductDefinitionShape", None, None, [shape])

    def _solid(self, prisms: Prisms, at: tuple[FloatArray, FloatArray], name: str) -> Any:
        profile = self._profile(prisms, name)
        return self._extruded(profile, at, float(prisms.length[0]))

    def _extruded(self, profile: Any, at: tuple[FloatArray, FloatArray], length_mm: float) -> Any:
        up = self._direction((0, 0, 1))
        return self._make("IfcExtrudedAreaSolid", profile, self._matrix_axes(*at), up, self._length(length_mm))

    def _cut(self, element: Any, name: str, at: tuple[FloatArray, FloatArray], hole: FloatArray) -> None:
        """Cut a box out of an element; ``hole`` (2, 3) are its corners along axis, side and up of the member."""
        low, high = hole[:, [1, 2, 0]]
        matrix, origin = at
        size = high - low
        middle = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
        profile = self._make(
            "IfcRectangleProfileDef", "AREA", None, self._flat_axes(), self._length(size[0]), self._length(size[1])
        )
        solid = self._extruded(profile, (matrix, origin + matrix @ middle), float(size[2]))
        opening = self._rooted(
            "IfcOpeningElement",
            f"opening {name}",
            Name=f"opening {name}",
            ObjectPlacement=self._make("IfcLocalPlacement", element.ObjectPlacement, self._axes((0, 0, 0))),
            Representation=self._representation("SweptSolid", [solid]),
        )
        self._rooted(
            "IfcRelVoidsElement", f"void {name}", RelatingBuildingElement=element, RelatedOpeningElement=opening
        )

    def _profile(self, prisms: Prisms, name: str) -> Any:
        key = section_key(prisms)
        if key not in self._profiles:
            drawn = self._outlined if self.style.outlined else self._parametric
            self._profiles[key] = drawn(prisms, name)
        return self._profiles[key]

    def _parametric(self, prisms: Prisms, name: str) -> Any:
        kind, sizes = parametric(prisms, self.style.fillet_ratio, self.style.corner_ratio)
        lengths = {size: self._length(value) for size, value in sizes.items()}
        return self.file.create_entity(
            kind, ProfileType="AREA", ProfileName=name, Position=self._flat_axes(), **lengths
        )

    def _outlined(self, prisms: Prisms, name: str) -> Any:
        drawn = outline(prisms, self.style.fillet_ratio)
        outer = self._curve(drawn.outer, drawn.radius_mm)
        if drawn.inner is None and not drawn.inner_radius_mm:
            return self._make("IfcArbitraryClosedProfileDef", "AREA", name, outer)
        inner = self._curve(drawn.inner, drawn.inner_radius_mm)
        return self._make("IfcArbitraryProfileDefWithVoids", "AREA", name, outer, [inner])

    def _curve(self, corners: FloatArray | None, radius_mm: float) -> Any:
        if corners is None or radius_mm:
            return self._make("IfcCircle", self._flat_axes(), self._length(radius_mm))
        points = [self._point(corner) for corner in corners]
        return self._make("IfcPolyline", [*points, points[0]])

    def _flat_axes(self) -> Any:
        return self._make("IfcAxis2Placement2D", self._point((0, 0)), self._direction((1, 0)))

    def _make(self, kind: str, *values: Any) -> Any:
        return self.file.create_entity(kind, *values)

    def _rooted(self, kind: str, name: str, **values: Any) -> Any:
        """Create an entity with a GlobalId that follows from the model's and its own name."""
        import ifcopenshell.guid

        guid = ifcopenshell.guid.compress(uuid.uuid5(_NAMESPACE, f"{self.texts.model}/{name}").hex)
        return self.file.create_entity(kind, GlobalId=str(guid), OwnerHistory=self._owner, **values)

    def _matrix_axes(self, matrix: FloatArray, origin_mm: FloatArray) -> Any:
        return self._axes(origin_mm, matrix[:, 2], matrix[:, 0])

    def _axes(self, at_mm: Any, axis: Any = (0, 0, 1), along: Any = (1, 0, 0)) -> Any:
        return self._make("IfcAxis2Placement3D", self._point(at_mm), self._direction(axis), self._direction(along))

    def _point(self, at_mm: Any) -> Any:
        return self._make("IfcCartesianPoint", [self._length(value) for value in at_mm])

    def _direction(self, ratios: Any) -> Any:
        return self._make("IfcDirection", [float(value) for value in ratios])

    def _length(self, value_mm: float) -> float:
        return float(value_mm) / UNIT_MM[self.style.unit]

    def _unit(self) -> Any:
        if self.style.unit != "ft":
            return self._make("IfcSIUnit", None, "LENGTHUNIT", "MILLI" if self.style.unit == "mm" else None, "METRE")
        metre = self._make("IfcSIUnit", None, "LENGTHUNIT", None, "METRE")
        size = self._make("IfcMeasureWithUnit", self._make("IfcLengthMeasure", UNIT_MM["ft"] / 1000.0), metre)
        return self._make(
            "IfcConversionBasedUnit",
            self._make("IfcDimensionalExponents", 1, 0, 0, 0, 0, 0, 0),
            "LENGTHUNIT",
            "FOOT",
            size,
        )

    def _history(self) -> Any:
        organisation = self._make("IfcOrganization", None, "sdai", None, None, None)
        person = self._make("IfcPerson", None, "sdai", None, None, None, None, None, None)
        both = self._make("IfcPersonAndOrganization", person, organisation, None)
        program = self._make("IfcApplication", organisation, "1", "structural-design-ai", "sdai")
        return self._make("IfcOwnerHistory", both, program, None, "NOCHANGE", None, None, None, 0)


def _cuts(prisms: Prisms) -> list[FloatArray]:
    """Return the boxes cut out of the first prism: corners (2, 3) along its axis, side and up."""
    p = {name: float(getattr(prisms, name)[0]) for name in ("depth", "width", "cope_length", "cope_depth")}
    half = p["width"] / 2 + _BEYOND_MM
    found = []
    if p["cope_depth"] > 0:
        low = (-_BEYOND_MM, -half, p["depth"] / 2 - p["cope_depth"])
        found.append(np.array([low, (p["cope_length"], half, p["depth"] / 2 + _BEYOND_MM)]))
    at, long, high = (float(getattr(prisms, f"opening_{name}")[0]) for name in ("at", "length", "height"))
    if long > 0 and high > 0:
        found.append(np.array([(at - long / 2, -half, -high / 2), (at + long / 2, half, high / 2)]))
    return found
