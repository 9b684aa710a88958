"""How far apart the boxes of meshes are along the axes of either: what the rest of the search need not look at."""

import numpy as np

from structural.geometry.meshes import MeshPack
from structural.geometry.prisms import FloatArray, IntArray
from structural.geometry.ragged import gather

_CHUNK_MESHES = 1_024


class BoxGaps:
    """Gaps between the boxes of a pack's meshes; what is known of a single mesh is worked out once.

    A box here lies along the axes that are asked for and holds all of a mesh.
    """

    def __init__(self, meshes: MeshPack) -> None:
        self._meshes = meshes
        every = np.arange(len(meshes))
        parts = [every[start : start + _CHUNK_MESHES] for start in range(0, len(meshes), _CHUNK_MESHES)]
        bounds = [self._bounds(part, part) for part in parts]
        self._low = np.concatenate([np.empty((0, 3)), *(low for low, _ in bounds)])
        self._high = np.concatenate([np.empty((0, 3)), *(high for _, high in bounds)])

    def between(self, pairs: IntArray) -> FloatArray:
        """Return the gaps (n, 6) in mm of pairs (n, 2), along the axes of the first and then of the second mesh.

        A negative gap is by how much the boxes overlap.
        """
        return np.concatenate([self._gaps(pairs), self._gaps(pairs[:, ::-1])], axis=1)

    def _gaps(self, pairs: IntArray) -> FloatArray:
        """Return the gaps (n, 3) along the axes of the first mesh of each pair."""
        own, other = pairs.T
        low, high = self._bounds(other, own)
        shift = np.einsum("nax,nx->na", self._meshes.frames[own], self._anchors(other) - self._anchors(own))
        gaps: FloatArray = np.maximum(low + shift - self._high[own], self._low[own] - high - shift)
        return gaps

    def _bounds(self, mesh: IntArray, axes: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return the bounds (n, 3) of meshes along the axes of others, from each mesh's own first vertex on."""
        owner, index = gather(self._meshes.vertex_starts, mesh)
        from_anchor = self._meshes.vertices[index] - self._anchors(mesh)[owner]
        points = np.einsum("vax,vx->va", self._meshes.frames[axes][owner], from_anchor)
        starts = np.searchsorted(owner, np.arange(len(mesh)))
        return np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)

    def _anchors(self, mesh: IntArray) -> FloatArray:
        return self._meshes.vertices[self._meshes.vertex_starts[mesh]]


def least_distance(gaps: FloatArray) -> FloatArray:
    """Return the distance (n,) that meshes have at least, from the gaps (n, 6) of their boxes along both their axes."""
    squares = np.maximum(gaps, 0.0) ** 2
    distance: FloatArray = np.sqrt(np.maximum(squares[:, :3].sum(axis=1), squares[:, 3:].sum(axis=1)))
    return distance
