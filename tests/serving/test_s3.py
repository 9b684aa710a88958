"""A part of a bucket as a folder, against an AWS double."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from configs.models_settings import ModelsSettings
from serving.s3 import Bucket, BucketError, StoredObject, open_bucket
from tests.aws import REGION, s3_double

NAME = "versions-bucket"


@pytest.fixture
def client() -> Iterator[Any]:
    with s3_double(NAME) as made:
        yield made


@pytest.fixture
def bucket(client: Any) -> Bucket:
    return Bucket(client, NAME, "models")


def written(folder: Path, content: bytes = b"content") -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


def test_what_is_put_is_listed_and_comes_back(bucket: Bucket, tmp_path: Path) -> None:
    bucket.upload(written(tmp_path), "a/one")
    bucket.upload(written(tmp_path, b"xy"), "a/deep/two")
    bucket.upload(written(tmp_path), "ab/other")
    assert bucket.list("a", 10) == [StoredObject("deep/two", 2), StoredObject("one", 7)]
    bucket.download("a/deep/two", tmp_path / "got" / "two", 2)
    assert (tmp_path / "got" / "two").read_bytes() == b"xy"


def test_more_than_a_page_is_listed_and_too_many_are_refused(
    bucket: Bucket, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(7):
        client.put_object(Bucket=NAME, Key=f"models/many/{at}", Body=b"")
    paginator = client.get_paginator("list_objects_v2")
    pages: list[Any] = []

    def in_threes(**given: Any) -> Iterator[Any]:
        for page in original(**given, PaginationConfig={"PageSize": 3}):
            pages.append(page)
            yield page

    original = paginator.paginate
    monkeypatch.setattr(paginator, "paginate", in_threes)
    monkeypatch.setattr(client, "get_paginator", lambda _: paginator)
    assert [item.name for item in bucket.list("many", 7)] == list("0123456")
    assert len(pages) == 3
    with pytest.raises(BucketError, match="more than 6 objects"):
        bucket.list("many", 6)


def test_an_object_larger_than_it_may_be_is_not_read_to_its_end(bucket: Bucket, tmp_path: Path) -> None:
    bucket.upload(written(tmp_path, b"12345"), "a")
    with pytest.raises(BucketError, match="larger than 4 bytes"):
        bucket.download("a", tmp_path / "got", 4)


def test_uploads_are_encrypted_with_the_key_that_is_set(client: Any, tmp_path: Path) -> None:
    Bucket(client, NAME, "", "alias/models").upload(written(tmp_path), "a")
    found = client.head_object(Bucket=NAME, Key="a")
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", "alias/models")


def test_what_arrives_changed_is_refused_by_s3(client: Any, bucket: Bucket, tmp_path: Path) -> None:
    sent: list[dict[str, Any]] = []

    class Recording:
        def put_object(self, **given: Any) -> Any:
            sent.append(given)
            return client.put_object(**given)

    Bucket(Recording(), NAME, "models").upload(written(tmp_path), "a")
    assert sent[0]["ChecksumSHA256"] == "7XACtDnprIRfIjV9giusFERzD722AW0+yUMil7nsn3M="  # of "content"


def test_errors_say_where_and_what(bucket: Bucket, client: Any, tmp_path: Path) -> None:
    with pytest.raises(BucketError, match=r"s3://versions-bucket/models/gone: .*does not exist"):
        bucket.download("gone", tmp_path / "got", 1)
    with pytest.raises(BucketError, match=r"s3://nowhere-bucket/models/a: .*NoSuchBucket"):
        Bucket(client, "nowhere-bucket", "models").list("a", 1)


def test_no_bucket_is_opened_where_none_is_set() -> None:
    assert open_bucket(ModelsSettings()) is None


def test_a_region_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = open_bucket(ModelsSettings(bucket=NAME, region=REGION))
    assert str(opened) == f"s3://{NAME}/models"
    with pytest.raises(BucketError, match="no client for S3"):
        open_bucket(ModelsSettings(bucket=NAME, region="no region"))
