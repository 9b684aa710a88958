"""Exact distance between the surfaces of meshes, many pairs at a time.

The faces of one mesh that reach the other's box, seen along the other's own axes, are kept; of the pairs of faces that
are left, those whose boxes are nearest (along the axes of both meshes) are measured first, and what they give rules
most of the rest out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from structural.geometry.meshes import MeshPack
from structural.geometry.prisms import FloatArray, IntArray
from structural.geometry.ragged import chunks, gather, steps
from structural.geometry.triangles import nearest_points, triangle_distances

CONTACT_MM = 0.01
"""Surfaces this near touch: models are rounded to hundredths of a millimetre."""
_CHUNK_FACES = 120_000
_CHUNK_PAIRS = 1_000_000
_FIRST_LOOK = 4
_FOREMOST = 12
_SLACK_MM = 1e-6


@dataclass(frozen=True, slots=True)
class Nearest:
    """n pairs of surfaces: the distance (n,) in mm and the points (n, 3) of each that are nearest.

    Beyond the reach that was asked for the distance is infinite and the points are NaN. Below `CONTACT_MM` the distance
    is that of the first pair of faces found so near, not always the smallest.
    """

    distance_mm: FloatArray
    on_first: FloatArray
    on_second: FloatArray


@dataclass(frozen=True, slots=True)
class _Seen:
    """One side of n pairs along the axes of both: columns 0 to 2 along the first mesh's axes, 3 to 5 the second's.

    ``points`` (v, 6) are the vertices; those of pair i begin at ``starts[i]``, ``low`` and ``high`` (n, 6) bound them.
    """

    points: FloatArray
    starts: IntArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, slots=True)
class _Faces:
    """Faces of one side, sorted by pair: the pair and the face (k,), and bounds (k, 6) along the axes of both sides.

    ``bound`` (k,) is the distance from the other side's box, at least; ``away`` (k,) how far, roughly, a
    face is from the middle of where both boxes meet.
    """

    pair: IntArray
    face: IntArray
    low: FloatArray
    high: FloatArray
    bound: FloatArray
    away: FloatArray

    def take(self, rows: NDArray) -> "_Faces":
        return _Faces(**{item.name: getattr(self, item.name)[rows] for item in fields(self)})

    def foremost(self) -> "_Faces":
        """Return the few most promising faces of each pair."""
        order = np.lexsort((self.away, self.bound, self.pair))
        starts = np.flatnonzero(np.r_[True, np.diff(self.pair) > 0]) if len(order) else order
        rank = steps(np.diff(np.r_[starts, len(order)]))
        return self.take(order[rank < _FOREMOST])

    def nearer_than(self, best: FloatArray) -> "_Faces":
        """Return the faces that may be nearer than ``best`` (n,), of pairs that do not touch already."""
        return self.take(np.flatnonzero((self.bound < best[self.pair]) & (best[self.pair] > CONTACT_MM)))


@dataclass(frozen=True, slots=True)
class _FacePairs:
    """Pairs of faces, sorted by pair of meshes and then by ``bound``, the distance that they have at least; (k,)."""

    pair: IntArray
    first: IntArray
    second: IntArray
    bound: FloatArray

    def take(self, rows: NDArray) -> "_FacePairs":
        return _FacePairs(self.pair[rows], self.first[rows], self.second[rows], self.bound[rows])


def surface_distances(meshes: MeshPack, pairs: IntArray, reach_mm: float) -> Nearest:
    """Return how near the surfaces of each pair of meshes come, as far as ``reach_mm``.

    ``pairs`` (n, 2) are indices into ``meshes``. Solids are not looked into: one inside another is as far as its
    surface.
    """
    n = len(pairs)
    found = Nearest(np.full(n, np.inf), np.full((n, 3), np.nan), np.full((n, 3), np.nan))
    faces = np.diff(meshes.face_starts)
    for rows in chunks(faces[pairs].sum(axis=1), _CHUNK_FACES):
        distance, nearest = _measure(meshes, pairs[rows], reach_mm)
        near = np.flatnonzero(np.isfinite(distance))
        corners = meshes.vertices[meshes.faces[nearest[near]]]  # (m, 2 sides, 3 corners, 3)
        found.distance_mm[rows] = distance
        found.on_first[rows[near]], found.on_second[rows[near]] = nearest_points(corners[:, 0], corners[:, 1])
    return found


def _measure(meshes: MeshPack, pairs: IntArray, reach_mm: float) -> tuple[FloatArray, IntArray]:
    """Return the distance (n,), infinite beyond the reach, and the nearest faces (n, 2)."""
    frames = meshes.frames[pairs].reshape(len(pairs), 6, 3)
    # about a point near by, so that rotating loses no digits
    middle = (meshes.low[pairs] + meshes.high[pairs]).mean(axis=1) / 2
    sides = [_see(meshes, pairs[:, side], frames, middle) for side in (0, 1)]
    best = np.full(len(pairs), max(reach_mm, CONTACT_MM) + _SLACK_MM)  # whatever touches is found
    nearest = np.full((len(pairs), 2), -1)
    first, second = (_reaching(meshes, pairs[:, side], sides[side], sides[1 - side], best) for side in (0, 1))
    for near in _near_faces(first.foremost(), second.foremost(), best):
        _look(meshes, near, best, nearest)
    for near in _near_faces(first.nearer_than(best), second.nearer_than(best), best):
        _look(meshes, near, best, nearest)
    return np.where(nearest[:, 0] >= 0, best, np.inf), nearest


def _see(meshes: MeshPack, mesh: IntArray, frames: FloatArray, middle: FloatArray) -> _Seen:
    pair, index = gather(meshes.vertex_starts, mesh)
    points = np.einsum("vax,vx->va", frames[pair], meshes.vertices[index] - middle[pair])
    starts = np.searchsorted(pair, np.arange(len(mesh)))
    return _Seen(points, starts, np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts))


def _reaching(meshes: MeshPack, mesh: IntArray, own: _Seen, other: _Seen, best: FloatArray) -> _Faces:
    """Return the faces of ``mesh`` (n,) whose boxes come nearer to the other side's box than ``best`` (n,)."""
    pair, face = gather(meshes.face_starts, mesh)
    corners = meshes.faces[face] + (own.starts - meshes.vertex_starts[mesh])[pair][:, None]
    one, two, three = (own.points[corners[:, corner]] for corner in range(3))
    low, high = np.minimum(np.minimum(one, two), three), np.maximum(np.maximum(one, two), three)
    bound = _bound(low, high, other.low[pair], other.high[pair])
    near = np.flatnonzero(bound < best[pair])
    pair, face, low, high, bound = pair[near], face[near], low[near], high[near], bound[near]
    # where the two members' boxes meet, or nearly so, is where their surfaces are most likely to
    zone = np.minimum(own.high, other.high) + np.maximum(own.low, other.low)
    away = np.abs(low + high - zone[pair]).sum(axis=1)
    return _Faces(pair, face, low, high, bound, away)


def _bound(low: FloatArray, high: FloatArray, other_low: FloatArray, other_high: FloatArray) -> FloatArray:
    """Return the distance (k,) that boxes have at least; bounds (k, 6) are along the axes of both members."""
    gaps = np.maximum(np.maximum(low - other_high, other_low - high), 0.0)
    squares = gaps * gaps
    bound: FloatArray = np.sqrt(np.maximum(squares[:, :3].sum(axis=1), squares[:, 3:].sum(axis=1)))
    return bound


def _near_faces(first: _Faces, second: _Faces, best: FloatArray) -> Iterator[_FacePairs]:
    """Yield the pairs of faces whose boxes are nearer than ``best`` (n,), some at a time; it may shrink meanwhile."""
    starts = np.searchsorted(second.pair, np.arange(len(best) + 1))
    counts = np.diff(starts)[first.pair]
    ends = np.cumsum(counts)
    start = 0
    while start < len(counts):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _CHUNK_PAIRS, side="right")))
        rows = np.arange(start, min(stop, len(counts)))
        start = stop
        rows = rows[best[first.pair[rows]] > CONTACT_MM]
        a = np.repeat(rows, counts[rows])
        b = starts[first.pair[a]] + steps(counts[rows])
        for axis in range(6):  # axis by axis, as the first ones rule most pairs out
            limit = best[first.pair[a]]
            near = (first.low[a, axis] - second.high[b, axis] < limit) & (
                second.low[b, axis] - first.high[a, axis] < limit
            )
            a, b = a[near], b[near]
        pair = first.pair[a]
        bound = _bound(first.low[a], first.high[a], second.low[b], second.high[b])
        near = np.flatnonzero(bound < best[pair])
        near = near[np.lexsort((bound[near], pair[near]))]
        yield _FacePairs(pair[near], first.face[a[near]], second.face[b[near]], bound[near])


def _look(meshes: MeshPack, near: _FacePairs, best: FloatArray, nearest: IntArray) -> None:
    """Measure pairs of faces, the most promising first; set ``best`` (n,) and ``nearest`` (n, 2) to what is found."""
    look = _FIRST_LOOK
    while len(near.pair):
        starts = np.flatnonzero(np.r_[True, np.diff(near.pair) > 0])
        rank = np.arange(len(near.pair)) - np.repeat(starts, np.diff(np.r_[starts, len(near.pair)]))
        now = near.take(rank < look)
        distance = triangle_distances(
            meshes.vertices[meshes.faces[now.first]], meshes.vertices[meshes.faces[now.second]]
        )
        order = np.lexsort((distance, now.pair))
        lead = order[np.unique(now.pair[order], return_index=True)[1]]
        closer = lead[distance[lead] < best[now.pair[lead]]]
        best[now.pair[closer]] = distance[closer]
        nearest[now.pair[closer]] = np.stack([now.first[closer], now.second[closer]], axis=1)
        left = (rank >= look) & (near.bound < best[near.pair]) & (best[near.pair] > CONTACT_MM)
        near = near.take(left)
        look *= 4
