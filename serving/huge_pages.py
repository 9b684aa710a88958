"""The memory of a loaded worker on huge pages.

A worker touches a hundred megabytes of models, tables and code objects in turn, many more pages of 4 KiB than a core
keeps addresses of; in a virtual machine each miss costs two walks. On pages of 2 MiB the same memory needs 1/512 of the
addresses. Linux does so by itself where transparent huge pages are set to ``always``; most machines ship ``madvise``,
where a process has to ask.
"""

import ctypes
import logging
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

HUGE_PAGE_BYTES = 2 * 1024 * 1024
LIMIT_S = 2.0
_COLLAPSE = 25
"""``MADV_COLLAPSE`` of Linux 6.1: gather what is there into huge pages now, whatever is set for later."""
_MAPS = Path("/proc/self/maps")
_OWN = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p 00000000 00:00 0 *(\[heap\])?")
log = logging.getLogger("sdai.serving")
Collapse = Callable[[int, int], bool]


def own_ranges(maps: str) -> Iterator[tuple[int, int]]:
    """Yield begin and length, bytes, of what a process's map (``/proc/self/maps``) shows to fill whole huge pages.

    That is private memory without a file behind it, but for stacks.
    """
    for line in maps.splitlines():
        found = _OWN.fullmatch(line.rstrip())
        if found:
            begin = -(-int(found[1], 16) // HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES
            end = int(found[2], 16) // HUGE_PAGE_BYTES * HUGE_PAGE_BYTES
            if end > begin:
                yield begin, end - begin


def gather(
    maps: str, collapse: Collapse, limit_s: float = LIMIT_S, clock: Callable[[], float] = time.monotonic
) -> int:
    """Put memory on huge pages, one at a time, for ``limit_s`` at most; returns the bytes that lie on them then.

    ``collapse`` takes begin and length of one page and returns whether it is huge now; that of a page which is gone by
    then, or not to be had, is not.
    """
    until_s = clock() + limit_s
    gathered = 0
    for begin, length in own_ranges(maps):
        for at in range(begin, begin + length, HUGE_PAGE_BYTES):
            if clock() > until_s:
                return gathered
            gathered += HUGE_PAGE_BYTES if collapse(at, HUGE_PAGE_BYTES) else 0
    return gathered


def use_huge_pages() -> None:
    """Put what this process holds now on huge pages; where the system has none, nothing happens. Takes 0.1 s.

    Call it in a thread once the models are loaded: requests go on meanwhile.
    """
    try:
        maps, madvise = _MAPS.read_text(encoding="utf-8"), ctypes.CDLL(None).madvise
    except (OSError, AttributeError):  # no Linux
        return
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    gathered = gather(maps, lambda begin, length: madvise(begin, length, _COLLAPSE) == 0)
    log.info("%d MB of memory lie on huge pages", gathered // 1_000_000)
