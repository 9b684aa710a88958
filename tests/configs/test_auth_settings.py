"""Settings of authentication: roles as shipped, an issuer is named whole, keys only from where they are safe."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from configs.auth_settings import AuthMode, AuthSettings, is_loopback

WHOLE = {"jwks": "https://issuer.example/jwks.json", "issuer": "https://issuer.example", "audience": "design"}


def test_by_default_tokens_are_asked_for_and_no_issuer_is_set() -> None:
    chosen = AuthSettings()
    assert chosen.mode is AuthMode.AUTO
    assert not chosen.has_issuer


def test_the_shipped_roles() -> None:
    read = {"design:read", "clash:read", "compliance:read", "risk:read", "jobs:write"}
    assert {role: set(scopes) for role, scopes in AuthSettings().roles.items()} == {
        "data_scientist": read | {"design:write", "feedback:write", "metrics:read"},
        "platform_engineer": read | {"metrics:read", "rollout:override"},
        "api_user": read | {"design:write", "feedback:write"},
    }


def test_a_settings_folder_without_roles_uses_the_shipped_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = AuthSettings().roles
    monkeypatch.setenv("SDAI_CONFIG_DIR", str(tmp_path))
    assert AuthSettings().roles == shipped
    (tmp_path / "auth.yaml").write_text("roles: {guest: ['design:read']}\n")
    assert AuthSettings().roles == {"guest": ("design:read",)}


def test_a_scope_that_does_not_exist_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_CONFIG_DIR", str(tmp_path))
    (tmp_path / "auth.yaml").write_text("roles: {guest: ['design:*']}\n")
    with pytest.raises(ValidationError, match="design:\\*"):
        AuthSettings()


@pytest.mark.parametrize("algorithm", ["none", "HS256", "HS512", "RS1", "es256", ""])
def test_only_signatures_by_private_keys_can_be_configured(algorithm: str) -> None:
    with pytest.raises(ValidationError):
        AuthSettings(algorithms=("ES256", algorithm))  # type: ignore[arg-type]


@pytest.mark.parametrize("left_out", WHOLE)
def test_an_issuer_is_named_whole_or_not_at_all(left_out: str) -> None:
    with pytest.raises(ValidationError, match=f"set SDAI_AUTH_{left_out.upper()} too"):
        AuthSettings(**{name: value for name, value in WHOLE.items() if name != left_out})


def test_tokens_of_an_issuer_can_be_required() -> None:
    with pytest.raises(ValidationError, match="set SDAI_AUTH_JWKS, SDAI_AUTH_ISSUER, SDAI_AUTH_AUDIENCE too"):
        AuthSettings(mode=AuthMode.REQUIRED)
    assert AuthSettings(mode=AuthMode.REQUIRED, **WHOLE).has_issuer


@pytest.mark.parametrize(
    "jwks",
    [
        "http://issuer.example/jwks.json",
        "http://127.0.0.1.evil.example/jwks.json",
        "http://localhost@evil.example/jwks.json",
        "ftp://issuer.example/jwks.json",
        "file:///etc/jwks.json",
        "https://user:secret@issuer.example/jwks.json",
        "https://issuer.example/jwks.json#x",
        "https:///jwks.json",
    ],
)
def test_keys_are_not_read_from_where_others_can_change_them(jwks: str) -> None:
    with pytest.raises(ValidationError, match="jwks"):
        AuthSettings(**(WHOLE | {"jwks": jwks}))


@pytest.mark.parametrize(
    ("jwks", "is_url"),
    [("https://issuer.example/jwks.json", True), ("http://localhost:8080/jwks", True), ("keys/jwks.json", False)],
)
def test_keys_come_from_a_file_an_https_url_or_this_machine(jwks: str, is_url: bool) -> None:
    assert AuthSettings(**(WHOLE | {"jwks": jwks})).jwks_is_url is is_url


def test_the_environment_sets_lists_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_AUTH_ALGORITHMS", '["EdDSA"]')
    monkeypatch.setenv("SDAI_AUTH_MODE", "off")
    assert (AuthSettings().algorithms, AuthSettings().mode) == (("EdDSA",), AuthMode.OFF)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("", False), ("localhost.", False)],
)
def test_loopback_is_told_from_names_and_addresses(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
