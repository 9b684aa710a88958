"""Progress of a worker in a log: a whole line now and then instead of bars, which need a terminal of their own.

Trainers and the dataset build draw tqdm bars on standard error. Where that is no terminal, or others draw on it too,
the bars are kept quiet and a thread tells every `EVERY_S` how long the work has been going on and how far the bars
are, whoever drew them.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partialmethod
from typing import Any, TextIO

EVERY_S = 20.0
"""Seconds between two lines: short enough that nobody takes a working process for a hanging one."""


@contextmanager
def progress_lines(
    name: str, screen: TextIO | None = None, every_s: float = EVERY_S, *, bars: bool = True
) -> Iterator[None]:
    """Print a line of progress every ``every_s`` while the block runs, unless the screen is a terminal for its bars.

    Arguments: what the work is called, for example ``"clash_detector: train"``; where to print (default: standard
    error); whether bars may be drawn on a terminal, which only one piece of work at a time can do.
    """
    screen = screen or sys.stderr
    if bars and screen.isatty():
        yield
        return
    from tqdm import tqdm

    done, started = threading.Event(), time.monotonic()

    def tell() -> None:
        while not done.wait(every_s):
            print(line(name, time.monotonic() - started, tqdm), file=screen, flush=True)

    drawn = tqdm.__init__
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123  (devnull is no path of the project)
        tqdm.__init__ = partialmethod(drawn, file=nowhere)
        teller = threading.Thread(target=tell, name="progress-lines", daemon=True)
        teller.start()
        try:
            yield
        finally:
            done.set()
            teller.join()
            tqdm.__init__ = drawn


def line(name: str, seconds: float, bars: Any) -> str:
    """Return one line: time of day, what is going on, for how long, and how far each live bar of a tqdm class is."""
    with bars.get_lock():
        live = [_how_far(bar.format_dict, name) for bar in getattr(bars, "_instances", ())]
    going = f"{datetime.now().astimezone():%H:%M:%S} {name}, {seconds:.0f} s"
    return ", ".join([going, *live])


def _how_far(bar: dict[str, Any], name: str) -> str:
    owner = name.partition(":")[0]
    title = bar["prefix"].replace(owner, "").replace(owner.replace("_", " "), "").strip(" :")
    total = f" of {bar['total']:,}" if bar["total"] else ""
    figures = f" ({bar['postfix']})" if bar["postfix"] else ""
    return f"{title} {bar['unit']} {bar['n']:,}{total}{figures}".replace("  ", " ").strip()
