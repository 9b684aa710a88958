"""Surfaces of many small solids at once: how thick each is, and whether it holds a film.

The pieces that pairs of members share are many and small; what NumPy costs at each call is paid once for all of them,
but for a few products of matrices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structural.geometry.prisms import FloatArray, IntArray
from structural.geometry.triangles import cross

_OPPOSITE = -0.9999
"""Cosine between the normals of faces that look away from one another."""
_MOST_COMPARED = 160
"""Films that join pieces are among the largest faces."""
_SAME_DIRECTION = 1e-7
_NO_AREA_MM2 = 1e-9
_SLACK_MM = 1e-6
_MOST_HEIGHTS = 4_000_000
"""Of a finely curved solid, directions times vertices, that are held at once."""


@dataclass(frozen=True, slots=True)
class Skins:
    """Surfaces of n solids, lengths in mm.

    Solid i has the ``vertices`` (v, 3) from ``vertex_starts[i]`` and the faces from ``face_starts[i]`` on, both up to
    the next start; ``corners`` (f, 3) are indices into ``vertices`` and ``normals`` (f, 3) of unit length, a solid's
    largest face first. Faces of no area to speak of are left out. ``directions`` (d, 3) are its different normals, from
    ``direction_starts[i]`` on.
    """

    vertices: FloatArray
    corners: IntArray
    normals: FloatArray
    directions: FloatArray
    vertex_starts: IntArray
    face_starts: IntArray
    direction_starts: IntArray

    def __len__(self) -> int:
        """Return the number of solids."""
        return len(self.vertex_starts) - 1

    @property
    def middles(self) -> FloatArray:
        """Middles of the bounding boxes, (n, 3)."""
        starts = self.vertex_starts[:-1]
        low, high = np.minimum.reduceat(self.vertices, starts), np.maximum.reduceat(self.vertices, starts)
        middles: FloatArray = (low + high) / 2
        return middles

    def across(self, added_mm: float = 0.0) -> FloatArray:
        """Return each solid's smallest extent along a normal, (n,); 0 where it has no area.

        ``added_mm`` is added along each axis.
        """
        found = np.zeros(len(self))
        added = added_mm * np.abs(self.directions).sum(axis=1)
        ways, starts = self.direction_starts.tolist(), self.vertex_starts.tolist()
        for row in np.flatnonzero(np.diff(self.direction_starts)).tolist():
            points = self.vertices[starts[row] : starts[row + 1]].T
            together = max(1, _MOST_HEIGHTS // points.shape[1])
            found[row] = min(
                _least_extent(self.directions[first:last], points, added[first:last])
                for first in range(ways[row], ways[row + 1], together)
                for last in (min(first + together, ways[row + 1]),)
            )
        return found

    def has_film(self, row: int, film_mm: float) -> bool:
        """Return whether two of a solid's largest faces look away from one another, nowhere ``film_mm`` apart."""
        start = int(self.face_starts[row])
        part = slice(start, min(int(self.face_starts[row + 1]), start + _MOST_COMPARED))
        normals, corners = self.normals[part], self.corners[part]
        points = self.vertices[corners[:, 0]]
        ahead = normals @ points.T
        near = np.abs(ahead - ahead.diagonal()[:, None]) < film_mm + _SLACK_MM
        near &= normals @ normals.T < _OPPOSITE
        if not near.any():
            return False
        one, other = np.nonzero(near)
        way = self.vertices[corners[other]] - points[one][:, None]
        height = np.abs(np.einsum("pcx,px->pc", way, normals[one])).max(axis=1, initial=0.0)
        return bool(np.any(height < film_mm))


def _least_extent(directions: FloatArray, points: FloatArray, added_mm: FloatArray) -> float:
    """Return the smallest extent of points (3, v) along directions (d, 3), with what is added along each (d,)."""
    heights = directions @ points
    return float((heights.max(axis=1) - heights.min(axis=1) + added_mm).min())


def skins_of(solids: Sequence[Any]) -> Skins:
    """Return the surfaces of solids of the Manifold library, none of them empty."""
    meshes = [solid.to_mesh64() for solid in solids]
    points = [np.asarray(mesh.vert_properties, dtype=float)[:, :3] for mesh in meshes]
    faces = [np.asarray(mesh.tri_verts) for mesh in meshes]
    vertex_starts = _starts(np.array([len(some) for some in points], dtype=np.int64))
    owner = np.repeat(np.arange(len(faces)), [len(some) for some in faces])
    vertices = np.concatenate([np.empty((0, 3)), *points])
    corners = np.concatenate([np.empty((0, 3), dtype=np.uint64), *faces]).astype(np.int64)
    corners += vertex_starts[owner][:, None]
    one, two, three = vertices[corners[:, 0]], vertices[corners[:, 1]], vertices[corners[:, 2]]
    normals = cross(two - one, three - one)
    length = np.sqrt(np.einsum("fx,fx->f", normals, normals))
    order = np.lexsort((-length, owner))  # of faces that look the same way, the largest knows best which way
    order = order[length[order] > _NO_AREA_MM2]
    owner, normals = owner[order], normals[order] / length[order, None]
    first = _first_of_each(owner, normals)
    return Skins(
        vertices=vertices,
        corners=corners[order],
        normals=normals,
        directions=normals[first],
        vertex_starts=vertex_starts,
        face_starts=_starts(np.bincount(owner, minlength=len(meshes))),
        direction_starts=_starts(np.bincount(owner[first], minlength=len(meshes))),
    )


def _first_of_each(owner: IntArray, normals: FloatArray) -> NDArray[np.int64]:
    """Return the rows (d,), in order, of the first normal of each direction of each solid."""
    cells = np.round(normals / _SAME_DIRECTION).astype(np.int64)
    order = np.lexsort((cells[:, 0], cells[:, 1], cells[:, 2], owner))
    key = np.column_stack([owner, cells])[order]
    new = np.r_[True, np.any(key[1:] != key[:-1], axis=1)] if len(key) else np.empty(0, dtype=bool)
    return np.sort(order[new])


def _starts(counts: IntArray) -> IntArray:
    return np.concatenate([[0], np.cumsum(counts)])
