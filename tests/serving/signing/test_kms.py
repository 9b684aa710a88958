"""A key of AWS KMS signs what the service verifies without asking anybody."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from configs.signing_settings import SigningSettings
from serving.signing import (
    SIGNATURE_FILE,
    Expected,
    KmsKey,
    SigningError,
    UnverifiedError,
    open_kms_key,
    open_signing_key,
    open_trusted_keys,
    public_pem,
    sign_folder,
    verify_folder,
)
from tests.aws import REGION, kms_double, new_signing_key

PROBLEM, VERSION = "risk_analyzer", "1-a"
MANY_FILES = 60  # a manifest of more than the 4,096 bytes that KMS takes as a message


@pytest.fixture
def kms() -> Iterator[Any]:
    with kms_double() as client:
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    made.mkdir()
    for number in range(MANY_FILES):
        (made / f"part-{number}.onnx").write_bytes(bytes([number]) * 10)
    return made


def expected(folder: Path, key: KmsKey) -> Expected:
    return Expected(PROBLEM, VERSION, sign_folder(folder, PROBLEM, VERSION, key).digest)


def trusted_text(key: KmsKey) -> tuple[str, ...]:
    return (public_pem(key.public).decode(),)


def test_what_kms_signed_is_verified_with_the_public_part_alone(kms: Any, folder: Path, tmp_path: Path) -> None:
    key = KmsKey(kms, new_signing_key(kms))
    wanted = expected(folder, key)
    trusted = open_trusted_keys((), tmp_path, trusted_text(key))
    assert len((folder / SIGNATURE_FILE).read_bytes()) > 4_096
    assert verify_folder(folder, wanted, trusted).digest == wanted.sha256
    (folder / "part-7.onnx").write_bytes(b"changed")
    with pytest.raises(UnverifiedError, match=r"part-7\.onnx is"):
        verify_folder(folder, wanted, trusted)


def test_another_key_of_kms_is_not_trusted(kms: Any, folder: Path, tmp_path: Path) -> None:
    wanted = expected(folder, KmsKey(kms, new_signing_key(kms)))
    other = open_trusted_keys((), tmp_path, trusted_text(KmsKey(kms, new_signing_key(kms))))
    with pytest.raises(UnverifiedError, match="a key that is not trusted"):
        verify_folder(folder, wanted, other)


def test_what_is_signed_already_is_not_signed_again(kms: Any, folder: Path) -> None:
    key = KmsKey(kms, new_signing_key(kms))
    expected(folder, key)
    first = (folder / SIGNATURE_FILE).read_bytes()
    expected(folder, key)
    assert (folder / SIGNATURE_FILE).read_bytes() == first
    (folder / "part-7.onnx").write_bytes(b"changed")
    expected(folder, key)
    assert (folder / SIGNATURE_FILE).read_bytes() != first


def test_local_keys_and_keys_of_kms_are_trusted_side_by_side(kms: Any, folder: Path, tmp_path: Path) -> None:
    local, key = open_signing_key(None, tmp_path / "keys"), KmsKey(kms, new_signing_key(kms))
    texts = (*trusted_text(key), public_pem(local.public).decode())
    trusted = open_trusted_keys((), tmp_path, texts)
    for signer in (local, key):
        wanted = Expected(PROBLEM, VERSION, sign_folder(folder, PROBLEM, VERSION, signer).digest)
        verify_folder(folder, wanted, trusted)
        for broken in (b"", b"\0" * 64, b"\0" * 72):
            assert not trusted.verify(signer.key_id, broken, b"data")


@pytest.mark.parametrize("spec", ["ECC_NIST_P384", "RSA_2048", "ECC_SECG_P256K1"])
def test_a_key_of_another_kind_is_refused(kms: Any, spec: str) -> None:
    with pytest.raises(SigningError, match="--key-spec ECC_NIST_P256"):
        KmsKey(kms, new_signing_key(kms, spec))


def test_a_key_that_is_not_there_or_was_taken_away_is_named(kms: Any) -> None:
    with pytest.raises(SigningError, match=r"KMS key alias/none .* cannot be read"):
        KmsKey(kms, "alias/none")
    name = new_signing_key(kms)
    key = KmsKey(kms, name)
    key._client = Away(kms)
    with pytest.raises(SigningError, match=r"cannot be used: .*kms:Sign"):
        key.sign(b"data")


class Away:
    """A client whose Sign is refused, as IAM or a disabled key would."""

    def __init__(self, kms: Any) -> None:
        self._error = kms.exceptions.DisabledException({"Error": {"Code": "DisabledException"}}, "Sign")

    def sign(self, **_: Any) -> Any:
        raise self._error


def test_a_signature_that_does_not_verify_is_not_written(
    kms: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = KmsKey(kms, new_signing_key(kms))
    monkeypatch.setattr(kms, "sign", lambda **_: {"Signature": b"\0" * 70})
    with pytest.raises(SigningError, match="does not confirm"):
        expected(folder, key)
    assert not (folder / SIGNATURE_FILE).exists()


def test_the_key_is_opened_by_the_settings(kms: Any) -> None:
    name = new_signing_key(kms)
    kms.create_alias(AliasName="alias/model-signing", TargetKeyId=name)
    settings = SigningSettings(kms_key="alias/model-signing", kms_region=REGION)
    assert open_kms_key(settings, "alias/model-signing").key_id == KmsKey(kms, name).key_id


def test_without_boto3_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "boto3", None)
    with pytest.raises(SigningError, match=r"structural-design-ai\[serve,aws\]"):
        open_kms_key(SigningSettings(kms_key="a"), "a")
