"""Sets the process's logging up: one shape and one way out for the service, the framework and the HTTP server."""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from serving.telemetry.log_format import AccessEntry, LineFormatter
from serving.telemetry.log_writer import LineHandler, LineWriter, Write, descriptor_writer

if TYPE_CHECKING:
    from configs.telemetry_settings import LoggingSettings

SERVICE_LOGGER = "sdai.serving"
STDOUT = 1
FIRST_FAULT = 400
FOREIGN_LEVELS = {
    "bentoml": logging.INFO,
    "circus": logging.WARNING,
    "uvicorn": logging.WARNING,
    "uvicorn.error": logging.WARNING,
    "uvicorn.access": logging.WARNING,  # the service writes its own line for each request
}


@dataclass(frozen=True, slots=True)
class _Kept:
    """A logger as it was before."""

    logger: logging.Logger
    handlers: tuple[logging.Handler, ...]
    level: int
    propagate: bool

    def restore(self) -> None:
        self.logger.handlers[:] = self.handlers
        self.logger.setLevel(self.level)
        self.logger.propagate = self.propagate


class AccessLog:
    """Writes a line for each answered request; of the good answers, a sample.

    Parameters
    ----------
    writer : takes the lines.
    sample_ratio : share of answers below 400 that get a line, 0 to 1; all others do.
    draw : gives a number in [0, 1).
    """

    def __init__(self, writer: LineWriter, *, sample_ratio: float, draw: Callable[[], float] = random.random) -> None:
        self._writer = writer
        self._sample_ratio = sample_ratio
        self._draw = draw

    def write(self, entry: AccessEntry) -> None:
        """Hand over the line of one request. Never blocks."""
        if entry.status >= FIRST_FAULT or self._sample_ratio >= 1 or self._draw() < self._sample_ratio:
            self._writer.put(entry)


@dataclass(slots=True)
class Logs:
    """Logging as set up: the access log, and the way back."""

    access: AccessLog
    writer: LineWriter
    _before: list[_Kept] = field(default_factory=list)

    def finish(self) -> None:
        """Write what waits, for the process is about to end; lines that still come are written as they come."""
        self.writer.stop()

    def stop(self) -> None:
        """Write what waits and leave the loggers as they were before `setup_logging`."""
        for kept in self._before:
            kept.restore()
        self.finish()


def setup_logging(
    settings: "LoggingSettings",
    *,
    terminal: bool,
    write: Write | None = None,
    on_dropped: Callable[[int], object] = int,
) -> Logs:
    """Send every logger of the process through one `LineWriter` and return what ends that again.

    Call it in the worker, after the framework has set its own logging up. ``terminal`` says whether standard output is
    one (``auto`` is then plain); ``write`` writes bytes, by default to standard output.
    """
    plain = settings.format == "plain" or (settings.format == "auto" and terminal)
    formatter = LineFormatter(settings.service, plain=plain)
    writer = LineWriter(
        write or descriptor_writer(STDOUT), formatter, max_lines=settings.queue_lines, on_dropped=on_dropped
    )
    root, service = logging.getLogger(), logging.getLogger(SERVICE_LOGGER)
    foreign = {logging.getLogger(name): level for name, level in FOREIGN_LEVELS.items()}
    touched = (root, service, *foreign)
    before = [_Kept(logger, tuple(logger.handlers), logger.level, logger.propagate) for logger in touched]
    for logger in touched:
        logger.handlers[:] = []
        logger.propagate = True
    for logger, level in foreign.items():
        logger.setLevel(level)
    root.addHandler(LineHandler(writer, formatter))
    root.setLevel(logging.WARNING)
    service.setLevel(settings.level)
    writer.start()
    return Logs(AccessLog(writer, sample_ratio=settings.sample_ratio), writer, before)
