"""An AWS double for tests: moto, with an account that is nobody's."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

REGION = "us-east-1"


@contextmanager
def s3_double(*buckets: str) -> Iterator[Any]:
    """Yield boto3's S3 client of an empty account that has these buckets."""
    with account():
        import boto3

        client = boto3.client("s3", region_name=REGION)
        for bucket in buckets:
            client.create_bucket(Bucket=bucket)
        yield client


@contextmanager
def account() -> Iterator[None]:
    """Let boto3 talk to an empty account of nobody's."""
    moto = pytest.importorskip("moto")

    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE"):
            patch.delenv(name, raising=False)
        with moto.mock_aws():
            yield
