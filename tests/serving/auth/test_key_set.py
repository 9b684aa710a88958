"""Key sets: which keys are taken, left out, and which sets are refused whole."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from serving.auth.errors import KeySetError
from serving.auth.key_set import KeySet, parse_key_set
from tests.serving.auth.issuer import ALGORITHMS, jwk, key_set


def parsed(*keys: dict[str, Any], before: KeySet | None = None) -> KeySet:
    return parse_key_set(key_set(*keys), ALGORITHMS, before)


def test_keys_are_bound_to_one_algorithm() -> None:
    found = parsed(jwk("a"), jwk("b", "RS256"), jwk("c", "EdDSA"))
    assert {key.key_id: key.algorithm for key in found.keys.values()} == {"a": "ES256", "b": "RS256", "c": "EdDSA"}


def test_the_algorithm_may_follow_from_the_kind_of_key() -> None:
    entry = jwk("a")
    del entry["alg"], entry["use"]
    assert parsed(entry).keys["a"].algorithm == "ES256"


@pytest.mark.parametrize(
    "change",
    [
        {"use": "enc"},
        {"key_ops": ["sign", "verify"]},
        {"kid": None},
        {"kid": 7},
        {"kid": ""},
        {"kid": "a\nb"},
        {"kid": "x" * 257},
        {"alg": "HS256"},
        {"alg": "none"},
        {"alg": "ES384"},
        {"alg": "RS256"},
        {"alg": ["ES256"]},
        {"crv": "P-384"},
        {"crv": "secp256k1"},
        {"kty": "AKP"},
        {"kty": ["EC"]},
        {"x": "AAAA"},
        {"y": "A" * 43},
        {"x": 7},
        {"exp": "tomorrow"},
        {"exp": True},
    ],
    ids=str,
)
def test_a_key_that_is_of_no_use_is_left_out_and_the_others_stay(change: dict[str, Any]) -> None:
    found = parsed(jwk("good"), jwk("bad") | change)
    assert found.key_ids == ("good",)
    with pytest.raises(KeySetError, match="holds no key that verifies"):
        parsed(jwk("bad") | change)


def test_a_short_rsa_key_is_left_out() -> None:
    short = RSAAlgorithm.to_jwk(rsa.generate_private_key(65_537, 1_024).public_key(), as_dict=True)
    assert parsed(jwk("good"), {"kty": "RSA", "n": short["n"], "e": short["e"], "kid": "short"}).key_ids == ("good",)


@pytest.mark.parametrize(
    "secret",
    [jwk("s", private=True), jwk("s", "EdDSA", private=True), {"kty": "oct", "k": "c2VjcmV0", "kid": "s"}, {"d": "x"}],
    ids=["EC", "OKP", "symmetric", "junk with d"],
)
def test_a_set_with_a_secret_in_it_is_refused_whole_without_telling_the_secret(secret: dict[str, Any]) -> None:
    with pytest.raises(KeySetError, match="private or symmetric key") as caught:
        parsed(jwk("good"), secret)
    assert secret.get("d", secret.get("k")) not in str(caught.value)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"<html>",
        b'{"keys": {}}',
        b'{"keys": ["x"]}',
        b'{"keys": [], "keys": []}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_what_is_no_key_set_is_refused(raw: bytes) -> None:
    with pytest.raises(KeySetError):
        parse_key_set(raw, ALGORITHMS)


def test_one_id_for_two_keys_is_refused() -> None:
    with pytest.raises(KeySetError, match="twice"):
        parsed(jwk("a"), jwk("b", kid="a"))


def test_too_many_keys_are_refused() -> None:
    with pytest.raises(KeySetError, match="65 keys"):
        parsed(*(jwk("a", kid=str(number)) for number in range(65)))


def test_an_empty_set_is_believed() -> None:
    assert parsed().key_ids == ()


def test_unchanged_keys_are_the_same_objects() -> None:
    before = parsed(jwk("a"), jwk("b"))
    after = parsed(jwk("a"), jwk("b", exp=5), jwk("c"), before=before)
    assert after.keys["a"] is before.keys["a"]
    assert after.keys["b"] is not before.keys["b"]
    assert json.dumps(after.key_ids) == '["a", "b", "c"]'
