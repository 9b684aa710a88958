"""Truncated signed distance grids of two members over the overlap zone of their bounding boxes.

The zone lives in the frame of the first member, so it does not change when the pair is moved or turned together. Axis 0
of a grid is the zone's longest axis.
"""

from dataclasses import dataclass

import numpy as np

from structural.geometry.prisms import Boxes, FloatArray, IntArray, Prisms, boxes_of

GRID = 12
PAD_MM = 5.0
_CHUNK_ROWS = 32
"""Pairs at a time: so few that their fields stay in the second-level cache, which halves the time."""


@dataclass(frozen=True, slots=True)
class Zones:
    """Overlap zones of n pairs in the frame of the first member: corners (n, 3) in mm, ``order`` (n, 3) of the axes.

    ``order[:, 0]`` is the longest axis. Along an axis on which the bounding boxes do not overlap, the zone spans the
    space between them.
    """

    low: FloatArray
    high: FloatArray
    order: IntArray

    @property
    def extent(self) -> FloatArray:
        """Size of the zone along its ordered axes, (n, 3) mm, largest first."""
        return np.take_along_axis(self.high - self.low, self.order, axis=1)


def zones_of(first: Prisms, second: Prisms) -> Zones:
    """Return the padded overlap zone of the bounding boxes of each pair, seen from the first member."""
    half = np.stack([second.length, second.width, second.depth], axis=-1) / 2
    middle = second.origin + second.frame[:, 0] * half[:, :1] - first.origin
    centre = np.einsum("nij,nj->ni", first.frame, middle)
    turn = np.einsum("nij,nkj->nik", first.frame, second.frame)
    reach = np.einsum("nik,nk->ni", np.abs(turn), half)
    zero = np.zeros(len(first))
    own_low = np.stack([zero, -first.width / 2, -first.depth / 2], axis=-1)
    own_high = np.stack([first.length, first.width / 2, first.depth / 2], axis=-1)
    low, high = np.maximum(own_low, centre - reach), np.minimum(own_high, centre + reach)
    low, high = np.minimum(low, high) - PAD_MM, np.maximum(low, high) + PAD_MM
    order = np.argsort(-(high - low), axis=1, kind="stable")
    return Zones(low, high, order)


def distance_grids(first: Prisms, second: Prisms, zones: Zones) -> np.ndarray:
    """Return int8 grids (n, 2, GRID, GRID, GRID): 127 is far outside a member, -127 deep inside, 0 its surface.

    Distances are cut off at two cells (the geometric mean cell, within 4 to 40 mm); they are exact inside a member and
    in front of its faces, and the largest coordinate distance beside edges.
    """
    grids = np.empty((len(first), 2, GRID, GRID, GRID), dtype=np.int8)
    boxes = (boxes_of(first), boxes_of(second))
    turn = np.einsum("nij,nkj->nik", second.frame, first.frame)
    shift = np.einsum("nij,nj->ni", second.frame, first.origin - second.origin)
    own = np.broadcast_to(np.eye(3), turn.shape)
    cut = np.clip(2.0 * np.cbrt(np.prod(zones.high - zones.low, axis=1)) / GRID, 4.0, 40.0)
    for start in range(0, len(first), _CHUNK_ROWS):
        rows = np.arange(start, min(start + _CHUNK_ROWS, len(first)))
        ticks = _ticks(zones, rows)
        for channel, (rotation, moved) in enumerate(((own, np.zeros_like(shift)), (turn, shift))):
            field = _field(boxes[channel], rows, ticks, (zones.order[rows], rotation[rows], moved[rows]))
            scale = (127.0 / cut[rows]).astype(np.float32)[:, None, None, None]
            grids[rows, channel] = np.rint(np.clip(field * scale, -127.0, 127.0))
    return grids


def _ticks(zones: Zones, rows: IntArray) -> FloatArray:
    """Return the cell centres (rows, 3, GRID) along the zone's ordered axes."""
    low = np.take_along_axis(zones.low[rows], zones.order[rows], axis=1)
    return low[:, :, None] + zones.extent[rows][:, :, None] * ((np.arange(GRID) + 0.5) / GRID)


def _field(
    boxes: Boxes, rows: IntArray, ticks: FloatArray, pose: tuple[IntArray, FloatArray, FloatArray]
) -> np.ndarray:
    """Return the distance to the union of a member's boxes, (rows, GRID, GRID, GRID) float32."""
    order, rotation, moved = pose
    field = np.full((len(rows), GRID, GRID, GRID), 1e6, dtype=np.float32)
    for slot in range(boxes.used.shape[1]):
        hit = np.flatnonzero(boxes.used[rows, slot])
        if len(hit) == 0:
            continue
        which = rows[hit]
        turn, roll = rotation[hit], boxes.roll[which, slot]
        offset = moved[hit] - boxes.centre[which, slot]
        if np.any(roll):
            turn, offset = _rolled(turn, roll), _rolled(offset[:, :, None], roll)[:, :, 0]
        steps = np.take_along_axis(turn, order[hit][:, None, :], axis=2)  # (h, 3 box axes, 3 grid axes)
        parts = (steps[:, :, :, None] * ticks[hit][:, None]).astype(np.float32)
        field[hit] = np.minimum(field[hit], _box_field(parts, offset.astype(np.float32), boxes.half[which, slot]))
    return field


def _rolled(vectors: FloatArray, roll: FloatArray) -> FloatArray:
    """Express rows y and z of (h, 3, k) in axes turned by ``roll`` about x."""
    cos, sin = np.cos(roll)[:, None], np.sin(roll)[:, None]
    y, z = vectors[:, 1], vectors[:, 2]
    return np.stack([vectors[:, 0], cos * y + sin * z, cos * z - sin * y], axis=1)


def _box_field(parts: np.ndarray, offset: np.ndarray, half: FloatArray) -> np.ndarray:
    """Return the largest coordinate distance to one box a row; ``parts`` (h, 3, 3, GRID) add up to coordinates."""
    worst = np.full((), -np.inf, dtype=np.float32)
    for axis in range(3):
        plane = (parts[:, axis, 1] + offset[:, axis, None])[:, :, None] + parts[:, axis, 2][:, None, :]
        value = plane[:, None] + parts[:, axis, 0][:, :, None, None]
        np.abs(value, out=value)
        value -= half[:, axis].astype(np.float32)[:, None, None, None]
        worst = np.maximum(worst, value)
    return worst
