"""Where a key set comes from: a file or an HTTPS URL."""

import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, Protocol
from urllib.parse import urlsplit

from serving.auth.errors import KeySetError
from serving.auth.key_set import MAX_BYTES


class KeySource(Protocol):
    """Gives the bytes of a key set."""

    @property
    def name(self) -> str:
        """What it is, for messages."""
        ...

    def read(self) -> bytes | None:
        """Return the key set, None when it is what it was; raises `KeySetError` when it cannot be read."""
        ...


class FileSource:
    """A JWKS file, read again when it is replaced or rewritten."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, ...] | None = None

    @property
    def name(self) -> str:
        """The file's path."""
        return str(self.path)

    def read(self) -> bytes | None:
        """Return the file's content, None when file and content are those of the last call."""
        try:
            if _stamp(os.stat(self.path)) == self._stamp:  # noqa: PTH116  (a third of the time of Path.stat)
                return None
            with self.path.open("rb") as stream:
                stamp = _stamp(os.fstat(stream.fileno()))
                content = stream.read(MAX_BYTES + 1)
        except OSError as error:
            self._stamp = None
            raise KeySetError(f"the key set {self.path} cannot be read: {error.strerror}") from error
        self._stamp = stamp
        return _of_fair_size(content, self.name)


class UrlSource:
    """A JWKS behind an HTTPS URL.

    Parameters
    ----------
    url : where it is; redirects are not followed, as they would decide whose keys are trusted.
    timeout_s : the whole read is given up after this.
    open_url : opens a URL with a time limit; for tests.
    """

    def __init__(self, url: str, timeout_s: float, open_url: Callable[[str, float], IO[bytes]] | None = None) -> None:
        self.url = url
        self.timeout_s = timeout_s
        self._open = open_url or _open_without_redirects

    @property
    def name(self) -> str:
        """The URL without its query, which may hold a secret."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{parts.path}"

    def read(self) -> bytes:
        """Return the document."""
        deadline = time.monotonic() + self.timeout_s
        content = bytearray()
        try:
            with self._open(self.url, self.timeout_s) as stream:
                # The socket's limit holds for each read; a server that sends a byte a second needs this one.
                while len(content) <= MAX_BYTES and (chunk := _read_some(stream)):
                    content += chunk
                    if time.monotonic() > deadline:
                        raise TimeoutError(f"not whole within {self.timeout_s:g} s")
        except urllib.error.HTTPError as error:
            raise KeySetError(f"the key set {self.name} cannot be read: HTTP status {error.code}") from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            said = str(error) or type(error).__name__
            raise KeySetError(f"the key set {self.name} cannot be read: {said}") from error
        return _of_fair_size(bytes(content), self.name)


def _stamp(facts: os.stat_result) -> tuple[int, ...]:
    return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns


def _of_fair_size(content: bytes, name: str) -> bytes:
    if len(content) > MAX_BYTES:
        raise KeySetError(f"the key set {name} is larger than {MAX_BYTES} bytes")
    return content


def _read_some(stream: IO[bytes]) -> bytes:
    """Return what one read of the socket gives."""
    read1 = getattr(stream, "read1", stream.read)
    return bytes(read1(16_384))


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def _open_without_redirects(url: str, timeout_s: float) -> IO[bytes]:
    request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310  (settings allow https)
    opened: IO[bytes] = urllib.request.build_opener(_NoRedirects).open(request, timeout=timeout_s)
    return opened
