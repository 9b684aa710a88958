"""Versions in the BentoML model store: copied there from where they were trained, signed, and put into the bucket.

The bucket (`SDAI_MODELS_BUCKET`) is what other machines fetch from; without one this machine's store is all there is.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from configs import Settings
from flows.errors import FlowError
from serving.artifacts import Artifact, folder_digest
from serving.errors import ArtifactError, ModelUnavailableError
from serving.model_files import open_model_files, put_version
from serving.s3 import BucketError, open_bucket
from serving.signing import (
    Expected,
    SigningError,
    SigningKey,
    TrustedKeys,
    UnverifiedError,
    open_kms_key,
    open_signing_key,
    open_trusted_keys,
    sign_folder,
    verify_folder,
)

DIGEST_EVIDENCE = "artifact_sha256"
SHORT_DIGEST = 8


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs what is promoted; the keys that the service of these settings trusts tell whether that will do."""

    key: SigningKey
    trusted: TrustedKeys

    def sign(self, folder: Path, expected: Expected) -> None:
        """Sign a folder with the own key; nothing changes where it has done so before.

        Raises `FlowError` when it is not what is expected or when the service would not trust the signature.
        """
        try:
            sign_folder(folder, expected.problem, expected.version, self.key)
        except SigningError as error:
            raise FlowError(f"{expected.problem}: version {expected.version} cannot be signed: {error}") from error
        try:
            verify_folder(folder, expected, self.trusted)
        except UnverifiedError as error:
            raise FlowError(f"{expected.problem}: version {expected.version} cannot be signed: {error}") from error


def open_signer(settings: Settings) -> Signer:
    """Return the signer of the settings; the local key is made when it is to be used and there is none.

    Raises `FlowError` when a key cannot be used.
    """
    key = open_key(settings)
    try:
        trusted = open_trusted(settings)
    except SigningError as error:
        raise FlowError(str(error)) from error
    if key.key_id not in trusted:
        raise FlowError(
            "the service would not trust what is signed: the public part of the key that signs is not among "
            "SDAI_SIGNING_TRUSTED_KEYS; write it with `sdai sign --public-key` and add it"
        )
    return Signer(key, trusted)


def open_key(settings: Settings) -> SigningKey:
    """Return the key that promotion signs with: of AWS KMS, of a text or file, else the local one.

    Raises `FlowError` when it cannot be used.
    """
    signing = settings.signing
    try:
        if signing.kms_key is not None:
            return open_kms_key(signing, signing.kms_key)
        pem = signing.key_pem.get_secret_value() if signing.key_pem else None
        return open_signing_key(signing.key, settings.paths.keys, pem)
    except SigningError as error:
        raise FlowError(str(error)) from error


def open_trusted(settings: Settings) -> TrustedKeys:
    """Return the keys whose signatures the service of these settings trusts. Raises `SigningError`."""
    signing = settings.signing
    return open_trusted_keys(signing.trusted_keys, settings.paths.keys, signing.trusted_pems)


def import_artifact(tag: str, folder: Path, expected: Expected, signer: Signer) -> None:
    """See to it that the model store holds an artifact folder, unchanged and signed, under a tag.

    Raises `FlowError` when the folder is not the one that was registered.
    """
    import bentoml

    if folder_digest(folder) != expected.sha256:
        raise FlowError(f"{tag}: the artifact folder changed since it was registered; train it again")
    stored = stored_folder(tag)
    if stored is not None and is_intact(stored, expected.sha256):
        signer.sign(stored, expected)
        return
    if stored is not None:
        bentoml.models.delete(tag)  # an interrupted or damaged copy
    labels = {"problem": expected.problem, "artifact": expected.sha256[:SHORT_DIGEST]}
    with bentoml.models.create(tag, labels=labels, metadata={DIGEST_EVIDENCE: expected.sha256}) as model:
        shutil.copytree(folder, model.path, dirs_exist_ok=True)
        signer.sign(Path(model.path), expected)


def stored_folder(tag: str) -> Path | None:
    """Return the folder of a version in the model store, or None when it is not there."""
    import bentoml
    from bentoml.exceptions import NotFound

    try:
        return Path(bentoml.models.get(tag).path)
    except NotFound:
        return None


def find_folder(settings: Settings, tag: str) -> Path | None:
    """Return the folder of a version in the model store, else one fetched from the bucket, or None without either.

    What was fetched is not yet verified. Raises `FlowError` when the bucket has none that can be fetched.
    """
    stored = stored_folder(tag)
    if stored is not None or settings.models.bucket is None:
        return stored
    try:
        return open_model_files(settings.models, settings.paths.work).locate(
            Artifact(tag.partition(":")[2], "", tag=tag)
        )
    except (ModelUnavailableError, BucketError) as error:
        raise FlowError(f"{tag}: {error}") from error


def publish(settings: Settings, tag: str, folder: Path) -> None:
    """Put a signed version into the bucket, where one is set. Raises `FlowError` when it cannot be written."""
    try:
        bucket = open_bucket(settings.models)
        if bucket is not None:
            put_version(bucket, folder, tag)
    except BucketError as error:
        raise FlowError(f"{tag} cannot be put where the service fetches it: {error}") from error


def is_intact(folder: Path, sha256: str) -> bool:
    """Return whether the files of a folder have a digest."""
    try:
        return folder_digest(folder) == sha256
    except ArtifactError:
        return False
