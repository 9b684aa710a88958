"""What a backup says of itself: its files with their digests, the databases, and the ledger's last digest.

A backup is whole when its manifest is there: the manifest is written last, and read first.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from flows.errors import FlowError

MANIFEST_FILE = "manifest.json"
MAX_MANIFEST_BYTES = 100_000_000
BACKUP_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}")
_SHA256 = r"^[0-9a-f]{64}$"
_MAX_NAME = 1_000

DatabaseKind = Literal["sqlite", "postgresql"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StoredFile(_Part):
    """One file: its name relative to the backup, with ``/`` between parts; size; SHA-256 (hex) of its content."""

    name: str = Field(min_length=1, max_length=_MAX_NAME)
    size_bytes: int = Field(ge=0)
    sha256: str = Field(pattern=_SHA256)

    @field_validator("name")
    @classmethod
    def _stays_inside(cls, name: str) -> str:
        return checked_name(name)


class StoredDatabase(_Part):
    """One database: which it is, its kind, and the file of the backup that holds it."""

    name: Literal["store", "mlflow"]
    kind: DatabaseKind
    file: str


class LedgerHead(_Part):
    """The promotion ledger when the backup began: entries, and the digest of the last (zeros: no entry)."""

    entries: int = Field(ge=0)
    head_sha256: str = Field(pattern=_SHA256)


class Manifest(_Part):
    """A backup. ``home`` is where it was taken; ``left_out`` says in words what it does not hold."""

    format: Literal[1] = 1
    backup_id: str = Field(pattern=f"^{BACKUP_ID.pattern}$")
    created_at: AwareDatetime
    project_version: str
    home: str
    databases: tuple[StoredDatabase, ...]
    ledger: LedgerHead
    champions: dict[str, str]
    files: tuple[StoredFile, ...]
    left_out: tuple[str, ...] = ()

    @property
    def size_bytes(self) -> int:
        """Return the size of all files together."""
        return sum(file.size_bytes for file in self.files)

    def database(self, name: str) -> StoredDatabase | None:
        """Return a database of the backup, None where it holds none of that name."""
        return next((item for item in self.databases if item.name == name), None)

    def to_json(self) -> str:
        """Return the text of the manifest's file."""
        return self.model_dump_json(indent=2) + "\n"


def checked_name(name: str) -> str:
    """Return a relative name that can only mean a file inside its folder; `ValueError` for any other."""
    parts = PurePosixPath(name).parts
    if name.startswith("/") or "\\" in name or "\0" in name or ".." in parts or str(PurePosixPath(name)) != name:
        raise ValueError(f"{name[:80]!r} is no name of a file inside a backup")
    return name


def new_backup_id(now: datetime, noise: str) -> str:
    """Return a name that sorts by time: ``20260131T030000Z-1a2b3c``; ``noise`` is six hexadecimal digits."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{noise}"


def parse_manifest(text: str | bytes, place: str) -> Manifest:
    """Return the manifest in a text; raises `FlowError` naming what is wrong and the place it was read from."""
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "its JSON"
        raise FlowError(
            f"{place}: the manifest cannot be used ({where}: {first['msg']}); take another backup"
        ) from None
    names = [file.name for file in manifest.files]
    if len(set(names)) != len(names):
        raise FlowError(f"{place}: the manifest names a file twice; take another backup")
    if missing := {item.file for item in manifest.databases} - set(names):
        raise FlowError(f"{place}: the manifest has no {', '.join(sorted(missing))}; take another backup")
    return manifest


def newest(backup_ids: Sequence[str]) -> str | None:
    """Return the newest of some names of backups, None without any; other names are passed over."""
    return max((name for name in backup_ids if BACKUP_ID.fullmatch(name)), default=None)
