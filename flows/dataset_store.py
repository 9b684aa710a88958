"""Datasets on S3: a company's own entries fetched before a build, a built dataset kept there and fetched again.

Region, endpoint and limits of time are those of the bucket of models (`SDAI_MODELS_…`).
"""

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from configs import Settings
from configs.models_settings import ModelsSettings
from configs.settings import DatasetSettings
from data_validation.limits import SourceLimits
from data_validation.manifest import MANIFEST_FILE, Manifest, file_sha256, read_manifest
from data_validation.sources import UNITS_FILE
from flows.errors import FlowError
from serving.s3 import Bucket, BucketError, s3_client
from structural.problems import PROBLEM_NAMES

SCHEME = "s3://"
OWN_NAMES = (UNITS_FILE, *(f"{name}{suffix}" for name in PROBLEM_NAMES for suffix in (".parquet", ".csv")))
"""What is fetched of a company's folder; whatever else lies there is none of ours."""
MAX_OBJECTS = 1_000
MAX_MANIFEST_BYTES = 10_000_000


def open_place(uri: str, settings: ModelsSettings) -> Bucket:
    """Return the folder ``s3://bucket/folder`` of a store; raises `FlowError` for an address that is none."""
    name, _, prefix = uri.removeprefix(SCHEME).partition("/")
    if not uri.startswith(SCHEME) or not name:
        raise FlowError(f"{uri} is no address of S3; write s3://bucket/folder")
    try:
        client = s3_client(settings.region, settings.endpoint_url, settings.timeout_s)
    except BucketError as error:
        raise FlowError(str(error)) from error
    return Bucket(client, name, prefix.strip("/"), settings.kms_key)


def with_own_entries(settings: Settings) -> DatasetSettings:
    """Return the dataset's settings; own entries that lie on S3 are fetched and named as a folder.

    Raises `FlowError` when there are none or they cannot be fetched.
    """
    dataset = settings.dataset
    if dataset.own_data_s3 is None:
        return dataset
    folder = settings.paths.work / "own-data"
    fetch_own(open_place(dataset.own_data_s3, settings.models), folder)
    return dataset.model_copy(update={"own_data_dir": folder, "own_data_s3": None})


def fetch_own(place: Bucket, folder: Path) -> list[str]:
    """Fetch a company's files into a folder, in place of what it held; return their names.

    Raises `FlowError` when there is no file of entries, or one is larger than a source may be.
    """
    try:
        found = [item for item in place.list("", MAX_OBJECTS) if item.name in OWN_NAMES]
        if not any(item.name != UNITS_FILE for item in found):
            raise FlowError(f"{place} holds no <problem>.parquet and no <problem>.csv; name the folder that does")
        limit_bytes = SourceLimits().max_file_bytes
        large = [item.name for item in found if item.size_bytes > limit_bytes]
        if large:
            raise FlowError(f"{place}/{large[0]} is larger than {limit_bytes:,} bytes; split it")
        _fetch(place, {item.name: item.size_bytes for item in found}, folder)
    except BucketError as error:
        raise FlowError(str(error)) from error
    return [item.name for item in found]


def push_dataset(folder: Path, place: Bucket) -> Manifest:
    """Put a built dataset into a folder of S3, the manifest last: without it the dataset is not whole.

    Raises `ManifestError` for a folder that is no dataset, `FlowError` for files that are not those of its manifest.
    """
    manifest = read_manifest(folder)
    _check_files(folder, manifest)
    try:
        for name in (*(record.file for record in manifest.problems.values()), MANIFEST_FILE):
            place.upload(folder / name, name)
    except BucketError as error:
        raise FlowError(str(error)) from error
    return manifest


def pull_dataset(place: Bucket, folder: Path) -> Manifest:
    """Fetch a dataset into a new folder, each file compared with its manifest.

    Raises `FlowError` when the folder is there already, when nothing can be fetched or it is not what was pushed.
    """
    if folder.exists():
        raise FlowError(f"{folder} is there already; name a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".pulling-", dir=folder.parent))
    try:
        place.download(MANIFEST_FILE, scratch / MANIFEST_FILE, MAX_MANIFEST_BYTES)
        manifest = read_manifest(scratch)
        for record in manifest.problems.values():
            place.download(record.file, scratch / record.file, record.size_bytes)
        _check_files(scratch, manifest)
        scratch.rename(folder)
    except BucketError as error:
        raise FlowError(str(error)) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return manifest


def _fetch(place: Bucket, sizes: dict[str, int], folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".fetching-", dir=folder.parent))
    try:
        for name, size_bytes in sizes.items():
            place.download(name, scratch / name, size_bytes)
        shutil.rmtree(folder, ignore_errors=True)
        scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _check_files(folder: Path, manifest: Manifest) -> None:
    wrong = list(_changed(folder, manifest))
    if wrong:
        raise FlowError(f"{folder}: {', '.join(wrong)} is not what the manifest says; build the dataset again")


def _changed(folder: Path, manifest: Manifest) -> Iterable[str]:
    for record in manifest.problems.values():
        path = folder / record.file
        if not path.is_file() or file_sha256(path) != record.sha256:
            yield record.file
