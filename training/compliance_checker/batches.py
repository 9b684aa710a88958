"""Whole-tensor batches: segments of about one length together, so that little is padded."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structural.problems.compliance_checker.encoding import PieceEncoder, pad
from training.compliance_checker.corpus import Corpus

IGNORED = -100
"""Label of word pieces that carry no tag: all but the first of a word, and padding."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Segments as padded arrays of the longest length: ids and labels (n, T), number of word pieces (n,)."""

    ids: NDArray[np.int64]
    labels: NDArray[np.int64]
    sizes: NDArray[np.int64]


def encode_corpus(corpus: Corpus, encoder: PieceEncoder) -> Encoded:
    """Return the corpus as arrays."""
    rows, heads = encoder.encode(corpus.words)
    sizes = np.array([len(row) for row in rows], dtype=np.int64)
    ids, _ = pad(rows, int(sizes.max()))
    labels = np.full_like(ids, IGNORED)
    for row, (places, tags) in enumerate(zip(heads, corpus.tags, strict=True)):
        labels[row, places] = tags[: len(places)]
    return Encoded(ids, labels, sizes)


class BatchOrder:
    """An order of batches that is new in each epoch and known from seed and epoch alone.

    ``batch_tokens`` bounds padded tokens a batch. Iterating gives index arrays; Lightning calls `set_epoch` before.
    """

    def __init__(self, sizes: NDArray[np.int64], batch_tokens: int, seed: int, *, shuffle: bool) -> None:
        self.sizes = sizes
        self.batch_tokens = batch_tokens
        self.seed = seed
        self.shuffle = shuffle
        self.epoch = 0
        self._count = len(self._batches(0))

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose order comes next."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return self._count

    def __iter__(self) -> Iterator[NDArray[np.int64]]:
        """Yield the row indices of each batch of the current epoch."""
        yield from self._batches(self.epoch)

    def _batches(self, epoch: int) -> list[NDArray[np.int64]]:
        rng = np.random.default_rng([self.seed, epoch])
        noise = rng.random(len(self.sizes)) if self.shuffle else np.zeros(len(self.sizes))
        order = np.lexsort((noise, self.sizes))
        bounds, begin = [], 0
        ordered = self.sizes[order]
        while begin < len(order):
            # The longest of a batch stands last in it; grow until the padded size would pass the bound.
            end = begin + max(self.batch_tokens // int(ordered[min(begin, len(order) - 1)]), 1)
            end = min(end, len(order))
            while end > begin + 1 and int(ordered[end - 1]) * (end - begin) > self.batch_tokens:
                end -= max((end - begin) // 16, 1)
            bounds.append((begin, max(end, begin + 1)))
            begin = bounds[-1][1]
        batches = [order[begin:end] for begin, end in bounds]
        if self.shuffle:
            batches = [batches[index] for index in rng.permutation(len(batches)).tolist()]
        return batches


class RowIndices:
    """The data set of a loader whose sampler gives whole batches of row indices.

    A batch is the indices and the length of its longest segment, which the host knows without asking the device.
    """

    def __init__(self, sizes: NDArray[np.int64]) -> None:
        self._sizes = sizes

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._sizes)

    def __getitem__(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
        """Return the batch of these rows."""
        return rows, int(self._sizes[rows].max())


def to_device(encoded: Encoded, device: str) -> tuple[Any, Any, Any]:
    """Return ids, labels and sizes as tensors on the device."""
    import torch

    return (
        torch.as_tensor(encoded.ids, device=device),
        torch.as_tensor(encoded.labels, device=device),
        torch.as_tensor(encoded.sizes, device=device),
    )
