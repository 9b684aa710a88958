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


@contextmanager
def kms_double() -> Iterator[Any]:
    """Yield boto3's KMS client of an empty account; moto, which would hash a digest once more, is taught to sign it."""
    with account(), pytest.MonkeyPatch.context() as patch:
        import boto3
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
        from cryptography.hazmat.primitives.hashes import SHA256
        from moto.kms import utils

        def sign(key: Any, message: bytes, signing_algorithm: str) -> bytes:
            assert (len(message), signing_algorithm) == (32, "ECDSA_SHA_256")
            return bytes(key.private_key.sign(message, ec.ECDSA(Prehashed(SHA256()))))

        patch.setattr(utils.ECDSAPrivateKey, "sign", sign)
        yield boto3.client("kms", region_name=REGION)


def new_signing_key(kms: Any, spec: str = "ECC_NIST_P256") -> str:
    """Make a key that signs and return its id."""
    return str(kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec=spec)["KeyMetadata"]["KeyId"])
