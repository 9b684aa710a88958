"""From IFC bodies to closed meshes, by the geometry kernel of IfcOpenShell.

Two of its kernels are used. The fast one makes meshes of faceted and of straight-edged swept bodies without loss;
wherever a body is cut or has curves of its own, OpenCASCADE is asked, as the fast one gets some of these wrong.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from serving.ifc.refusals import RefusedError
from serving.ifc.representations import NONE, bodies_of, rank_of
from structural.geometry.findings import Mesh
from structural.geometry.prisms import FloatArray
from structural.geometry.welding import weld

FAST, EXACT = "hybrid-manifold-opencascade", "opencascade"
_SETTINGS: dict[str, dict[str, Any]] = {
    FAST: {"circle-segments": 32},
    EXACT: {"mesher-linear-deflection": 0.0002, "mesher-angular-deflection": 0.2},
}
"""Curves are followed to 0.2 mm and 0.2 rad, fillets of rolled shapes by eight chords a quarter."""
_MM = 1000.0
_FARTHEST_MM = 1e11
_DEEPEST = 32
_STRAIGHT_PROFILES = (
    "IfcRectangleProfileDef",
    "IfcIShapeProfileDef",
    "IfcAsymmetricIShapeProfileDef",
    "IfcLShapeProfileDef",
    "IfcTShapeProfileDef",
    "IfcUShapeProfileDef",
    "IfcCShapeProfileDef",
    "IfcZShapeProfileDef",
    "IfcTrapeziumProfileDef",
)
_FACETED = (
    "IfcFacetedBrep",
    "IfcFacetedBrepWithVoids",  # of which OpenCASCADE makes nothing
    "IfcTriangulatedFaceSet",
    "IfcPolygonalFaceSet",
    "IfcFaceBasedSurfaceModel",
)
_FAILED = re.compile(r"Failed to convert:\s*\n?#(\d+)=(\w+)")


@dataclass(frozen=True, slots=True)
class Body:
    """The mesh of one element in its own frame, mm, and the placement (4, 4) of that frame, translation in mm.

    ``rank`` is that of the representation it was made of (`serving.ifc.representations`).
    """

    element: int
    mesh: Mesh
    placement: FloatArray
    rank: int

    def in_world(self) -> FloatArray:
        """Return the vertices (v, 3) in world coordinates, mm."""
        return self.mesh.vertices_mm @ self.placement[:3, :3].T + self.placement[:3, 3]


class Mesher:
    """Makes the meshes of one open model.

    ``max_triangles`` bounds all of them together. ``begin`` is told the entity that is about to be worked on, where
    elements are worked on one by one: the kernel may take the process with it.
    """

    def __init__(self, model: Any, max_triangles: int, begin: Callable[[int], None] | None = None) -> None:
        self._model = model
        self._left = self._most = max_triangles
        self._begin = begin
        self._fast: dict[int, bool] = {}
        self._welded: dict[str, Mesh] = {}
        self._hollow = {product for brep in _breps_with_voids(model) for product in _products_of(model, brep.id())}
        self.failed: dict[int, str] = {}
        """Elements part of whose geometry could not be converted, and the entity that could not."""

    def bodies(self, elements: list[Any]) -> Iterator[Body]:
        """Yield the bodies of elements, in no order; elements without any are left out.

        Raises `RefusedError` when there are more triangles than allowed.
        """
        best = {element.id(): bodies_of(element)[0] for element in elements}
        left = {element.id(): element for element in elements if best[element.id()] < NONE}
        stand_ins: dict[int, Body] = {}
        for body in self._made([element for element in left.values() if self._is_fast(element)], FAST):
            if body.element not in left or body.rank != best[body.element]:
                continue  # the kernel tells of some twice, where one of those that share a shape is cut
            if body.mesh.closed:
                del left[body.element]
                yield body
            else:
                stand_ins[body.element] = body
        for body in self._made(list(left.values()), EXACT):
            if body.element not in left:
                continue
            if body.rank == best[body.element]:
                del left[body.element]
                yield body
            elif body.rank < NONE:
                nearest = min(stand_ins.get(body.element, body), body, key=lambda one: one.rank)
                stand_ins[body.element] = nearest
        yield from (body for key, body in stand_ins.items() if key in left)

    def _made(self, elements: list[Any], kernel: str) -> Iterator[Body]:
        import ifcopenshell
        import ifcopenshell.geom

        if not elements:
            return
        settings = ifcopenshell.geom.settings()
        for name, value in {**_SETTINGS[kernel], "no-normals": True, "apply-default-materials": False}.items():
            settings.set(name, value)
        ifcopenshell.get_log()
        self._welded.clear()
        batches = [elements] if self._begin is None else [[element] for element in elements]
        for batch in batches:
            if self._begin is not None:
                self._begin(batch[0].id())
            left, lost = {element.id(): element for element in batch}, {0}
            while left and lost:  # the kernel goes no further than the first element whose placement it cannot use
                for shape in self._shapes(settings, kernel, list(left.values())):
                    left.pop(int(shape.id), None)
                    body = self._body(shape)
                    if body is not None:
                        yield body
                lost = self._note_failures(str(ifcopenshell.get_log())) & left.keys()
                left = {key: element for key, element in left.items() if key not in lost}

    def _shapes(self, settings: Any, kernel: str, elements: list[Any]) -> Iterator[Any]:
        """Yield what a kernel makes of elements, until it comes to one whose placement it cannot use."""
        import ifcopenshell.geom

        iterator = ifcopenshell.geom.iterator(settings, self._model, 1, include=elements, geometry_library=kernel)
        more = iterator.initialize()
        while more:
            yield iterator.get()
            more = iterator.next()

    def _body(self, shape: Any) -> Body | None:
        import ifcopenshell.util.shape as shapes

        placement = np.array(shapes.get_shape_matrix(shape), dtype=float)
        placement[:3, 3] *= _MM
        mesh = self._mesh(shape.geometry, hollow=int(shape.id) in self._hollow)
        if mesh is None or not np.isfinite(placement).all() or np.abs(placement[:3, 3]).max() > _FARTHEST_MM:
            return None
        self._left -= len(mesh.faces)
        if self._left < 0:
            raise RefusedError(f"the model has more than {self._most} triangles; split it")
        return Body(int(shape.id), mesh, placement, rank_of(shape.context))

    def _mesh(self, geometry: Any, *, hollow: bool) -> Mesh | None:
        """Return the welded mesh of a shape; elements that share a shape share it."""
        key = str(geometry.id)
        if key not in self._welded:
            import ifcopenshell.util.shape as shapes

            points = np.asarray(shapes.get_vertices(geometry), dtype=float).reshape(-1, 3) * _MM
            triangles = np.asarray(shapes.get_faces(geometry), dtype=np.int64).reshape(-1, 3)
            if len(triangles) > self._left:
                raise RefusedError(f"the model has more than {self._most} triangles; split it")
            if len(triangles) < 1 or not np.isfinite(points).all() or np.abs(points).max() > _FARTHEST_MM:
                return None
            mesh = weld(points, triangles, hollow=hollow)
            if len(mesh.faces) < 1:
                return None
            self._welded = {key: mesh}  # shapes that are shared come one after another
        return self._welded[key]

    def _is_fast(self, element: Any) -> bool:
        items = [item for body in bodies_of(element)[1] for item in body.Items]
        is_cut = bool(getattr(element, "HasOpenings", None))
        return bool(items) and not is_cut and all(self._is_straight(item, 0) for item in items)

    def _is_straight(self, item: Any, depth: int) -> bool:
        """Return whether the fast kernel makes a faithful mesh of a representation item."""
        if item.id() not in self._fast:
            self._fast[item.id()] = depth < _DEEPEST and self._look(item, depth)
        return self._fast[item.id()]

    def _look(self, item: Any, depth: int) -> bool:
        if item.is_a("IfcMappedItem"):
            inner = item.MappingSource.MappedRepresentation.Items
            return all(self._is_straight(part, depth + 1) for part in inner)
        if item.is_a() == "IfcExtrudedAreaSolid":
            return _has_straight_edges(item.SweptArea)
        return item.is_a() in _FACETED

    def _note_failures(self, log: str) -> set[int]:
        """Note what failed, and return the elements that failed as a whole or whose placement did."""
        whole: set[int] = set()
        for identifier, name in _FAILED.findall(log):
            products = _products_of(self._model, int(identifier))
            for product in products:
                self.failed.setdefault(product, name)
            if name.endswith("Placement") or int(identifier) in products:
                whole |= products
        return whole


def _has_straight_edges(profile: Any) -> bool:
    """Return whether a profile is bounded by lines alone, but for the fillets of rolled shapes."""
    if profile.is_a() in _STRAIGHT_PROFILES:
        return True
    if profile.is_a() == "IfcRectangleHollowProfileDef":
        return not (profile.InnerFilletRadius or profile.OuterFilletRadius)
    if profile.is_a("IfcArbitraryClosedProfileDef"):
        return all(_is_polygon(curve) for curve in (profile.OuterCurve, *(getattr(profile, "InnerCurves", None) or ())))
    return False


def _is_polygon(curve: Any) -> bool:
    if curve.is_a("IfcIndexedPolyCurve"):
        return all(segment.is_a("IfcLineIndex") for segment in curve.Segments or ())
    return bool(curve.is_a("IfcPolyline"))


def _breps_with_voids(model: Any) -> Iterator[Any]:
    for name in ("IfcFacetedBrepWithVoids", "IfcAdvancedBrepWithVoids"):
        with suppress(RuntimeError):  # this schema does not have that class
            yield from model.by_type(name)


def _products_of(model: Any, identifier: int) -> set[int]:
    """Return the ids of the products whose shape has an entity somewhere in it."""
    found: set[int] = set()
    try:
        waiting = [model.by_id(identifier)]
    except RuntimeError:  # a number of the log that is no entity
        return found
    seen: set[int] = set()
    while waiting:
        entity = waiting.pop()
        if entity.id() in seen:
            continue
        seen.add(entity.id())
        if entity.is_a("IfcProduct"):
            found.add(entity.id())
        else:
            waiting.extend(model.get_inverse(entity))
    return found
