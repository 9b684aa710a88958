"""The development key: made on this machine, trusted by a service for which no issuer is set, and its tokens.

Two files in one folder: the private key, readable by its owner alone, and the key set with its public part. What is
written goes in this order, key set first, so that a process killed in between leaves a set that holds the private key.
"""

import base64
import hashlib
import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from configs.auth_settings import Scope
from serving.auth.errors import AuthSetupError
from serving.auth.files import only_writer, write_atomically
from serving.auth.strict_json import read_object

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

ISSUER = "urn:sdai:development"
AUDIENCE = "structural-design"
ALGORITHM = "ES256"
TOKEN_TYPE = "at+jwt"  # noqa: S105  (RFC 9068)
ROLES_CLAIM = "roles"
MAX_LIFETIME_S = 31 * 24 * 3_600.0
_OTHERS_MAY = 0o077


@dataclass(frozen=True, slots=True)
class TokenOrder:
    """What a token shall say: the client, its roles and scopes, and how long it holds."""

    client: str
    roles: tuple[str, ...]
    scopes: tuple[Scope, ...]
    lifetime_s: float


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation came to: the new key, and until when (Unix time) each older one stays trusted."""

    key_id: str
    older_until_s: dict[str, float]


class DevelopmentKeys:
    """The development key of a folder; any number of processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key_file = folder / "development-key.pem"
        self.key_set_file = folder / "development-jwks.json"

    def ensure(self) -> None:
        """Make the key unless it is there, and the key set unless it holds the key.

        Raises `AuthSetupError` when the files cannot be written, or when others may read the private key.
        """
        try:
            with only_writer(self.folder):
                self._ensure()
        except OSError as error:
            raise self._cannot("written", error) from error

    def rotate(self, keep_s: float, now_s: float) -> Rotation:
        """Make a new key for tokens from now on; older ones stay trusted for ``keep_s`` seconds, 0 = not at all."""
        try:
            with only_writer(self.folder):
                self._ensure()
                private = _new_private_key()
                until_s = now_s + keep_s
                kept = [entry | {"exp": min(entry.get("exp", until_s), until_s)} for entry in self._entries()]
                kept = [entry for entry in kept if entry["exp"] > now_s]
                entry = _public_entry(private)
                self._write_key_set([entry, *kept])
                self._write_private_key(private)
        except OSError as error:
            raise self._cannot("written", error) from error
        return Rotation(entry["kid"], {item["kid"]: item["exp"] for item in kept})

    def mint(self, order: TokenOrder, now_s: float) -> str:
        """Return a signed token; makes the key first where there is none yet.

        Raises `AuthSetupError` for a client or a lifetime that no token may have.
        """
        import jwt

        if not 0 < order.lifetime_s <= MAX_LIFETIME_S:
            raise AuthSetupError(f"a token holds for more than 0 and at most {MAX_LIFETIME_S / 3_600:g} hours")
        if not 0 < len(order.client) <= 255 or not order.client.isprintable():
            raise AuthSetupError("the client of a token is 1 to 255 printable characters")
        self.ensure()
        private = self._private_key()
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": order.client,
            "iat": int(now_s),
            "exp": int(now_s + order.lifetime_s),
            "jti": uuid.uuid4().hex,
        }
        if order.roles:
            claims[ROLES_CLAIM] = list(order.roles)
        if order.scopes:
            claims["scope"] = " ".join(order.scopes)
        headers = {"typ": TOKEN_TYPE, "kid": _public_entry(private)["kid"]}
        return jwt.encode(claims, private, ALGORITHM, headers)

    def _ensure(self) -> None:
        if not self.key_file.exists():
            # A key that was removed shall not be trusted: the set begins anew with the new one.
            private = _new_private_key()
            self._write_key_set([_public_entry(private)])
            self._write_private_key(private)
            return
        entry = _public_entry(self._private_key())
        entries = self._entries()
        if entry not in entries:
            self._write_key_set([entry, *(item for item in entries if item["kid"] != entry["kid"])])

    def _private_key(self) -> "EllipticCurvePrivateKey":
        from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            if self.key_file.stat().st_mode & _OTHERS_MAY:
                raise AuthSetupError(f"others may read the private key {self.key_file}; run `chmod 600` on it")
            private = load_pem_private_key(self.key_file.read_bytes(), None)
        except OSError as error:
            raise self._cannot("read", error) from error
        except (ValueError, TypeError) as error:
            raise self._damaged(self.key_file) from error
        if not isinstance(private, EllipticCurvePrivateKey) or not isinstance(private.curve, SECP256R1):
            raise self._damaged(self.key_file)
        return private

    def _entries(self) -> list[dict[str, Any]]:
        """Return the keys of the set; a set that is gone or damaged is made anew from the private key."""
        try:
            listed = read_object(self.key_set_file.read_bytes()).get("keys")
        except (FileNotFoundError, ValueError):
            return []
        return list(filter(_is_whole, listed)) if isinstance(listed, list) else []

    def _write_key_set(self, entries: list[dict[str, Any]]) -> None:
        write_atomically(self.key_set_file, json.dumps({"keys": entries}, indent=2).encode())

    def _write_private_key(self, private: "EllipticCurvePrivateKey") -> None:
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        write_atomically(self.key_file, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def _cannot(self, be: str, error: OSError) -> AuthSetupError:
        where = error.filename or self.folder
        return AuthSetupError(
            f"the development key cannot be {be}: {where}: {error.strerror}; "
            "mend that, or set SDAI_AUTH_JWKS, SDAI_AUTH_ISSUER and SDAI_AUTH_AUDIENCE to trust an issuer instead"
        )

    def _damaged(self, file: Path) -> AuthSetupError:
        return AuthSetupError(f"{file} is not a private key of the curve P-256; remove it and a new one is made")


def _is_whole(entry: Any) -> bool:
    """Return whether an entry of the set is as this module writes it."""
    return (
        isinstance(entry, dict) and isinstance(entry.get("kid"), str) and isinstance(entry.get("exp", 0), int | float)
    )


def _new_private_key() -> "EllipticCurvePrivateKey":
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def _public_entry(private: "EllipticCurvePrivateKey") -> dict[str, Any]:
    """Return the public part of a key as JWK, named by its thumbprint (RFC 7638)."""
    from jwt.algorithms import ECAlgorithm

    public = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    members = {name: public[name] for name in ("crv", "kty", "x", "y")}
    digest = hashlib.sha256(json.dumps(members, separators=(",", ":"), sort_keys=True).encode()).digest()
    key_id = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return members | {"kid": key_id, "alg": ALGORITHM, "use": "sig"}
