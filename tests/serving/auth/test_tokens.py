"""Reading tokens: what a good one comes to, and that each kind of bad one is refused for its own reason."""

import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from configs.auth_settings import Scope
from serving.auth.faults import Fault, TokenRejectedError
from serving.auth.tokens import TokenReader
from tests.serving.auth.issuer import (
    AUDIENCE,
    ISSUER,
    NOW_S,
    Clock,
    ListedSource,
    claims,
    encoded,
    jwk,
    key_set,
    private_key,
    raw_token,
    reader_of,
    ring_of,
    token,
)

HEADER = {"alg": "ES256", "typ": "at+jwt", "kid": "key-1"}


@pytest.fixture
def reader() -> TokenReader:
    keys = key_set(jwk("key-1"), jwk("rsa", "RS256"), jwk("okp", "EdDSA"))
    return reader_of(ring_of(ListedSource(keys)))


def fault(reader: TokenReader, given: bytes, now_s: float = NOW_S) -> Fault:
    with pytest.raises(TokenRejectedError) as caught:
        reader.read(given, now_s)
    return caught.value.fault


def hs256(secret: bytes, kid: str) -> bytes:
    signed = encoded({"alg": "HS256", "typ": "at+jwt", "kid": kid}) + b"." + encoded(claims())
    return signed + b"." + encoded(hmac.digest(secret, signed, hashlib.sha256))


@pytest.mark.parametrize(("name", "algorithm"), [("key-1", "ES256"), ("rsa", "RS256"), ("okp", "EdDSA")])
def test_a_good_token_of_each_algorithm_names_client_scopes_roles_and_end(
    reader: TokenReader, name: str, algorithm: str
) -> None:
    found = reader.read(token(name, algorithm, scope="risk:read design:read", roles=["platform_engineer"]), NOW_S)
    assert found.client == "client-7"
    assert found.scopes == {Scope.RISK_READ, Scope.DESIGN_READ, Scope.METRICS_READ}
    assert found.roles == ("platform_engineer",)
    assert found.expires_at_s == NOW_S + 600
    assert found.may(Scope.METRICS_READ)
    assert not found.may(Scope.ROLLOUT_OVERRIDE)


@pytest.mark.parametrize(
    ("changes", "scopes"),
    [
        ({"scope": None}, set()),
        ({"scope": ""}, set()),
        ({"scope": "*"}, set()),
        ({"scope": "design:* design"}, set()),
        ({"scope": "DESIGN:READ openid email"}, set()),
        ({"scope": "design:read\tclash:read"}, set()),
        ({"scope": " design:read  clash:read "}, {"design:read", "clash:read"}),
        ({"scope": None, "roles": ["api_user"]}, {"design:read", "clash:read"}),
        ({"scope": None, "roles": "platform_engineer"}, {"metrics:read"}),
        ({"scope": None, "roles": ["root", "API_USER", "api_user "]}, set()),
        ({"scope": "risk:read", "roles": ["root", "platform_engineer"]}, {"risk:read", "metrics:read"}),
        ({"scope": None, "roles": []}, set()),
    ],
)
def test_scopes_are_those_named_and_those_of_known_roles(
    reader: TokenReader, changes: dict[str, Any], scopes: set[str]
) -> None:
    assert reader.read(token(**changes), NOW_S).scopes == scopes


def test_an_unknown_role_is_logged_in_one_line(reader: TokenReader, caplog: pytest.LogCaptureFixture) -> None:
    reader.read(token(roles=["root\nINFO forged", "api_user"]), NOW_S)
    (record,) = caplog.records
    assert "root\\nINFO forged" in record.getMessage()
    assert "api_user" not in record.getMessage()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"exp": int(NOW_S) - 31}, Fault.EXPIRED),
        ({"exp": int(NOW_S) - 30}, Fault.EXPIRED),
        ({"nbf": int(NOW_S) + 31}, Fault.NOT_YET_VALID),
        ({"iat": int(NOW_S) + 31}, Fault.NOT_YET_VALID),
        ({"exp": None}, Fault.MISSING_CLAIM),
        ({"iat": None}, Fault.MISSING_CLAIM),
        ({"iss": None}, Fault.MISSING_CLAIM),
        ({"aud": None}, Fault.MISSING_CLAIM),
        ({"sub": None}, Fault.MISSING_CLAIM),
        ({"exp": str(int(NOW_S) + 600)}, Fault.TIMES),
        ({"exp": True}, Fault.TIMES),
        ({"exp": [1]}, Fault.TIMES),
        ({"exp": 10**400}, Fault.TIMES),
        ({"nbf": "soon"}, Fault.TIMES),
        ({"iss": ISSUER + "/"}, Fault.ISSUER),
        ({"iss": [ISSUER]}, Fault.ISSUER),
        ({"aud": "another"}, Fault.AUDIENCE),
        ({"aud": ["another", AUDIENCE.upper()]}, Fault.AUDIENCE),
        ({"aud": {AUDIENCE: 1}}, Fault.AUDIENCE),
        ({"sub": ""}, Fault.SUBJECT),
        ({"sub": 7}, Fault.SUBJECT),
        ({"sub": "a\nb"}, Fault.SUBJECT),
        ({"sub": "\ud800"}, Fault.SUBJECT),
        ({"sub": "x" * 256}, Fault.SUBJECT),
        ({"scope": ["design:read"]}, Fault.SCOPE),
        ({"scope": {"design:read": True}}, Fault.SCOPE),
        ({"roles": {"api_user": True}}, Fault.ROLES),
        ({"roles": [["api_user"]]}, Fault.ROLES),
        ({"jti": 7}, Fault.CLAIMS),
    ],
)
def test_bad_claims_are_refused(reader: TokenReader, changes: dict[str, Any], told: Fault) -> None:
    assert fault(reader, token(**changes)) is told


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": int(NOW_S) - 29},
        {"nbf": int(NOW_S) + 29},
        {"iat": int(NOW_S) + 30},
        {"exp": NOW_S + 0.5},
        {"aud": ["another", AUDIENCE]},
    ],
)
def test_clocks_may_differ_by_the_leeway(reader: TokenReader, changes: dict[str, Any]) -> None:
    assert reader.read(token(**changes), NOW_S).client == "client-7"


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ({"alg": "none"}, Fault.ALGORITHM),
        ({"alg": "RS256"}, Fault.ALGORITHM),
        ({"alg": "es256"}, Fault.ALGORITHM),
        ({"alg": ["ES256"]}, Fault.ALGORITHM),
        ({"alg": None}, Fault.ALGORITHM),
        ({"typ": "JWS"}, Fault.TOKEN_TYPE),
        ({"typ": "id+jwt"}, Fault.TOKEN_TYPE),
        ({"typ": 7}, Fault.TOKEN_TYPE),
        ({"typ": None}, Fault.TOKEN_TYPE),
        ({"kid": "../../../../etc/passwd"}, Fault.UNKNOWN_KEY),
        ({"kid": "key-1' OR '1'='1"}, Fault.UNKNOWN_KEY),
        ({"kid": ""}, Fault.UNKNOWN_KEY),
        ({"kid": None}, Fault.NO_KEY_ID),
        ({"kid": ["key-1"]}, Fault.NO_KEY_ID),
        ({"kid": {"key-1": 1}}, Fault.NO_KEY_ID),
        ({"crit": ["exp"], "exp": 1}, Fault.CRITICAL),
        ({"crit": []}, Fault.CRITICAL),
        ({"crit": ["b64"], "b64": False}, Fault.CRITICAL),
        ({"b64": False}, Fault.CRITICAL),
        ({"kid": "attacker", "jku": "https://attacker.example/jwks.json"}, Fault.UNKNOWN_KEY),
    ],
)
def test_bad_headers_are_refused(reader: TokenReader, header: dict[str, Any], told: Fault) -> None:
    members = {name: value for name, value in (HEADER | header).items() if value is not None}
    assert fault(reader, raw_token(members, claims())) is told


@pytest.mark.parametrize("kind", ["at+jwt", "AT+JWT", "application/at+jwt", "JWT", "jwt"])
def test_types_are_compared_as_media_types(reader: TokenReader, kind: str) -> None:
    assert reader.read(raw_token(HEADER | {"typ": kind}, claims()), NOW_S).client == "client-7"


def test_a_token_without_type_is_taken_only_where_settings_allow_it() -> None:
    reader = reader_of(ring_of(ListedSource(key_set(jwk("key-1")))), token_types=("at+jwt", ""))
    assert reader.read(token(header={"typ": None}), NOW_S).client == "client-7"
    assert fault(reader, token(header={"typ": "JWT"})) is Fault.TOKEN_TYPE


def test_no_key_that_a_token_brings_along_is_used(reader: TokenReader) -> None:
    brought = {"jwk": jwk("attacker"), "jku": "https://attacker.example", "x5u": "https://attacker.example", "x5c": []}
    forged = raw_token(HEADER | brought, claims(), name="attacker")
    assert fault(reader, forged) is Fault.SIGNATURE
    assert reader.read(raw_token(HEADER | brought, claims()), NOW_S).client == "client-7"


@pytest.mark.parametrize(("name", "algorithm"), [("key-1", "ES256"), ("rsa", "RS256")])
def test_a_public_key_is_no_shared_secret(reader: TokenReader, name: str, algorithm: str) -> None:
    public = private_key(name, algorithm).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, pem.strip(), der, json.dumps(jwk(name, algorithm)).encode(), b""):
        assert fault(reader, hs256(secret, name)) is Fault.ALGORITHM


def test_an_unsigned_token_is_refused_in_every_spelling(reader: TokenReader) -> None:
    for name in ("none", "None", "NONE", "nOnE"):
        signed = encoded(HEADER | {"alg": name}) + b"." + encoded(claims())
        assert fault(reader, signed + b".") is Fault.MALFORMED
        assert fault(reader, signed + b".AAAA") is Fault.ALGORITHM


def test_a_changed_token_is_refused(reader: TokenReader) -> None:
    head, payload, signature = token().split(b".")
    forged = encoded(claims(scope="rollout:override"))
    assert fault(reader, b".".join([head, forged, signature])) is Fault.SIGNATURE
    assert fault(reader, b".".join([head, payload, encoded(bytes(64))])) is Fault.SIGNATURE
    assert fault(reader, b".".join([head, payload, encoded(bytes(60))])) is Fault.SIGNATURE


@pytest.mark.parametrize(
    "payload",
    [
        b'{"sub": "client-7", "sub": "admin"}',
        b'{"exp": NaN}',
        b'{"exp": Infinity}',
        b'{"exp": 1' + b"0" * 5_000 + b"}",
        b"[]",
        b"null",
        b"",
        b"\xff\xfe",
        b"[" * 3_000,
    ],
    ids=["twice", "NaN", "Infinity", "5000 digits", "list", "null", "empty", "no UTF-8", "deep"],
)
def test_claims_that_parsers_may_read_in_different_ways_are_refused(reader: TokenReader, payload: bytes) -> None:
    given = raw_token(HEADER, payload)
    # An empty payload is no compact JWS at all.
    assert fault(reader, given) is Fault.MALFORMED


def test_a_claim_twice_is_refused_though_every_reading_is_good(reader: TokenReader) -> None:
    good = json.dumps(claims())
    assert fault(reader, raw_token(HEADER, (good[:-1] + ', "sub": "admin"}').encode())) is Fault.MALFORMED


@pytest.mark.parametrize(
    "header", [b'{"alg":"ES256","alg":"none","typ":"JWT","kid":"key-1"}', b"[]", b'"x"', b"{", b"\x00", b"[" * 3_000]
)
def test_headers_that_cannot_be_read_are_refused(reader: TokenReader, header: bytes) -> None:
    assert fault(reader, raw_token(header, claims())) is Fault.MALFORMED


@pytest.mark.parametrize(
    "given",
    [
        b"x",
        b"a.b",
        b"a.b.c.d",
        b"..",
        b"a.b.c",
        b"=.=.=",
        b"a b.c.d",
        "ä.ö.ü".encode(),
        b"\x00.\x00.\x00",
        token() + b"\n",
        token() + b"=",
        token().replace(b".", b". ", 1),
    ],
)
def test_junk_is_refused(reader: TokenReader, given: bytes) -> None:
    assert fault(reader, given) is Fault.MALFORMED


def test_a_token_over_the_limit_is_refused_unread(reader: TokenReader) -> None:
    assert fault(reader, token(padding="x" * 8_192)) is Fault.TOO_LONG
    assert fault(reader, b"x" * 8_192) is Fault.MALFORMED
    assert reader.read(token(padding="x" * 5_000), NOW_S).client == "client-7"


def test_a_remembered_token_expires(reader: TokenReader) -> None:
    given = token()
    assert reader.read(given, NOW_S) is reader.read(given, NOW_S + 629)
    assert fault(reader, given, NOW_S + 630) is Fault.EXPIRED
    assert fault(reader, given, NOW_S - 10_000) is Fault.NOT_YET_VALID


def test_a_remembered_token_is_not_verified_again(reader: TokenReader, monkeypatch: pytest.MonkeyPatch) -> None:
    given = token()
    first = reader.read(given, NOW_S)
    monkeypatch.setattr(reader, "_claims", lambda *_: pytest.fail("verified again"))
    assert reader.read(given, NOW_S) is first


def test_as_many_tokens_are_remembered_as_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = reader_of(ring_of(ListedSource(key_set(jwk("key-1")))), capacity=2)
    given = [token(sub=f"client-{number}") for number in range(3)]
    for item in (given[0], given[1], given[0], given[2]):  # the second is the one used longest ago
        reader.read(item, NOW_S)
    assert len(reader._cache) == 2
    assert [reader._cache.get(item, NOW_S) is not None for item in given] == [True, False, True]


def test_a_token_is_remembered_from_use_to_use_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = reader_of(ring_of(ListedSource(key_set(jwk("key-1")))), session_ttl_s=100)
    given, other = token(), token(sub="other")
    first = reader.read(given, NOW_S)
    assert reader.read(given, NOW_S + 99) is reader.read(given, NOW_S + 198) is first
    again = reader.read(given, NOW_S + 298)
    assert again == first
    assert again is not first, "it is verified anew"
    reader.read(other, NOW_S + 398)
    assert len(reader._cache) == 1, "what is over leaves"


def test_a_refused_token_is_not_remembered(reader: TokenReader) -> None:
    for bad in (token(exp=1), token(aud="x"), token("attacker", header={"kid": "key-1"})):
        fault(reader, bad)
    assert len(reader._cache) == 0


def test_a_remembered_token_falls_with_its_key() -> None:
    clock = Clock()
    source = ListedSource(key_set(jwk("key-1"), jwk("key-2")), key_set(jwk("key-2")))
    reader = reader_of(ring_of(source, clock))
    old, new = token("key-1"), token("key-2")
    reader.read(old, NOW_S)
    kept = reader.read(new, NOW_S)
    clock.now_s = 300
    assert fault(reader, old) is Fault.UNKNOWN_KEY
    assert len(reader._cache) == 1
    assert reader.read(new, NOW_S) is kept


def test_a_remembered_token_falls_when_its_key_id_gets_another_key() -> None:
    clock = Clock()
    source = ListedSource(key_set(jwk("key-1")), key_set(jwk("other", kid="key-1")))
    reader = reader_of(ring_of(source, clock))
    reader.read(token(), NOW_S)
    clock.now_s = 300
    assert fault(reader, token()) is Fault.SIGNATURE


def test_a_key_is_trusted_until_its_own_end() -> None:
    reader = reader_of(ring_of(ListedSource(key_set(jwk("key-1", exp=NOW_S + 60)))))
    given = token()
    assert reader.read(given, NOW_S + 59).client == "client-7"
    assert fault(reader, given, NOW_S + 60) is Fault.UNKNOWN_KEY
    assert fault(reader, token(sub="another"), NOW_S + 60) is Fault.UNKNOWN_KEY
