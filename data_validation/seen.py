"""A set of 64-bit hashes in sorted arrays: eight bytes an entry, so tens of millions fit in memory."""

import numpy as np
from numpy.typing import NDArray


class SeenHashes:
    """Remembers hashes and tells new ones from repeats.

    Sorted runs are merged when they reach the size of the one before, so adding n hashes costs O(n log n) altogether.
    """

    def __init__(self) -> None:
        self._runs: list[NDArray[np.uint64]] = []

    def __len__(self) -> int:
        return sum(len(run) for run in self._runs)

    def add(self, hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Remember the hashes, shape (n,); returns which of them were new (first occurrences only)."""
        _, first = np.unique(hashes, return_index=True)
        new = np.zeros(len(hashes), dtype=bool)
        new[first] = True
        for run in self._runs:
            at = np.minimum(np.searchsorted(run, hashes), len(run) - 1)
            new &= run[at] != hashes
        self._append(np.sort(hashes[new]))
        return new

    def _append(self, run: NDArray[np.uint64]) -> None:
        if not len(run):
            return
        while self._runs and len(self._runs[-1]) <= len(run):
            run = np.sort(np.concatenate([self._runs.pop(), run]), kind="stable")
        self._runs.append(run)
