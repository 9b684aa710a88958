"""A token issuer of the tests: its keys, its key set, and tokens good and bad."""

import base64
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from configs.auth_settings import AuthSettings
from serving.auth.key_ring import KeyRing, RefreshPolicy, run_here
from serving.auth.token_cache import TokenCache
from serving.auth.tokens import Expected, Grants, TokenReader

NOW_S = 1_800_000_000.0
ISSUER = "https://issuer.example"
AUDIENCE = "structural-design"
ALGORITHMS = ("ES256", "RS256", "EdDSA")
ROLES = {"api_user": ("design:read", "clash:read"), "platform_engineer": ("metrics:read",)}


@cache
def private_key(name: str, algorithm: str = "ES256") -> Any:
    """Return a private key of its own for each name."""
    if algorithm == "RS256":
        return rsa.generate_private_key(65_537, 2_048)
    return ed25519.Ed25519PrivateKey.generate() if algorithm == "EdDSA" else ec.generate_private_key(ec.SECP256R1())


def jwk(name: str, algorithm: str = "ES256", private: bool = False, **members: Any) -> dict[str, Any]:
    """Return a key as JWK."""
    kinds = {"RS256": RSAAlgorithm, "EdDSA": OKPAlgorithm, "ES256": ECAlgorithm}
    key = private_key(name, algorithm)
    found = kinds[algorithm].to_jwk(key if private else key.public_key(), as_dict=True)
    found.pop("key_ops", None)
    return found | {"kid": name, "alg": algorithm, "use": "sig"} | members


def key_set(*keys: dict[str, Any]) -> bytes:
    return json.dumps({"keys": keys}).encode()


def claims(**changes: Any) -> dict[str, Any]:
    """Return good claims with changes; None takes a claim out."""
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "client-7",
        "iat": int(NOW_S) - 10,
        "exp": int(NOW_S) + 600,
        "scope": "design:read",
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def token(name: str = "key-1", algorithm: str = "ES256", header: dict[str, Any] | None = None, **changes: Any) -> bytes:
    """Return a token signed by a key, with changed claims and header members."""
    headers = {"typ": "at+jwt", "kid": name} | (header or {})
    headers = {key: value for key, value in headers.items() if value is not None}
    made = jwt.PyJWS().encode(json.dumps(claims(**changes)).encode(), private_key(name, algorithm), algorithm, headers)
    # The library puts its own typ where none is asked for.
    return made.encode() if "typ" in headers else raw_token({"alg": algorithm, **headers}, claims(**changes), name)


def encoded(part: bytes | dict[str, Any]) -> bytes:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def raw_token(header: bytes | dict[str, Any], payload: bytes | dict[str, Any], name: str = "key-1") -> bytes:
    """Return a token of any header and payload, well signed by ES256."""
    signed = encoded(header) + b"." + encoded(payload)
    algorithm = jwt.get_algorithm_by_name("ES256")
    return signed + b"." + encoded(algorithm.sign(signed, private_key(name, "ES256")))


class ListedSource:
    """Gives what the test puts in: bytes, or an error."""

    name = "the test's key set"

    def __init__(self, *answers: bytes | Exception) -> None:
        self.answers = list(answers)
        self.reads = 0

    def read(self) -> bytes | None:
        self.reads += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Clock:
    """Seconds that pass when the test says so."""

    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


def ring_of(source: ListedSource, clock: Clock | None = None, **options: Any) -> KeyRing:
    """Return a loaded ring that reads again after 300 s, and after 30 s early or in trouble."""
    arguments = {"run": run_here, "clock": clock or Clock()} | options
    ring = KeyRing(source, ALGORITHMS, RefreshPolicy(300, 30), **arguments)
    ring.load(1)
    return ring


def reader_of(ring: KeyRing, capacity: int = 100, **settings: Any) -> TokenReader:
    chosen = AuthSettings(jwks="keys.json", issuer=ISSUER, audience=AUDIENCE, roles=ROLES, **settings)
    return TokenReader(
        ring,
        Expected.of(chosen),
        Grants.of(chosen.roles, chosen.roles_claim),
        TokenCache(capacity, chosen.session_ttl_s),
    )
