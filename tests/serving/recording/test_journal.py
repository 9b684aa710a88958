import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.recording import JournalError
from serving.recording.journal import (
    READ_BYTES,
    JournalWriter,
    adopt,
    forget,
    list_segments,
    read_chunk,
    split_lines,
)
from serving.recording.records import LineError, decode_line
from tests.serving.recording.samples import line_of, prediction

LARGE = 1_000_000


def read_all(folder: Path, max_lines: int = 2) -> list[bytes]:
    lines = []
    for segment in list_segments(folder):
        offset, chunk = 0, read_chunk(segment, 0, max_lines, finished=True)
        while chunk.next_offset > offset:
            lines += chunk.lines
            offset, chunk = chunk.next_offset, read_chunk(segment, chunk.next_offset, max_lines, finished=True)
    return lines


def test_what_is_appended_is_read_in_order(folder: Path) -> None:
    writer = JournalWriter(folder, LARGE)
    for number in range(7):
        writer.append(b"line %d\n" % number, sync=number == 3)
    assert read_all(folder) == [b"line %d" % number for number in range(7)]
    assert (writer.appended_lines, writer.appended_bytes) == (7, 7 * 7)


def test_a_new_segment_begins_at_the_size_set(folder: Path) -> None:
    writer = JournalWriter(folder, 20)
    for number in range(10):
        writer.append(b"line %d\n" % number)
    assert [segment.path.stat().st_size for segment in list_segments(folder)] == [21, 21, 21, 7]
    assert writer.number == 4
    assert read_all(folder) == [b"line %d" % number for number in range(10)]


def test_threads_do_not_mix_their_lines(folder: Path) -> None:
    writer = JournalWriter(folder, 2_000)

    def write(name: int) -> None:
        for number in range(200):
            writer.append(b"%d-%d\n" % (name, number))

    threads = [threading.Thread(target=write, args=[name]) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(read_all(folder, 50)) == sorted(
        b"%d-%d" % (name, number) for name in range(4) for number in range(200)
    )


def test_a_line_cut_off_by_a_full_disk_swallows_no_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = JournalWriter(folder, LARGE)
    real_write, room = os.write, [5, 0]

    def write(fd: int, data: bytes) -> int:
        space = room.pop(0) if room else len(data)
        if not space:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real_write(fd, data[:space])

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(OSError, match="No space"):
        writer.append(line_of(prediction("lost")) + b"\n")
    writer.append(line_of(prediction("kept")) + b"\n")
    torn, kept = read_all(folder)
    with pytest.raises(LineError):
        decode_line(torn)
    assert decode_line(kept).row["id"] == "kept"
    assert writer.appended_bytes == sum(segment.path.stat().st_size for segment in list_segments(folder))
    assert writer.appended_lines == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_error_of_the_append(folder: Path) -> None:
    writer = JournalWriter(folder, LARGE)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, writer._fd)
    with pytest.raises(OSError, match="No space"):
        writer.append(b"line\n")
    assert writer.appended_lines == 0


def test_a_closed_or_deleted_journal_takes_nothing(folder: Path) -> None:
    closed, deleted = JournalWriter(folder, LARGE), JournalWriter(folder, LARGE)
    closed.close()
    with pytest.raises(OSError, match="closed"):
        closed.append(b"line\n")
    deleted.verify()
    deleted.append(b"line\n")
    for segment in list_segments(folder):
        segment.remove()
    deleted.verify()
    with pytest.raises(OSError, match="restart"):
        deleted.append(b"line\n")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="file/journal cannot be written"):
        JournalWriter(tmp_path / "file" / "journal", LARGE)


def test_only_the_journals_of_the_dead_are_adopted_and_by_one(folder: Path) -> None:
    living = JournalWriter(folder, LARGE)
    program = (
        "import os, pathlib, sys; from serving.recording.journal import JournalWriter\n"
        f"JournalWriter(pathlib.Path({str(folder)!r}), 10**6).append(b'last words\\n'); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == -9
    (name, lock_fd), *others = adopt(folder, set())
    assert others == []
    assert name != living.name
    assert list(adopt(folder, set())) == []
    dead = [segment for segment in list_segments(folder) if segment.writer == name]
    assert read_chunk(dead[0], 0, 10, finished=True).lines == [b"last words"]
    for segment in dead:
        segment.remove()
    forget(folder, name, lock_fd)
    assert {path.name.split(".")[0] for path in folder.iterdir()} == {living.name}


def test_segments_that_lost_their_lock_are_adopted(folder: Path) -> None:
    writer = JournalWriter(folder, LARGE)
    writer.append(b"line\n")
    writer.close()
    writer.release()
    (folder / f"{writer.name}.lock").unlink()
    ((name, lock_fd),) = adopt(folder, set())
    assert name == writer.name
    (segment,) = list_segments(folder)
    segment.path.unlink()  # as a kill in the middle of `remove` leaves it
    forget(folder, name, lock_fd)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"rubbish", b"-5", b"%020d" % 10**9])
def test_an_offset_that_cannot_be_is_zero(folder: Path, content: bytes) -> None:
    JournalWriter(folder, LARGE).append(b"line\n")
    (segment,) = list_segments(folder)
    segment.write_offset(5)
    assert segment.read_offset() == 5
    segment.offset_path.write_bytes(content)
    assert segment.read_offset() == 0


def test_a_line_longer_than_one_read_is_read(folder: Path) -> None:
    writer = JournalWriter(folder, LARGE)
    long = b"x" * (READ_BYTES + 10)
    writer.append(long + b"\nshort\n")
    (segment,) = list_segments(folder)
    assert read_chunk(segment, 0, 10, finished=False).lines == [long, b"short"]


LINES = st.lists(st.binary(max_size=8).map(lambda text: text.replace(b"\n", b"")), max_size=8)


@given(LINES, st.binary(max_size=8).map(lambda text: text.replace(b"\n", b"")), st.integers(1, 4), st.booleans())
def test_reading_on_from_the_offset_gives_every_line_once(
    lines: list[bytes], rest: bytes, max_lines: int, finished: bool
) -> None:
    data = b"".join(line + b"\n" for line in lines) + rest
    seen, offset, torn_bytes = [], 0, 0
    while True:
        chunk = split_lines(data[offset:], offset, max_lines, finished=finished)
        assert len(chunk.lines) <= max_lines
        if chunk.next_offset == offset:
            break
        seen += chunk.lines
        offset, torn_bytes = chunk.next_offset, torn_bytes + chunk.torn_bytes
    assert seen == [line for line in lines if line]
    assert torn_bytes == (len(rest) if finished else 0)
    assert offset == (len(data) if finished else len(data) - len(rest))


@given(st.integers(1, 5), st.data())
def test_a_journal_cut_anywhere_gives_its_whole_lines_and_no_other(count: int, data: st.DataObject) -> None:
    lines = [line_of(prediction(f"p{number}")) + b"\n" for number in range(count)]
    whole = b"".join(lines)
    cut = data.draw(st.integers(0, len(whole)))
    noise = data.draw(st.binary(max_size=30))
    chunk = split_lines(whole[:cut] + noise, 0, 1_000, finished=True)
    ids = []
    for line in chunk.lines:
        try:
            ids.append(decode_line(line).row["id"])
        except LineError:
            continue
    survivors = sum(1 for number in range(count) if cut >= sum(map(len, lines[: number + 1])))
    assert ids[:survivors] == [f"p{number}" for number in range(survivors)]
    assert len(ids) <= survivors + 1  # the cut may have hit the line end alone, and the noise begin with one
    assert chunk.next_offset == cut + len(noise)
