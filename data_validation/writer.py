"""Writing one problem's Parquet file as a stream: constant memory, fixed layout, repeats dropped."""

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data_validation.contract import SPLIT, SPLITS
from data_validation.generate import Chunk
from data_validation.manifest import FileRecord, columns_record, file_sha256
from data_validation.seen import SeenHashes
from structural.problem import Problem

ROW_GROUP_ROWS = 32_768
COMPRESSION = "zstd"
COMPRESSION_LEVEL = 3


def open_parquet(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Open a Parquet file with the layout every dataset file has; nothing in it depends on time or machine."""
    return pq.ParquetWriter(path, schema, compression=COMPRESSION, compression_level=COMPRESSION_LEVEL)


class EntryWriter:
    """Takes chunks in order, drops entries seen before, cuts row groups of equal size whatever the chunk size."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = open_parquet(path, schema)
        self._pending: list[pa.Table] = []
        self._pending_rows = 0
        self._seen = SeenHashes()
        self._splits: Counter[str] = Counter()
        self._repeats = 0

    def write(self, chunk: Chunk, limit: int) -> int:
        """Write up to ``limit`` entries of the chunk that are new; returns how many were written."""
        if limit <= 0:
            return 0
        new = self._seen.add(chunk.hashes)
        self._repeats += int(len(new) - new.sum())
        rows = chunk.rows.filter(pa.array(new)).slice(0, limit)
        self._splits.update(rows[SPLIT].to_pylist())
        self._pending.append(rows)
        self._pending_rows += len(rows)
        while self._pending_rows >= ROW_GROUP_ROWS:
            self._flush(ROW_GROUP_ROWS)
        return len(rows)

    def _flush(self, rows: int) -> None:
        if self._writer is None:
            return
        table = pa.concat_tables(self._pending)
        self._writer.write_table(table.slice(0, rows).combine_chunks(), row_group_size=ROW_GROUP_ROWS)
        self._pending = [table.slice(rows)]
        self._pending_rows = len(table) - rows

    def finish(self, problem: Problem, own_rows: int, own_rows_refused: int, chunks: int) -> FileRecord:
        """Close the file and return its record."""
        if self._pending_rows:
            self._flush(self._pending_rows)
        self.abandon()
        return FileRecord(
            file=self._path.name,
            sha256=file_sha256(self._path),
            size_bytes=self._path.stat().st_size,
            rows=sum(self._splits.values()),
            own_rows=own_rows,
            splits={split: self._splits[split] for split in SPLITS},
            chunks=chunks,
            repeats_skipped=self._repeats,
            own_rows_refused=own_rows_refused,
            columns=columns_record(problem),
        )

    def abandon(self) -> None:
        """Close the file as it is; safe to call again."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
