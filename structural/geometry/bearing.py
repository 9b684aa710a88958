"""Whether two solids bear on one another: faces that look at each other, nearly in contact, and overlap."""

import numpy as np
from numpy.typing import NDArray

from structural.geometry.findings import Mesh
from structural.geometry.prisms import FloatArray

OVERLAP_MM = 1.0
"""Faces that overlap by less than this in any direction meet along a line, if at all."""
MOST_PAIRS = 200_000
"""Of triangles looked at; beyond it two surfaces are too fine to be those of members, and nothing is said."""


def faces_bear(one: Mesh, other: Mesh, gap_mm: float, lean_deg: float) -> bool:
    """Return whether a face of one mesh looks at one of the other across at most ``gap_mm``, and both overlap.

    The faces lean by at most ``lean_deg`` to one another. The solids share no volume, or next to none: a face may lie
    beyond the other by as much as rounding does.
    """
    first, second = _near(one, other, gap_mm), _near(other, one, gap_mm)
    if not len(first) or not len(second) or len(first) * len(second) > MOST_PAIRS:
        return False
    normal, against = _normals(first), _normals(second)
    i, j = np.nonzero(normal @ against.T <= -np.cos(np.radians(lean_deg)))
    a, b, n = first[i], second[j], normal[i]
    ahead = np.einsum("pkx,px->pk", b - a[:, :1], n)
    facing = (ahead.min(axis=1) <= gap_mm) & (ahead.max(axis=1) >= -gap_mm)
    return bool(_overlap(a[facing], b[facing], n[facing]).any())


def _near(mesh: Mesh, other: Mesh, gap_mm: float) -> FloatArray:
    """Return the triangles (t, 3, 3) of a mesh whose boxes reach that of the other, without those of no area."""
    corners = mesh.vertices_mm[mesh.faces]
    low, high = corners.min(axis=1), corners.max(axis=1)
    reach = np.all((low <= other.high_mm + gap_mm) & (high >= other.low_mm - gap_mm), axis=1)
    found: FloatArray = corners[reach & (np.linalg.norm(_cross(corners), axis=1) > 1e-6)]
    return found


def _cross(corners: FloatArray) -> FloatArray:
    crossed: FloatArray = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return crossed


def _normals(corners: FloatArray) -> FloatArray:
    crossed = _cross(corners)
    unit: FloatArray = crossed / np.linalg.norm(crossed, axis=1, keepdims=True)
    return unit


def _overlap(a: FloatArray, b: FloatArray, normal: FloatArray) -> NDArray[np.bool_]:
    """Return which triangles (p, 3, 3) overlap as seen along ``normal`` (p, 3): no edge of either parts them."""
    overlap = np.ones(len(a), dtype=bool)
    for corners in (a, b):
        for edge in range(3):
            along = corners[:, (edge + 1) % 3] - corners[:, edge]
            across = np.cross(normal, along)
            across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
            p, q = (np.einsum("pkx,px->pk", item, across) for item in (a, b))
            shared = np.minimum(p.max(axis=1), q.max(axis=1)) - np.maximum(p.min(axis=1), q.min(axis=1))
            overlap &= shared > OVERLAP_MM
    return overlap
