"""From loose triangles to meshes: corners that are the same become one, and faces are turned to look outward."""

from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from structural.geometry.findings import Mesh
from structural.geometry.mending import looking_outward, mended
from structural.geometry.meshes import has_matched_edges, signed_volume
from structural.geometry.prisms import FloatArray

_WELDS_MM = (1e-6, 1e-4, 1e-2)
"""Vertices nearer than this are one: the first that closes the mesh is taken."""
_GRID_SHIFT = 0.3183
"""Coordinates of models are round numbers; cells whose borders are none do not part vertices that are the same."""
_FLAT = 1e-9


def weld(points_mm: FloatArray, triangles: NDArray, *, hollow: bool = False) -> Mesh:
    """Return the mesh of triangles whose corners were not, or not exactly, shared.

    Corners within a hundredth of a millimetre become one where that closes the mesh; faces that vanish are dropped, and
    a closed mesh is turned so that its faces look outward. Where that closes none, faces that are written twice and
    faces that are turned the wrong way are mended (`mended`). With ``hollow`` a piece within another is a void of it.
    ``points_mm`` (v, 3) is finite, ``triangles`` (f, 3) holds indices into it.
    """
    points = np.asarray(points_mm, dtype=float)
    triangles = np.asarray(triangles, dtype=np.int64)
    merged = cache(partial(_merged, points, triangles))  # what closes only when mended asks for each size again
    for mend in (_as_written, mended):
        for size in _WELDS_MM:
            vertices, written = merged(size)
            faces = mend(vertices, written)
            if faces is None or len(faces) < 4 or not has_matched_edges(faces):
                continue
            faces = looking_outward(vertices, faces, hollow=hollow)
            extent = float(np.prod(np.ptp(vertices, axis=0)))
            if signed_volume(vertices, faces) > _FLAT * max(extent, 1.0):
                return Mesh(vertices, np.ascontiguousarray(faces), True)
            break
    vertices, faces = merged(_WELDS_MM[0])
    return Mesh(vertices, faces, False)


def _as_written(_: FloatArray, faces: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the faces without those that are there again, turned alike: written twice, a closed mesh stays closed."""
    if not len(faces):
        return faces
    least = np.argmin(faces, axis=1)[:, None]
    a, b, c = (np.take_along_axis(faces, (least + step) % 3, axis=1)[:, 0].astype(np.int64) for step in range(3))
    edge = a * (int(faces.max()) + 1) + b
    order = np.lexsort((c, edge))
    again = np.zeros(len(faces), dtype=bool)
    again[order[1:]] = (edge[order[1:]] == edge[order[:-1]]) & (c[order[1:]] == c[order[:-1]])
    return faces[~again] if again.any() else faces


def _merged(points: FloatArray, triangles: NDArray, size_mm: float) -> tuple[FloatArray, NDArray[np.int32]]:
    cells = np.floor(points / size_mm + _GRID_SHIFT)
    _, first, index = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    faces = index.reshape(-1)[triangles].astype(np.int32)
    whole = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    return points[first], faces[whole]
