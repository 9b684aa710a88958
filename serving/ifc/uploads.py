"""Models that clients send: kept below ``<root>/uploads/<client>/<sha256>.ifc``, whole or not at all.

The name is the content's, so the same model sent twice is one file, and nothing of the client's own spelling reaches
the disk. A file takes its name only when all of it is on the disk; what a kill leaves half-written is hidden from keys
and goes with the next purge.
"""

import fcntl
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from serving.errors import RequestError, ServingError
from serving.ifc.header import END_MARK, HEADER_BYTES, START_BYTES, START_MARK, refuse_other_formats, schema_of
from serving.ifc.keys import UPLOADED_NAME, UPLOADS, client_folder, open_folder
from serving.ifc.zipped import is_zip, open_inner

FIELD = "file"
"""The field of the form that carries the model."""
_CHUNK_BYTES = 1 << 20
_TAIL_BYTES = 4_096
_PARTIAL = ".partial-"


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What clients may keep: bytes of one model, bytes and models of one client."""

    model_bytes: int
    client_bytes: int
    client_models: int


@dataclass(frozen=True, slots=True)
class IfcReference:
    """A model that was kept. ``key`` is what `model_ifc` takes; ``new`` tells that it was not there before."""

    key: str
    name: str
    schema: str
    sha256: str
    size_bytes: int
    new: bool


def store_upload(stream: BinaryIO, name: str, client: str, root: Path, limits: UploadLimits) -> IfcReference:
    """Keep a client's model and return its reference; ``name`` is what the client calls it and is told back only.

    Reads the stream to its end, in pieces, and never more of it than a model may have. An ifcZIP is kept as the model
    inside. Raises `RequestError`, ``field="file"``: 415 for another format, 422 for a STEP file that is cut off or of
    another schema, 413 for too large a model or too many of them, and what `open_inner` refuses; `ServingError` when
    the disk fails.
    """
    folder = client_folder(client)
    try:
        with open_folder(root, (UPLOADS, folder), create=True) as descriptor, _partial(descriptor) as (file, partial):
            schema, sha256, size_bytes = _copy(stream, file, limits.model_bytes)
            kept = f"{sha256}.ifc"
            with _locked(descriptor):
                new = not _renew(descriptor, kept)
                if new:
                    _refuse_too_many(descriptor, size_bytes, limits)
                    file.flush()
                    os.fsync(file.fileno())
                    os.rename(partial, kept, src_dir_fd=descriptor, dst_dir_fd=descriptor)
                    os.fsync(descriptor)
    except OSError as error:
        raise ServingError(f"the model cannot be kept: {error.strerror}") from error
    return IfcReference(f"{UPLOADS}/{folder}/{kept}", shown_name(name), schema, sha256, size_bytes, new)


def purge_uploads(root: Path, before_s: float) -> int:
    """Delete the models last sent before an instant (Unix time), and half-written ones; return how many models went."""
    gone = 0
    try:
        with open_folder(root, (UPLOADS,), create=False) as uploads:
            for folder in _names(uploads):
                gone += _purge_folder(uploads, folder, before_s)
    except FileNotFoundError:
        return 0
    return gone


def shown_name(name: str) -> str:
    """Return the last part of a file name as it may be shown: printable, at most 200 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last if character.isprintable())[:200] or "model.ifc"


def _copy(stream: BinaryIO, file: BinaryIO, max_bytes: int) -> tuple[str, str, int]:
    """Copy the STEP file that a stream is, or packs, and return its schema, SHA-256 and size."""
    start = _read_start(stream)
    if not is_zip(start):
        return _copy_plain(start, stream, file, max_bytes)
    with open_inner(stream, max_bytes, FIELD) as inner:
        return _copy_plain(_read_start(inner), inner, file, max_bytes)


def _copy_plain(start: bytes, rest: IO[bytes], file: BinaryIO, max_bytes: int) -> tuple[str, str, int]:
    digest, size, tail = hashlib.sha256(), 0, b""
    chunk = start
    _refuse_other_formats(start)
    schema = _schema(start)
    while chunk:
        size += len(chunk)
        if size > max_bytes:
            raise RequestError(f"the model is larger than {max_bytes} bytes", field=FIELD, status=413)
        digest.update(chunk)
        file.write(chunk)
        tail = (tail + chunk)[-_TAIL_BYTES:]
        chunk = rest.read(_CHUNK_BYTES)
    if not tail.rstrip().endswith(END_MARK):
        raise RequestError("the model is cut off: an IFC STEP file ends with END-ISO-10303-21;", field=FIELD)
    return schema, digest.hexdigest(), size


def _read_start(stream: IO[bytes]) -> bytes:
    """Return so much of a file that its header is in it; a read may give less than asked for."""
    start = b""
    while len(start) < HEADER_BYTES:
        chunk = stream.read(_CHUNK_BYTES)
        if not chunk:
            break
        start += chunk
    return start


def _refuse_other_formats(start: bytes) -> None:
    if not start:
        raise RequestError("the model is empty", field=FIELD)
    refuse_other_formats(start, FIELD)
    if START_MARK not in start[:START_BYTES]:
        raise RequestError(
            "the model is no IFC STEP file: it does not begin with ISO-10303-21;", field=FIELD, status=415
        )


def _schema(start: bytes) -> str:
    try:
        return schema_of(start)
    except RequestError as error:
        raise RequestError(str(error), field=FIELD) from error


@contextmanager
def _partial(folder: int) -> Iterator[tuple[BinaryIO, str]]:
    """Make a file that no key reaches; it is gone at the end unless it was given another name."""
    name = f"{_PARTIAL}{secrets.token_hex(16)}"
    descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file, name
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)


@contextmanager
def _locked(folder: int) -> Iterator[None]:
    """Let one process or thread at a time count, keep and purge the models of a client."""
    fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(folder, fcntl.LOCK_UN)


def _names(folder: int) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries]


def _renew(folder: int, name: str) -> bool:
    """Return whether the model is there already; if so it counts as sent now."""
    try:
        os.utime(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _refuse_too_many(folder: int, size_bytes: int, limits: UploadLimits) -> None:
    sizes = [
        os.stat(name, dir_fd=folder, follow_symlinks=False).st_size
        for name in _names(folder)
        if UPLOADED_NAME.fullmatch(name)
    ]
    if len(sizes) + 1 > limits.client_models or sum(sizes) + size_bytes > limits.client_bytes:
        raise RequestError(
            f"{len(sizes)} models of {sum(sizes)} bytes are kept for this client; at most {limits.client_models} of "
            f"{limits.client_bytes} bytes are; the oldest go by themselves",
            field=FIELD,
            status=413,
        )


def _purge_folder(uploads: int, name: str, before_s: float) -> int:
    gone = 0
    try:
        folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=uploads)
    except OSError:  # no folder of this module's making
        return 0
    try:
        with _locked(folder):
            for entry in _names(folder):
                gone += _purge_file(folder, entry, before_s)
    finally:
        os.close(folder)
    return gone


def _purge_file(folder: int, name: str, before_s: float) -> int:
    if not UPLOADED_NAME.fullmatch(name) and not name.startswith(_PARTIAL):
        return 0
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if status.st_mtime >= before_s or stat.S_ISDIR(status.st_mode):
            return 0
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:  # another worker purges too
        return 0
    return 0 if name.startswith(_PARTIAL) else 1
