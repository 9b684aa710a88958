"""Folders of one process for what it has verified; they go with the process, or when the next one starts."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

from serving.auth.files import only_writer

_PREFIX = "process-"


class PrivateCopies:
    """Makes folders that only this process writes to and only its user can read.

    Whatever a killed process has left in ``parent`` is removed. Raises ``OSError``.
    """

    def __init__(self, parent: Path) -> None:
        with only_writer(parent):  # so that nobody takes a folder for left before its process holds it
            _remove_left(parent)
            self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
            self._held = os.open(self._folder, os.O_RDONLY | os.O_CLOEXEC)
            fcntl.flock(self._held, fcntl.LOCK_EX)

    def new(self, name: str) -> Path:
        """Return a new empty folder."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._folder))

    def close(self) -> None:
        """Remove everything; nothing may be loaded from here any more."""
        shutil.rmtree(self._folder, ignore_errors=True)
        os.close(self._held)


def _remove_left(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass  # of a process that lives
        finally:
            os.close(descriptor)
