"""Exact gap and penetration of pairs of members, as unions of boxes.

Boxes are compared by the separating-axis theorem (15 axes; Gottschalk, Lin and Manocha 1996). Where they are apart, the
distance is the smallest of the 16 corner-to-box distances and of the nine supporting edge-to-edge distances, which
together cover every way in which two boxes can be nearest.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structural.geometry.prisms import FLANGE, WEB, Boxes, FloatArray, IntArray, Prisms, boxes_of

_NEXT = np.array([1, 2, 0])
_LAST = np.array([2, 0, 1])
_PARALLEL = 1e-4
_TIE_MM = 1e-3
_CORNERS = np.array([[x, y, z] for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])


@dataclass(frozen=True, slots=True)
class Contact:
    """Contact of n pairs; lengths in mm.

    ``gap`` (n,) is the distance between the solids, 0 where they share volume. ``depth`` (n,) is the largest
    plate-to-plate penetration: the shortest shift that clears the worst pair of plates; 0 where apart. ``overlap`` (n,)
    is the thickness of the thickest shared volume. ``part_depth`` and ``part_overlap`` have shape (n, 2, 2): the same
    for the flanges and the webs (last axis) of the first and of the second member. ``facing`` (n,) is the
    cosine between the two faces that look at one another across the gap (of the deepest pair of plates: across the
    shortest way out); 0 where an edge or a corner is nearest.
    """

    gap: FloatArray
    depth: FloatArray
    overlap: FloatArray
    part_depth: FloatArray
    part_overlap: FloatArray
    facing: FloatArray


@dataclass(frozen=True, slots=True)
class _BoxPairs:
    """m pairs of boxes in the frame of the first box of each."""

    rotation: FloatArray  # (m, 3, 3): a_i . b_j
    offset: FloatArray  # (m, 3): centre of b in the frame of a
    half_a: FloatArray  # (m, 3)
    half_b: FloatArray  # (m, 3)

    def take(self, rows: NDArray) -> "_BoxPairs":
        return _BoxPairs(self.rotation[rows], self.offset[rows], self.half_a[rows], self.half_b[rows])


def contact_of(first: Prisms, second: Prisms) -> Contact:
    """Return the contact of member i of ``first`` with member i of ``second``, for all i."""
    boxes_a, boxes_b = boxes_of(first), boxes_of(second)
    pair, slot_a, slot_b = np.nonzero(boxes_a.used[:, :, None] & boxes_b.used[:, None, :])
    starts = np.flatnonzero(np.r_[True, np.diff(pair) > 0])
    box_pairs = _box_pairs((first, boxes_a, slot_a), (second, boxes_b, slot_b), pair)
    separation, thickness, facing = _separate(box_pairs)
    gap, facing = _gaps(box_pairs, separation, facing, pair, starts)
    depth = np.maximum(-separation, 0.0)
    parts = [boxes_a.part[pair, slot_a], boxes_b.part[pair, slot_b]]
    return Contact(
        gap=gap,
        depth=np.maximum.reduceat(depth, starts),
        overlap=np.maximum.reduceat(thickness, starts),
        part_depth=_by_part(depth, parts, starts),
        part_overlap=_by_part(thickness, parts, starts),
        facing=facing,
    )


def _by_part(values: FloatArray, parts: list[IntArray], starts: NDArray) -> FloatArray:
    found = [
        [np.maximum.reduceat(np.where(part == kind, values, 0.0), starts) for kind in (FLANGE, WEB)] for part in parts
    ]
    return np.moveaxis(np.array(found), 2, 0)


def _box_pairs(
    side_a: tuple[Prisms, Boxes, NDArray], side_b: tuple[Prisms, Boxes, NDArray], pair: NDArray
) -> _BoxPairs:
    axes_a, centre_a, half_a = _placed(*side_a, pair)
    axes_b, centre_b, half_b = _placed(*side_b, pair)
    apart = (side_b[0].origin - side_a[0].origin)[pair] + centre_b - centre_a
    return _BoxPairs(axes_a @ axes_b.transpose(0, 2, 1), np.einsum("mij,mj->mi", axes_a, apart), half_a, half_b)


def _placed(prisms: Prisms, boxes: Boxes, slot: NDArray, pair: NDArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return axes (m, 3, 3), centres relative to the member's origin (m, 3) and half sizes (m, 3), world directions."""
    frame = prisms.frame[pair]
    centre = np.einsum("mk,mkx->mx", boxes.centre[pair, slot], frame)
    roll = boxes.roll[pair, slot]
    turned = np.flatnonzero(roll)
    if len(turned):
        cos, sin = np.cos(roll[turned])[:, None], np.sin(roll[turned])[:, None]
        y, z = frame[turned, 1], frame[turned, 2]
        frame[turned, 1], frame[turned, 2] = cos * y + sin * z, cos * z - sin * y
    return frame, centre, boxes.half[pair, slot]


def _separate(p: _BoxPairs) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return largest separation (negative: penetration), thickness of the overlap and facing cosine, each (m,)."""
    r, size = p.rotation, np.abs(p.rotation)
    t, u = p.offset, np.einsum("mij,mi->mj", p.rotation, p.offset)
    radius_ab = np.einsum("mij,mj->mi", size, p.half_b)
    radius_ba = np.einsum("mij,mi->mj", size, p.half_a)
    norm = np.sqrt(np.maximum(1.0 - r * r, 0.0))
    valid = norm > _PARALLEL
    norm = np.where(valid, norm, 1.0)
    along = np.abs(t[:, _LAST, None] * r[:, _NEXT] - t[:, _NEXT, None] * r[:, _LAST]) / norm
    a, b = p.half_a, p.half_b
    cross_a = (a[:, _NEXT, None] * size[:, _LAST] + a[:, _LAST, None] * size[:, _NEXT]) / norm
    cross_b = (b[:, None, _NEXT] * size[:, :, _LAST] + b[:, None, _LAST] * size[:, :, _NEXT]) / norm
    m = len(t)
    distance = np.concatenate([np.abs(t), np.abs(u), along.reshape(m, 9)], axis=1)
    reach_a = np.concatenate([a, radius_ba, cross_a.reshape(m, 9)], axis=1)
    reach_b = np.concatenate([radius_ab, b, cross_b.reshape(m, 9)], axis=1)
    usable = np.concatenate([np.ones((m, 6), dtype=bool), valid.reshape(m, 9)], axis=1)
    gaps = np.where(usable, distance - reach_a - reach_b, -np.inf)
    # a face is preferred to a cross axis that ties with it
    face = np.argmax(gaps[:, :6], axis=1)
    separation = gaps.max(axis=1)
    best_face = np.take_along_axis(gaps[:, :6], face[:, None], axis=1)[:, 0]
    cosines = np.concatenate([size.max(axis=2), size.max(axis=1)], axis=1)
    facing = np.where(best_face >= separation - _TIE_MM, np.take_along_axis(cosines, face[:, None], axis=1)[:, 0], 0.0)
    shared = np.minimum(-gaps, 2 * np.minimum(reach_a, reach_b))
    thickness = np.where(separation < 0, shared.min(axis=1, where=usable, initial=np.inf), 0.0)
    return separation, thickness, facing


def _gaps(
    p: _BoxPairs, separation: FloatArray, facing: FloatArray, pair: NDArray, starts: NDArray
) -> tuple[FloatArray, FloatArray]:
    """Return the gap of each pair of members and the facing cosine at it, each (n,)."""
    n = len(starts)
    nearest = np.minimum.reduceat(separation, starts)
    # the box pair with the smallest lower bound first: its distance rules most others out
    first = np.flatnonzero(separation == nearest[pair])
    first = first[np.unique(pair[first], return_index=True)[1]]
    gap, facing_at_gap = np.zeros(n), facing[first].copy()
    open_pairs = nearest > 0
    seeds = first[open_pairs]
    gap[open_pairs] = _distance(p.take(seeds), separation[seeds])
    rest = np.flatnonzero(open_pairs[pair] & (separation < gap[pair] - 1e-9))
    rest = rest[~np.isin(rest, seeds)]
    if len(rest):
        found = _distance(p.take(rest), separation[rest])
        order = np.lexsort((found, pair[rest]))
        rest, found = rest[order], found[order]
        lead = np.unique(pair[rest], return_index=True)[1]
        rest, found = rest[lead], found[lead]
        closer = found < gap[pair[rest]]
        gap[pair[rest[closer]]] = found[closer]
        facing_at_gap[pair[rest[closer]]] = facing[rest[closer]]
    return gap, facing_at_gap


def _distance(p: _BoxPairs, separation: FloatArray) -> FloatArray:
    """Return the distance (m,) between boxes that are apart; ``separation`` is their lower bound."""
    r, t = p.rotation, p.offset
    corners_b = t[:, None] + np.einsum("mij,mcj->mci", r, _CORNERS * p.half_b[:, None])
    outside_b = np.maximum(np.abs(corners_b) - p.half_a[:, None], 0.0)
    back = np.einsum("mij,mi->mj", r, t)
    corners_a = np.einsum("mij,mci->mcj", r, _CORNERS * p.half_a[:, None]) - back[:, None]
    outside_a = np.maximum(np.abs(corners_a) - p.half_b[:, None], 0.0)
    squares = np.concatenate([np.sum(outside_a**2, axis=2), np.sum(outside_b**2, axis=2)], axis=1)
    best: FloatArray = np.sqrt(squares.min(axis=1))
    open_rows = np.flatnonzero(best > separation + 1e-9)
    if len(open_rows):
        best[open_rows] = np.minimum(best[open_rows], _edge_distance(p.take(open_rows)))
    return best


def _edge_distance(p: _BoxPairs) -> FloatArray:
    """Return the smallest distance (m,) between supporting edges whose nearest points lie inside both edges."""
    best = np.full(len(p.offset), np.inf)
    for i in range(3):
        for j in range(3):
            direction = p.rotation[:, :, j]  # b_j in the frame of a
            normal = np.cross(np.eye(3)[i], direction)
            length = np.linalg.norm(normal, axis=1)
            normal *= np.sign(np.sum(normal * p.offset, axis=1))[:, None]
            point_a = np.sign(normal) * p.half_a
            point_a[:, i] = 0.0
            signs = -np.sign(np.einsum("mx,mxl->ml", normal, p.rotation)) * p.half_b
            signs[:, j] = 0.0
            point_b = p.offset + np.einsum("mxl,ml->mx", p.rotation, signs)
            between = point_a - point_b
            cos = direction[:, i]
            sine2 = np.maximum(1.0 - cos * cos, 1e-12)
            on_b = np.sum(between * direction, axis=1)
            s = (cos * on_b - between[:, i]) / sine2
            u = (on_b - cos * between[:, i]) / sine2
            inside = (np.abs(s) <= p.half_a[:, i]) & (np.abs(u) <= p.half_b[:, j]) & (length > _PARALLEL)
            apart = np.abs(np.sum(between * normal, axis=1)) / np.maximum(length, _PARALLEL)
            best = np.where(inside, np.minimum(best, apart), best)
    return best
