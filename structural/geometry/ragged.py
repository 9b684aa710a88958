"""Index arithmetic for lists of unequal length that lie in one flat array."""

from collections.abc import Iterator

import numpy as np

from structural.geometry.prisms import IntArray


def steps(counts: IntArray) -> IntArray:
    """Return 0 … counts[0] - 1, 0 … counts[1] - 1, and so on, as one array."""
    ends = np.cumsum(counts)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - counts, counts)


def gather(starts: IntArray, lists: IntArray) -> tuple[IntArray, IntArray]:
    """Return the entries of some lists, one after another: which of ``lists`` each is from, and its flat index.

    List i has the flat indices from ``starts[i]`` to ``starts[i + 1]``; ``lists`` (n,) may name one more than once.
    """
    counts = starts[lists + 1] - starts[lists]
    owner = np.repeat(np.arange(len(lists)), counts)
    return owner, starts[lists][owner] + steps(counts)


def chunks(counts: IntArray, most: int) -> Iterator[IntArray]:
    """Yield the rows of ``counts`` (n,) in runs that come to ``most`` together, or of a single row that is more."""
    ends = np.cumsum(counts)
    start = 0
    while start < len(counts):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + most, side="right")))
        yield np.arange(start, min(stop, len(counts)))
        start = stop
