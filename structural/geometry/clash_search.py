"""The exact clash search: every pair of meshes within a tolerance, what it is, and how near or how deep.

Boxes are swept for candidates, surfaces are measured, and what touches or lies inside is intersected as solids; pairs
that repeat, as those of typical floors do, are worked out once. No pair is dropped for being unclear: where a mesh
bounds no solid the pair is undecided.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from structural.geometry.findings import CLEARANCE, CONTAINED, DUPLICATE, HARD, TOUCHING, UNDECIDED, Findings
from structural.geometry.mesh_distance import CONTACT_MM, Nearest, surface_distances
from structural.geometry.meshes import Bulk, MeshPack, bulk_of, shells_of
from structural.geometry.prisms import FloatArray, IntArray
from structural.geometry.repeats import anchors, unique_pairs
from structural.geometry.solids import Shared, Solids
from structural.geometry.sweep import Wanted, near_boxes
from structural.geometry.winding import are_inside

HARD_MM = 0.2
"""Solids that share volume no thicker than this were modelled to touch."""
DUPLICATE_MM = 15.0
"""Two of the same shape whose centroids are this near, and which share volume, are one member modelled twice."""
_DUPLICATE_SHARE = 0.25
_DUPLICATE_VOLUME = 0.02
_DUPLICATE_SPREAD = 0.1
_CONTAINED_SHARE = 0.9999
_BLOCK_PAIRS = 512


@dataclass(frozen=True, slots=True)
class Search:
    """What a search came to: the findings, and how many ``candidates`` had boxes within the tolerance."""

    findings: Findings
    candidates: int


def find_clashes(
    meshes: MeshPack,
    tolerance_mm: float,
    max_pairs: int | None = None,
    progress: Callable[[float], None] = lambda _: None,
    wanted: Wanted | None = None,
) -> Search:
    """Return all pairs of meshes within ``tolerance_mm`` (at least 0) of one another.

    ``progress`` is told the share that is done, 0 to 1. ``wanted`` says which candidates (n, 2) are looked at, (n,);
    by default all are. Raises `TooManyPairsError` when the boxes of more than ``max_pairs`` of those come within the
    tolerance.
    """
    pairs = near_boxes(meshes.low, meshes.high, tolerance_mm, max_pairs, wanted)
    chosen, like = unique_pairs(meshes, pairs)
    judge = _Judge(meshes, tolerance_mm)
    blocks = []
    for start in range(0, len(chosen), _BLOCK_PAIRS):
        blocks.append(judge.judge(pairs[chosen[start : start + _BLOCK_PAIRS]]))
        progress(min(1.0, (start + _BLOCK_PAIRS) / len(chosen)))
    found = _moved(meshes, _joined(blocks).take(like), pairs)
    return Search(found.take(np.flatnonzero(np.isfinite(found.distance_mm))), len(pairs))


def _moved(meshes: MeshPack, found: Findings, pairs: IntArray) -> Findings:
    """Return findings moved to the pairs (n, 2) that are like those they were made of."""
    by = anchors(meshes, pairs[:, 0]) - anchors(meshes, found.pairs[:, 0])
    return replace(
        found, pairs=pairs, point_mm=found.point_mm + by, low_mm=found.low_mm + by, high_mm=found.high_mm + by
    )


def _joined(blocks: list[Findings]) -> Findings:
    if not blocks:
        none = np.empty((0, 3))
        return Findings(np.empty((0, 2), np.int64), np.empty(0, np.int64), np.empty(0), none, none, none)
    return Findings(
        pairs=np.concatenate([block.pairs for block in blocks]),
        kind=np.concatenate([block.kind for block in blocks]),
        distance_mm=np.concatenate([block.distance_mm for block in blocks]),
        point_mm=np.concatenate([block.point_mm for block in blocks]),
        low_mm=np.concatenate([block.low_mm for block in blocks]),
        high_mm=np.concatenate([block.high_mm for block in blocks]),
    )


class _Judge:
    """Judges blocks of candidates of one pack; what is worked out for a mesh is kept for its other pairs."""

    def __init__(self, meshes: MeshPack, tolerance_mm: float) -> None:
        self._meshes = meshes
        self._tolerance_mm = tolerance_mm
        self._solids = Solids(meshes)
        self._bulks: dict[int, Bulk] = {}
        self._shells: dict[int, FloatArray] = {}

    def judge(self, pairs: IntArray) -> Findings:
        """Return what some candidates (n, 2) are; those farther apart than the tolerance have an infinite distance."""
        nearest = surface_distances(self._meshes, pairs, self._tolerance_mm)
        solid = self._meshes.closed[pairs].all(axis=1)
        meets = nearest.distance_mm <= CONTACT_MM
        within = np.zeros(len(pairs), dtype=bool)
        asked = np.flatnonzero(solid & ~meets & ~nearest.parted)
        within[asked] = self._is_within(pairs[asked])
        found = self._apart(pairs, nearest, np.where(meets, TOUCHING, CLEARANCE))
        found.kind[~solid] = UNDECIDED
        for row in np.flatnonzero(solid & ((meets & ~nearest.parted) | within)).tolist():
            self._intersect(found, row)
        return found

    def _apart(self, pairs: IntArray, nearest: Nearest, kind: IntArray) -> Findings:
        """Return findings as the surfaces alone tell them; beyond the tolerance the distance is infinite."""
        points = np.stack([nearest.on_first, nearest.on_second])
        distance = np.where(nearest.distance_mm <= CONTACT_MM, 0.0, nearest.distance_mm)
        return Findings(pairs, kind, distance, points.mean(axis=0), points.min(axis=0), points.max(axis=0))

    def _is_within(self, pairs: IntArray) -> NDArray[np.bool_]:
        """Return which pairs (n, 2), whose surfaces do not meet, have a piece of one inside the other."""
        found = np.zeros(len(pairs), dtype=bool)
        for side in (0, 1):
            inner, outer = pairs[:, side], pairs[:, 1 - side]
            points = [self._shell_points(mesh) for mesh in inner.tolist()]
            row = np.repeat(np.arange(len(pairs)), [len(some) for some in points])
            at = np.concatenate([np.empty((0, 3)), *points])
            low, high = self._meshes.low[outer[row]], self._meshes.high[outer[row]]
            asked = np.flatnonzero(np.all((at >= low) & (at <= high), axis=1))
            inside = are_inside(self._meshes, outer[row[asked]], at[asked])
            found[row[asked[inside]]] = True
        return found

    def _shell_points(self, mesh: int) -> FloatArray:
        """Return one vertex of each connected piece of a mesh, (k, 3)."""
        if mesh not in self._shells:
            vertices = self._meshes.vertices_of(mesh)
            shells = shells_of(self._meshes.faces_of(mesh), len(vertices))
            self._shells[mesh] = vertices[np.unique(shells, return_index=True)[1]]
        return self._shells[mesh]

    def _intersect(self, found: Findings, row: int) -> None:
        """Set one row of the findings to what the two solids share."""
        first, second = found.pairs[row].tolist()
        shared = self._solids.shared(first, second)
        if shared is None:
            found.kind[row] = UNDECIDED
            return
        if shared.depth_mm <= 0.0:
            return
        found.distance_mm[row] = -shared.depth_mm
        if shared.depth_mm > HARD_MM:
            found.kind[row] = self._kind_of(first, second, shared)
            found.point_mm[row] = shared.centre_mm
            found.low_mm[row], found.high_mm[row] = shared.low_mm, shared.high_mm

    def _kind_of(self, first: int, second: int, shared: Shared) -> int:
        one, other = self._bulk(first), self._bulk(second)
        smaller = min(one.volume_mm3, other.volume_mm3)
        if shared.volume_mm3 >= _DUPLICATE_SHARE * smaller and _are_same(one, other):
            return DUPLICATE
        return CONTAINED if shared.volume_mm3 >= _CONTAINED_SHARE * smaller else HARD

    def _bulk(self, mesh: int) -> Bulk:
        if mesh not in self._bulks:
            self._bulks[mesh] = bulk_of(self._meshes.vertices_of(mesh), self._meshes.faces_of(mesh))
        return self._bulks[mesh]


def _are_same(one: Bulk, other: Bulk) -> bool:
    """Return whether two solids have the same volume, spread the same way, in the same place."""
    if abs(one.volume_mm3 - other.volume_mm3) > _DUPLICATE_VOLUME * max(one.volume_mm3, other.volume_mm3):
        return False
    if float(np.linalg.norm(one.centroid_mm - other.centroid_mm)) > DUPLICATE_MM:
        return False
    try:
        ratio = np.linalg.eigvals(np.linalg.solve(one.spread_mm2, other.spread_mm2)).real
    except np.linalg.LinAlgError:
        return False
    return bool(np.all(np.abs(ratio - 1.0) <= _DUPLICATE_SPREAD))
