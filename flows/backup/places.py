"""Where backups are kept: a folder, or a folder of an S3 bucket. Each backup is a folder of its own in it."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from configs.models_settings import ModelsSettings
from flows.backup.manifest import BACKUP_ID, MANIFEST_FILE, MAX_MANIFEST_BYTES, newest
from flows.dataset_store import SCHEME, open_place
from flows.errors import FlowError, RetryableError
from serving.s3 import Bucket, BucketError

MAX_OBJECTS = 1_000_000
MAX_OBJECT_BYTES = 5_000_000_000
"""What S3 takes in one piece."""


class Place(Protocol):
    """Holds backups by their names."""

    def whole(self) -> list[str]:
        """Return the names of the backups that have a manifest, oldest first."""

    def staging(self, work: Path) -> Path:
        """Return the folder in which a backup is put together before it is kept."""

    def keep(self, backup_id: str, staged: Path, names: Sequence[str]) -> None:
        """Keep a backup that was put together: the files of these names, then the manifest."""

    def fetch(self, backup_id: str, name: str, target: Path, limit_bytes: int) -> None:
        """Write a file of a backup to a new file; larger than ``limit_bytes`` is an error."""


class FolderPlace:
    """Backups in a folder of this machine, or of a disk that is mounted on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __str__(self) -> str:
        """Return the address for people."""
        return str(self.folder)

    def whole(self) -> list[str]:
        """Return the names of the backups that have a manifest, oldest first."""
        found = self.folder.glob(f"*/{MANIFEST_FILE}")
        return sorted(path.parent.name for path in found if BACKUP_ID.fullmatch(path.parent.name))

    def staging(self, work: Path) -> Path:  # noqa: ARG002  (of the protocol)
        """Return the folder itself, so that keeping a backup is one step of one disk."""
        return self.folder

    def keep(self, backup_id: str, staged: Path, names: Sequence[str]) -> None:  # noqa: ARG002
        """Give the finished folder its name."""
        staged.rename(self.folder / backup_id)

    def fetch(self, backup_id: str, name: str, target: Path, limit_bytes: int) -> None:
        """Copy a file of a backup; raises `FlowError` when it is missing, a link, or larger."""
        source = self.folder / backup_id / name
        if source.is_symlink() or not source.is_file():
            raise FlowError(f"{source} is missing or no plain file; take another backup")
        if source.stat().st_size > limit_bytes:
            raise FlowError(f"{source} is larger than the manifest says; take another backup")
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(source, target)


class BucketPlace:
    """Backups in a folder of an S3 bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def __str__(self) -> str:
        """Return the address for people."""
        return str(self._bucket)

    def whole(self) -> list[str]:
        """Return the names of the backups that have a manifest, oldest first."""
        try:
            objects = self._bucket.list("", MAX_OBJECTS)
        except BucketError as error:
            raise RetryableError(str(error)) from error
        names = (item.name.split("/") for item in objects)
        return sorted(
            parts[0]
            for parts in names
            if len(parts) == 2 and parts[1] == MANIFEST_FILE and BACKUP_ID.fullmatch(parts[0])
        )

    def staging(self, work: Path) -> Path:
        """Return a folder of the home."""
        return work / "backups-on-their-way"

    def keep(self, backup_id: str, staged: Path, names: Sequence[str]) -> None:
        """Send every file, the manifest last; S3 compares each SHA-256."""
        large = [name for name in names if (staged / name).stat().st_size > MAX_OBJECT_BYTES]
        if large:
            raise FlowError(
                f"{large[0]} is larger than S3 takes in one piece (5 GB); back up to a folder and sync that"
            )
        try:
            for name in (*names, MANIFEST_FILE):
                self._bucket.upload(staged / name, f"{backup_id}/{name}")
        except BucketError as error:
            raise RetryableError(str(error)) from error
        shutil.rmtree(staged)

    def fetch(self, backup_id: str, name: str, target: Path, limit_bytes: int) -> None:
        """Fetch a file of a backup."""
        try:
            self._bucket.download(f"{backup_id}/{name}", target, limit_bytes)
        except BucketError as error:
            raise RetryableError(str(error)) from error


def open_backups(address: str, settings: ModelsSettings) -> Place:
    """Return the place behind ``s3://bucket/folder`` or the path of a folder, which need not be there yet.

    Region, endpoint and limits of time are those of the bucket of models (`SDAI_MODELS_…`).
    """
    if address.startswith(SCHEME):
        return BucketPlace(open_place(address, settings))
    return FolderPlace(Path(address).expanduser().resolve())


def chosen_backup(address: str, settings: ModelsSettings) -> tuple[Place, str]:
    """Return the place and the backup that an address means: one backup itself, or the newest whole one in a folder.

    Raises `FlowError` when there is none.
    """
    parent, _, last = address.rstrip("/").rpartition("/")
    if BACKUP_ID.fullmatch(last):
        return open_backups(parent or ".", settings), last
    place = open_backups(address, settings)
    found = newest(place.whole())
    if found is None:
        raise FlowError(f"{place} holds no whole backup; make one with `sdai backup {address}`")
    return place, found


def read_text(place: Place, backup_id: str, scratch: Path) -> str:
    """Return the text of a backup's manifest."""
    target = scratch / f"{backup_id}-{MANIFEST_FILE}"
    target.unlink(missing_ok=True)
    place.fetch(backup_id, MANIFEST_FILE, target, MAX_MANIFEST_BYTES)
    try:
        return target.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise FlowError(f"{place}/{backup_id}: the manifest is no text; take another backup") from error
    finally:
        target.unlink(missing_ok=True)
