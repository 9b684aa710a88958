"""Digests of what answers depend on beside request and model: files that a request names, and the code itself."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from serving.caching.memory import TtlCache

_STAMP_TTL_S = 3_600.0
_MAX_FILES = 1_000


class FileDigests:
    """SHA-256 of files, read once as long as name, size, time of change and inode stay the same. Thread-safe."""

    def __init__(self) -> None:
        self._digests: TtlCache[str] = TtlCache(_MAX_FILES, _STAMP_TTL_S)

    def digest(self, path: Path) -> str:
        """Return the SHA-256 of a file's bytes, 64 hexadecimal digits.

        Raises `OSError` where the file cannot be read. Costs about 1 ms a megabyte the first time, then 10 µs.
        """
        status = path.stat()
        stamp = f"{path}\0{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"
        known = self._digests.get(stamp)
        if known is None:
            with path.open("rb") as file:
                known = hashlib.file_digest(file, "sha256").hexdigest()
            self._digests.put(stamp, known)
        return known


def release_digest(packages: Iterable[Path]) -> str:
    """Return 16 hexadecimal digits that change with any source or data file of these package folders.

    The engine proves every answer, so a corrected engine must not be served the answers of the old one that a shared
    cache still holds. Byte code is left out.
    """
    digest = hashlib.sha256()
    for package in packages:
        for path in sorted(package.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{package.name}/{path.relative_to(package).as_posix()}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]
