"""What goes into the model store is signed, and nothing that the service would refuse is put in service."""

import json
import logging
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from configs import Settings, load_settings
from flows import promotion
from flows.cli import app
from flows.environment import PROGRESS_LOGGER
from flows.errors import FlowError
from flows.model_store import find_folder, open_signer, stored_folder
from flows.promotion import Version
from serving.artifacts import Artifact, folder_digest
from serving.model_files import open_model_files
from serving.signing import SIGNATURE_FILE, Expected, open_trusted_keys, verify_folder
from serving.store import Action, Promotion, open_database, record_promotion
from tests.aws import REGION, kms_double, new_signing_key, s3_double
from tests.serving.promoting import promoting, put_in_service, version_of

MODEL = "risk_analyzer"
BUCKET = "versions-bucket"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setattr("flows.cli.commands._settings", load_settings)
    with promoting(tmp_path) as made:
        yield made


def trained(settings: Settings, number: int, content: str) -> Version:
    folder = settings.paths.work / "artifacts" / str(number)
    folder.mkdir(parents=True)
    (folder / "model.json").write_text(content)
    return version_of(MODEL, number, folder)


def verified(settings: Settings, version: Version, folder: Path) -> bool:
    trusted = open_trusted_keys(settings.signing.trusted_keys, settings.paths.keys)
    expected = Expected(MODEL, version.name, version.artifact_sha256)
    return verify_folder(folder, expected, trusted).digest == version.artifact_sha256


def version_name(settings: Settings) -> str:
    return promotion.versions_in_service(settings)[MODEL]


def test_a_promoted_version_lies_signed_in_the_store_and_the_key_does_not(settings: Settings) -> None:
    version = trained(settings, 1, "a")
    folder = put_in_service(settings, version)
    assert verified(settings, version, folder)
    assert not (version.artifact_dir / SIGNATURE_FILE).exists()
    assert not list(folder.rglob("*.pem"))
    assert (settings.paths.keys / "model-signing.pem").stat().st_mode & 0o777 == 0o600


def test_promoting_again_signs_a_store_that_has_no_signature_yet(settings: Settings) -> None:
    version = trained(settings, 1, "a")
    folder = put_in_service(settings, version)
    (folder / SIGNATURE_FILE).unlink()
    assert verified(settings, version, put_in_service(settings, version))


def test_promoting_again_replaces_a_damaged_copy(settings: Settings) -> None:
    version = trained(settings, 1, "a")
    folder = put_in_service(settings, version)
    (folder / "model.json").unlink()
    (folder / "model.json").symlink_to("/etc/hostname")
    assert verified(settings, version, put_in_service(settings, version))


def test_an_artifact_trained_again_is_signed_under_the_name_it_serves_by(settings: Settings) -> None:
    first = trained(settings, 1, "a")
    put_in_service(settings, first)
    again = trained(settings, 2, "a")
    promotion.store_version(settings, first.tag, again)
    folder = stored_folder(first.tag)
    assert folder is not None
    assert verified(settings, first, folder)


def test_a_key_that_the_service_would_not_trust_promotes_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    put_in_service(settings, trained(settings, 1, "a"))
    other = tmp_path / "other"
    open_signer(settings)
    from serving.signing import open_signing_key

    open_signing_key(None, other)
    monkeypatch.setenv("SDAI_SIGNING_KEY", str(other / "model-signing.pem"))
    load_settings.cache_clear()
    with pytest.raises(FlowError, match="SDAI_SIGNING_TRUSTED_KEYS"):
        put_in_service(load_settings(), trained(settings, 2, "b"))
    assert promotion.versions_in_service(settings)[MODEL].startswith("1-")


def test_a_key_of_kms_takes_over_from_the_local_one(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = put_in_service(settings, trained(settings, 1, "a"))
    local = (folder / SIGNATURE_FILE).read_bytes()
    with kms_double() as kms:
        monkeypatch.setenv("SDAI_SIGNING_KMS_KEY", new_signing_key(kms))
        monkeypatch.setenv("SDAI_SIGNING_KMS_REGION", REGION)
        load_settings.cache_clear()
        shown = CliRunner().invoke(app, ["sign", "--public-key"])
        assert shown.stdout.startswith("-----BEGIN PUBLIC KEY-----\n")
        refused = CliRunner().invoke(app, ["sign", MODEL])
        assert refused.exit_code == 1
        assert "`sdai sign --public-key`" in refused.stderr
        monkeypatch.setenv("SDAI_SIGNING_TRUSTED_PEMS", json.dumps([shown.stdout]))
        load_settings.cache_clear()
        for _ in range(2):
            signed = CliRunner().invoke(app, ["sign", MODEL])
            assert signed.output.count(": signed\n") == 1, signed.output
    by_kms = (folder / SIGNATURE_FILE).read_bytes()
    assert by_kms != local
    trusted = open_trusted_keys((), settings.paths.keys, (shown.stdout,))  # KMS is not asked any more
    expected = Expected(MODEL, version_name(settings), folder_digest(folder))
    assert verify_folder(folder, expected, trusted).version == version_name(settings)


def test_going_back_to_an_unsigned_version_says_what_to_do_and_that_does_it(settings: Settings) -> None:
    first = trained(settings, 1, "a")
    folder = put_in_service(settings, first)
    put_in_service(settings, trained(settings, 2, "b"))
    (folder / SIGNATURE_FILE).unlink()
    with pytest.raises(FlowError, match=r"not signed.*run `sdai sign`"):
        promotion.rollback(settings, MODEL, "a test")
    assert promotion.versions_in_service(settings)[MODEL].startswith("2-")
    answer = CliRunner().invoke(app, ["sign", MODEL])
    assert answer.exit_code == 0, answer.output
    assert answer.output.count(": signed\n") == 2
    assert promotion.rollback(settings, MODEL, "a test").version == first.name


def test_going_back_needs_no_private_key(settings: Settings) -> None:
    first = trained(settings, 1, "a")
    put_in_service(settings, first)
    put_in_service(settings, trained(settings, 2, "b"))
    (settings.paths.keys / "model-signing.pem").unlink()
    assert promotion.rollback(settings, MODEL, "a test").version == first.name
    assert not (settings.paths.keys / "model-signing.pem").exists()


def test_signing_again_signs_nothing_that_is_not_what_was_promoted(settings: Settings) -> None:
    first = trained(settings, 1, "a")
    folder = put_in_service(settings, first)
    (folder / SIGNATURE_FILE).unlink()
    (folder / "model.json").write_text("something else")
    engine = open_database(settings.store_url)
    gone = Promotion(MODEL, Action.PROMOTE, "7-gone", f"{MODEL}:7-gone", "", "a test")
    record_promotion(engine, gone, datetime.now(UTC))
    engine.dispose()
    assert promotion.sign_promoted(settings, MODEL) == {
        first.name: "not signed: its files are not what was promoted",
        "7-gone": "no longer in the model store",
    }
    assert not (folder / SIGNATURE_FILE).exists()


def test_a_new_key_signs_all_versions_again_and_is_told_of(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(PROGRESS_LOGGER), "propagate", True)
    version = trained(settings, 1, "a")
    folder = put_in_service(settings, version)
    before = (folder / SIGNATURE_FILE).read_bytes()
    for name in ("model-signing.pem", "model-signing.pub.pem"):
        (settings.paths.keys / name).unlink()
    caplog.clear()
    assert promotion.sign_promoted(settings, MODEL) == {version.name: "signed"}
    assert promotion.sign_promoted(settings, MODEL) == {version.name: "signed"}
    (told,) = caplog.messages
    assert str(settings.paths.keys / "model-signing.pem") in told
    assert (folder / SIGNATURE_FILE).read_bytes() != before
    assert verified(settings, version, folder)


@pytest.fixture
def shared(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Settings, Any]]:
    """Settings with a bucket for promoted versions, and the client of its double."""
    with s3_double(BUCKET) as client:
        monkeypatch.setenv("SDAI_MODELS_BUCKET", BUCKET)
        load_settings.cache_clear()
        yield load_settings(), client


def keys_in(client: Any) -> list[str]:
    return [item["Key"] for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", ())]


def lose_the_store(settings: Settings) -> None:
    shutil.rmtree(settings.paths.work / "bentoml" / "models" / MODEL)


def test_a_promoted_version_lies_signed_in_the_bucket(shared: tuple[Settings, Any]) -> None:
    settings, client = shared
    version = trained(settings, 1, "a")
    put_in_service(settings, version)
    folder = f"models/{MODEL}/{version.name}"
    assert keys_in(client) == [f"{folder}/model.json", f"{folder}/{SIGNATURE_FILE}"]


def test_a_version_that_the_bucket_does_not_take_is_not_promoted(
    shared: tuple[Settings, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDAI_MODELS_BUCKET", "nowhere-bucket")
    load_settings.cache_clear()
    settings = load_settings()
    with pytest.raises(FlowError, match=r"cannot be put where the service fetches it.*NoSuchBucket"):
        put_in_service(settings, trained(settings, 1, "a"))
    assert promotion.versions_in_service(settings) == {}


def test_another_machine_goes_back_to_a_version_and_the_service_loads_it_there(
    shared: tuple[Settings, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, _ = shared
    first = trained(settings, 1, "a")
    put_in_service(settings, first)
    put_in_service(settings, trained(settings, 2, "b"))
    lose_the_store(settings)
    row = promotion.rollback(settings, MODEL, "a test")
    assert row.version == first.name
    files = open_model_files(settings.models, settings.paths.work)
    fetched = files.locate(Artifact(row.version, first.artifact_sha256, tag=row.model_tag))
    assert verified(settings, first, fetched)


def test_going_back_to_a_version_that_was_changed_in_the_bucket_is_refused(shared: tuple[Settings, Any]) -> None:
    settings, client = shared
    first = trained(settings, 1, "a")
    put_in_service(settings, first)
    put_in_service(settings, trained(settings, 2, "b"))
    lose_the_store(settings)
    client.put_object(Bucket=BUCKET, Key=f"models/{MODEL}/{first.name}/model.json", Body=b"evil")
    with pytest.raises(FlowError, match="not what was promoted"):
        promotion.rollback(settings, MODEL, "a test")


def test_signing_again_reaches_the_bucket(shared: tuple[Settings, Any]) -> None:
    settings, client = shared
    version = trained(settings, 1, "a")
    put_in_service(settings, version)
    lose_the_store(settings)
    key = f"models/{MODEL}/{version.name}/{SIGNATURE_FILE}"
    signature = client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    fetched = find_folder(settings, version.tag)
    assert fetched is not None
    client.put_object(Bucket=BUCKET, Key=key, Body=b"of a key that is no longer trusted")
    assert promotion.sign_promoted(settings, MODEL) == {version.name: "signed"}
    assert client.get_object(Bucket=BUCKET, Key=key)["Body"].read() == signature


def test_a_bucket_that_cannot_be_read_is_named(shared: tuple[Settings, Any]) -> None:
    settings, client = shared
    version = trained(settings, 1, "a")
    put_in_service(settings, version)
    lose_the_store(settings)
    for key in keys_in(client):
        client.delete_object(Bucket=BUCKET, Key=key)
    with pytest.raises(FlowError, match="holds no signed version"):
        find_folder(settings, version.tag)


def test_going_back_is_done_once_though_mlflow_is_away(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    names = [trained(settings, number, content) for number, content in ((1, "a"), (2, "b"), (3, "c"))]
    for version in names:
        put_in_service(settings, version)

    def away(*_: Any) -> None:
        raise ConnectionError("MLflow does not answer")

    monkeypatch.setattr(promotion, "Tracker", away)
    monkeypatch.setattr(logging.getLogger(PROGRESS_LOGGER), "propagate", True)
    answer = CliRunner().invoke(app, ["rollback", MODEL])
    # A script that saw a failure here would try again, and go back a second version.
    assert answer.exit_code == 0, answer.output
    assert "MLflow does not answer" in caplog.text
    assert version_name(settings) == names[1].name


def test_of_two_who_go_back_at_once_one_does(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [trained(settings, number, content) for number, content in ((1, "a"), (2, "b"), (3, "c"))]
    for version in names:
        put_in_service(settings, version)
    check = promotion._check_files

    def meanwhile(*given: Any) -> None:
        monkeypatch.setattr(promotion, "_check_files", check)
        promotion.rollback(settings, MODEL, "the other one")
        promotion.rollback(settings, MODEL, "the other one, again")
        check(*given)

    monkeypatch.setattr(promotion, "_check_files", meanwhile)
    with pytest.raises(FlowError, match="changed meanwhile"):
        promotion.rollback(settings, MODEL, "a test")
    assert version_name(settings) == names[0].name
    assert [row.reason for row in promotion.ledger(settings, MODEL)][-1] == "the other one, again"
