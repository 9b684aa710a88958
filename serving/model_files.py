"""Where the files of a version are: on this machine, or fetched from the bucket that promotion puts them in.

What comes from the bucket is as little trusted as what lies on the disk: the loader verifies the signature over every
file each time it loads.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path

from configs.models_settings import ModelsSettings
from serving.artifacts import Artifact
from serving.auth.files import only_writer
from serving.errors import ModelUnavailableError
from serving.s3 import Bucket, BucketError, open_bucket
from serving.signing import NOT_CONTENT, SIGNATURE_FILE, UnverifiedError
from serving.signing.folders import MAX_FILES, check_name

FETCHED_FOLDER = "fetched-models"
_TAG = re.compile(r"[a-z_]{1,64}:[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class ModelFiles:
    """Finds the folder of a version; for threads and processes at once.

    Parameters
    ----------
    bucket : where promoted versions are kept for all machines; None = this machine's model store is all there is.
    folder : keeps what was fetched, for this and later processes.
    max_bytes : a larger version is not fetched.
    """

    def __init__(self, bucket: Bucket | None, folder: Path, max_bytes: int) -> None:
        self._bucket = bucket
        self._folder = folder
        self._max_bytes = max_bytes

    def locate(self, artifact: Artifact) -> Path:
        """Return the folder of a version's files, not yet verified.

        Raises `ModelUnavailableError` when it is neither here nor in the bucket, or the bucket cannot be read.
        """
        try:
            return artifact.locate()
        except ModelUnavailableError:
            if self._bucket is None:
                raise
        try:
            place = self._place(artifact.tag)
            with only_writer(self._folder):
                if not place.is_dir():
                    self._fetch(self._bucket, artifact.tag, place)
        except (BucketError, UnverifiedError) as error:
            raise ModelUnavailableError(f"it cannot be fetched: {error}") from error
        except OSError as error:
            raise ModelUnavailableError(f"it cannot be kept in {self._folder}: {error.strerror}") from error
        return place

    def discard(self, artifact: Artifact) -> None:
        """Forget what was fetched of a version that could not be verified: the next try fetches it again."""
        if self._bucket is not None and artifact.tag:
            shutil.rmtree(self._place(artifact.tag), ignore_errors=True)

    def _place(self, tag: str) -> Path:
        if not _TAG.fullmatch(tag):
            raise UnverifiedError(f"{tag[:80]!r} is no name of a version")
        return self._folder / tag.replace(":", "@")

    def _fetch(self, bucket: Bucket, tag: str, place: Path) -> None:
        """Download beside the place and rename, so that a killed download is never taken for a version."""
        objects = bucket.list(object_folder(tag), MAX_FILES + 1)
        if SIGNATURE_FILE not in {item.name for item in objects}:
            raise BucketError(f"{bucket}/{object_folder(tag)} holds no signed version; promote it again")
        if sum(item.size_bytes for item in objects) > self._max_bytes:
            raise BucketError(f"{bucket}/{object_folder(tag)} is larger than {self._max_bytes:,} bytes")
        scratch = Path(tempfile.mkdtemp(prefix=".fetching-", dir=self._folder))
        try:
            for item in objects:
                if item.name != SIGNATURE_FILE:
                    check_name(item.name)
                bucket.download(f"{object_folder(tag)}/{item.name}", scratch / item.name, item.size_bytes)
            os.replace(scratch, place)  # noqa: PTH105  (a folder that is not there yet)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def open_model_files(settings: ModelsSettings, work: Path) -> ModelFiles:
    """Return what finds versions by the settings; fetched ones are kept below ``work``. Raises `BucketError`."""
    return ModelFiles(open_bucket(settings), work / FETCHED_FOLDER, settings.max_version_bytes)


def object_folder(tag: str) -> str:
    """Return where a version lies in the bucket: ``<problem>/<version>``."""
    return tag.replace(":", "/")


def put_version(bucket: Bucket, folder: Path, tag: str) -> None:
    """Put a signed version into the bucket, the signature last: without it nobody takes it for whole.

    Putting it again leaves the same. Raises `BucketError`.
    """
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    content = [name for name in names if name not in NOT_CONTENT]
    for name in (*content, SIGNATURE_FILE):
        bucket.upload(folder / name, f"{object_folder(tag)}/{name}")
