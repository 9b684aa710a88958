"""How far apart the boxes of meshes are along the axes of either: what the rest of the search need not look at."""

import numpy as np

from structural.geometry.meshes import MeshPack
from structural.geometry.prisms import FloatArray, IntArray
from structural.geometry.ragged import chunks, gather

_CHUNK_VERTICES = 50_000
"""Vertices that are turned together, which bounds the memory of detailed meshes with many neighbours."""


class BoxGaps:
    """Gaps between the boxes of a pack's meshes; what is known of a single mesh is worked out once.

    A box here lies along the axes that are asked for and holds all of a mesh.
    """

    def __init__(self, meshes: MeshPack) -> None:
        self._meshes = meshes
        every = np.arange(len(meshes))
        self._vertices = np.diff(meshes.vertex_starts)
        self._low, self._high = self._bounds(every, every)

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
        parts = [self._bounds_of(mesh[rows], axes[rows]) for rows in chunks(self._vertices[mesh], _CHUNK_VERTICES)]
        none = np.empty((0, 3))
        return np.concatenate([none, *(low for low, _ in parts)]), np.concatenate([none, *(high for _, high in parts)])

    def _bounds_of(self, mesh: IntArray, axes: IntArray) -> tuple[FloatArray, FloatArray]:
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
