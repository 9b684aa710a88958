"""Signing keys: made once, private, and refused with the way to mend it."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from serving.signing import SigningError, open_signing_key, open_trusted_keys
from serving.signing.keys import LOCAL_KEY, LOCAL_PUBLIC_KEY


def _private_pem(key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_the_local_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    keys = [open_signing_key(None, tmp_path / "keys") for _ in range(2)]
    assert keys[0].key_id == keys[1].key_id
    assert (tmp_path / "keys" / LOCAL_KEY).stat().st_mode & 0o777 == 0o600
    assert keys[0].key_id in open_trusted_keys((), tmp_path / "keys")


def test_those_who_make_it_at_once_get_the_same(tmp_path: Path) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(open_signing_key(None, tmp_path).key_id)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_lost_public_part_is_written_again(tmp_path: Path) -> None:
    key = open_signing_key(None, tmp_path)
    (tmp_path / LOCAL_PUBLIC_KEY).unlink()
    open_signing_key(None, tmp_path)
    assert key.key_id in open_trusted_keys((), tmp_path)


def test_keys_that_are_set_are_used_and_several_are_trusted(tmp_path: Path) -> None:
    private = [Ed25519PrivateKey.generate() for _ in range(2)]
    files = [
        _write(
            tmp_path / f"{index}.pub", key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )
        for index, key in enumerate(private)
    ]
    trusted = open_trusted_keys(tuple(files), tmp_path / "none")
    for index, key in enumerate(private):
        opened = open_signing_key(_write(tmp_path / f"{index}.pem", _private_pem(key)), tmp_path / "none")
        assert opened.key_id in trusted
        assert trusted.verify(opened.key_id, opened.sign(b"data"), b"data")
        assert not trusted.verify(opened.key_id, opened.sign(b"data"), b"datum")
    assert not (tmp_path / "none").exists()


def test_no_key_is_made_in_place_of_one_that_is_set(tmp_path: Path) -> None:
    with pytest.raises(SigningError, match=r"gone\.pem cannot be read"):
        open_signing_key(tmp_path / "gone.pem", tmp_path)


def test_a_private_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = _write(tmp_path / "key.pem", _private_pem(Ed25519PrivateKey.generate()), 0o644)
    with pytest.raises(SigningError, match="chmod 600"):
        open_signing_key(file, tmp_path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no private key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no private key"),
        (_private_pem(ec.generate_private_key(ec.SECP256R1())), "no Ed25519 key; make one with"),
    ],
    ids=["empty", "damaged", "another kind"],
)
def test_a_file_that_is_no_signing_key_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(SigningError, match=told):
        open_signing_key(_write(tmp_path / "key.pem", content), tmp_path)


def test_a_private_key_is_not_taken_for_a_public_one(tmp_path: Path) -> None:
    file = _write(tmp_path / "key.pem", _private_pem(Ed25519PrivateKey.generate()))
    with pytest.raises(SigningError, match=r"no public key.*SDAI_SIGNING_TRUSTED_KEYS"):
        open_trusted_keys((file,), tmp_path)


def test_without_any_key_it_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(SigningError, match="promote a model or set SDAI_SIGNING_TRUSTED_KEYS"):
        open_trusted_keys((), tmp_path)


def test_openssl_makes_keys_that_are_understood(tmp_path: Path) -> None:
    private, public = tmp_path / "key.pem", tmp_path / "key.pub.pem"
    for command in (
        ["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(private)],
        ["openssl", "pkey", "-in", str(private), "-pubout", "-out", str(public)],
    ):
        try:
            subprocess.run(command, check=True, capture_output=True)
        except FileNotFoundError:
            pytest.skip("no openssl on this machine")
    private.chmod(0o600)
    assert open_signing_key(private, tmp_path).key_id in open_trusted_keys((public,), tmp_path)


def test_a_kill_while_the_key_is_made_leaves_a_pair_or_nothing(tmp_path: Path) -> None:
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom serving.signing import keys\n"
        "write, count = keys.write_atomically, [0]\n"
        "def dying(*a, **k):\n"
        "    count[0] += 1\n"
        "    if count[0] > int(sys.argv[2]): os._exit(9)\n"
        "    return write(*a, **k)\n"
        "keys.write_atomically = dying\n"
        "keys.open_signing_key(None, Path(sys.argv[1]))\n"
    )
    for writes in (0, 1):
        folder = tmp_path / str(writes)
        done = subprocess.run([sys.executable, "-c", script, str(folder), str(writes)], check=False)
        assert done.returncode == 9
        assert open_signing_key(None, folder).key_id in open_trusted_keys((), folder)


def _public_text(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_keys_may_be_given_as_text_by_a_secret_store(tmp_path: Path) -> None:
    private = Ed25519PrivateKey.generate()
    opened = open_signing_key(None, tmp_path, _private_pem(private).decode())
    assert opened.key_id in open_trusted_keys((), tmp_path, (_public_text(private),))
    assert list(tmp_path.iterdir()) == []


def test_keys_of_files_and_texts_are_trusted_together(tmp_path: Path) -> None:
    of_file, of_text = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    file = _write(tmp_path / "a.pub", _public_text(of_file).encode())
    trusted = open_trusted_keys((file,), tmp_path, (_public_text(of_text),))
    for key in (of_file, of_text):
        assert open_signing_key(None, tmp_path, _private_pem(key).decode()).key_id in trusted


@pytest.mark.parametrize("text", ["", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"])
def test_a_text_that_is_no_key_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(SigningError, match="SDAI_SIGNING_KEY_PEM is no private key"):
        open_signing_key(None, tmp_path, text)
    with pytest.raises(SigningError, match="key 2 of SDAI_SIGNING_TRUSTED_PEMS is no public key"):
        open_trusted_keys((), tmp_path, (_public_text(Ed25519PrivateKey.generate()), text))


def test_a_text_of_another_kind_of_key_is_named(tmp_path: Path) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(SigningError, match="SDAI_SIGNING_KEY_PEM is no Ed25519 key"):
        open_signing_key(None, tmp_path, _private_pem(other).decode())
