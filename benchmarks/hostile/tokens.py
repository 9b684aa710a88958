"""Tokens that must not be believed: unsigned, signed by others, for others, expired, or not tokens at all."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from configs.auth_settings import Scope
from serving.auth.development import ALGORITHM, AUDIENCE, ISSUER, TOKEN_TYPE, DevelopmentKeys

Members = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Forger:
    """Makes tokens by the key of a service (``keys``) and by another one; ``now_s`` is Unix time."""

    keys: DevelopmentKeys
    now_s: int

    @property
    def public(self) -> Members:
        """The service's public key, as JWK, which anybody may know."""
        entry: Members = json.loads(self.keys.key_set_file.read_bytes())["keys"][0]
        return entry

    def header(self, **changes: Any) -> Members:
        """Return a good header with changes."""
        return {"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": self.public["kid"], **changes}

    def claims(self, **changes: Any) -> Members:
        """Return good claims with changes; None takes a claim out."""
        good = {"iss": ISSUER, "aud": AUDIENCE, "sub": "mallory", "iat": self.now_s, "exp": self.now_s + 600}
        all_scopes = " ".join(scope.value for scope in Scope)
        return {name: value for name, value in (good | {"scope": all_scopes} | changes).items() if value is not None}

    def signed(self, header: Members | bytes, claims: Members | bytes, private: Any = None) -> bytes:
        """Return a token signed by a private key, by default the service's own."""
        own = private or serialization.load_pem_private_key(self.keys.key_file.read_bytes(), None)
        text = _part(header) + b"." + _part(claims)
        return text + b"." + _part(jwt.get_algorithm_by_name(ALGORITHM).sign(text, own))

    def hostile(self) -> Iterator[tuple[str, bytes]]:
        """Yield the name and value of the header ``Authorization``."""
        for name, token in [*self._unsigned(), *self._by_others(), *self._for_others(), *self._malformed()]:
            yield name, b"Bearer " + token
        good = self.signed(self.header(), self.claims())
        yield "no scheme", good
        yield "Basic", b"Basic " + base64.b64encode(b"admin:admin")
        yield "scheme alone", b"Bearer"
        yield "two in one", b"Bearer " + good + b", Bearer " + good
        yield "a space in it", b"Bearer " + good[:50] + b" " + good[50:]

    def _unsigned(self) -> Iterator[tuple[str, bytes]]:
        for none in ("none", "None", "NONE", "nOnE", "", "NONE ", None, 0, [], {}):
            text = _part(self.header(alg=none)) + b"." + _part(self.claims())
            yield f"alg {none!r}, no signature", text + b"."
            yield f"alg {none!r}, any signature", text + b"." + _part(b"x" * 64)
        yield "signature of zeros", _part(self.header()) + b"." + _part(self.claims()) + b"." + _part(bytes(64))
        yield "no signature", self.signed(self.header(), self.claims()).rpartition(b".")[0] + b"."

    def _by_others(self) -> Iterator[tuple[str, bytes]]:
        other = ec.generate_private_key(ec.SECP256R1())
        numbers = jwt.get_algorithm_by_name(ALGORITHM).to_jwk(other.public_key(), as_dict=True)
        yield "another key", self.signed(self.header(), self.claims(), other)
        for member in (
            {"jwk": numbers},
            {"jku": "http://127.0.0.1:1/jwks.json"},
            {"x5u": "file:///etc/passwd"},
            {"x5c": [base64.b64encode(b"certificate").decode()]},
            {"crit": ["exp"]},
            {"b64": False, "crit": ["b64"]},
        ):
            yield f"brings {', '.join(member)}", self.signed(self.header(**member), self.claims(), other)
        for kid in (
            "../../../../dev/null",
            "' OR 1=1 --",
            "http://127.0.0.1:1/",
            "x" * 5_000,
            "\u0000",
            7,
            None,
            [],
            {},
        ):
            yield f"kid {str(kid)[:20]!r}", self.signed(self.header(kid=kid), self.claims(), other)
        yield from self._confused()

    def _confused(self) -> Iterator[tuple[str, bytes]]:
        """Yield tokens of a shared secret that is the public key in each form in which a verifier may hold it."""
        key = jwt.PyJWK(self.public).key
        forms = {
            "PEM": key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
            "DER": key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
            "JWK": json.dumps(self.public).encode(),
            "nothing": b"",
        }
        for algorithm, digest in (("HS256", hashlib.sha256), ("HS512", hashlib.sha512)):
            for form, secret in forms.items():
                text = _part(self.header(alg=algorithm)) + b"." + _part(self.claims())
                yield f"{algorithm} by {form}", text + b"." + _part(hmac.new(secret, text, digest).digest())

    def _for_others(self) -> Iterator[tuple[str, bytes]]:
        late, early = self.now_s - 3_600, self.now_s + 3_600
        for changes in (
            *({"aud": "another service"}, {"aud": None}, {"aud": []}, {"aud": {}}, {"aud": ""}, {"aud": 7}),
            *(
                {"iss": "https://evil.example"},
                {"iss": None},
                {"iss": [ISSUER]},
                {"sub": None},
                {"sub": ""},
                {"sub": 7},
            ),
            *({"exp": late}, {"exp": None}, {"exp": "never"}, {"exp": True}, {"exp": 1e400}, {"exp": -1}, {"exp": []}),
            *({"nbf": early}, {"iat": early}, {"nbf": "x"}, {"sub": "a\u0000b"}),
        ):
            name = ", ".join(f"{key} {str(value)[:20]!r}" for key, value in changes.items())
            yield name, self.signed(self.header(), self.claims(**changes))
        for kind in (None, "", "id_token", "dpop+jwt", 7):
            yield f"typ {kind!r}", self.signed(self.header(typ=kind), self.claims())

    def _malformed(self) -> Iterator[tuple[str, bytes]]:
        good = self.signed(self.header(), self.claims())
        head, body, signature = good.split(b".")
        deep = b'{"exp": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"
        yield from {
            "a word": b"x",
            "dots": b"..",
            "two parts": head + b"." + body,
            "five parts (JWE)": good + b"." + body + b"." + head,
            "changed claims": head + b"." + _part(self.claims(sub="admin")) + b"." + signature,
            "no base64": b"!!!.???.***",
            "header no JSON": self.signed(b"{", self.claims()),
            "header a list": self.signed(b"[]", self.claims()),
            "claims no JSON": self.signed(self.header(), b"\xff"),
            "claims a number": self.signed(self.header(), b"7"),
            "claims NaN": self.signed(self.header(), b'{"exp": NaN}'),
            "deep claims": self.signed(self.header(), deep),
            "deep header": self.signed(deep, self.claims()),
            "claims twice": self.signed(
                self.header(), json.dumps(self.claims()).replace("}", ', "sub": "x"}').encode()
            ),
            "60 kB of claims": self.signed(self.header(), self.claims(note="x" * 45_000)),
            "not ASCII": good + "\u00e9".encode("latin-1"),
        }.items()


def _part(content: Members | bytes) -> bytes:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
