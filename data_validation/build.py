"""Building the dataset: chunks generated in parallel, written in order, so the bytes depend on the seed alone."""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from data_validation.contract import arrow_schema
from data_validation.errors import DataError, ManifestError
from data_validation.folders import building_folder, check_replaceable, publish
from data_validation.generate import Chunk, ChunkOrder, end_with, generate_chunk
from data_validation.manifest import (
    DatasetOptions,
    FileRecord,
    Manifest,
    RecordedOptions,
    dataset_key,
    dataset_sha256,
    read_manifest,
    source_sha256,
    sources_of,
    utc_now,
)
from data_validation.own import Brought, add_own_entries, add_reviewed_entries
from data_validation.quarantine import QuarantineWriter
from data_validation.writer import EntryWriter
from structural.problem import Problem
from structural.problems import load_problem

REMOTE_CHUNKS_IN_FLIGHT = 64
CHUNKS_IN_FLIGHT_PER_WORKER = 4
BARREN_CHUNKS = 20
"""A generator that adds nothing new for so many chunks in a row has run out of questions."""

Progress = Callable[[str, int], None]
"""Called with a problem's name and the number of entries just written."""


def no_progress(problem: str, rows: int) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True)
class BuildTools:
    """What a build works with.

    ``executor`` runs the chunks (a Dask client's `get_executor()` fits); none means a process pool of
    ``options.workers``. ``load`` finds a problem by name inside a worker and must be importable there.
    """

    executor: Executor | None = None
    load: Callable[[str], Problem] = load_problem
    progress: Progress = no_progress
    now: Callable[[], datetime] = utc_now


def ensure_dataset(
    problems: Sequence[Problem], options: DatasetOptions, root: Path, tools: BuildTools | None = None
) -> tuple[Path, Manifest]:
    """Return folder and manifest of the dataset of these settings below ``root``, built unless a fresh one is there."""
    tools = tools or BuildTools()
    folder = root / dataset_key(problems, options)
    manifest = find_finished(folder)
    if manifest is None or (tools.now() - manifest.created).days >= options.max_age_days:
        manifest = build_dataset(problems, options, folder, tools)
    return folder, manifest


def find_finished(folder: Path) -> Manifest | None:
    """Return the manifest of a complete dataset (every file there, of its recorded size), else nothing."""
    try:
        manifest = read_manifest(folder)
    except ManifestError:
        return None
    complete = all(
        (folder / record.file).is_file() and (folder / record.file).stat().st_size == record.size_bytes
        for record in manifest.problems.values()
    )
    return manifest if complete else None


def build_dataset(
    problems: Sequence[Problem], options: DatasetOptions, out_dir: Path, tools: BuildTools | None = None
) -> Manifest:
    """Generate ``options.entries_per_problem`` distinct entries a problem, add the company's own, write ``out_dir``.

    The same problems, seed and chunk size give the same bytes whatever the number of workers. ``out_dir`` appears
    whole or not at all; what a killed build left behind is swept by the next one. Raises `DataError` when a generator
    runs out of new questions, own data cannot be read, or another build writes the same folder.
    """
    tools = tools or BuildTools()
    check_replaceable(out_dir)
    with building_folder(out_dir) as folder:
        with _executor(options, tools) as (executor, in_flight):
            records = _write_all(problems, options, folder, replace(tools, executor=executor), in_flight)
        manifest = Manifest(
            key=dataset_key(problems, options),
            sha256=dataset_sha256(records),
            entries=sum(record.rows for record in records.values()),
            created_at=tools.now().isoformat(timespec="seconds"),
            settings=RecordedOptions.of(options),
            problems=records,
            quarantined_rows=sum(record.own_rows_refused for record in records.values()),
            source_sha256=source_sha256(sources_of(problems)),
        )
        manifest.write(folder)
        publish(folder, out_dir)
    return manifest


class _InlineExecutor(Executor):
    """Runs in the calling process: for one worker, where a pool would only add a start."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@contextmanager
def _executor(options: DatasetOptions, tools: BuildTools) -> Iterator[tuple[Executor, int]]:
    """Yield an executor and how many chunks to keep in flight; a pool made here is closed, a passed one is not."""
    workers = options.workers or len(os.sched_getaffinity(0))
    if tools.executor is not None:
        yield tools.executor, REMOTE_CHUNKS_IN_FLIGHT
    elif workers == 1:
        yield _InlineExecutor(), 1
    else:
        context = multiprocessing.get_context("forkserver")
        pool = ProcessPoolExecutor(workers, context, initializer=end_with, initargs=(os.getpid(),))
        try:
            yield pool, CHUNKS_IN_FLIGHT_PER_WORKER * workers
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _write_all(
    problems: Sequence[Problem], options: DatasetOptions, folder: Path, tools: BuildTools, in_flight: int
) -> dict[str, FileRecord]:
    streams = [_ProblemStream(problem, options, folder) for problem in problems]
    try:
        with QuarantineWriter(folder) as quarantine:
            for stream in streams:
                stream.add_brought(options, quarantine, tools.progress)
        _pump(streams, options, tools, in_flight)
        return {stream.problem.name: stream.close() for stream in streams}
    finally:
        for stream in streams:
            stream.writer.abandon()


def _pump(streams: list["_ProblemStream"], options: DatasetOptions, tools: BuildTools, in_flight: int) -> None:
    """Keep chunks of all unfinished problems in flight, in turn, and write them in the order they were ordered."""
    if tools.executor is None:
        raise DataError("a build needs an executor")
    waiting: deque[tuple[_ProblemStream, Future[Chunk]]] = deque()
    try:
        while True:
            while len(waiting) < in_flight and (stream := _neediest(streams)):
                waiting.append((stream, tools.executor.submit(generate_chunk, tools.load, stream.order(options))))
            if not waiting:
                return
            stream, future = waiting.popleft()
            tools.progress(stream.problem.name, stream.accept(future.result()))
    except BrokenExecutor as error:
        raise DataError(
            "a worker process died (out of memory?); build again, with fewer workers if it repeats"
        ) from error
    finally:
        for _, future in waiting:
            future.cancel()


def _neediest(streams: list["_ProblemStream"]) -> "_ProblemStream | None":
    """Return the stream with the fewest chunks ordered among those that still need some: problems take turns."""
    hungry = [stream for stream in streams if stream.needs_chunk]
    return min(hungry, key=lambda stream: stream.ordered, default=None)


class _ProblemStream:
    """One problem's file on its way: counts what is ordered, drops repeats, stops at the exact number of rows."""

    def __init__(self, problem: Problem, options: DatasetOptions, folder: Path) -> None:
        self.problem = problem
        self.writer = EntryWriter(folder / f"{problem.name}.parquet", arrow_schema(problem))
        self.ordered = 0
        self._target = options.entries_per_problem
        self._chunk_rows = options.chunk_rows
        self._generated = 0
        self._arrived = 0
        self._barren = 0
        self._reviewed = Brought()
        self._own = Brought()

    @property
    def needs_chunk(self) -> bool:
        """Tell whether the chunks under way cannot be enough even if all their rows are new."""
        under_way = (self.ordered - self._arrived) * self._chunk_rows
        return self._generated + under_way < self._target

    def add_brought(self, options: DatasetOptions, quarantine: QuarantineWriter, progress: Progress) -> None:
        """Write reviewed entries, then the company's, so that a generated twin gives way to the real one."""
        self._reviewed = add_reviewed_entries(self.problem, options, self.writer, quarantine)
        self._own = add_own_entries(self.problem, options, self.writer, quarantine, self._reviewed.keys)
        if brought := self._reviewed.rows + self._own.rows:
            progress(self.problem.name, brought)

    def order(self, options: DatasetOptions) -> ChunkOrder:
        """Return the order for the next chunk."""
        index, self.ordered = self.ordered, self.ordered + 1
        return ChunkOrder(
            problem=self.problem.name,
            index=index,
            rows=options.chunk_rows,
            seed=options.seed,
            train_weight_percent=options.train_weight_percent,
            validation_weight_percent=options.validation_weight_percent,
            train_only=self._reviewed.keys.astype("<u8").tobytes(),
        )

    def accept(self, chunk: Chunk) -> int:
        """Write what is new and still wanted of the next chunk; returns the number of rows written."""
        self._arrived += 1
        written = self.writer.write(chunk, limit=self._target - self._generated)
        self._generated += written
        self._barren = 0 if written else self._barren + 1
        if self._barren >= BARREN_CHUNKS and self._generated < self._target:
            raise DataError(
                f"{self.problem.name}: the sampler gave nothing new in {BARREN_CHUNKS} chunks after {self._generated} "
                f"distinct questions, {self._target} are wanted; lower entries_per_problem or widen the sampler"
            )
        return written

    def close(self) -> FileRecord:
        """Finish the file and return its record."""
        refused = self._reviewed.refused + self._own.refused
        record = self.writer.finish(self.problem, self._own.rows, refused, self._arrived)
        return replace(record, reviewed_rows=self._reviewed.rows)
