"""The files of a model folder, read without following anything that leads out of it."""

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from serving.signing.errors import UnverifiedError

SIGNATURE_FILE = "model.sig"
NOT_CONTENT = frozenset({"registered_model_meta", "model.yaml", SIGNATURE_FILE})
"""Files directly in a model folder that are no part of what was trained.

MLflow writes the first when it loads a folder, BentoML's model store the second, the last is the signature itself.
"""
_HALF_WRITTEN = f".{SIGNATURE_FILE}-"  # what a signing that was killed leaves
MAX_FILES = 1_000
_CHUNK_BYTES = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,254}(?:/[A-Za-z0-9_][A-Za-z0-9_.+-]{0,254}){0,7}")


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file: name relative to the folder with ``/`` between parts, size, SHA-256 (hex) of its content."""

    name: str
    size_bytes: int
    sha256: str


def check_name(name: str) -> None:
    """Raise `UnverifiedError` unless a relative name can only mean a file inside the folder."""
    if not _NAME.fullmatch(name) or name in NOT_CONTENT:
        raise UnverifiedError(f"the file name {name[:80]!r} is not allowed in a model folder")


def list_files(folder: Path) -> list[str]:
    """Return the names of a folder's files, in the order that its digest takes them.

    Links, devices, pipes, odd names and an empty or missing folder raise `UnverifiedError`.
    """
    found: list[str] = []
    try:
        _collect(folder, "", found)
    except OSError as error:
        raise UnverifiedError(
            f"model folder {folder.name} cannot be read ({error.strerror}); train or promote the model again"
        ) from error
    if not found:
        raise UnverifiedError(f"model folder {folder.name} is missing or empty; train or promote the model again")
    return sorted(found, key=PurePosixPath)


def read_file(folder: Path, name: str, into: Path | None = None, limit_bytes: int | None = None) -> FileEntry:
    """Read a file once and return what it is; ``into`` gets what was read.

    Arguments: the folder; a name relative to it; a folder for the copy; the size beyond which reading stops. Raises
    `UnverifiedError` when there is no plain file of that name or it cannot be read.
    """
    check_name(name)
    try:
        descriptor = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UnverifiedError(f"{name} is not a plain file")
            if into is None:
                return _read(stream, name, None, limit_bytes)
            target = into / name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with target.open("xb") as copy:
                return _read(stream, name, copy, limit_bytes)
    except OSError as error:
        raise UnverifiedError(f"{name} cannot be read: {error.strerror}") from error


def _read(stream: BinaryIO, name: str, copy: BinaryIO | None, limit_bytes: int | None) -> FileEntry:
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(_CHUNK_BYTES):
        size += len(chunk)
        if limit_bytes is not None and size > limit_bytes:
            raise UnverifiedError(f"{name} is larger than when it was signed")
        digest.update(chunk)
        if copy is not None:
            copy.write(chunk)
    return FileEntry(name, size, digest.hexdigest())


def _collect(folder: Path, prefix: str, found: list[str]) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{prefix}{entry.name}"
            if name in NOT_CONTENT or name.startswith(_HALF_WRITTEN):
                continue
            check_name(name)
            if entry.is_dir(follow_symlinks=False):
                _collect(folder / entry.name, f"{name}/", found)
            elif entry.is_file(follow_symlinks=False):
                found.append(name)
            else:
                raise UnverifiedError(f"{name} is a link or no plain file, which no model folder may hold")
            if len(found) > MAX_FILES:
                raise UnverifiedError(f"model folder {folder.name} holds more than {MAX_FILES} files")
