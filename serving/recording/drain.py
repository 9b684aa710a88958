"""Moves journals into a sink: this process's own, and those that dead processes left."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from serving.recording.journal import Chunk, JournalWriter, Segment, adopt, forget, list_segments, read_chunk
from serving.recording.records import Entry, LineError, decode_line
from serving.recording.sink import Refusal, Sink

REJECTED_FILE = "rejected.jsonl"
"""Lines that no database takes, each with its reason, in the journal folder. Nobody deletes it but people."""


@dataclass(slots=True)
class DrainCounts:
    """What has been moved since the start. ``own_bytes`` counts this process's journal only."""

    stored: int = 0
    rejected: int = 0
    torn: int = 0
    adopted_writers: int = 0
    own_bytes: int = 0


class Drain:
    """Moves lines into a sink in batches and notes how far it came. One thread only.

    A kill between storing and noting replays the batch, whose ids are in the sink already and change nothing.
    """

    def __init__(
        self, folder: Path, writer: JournalWriter, sink: Sink, batch_rows: int, now: Callable[[], datetime]
    ) -> None:
        self._folder = folder
        self._writer = writer
        self._sink = sink
        self._batch_rows = batch_rows
        self._now = now
        self._adopted: dict[str, int] = {}
        self.counts = DrainCounts()

    def look_for_the_dead(self) -> None:
        """Take over the journals whose process is dead."""
        for name, lock_fd in adopt(self._folder, {self._writer.name, *self._adopted}):
            self._adopted[name] = lock_fd

    def step(self) -> bool:
        """Move one batch, own lines first; False when nothing was left to move.

        Raises `SinkAwayError`, or `OSError` when the folder fails; what was not moved is moved by a later call.
        """
        for segment, finished in self._due():
            offset = segment.read_offset()
            chunk = read_chunk(segment, offset, self._batch_rows, finished=finished)
            if chunk.next_offset > offset:
                self._move(segment, offset, chunk)
                return True
            if finished:
                segment.remove()
        self._forget_the_empty()
        return False

    def close(self) -> None:
        """Give up adopted journals that are not empty yet; another process may take them over."""
        for lock_fd in self._adopted.values():
            os.close(lock_fd)
        self._adopted.clear()

    def _due(self) -> list[tuple[Segment, bool]]:
        # Before the listing: a segment that is finished only later is then taken for unfinished, never the reverse.
        current = self._writer.number
        mine, inherited = [], []
        for segment in list_segments(self._folder):
            if segment.writer == self._writer.name:
                mine.append((segment, segment.number < current))
            elif segment.writer in self._adopted:
                inherited.append((segment, True))
        return mine + inherited

    def _move(self, segment: Segment, offset: int, chunk: Chunk) -> None:
        entries: list[Entry] = []
        refusals: list[Refusal] = []
        for line in chunk.lines:
            try:
                entries.append(decode_line(line))
            except LineError as error:
                refusals.append(Refusal(line, str(error)))
        if entries:
            refused = self._sink.store(entries)
            self.counts.stored += len(entries) - len(refused)
            refusals += refused
        if refusals:
            self._put_aside(refusals)
        segment.write_offset(chunk.next_offset)
        self.counts.rejected += len(refusals)
        self.counts.torn += bool(chunk.torn_bytes)
        if segment.writer == self._writer.name:
            self.counts.own_bytes += chunk.next_offset - offset

    def _put_aside(self, refusals: list[Refusal]) -> None:
        at = self._now().isoformat()
        with (self._folder / REJECTED_FILE).open("ab") as file:
            for refusal in refusals:
                line = refusal.line.decode("utf-8", "backslashreplace")
                file.write(json.dumps({"at": at, "reason": refusal.reason, "line": line}).encode() + b"\n")

    def _forget_the_empty(self) -> None:
        for name, lock_fd in self._adopted.items():
            forget(self._folder, name, lock_fd)
            self.counts.adopted_writers += 1
        self._adopted.clear()
