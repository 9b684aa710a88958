"""The append-only journal of one process: files that a kill leaves whole up to the last acknowledged line.

A writer ``w<pid>-<random>`` owns three kinds of files in the journal folder: ``.lock``, locked with flock for as long
as its process lives; segments ``.<number>.log``; and ``.<number>.offset`` beside each, which says how much of the
segment the database has. Whoever gets the lock of another writer knows that its process is dead and may adopt its
segments.
"""

import fcntl
import os
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from serving.errors import ServingError

READ_BYTES = 4_000_000
_SEGMENT = re.compile(r"(w\d+-[0-9a-f]{16})\.(\d{8})\.log")
_OFFSET_DIGITS = 20
_CREATE = os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC
_TRIES = 10


class JournalError(ServingError):
    """The journal folder cannot be used."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One file of a journal."""

    path: Path
    writer: str
    number: int

    @property
    def offset_path(self) -> Path:
        """Where the number of bytes that the database has is kept."""
        return self.path.with_suffix(".offset")

    def read_offset(self) -> int:
        """Return how many bytes are done with; what cannot be read counts as 0: reading twice does no harm."""
        try:
            offset = int(self.offset_path.read_bytes())
            return offset if 0 <= offset <= self.path.stat().st_size else 0
        except (OSError, ValueError):
            return 0

    def write_offset(self, offset: int) -> None:
        """Note how many bytes are done with, in place: the file never grows, so a full disk does not stop it."""
        fd = os.open(self.offset_path, _CREATE, 0o600)
        try:
            os.pwrite(fd, b"%0*d" % (_OFFSET_DIGITS, offset), 0)
        finally:
            os.close(fd)

    def remove(self) -> None:
        """Delete the segment, then its offset: the other way round a kill in between would replay all of it."""
        self.path.unlink(missing_ok=True)
        self.offset_path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole lines from one place of a segment. ``torn_bytes`` at its end are a line that was never finished."""

    lines: list[bytes]
    next_offset: int
    torn_bytes: int


class JournalWriter:
    """Appends lines to the segments of this process. Safe to use from several threads.

    Parameters
    ----------
    folder : where the journals of all processes are; made when missing.
    segment_bytes : a new segment begins once one has this size.

    Raises `JournalError` when the folder cannot be written.
    """

    def __init__(self, folder: Path, segment_bytes: int) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._lock = threading.Lock()
        self._number = 0
        self._size = 0
        self._torn = False
        self._folder_synced = False
        self._unusable: str | None = None
        self.appended_bytes = 0
        self.appended_lines = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.name, self._lock_fd = _new_writer(folder)
            self._fd = self._open_segment()
        except OSError as error:
            raise JournalError(f"the journal folder {folder} cannot be written: {error.strerror or error}") from error

    @property
    def number(self) -> int:
        """Number of the segment being written; those with smaller numbers are finished."""
        return self._number

    def append(self, data: bytes, lines: int = 1, *, sync: bool = False) -> None:
        """Append whole lines in one write; with ``sync`` they are on the disk, not only with the kernel, on return.

        Raises `OSError` when they could not be written: then none of them counts.
        """
        with self._lock:
            if self._unusable:
                raise OSError(self._unusable)
            if self._size >= self._segment_bytes:
                self._rotate()
            # A line that a full disk cut off is ended first, or it would swallow this one.
            self._write(b"\n" + data if self._torn else data)
            if sync:
                self._sync()
            self.appended_lines += lines

    def close(self) -> None:
        """End the current segment; later appends raise. The lock is kept until `release`."""
        with self._lock:
            if self._fd >= 0:
                self._unusable = "it is closed"
                os.close(self._fd)
                self._fd = -1
                self._number += 1

    def verify(self) -> None:
        """Refuse appends from now on when somebody has deleted the files: what is written to them would be lost."""
        with self._lock:
            if self._fd >= 0 and not (os.fstat(self._fd).st_nlink and os.fstat(self._lock_fd).st_nlink):
                self._unusable = f"its files were deleted from {self._folder}; restart the service"

    def release(self) -> None:
        """Give up the lock, and delete it when no segment is left; what is left is there to be adopted."""
        if not any(segment.writer == self.name for segment in list_segments(self._folder)):
            _clear(self._folder, self.name)
        os.close(self._lock_fd)

    def _write(self, data: bytes) -> None:
        written = 0
        try:
            while written < len(data):
                written += os.write(self._fd, data[written:] if written else data)
        finally:
            self._size += written
            self.appended_bytes += written
            if written:
                self._torn = written < len(data)

    def _sync(self) -> None:
        os.fdatasync(self._fd)
        if not self._folder_synced:
            fd = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)
            self._folder_synced = True

    def _rotate(self) -> None:
        fd = self._open_segment()
        os.close(self._fd)
        self._fd = fd

    def _open_segment(self) -> int:
        number = self._number + 1
        segment = Segment(self._folder / f"{self.name}.{number:08d}.log", self.name, number)
        segment.write_offset(0)
        fd = os.open(segment.path, _CREATE | os.O_APPEND, 0o600)
        self._number, self._size, self._torn, self._folder_synced = number, 0, False, False
        return fd


def list_segments(folder: Path) -> list[Segment]:
    """Return the segments of all writers, those of one writer in the order they were written."""
    found = ((path, _SEGMENT.fullmatch(path.name)) for path in folder.iterdir())
    segments = [Segment(path, match[1], int(match[2])) for path, match in found if match]
    return sorted(segments, key=lambda segment: (segment.writer, segment.number))


def adopt(folder: Path, skip: set[str]) -> Iterator[tuple[str, int]]:
    """Yield the name and the locked descriptor of each writer whose process is dead, but for those to skip."""
    names = {segment.writer for segment in list_segments(folder)} | {path.stem for path in folder.glob("w*.lock")}
    for name in sorted(names - skip):
        with suppress(OSError):  # gone in the meantime, or its process lives
            yield name, _take_lock(_lock_path(folder, name))


def forget(folder: Path, name: str, lock_fd: int) -> None:
    """Delete the lock of an adopted writer that has no segments left, and give it up."""
    _clear(folder, name)
    os.close(lock_fd)


def read_chunk(segment: Segment, offset: int, max_lines: int, *, finished: bool) -> Chunk:
    """Read up to ``max_lines`` lines from an offset.

    ``finished`` says that nobody writes to the segment any more: an unfinished last line is then torn and passed over,
    otherwise it is left for later.
    """
    size = READ_BYTES
    with segment.path.open("rb") as file:
        while True:
            file.seek(offset)
            data = file.read(size)
            at_end = len(data) < size
            if at_end or b"\n" in data:
                break
            size *= 2
    return split_lines(data, offset, max_lines, finished=finished and at_end)


def split_lines(data: bytes, offset: int, max_lines: int, *, finished: bool) -> Chunk:
    """Cut the bytes at an offset into whole lines; see `read_chunk`. Empty lines are passed over."""
    *whole, rest = data.split(b"\n", max_lines)
    consumed = sum(len(line) + 1 for line in whole)
    torn_bytes = len(rest) if finished and len(whole) < max_lines else 0
    return Chunk([line for line in whole if line], offset + consumed + torn_bytes, torn_bytes)


def _new_writer(folder: Path) -> tuple[str, int]:
    for _ in range(_TRIES):
        name = f"w{os.getpid()}-{secrets.token_hex(8)}"
        with suppress(FileNotFoundError, BlockingIOError):  # taken for a dead one's before it was locked: a new name
            return name, _take_lock(_lock_path(folder, name))
    raise OSError("no lock file could be made")


def _take_lock(path: Path) -> int:
    """Make and lock a file without waiting; raises `OSError` when it is locked or was deleted in between."""
    fd = os.open(path, _CREATE, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.stat().st_ino != os.fstat(fd).st_ino:
            raise FileNotFoundError(path)
    except OSError:
        os.close(fd)
        raise
    return fd


def _clear(folder: Path, name: str) -> None:
    # A kill while a segment was made or removed leaves its offset alone.
    for path in folder.glob(f"{name}.*.offset"):
        path.unlink(missing_ok=True)
    _lock_path(folder, name).unlink(missing_ok=True)


def _lock_path(folder: Path, name: str) -> Path:
    return folder / f"{name}.lock"
