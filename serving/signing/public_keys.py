"""Public keys and the signatures that they confirm: Ed25519, and ECDSA on P-256 with SHA-256 (what AWS KMS has).

The kind of the key alone decides how a signature is read; nothing that is signed may choose it.
"""

import hashlib
from typing import TYPE_CHECKING, TypeAlias, Union

from serving.signing.errors import SigningError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PublicKey: TypeAlias = Union["Ed25519PublicKey", "EllipticCurvePublicKey"]
_P256 = "secp256r1"


def key_id_of(public: PublicKey) -> str:
    """Return what a key is called in envelopes: the SHA-256 (hex) of its DER form."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def public_pem(public: PublicKey) -> bytes:
    """Return a key as PEM, as `SDAI_SIGNING_TRUSTED_KEYS` and `SDAI_SIGNING_TRUSTED_PEMS` take it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def has_signed(public: PublicKey, signature: bytes, data: bytes) -> bool:
    """Return whether the owner of a key has signed data (bytes of any length)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        if isinstance(public, EllipticCurvePublicKey):
            public.verify(signature, data, ECDSA(SHA256()))
        else:
            public.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def parse_public(pem: bytes, name: str, remedy: str) -> PublicKey:
    """Return the key of a PEM text; ``name`` and ``remedy`` go into the `SigningError` for any other text or kind."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        public = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SigningError(f"{name} is no public key in PEM; {remedy}") from error
    return checked_kind(public, name, remedy)


def checked_kind(public: object, name: str, remedy: str) -> PublicKey:
    """Return a key of `cryptography` if it is of a kind that signs models; else raise `SigningError`."""
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if isinstance(public, Ed25519PublicKey):
        return public
    if isinstance(public, EllipticCurvePublicKey) and public.curve.name == _P256:
        return public
    raise SigningError(f"{name} is no Ed25519 or P-256 public key; {remedy}")
