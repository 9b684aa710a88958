"""Signed model artifacts: promotion signs the files of a version, the service loads only what it has verified."""

from serving.signing.errors import SigningError, UnverifiedError
from serving.signing.folder_signature import copy_checked, sign_folder, verify_folder
from serving.signing.folders import NOT_CONTENT, SIGNATURE_FILE
from serving.signing.keys import SigningKey, TrustedKeys, open_signing_key, open_trusted_keys
from serving.signing.kms import KmsKey, open_kms_key
from serving.signing.manifest import Expected, Manifest, files_digest, read_folder
from serving.signing.public_keys import public_pem

__all__ = [
    "NOT_CONTENT",
    "SIGNATURE_FILE",
    "Expected",
    "KmsKey",
    "Manifest",
    "SigningError",
    "SigningKey",
    "TrustedKeys",
    "UnverifiedError",
    "copy_checked",
    "files_digest",
    "open_kms_key",
    "open_signing_key",
    "open_trusted_keys",
    "public_pem",
    "read_folder",
    "sign_folder",
    "verify_folder",
]
