"""What closed meshes share: volume and thickness of their intersection, by exact booleans of the Manifold library."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structural.geometry.meshes import MeshPack
from structural.geometry.prisms import FloatArray
from structural.geometry.triangles import cross

_KEPT_SOLIDS = 1_024
_FILM_MM = 0.05
"""Shared volume thinner than this, where surfaces were modelled to meet, does not count towards the thickness."""
_OPPOSITE = -0.9999
"""Cosine between the normals of faces that look away from one another."""
_MOST_COMPARED = 160
"""Films that join pieces are among the largest faces."""
_SAME_DIRECTION = 1e-7
_NO_AREA_MM2 = 1e-9


@dataclass(frozen=True, slots=True)
class Shared:
    """What two solids share: ``volume_mm3``; ``depth_mm``, the thickness of the thickest connected piece.

    The thickness of a piece is its smallest extent in the directions that its faces look in. ``centre_mm`` (3,) is the
    middle of that piece; ``low_mm`` and ``high_mm`` (3,) are corners of the box around everything shared.
    """

    volume_mm3: float
    depth_mm: float
    centre_mm: FloatArray
    low_mm: FloatArray
    high_mm: FloatArray


class Solids:
    """The meshes of a pack as solids, made when first asked for and kept while they are in use."""

    def __init__(self, meshes: MeshPack) -> None:
        self._meshes = meshes
        self._made: OrderedDict[int, Any] = OrderedDict()

    def shared(self, first: int, second: int) -> Shared | None:
        """Return what two meshes of the pack share, perhaps of volume 0; None when one of them bounds no solid."""
        one, other = self._solid(first), self._solid(second)
        if one is None or other is None:
            return None
        return _describe(one ^ other)

    def _solid(self, mesh: int) -> Any:
        if mesh in self._made:
            self._made.move_to_end(mesh)
            return self._made[mesh]
        made = _solid_of(self._meshes.vertices_of(mesh), self._meshes.faces_of(mesh)) if self._is_closed(mesh) else None
        self._made[mesh] = made
        if len(self._made) > _KEPT_SOLIDS:
            self._made.popitem(last=False)
        return made

    def _is_closed(self, mesh: int) -> bool:
        return bool(self._meshes.closed[mesh])


def _solid_of(vertices: FloatArray, faces: NDArray) -> Any:
    """Return the solid that a closed mesh bounds; pieces of it that overlap are united. None if it bounds none."""
    import manifold3d

    solid = manifold3d.Manifold(
        manifold3d.Mesh64(
            vert_properties=np.ascontiguousarray(vertices),
            tri_verts=np.ascontiguousarray(faces, dtype=np.uint64),
        )
    )
    if solid.status() != manifold3d.Error.NoError or solid.is_empty():
        return None
    pieces = solid.decompose()
    # an inner wall is a piece that looks inward; it belongs to what surrounds it
    if len(pieces) > 1 and all(piece.volume() > 0 for piece in pieces):
        solid = manifold3d.Manifold.batch_boolean(pieces, manifold3d.OpType.Add)
    return solid


def _describe(shared: Any) -> Shared:
    none = np.full(3, np.nan)
    if shared.is_empty() or shared.volume() <= 0.0:
        return Shared(0.0, 0.0, none, none, none)
    box = np.array(shared.bounding_box(), dtype=float)
    pieces = [_thickness(piece) for piece in shared.decompose()]
    depth, centre = max(pieces, key=lambda piece: piece[0])
    return Shared(float(shared.volume()), depth, centre, box[:3], box[3:])


@dataclass(frozen=True, slots=True)
class _Skin:
    """Surface of a solid: ``vertices`` (v, 3); ``corners`` (f, 3), indices; unit ``normals`` (f, 3), largest first."""

    vertices: FloatArray
    corners: NDArray[np.int64]
    normals: FloatArray

    @property
    def middle(self) -> FloatArray:
        """Middle of the bounding box, (3,)."""
        middle: FloatArray = (self.vertices.min(axis=0) + self.vertices.max(axis=0)) / 2
        return middle

    def across(self, added_mm: float = 0.0) -> float:
        """Return the smallest extent along a normal, with ``added_mm`` added along each axis."""
        cells = np.round(self.normals / _SAME_DIRECTION).astype(np.int64)
        directions = self.normals[np.unique(cells, axis=0, return_index=True)[1]]
        extents = np.ptp(self.vertices @ directions.T, axis=0)
        return float((extents + added_mm * np.abs(directions).sum(axis=1)).min())

    def has_film(self) -> bool:
        """Return whether two of the largest faces look away from one another with hardly anything between them."""
        normals, corners = self.normals[:_MOST_COMPARED], self.corners[:_MOST_COMPARED]
        one, other = np.nonzero(normals @ normals.T < _OPPOSITE)
        way = self.vertices[corners[other]] - self.vertices[corners[one, 0]][:, None]
        height = np.abs(np.einsum("pcx,px->pc", way, normals[one])).max(axis=1, initial=0.0)
        return bool(np.any(height < 2.0 * _FILM_MM))


def _skin_of(solid: Any) -> _Skin | None:
    """Return the surface of a solid; None when it has no area to speak of."""
    mesh = solid.to_mesh64()
    vertices = np.asarray(mesh.vert_properties, dtype=float)[:, :3]
    corners = np.asarray(mesh.tri_verts).astype(np.int64)
    one, two, three = vertices[corners[:, 0]], vertices[corners[:, 1]], vertices[corners[:, 2]]
    normals = cross(two - one, three - one)
    length = np.sqrt(np.einsum("fx,fx->f", normals, normals))
    order = np.argsort(-length, kind="stable")  # of faces that look the same way, the largest knows best which way
    order = order[length[order] > _NO_AREA_MM2]
    return _Skin(vertices, corners[order], normals[order] / length[order, None]) if len(order) else None


def _thickness(piece: Any) -> tuple[float, FloatArray]:
    """Return the thickness of a connected solid and its middle, (3,)."""
    skin = _skin_of(piece)
    if skin is None:
        return 0.0, np.full(3, np.nan)
    across = skin.across()
    if across > _FILM_MM and skin.has_film():
        return _thickness_without_films(piece, across, skin.middle)
    return across, skin.middle


def _thickness_without_films(piece: Any, across_mm: float, middle: FloatArray) -> tuple[float, FloatArray]:
    """Return thickness and middle of what is left of a solid, ``across_mm`` thick in all, when films are taken off.

    Two solids that were modelled to meet share a film where rounding lets them; it says nothing of depth but may join
    what does. Cutting a solid with itself shifted by a film's thickness along three axes removes all films and takes as
    much off the rest, which is added again.
    """
    left = piece
    for axis in range(3):
        shift = [0.0, 0.0, 0.0]
        shift[axis] = _FILM_MM
        left = left ^ left.translate(shift)
    found = (_FILM_MM, middle)
    for part in left.decompose():
        skin = _skin_of(part) if part.volume() > 0.0 else None
        if skin is not None:
            found = max(found, (skin.across(_FILM_MM), skin.middle), key=lambda item: item[0])
    return min(found[0], across_mm), found[1]
