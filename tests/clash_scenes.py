"""Small models of boxes for the tests of clash reports, without IFC and without an engine."""

import itertools

import numpy as np

from structural.geometry.findings import Element, Finding, Mesh, Model

_SIDES = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
_FACES = np.array([part for a, b, c, d in _SIDES for part in ((a, b, c), (a, c, d))], dtype=np.int32)


def guid(number: int) -> str:
    """Return a GlobalId of 22 characters."""
    return f"0{number:021d}"


def box_mesh(low, high) -> Mesh:
    """Return the closed mesh of an axis-aligned box, mm."""
    corners = np.array(list(itertools.product(*zip(low, high, strict=True))), dtype=float)
    return Mesh(corners, _FACES, closed=True)


def element(number: int, kind: str = "beam", low=(0, 0, 0), high=(1000, 100, 200), **texts) -> Element:
    """Return a box-shaped element; its name is its kind and number unless given."""
    ifc_class = {"beam": "IfcBeam", "column": "IfcColumn", "brace": "IfcMember", "plate": "IfcPlate"}.get(kind)
    texts = {"name": f"{kind}-{number}", "ifc_class": ifc_class or "IfcFlowSegment"} | texts
    return Element(guid=guid(number), kind=kind, mesh=box_mesh(low, high), **texts)


def clash(a: int, b: int, kind: str = "hard", distance: float = -12.0, **judged) -> Finding:
    """Return a finding between two elements; the box around it is 10 × 20 × 30 mm at (100, 50, 100)."""
    judged = {"pair_class": "MEDIUM", "hours": 4.0, "confidence": 0.9} | judged
    at = judged.pop("point_mm", (100.0, 50.0, 100.0))
    sides = judged.pop("sides", (10.0, 20.0, 30.0))
    low = tuple(value - side / 2 for value, side in zip(at, sides, strict=True))
    high = tuple(value + side / 2 for value, side in zip(at, sides, strict=True))
    return Finding(a, b, kind, distance, at, low, high, **judged)


def model(*elements: Element, origin=(0.0, 0.0, 0.0)) -> Model:
    """Return a model of elements."""
    return Model(tuple(elements), np.array(origin, dtype=float), ("IFC4",))
