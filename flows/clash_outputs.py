"""The files that a clash check writes, and the bar that shows how far it is."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from flows.clash_picture import draw_picture, png_of
from flows.errors import FlowError
from serving.auth.files import write_atomically
from serving.clash_report.bcf import MOST_VIEWPOINTS, VERSIONS, BcfOrder, Version, write_bcf
from serving.clash_report.page import write_page
from serving.clash_report.report import ClashReport
from serving.clash_report.snapshots import Photographer
from serving.clash_report.views import clash_view, views_of

AUTHOR = "sdai clash"
MOST_SNAPSHOTS = 500
"""Images in one BCF file, of the worst groups first; an image is some 15 kB."""
_FILE_MODE = 0o644
_EVERY_S = 20.0
Show = Callable[[str, float], None]
"""Is told what is going on, and the share of it that is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where results are written; None: not at all."""

    bcf: Path | None = None
    bcf_version: str = VERSIONS[0]
    html: Path | None = None
    png: Path | None = None

    @property
    def paths(self) -> list[Path]:
        """The files that will be written."""
        return [path for path in (self.bcf, self.html, self.png) if path is not None]


@contextmanager
def progress_bar() -> Iterator[Show]:
    """Show what is going on as a bar on standard error, where that is a terminal; a line a stage where it is none."""
    screen = Console(stderr=True)
    if not screen.is_terminal:
        last, told_s = "", 0.0

        def line(what: str, share: float) -> None:
            nonlocal last, told_s
            if what == last and time.monotonic() < told_s + _EVERY_S:
                return
            far = f" {100 * share:.0f} %" if what == last else ""
            last, told_s = what, time.monotonic()
            screen.print(f"{what} …{far}", highlight=False, markup=False)

        yield line
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen, transient=True) as bars:
        stages: dict[str, TaskID] = {}

        def bar(what: str, share: float) -> None:
            if what not in stages:
                stages[what] = bars.add_task(what, total=1.0)
            bars.update(stages[what], completed=share)

        yield bar


def check_outputs(outputs: Outputs, sources: Sequence[Path]) -> None:
    """Raise `FlowError` for a file that cannot be written, before the work is done for nothing."""
    if outputs.bcf_version not in VERSIONS:
        raise FlowError(f"BCF {outputs.bcf_version!r} is not written; use --bcf-version {' or '.join(VERSIONS)}")
    resolved = [path.resolve() for path in outputs.paths]
    if len(set(resolved)) < len(resolved):
        raise FlowError("two results would be written to one file; give each a name of its own")
    for path, place in zip(outputs.paths, resolved, strict=True):
        if place in [source.resolve() for source in sources]:
            raise FlowError(f"{path} is a model that is checked; write the result to another file")
        if place.is_dir() or not place.parent.is_dir():
            raise FlowError(f"{path} cannot be written: there is no folder {path.parent} to hold such a file")
        if not os.access(place.parent, os.W_OK):
            raise FlowError(f"{path} cannot be written: {path.parent} may not be written to")


def write_outputs(report: ClashReport, outputs: Outputs, show: Show) -> None:
    """Write the files that are asked for; each appears whole or not at all."""
    now = datetime.now(UTC)
    if outputs.bcf is not None:
        version: Version = "3.0" if outputs.bcf_version == "3.0" else "2.1"
        order = BcfOrder(report.sources, AUTHOR, now, _snapshots(report, show))
        _store(outputs.bcf, write_bcf(views_of(report), order, version))
    if outputs.html is not None:
        show("writing the page", 0.0)
        _store(outputs.html, write_page(report, now).encode())
        show("writing the page", 1.0)
    if outputs.png is not None:
        show("drawing the picture", 0.0)
        _store(outputs.png, draw_picture(report))
        show("drawing the picture", 1.0)


def _snapshots(report: ClashReport, show: Show) -> Mapping[str, bytes]:
    """Return the images of the clashes that get a viewpoint, by id."""
    rows = [row for group in report.groups for row in group.rows[:MOST_VIEWPOINTS]][:MOST_SNAPSHOTS]
    photographer = Photographer(report.model)
    found = {}
    for number, row in enumerate(rows):
        show("taking images for BCF", number / len(rows))
        clash = report.clashes[row]
        found[clash_view(report, clash).id] = png_of(photographer.clash(clash))
    show("taking images for BCF", 1.0)
    return found


def _store(path: Path, content: bytes) -> None:
    try:
        write_atomically(path, content, _FILE_MODE)
    except OSError as error:
        raise FlowError(f"{path} cannot be written: {error.strerror}") from error
