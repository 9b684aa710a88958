"""What closed meshes share: volume and thickness of their intersection, by exact booleans of the Manifold library."""

import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structural.geometry.meshes import MeshPack
from structural.geometry.prisms import FloatArray, IntArray
from structural.geometry.skins import skins_of

_KEPT_FACES = 400_000
"""Faces of the solids that are kept, all together."""
_LEAST_KEPT = 8
"""Solids that are kept whatever they have: a detailed one is asked for with one neighbour after another."""
_MOST_FACES = 200_000
"""Faces of shared solids that are looked at together."""
_FILM_MM = 0.05
"""Shared volume thinner than this, where surfaces were modelled to meet, does not count towards the thickness."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What n pairs of solids share, (n,) or (n, 3) each; volume 0, depth 0 and NaN where they share none.

    ``solid`` says that both meshes of a pair bound a solid; nothing is known of the others. ``depth_mm`` is the
    thickness of the thickest connected piece: its smallest extent in the directions that its faces look in.
    ``centre_mm`` is the middle of that piece; ``low_mm`` and ``high_mm`` are corners of the box around everything
    shared.
    """

    solid: NDArray[np.bool_]
    volume_mm3: FloatArray
    depth_mm: FloatArray
    centre_mm: FloatArray
    low_mm: FloatArray
    high_mm: FloatArray

    def take(self, rows: NDArray) -> "Shared":
        """Return the pairs at these indices or under this mask."""
        return Shared(**{item.name: getattr(self, item.name)[rows] for item in fields(self)})


class Solids:
    """The meshes of a pack as solids, made when first asked for and kept while they are in use."""

    def __init__(self, meshes: MeshPack) -> None:
        self._meshes = meshes
        self._faces = np.diff(meshes.face_starts).tolist()
        self._made: OrderedDict[int, Any] = OrderedDict()
        self._kept_faces = 0

    def shared(self, pairs: IntArray) -> Shared:
        """Return what pairs (n, 2) of meshes of the pack share."""
        n = len(pairs)
        none = (np.full((n, 3), np.nan) for _ in range(3))
        found = Shared(np.zeros(n, dtype=bool), np.zeros(n), np.zeros(n), *none)
        waiting, faces = [], 0
        for row, (first, second) in enumerate(pairs.tolist()):
            one, other = self._solid(first), self._solid(second)
            found.solid[row] = one is not None and other is not None
            common = one ^ other if found.solid[row] else None
            if common is None or common.is_empty() or common.volume() <= 0.0:
                continue
            waiting.append((row, common))
            faces += common.num_tri()
            if faces > _MOST_FACES:
                _describe(found, waiting)
                waiting, faces = [], 0
        _describe(found, waiting)
        return found

    def _solid(self, mesh: int) -> Any:
        if mesh in self._made:
            self._made.move_to_end(mesh)
            return self._made[mesh]
        made = _solid_of(self._meshes.vertices_of(mesh), self._meshes.faces_of(mesh)) if self._is_closed(mesh) else None
        self._made[mesh] = made
        self._kept_faces += self._faces[mesh]
        while self._kept_faces > _KEPT_FACES and len(self._made) > _LEAST_KEPT:
            self._kept_faces -= self._faces[self._made.popitem(last=False)[0]]
        return made

    def _is_closed(self, mesh: int) -> bool:
        return bool(self._meshes.closed[mesh])


@cache
def _library() -> Any:
    """Return the Manifold library, set to work on one processor.

    On solids of a few hundred faces its helper threads cost half as much again and save no time. At its first boolean
    it asks, once and for good, how many processors it may use; there is no other way to tell it. Where that cannot be
    said for it, or not from this thread, it has its helpers.
    """
    import manifold3d

    with _on_one_processor():
        cube = manifold3d.Manifold.cube()
        (cube ^ cube.translate([0.5, 0.5, 0.5])).status()
    return manifold3d


@contextmanager
def _on_one_processor() -> Iterator[None]:
    if not hasattr(os, "sched_setaffinity"):  # Linux has it
        yield
        return
    allowed = os.sched_getaffinity(0)
    with suppress(OSError):  # a sandbox may forbid it
        os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setaffinity(0, allowed)


def _solid_of(vertices: FloatArray, faces: NDArray) -> Any:
    """Return the solid that a closed mesh bounds; pieces of it that overlap are united. None if it bounds none."""
    manifold3d = _library()
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


def _describe(found: Shared, waiting: list[tuple[int, Any]]) -> None:
    """Set rows of ``found`` to what these solids are, none of them empty."""
    row: list[int] = []
    pieces: list[Any] = []
    for at, common in waiting:
        found.volume_mm3[at] = common.volume()
        box = common.bounding_box()
        found.low_mm[at], found.high_mm[at] = box[:3], box[3:]
        parts = common.decompose()
        pieces.extend(parts)
        row.extend([at] * len(parts))
    if not pieces:
        return
    thickness, middle = _thicknesses(pieces)
    rows = np.array(row)
    order = np.lexsort((-thickness, rows))
    lead = order[np.unique(rows[order], return_index=True)[1]]
    found.depth_mm[rows[lead]], found.centre_mm[rows[lead]] = thickness[lead], middle[lead]


def _thicknesses(pieces: list[Any]) -> tuple[FloatArray, FloatArray]:
    """Return the thickness (n,) of connected solids, and their middles (n, 3)."""
    skins = skins_of(pieces)
    thickness, middle = skins.across(), skins.middles
    for row in np.flatnonzero(thickness > _FILM_MM).tolist():
        if skins.has_film(row, 2.0 * _FILM_MM):
            thickness[row], middle[row] = _thickness_without_films(pieces[row], thickness[row], middle[row])
    return thickness, middle


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
    parts = [part for part in left.decompose() if part.volume() > 0.0]
    if not parts:
        return min(_FILM_MM, across_mm), middle
    skins = skins_of(parts)
    across = skins.across(_FILM_MM)
    most = int(np.argmax(across))
    if across[most] <= _FILM_MM:
        return min(_FILM_MM, across_mm), middle
    return min(float(across[most]), across_mm), skins.middles[most]
