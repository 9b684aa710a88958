"""One run at a time in one home."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flows.errors import FlowError


@contextmanager
def only_run(path: Path) -> Iterator[None]:
    """Hold the lock file while the block runs; raises `FlowError` naming the other process when it is taken.

    The system frees the lock with its process, so a killed run leaves nothing to clean up.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="ascii") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            stream.seek(0)
            raise FlowError(
                f"another run is going on (process {stream.read().strip() or 'unknown'}); wait for it or stop it"
            ) from error
        stream.truncate(0)
        stream.write(str(os.getpid()))
        stream.flush()
        yield
