"""Moves journals into a sink: this process's own, and those that dead processes left."""

import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from pathlib import Path

from serving.recording.journal import Chunk, JournalWriter, Segment, adopt, forget, list_segments, read_chunk
from serving.recording.records import Entry, LineError, decode_line
from serving.recording.sink import Refusal, Sink

log = logging.getLogger("sdai.serving")
REJECTED_FILE = "rejected.jsonl"
"""Lines that no database takes, each with its reason, in the journal folder. Nobody deletes it but people."""


class Progress(IntEnum):
    """What a step came to."""

    NOTHING = 0
    """There was nothing to move."""
    CAUGHT_UP = 1
    """What there was is moved."""
    MORE = 2
    """There may be more."""


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

    def step(self) -> Progress:
        """Move at most one batch of this process's lines and one of the adopted ones.

        Raises `SinkAwayError`, or `OSError` when the folder fails; what was not moved is moved by a later call.
        """
        self._writer.verify()
        # Before the listing: a segment that is finished only later is then taken for unfinished, never the reverse.
        current = self._writer.number
        segments = list_segments(self._folder)
        own = [(segment, segment.number < current) for segment in segments if segment.writer == self._writer.name]
        inherited = [(segment, True) for segment in segments if segment.writer in self._adopted]
        progress = self._move_first(own)
        if self._adopted:
            progress_there = self._move_first(inherited)
            if progress_there is Progress.NOTHING:
                self._forget_the_empty()
            progress = max(progress, progress_there)
        return progress

    def close(self) -> None:
        """Give up adopted journals that are not empty yet; another process may take them over."""
        for lock_fd in self._adopted.values():
            os.close(lock_fd)
        self._adopted.clear()

    def _move_first(self, segments: list[tuple[Segment, bool]]) -> Progress:
        for segment, finished in segments:
            offset = segment.read_offset()
            chunk = read_chunk(segment, offset, self._batch_rows, finished=finished)
            if chunk.next_offset > offset:
                self._move(segment, offset, chunk)
                return Progress.MORE if finished or len(chunk.lines) >= self._batch_rows else Progress.CAUGHT_UP
            if finished:
                segment.remove()
        return Progress.NOTHING

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
        log.error("%d records are put aside in %s: %s", len(refusals), REJECTED_FILE, refusals[0].reason)
        with (self._folder / REJECTED_FILE).open("ab") as file:
            for refusal in refusals:
                line = refusal.line.decode("utf-8", "backslashreplace")
                file.write(json.dumps({"at": at, "reason": refusal.reason, "line": line}).encode() + b"\n")

    def _forget_the_empty(self) -> None:
        for name, lock_fd in self._adopted.items():
            forget(self._folder, name, lock_fd)
            self.counts.adopted_writers += 1
        self._adopted.clear()
