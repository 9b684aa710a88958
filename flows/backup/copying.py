"""Copying a file and taking its digest in one pass."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from flows.backup.manifest import StoredFile

Advance = Callable[[int], None]
"""Is told how many bytes were done since the last call."""
_CHUNK_BYTES = 1 << 20
_PRIVATE = 0o600


def nothing_shown(_: int) -> None:
    """Show no progress."""


def copy_file(source: Path, target: Path, name: str, advance: Advance = nothing_shown) -> StoredFile:
    """Copy a file to a new one that only its owner may read; return what was copied, under ``name``.

    The bytes that were digested are the bytes that were written, and they are on the disk when the call returns.
    """
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE)
    with source.open("rb") as stream, os.fdopen(descriptor, "wb") as copy:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
            copy.write(chunk)
            size += len(chunk)
            advance(len(chunk))
        copy.flush()
        os.fsync(copy.fileno())
    return StoredFile(name=name, size_bytes=size, sha256=digest.hexdigest())


def digest_file(path: Path, name: str) -> StoredFile:
    """Return what a file is, under ``name``."""
    with path.open("rb") as stream:
        return StoredFile(
            name=name, size_bytes=path.stat().st_size, sha256=hashlib.file_digest(stream, "sha256").hexdigest()
        )
