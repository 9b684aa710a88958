"""What is signed: an in-toto statement that names problem and version and lists every file of the model."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from serving.auth.strict_json import read_object
from serving.signing.errors import UnverifiedError
from serving.signing.folders import MAX_FILES, FileEntry, check_name, list_files, read_file

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:sdai:model-artifact:v1"


@dataclass(frozen=True, slots=True)
class Manifest:
    """All files of a version of a model."""

    problem: str
    version: str
    files: tuple[FileEntry, ...]

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over the names and contents of the files: what the promotion ledger calls the artifact's."""
        return files_digest(self.files)

    def to_statement(self) -> bytes:
        """Return the manifest as an in-toto statement; the same manifest always gives the same bytes."""
        return json.dumps(
            {
                "_type": STATEMENT_TYPE,
                "subject": [{"name": file.name, "digest": {"sha256": file.sha256}} for file in self.files],
                "predicateType": PREDICATE_TYPE,
                "predicate": {
                    "problem": self.problem,
                    "version": self.version,
                    "sizes_bytes": {file.name: file.size_bytes for file in self.files},
                },
            },
            sort_keys=True,
            separators=(",", ":"),
        ).encode()


@dataclass(frozen=True, slots=True)
class Expected:
    """What a signature must say: the problem, the version and the digest of the artifact that were promoted."""

    problem: str
    version: str
    sha256: str

    def check(self, manifest: Manifest) -> None:
        """Raise `UnverifiedError` when a manifest is that of something else."""
        if manifest.problem != self.problem:
            raise UnverifiedError(f"it is signed as a model of {manifest.problem!r}; promote the right one")
        if manifest.version != self.version:
            raise UnverifiedError(f"it is signed as version {manifest.version!r}; promote the right one")
        if manifest.digest != self.sha256:
            raise UnverifiedError("what is signed is not what the ledger says was promoted; promote it again")


def files_digest(files: tuple[FileEntry, ...]) -> str:
    """Return the SHA-256 (hex) over the sorted names and contents of files."""
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda item: PurePosixPath(item.name)):
        digest.update(f"{file.name}\0{file.sha256}\n".encode())
    return digest.hexdigest()


def read_folder(folder: Path, into: Path | None = None) -> tuple[FileEntry, ...]:
    """Return what the files of a folder are, each read once and, if wanted, copied as read."""
    return tuple(read_file(folder, name, into) for name in list_files(folder))


def from_statement(statement: bytes) -> Manifest:
    """Return the manifest of a statement whose signature was verified; anything odd in it raises `UnverifiedError`."""
    try:
        found = read_object(statement)
        if found["_type"] != STATEMENT_TYPE or found["predicateType"] != PREDICATE_TYPE:
            raise ValueError("it is of another type")
        predicate, subject = found["predicate"], found["subject"]
        sizes = predicate["sizes_bytes"]
        if not 0 < len(subject) <= MAX_FILES or {item["name"] for item in subject} != set(sizes):
            raise ValueError("files and sizes do not match")
        files = tuple(_entry(item, sizes) for item in subject)
        if len(files) != len(sizes):
            raise ValueError("a file is listed twice")
        return Manifest(_text(predicate["problem"]), _text(predicate["version"]), files)
    except (KeyError, TypeError, ValueError) as error:
        raise UnverifiedError(f"its signed manifest cannot be used: {error}; promote the model again") from error


def _entry(item: Any, sizes: Any) -> FileEntry:
    name, sha256 = _text(item["name"]), _text(item["digest"]["sha256"])
    check_name(name)
    size = sizes[name]
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise ValueError(f"the size of {name} is no number of bytes")
    return FileEntry(name, size, sha256)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is missing")
    return value
