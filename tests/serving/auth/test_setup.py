"""What settings make: the development key by default, an issuer instead of it, nothing but loopback without."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from configs.auth_settings import AuthMode, AuthSettings
from serving.auth import Authoriser, AuthSetupError, KeySetError, Principal, build_authoriser, require_loopback
from serving.auth.development import DevelopmentKeys, TokenOrder
from tests.serving.auth.issuer import AUDIENCE, ISSUER, NOW_S, jwk, key_set, token

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
