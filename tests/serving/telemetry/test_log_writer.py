"""Lines on their way out: in order, whole, bounded, and never waited for."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from serving.telemetry.log_format import AccessEntry, LineFormatter
from serving.telemetry.log_writer import ATOMIC_BYTES, LineHandler, LineWriter, descriptor_writer

FORMATTER = LineFormatter("design", plain=False)
ROOT = Path(__file__).resolve().parents[3]


def until(true: Callable[[], bool], limit_s: float = 5.0) -> None:
    end = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.005)


class Gate:
    """A place to write that is shut at first."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.open = threading.Event()

    def __call__(self, content: bytes) -> None:
        self.open.wait(10)
        if content:
            self.pieces.append(content)

    @property
    def lines(self) -> list[str]:
        return b"".join(self.pieces).decode().splitlines()


def test_lines_come_out_in_order_in_pieces_that_a_pipe_keeps_whole() -> None:
    gate = Gate()
    gate.open.set()
    writer = LineWriter(gate, FORMATTER, max_lines=10_000)
    for number in range(2_000):
        writer.put(f"line {number}")
    writer.put("x" * 10_000)
    writer.start()
    writer.stop()
    assert gate.lines[:-1] == [f"line {number}" for number in range(2_000)]
    assert gate.lines[-1] == "x" * 10_000
    assert all(len(piece) <= ATOMIC_BYTES for piece in gate.pieces[:-1])
    assert all(piece.endswith(b"\n") for piece in gate.pieces)
    assert writer.dropped == 0


def test_a_reader_that_does_not_read_costs_lines_and_no_time() -> None:
    gate, told = Gate(), []
    writer = LineWriter(gate, FORMATTER, max_lines=100, on_dropped=told.append)
    writer.start()
    writer.put("first", at_once=True)
    until(lambda: not writer._waiting)  # the thread hangs in the write
    begun = time.monotonic()
    for number in range(5_000):
        writer.put(f"line {number}")
    assert time.monotonic() - begun < 1
    assert writer.dropped == 4_900
    gate.open.set()
    until(lambda: bool(told))
    writer.stop()
    assert sum(told) == 4_900
    assert gate.lines == ["first", *(f"line {number}" for number in range(100))]


def test_a_broken_pipe_costs_lines_and_the_next_ones_are_tried() -> None:
    kept: list[bytes] = []

    def write(content: bytes) -> None:
        if b"bad" in content:
            raise BrokenPipeError
        kept.append(content)

    writer = LineWriter(write, FORMATTER, max_lines=100)
    writer.start()
    writer.put("bad", at_once=True)
    until(lambda: writer.dropped == 1)
    writer.put("good")
    writer.stop()
    assert b"good\n" in kept


def test_an_entry_that_makes_no_line_is_counted_and_the_rest_goes_on() -> None:
    gate = Gate()
    gate.open.set()
    writer = LineWriter(gate, FORMATTER, max_lines=100)
    writer.put(AccessEntry("no time", "/a", "POST", 200, 1.0, "r"))  # type: ignore[arg-type]
    writer.put("good")
    writer.start()
    writer.stop()
    assert (gate.lines, writer.dropped) == (["good"], 1)


def test_a_callback_that_fails_does_not_end_logging() -> None:
    gate = Gate()
    gate.open.set()

    def fail(count: int) -> None:
        raise OSError(count)

    writer = LineWriter(gate, FORMATTER, max_lines=1, on_dropped=fail)
    writer.put("kept")
    writer.put("dropped")
    writer.start()
    until(lambda: gate.lines == ["kept"])
    writer.put("later")
    writer.stop()
    assert gate.lines == ["kept", "later"]


def test_an_error_is_written_at_once_and_other_lines_wait_for_company() -> None:
    gate = Gate()
    gate.open.set()
    writer = LineWriter(gate, FORMATTER, max_lines=100)
    handler = LineHandler(writer, FORMATTER)
    handler.emit(logging.LogRecord("sdai", logging.INFO, "", 0, "calm", (), None))
    assert not writer._wake.is_set()
    handler.emit(logging.LogRecord("sdai", logging.ERROR, "", 0, "fault", (), None))
    assert writer._wake.is_set()
    writer.start()
    writer.stop()
    assert ["calm" in gate.lines[0], "fault" in gate.lines[1]] == [True, True]


def test_a_short_write_is_gone_on_with() -> None:
    reader, writer = os.pipe()
    content = b"x" * 300_000  # more than a pipe holds
    got: list[bytes] = []

    def read() -> None:
        while chunk := os.read(reader, 65_536):
            got.append(chunk)

    thread = threading.Thread(target=read)
    thread.start()
    descriptor_writer(writer)(content)
    os.close(writer)
    thread.join()
    os.close(reader)
    assert b"".join(got) == content


def test_after_the_end_a_line_is_written_by_who_logs_it() -> None:
    gate = Gate()
    gate.open.set()
    writer = LineWriter(gate, FORMATTER, max_lines=100)
    writer.start()
    writer.stop()
    writer.put("last words")
    assert gate.lines == ["last words"]


def test_what_waits_is_written_when_the_process_ends() -> None:
    script = (
        "from serving.telemetry.log_writer import *; from serving.telemetry.log_format import LineFormatter\n"
        "writer = LineWriter(descriptor_writer(1), LineFormatter('design', plain=False), max_lines=10)\n"
        "writer.start(); writer.put('last words')"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "last words\n"
