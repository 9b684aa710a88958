"""Model keys: what ``model_ifc`` may say, whose model it names, and the one way to open it.

A key is a path of plain names below the model root. Below ``uploads`` lie what clients sent, each in a folder of its
own that no other client's key reaches; everything else is shared. A key is walked folder by folder from an open root
and no link is followed on the way, so what is opened is what was checked, whatever changes on the disk meanwhile.
"""

import errno
import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from serving.errors import RequestError, ServingError
from serving.ifc.header import FIELD

UPLOADS = "uploads"
UPLOADED_NAME = re.compile(r"[0-9a-f]{64}\.ifc")
_CLIENT_DIGITS = 32
_LONGEST_KEY = 1_024
_LONGEST_NAME_BYTES = 255
_SHOWN_CHARACTERS = 200
_SPECIAL = frozenset('\\:%~<>"|?*')
"""Drive letters, streams, percent-encodings, homes, separators and wildcards of any system."""


@dataclass(frozen=True, slots=True)
class OpenModel:
    """A model that was opened for reading: its file, at the start, and its size in bytes.

    ``stamp`` changes when the file does: who keeps something about its content keeps it by that.
    """

    file: BinaryIO
    size_bytes: int
    stamp: str


def client_folder(client: str) -> str:
    """Return the name of a client's folder below ``uploads``: 32 hexadecimal digits that do not tell who it is."""
    return hashlib.sha256(client.encode("utf-8", "surrogatepass")).hexdigest()[:_CLIENT_DIGITS]


def key_names(key: str, client: str | None) -> tuple[str, ...]:
    """Return the names along a key, checked as text alone.

    ``client`` is who asks; None reaches shared models only. Raises `RequestError`, ``field="model_ifc"``: 422 for a
    key that is none; 404 for another client's upload, as for one that does not exist.
    """
    names = tuple(key.split("/"))
    if len(key) > _LONGEST_KEY or any(len(name.encode("utf-8", "replace")) > _LONGEST_NAME_BYTES for name in names):
        raise RequestError("model_ifc is too long", field=FIELD)
    if not all(_is_plain(name) for name in names):
        raise RequestError(
            "model_ifc is a key below the model folder: no absolute path, '..', URL, hidden or special name",
            field=FIELD,
        )
    # Where the disk takes UPLOADS for uploads, the spelling must not open what the name does not.
    if unicodedata.normalize("NFKC", names[0]).casefold() == UPLOADS:
        own = client is not None and len(names) == 3 and names[:2] == (UPLOADS, client_folder(client))
        if not own or not UPLOADED_NAME.fullmatch(names[2]):
            raise _not_found(key)
    return names


@contextmanager
def open_model(root: Path, key: str, client: str | None) -> Iterator[OpenModel]:
    """Open the regular file that a key names below the root; the block reads exactly that file.

    The root itself may be a link of the operator's making; nothing below it may be one. Raises `RequestError` as
    `key_names` does, and 404 for no such file, 422 for a folder, a link, a pipe or a device.
    """
    descriptor = _open_file(root, key, key_names(key, client))
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise RequestError("model_ifc does not name a regular file", field=FIELD)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            stamp = f"{status.st_dev}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"
            yield OpenModel(file, status.st_size, stamp)
    finally:
        os.close(descriptor)


def check_model(root: Path, key: str, client: str | None, max_bytes: int) -> None:
    """Raise the `RequestError` that reading the model would meet before its content is looked at."""
    with open_model(root, key, client) as model:
        refuse_larger(model.size_bytes, max_bytes)


def refuse_larger(size_bytes: int, max_bytes: int) -> None:
    """Raise `RequestError` (413) when a model is larger than what is read."""
    if size_bytes > max_bytes:
        raise RequestError(f"the model has {size_bytes} bytes; at most {max_bytes} are read", field=FIELD, status=413)


@contextmanager
def open_folder(root: Path, names: Sequence[str], *, create: bool) -> Iterator[int]:
    """Open a folder below the root, link by no link, as a descriptor; with ``create`` missing ones are made.

    Raises `OSError`.
    """
    if create:
        root.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name in names:
            if create:
                _make_folder(name, descriptor)
            below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def _make_folder(name: str, descriptor: int) -> None:
    try:
        os.mkdir(name, 0o700, dir_fd=descriptor)
    except FileExistsError:
        return
    os.fsync(descriptor)


def _open_file(root: Path, key: str, names: tuple[str, ...]) -> int:
    # O_NONBLOCK: opening a pipe would wait for a writer, opening some devices for their hardware.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY
    try:
        with open_folder(root, names[:-1], create=False) as folder:
            # Looked at first, because opening a device can have effects; what counts is what fstat says afterwards.
            if not stat.S_ISREG(os.stat(names[-1], dir_fd=folder, follow_symlinks=False).st_mode):
                raise RequestError("model_ifc does not name a regular file", field=FIELD)
            return os.open(names[-1], flags, dir_fd=folder)
    except (FileNotFoundError, NotADirectoryError) as error:
        # Linux says ENOTDIR of a link that stands where a folder should.
        raise _not_found(key) from error
    except (OSError, ValueError) as error:
        raise _unreadable(key, error) from error


def _unreadable(key: str, error: OSError | ValueError) -> RequestError | ServingError:
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO):
        return ServingError(f"model files cannot be opened: {error.strerror}")
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return RequestError("model_ifc does not name a regular file", field=FIELD)
    return _not_found(key)


def _is_plain(name: str) -> bool:
    """Return whether a name means one entry of one folder on every system."""
    return (
        bool(name)
        and not name.startswith((".", " "))
        and not name.endswith((".", " "))
        and name.isprintable()
        and not _SPECIAL.intersection(name)
    )


def _not_found(key: str) -> RequestError:
    return RequestError(f"there is no model {key[:_SHOWN_CHARACTERS]!r}", field=FIELD, status=404)
