"""How an answer lies in a shared store that others can write to: sealed, so that whatever is not ours is a miss."""

import hashlib
import hmac
import math
import struct
from typing import NamedTuple

_VERSION = b"sdai1"
_EXPIRY = struct.Struct(">d")
_DIGEST_BYTES = 32
SEAL_BYTES = len(_VERSION) + _EXPIRY.size + _DIGEST_BYTES


class Opened(NamedTuple):
    """An answer and when it ends, Unix time in seconds."""

    answer: bytes
    expires_at: float


class Seal:
    """Seals answers with a digest over name, expiry and bytes; keyed when there is a ``secret`` (at most 64 bytes)."""

    def __init__(self, secret: bytes = b"") -> None:
        self._secret = secret

    def close(self, name: str, answer: bytes, expires_at: float) -> bytes:
        """Return version, expiry, digest and answer in one."""
        expiry = _EXPIRY.pack(expires_at)
        return b"".join((_VERSION, expiry, self._digest(name, expiry, answer), answer))

    def open(self, name: str, sealed: bytes, max_bytes: int) -> Opened | None:
        """Return what was sealed under this name, or None for anything else: damaged, too long, of another version."""
        if not sealed.startswith(_VERSION) or not SEAL_BYTES <= len(sealed) <= SEAL_BYTES + max_bytes:
            return None
        digest_at = len(_VERSION) + _EXPIRY.size
        expiry, digest, answer = sealed[len(_VERSION) : digest_at], sealed[digest_at:SEAL_BYTES], sealed[SEAL_BYTES:]
        if not hmac.compare_digest(digest, self._digest(name, expiry, answer)):
            return None
        expires_at = _EXPIRY.unpack(expiry)[0]
        return Opened(answer, expires_at) if math.isfinite(expires_at) else None

    def _digest(self, name: str, expiry: bytes, answer: bytes) -> bytes:
        digest = hashlib.blake2b(key=self._secret, digest_size=_DIGEST_BYTES)
        digest.update(expiry)
        digest.update(f"{name}\0".encode())
        digest.update(answer)
        return digest.digest()
