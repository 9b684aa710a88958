"""A signing key that stays in AWS KMS: promotion asks for signatures, nobody can copy the key.

The service never asks KMS: it verifies with the public part, which it has as text or file like that of any other key.
boto3 is imported when such a key is opened, so only where one is configured.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from serving.aws_clients import AwsClientError, aws_client
from serving.signing.errors import SigningError
from serving.signing.public_keys import PublicKey, checked_kind, has_signed, key_id_of

if TYPE_CHECKING:
    from configs.signing_settings import SigningSettings

ALGORITHM = "ECDSA_SHA_256"
KEY_SPEC = "ECC_NIST_P256"
_REMEDY = f"make one with `aws kms create-key --key-usage SIGN_VERIFY --key-spec {KEY_SPEC}`"


class KmsKey:
    """An asymmetric key of KMS. Its signatures differ each time, so what is signed already is not signed again.

    Parameters
    ----------
    client : boto3's KMS client.
    name : id, ARN or alias of the key.

    Raises `SigningError` when the key cannot be asked or is of another kind.
    """

    def __init__(self, client: Any, name: str) -> None:
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        self._client = client
        self._name = name
        with self._told("read"):
            answer = client.get_public_key(KeyId=name)
        if ALGORITHM not in answer.get("SigningAlgorithms", ()):
            raise SigningError(f"KMS key {name} does not sign with {ALGORITHM}; {_REMEDY}")
        self.public: PublicKey = checked_kind(load_der_public_key(answer["PublicKey"]), f"KMS key {name}", _REMEDY)
        self.key_id = key_id_of(self.public)

    def sign(self, data: bytes) -> bytes:
        """Return KMS's signature of data; one that the public part does not confirm raises `SigningError`."""
        # By digest, because KMS takes no message of more than 4,096 bytes and a manifest may be longer.
        digest = hashlib.sha256(data).digest()
        with self._told("used"):
            answer = self._client.sign(
                KeyId=self._name, Message=digest, MessageType="DIGEST", SigningAlgorithm=ALGORITHM
            )
        signature = bytes(answer["Signature"])
        if not has_signed(self.public, signature, data):
            raise SigningError(f"KMS key {self._name} gave a signature that its public part does not confirm")
        return signature

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise SigningError(
                f"KMS key {self._name} (SDAI_SIGNING_KMS_KEY) cannot be {what}: {error}; "
                "its user needs kms:GetPublicKey and kms:Sign"
            ) from error


def open_kms_key(settings: "SigningSettings", name: str) -> KmsKey:
    """Return the key of that id, ARN or alias by the settings. Raises `SigningError`."""
    try:
        client = aws_client("kms", settings.kms_region, settings.kms_endpoint_url, settings.kms_timeout_s)
    except AwsClientError as error:
        raise SigningError(str(error)) from error
    return KmsKey(client, name)
