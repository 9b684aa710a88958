"""Huge pages: which memory is asked for, that time is bounded, and that a real process is left as it was."""

import itertools

from serving.huge_pages import HUGE_PAGE_BYTES, gather, own_ranges, use_huge_pages

MAPS = """\
55d0c0000000-55d0c0001000 r--p 00000000 fe:00 1234                       /usr/bin/python3.11
55d0c1000000-55d0c1700000 rw-p 00000000 00:00 0                          [heap]
7f0000000000-7f0000400000 rw-p 00000000 00:00 0
7f0000400000-7f0000800000 rw-s 00000000 00:01 42                         /memfd:shared
7f0000900000-7f0000f00000 rw-p 00000000 00:00 0
7f0001000000-7f0001400000 rw-p 00000000 fe:00 99                         /usr/lib/libpython3.11.so
7f0002000000-7f0002400000 r--p 00000000 00:00 0
7ffd00000000-7ffd00800000 rw-p 00000000 00:00 0                          [stack]
"""


def test_only_the_processes_own_memory_that_fills_huge_pages_is_asked_for() -> None:
    assert [(hex(begin), length // HUGE_PAGE_BYTES) for begin, length in own_ranges(MAPS)] == [
        ("0x55d0c1000000", 3),
        ("0x7f0000000000", 2),
        ("0x7f0000a00000", 2),
    ]


def test_what_the_system_refuses_does_not_count() -> None:
    asked: list[int] = []

    def every_other(begin: int, length: int) -> bool:
        asked.append(begin)
        return len(asked) % 2 == 0

    assert gather(MAPS, every_other) == 3 * HUGE_PAGE_BYTES
    assert len(asked) == 7


def test_it_ends_when_its_time_is_over() -> None:
    clock = itertools.count(0.0, 1.0)
    assert gather(MAPS, lambda begin, length: True, limit_s=3.0, clock=lambda: next(clock)) == 3 * HUGE_PAGE_BYTES


def test_memory_keeps_its_content() -> None:
    content = bytes(range(256)) * (4 * HUGE_PAGE_BYTES // 256)
    digest = hash(content)
    use_huge_pages()
    assert hash(bytes(bytearray(content))) == digest
