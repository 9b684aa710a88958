"""What closed meshes share: volume and thickness of their intersection, by exact booleans of the Manifold library."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np

from structural.geometry.meshes import MeshPack, shells_of
from structural.geometry.prisms import FloatArray

_KEPT_SOLIDS = 1_024
_FILM_MM = 0.05
"""Shared volume thinner than this, where surfaces were modelled to meet, does not count towards the thickness."""
_COMPACT = 0.25
"""Below this ratio of mean to smallest thickness, a shared volume may have such films and is looked at closer."""
_SAME_DIRECTION = 1e-7


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
        """Return what two meshes of the pack share; None when one of them bounds no solid. Nothing shared is volume 0."""
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


def _solid_of(vertices: FloatArray, faces: FloatArray) -> Any:
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
    if int(shells_of(faces, len(vertices)).max()) > 0:
        pieces = solid.decompose()
        # an inner wall is a piece that looks inward; it belongs to what surrounds it
        if all(piece.volume() > 0 for piece in pieces):
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


def _thickness(piece: Any) -> tuple[float, FloatArray]:
    """Return the thickness of a connected solid and its middle, (3,)."""
    vertices, normals = _corners_and_normals(piece)
    if not len(normals):
        return 0.0, vertices.mean(axis=0) if len(vertices) else np.full(3, np.nan)
    across = float(np.ptp(vertices @ normals.T, axis=0).min())
    middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    mean = 2.0 * float(piece.volume()) / max(float(piece.surface_area()), 1e-12)
    if mean < _COMPACT * across:
        return _thickness_without_films(piece, min(across, _FILM_MM), middle)
    return across, middle


def _thickness_without_films(piece: Any, film_mm: float, middle: FloatArray) -> tuple[float, FloatArray]:
    """Return thickness and middle of what is left of a solid when films are taken off; the film's own if nothing is.

    Two solids that were modelled to meet share a film where rounding lets them; it says nothing of depth but may join
    what does. Cutting a solid with itself shifted by a film's thickness along three axes removes all films and takes as
    much off the rest, which is added again.
    """
    left = piece
    for axis in range(3):
        shift = [0.0, 0.0, 0.0]
        shift[axis] = _FILM_MM
        left = left ^ left.translate(shift)
    found = (film_mm if film_mm < _FILM_MM else 0.0, middle)
    for part in left.decompose():
        vertices, normals = _corners_and_normals(part)
        if part.volume() <= 0.0 or not len(normals):
            continue
        across = float((np.ptp(vertices @ normals.T, axis=0) + _FILM_MM * np.abs(normals).sum(axis=1)).min())
        if across > found[0]:
            found = across, (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    return found


def _corners_and_normals(solid: Any) -> tuple[FloatArray, FloatArray]:
    """Return a solid's vertices (v, 3) and the unit normals (f, 3) of its faces, each direction once."""
    mesh = solid.to_mesh64()
    vertices = np.asarray(mesh.vert_properties, dtype=float)[:, :3]
    corners = vertices[np.asarray(mesh.tri_verts).astype(np.int64)]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normals, axis=1)
    order = np.argsort(-length, kind="stable")  # of faces that look the same way, the largest knows best which way
    order = order[length[order] > 1e-9]
    normals = normals[order] / length[order, None]
    if len(normals) > 1:
        cells = np.round(normals / _SAME_DIRECTION).astype(np.int64)
        normals = normals[np.unique(cells, axis=0, return_index=True)[1]]
    return vertices, normals
