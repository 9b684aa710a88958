"""The project's own sample model: a small steel frame with joints as meant and a few clashes, written as IFC4.

The same bytes each time. What is wrong in it on purpose is listed in `PLANTED`.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serving.errors import ServingError

PLANTED: tuple[tuple[str, str, str], ...] = (
    ("B-05", "C-04", "beam run through the column"),
    ("B-02", "B-02-COPY", "beam modelled twice"),
    ("B-06", "P-01", "pipe through the web without an opening"),
    ("B-03", "D-01", "duct too close below the beam"),
)
"""Pairs that clash on purpose, and why."""

_NAMESPACE = uuid.UUID("5c6f9a52-3f0e-4f5e-9a52-7c1d2f3b4a10")
_STAMP = "2026-01-01T00:00:00"
_W14X90 = ("I", 355.6, 368.3, 11.2, 18.0)
_W16X31 = ("I", 403.9, 140.5, 7.0, 11.2)
_W12X26 = ("I", 310.4, 164.8, 5.8, 9.7)
_HSS6 = ("HSS", 152.4, 152.4, 8.9)
_PIPE8 = ("PIPE", 219.1, 8.2)
_DUCT = ("RECT", 400.0, 300.0)
_PLATE = ("RECT", 450.0, 450.0)


@dataclass(frozen=True, slots=True)
class _Part:
    """One member: IFC class, name, profile, start (mm), axis and the direction of the profile's X."""

    ifc_class: str
    name: str
    profile: tuple[Any, ...]
    start: Sequence[float]
    axis: Sequence[float]
    side: Sequence[float]
    length: float


_X, _Y, _Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
_SPAN_X, _SPAN_Y, _TOP, _BEAM_Z = 7000.0, 6000.0, 4200.0, 3600.0
_FACE = _W14X90[1] / 2 + 12.0
_WEB = _W14X90[3] / 2 + 12.0


def _parts() -> tuple[_Part, ...]:
    corners = [(0.0, 0.0), (_SPAN_X, 0.0), (0.0, _SPAN_Y), (_SPAN_X, _SPAN_Y)]
    columns = [
        # profile X along Y puts the column's depth along X: beams along X meet its flanges
        _Part("IfcColumn", f"C-0{number}", _W14X90, (x, y, 0.0), _Z, (0.0, 1.0, 0.0), _TOP)
        for number, (x, y) in enumerate(corners, start=1)
    ]
    plates = [
        _Part("IfcPlate", f"BP-0{number}", _PLATE, (x, y, -30.0), _Z, _X, 30.0)
        for number, (x, y) in enumerate(corners, start=1)
    ]
    along_x = _SPAN_X - 2 * _FACE
    along_y = _SPAN_Y - 2 * _WEB
    beams = [
        _Part("IfcBeam", "B-01", _W16X31, (_FACE, 0.0, _BEAM_Z), _X, (0.0, -1.0, 0.0), along_x),
        _Part("IfcBeam", "B-02", _W12X26, (0.0, _WEB, _BEAM_Z), _Y, _X, along_y),
        _Part("IfcBeam", "B-02-COPY", _W12X26, (2.0, _WEB, _BEAM_Z), _Y, _X, along_y),
        _Part("IfcBeam", "B-03", _W16X31, (_FACE, _SPAN_Y, _BEAM_Z), _X, (0.0, -1.0, 0.0), along_x),
        _Part("IfcBeam", "B-05", _W12X26, (_SPAN_X, _WEB, _BEAM_Z), _Y, _X, _SPAN_Y + 500.0),
        _Part(
            "IfcBeam",
            "B-06",
            _W12X26,
            (2800.0, _W16X31[2] / 2 + 12, _BEAM_Z + (_W16X31[1] - _W12X26[1]) / 2),
            _Y,
            _X,
            _SPAN_Y - _W16X31[2] - 24,
        ),
    ]
    rise, run = _BEAM_Z - 900.0, _SPAN_X
    brace = (run**2 + rise**2) ** 0.5
    others = [
        _Part("IfcMember", "BR-01", _HSS6, (0.0, 0.0, 450.0), (run / brace, 0.0, rise / brace), _Y, brace),
        _Part("IfcPipeSegment", "P-01", _PIPE8, (1500.0, 3000.0, _BEAM_Z + 40.0), _X, _Y, 3000.0),
        _Part(
            "IfcDuctSegment",
            "D-01",
            _DUCT,
            (4500.0, _SPAN_Y - 1500.0, _BEAM_Z - _W16X31[1] / 2 - 150.0 - 30.0),
            _Y,
            _X,
            3000.0,
        ),
    ]
    return (*columns, *plates, *beams, *others)


def write_sample_model(path: Path, schema: str = "IFC4") -> None:
    """Write the sample model (millimetres) to ``path``, in a schema of the kernel; its folder must exist."""
    try:
        import ifcopenshell
    except ImportError as error:
        raise ServingError("writing the sample model needs ifcopenshell: install the 'serve' extra") from error

    model = ifcopenshell.file(schema=schema)
    model.header.file_name.name = "sample_frame.ifc"
    model.header.file_name.time_stamp = _STAMP
    context, storey = _project(model)
    products = [_element(model, context, part) for part in _parts()]
    model.create_entity(
        "IfcRelContainedInSpatialStructure", _guid("contained"), RelatedElements=products, RelatingStructure=storey
    )
    path.write_text(model.to_string(), encoding="utf-8")


def _guid(name: str) -> str:
    import ifcopenshell.guid

    return str(ifcopenshell.guid.compress(uuid.uuid5(_NAMESPACE, name).hex))


def _project(model: Any) -> tuple[Any, Any]:
    """Create project, units, context and one storey; return the context and the storey."""
    units = model.create_entity(
        "IfcUnitAssignment", [model.create_entity("IfcSIUnit", None, "LENGTHUNIT", "MILLI", "METRE")]
    )
    context = model.create_entity(
        "IfcGeometricRepresentationContext", None, "Model", 3, 1e-5, _placement(model, (0, 0, 0), _Z, _X)
    )
    project = model.create_entity(
        "IfcProject", _guid("project"), Name="Sample frame", RepresentationContexts=[context], UnitsInContext=units
    )
    above = project
    for name in ("IfcSite", "IfcBuilding", "IfcBuildingStorey"):
        part = model.create_entity(name, _guid(name), Name=name[3:])
        part.ObjectPlacement = model.create_entity("IfcLocalPlacement", None, _placement(model, (0, 0, 0), _Z, _X))
        model.create_entity("IfcRelAggregates", _guid(f"{name} in"), RelatingObject=above, RelatedObjects=[part])
        above = part
    return context, above


def _placement(model: Any, at: Sequence[float], axis: Sequence[float], side: Sequence[float]) -> Any:
    def direction(values: Sequence[float]) -> Any:
        return model.create_entity("IfcDirection", [float(value) for value in values])

    point = model.create_entity("IfcCartesianPoint", [float(value) for value in at])
    return model.create_entity("IfcAxis2Placement3D", point, direction(axis), direction(side))


def _profile(model: Any, profile: tuple[Any, ...]) -> Any:
    sort, *sizes = profile
    if sort == "I":
        depth, width, web, flange = sizes
        return model.create_entity("IfcIShapeProfileDef", "AREA", None, None, width, depth, web, flange)
    if sort == "HSS":
        depth, width, wall = sizes
        return model.create_entity("IfcRectangleHollowProfileDef", "AREA", None, None, width, depth, wall)
    if sort == "PIPE":
        return model.create_entity("IfcCircleHollowProfileDef", "AREA", None, None, sizes[0] / 2, sizes[1])
    return model.create_entity("IfcRectangleProfileDef", "AREA", None, None, *sizes)


def _element(model: Any, context: Any, part: _Part) -> Any:
    solid = model.create_entity(
        "IfcExtrudedAreaSolid",
        _profile(model, part.profile),
        _placement(model, (0, 0, 0), _Z, _X),
        model.create_entity("IfcDirection", [0.0, 0.0, 1.0]),
        float(part.length),
    )
    shape = model.create_entity("IfcShapeRepresentation", context, "Body", "SweptSolid", [solid])
    return model.create_entity(
        part.ifc_class,
        _guid(part.name),
        Name=part.name,
        ObjectPlacement=model.create_entity(
            "IfcLocalPlacement", None, _placement(model, part.start, part.axis, part.side)
        ),
        Representation=model.create_entity("IfcProductDefinitionShape", None, None, [shape]),
    )
