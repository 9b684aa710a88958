"""``sdai token``: a token and nothing else on standard output, a new key, errors of one line."""

import time
from pathlib import Path

import jwt
import pytest
from typer.testing import CliRunner

from configs import load_settings
from configs.settings import AuthSettings
from flows.cli import app
from serving.auth import Principal, build_authoriser


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path))
    load_settings.cache_clear()
    return tmp_path


def sdai(*words: str) -> str:
    answer = CliRunner().invoke(app, list(words))
    assert answer.exit_code == 0, answer.output
    assert answer.stderr == ""
    return answer.stdout


def error(*words: str) -> str:
    load_settings.cache_clear()
    answer = CliRunner().invoke(app, list(words))
    assert answer.exit_code == 1
    assert answer.stdout == ""
    assert answer.stderr.startswith("error: ")
    assert answer.stderr.count("\n") == 1
    return answer.stderr


def test_a_token_is_all_that_is_printed_and_the_service_takes_it(home: Path) -> None:
    printed = sdai("token")
    assert printed.strip().count(".") == 2
    assert printed.count("\n") == 1
    header = b"Bearer " + printed.strip().encode()
    authoriser = build_authoriser(AuthSettings(), home / ".sdai" / "keys")
    answer = authoriser.authorise("POST", "/api/v1/design/section", [header], time.time())
    assert isinstance(answer, Principal)
    assert (answer.client, answer.roles) == ("developer", ("api_user",))


def test_client_roles_scopes_and_hours_are_those_asked_for(home: Path) -> None:
    words = ("--role", "data_scientist", "--role", "api_user", "--scope", "metrics:read", "--client", "ci", "--hours")
    found = jwt.decode(sdai("token", *words, "0.5").strip(), options={"verify_signature": False})
    assert (found["sub"], found["roles"], found["scope"]) == ("ci", ["data_scientist", "api_user"], "metrics:read")
    assert found["exp"] - found["iat"] == 1_800


def test_a_token_of_scopes_alone_has_no_role(home: Path) -> None:
    token = sdai("token", "--scope", "design:read", "--scope", "risk:read").strip()
    found = jwt.decode(token, options={"verify_signature": False})
    assert "roles" not in found
    assert found["scope"] == "design:read risk:read"


def test_a_new_key_keeps_the_old_for_as_long_as_asked(home: Path) -> None:
    old = jwt.get_unverified_header(sdai("token").strip())["kid"]
    said = sdai("token", "rotate-key", "--keep-hours", "2").splitlines()
    assert said[1].startswith(f"old key {old} is trusted until 20")
    new = jwt.get_unverified_header(sdai("token").strip())["kid"]
    assert said[0] == f"new key {new}"
    assert new != old
    assert "no older key is trusted any more" in sdai("token", "rotate-key", "--keep-hours", "0")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--role", "root"), "there is no role 'root'; use one of data_scientist, platform_engineer, api_user"),
        (("--scope", "design:*"), "there is no scope 'design:*'; use one of design:read, design:write"),
        (("--hours", "0"), "more than 0 and at most 744 hours"),
        (("--hours", "nan"), "more than 0 and at most 744 hours"),
        (("--client", ""), "1 to 255 printable characters"),
    ],
)
def test_what_no_token_can_say_is_one_line(home: Path, words: tuple[str, ...], told: str) -> None:
    assert told in error("token", *words)


@pytest.mark.parametrize("words", [("token",), ("token", "rotate-key")])
def test_where_an_issuer_is_trusted_no_development_token_is_made(
    home: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("SDAI_AUTH_JWKS", "https://issuer.example/jwks.json")
    monkeypatch.setenv("SDAI_AUTH_ISSUER", "https://issuer.example")
    monkeypatch.setenv("SDAI_AUTH_AUDIENCE", "design")
    assert "tokens come from https://issuer.example (SDAI_AUTH_ISSUER)" in error(*words)
    assert not (home / ".sdai" / "keys").exists()


def test_a_service_without_authentication_is_not_started_where_others_can_connect(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDAI_AUTH_MODE", "off")
    for name in ("PREFECT_HOME", "PREFECT_LOCAL_STORAGE_PATH", "BENTOML_HOME"):
        monkeypatch.setenv(name, str(home / name))
    monkeypatch.setattr("flows.environment._defaults", lambda _: {})
    assert "SDAI_AUTH_MODE=off would answer everybody who can reach 0.0.0.0" in error("serve", "--host", "0.0.0.0")
