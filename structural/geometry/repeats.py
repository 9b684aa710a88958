"""Which pairs of meshes are the same two shapes in the same position to one another: typical floors and bays repeat."""

import hashlib

import numpy as np

from structural.geometry.meshes import MeshPack
from structural.geometry.prisms import FloatArray, IntArray

_SAME_MM = 1e-3
_GRID_SHIFT = 0.3183
"""Round lengths shall not lie on the border of two cells."""


def unique_pairs(meshes: MeshPack, pairs: IntArray) -> tuple[IntArray, IntArray]:
    """Return the pairs (k,) that stand for all of ``pairs`` (n, 2), and which of these each pair is like, (n,).

    Pairs are alike when one can be moved onto the other, without turning, so that all vertices agree to about a
    thousandth of a millimetre. The first of those that are alike stands for them; both results are in that order.
    """
    if len(pairs) == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    shapes, apart = _shapes(meshes), anchors(meshes, pairs[:, 1]) - anchors(meshes, pairs[:, 0])
    key = np.concatenate([shapes[pairs], _cells(apart)], axis=1)
    _, first, like = np.unique(key, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return first[order], place[like.reshape(-1)]


def anchors(meshes: MeshPack, mesh: IntArray) -> FloatArray:
    """Return a vertex (n, 3) of each mesh that lies alike in meshes of one shape."""
    return meshes.vertices[meshes.vertex_starts[mesh]]


def _shapes(meshes: MeshPack) -> IntArray:
    """Return a number for each mesh, the same for those that are the same but for their place, (n,)."""
    numbers: dict[bytes, int] = {}
    found = np.empty(len(meshes), dtype=np.int64)
    for mesh in range(len(meshes)):
        vertices = meshes.vertices_of(mesh)
        digest = hashlib.blake2b(_cells(vertices - vertices[0]).tobytes(), digest_size=16)
        digest.update(np.ascontiguousarray(meshes.faces_of(mesh)).tobytes())
        digest.update(bytes([bool(meshes.closed[mesh])]))
        found[mesh] = numbers.setdefault(digest.digest(), len(numbers))
    return found


def _cells(values: FloatArray) -> IntArray:
    return np.floor(values / _SAME_MM + _GRID_SHIFT).astype(np.int64)
