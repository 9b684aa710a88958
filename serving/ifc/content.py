"""What a key of a model stands for, as a digest: a changed file is another question."""

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from serving.caching.memory import TtlCache
from serving.ifc.keys import open_model, refuse_larger

_KEPT = 1_000
_KEPT_S = 3_600.0
_CHUNK_BYTES = 1 << 20


class ModelContent:
    """Digests of the models below a folder. Thread-safe; reads files, so it does not belong on the event loop.

    Parameters
    ----------
    root : the folder that model keys are resolved in.
    max_bytes : size of the largest model that is read.
    """

    def __init__(self, root: Path, max_bytes: int) -> None:
        self._root = root
        self._max_bytes = max_bytes
        self._digests: TtlCache[str] = TtlCache(_KEPT, _KEPT_S)

    def digest(self, key: str, client: str | None) -> str:
        """Return the SHA-256 of the model's bytes, read again only when the file has changed since.

        ``client`` is who asks; None reaches shared models only. Raises `RequestError` for a key that names no model of
        theirs, and for a model that is too large (413).
        """
        with open_model(self._root, key, client) as model:
            refuse_larger(model.size_bytes, self._max_bytes)
            status = os.fstat(model.file.fileno())
            stamp = f"{status.st_dev}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"
            known = self._digests.get(stamp)
            if known is None:
                known = _sha256(model.file)
                self._digests.put(stamp, known)
            return known


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()
