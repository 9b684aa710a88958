"""What settings make: the development key by default, an issuer instead of it, nothing but loopback without."""

import asyncio
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from configs.auth_settings import AuthMode, AuthSettings
from serving.auth import Authoriser, AuthSetupError, KeySetError, Principal, build_authoriser, require_loopback
from serving.auth.authoriser import ByToken
from serving.auth.decision import LOCAL
from serving.auth.development import ISSUER as OWN_ISSUER
from serving.auth.development import DevelopmentKeys, TokenOrder
from serving.auth.key_ring import RefreshPolicy
from serving.auth.key_source import UrlSource
from tests.serving.auth.issuer import AUDIENCE, ISSUER, NOW_S, encoded, jwk, key_set, token

PATH = "/api/v1/design/section"


def settings(jwks: Path | str, **changes: Any) -> AuthSettings:
    return AuthSettings(jwks=str(jwks), issuer=ISSUER, audience=AUDIENCE, file_check_s=0, **changes)


def answers(authoriser: Authoriser, given: bytes) -> bool:
    return isinstance(authoriser.authorise("POST", PATH, [b"Bearer " + given], NOW_S), Principal)


def test_by_default_the_development_key_is_trusted_and_a_token_is_needed(tmp_path: Path) -> None:
    authoriser = build_authoriser(AuthSettings(), tmp_path)
    minted = DevelopmentKeys(tmp_path).mint(TokenOrder("me", ("api_user",), (), 60), NOW_S).encode()
    assert answers(authoriser, minted)
    assert not answers(authoriser, token())


def test_the_development_key_needs_no_settings_of_issuers(tmp_path: Path) -> None:
    chosen = AuthSettings(algorithms=("RS256",), token_types=("x",), roles_claim="groups")
    minted = DevelopmentKeys(tmp_path).mint(TokenOrder("me", ("api_user",), (), 60), NOW_S).encode()
    assert answers(build_authoriser(chosen, tmp_path), minted)


def test_with_an_issuer_the_development_key_is_neither_trusted_nor_made(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(key_set(jwk("key-1")))
    folder = tmp_path / "keys"
    authoriser = build_authoriser(settings(file, mode=AuthMode.REQUIRED), folder)
    assert answers(authoriser, token())
    assert not folder.exists()
    minted = DevelopmentKeys(folder).mint(TokenOrder("me", ("api_user",), (), 60), NOW_S).encode()
    assert not answers(authoriser, minted)


def test_a_development_key_in_the_issuers_set_still_lacks_the_issuers_name(tmp_path: Path) -> None:
    keys = DevelopmentKeys(tmp_path)
    minted = keys.mint(TokenOrder("me", ("api_user",), (), 60), NOW_S).encode()
    assert not answers(build_authoriser(settings(keys.key_set_file), tmp_path), minted)


def test_a_key_file_that_is_replaced_is_followed(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(key_set(jwk("key-1")))
    authoriser = build_authoriser(settings(file), tmp_path)
    assert answers(authoriser, token("key-1"))
    file.write_bytes(key_set(jwk("key-2")))
    assert answers(authoriser, token("key-2"))
    assert not answers(authoriser, token("key-1"))


def test_the_claim_of_roles_and_the_algorithms_are_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(key_set(jwk("key-1"), jwk("okp", "EdDSA")))
    authoriser = build_authoriser(settings(file, roles_claim="groups", algorithms=("ES256",)), tmp_path)
    assert answers(authoriser, token(scope=None, groups=["api_user"]))
    assert not answers(authoriser, token(scope=None, roles=["api_user"]))
    assert not answers(authoriser, token("okp", "EdDSA"))


@pytest.mark.parametrize("content", [None, b"{", key_set(jwk("key-1", private=True)), key_set(jwk("a", use="enc"))])
def test_a_key_file_that_is_of_no_use_at_the_start_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "jwks.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(KeySetError, match=r"jwks\.json"):
        build_authoriser(settings(file), tmp_path)


@pytest.fixture
def issuer() -> Iterator[tuple[str, dict[str, bytes]]]:
    """Serve what the test puts in under ``body``."""
    served = {"body": key_set(jwk("key-1"))}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(served["body"])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/jwks.json", served
    server.shutdown()
    server.server_close()


def test_an_issuer_behind_a_url_is_read_and_remembered_for_when_it_is_away(
    issuer: tuple[str, dict[str, bytes]], tmp_path: Path
) -> None:
    url, served = issuer
    authoriser = build_authoriser(settings(url), tmp_path)
    assert answers(authoriser, token())
    assert authoriser.problem() is None
    (copy,) = tmp_path.iterdir()
    assert json.loads(copy.read_bytes()) == json.loads(served["body"])
    served["body"] = b"<html>Service unavailable</html>"
    assert answers(build_authoriser(settings(url), tmp_path), token())


def test_a_dead_issuer_does_not_keep_the_service_from_starting(tmp_path: Path) -> None:
    began_s = time.monotonic()
    authoriser = build_authoriser(settings("http://127.0.0.1:1/jwks.json", jwks_timeout_s=2), tmp_path)
    assert time.monotonic() - began_s < 5
    assert "cannot be read" in str(authoriser.problem())
    assert not answers(authoriser, token())


LOOPBACK = {"127.0.0.1", "127.8.8.8", "::1", "localhost", "LOCALHOST"}
ELSEWHERE = {"0.0.0.0", "::", "10.0.0.7", "", "example.com", "127.0.0.1.example.com", "localhost.example.com"}


def refusals(chosen: AuthSettings) -> dict[str, str]:
    """Return the hosts that are refused, and what is told."""
    told = {}
    for host in LOOPBACK | ELSEWHERE:
        try:
            require_loopback(chosen, host)
        except AuthSetupError as error:
            told[host] = str(error)
    return told


def test_no_authentication_is_let_through_on_loopback_alone() -> None:
    refused = refusals(AuthSettings(mode=AuthMode.OFF))
    assert set(refused) == ELSEWHERE
    assert all("SDAI_AUTH_MODE=off would answer everybody" in told for told in refused.values())


def test_with_authentication_any_address_may_be_listened_on() -> None:
    assert refusals(AuthSettings()) == {}


def by_token(authoriser: Authoriser) -> ByToken:
    assert isinstance(authoriser.identifier, ByToken)
    return authoriser.identifier


def minted(folder: Path, lifetime_s: float = 60, client: str = "me") -> bytes:
    return DevelopmentKeys(folder).mint(TokenOrder(client, ("api_user",), (), lifetime_s), NOW_S).encode()


def of_either(folder: Path, **changes: Any) -> list[tuple[Authoriser, bytes]]:
    """Return an authoriser of the development key and one of an issuer, each with a good token that ends in 600 s."""
    file = folder / "issuer.json"
    file.write_bytes(key_set(jwk("key-1")))
    own = build_authoriser(AuthSettings(**changes), folder)
    return [(own, minted(folder, 600)), (build_authoriser(settings(file, **changes), folder), token())]


def test_requests_are_decided_by_the_clock_that_is_given(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(key_set(jwk("key-1")))
    headers = [(b"authorization", b"Bearer " + token())]
    scope = {"method": "POST", "path": PATH, "headers": headers, "server": ("127.0.0.1", 1)}
    for now_s, good in ((NOW_S, True), (NOW_S + 10_000, False)):
        authoriser = build_authoriser(settings(file), tmp_path, clock=partial(float, now_s))
        answer = asyncio.run(authoriser.admit(scope))
        assert isinstance(answer, Principal) is good


def test_how_long_a_token_may_be_is_the_settings(tmp_path: Path) -> None:
    long = minted(tmp_path, client="x" * 255), token(padding="x" * 400)
    for (authoriser, good), too_long in zip(of_either(tmp_path, max_token_chars=512), long, strict=True):
        assert len(good) <= 512 < len(too_long)
        assert answers(authoriser, good)
        assert not answers(authoriser, too_long)


@pytest.mark.parametrize("leeway_s", [0, 300])
def test_how_far_clocks_may_differ_is_the_settings(tmp_path: Path, leeway_s: float) -> None:
    for authoriser, given in of_either(tmp_path, leeway_s=leeway_s):
        ends_s = NOW_S + 600 + leeway_s
        for now_s, good in ((ends_s - 1, True), (ends_s, False)):
            answer = authoriser.authorise("POST", PATH, [b"Bearer " + given], now_s)
            assert isinstance(answer, Principal) is good


def test_how_many_tokens_are_remembered_is_the_settings(tmp_path: Path) -> None:
    for authoriser, given in of_either(tmp_path, cached_tokens=7, session_ttl_s=50):
        cache = by_token(authoriser).reader._cache
        assert cache.capacity == 7
        assert answers(authoriser, given)
        assert len(cache) == 1
        assert cache._ttl_s == 50


def test_a_token_of_another_type_by_the_development_key_is_refused(tmp_path: Path) -> None:
    authoriser = build_authoriser(AuthSettings(), tmp_path)
    keys = DevelopmentKeys(tmp_path)
    head, payload, _ = minted(tmp_path).split(b".")
    import jwt
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    private = load_pem_private_key(keys.key_file.read_bytes(), None)
    header = jwt.get_unverified_header(b".".join([head, payload, b""]).decode())
    for kind, good in ((header["typ"], True), ("JWT", False), ("", False)):
        signed = encoded(header | {"typ": kind}) + b"." + payload
        signature = jwt.get_algorithm_by_name("ES256").sign(signed, private)
        assert answers(authoriser, signed + b"." + encoded(signature)) is good


def test_a_key_file_may_be_named_from_home_or_from_here_and_stays_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("home", "here", "elsewhere"):
        (tmp_path / name).mkdir()
    for name, key in (("home", "key-1"), ("here", "key-2")):
        (tmp_path / name / "jwks.json").write_bytes(key_set(jwk(key)))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "here")
    at_home, here = (build_authoriser(settings(name), tmp_path) for name in ("~/jwks.json", "jwks.json"))
    monkeypatch.chdir(tmp_path / "elsewhere")
    (tmp_path / "here" / "jwks.json").write_bytes(key_set(jwk("key-3")))
    assert answers(at_home, token("key-1"))
    assert answers(here, token("key-3")), "a service that works in another folder by now still follows its file"
    assert not answers(here, token("key-2"))


def test_a_key_file_is_looked_at_as_often_as_the_settings_say(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(key_set(jwk("key-1")))
    chosen = AuthSettings(jwks=str(file), issuer=ISSUER, audience=AUDIENCE, file_check_s=3_600)
    for authoriser in (
        build_authoriser(chosen, tmp_path),
        build_authoriser(AuthSettings(file_check_s=3_600), tmp_path),
    ):
        assert by_token(authoriser).keys.policy == RefreshPolicy(3_600, 3_600)
    file.write_bytes(key_set(jwk("key-2")))
    authoriser = build_authoriser(chosen, tmp_path)
    file.write_bytes(key_set(jwk("key-3")))
    assert answers(authoriser, token("key-2"))
    assert not answers(authoriser, token("key-3"))


def test_a_key_url_is_read_as_often_and_waited_for_as_long_as_the_settings_say(
    issuer: tuple[str, dict[str, bytes]], tmp_path: Path
) -> None:
    url, served = issuer
    served["body"] = key_set(jwk("key-1"), jwk("okp", "EdDSA"))
    times = {"jwks_refresh_s": 600, "jwks_retry_s": 7, "jwks_timeout_s": 2.5}
    authoriser = build_authoriser(settings(url, algorithms=("ES256",), **times), tmp_path)
    identifier = by_token(authoriser)
    assert identifier.keys.policy == RefreshPolicy(600, 7)
    assert isinstance(identifier.keys.source, UrlSource)
    assert (identifier.keys.source.url, identifier.keys.source.timeout_s) == (url, 2.5)
    assert identifier.wait_s == 2.5
    assert answers(authoriser, token())
    assert not answers(authoriser, token("okp", "EdDSA"))


def test_a_silent_issuer_is_waited_for_as_long_as_the_settings_say(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/jwks.json"
        began_s = time.monotonic()
        authoriser = build_authoriser(settings(url, jwks_timeout_s=0.3), tmp_path)
        assert 0.25 <= time.monotonic() - began_s < 5
    assert authoriser.problem()


def test_the_kept_keys_of_one_issuer_are_not_trusted_for_another(
    issuer: tuple[str, dict[str, bytes]], tmp_path: Path
) -> None:
    url, _ = issuer
    assert answers(build_authoriser(settings(url), tmp_path), token())
    away = build_authoriser(settings("http://127.0.0.1:1/jwks.json", jwks_timeout_s=2), tmp_path)
    assert not answers(away, token())


def test_a_key_file_that_is_not_there_is_told_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(KeySetError, match=r"cannot be read: No such file or directory \(.*jwks\.json\)"):
        build_authoriser(settings(tmp_path / "jwks.json"), tmp_path)


def test_the_development_key_is_made_at_the_start_and_the_log_says_that_it_is_trusted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "sdai.serving.auth")
    authoriser = build_authoriser(AuthSettings(), tmp_path)
    assert DevelopmentKeys(tmp_path).key_set_file.is_file()
    assert by_token(authoriser).reader.expected.issuer == OWN_ISSUER
    assert f"tokens of the development key in {tmp_path} are trusted" in caplog.text


def test_a_service_without_authentication_warns_of_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    authoriser = build_authoriser(AuthSettings(mode=AuthMode.OFF), tmp_path)
    assert authoriser.authorise("POST", PATH, [], NOW_S) == LOCAL
    (record,) = caplog.records
    assert (record.levelname, "authentication is off" in record.getMessage()) == ("WARNING", True)
