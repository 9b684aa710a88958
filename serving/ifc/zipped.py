"""ifcZIP: the one IFC file of a ZIP archive, read within the limits of a model.

What an archive says of itself is not believed: how much is unpacked is bounded before anything is, and no name in it
is ever used as a path.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import IO, BinaryIO, NoReturn

from serving.errors import RequestError

_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
"""How archives begin, with and without a file in them."""
_ENTRY = b"PK\x01\x02"
"""Stands before each entry of an archive's directory."""
_MOST_ENTRIES = 1_000
"""The directory is read as a whole, however small what it lists."""
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Those that no dictionary of the sender's choice makes dear."""
_CHUNK_BYTES = 1 << 20


def is_zip(start: bytes) -> bool:
    """Return whether a file that starts so is a ZIP archive."""
    return start.startswith(_MAGICS)


def unpacked(content: bytes, max_bytes: int, field: str) -> bytes:
    """Return the IFC file in ``content`` where that is a ZIP archive, else ``content``; raises as `open_inner`."""
    if not is_zip(content):
        return content
    with open_inner(io.BytesIO(content), max_bytes, field) as inner:
        # In pieces: asked for all at once, the module unpacks without bound and cuts off afterwards.
        return b"".join(iter(partial(inner.read, _CHUNK_BYTES), b""))


@contextmanager
def open_inner(file: BinaryIO, max_bytes: int, field: str) -> Iterator[IO[bytes]]:
    """Open the one file of an archive whose name ends in .ifc; what else is in it stays packed.

    ``file`` can be sought in. No more than ``max_bytes`` can be read of what is opened; read it in pieces, as each is
    unpacked alone. Raises `RequestError` with
    ``field``, while opening and while the block reads: 413 where archive or model are larger than ``max_bytes``, 415
    for an archive that is damaged, 422 for one that is encrypted, packed in another way than deflate, or holds no IFC
    file or several.
    """
    with _told_as_damaged(field):
        packed_bytes = file.seek(0, io.SEEK_END)
        _refuse_size(packed_bytes, max_bytes, field)
        _refuse_many_entries(file, field)
        with zipfile.ZipFile(file) as archive:
            entry = _only_model(archive, field)
            if not 0 <= entry.header_offset < packed_bytes:  # the module would look there, which a disk refuses
                raise zipfile.BadZipFile
            _refuse_size(entry.file_size, max_bytes, field)
            # the module gives no more than the size that was just looked at, whatever is packed
            with archive.open(entry) as inner:
                yield inner


@contextmanager
def _told_as_damaged(field: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OverflowError, NotImplementedError) as error:
        text = "the model is a ZIP archive (ifcZIP) that is cut off or damaged"
        raise RequestError(text, field=field, status=415) from error


def _refuse_size(size_bytes: int, max_bytes: int, field: str) -> None:
    if size_bytes > max_bytes:
        raise RequestError(f"the model has {size_bytes} bytes; at most {max_bytes} are read", field=field, status=413)


def _refuse_many_entries(file: BinaryIO, field: str) -> None:
    file.seek(0)
    count, end = 0, b""
    while chunk := file.read(_CHUNK_BYTES):
        count += (end + chunk).count(_ENTRY)
        end = chunk[1 - len(_ENTRY) :]
    if count > _MOST_ENTRIES:
        _refuse(f"lists more than {_MOST_ENTRIES} files; send the IFC file inside", field)


def _only_model(archive: zipfile.ZipFile, field: str) -> zipfile.ZipInfo:
    # some systems pack a hidden file of notes, of the same name but for its beginning, beside each
    entries = [
        entry
        for entry in archive.infolist()
        if entry.filename.lower().endswith(".ifc") and not entry.filename.rsplit("/", 1)[-1].startswith("._")
    ]
    if len(entries) != 1:
        _refuse(f"holds {len(entries) or 'no'} IFC files (.ifc); send one with one", field)
    (entry,) = entries
    if entry.flag_bits & _ENCRYPTED:
        _refuse("is encrypted; send it without a password", field)
    if entry.compress_type not in _METHODS:
        _refuse("is packed in another way than deflate; send the IFC file inside", field)
    return entry


def _refuse(why: str, field: str) -> NoReturn:
    raise RequestError(f"the model is a ZIP archive (ifcZIP) that {why}", field=field)
