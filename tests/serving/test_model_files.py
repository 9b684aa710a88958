"""Versions that come from the bucket: fetched once, whole, and verified like any other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serving.artifacts import Artifact, folder_digest
from serving.errors import ModelUnavailableError
from serving.model_files import ModelFiles, put_version
from serving.s3 import Bucket
from serving.signing import SIGNATURE_FILE, open_signing_key, sign_folder
from tests.aws import s3_double

NAME, PROBLEM, VERSION = "versions-bucket", "risk_analyzer", "1-abcdef01"
TAG = f"{PROBLEM}:{VERSION}"


@pytest.fixture
def client() -> Iterator[Any]:
    with s3_double(NAME) as made:
        yield made


@pytest.fixture
def bucket(client: Any) -> Bucket:
    return Bucket(client, NAME, "models")


@pytest.fixture
def files(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelFiles:
    def empty_store(_: str) -> Path:
        raise ModelUnavailableError("it is not in the model store")

    monkeypatch.setattr("serving.artifacts._stored", empty_store)
    return ModelFiles(bucket, tmp_path / "fetched", 1_000_000)


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    folder = tmp_path / "signed"
    (folder / "nets").mkdir(parents=True)
    (folder / "model.json").write_text("{}")
    (folder / "nets" / "a.onnx").write_bytes(b"network")
    (folder / "model.yaml").write_text("of the model store")
    sign_folder(folder, PROBLEM, VERSION, open_signing_key(None, tmp_path / "keys"))
    return folder


def artifact(tag: str = TAG) -> Artifact:
    return Artifact(VERSION, "ab" * 32, tag=tag)


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_version_that_is_put_there_is_fetched_as_it_was(bucket: Bucket, files: ModelFiles, signed: Path) -> None:
    put_version(bucket, signed, TAG)
    found = files.locate(artifact())
    assert names(found) == ["model.json", SIGNATURE_FILE, "nets/a.onnx"]
    assert folder_digest(found) == folder_digest(signed)


def test_it_is_fetched_once(bucket: Bucket, files: ModelFiles, signed: Path, client: Any) -> None:
    put_version(bucket, signed, TAG)
    first = files.locate(artifact())
    client.delete_object(Bucket=NAME, Key=f"models/{PROBLEM}/{VERSION}/model.json")
    assert files.locate(artifact()) == first


def test_what_could_not_be_verified_is_fetched_again(bucket: Bucket, files: ModelFiles, signed: Path) -> None:
    put_version(bucket, signed, TAG)
    (files.locate(artifact()) / "model.json").write_text("damaged")
    files.discard(artifact())
    assert (files.locate(artifact()) / "model.json").read_text() == "{}"


def test_a_version_without_its_signature_is_not_whole(bucket: Bucket, files: ModelFiles, signed: Path) -> None:
    bucket.upload(signed / "model.json", f"{PROBLEM}/{VERSION}/model.json")
    with pytest.raises(ModelUnavailableError, match="holds no signed version"):
        files.locate(artifact())


def test_the_signature_is_put_last(bucket: Bucket, signed: Path) -> None:
    order: list[str] = []
    put_version(_Noting(order), signed, TAG)  # type: ignore[arg-type]
    assert order[-1].endswith(SIGNATURE_FILE)
    assert len(order) == 3


class _Noting:
    def __init__(self, order: list[str]) -> None:
        self._order = order

    def upload(self, _: Path, name: str) -> None:
        self._order.append(name)


def test_a_fetch_that_breaks_off_leaves_nothing_that_looks_whole(
    bucket: Bucket, files: ModelFiles, signed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    put_version(bucket, signed, TAG)
    download = Bucket.download

    def break_off(self: Bucket, name: str, target: Path, limit_bytes: int) -> None:
        if name.endswith("a.onnx"):
            raise KeyboardInterrupt
        download(self, name, target, limit_bytes)

    with monkeypatch.context() as patch:
        patch.setattr(Bucket, "download", break_off)
        with pytest.raises(KeyboardInterrupt):
            files.locate(artifact())
    assert names(tmp_path / "fetched") == [".lock"]
    assert len(names(files.locate(artifact()))) == 3


@pytest.mark.parametrize("name", ["../../evil", "/etc/evil", "a/../../evil", ".hidden", "model.yaml"])
def test_names_that_lead_elsewhere_are_refused(
    bucket: Bucket, files: ModelFiles, signed: Path, client: Any, name: str, tmp_path: Path
) -> None:
    put_version(bucket, signed, TAG)
    client.put_object(Bucket=NAME, Key=f"models/{PROBLEM}/{VERSION}/{name}", Body=b"evil")
    with pytest.raises(ModelUnavailableError, match="not allowed in a model folder"):
        files.locate(artifact())
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("tag", ["../../etc:1", "risk_analyzer:../1", "risk_analyzer", "risk_analyzer:", "a:b:c"])
def test_a_tag_that_is_none_is_refused(files: ModelFiles, tag: str) -> None:
    with pytest.raises(ModelUnavailableError, match="no name of a version"):
        files.locate(artifact(tag))


def test_a_version_larger_than_allowed_is_not_fetched(bucket: Bucket, files: ModelFiles, client: Any) -> None:
    for name in ("model.sig", "huge"):
        client.put_object(Bucket=NAME, Key=f"models/{PROBLEM}/{VERSION}/{name}", Body=b"0" * 600_000)
    with pytest.raises(ModelUnavailableError, match="larger than 1,000,000 bytes"):
        files.locate(artifact())


def test_a_bucket_that_cannot_be_read_is_told(tmp_path: Path, client: Any, files: ModelFiles) -> None:
    away = ModelFiles(Bucket(client, "nowhere-bucket", "models"), tmp_path / "fetched", 1_000)
    with pytest.raises(ModelUnavailableError, match=r"cannot be fetched.*s3://nowhere-bucket/models"):
        away.locate(artifact())


def test_without_a_bucket_the_store_of_the_machine_is_all_there_is(tmp_path: Path, files: ModelFiles) -> None:
    with pytest.raises(ModelUnavailableError, match="not in the model store"):
        ModelFiles(None, tmp_path / "fetched", 1_000).locate(artifact())
