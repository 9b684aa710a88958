"""One chunk of generated entries: runs in a worker process and gives the same rows wherever it runs."""

import os
import select
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data_validation.content import coarse_keys, entry_ids, groups_of, short_hashes, splits_of
from data_validation.contract import SplitWeights, arrow_schema, to_arrow
from structural.problem import Problem
from structural.problems import PROBLEM_NAMES
from structural.tables import Table


@dataclass(frozen=True, slots=True)
class ChunkOrder:
    """Which chunk to generate. Travels to workers, so it names the problem instead of holding it."""

    problem: str
    index: int
    rows: int
    seed: int
    train_weight_percent: int
    validation_weight_percent: int
    train_only: bytes = b""
    """Coarse keys of reviewed entries, eight bytes each (little-endian)."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Generated entries in file columns, with 64-bit hashes of their identities, shape (n,)."""

    rows: pa.Table
    hashes: NDArray[np.uint64]


def generate_chunk(load: Callable[[str], Problem], order: ChunkOrder) -> Chunk:
    """Generate one chunk: its random numbers depend on seed, problem and chunk index alone."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    problem = load(order.problem)
    sequence = np.random.SeedSequence(entropy=order.seed, spawn_key=(_spawn_index(order.problem), order.index))
    with threadpool_limits(limits=1):  # the processes are the parallelism; threads could change the last digit
        table = problem.generate(order.rows, np.random.default_rng(sequence))
    return finish(problem, table, order, np.frombuffer(order.train_only, dtype="<u8").astype(np.uint64))


def finish(
    problem: Problem, table: Table, weights: SplitWeights, train_only: NDArray[np.uint64] | None = None
) -> Chunk:
    """Add identity and split to labelled entries and bring them into file columns; ``train_only`` as in `splits_of`."""
    columns = to_arrow(problem, table)
    ids = entry_ids(problem, table)
    splits = splits_of(coarse_keys(problem, table), weights, train_only, groups_of(problem, table))
    arrays = [pa.array(ids.tolist(), pa.string()), pa.array(splits.tolist(), pa.string()), *columns.columns]
    return Chunk(pa.Table.from_arrays(arrays, schema=arrow_schema(problem)), short_hashes(ids))


def end_with(builder_pid: int) -> None:
    """End this worker when the building process is gone: a pool whose owner was killed would wait for ever."""
    if not hasattr(os, "pidfd_open"):  # not Linux
        return
    try:
        builder = os.pidfd_open(builder_pid)
    except ProcessLookupError:
        os._exit(1)

    def watch() -> None:
        select.select([builder], [], [])  # readable once the process has ended
        os._exit(1)

    threading.Thread(target=watch, name="end-with-builder", daemon=True).start()


def _spawn_index(name: str) -> int:
    """Return the problem's fixed number: its place among the five, for others a number of their name."""
    if name in PROBLEM_NAMES:
        return PROBLEM_NAMES.index(name)
    return len(PROBLEM_NAMES) + zlib.crc32(name.encode())
