"""The exact clash search: every pair of meshes within a tolerance, what it is, and how near or how deep.

Boxes are swept for candidates, those that no plane across an axis parts are intersected as solids, and the surfaces of
what shares no volume are measured; pairs that repeat, as those of typical floors do, are worked out once. A pair whose
surfaces come within the tolerance is not dropped for being unclear: where a mesh bounds no solid it is undecided.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from structural.geometry.box_gaps import BoxGaps, least_distance
from structural.geometry.findings import CLEARANCE, CONTAINED, DUPLICATE, HARD, TOUCHING, UNDECIDED, Findings
from structural.geometry.mesh_distance import CONTACT_MM, surface_distances
from structural.geometry.meshes import Bulk, MeshPack, bulk_of, shells_of, signed_volumes
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
        self._gaps = BoxGaps(meshes)
        self._solids = Solids(meshes)
        self._volumes = np.full(len(meshes), np.nan)
        self._bulks: dict[int, Bulk] = {}

    def judge(self, pairs: IntArray) -> Findings:
        """Return what some candidates (n, 2) are; those farther apart than the tolerance have an infinite distance."""
        found = _far(pairs)
        gaps = self._gaps.between(pairs)
        solid = np.asarray(self._meshes.closed[pairs].all(axis=1))
        # solids come first: whether two share volume costs less than how near their surfaces come
        asked = np.flatnonzero(solid & (gaps.max(axis=1) < -CONTACT_MM))
        shared = self._solids.shared(pairs[asked])
        deep = shared.depth_mm > HARD_MM
        near = least_distance(gaps) < self._tolerance_mm + CONTACT_MM
        near[asked[deep]] = False
        self._measure(found, np.flatnonzero(near), solid)
        self._set_undecided(found, asked[~shared.solid])
        thin = (shared.depth_mm > 0.0) & ~deep
        _set_thin(found, asked[thin], shared.take(thin))
        self._set_hard(found, asked[deep], shared.take(deep))
        return found

    def _measure(self, found: Findings, rows: IntArray, solid: NDArray[np.bool_]) -> None:
        """Set rows of the findings to what the surfaces alone tell; ``solid`` (n,) is of all findings."""
        nearest = surface_distances(self._meshes, found.pairs[rows], self._tolerance_mm)
        meets = nearest.distance_mm <= CONTACT_MM
        points = np.stack([nearest.on_first, nearest.on_second])
        found.kind[rows] = np.where(solid[rows], np.where(meets, TOUCHING, CLEARANCE), UNDECIDED)
        found.distance_mm[rows] = np.where(meets, 0.0, nearest.distance_mm)
        found.point_mm[rows] = points.mean(axis=0)
        found.low_mm[rows], found.high_mm[rows] = points.min(axis=0), points.max(axis=0)

    def _set_undecided(self, found: Findings, rows: IntArray) -> None:
        """Set those rows of the findings to undecided that meet, or lie inside one another, and bound no solids."""
        meets = found.kind[rows] == TOUCHING
        found.kind[rows[meets | self._is_within(found.pairs[rows])]] = UNDECIDED

    def _is_within(self, pairs: IntArray) -> NDArray[np.bool_]:
        """Return which pairs (n, 2) have a piece of one, which does not meet the other, inside the other."""
        found = np.zeros(len(pairs), dtype=bool)
        for side in (0, 1):
            inner, outer = pairs[:, side], pairs[:, 1 - side]
            points = [self._shell_points(mesh) for mesh in inner.tolist()]
            row = np.repeat(np.arange(len(pairs)), [len(some) for some in points])
            at = np.concatenate([np.empty((0, 3)), *points])
            inside = are_inside(self._meshes, outer[row], at)
            found[row[inside]] = True
        return found

    def _shell_points(self, mesh: int) -> FloatArray:
        """Return one vertex of each connected piece of a mesh, (k, 3)."""
        vertices = self._meshes.vertices_of(mesh)
        shells = shells_of(self._meshes.faces_of(mesh), len(vertices))
        points: FloatArray = vertices[np.unique(shells, return_index=True)[1]]
        return points

    def _set_hard(self, found: Findings, rows: IntArray, shared: Shared) -> None:
        """Set rows of the findings to what their solids share."""
        found.distance_mm[rows] = -shared.depth_mm
        found.point_mm[rows] = shared.centre_mm
        found.low_mm[rows], found.high_mm[rows] = shared.low_mm, shared.high_mm
        pairs = found.pairs[rows]
        smaller = self._volumes_of(pairs).min(axis=1)
        kind = np.where(shared.volume_mm3 >= _CONTAINED_SHARE * smaller, CONTAINED, HARD)
        for row in np.flatnonzero(shared.volume_mm3 >= _DUPLICATE_SHARE * smaller).tolist():
            first, second = pairs[row].tolist()
            if _are_same(self._bulk(first), self._bulk(second)):
                kind[row] = DUPLICATE
        found.kind[rows] = kind

    def _volumes_of(self, mesh: IntArray) -> FloatArray:
        """Return the volumes of meshes in mm³, in the shape of ``mesh``."""
        new = np.unique(mesh[np.isnan(self._volumes[mesh])])
        self._volumes[new] = signed_volumes(self._meshes, new)
        return self._volumes[mesh]

    def _bulk(self, mesh: int) -> Bulk:
        if mesh not in self._bulks:
            self._bulks[mesh] = bulk_of(self._meshes.vertices_of(mesh), self._meshes.faces_of(mesh))
        return self._bulks[mesh]


def _far(pairs: IntArray) -> Findings:
    """Return findings of pairs that are farther apart than any tolerance."""
    n = len(pairs)
    nowhere = (np.full((n, 3), np.nan) for _ in range(3))
    return Findings(pairs, np.full(n, CLEARANCE), np.full(n, np.inf), *nowhere)


def _set_thin(found: Findings, rows: IntArray, shared: Shared) -> None:
    """Set rows of the findings to the films that their solids share; they keep where their surfaces meet."""
    unmet = ~(found.distance_mm[rows] <= CONTACT_MM)
    found.kind[rows], found.distance_mm[rows] = TOUCHING, -shared.depth_mm
    found.point_mm[rows[unmet]] = shared.centre_mm[unmet]
    found.low_mm[rows[unmet]], found.high_mm[rows[unmet]] = shared.low_mm[unmet], shared.high_mm[unmet]


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
