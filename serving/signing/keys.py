"""The keys that sign and those that are trusted. A local Ed25519 key is made on this machine unless another is set."""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from serving.auth.files import only_writer, write_atomically
from serving.signing.errors import SigningError
from serving.signing.public_keys import PublicKey, has_signed, key_id_of, parse_public, public_pem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LOCAL_KEY = "model-signing.pem"
LOCAL_PUBLIC_KEY = "model-signing.pub.pem"
_PUBLIC_FILE = 0o644
_OTHERS_MAY = 0o077
_MAX_PEM_BYTES = 10_000
log = logging.getLogger("sdai.serving.signing")


class SigningKey(Protocol):
    """What signs: a key in this process (`LocalKey`) or one that never leaves its keeper (`serving.signing.kms`)."""

    @property
    def public(self) -> PublicKey:
        """The public part."""

    @property
    def key_id(self) -> str:
        """SHA-256 (hex) of the public part in DER."""

    def sign(self, data: bytes) -> bytes:
        """Return the signature of data. Raises `SigningError` when it cannot be made."""


class LocalKey:
    """A private Ed25519 key; the same data always gives the same signature, 64 bytes."""

    def __init__(self, private: "Ed25519PrivateKey") -> None:
        self._private = private
        self.public: PublicKey = private.public_key()
        self.key_id = key_id_of(self.public)

    def sign(self, data: bytes) -> bytes:
        """Return the signature of data."""
        return self._private.sign(data)


class TrustedKeys:
    """The public keys whose signatures count."""

    def __init__(self, keys: Iterable[PublicKey]) -> None:
        self._keys = {key_id_of(key): key for key in keys}

    def __contains__(self, key_id: str) -> bool:
        """Return whether a key of that id is trusted."""
        return key_id in self._keys

    def verify(self, key_id: str, signature: bytes, data: bytes) -> bool:
        """Return whether a trusted key has signed the data."""
        return has_signed(self._keys[key_id], signature, data)


def open_signing_key(file: Path | None, folder: Path, pem: str | None = None) -> LocalKey:
    """Return the private key of a PEM text or file, else the local one of a folder, which is made when there is none.

    Raises `SigningError` when it cannot be read or made, or when others than its owner may read it.
    """
    if pem is not None:
        return LocalKey(_parse_private(pem.encode(), "SDAI_SIGNING_KEY_PEM"))
    if file is not None:
        return LocalKey(_read_private(file))
    try:
        with only_writer(folder):
            return _ensure_local(folder)
    except OSError as error:
        where = error.filename or folder
        raise SigningError(f"the local signing key cannot be written: {where}: {error.strerror}") from error


def open_trusted_keys(files: tuple[Path, ...], folder: Path, pems: tuple[str, ...] = ()) -> TrustedKeys:
    """Return the public keys of files and PEM texts, without either the local one of a folder.

    Raises `SigningError` naming what is wrong.
    """
    if files or pems:
        named = {f"key {at} of SDAI_SIGNING_TRUSTED_PEMS": pem for at, pem in enumerate(pems, start=1)}
        return TrustedKeys(
            [
                *(_read_public(file, "mend SDAI_SIGNING_TRUSTED_KEYS") for file in files),
                *(parse_public(pem.encode(), name, "mend it") for name, pem in named.items()),
            ]
        )
    return TrustedKeys([_read_public(folder / LOCAL_PUBLIC_KEY, "promote a model or set SDAI_SIGNING_TRUSTED_KEYS")])


def _ensure_local(folder: Path) -> LocalKey:
    private_file, public_file = folder / LOCAL_KEY, folder / LOCAL_PUBLIC_KEY
    if private_file.exists():
        key = LocalKey(_read_private(private_file))
        if not public_file.exists():
            write_atomically(public_file, public_pem(key.public), _PUBLIC_FILE)
        return key
    key, pem = _new_key()
    # The public part last would leave, after a kill, a key that signs and that nobody trusts.
    write_atomically(public_file, public_pem(key.public), _PUBLIC_FILE)
    write_atomically(private_file, pem)
    log.warning(
        "made a key that signs models, %s: keep a copy; after the loss of an earlier one run `sdai sign`", private_file
    )
    return key


def _new_key() -> tuple[LocalKey, bytes]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    private = Ed25519PrivateKey.generate()
    return LocalKey(private), private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _read_private(file: Path) -> "Ed25519PrivateKey":
    try:
        if file.stat().st_mode & _OTHERS_MAY:
            raise SigningError(f"others may read the signing key {file}; run `chmod 600` on it")
        return _parse_private(_read_pem(file), str(file))
    except OSError as error:
        raise SigningError(f"the signing key {file} cannot be read: {error.strerror}") from error


def _parse_private(pem: bytes, name: str) -> "Ed25519PrivateKey":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SigningError(f"{name} is no private key without a passphrase in PEM") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise SigningError(f"{name} is no Ed25519 key; make one with `openssl genpkey -algorithm ed25519`")
    return private


def _read_public(file: Path, remedy: str) -> PublicKey:
    try:
        return parse_public(_read_pem(file), str(file), remedy)
    except OSError as error:
        raise SigningError(f"the trusted key {file} cannot be read ({error.strerror}); {remedy}") from error


def _read_pem(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(_MAX_PEM_BYTES)
