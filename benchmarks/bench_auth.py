"""What one request pays for authorisation: a token seen before, and one that is verified for the first time.

Run: python benchmarks/bench_auth.py. Prints microseconds a request, median and 95th percentile of batches.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from configs.auth_settings import AuthSettings
from serving.auth import Authoriser, Principal, build_authoriser

PATH = "/api/v1/design/section"
ISSUER, AUDIENCE = "https://issuer.example", "structural-design"
BATCHES, CACHED_CALLS, FRESH_CALLS = 50, 2_000, 20
ALGORITHMS = ("ES256", "RS256", "EdDSA")


@cache
def key_pair(algorithm: str) -> tuple[Any, Any]:
    """Return a private key and what writes its public part as JWK."""
    if algorithm == "RS256":
        return rsa.generate_private_key(65_537, 2_048), RSAAlgorithm
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate(), OKPAlgorithm
    return ec.generate_private_key(ec.SECP256R1()), ECAlgorithm


def tokens(algorithm: str, count: int) -> list[list[bytes]]:
    """Return Authorization headers of ``count`` different tokens."""
    now_s, (key, _) = int(time.time()), key_pair(algorithm)
    claims = {"iss": ISSUER, "aud": AUDIENCE, "iat": now_s, "exp": now_s + 3_600, "roles": ["api_user"]}
    header = {"typ": "at+jwt", "kid": algorithm}
    return [[b"Bearer " + jwt.encode(claims | {"sub": f"c{i}"}, key, algorithm, header).encode()] for i in range(count)]


def authoriser(folder: Path) -> Authoriser:
    """Return the authoriser of an issuer with a key of each algorithm in a file."""
    pairs = {name: key_pair(name) for name in ALGORITHMS}
    keys = [
        kind.to_jwk(key.public_key(), as_dict=True) | {"kid": name, "alg": name} for name, (key, kind) in pairs.items()
    ]
    (folder / "jwks.json").write_text(json.dumps({"keys": keys}), encoding="utf-8")
    settings = AuthSettings(jwks=str(folder / "jwks.json"), issuer=ISSUER, audience=AUDIENCE)
    return build_authoriser(settings, folder)


def show(name: str, calls: int, batch: Callable[[int], object]) -> None:
    """Time batches of calls and print microseconds a call."""
    took_us = []
    for number in range(BATCHES):
        began = time.perf_counter()
        batch(number)
        took_us.append(1e6 * (time.perf_counter() - began) / calls)
    print(
        f"{name:24} median {statistics.median(took_us):7.1f} us   p95 {statistics.quantiles(took_us, n=20)[-1]:7.1f} us"
    )


def main() -> None:
    """Print all figures."""
    with TemporaryDirectory() as folder:
        gate = authoriser(Path(folder))
        for algorithm in ALGORITHMS:
            given = tokens(algorithm, BATCHES * FRESH_CALLS)
            assert isinstance(gate.authorise("POST", PATH, tokens(algorithm, 1)[0], time.time()), Principal)

            def fresh(number: int, given: list[list[bytes]] = given) -> None:
                for header in given[number * FRESH_CALLS : (number + 1) * FRESH_CALLS]:
                    gate.authorise("POST", PATH, header, time.time())

            def cached(_: int, given: list[list[bytes]] = given) -> None:
                for header in given[:100] * (CACHED_CALLS // 100):
                    gate.authorise("POST", PATH, header, time.time())

            show(f"{algorithm} first time", FRESH_CALLS, fresh)
            show(f"{algorithm} seen before", CACHED_CALLS, cached)
        asked = range(CACHED_CALLS)
        show("public route", CACHED_CALLS, lambda _: [gate.authorise("GET", "/livez", [], 0.0) for _ in asked])


if __name__ == "__main__":
    main()
