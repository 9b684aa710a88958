"""A part of an S3 bucket as a folder: names below a prefix, bounded reads, checked writes.

boto3 is imported when a bucket is opened, so only where one is configured.
"""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serving.aws_clients import AwsClientError, aws_client
from serving.errors import ServingError

if TYPE_CHECKING:
    from configs.models_settings import ModelsSettings

_CHUNK_BYTES = 1 << 20


class BucketError(ServingError):
    """A bucket cannot be read or written: the message names it and says what S3 answered."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object: its name relative to what was listed, and its size."""

    name: str
    size_bytes: int


class Bucket:
    """The objects of a bucket below a prefix.

    Parameters
    ----------
    client : boto3's S3 client.
    name : the bucket.
    prefix : what keys begin with, without a slash at its ends.
    kms_key : KMS key that uploads are encrypted with; none = what the bucket does by itself.
    """

    def __init__(self, client: Any, name: str, prefix: str, kms_key: str | None = None) -> None:
        self._client = client
        self._name = name
        self._prefix = prefix
        self._encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}

    def __str__(self) -> str:
        """Return the address for people."""
        return f"s3://{self._name}/{self._prefix}"

    def list(self, folder: str, limit: int) -> list[StoredObject]:
        """Return the objects of a folder (``""``: all), sorted by name; more than ``limit`` raise `BucketError`."""
        start = f"{self._key(folder)}/".removeprefix("/").replace("//", "/")
        found: list[StoredObject] = []
        with self._told(folder):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=start)
            for page in pages:
                found += [
                    StoredObject(item["Key"][len(start) :], int(item["Size"])) for item in page.get("Contents", ())
                ]
                if len(found) > limit:
                    raise BucketError(f"{self}/{folder} holds more than {limit} objects")
        return sorted(found, key=lambda item: item.name)

    def download(self, name: str, target: Path, limit_bytes: int) -> None:
        """Write an object to a new file; one larger than ``limit_bytes`` raises `BucketError`."""
        with self._told(name):
            body = self._client.get_object(Bucket=self._name, Key=self._key(name))["Body"]
            size = 0
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with body, target.open("xb") as stream:
                for chunk in body.iter_chunks(_CHUNK_BYTES):
                    size += len(chunk)
                    if size > limit_bytes:
                        raise BucketError(f"{self}/{name} is larger than {limit_bytes:,} bytes")
                    stream.write(chunk)

    def upload(self, source: Path, name: str) -> None:
        """Put a file; S3 compares its SHA-256, so that what arrived is what was sent."""
        with source.open("rb") as stream:
            checksum = base64.b64encode(hashlib.file_digest(stream, "sha256").digest()).decode()
            stream.seek(0)
            with self._told(name):
                self._client.put_object(
                    Bucket=self._name, Key=self._key(name), Body=stream, ChecksumSHA256=checksum, **self._encryption
                )

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}" if self._prefix else name

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """Turn what boto3 raises into one kind of error that says where."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise BucketError(f"{self}/{name}: {error}") from error


def open_bucket(settings: "ModelsSettings") -> Bucket | None:
    """Return the bucket of promoted versions, or None where none is set; `BucketError` without boto3 or a region."""
    if settings.bucket is None:
        return None
    client = s3_client(settings.region, settings.endpoint_url, settings.timeout_s)
    return Bucket(client, settings.bucket, settings.prefix, settings.kms_key)


def s3_client(region: str | None, endpoint_url: str | None, timeout_s: float) -> Any:
    """Return boto3's S3 client with short timeouts and few tries; `BucketError` when boto3 is missing."""
    try:
        return aws_client("s3", region, endpoint_url, timeout_s)
    except AwsClientError as error:
        raise BucketError(str(error)) from error
