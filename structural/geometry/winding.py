"""Whether points lie inside closed meshes, by the winding number: the solid angle that the faces fill, over 4 π.

The angle of a triangle is that of van Oosterom and Strackee (IEEE Trans. Biomed. Eng. 30, 1983). It needs no ray and so
no luck with edges.
"""

import numpy as np
from numpy.typing import NDArray

from structural.geometry.meshes import MeshPack
from structural.geometry.prisms import FloatArray, IntArray
from structural.geometry.ragged import gather
from structural.geometry.triangles import cross

_CHUNK_FACES = 500_000


def are_inside(meshes: MeshPack, mesh: IntArray, points: FloatArray) -> NDArray[np.bool_]:
    """Return whether point i (n, 3) lies inside mesh ``mesh[i]`` of the pack, (n,).

    The meshes are closed with faces that look outward; for a point on the surface either answer may come.
    """
    inside = np.zeros(len(points), dtype=bool)
    ends = np.cumsum(np.diff(meshes.face_starts)[mesh])
    start = 0
    while start < len(points):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _CHUNK_FACES, side="right")))
        inside[start:stop] = _turns(meshes, mesh[start:stop], points[start:stop]) > 0.5
        start = stop
    return inside


def _turns(meshes: MeshPack, mesh: IntArray, points: FloatArray) -> FloatArray:
    owner, face = gather(meshes.face_starts, mesh)
    a, b, c = (meshes.vertices[meshes.faces[face, corner]] - points[owner] for corner in range(3))
    la, lb, lc = (np.linalg.norm(side, axis=1) for side in (a, b, c))
    over = np.einsum("fx,fx->f", a, cross(b, c))
    under = la * lb * lc + np.einsum("fx,fx->f", a, b) * lc
    under += np.einsum("fx,fx->f", b, c) * la + np.einsum("fx,fx->f", c, a) * lb
    angle = 2.0 * np.arctan2(over, under)
    return np.bincount(owner, weights=angle, minlength=len(points)) / (4.0 * np.pi)
