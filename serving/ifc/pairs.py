"""The broad phase: which members' bounding boxes come within the tolerance, by sort and sweep."""

import numpy as np
from numpy.typing import NDArray

from serving.errors import RequestError
from structural.geometry.prisms import Prisms, bounds_of

_CHUNK_PAIRS = 2_000_000


def near_pairs(prisms: Prisms, tolerance_mm: float, max_pairs: int) -> NDArray[np.int64]:
    """Return the pairs (m, 2), i < j in the given order, whose axis-aligned boxes come within the tolerance.

    Boxes are swept along the axis on which the members are spread most. More than ``max_pairs`` raise `RequestError`
    (413).
    """
    n = len(prisms)
    if n < 2:
        return np.empty((0, 2), dtype=np.int64)
    low, high = bounds_of(prisms)
    sweep = int(np.argmax(np.ptp(low, axis=0)))
    order = np.argsort(low[:, sweep], kind="stable")
    low, high = low[order], high[order] + tolerance_mm
    counts = np.searchsorted(low[:, sweep], high[:, sweep], side="right") - np.arange(n) - 1
    found, total, start = [], 0, 0
    ends = np.cumsum(counts)
    while start < n:
        stop = max(start + 1, int(np.searchsorted(ends, (ends[start - 1] if start else 0) + _CHUNK_PAIRS)))
        rows = np.arange(start, min(stop, n))
        first = np.repeat(rows, counts[rows])
        step = np.arange(len(first)) - np.repeat(np.cumsum(counts[rows]) - counts[rows], counts[rows])
        second = first + 1 + step
        kept = np.all((low[second] <= high[first]) & (low[first] <= high[second]), axis=1)
        found.append(np.stack([order[first[kept]], order[second[kept]]], axis=1))
        total += int(kept.sum())
        if total > max_pairs:
            raise RequestError(
                f"more than {max_pairs} pairs come within the tolerance; use a smaller tolerance_mm or split the model",
                field="tolerance_mm",
                status=413,
            )
        start = stop
    pairs = np.sort(np.concatenate(found), axis=1)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
