"""Sealed answers: what was sealed opens, and nothing else does."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.caching.sealing import SEAL_BYTES, Seal

NAME = "sdai:-:connection_designer:1:00"


@given(answer=st.binary(max_size=200), expires_at=st.floats(0, 1e12), secret=st.binary(max_size=64))
def test_what_was_sealed_opens(answer: bytes, expires_at: float, secret: bytes) -> None:
    seal = Seal(secret)
    sealed = seal.close(NAME, answer, expires_at)
    assert len(sealed) == SEAL_BYTES + len(answer)
    assert seal.open(NAME, sealed, 200) == (answer, expires_at)


@given(data=st.data(), answer=st.binary(max_size=60))
def test_any_changed_byte_is_refused(data: st.DataObject, answer: bytes) -> None:
    sealed = bytearray(Seal().close(NAME, answer, 1e9))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    assert Seal().open(NAME, bytes(sealed), 100) is None


@given(st.binary(max_size=200))
def test_any_other_bytes_are_refused(value: bytes) -> None:
    assert Seal().open(NAME, value, 200) is None


def test_it_is_bound_to_name_secret_and_length() -> None:
    sealed = Seal(b"a" * 16).close(NAME, b"12345", 1e9)
    assert Seal(b"a" * 16).open(NAME, sealed, 5) is not None
    assert Seal(b"a" * 16).open(NAME, sealed, 4) is None
    assert Seal(b"a" * 16).open(NAME, sealed[:-1], 5) is None
    assert Seal(b"a" * 16).open(f"{NAME}1", sealed, 5) is None
    assert Seal(b"b" * 16).open(NAME, sealed, 5) is None


@pytest.mark.parametrize("expires_at", [math.nan, math.inf, -math.inf])
def test_a_time_that_is_none_is_refused(expires_at: float) -> None:
    assert Seal().open(NAME, Seal().close(NAME, b"1", expires_at), 5) is None
