"""The development key: made once by any number of processes, private, rotated, and mended after a kill."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jwt
import pytest

from configs.auth_settings import AuthSettings, Scope
from serving.auth import Authoriser, AuthSetupError, Principal, Refusal, build_authoriser
from serving.auth.development import DevelopmentKeys, TokenOrder
from tests.serving.auth.issuer import NOW_S

ORDER = TokenOrder("client-7", ("api_user",), (Scope.METRICS_READ,), 3_600)
QUICK = AuthSettings(file_check_s=0)


@pytest.fixture
def keys(tmp_path: Path) -> DevelopmentKeys:
    return DevelopmentKeys(tmp_path / "work" / "keys")


def answers(authoriser: Authoriser, token: str, now_s: float = NOW_S) -> bool:
    answer = authoriser.authorise("POST", "/api/v1/analyze/risk", [b"Bearer " + token.encode()], now_s)
    assert isinstance(answer, Principal | Refusal)
    return isinstance(answer, Principal)


def test_a_token_says_what_was_ordered(keys: DevelopmentKeys) -> None:
    token = keys.mint(ORDER, NOW_S)
    found = jwt.decode(token, options={"verify_signature": False})
    assert len(found.pop("jti")) == 32
    assert found == {
        "iss": "urn:sdai:development",
        "aud": "structural-design",
        "sub": "client-7",
        "iat": int(NOW_S),
        "exp": int(NOW_S) + 3_600,
        "roles": ["api_user"],
        "scope": "metrics:read",
    }
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"


def test_the_private_key_is_for_its_owner_alone_and_the_set_holds_no_secret(keys: DevelopmentKeys) -> None:
    old = os.umask(0)
    try:
        keys.ensure()
    finally:
        os.umask(old)
    assert keys.key_file.stat().st_mode & 0o777 == 0o600
    assert keys.folder.stat().st_mode & 0o777 == 0o700
    (entry,) = json.loads(keys.key_set_file.read_text())["keys"]
    assert set(entry) == {"kty", "crv", "x", "y", "kid", "alg", "use"}


def test_a_private_key_that_others_may_read_is_refused(keys: DevelopmentKeys) -> None:
    keys.ensure()
    keys.key_file.chmod(0o640)
    with pytest.raises(AuthSetupError, match="chmod 600"):
        keys.mint(ORDER, NOW_S)


def test_processes_that_start_at_once_make_one_key(keys: DevelopmentKeys) -> None:
    program = (
        "import sys; from pathlib import Path; from serving.auth.development import DevelopmentKeys\n"
        "keys = DevelopmentKeys(Path(sys.argv[1])); keys.ensure(); print(keys.key_set_file.read_text())"
    )
    command = [sys.executable, "-c", program, str(keys.folder)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({process.communicate()[0] for process in started}) == 1
    assert all(process.returncode == 0 for process in started)
    assert sorted(path.name for path in keys.folder.iterdir()) == [
        ".lock",
        "development-jwks.json",
        "development-key.pem",
    ]


def test_tokens_of_the_old_key_stay_good_for_a_while_in_a_running_service(keys: DevelopmentKeys) -> None:
    authoriser = build_authoriser(QUICK, keys.folder)
    old = keys.mint(ORDER, NOW_S)
    assert answers(authoriser, old)
    rotation = keys.rotate(600, NOW_S)
    new = keys.mint(ORDER, NOW_S)
    assert jwt.get_unverified_header(new)["kid"] == rotation.key_id
    assert rotation.older_until_s == {jwt.get_unverified_header(old)["kid"]: NOW_S + 600}
    assert answers(authoriser, new)
    assert answers(authoriser, old, NOW_S + 599)
    assert not answers(authoriser, old, NOW_S + 600)
    assert answers(authoriser, new, NOW_S + 600)


def test_a_leaked_key_is_out_at_once(keys: DevelopmentKeys) -> None:
    authoriser = build_authoriser(QUICK, keys.folder)
    first = keys.mint(ORDER, NOW_S)
    keys.rotate(600, NOW_S)
    second = keys.mint(ORDER, NOW_S)
    assert answers(authoriser, first)
    assert keys.rotate(0, NOW_S).older_until_s == {}
    assert not answers(authoriser, first)
    assert not answers(authoriser, second)


def test_a_second_rotation_does_not_lengthen_the_life_of_the_first_key(keys: DevelopmentKeys) -> None:
    keys.ensure()
    (first,) = keys.rotate(100, NOW_S).older_until_s
    assert keys.rotate(600, NOW_S + 50).older_until_s[first] == NOW_S + 100
    assert first not in keys.rotate(600, NOW_S + 100).older_until_s


def test_a_rotation_killed_between_its_two_files_is_mended(
    keys: DevelopmentKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    authoriser = build_authoriser(QUICK, keys.folder)
    with monkeypatch.context() as patch:
        patch.setattr(keys, "_write_private_key", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            keys.rotate(600, NOW_S)
    token = keys.mint(TokenOrder("client-7", ("api_user",), (), 86_400), NOW_S)
    assert answers(authoriser, token, NOW_S + 6_000)


@pytest.mark.parametrize("content", [None, b"", b"{", b'{"keys": 7}', b'{"keys": [7, {}, {"kid": "a", "exp": "x"}]}'])
def test_a_lost_or_damaged_key_set_is_made_anew(keys: DevelopmentKeys, content: bytes | None) -> None:
    keys.ensure()
    before = keys.key_set_file.read_bytes()
    if content is None:
        keys.key_set_file.unlink()
    else:
        keys.key_set_file.write_bytes(content)
    keys.ensure()
    assert keys.key_set_file.read_bytes() == before


def test_a_removed_private_key_takes_its_tokens_along(keys: DevelopmentKeys) -> None:
    authoriser = build_authoriser(QUICK, keys.folder)
    old = keys.mint(ORDER, NOW_S)
    keys.key_file.unlink()
    new = keys.mint(ORDER, NOW_S)
    assert answers(authoriser, new)
    assert not answers(authoriser, old)


@pytest.mark.parametrize("content", [b"", b"junk", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_damaged_private_key_is_named(keys: DevelopmentKeys, content: bytes) -> None:
    keys.ensure()
    keys.key_file.write_bytes(content)
    with pytest.raises(AuthSetupError, match=r"development-key\.pem is not a private key of the curve P-256; remove"):
        keys.mint(ORDER, NOW_S)


def test_a_folder_that_cannot_be_made_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AuthSetupError, match=r"file.*or set SDAI_AUTH_JWKS"):
        DevelopmentKeys(tmp_path / "file" / "keys").ensure()


@pytest.mark.parametrize(
    "order",
    [
        TokenOrder("client-7", (), (), 0),
        TokenOrder("client-7", (), (), -1),
        TokenOrder("client-7", (), (), 32 * 24 * 3_600),
        TokenOrder("client-7", (), (), float("nan")),
        TokenOrder("", (), (), 60),
        TokenOrder("a\nb", (), (), 60),
        TokenOrder("x" * 256, (), (), 60),
    ],
)
def test_no_token_is_made_that_the_service_would_refuse_or_that_never_ends(
    keys: DevelopmentKeys, order: TokenOrder
) -> None:
    with pytest.raises(AuthSetupError):
        keys.mint(order, NOW_S)
