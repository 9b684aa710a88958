"""The broad phase: which axis-aligned boxes come within a distance, by a hash of cells and a sweep within each.

Boxes are put into all cells of a grid that they reach, and swept along one axis within a cell; a pair that shares
several cells is kept in one of them. The grid's cells are as large as it takes for a box to reach few of them, so the
work grows as n log n for buildings of any shape, and never beyond that of a plain sweep.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structural.geometry.prisms import FloatArray, IntArray
from structural.geometry.ragged import steps

_CHUNK_PAIRS = 1_000_000
_MOST_CELLS = 6.0
"""Cells that a box reaches, on average, at most."""


class TooManyPairsError(ValueError):
    """More pairs come near than were asked for at most; ``most`` is that number."""

    def __init__(self, most: int) -> None:
        super().__init__(f"more than {most} pairs of boxes come within the distance")
        self.most = most


@dataclass(frozen=True, slots=True)
class _Grid:
    """Cells in the plane: ``corner``, ``size`` and ``count`` (2,) along both axes."""

    corner: FloatArray
    size: FloatArray
    count: IntArray

    def place(self, points: FloatArray) -> IntArray:
        """Return the cell (n, 2) that each point (n, 2) lies in."""
        cell: IntArray = np.clip(np.floor((points - self.corner) / self.size).astype(np.int64), 0, self.count - 1)
        return cell


Wanted = Callable[[IntArray], NDArray[np.bool_]]
"""Tells which of some pairs (n, 2), i < j, are looked for, (n,)."""


def near_boxes(
    low: FloatArray, high: FloatArray, distance: float, max_pairs: int | None = None, wanted: Wanted | None = None
) -> IntArray:
    """Return the pairs (m, 2), i < j in order, of boxes that come within ``distance`` on every axis.

    ``low`` and ``high`` (n, 3) are corners, finite, of the same unit as ``distance``; by default all pairs are
    wanted. Raises `TooManyPairsError` when there are more than ``max_pairs`` that are.
    """
    if len(low) < 2:
        return np.empty((0, 2), dtype=np.int64)
    high = high + distance
    sweep = int(np.argmax(np.ptp(low, axis=0)))
    others = [axis for axis in range(3) if axis != sweep]
    grid = _grid_for(low[:, others], high[:, others])
    cell, box = _cells(low[:, others], high[:, others], grid)
    order = np.lexsort((low[box, sweep], cell))
    cell, box = cell[order], box[order]
    counts = _following(cell, low[box, sweep], high[box, sweep])
    found: list[NDArray] = []
    total = 0
    for first, second, home in _candidates(counts, box, cell):
        kept = np.all((low[second] <= high[first]) & (low[first] <= high[second]), axis=1)
        first, second, home = first[kept], second[kept], home[kept]
        # a pair counts in the first of the cells that both reach
        shared = grid.place(np.maximum(low[first][:, others], low[second][:, others]))
        own = home == shared[:, 0] * grid.count[1] + shared[:, 1]
        near = np.sort(np.stack([first[own], second[own]], axis=1), axis=1)
        if wanted is not None:
            near = near[wanted(near)]
        found.append(near)
        total += len(near)
        if max_pairs is not None and total > max_pairs:
            raise TooManyPairsError(max_pairs)
    pairs = np.concatenate(found) if found else np.empty((0, 2), dtype=np.int64)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def _grid_for(low: FloatArray, high: FloatArray) -> _Grid:
    """Return a grid over boxes in the plane whose cells are reached few times by a box."""
    corner, extent = low.min(axis=0), np.maximum(np.ptp(np.concatenate([low, high]), axis=0), 1e-9)
    span = (high - low).mean(axis=0)
    parts = np.full(2, max(1.0, np.sqrt(len(low))))
    while np.any(parts > 1.0):
        reach = np.floor((high - corner) * parts / extent) - np.floor((low - corner) * parts / extent) + 1.0
        if np.prod(reach, axis=1).mean() <= _MOST_CELLS:
            break
        # the axis along which boxes reach more cells gets larger ones
        coarser = int(np.argmax(np.where(parts > 1.0, span * parts / extent, -1.0)))
        parts[coarser] = max(1.0, parts[coarser] / 2.0)
    count = np.ceil(parts).astype(np.int64)
    return _Grid(corner, extent / count * (1.0 + 1e-9), count)


def _cells(low: FloatArray, high: FloatArray, grid: _Grid) -> tuple[IntArray, IntArray]:
    """Return each cell that each box reaches: cell numbers and box numbers, one a row."""
    first, last = grid.place(low), grid.place(high)
    reach = last - first + 1
    counts = np.prod(reach, axis=1)
    box = np.repeat(np.arange(len(low)), counts)
    step = steps(counts)
    across, along = step // reach[box, 1], step % reach[box, 1]
    return (first[box, 0] + across) * grid.count[1] + first[box, 1] + along, box


def _following(cell: IntArray, low: FloatArray, high: FloatArray) -> IntArray:
    """Return how many boxes after each one, in its cell, begin before it ends; rows are sorted by cell, then low."""
    span = float(np.max(high) - np.min(low)) * 1.01 + 1.0
    rank = np.unique(cell, return_inverse=True)[1].reshape(-1)
    # one sorted axis for all cells: each has a stretch of its own, found again exactly by comparing within the cell
    begin = np.searchsorted(rank, rank, side="left")
    end = np.searchsorted(rank, rank, side="right")
    key = rank * span + (low - np.min(low))
    last = np.searchsorted(key, rank * span + (high - np.min(low)) + 1e-9 * span, side="right")
    return np.maximum(np.minimum(last, end), begin) - np.arange(len(cell)) - 1


def _candidates(counts: IntArray, box: IntArray, cell: IntArray) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
    """Yield pairs of boxes and the cell they were found in, a million at a time."""
    ends = np.cumsum(counts)
    start, n = 0, len(counts)
    while start < n:
        before = ends[start - 1] if start else 0
        stop = min(n, max(start + 1, int(np.searchsorted(ends, before + _CHUNK_PAIRS))))
        rows = np.arange(start, stop)
        first = np.repeat(rows, counts[rows])
        second = first + 1 + steps(counts[rows])
        yield box[first], box[second], cell[first]
        start = stop
