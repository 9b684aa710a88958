"""Reads bearer tokens: JWTs signed by a trusted key, by the practice of RFC 8725.

What is held to: the algorithm is that of the key, never the token's choice; ``typ``, ``iss`` and ``aud`` are pinned;
``exp``, ``iat`` and ``sub`` must be there; no critical header parameter is understood; and nothing else of the header
is used (``jku``, ``x5u``, ``jwk`` and ``x5c`` would let a token bring its own key).
"""

import base64
import logging
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from configs.auth_settings import AuthSettings, Scope
from serving.auth.decision import Principal
from serving.auth.errors import AuthSetupError
from serving.auth.faults import Fault, NoKeysError, TokenRejectedError
from serving.auth.key_ring import KeyRing
from serving.auth.key_set import VerificationKey
from serving.auth.strict_json import read_object
from serving.auth.token_cache import KnownToken, TokenCache

if TYPE_CHECKING:
    from jwt import PyJWT

_COMPACT_JWS = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_SUBJECT_CHARACTERS = 255
_SCOPES: Mapping[str, Scope] = {scope.value: scope for scope in Scope}
log = logging.getLogger("sdai.serving.auth")


@dataclass(frozen=True, slots=True)
class Expected:
    """What every token must be: whose, for whom, of which kind, how long, and how clocks may differ."""

    issuer: str
    audience: str
    token_types: frozenset[str]
    max_chars: int
    leeway_s: float

    @classmethod
    def of(cls, settings: AuthSettings) -> "Expected":
        """Return what settings ask of the tokens of their issuer; raises `AuthSetupError` where they name none."""
        if settings.issuer is None or settings.audience is None:
            raise AuthSetupError("set SDAI_AUTH_ISSUER and SDAI_AUTH_AUDIENCE: whose tokens, and for whom")
        types = frozenset(map(_plain_type, settings.token_types))
        return cls(settings.issuer, settings.audience, types, settings.max_token_chars, settings.leeway_s)


@dataclass(frozen=True, slots=True)
class Grants:
    """What roles open, and the claim that names them."""

    scopes: Mapping[str, frozenset[Scope]]
    claim: str

    @classmethod
    def of(cls, roles: Mapping[str, Iterable[Scope]], claim: str) -> "Grants":
        """Return what the roles of the settings open."""
        return cls({role: frozenset(scopes) for role, scopes in roles.items()}, claim)


class TokenReader:
    """Tells who a token speaks for.

    Parameters
    ----------
    keys : the trusted keys.
    expected : what every token must be.
    grants : what roles open.
    cache : the sessions: tokens that were verified before.
    """

    def __init__(self, keys: KeyRing, expected: Expected, grants: Grants, cache: TokenCache) -> None:
        self.keys = keys
        self.expected = expected
        self.grants = grants
        self._cache = cache

    def read(self, token: bytes, now_s: float) -> Principal:
        """Return the principal of a token at a time (Unix time).

        Raises `TokenRejectedError` with what is wrong with the token, `NoKeysError` when no key set was read yet.
        """
        if len(token) > self.expected.max_chars:
            raise TokenRejectedError(Fault.TOO_LONG)
        known = self._cache.get(token, now_s)
        if known is not None:
            if self.keys.find(known.key.key_id) is known.key and known.key.is_trusted_at(now_s):
                return self._in_time(known, now_s).principal
            self._cache.drop(token)
        key = self._key_of(self._header(token), now_s)
        known = self._known(key, self._claims(token, key))
        self._in_time(known, now_s)
        self._cache.put(token, known, now_s)
        return known.principal

    def _header(self, token: bytes) -> dict[str, Any]:
        if not _COMPACT_JWS.fullmatch(token):
            raise TokenRejectedError(Fault.MALFORMED)
        encoded = token[: token.index(b".")]
        try:
            header = read_object(base64.urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4)))
        except ValueError:
            raise TokenRejectedError(Fault.MALFORMED) from None
        # b64 changes what is signed (RFC 7797); the library understands it, and here nobody needs it.
        if "crit" in header or "b64" in header:
            raise TokenRejectedError(Fault.CRITICAL)
        kind = header.get("typ", "")
        if not isinstance(kind, str) or _plain_type(kind) not in self.expected.token_types:
            raise TokenRejectedError(Fault.TOKEN_TYPE)
        return header

    def _key_of(self, header: dict[str, Any], now_s: float) -> VerificationKey:
        key_id = header.get("kid")
        if not isinstance(key_id, str):
            raise TokenRejectedError(Fault.NO_KEY_ID)
        key = self.keys.find(key_id)
        if key is None or not key.is_trusted_at(now_s):
            self.keys.ask_early()
            key = self.keys.find(key_id)
        if self.keys.keys is None:
            raise NoKeysError
        if key is None or not key.is_trusted_at(now_s):
            raise TokenRejectedError(Fault.UNKNOWN_KEY)
        if header.get("alg") != key.algorithm:
            raise TokenRejectedError(Fault.ALGORITHM)
        return key

    def _claims(self, token: bytes, key: VerificationKey) -> dict[str, Any]:
        import jwt

        try:
            found: dict[str, Any] = self._library.decode_complete(
                token,
                key.jwk,
                [key.algorithm],
                issuer=self.expected.issuer,
                audience=self.expected.audience,
            )["payload"]
        except jwt.PyJWTError as error:
            raise TokenRejectedError(_fault_of(error)) from None
        return found

    @cached_property
    def _library(self) -> "PyJWT":
        import jwt

        class OneReading(jwt.PyJWT):
            """Refuses claims that parsers may read in different ways."""

            def _decode_payload(self, decoded: dict[str, Any]) -> dict[str, Any]:
                try:
                    return read_object(decoded["payload"])
                except ValueError as error:
                    raise jwt.DecodeError(str(error)) from None

        return OneReading(
            {
                "require": ["exp", "iat", "iss", "aud", "sub"],
                "enforce_minimum_key_length": True,
                # The library would ask the system's clock; `_in_time` asks the caller's.
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            }
        )

    def _known(self, key: VerificationKey, claims: dict[str, Any]) -> KnownToken:
        subject = claims["sub"]
        if not 0 < len(subject) <= _SUBJECT_CHARACTERS or not subject.isprintable():
            raise TokenRejectedError(Fault.SUBJECT)
        roles = _roles(claims.get(self.grants.claim))
        known_roles = tuple(role for role in roles if role in self.grants.scopes)
        if len(known_roles) < len(roles):
            unknown = [role[:64] for role in roles if role not in self.grants.scopes][:8]
            log.warning("client %r comes with roles that open nothing here: %r", subject, unknown)
        scopes = _scopes(claims.get("scope")).union(*(self.grants.scopes[role] for role in known_roles))
        begins_s = max(_seconds(claims["iat"]), _seconds(claims.get("nbf", claims["iat"])))
        ends_s = _seconds(claims["exp"])
        return KnownToken(key, Principal(subject, scopes, known_roles, ends_s), begins_s)

    def _in_time(self, known: KnownToken, now_s: float) -> KnownToken:
        ends_s = known.principal.expires_at_s
        if ends_s is None or now_s >= ends_s + self.expected.leeway_s:
            raise TokenRejectedError(Fault.EXPIRED)
        if now_s < known.begins_s - self.expected.leeway_s:
            raise TokenRejectedError(Fault.NOT_YET_VALID)
        return known


def _plain_type(kind: str) -> str:
    """Return a media type as it is compared: without regard to case, ``application/`` left out (RFC 7515 4.1.9)."""
    return kind.lower().removeprefix("application/")


def _scopes(claim: Any) -> frozenset[Scope]:
    """Return the scopes of this service in a ``scope`` claim (RFC 9068); others open nothing, wildcards neither."""
    if claim is None:
        return frozenset()
    if not isinstance(claim, str):
        raise TokenRejectedError(Fault.SCOPE)
    return frozenset(_SCOPES[name] for name in claim.split(" ") if name in _SCOPES)


def _roles(claim: Any) -> tuple[str, ...]:
    if claim is None:
        return ()
    if isinstance(claim, str):
        return (claim,)
    if not isinstance(claim, list) or not all(isinstance(role, str) for role in claim):
        raise TokenRejectedError(Fault.ROLES)
    return tuple(dict.fromkeys(claim))


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRejectedError(Fault.TIMES)
    try:
        seconds = float(value)
    except OverflowError:
        raise TokenRejectedError(Fault.TIMES) from None
    if not math.isfinite(seconds):
        raise TokenRejectedError(Fault.TIMES)
    return seconds


def _fault_of(error: Exception) -> Fault:
    import jwt
    from jwt.exceptions import InvalidSubjectError

    faults: tuple[tuple[type[Exception], Fault], ...] = (
        (jwt.InvalidSignatureError, Fault.SIGNATURE),
        (jwt.MissingRequiredClaimError, Fault.MISSING_CLAIM),
        (jwt.InvalidIssuerError, Fault.ISSUER),
        (jwt.InvalidAudienceError, Fault.AUDIENCE),
        (jwt.InvalidAlgorithmError, Fault.ALGORITHM),
        (InvalidSubjectError, Fault.SUBJECT),
        (jwt.DecodeError, Fault.MALFORMED),
    )
    return next((fault for kind, fault in faults if isinstance(error, kind)), Fault.CLAIMS)
