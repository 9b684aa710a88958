"""The public keys of a token issuer (JSON Web Key Set, RFC 7517), each bound to the one algorithm it verifies."""

import hashlib
import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from serving.auth.errors import KeySetError
from serving.auth.strict_json import read_object

if TYPE_CHECKING:
    from jwt import PyJWK

MAX_BYTES = 256 * 1024
MAX_KEYS = 64
_SECRET_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_KEY_ID_CHARACTERS = 256
_RSA_BITS = range(2_048, 8_193)
"""Shorter keys can be broken (RFC 7518 section 3.3); longer ones cost a verification more than a request may."""
log = logging.getLogger("sdai.serving.auth")


@dataclass(frozen=True)
class VerificationKey:
    """One public key: its id, what verifies with it, and when it ceases to be trusted (Unix time, None = open)."""

    key_id: str
    jwk: "PyJWK" = field(repr=False)
    fingerprint: str
    ends_at_s: float | None = None

    @property
    def algorithm(self) -> str:
        """The one algorithm that this key verifies."""
        return str(self.jwk.algorithm_name)

    def is_trusted_at(self, now_s: float) -> bool:
        """Return whether the key is trusted at a time (Unix time)."""
        return self.ends_at_s is None or now_s < self.ends_at_s


@dataclass(frozen=True)
class KeySet:
    """The keys that are trusted, by key id."""

    keys: Mapping[str, VerificationKey]

    @cached_property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of all keys, sorted."""
        return tuple(sorted(self.keys))


def parse_key_set(raw: bytes, algorithms: Collection[str], before: KeySet | None = None) -> KeySet:
    """Return the keys of a JWKS document that verify one of ``algorithms``.

    Keys that did not change are the very objects of ``before``, so that what was verified by them stays verified. Keys
    for other uses or algorithms are left out. An empty set is believed: its issuer trusts no key any more. Raises
    `KeySetError` for a document that is not a JWKS, holds a private or symmetric key, names a key id twice, or holds
    keys of which none can be used.
    """
    try:
        listed = read_object(raw).get("keys")
    except ValueError as error:
        raise KeySetError(f"the key set is not a JSON Web Key Set: {error}") from None
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise KeySetError('the key set has no list "keys" of objects')
    if len(listed) > MAX_KEYS:
        raise KeySetError(f"the key set holds {len(listed)} keys; {MAX_KEYS} are read at most")
    if any(entry.get("kty") == "oct" or _SECRET_MEMBERS & entry.keys() for entry in listed):
        raise KeySetError(
            "the key set holds a private or symmetric key, so anybody who reads it can make tokens; "
            "replace that key, and publish public keys only"
        )
    found: dict[str, VerificationKey] = {}
    for entry in listed:
        key = _usable(entry, algorithms)
        if isinstance(key, str):
            log.warning("key %r of the key set is left out: %s", str(entry.get("kid"))[:64], key)
            continue
        if key.key_id in found:
            raise KeySetError("the key set names one key id (kid) twice; give each key its own")
        kept = before.keys.get(key.key_id) if before else None
        found[key.key_id] = kept if kept and kept.fingerprint == key.fingerprint else key
    if listed and not found:
        raise KeySetError(f"the key set holds no key that verifies {', '.join(sorted(algorithms))} and has a kid")
    return KeySet(found)


def _usable(entry: dict[str, Any], algorithms: Collection[str]) -> VerificationKey | str:
    """Return the key of an entry, or why it is of no use here."""
    import jwt

    key_id, operations, ends_at_s = entry.get("kid"), entry.get("key_ops"), entry.get("exp")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= _KEY_ID_CHARACTERS or not key_id.isprintable():
        return "it has no kid"
    if entry.get("use", "sig") != "sig" or (operations is not None and operations != ["verify"]):
        return "it is not for verifying signatures"
    if ends_at_s is not None and (isinstance(ends_at_s, bool) or not isinstance(ends_at_s, int | float)):
        return "its exp is no number"
    if not isinstance(entry.get("alg", ""), str) or entry.get("alg", "") not in ("", *algorithms):
        return "its algorithm is not accepted here"
    try:
        jwk = jwt.PyJWK(entry)
        if jwk.algorithm_name not in algorithms:
            return "its algorithm is not accepted here"
        jwk.Algorithm.prepare_key(jwk.key)
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, KeyError):
        return "it cannot be read"
    if entry["kty"] == "RSA" and jwk.key.key_size not in _RSA_BITS:
        return f"an RSA key has {_RSA_BITS.start} to {_RSA_BITS.stop - 1} bits"
    fingerprint = hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()
    return VerificationKey(key_id, jwk, fingerprint, ends_at_s)
