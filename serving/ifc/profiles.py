"""Sections of the profiles that IFC bodies are extruded from: parametric ones by name, outlines by their corners."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.ifc.outlines import Section, recognise
from structural.geometry.prisms import FloatArray

_MM = 1000.0
_OUTLINES = ("IfcArbitraryClosedProfileDef", "IfcArbitraryProfileDefWithVoids")


@dataclass(frozen=True, slots=True)
class Laid:
    """A section as it lies in its profile's plane: its centre (2,) in mm, and the quarter turns as in `recognise`."""

    section: Section
    centre: FloatArray = field(default_factory=lambda: np.zeros(2))
    turns: int = 0


class Profiles:
    """The sections of one model's profiles. An outline is drawn by the geometry kernel, once a profile."""

    def __init__(self, unit_mm: float) -> None:
        """Read profiles of a model whose length unit has ``unit_mm`` millimetres."""
        self.unit_mm = unit_mm
        self._drawn: dict[int, Laid | None] = {}

    def section_of(self, profile: Any) -> Laid | None:
        """Return the section of a profile entity, or None where it is none that a prism may have."""
        if profile.is_a() in _OUTLINES:
            if profile.id() not in self._drawn:
                self._drawn[profile.id()] = _drawn(profile)
            return self._drawn[profile.id()]
        info = profile.get_info()
        sizes = {name: value * self.unit_mm for name, value in info.items() if isinstance(value, int | float)}
        section = from_profile(profile.is_a(), sizes)
        if section is None or min(section.depth, section.width, section.web, section.flange) <= 0:
            return None
        return Laid(section)


def _drawn(profile: Any) -> Laid | None:
    import ifcopenshell.geom as geometry

    try:
        shape = geometry.create_shape(geometry.settings(), profile)
        corners = np.asarray(shape.verts, dtype=float).reshape(-1, 3)[:, :2] * _MM
        triangles = np.asarray(shape.faces, dtype=np.int64).reshape(-1, 3)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  (the kernel's errors have no common class; the member's mesh is left to tell)
        return None
    if not len(triangles) or not np.isfinite(corners).all():
        return None
    centre = (corners.min(axis=0) + corners.max(axis=0)) / 2
    found = recognise(corners - centre, _area(corners[triangles]))
    return Laid(found[0], centre, found[1]) if found else None


def _area(triangles: NDArray[np.float64]) -> float:
    edges = triangles[:, 1:] - triangles[:, :1]
    return float(np.abs(edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0]).sum() / 2)


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
