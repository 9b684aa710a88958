"""The manifest: what a dataset holds, how it was made and the digests that prove it is unchanged."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import structural
from data_validation.contract import SplitWeights
from data_validation.errors import ManifestError
from structural.problem import Problem

MANIFEST_FILE = "manifest.json"
FORMAT_VERSION = 1
GENERATOR_VERSION = "1.7"
"""Raise it when the meaning of the bytes changes; part of the dataset's digest and key."""

_BLOCK_BYTES = 1 << 20


class DatasetOptions(SplitWeights, Protocol):
    """The settings that shape a dataset (`configs.settings.DatasetSettings` fits)."""

    @property
    def entries_per_problem(self) -> int: ...
    @property
    def seed(self) -> int: ...
    @property
    def chunk_rows(self) -> int: ...
    @property
    def workers(self) -> int: ...
    @property
    def own_data_dir(self) -> Path | None: ...
    @property
    def reviewed_dir(self) -> Path | None: ...
    @property
    def max_age_days(self) -> int: ...


@dataclass(frozen=True, slots=True)
class RecordedOptions:
    """The settings kept in a manifest: those that decide the bytes."""

    entries_per_problem: int
    seed: int
    chunk_rows: int
    train_weight_percent: int
    validation_weight_percent: int

    @staticmethod
    def of(options: DatasetOptions) -> "RecordedOptions":
        """Take what decides the bytes out of the settings."""
        names = RecordedOptions.__dataclass_fields__
        return RecordedOptions(**{name: getattr(options, name) for name in names})


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One problem's file.

    ``reviewed_rows`` entries made of accepted reports stand first in the file, then ``own_rows`` from the company's
    data; ``own_rows_refused`` rows of either were set aside.
    """

    file: str
    sha256: str
    size_bytes: int
    rows: int
    own_rows: int
    splits: dict[str, int]
    chunks: int
    repeats_skipped: int
    own_rows_refused: int
    columns: list[dict[str, str]]
    reviewed_rows: int = 0

    @property
    def brought_rows(self) -> int:
        """Rows at the beginning of the file that were not generated."""
        return self.reviewed_rows + self.own_rows


@dataclass(frozen=True, slots=True)
class Manifest:
    """A finished dataset. ``sha256`` covers the files and their schema, not the time of building."""

    key: str
    sha256: str
    entries: int
    created_at: str
    settings: RecordedOptions
    problems: dict[str, FileRecord]
    quarantined_rows: int = 0
    generator_version: str = GENERATOR_VERSION
    format_version: int = FORMAT_VERSION
    source_sha256: str = field(default="")

    @property
    def created(self) -> datetime:
        """When the dataset was finished, with time zone."""
        return datetime.fromisoformat(self.created_at)

    def write(self, folder: Path) -> None:
        """Write `MANIFEST_FILE` into the folder, whole or not at all."""
        target = folder / MANIFEST_FILE
        part = target.with_suffix(".part")
        part.write_text(json.dumps(asdict(self), indent=2, sort_keys=True) + "\n", encoding="utf-8")
        part.replace(target)


def read_manifest(folder: Path) -> Manifest:
    """Read a dataset's manifest; raises `ManifestError` when it is missing, damaged or of another version."""
    path = folder / MANIFEST_FILE
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ManifestError(f"{folder} has no {MANIFEST_FILE}; build it with `sdai dataset build`") from error
    except (OSError, ValueError) as error:
        raise ManifestError(f"{path} cannot be read ({error}); build the dataset again") from error
    if not isinstance(data, dict) or data.get("format_version") != FORMAT_VERSION:
        raise ManifestError(f"{path} is not a manifest of format {FORMAT_VERSION}; build the dataset again")
    try:
        problems = {name: FileRecord(**record) for name, record in data.pop("problems").items()}
        manifest = Manifest(settings=RecordedOptions(**data.pop("settings")), problems=problems, **data)
        outside = [record.file for record in problems.values() if Path(record.file).name != record.file]
        aware = manifest.created.tzinfo is not None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ManifestError(f"{path} is damaged ({error}); build the dataset again") from error
    if outside or not aware:
        raise ManifestError(f"{path} is damaged (file outside its folder or time without zone); build it again")
    return manifest


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    digest = sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def columns_record(problem: Problem) -> list[dict[str, str]]:
    """Return name, kind, role and unit of a problem's columns, as kept in the manifest."""
    return [{"name": c.name, "kind": c.kind.value, "role": c.role.value, "unit": c.unit} for c in problem.columns]


def dataset_sha256(problems: dict[str, FileRecord]) -> str:
    """Return the digest of a whole dataset: its files' digests and columns, sorted by name."""
    parts = [[name, record.sha256, record.columns] for name, record in sorted(problems.items())]
    return _digest([GENERATOR_VERSION, parts])


def dataset_key(problems: Sequence[Problem], options: DatasetOptions) -> str:
    """Return the name of the dataset these settings give: 16 hex digits, known before it is built.

    Covers the settings that decide the bytes, the contract, the generator's source, the company's own files and the
    reviewed entries, so a finished dataset of the same key can be used again and a stale one never is.
    """
    return _digest(
        [
            GENERATOR_VERSION,
            source_sha256(sources_of(problems)),
            asdict(RecordedOptions.of(options)),
            {problem.name: [repr(column) for column in problem.columns] for problem in problems},
            own_files_digest(options.own_data_dir),
            own_files_digest(options.reviewed_dir),
        ]
    )[:16]


def sources_of(problems: Sequence[Problem]) -> tuple[str, ...]:
    """Return the packages and modules beside `structural` whose code decides the entries of these problems."""
    return tuple(sorted({name for problem in problems for name in problem.sources}))


@cache
def source_sha256(further: tuple[str, ...] = ()) -> str:
    """Return the digest of the code that decides the entries: the `structural` package, source and tables.

    ``further`` are packages and modules that do so too. Raises `ManifestError` for one that cannot be found.
    """
    found = _digest_of_folder(Path(str(structural.__file__)).parent)
    return _digest([found, *([name, _digest_of_code(name)] for name in further)]) if further else found


def _digest_of_code(name: str) -> str:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ManifestError(f"the source of {name} is not there, but entries are made by it; install it whole")
    path = Path(spec.origin)
    return _digest_of_folder(path.parent) if spec.submodule_search_locations else file_sha256(path)


def _digest_of_folder(root: Path) -> str:
    files = [path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return _digest([[path.relative_to(root).as_posix(), file_sha256(path)] for path in sorted(files)])


def own_files_digest(folder: Path | None) -> list[list[str]]:
    """Return name and digest of every file directly in a folder of entries."""
    if folder is None or not folder.is_dir():
        return []
    return [[path.name, file_sha256(path)] for path in sorted(folder.iterdir()) if path.is_file()]


def _digest(data: object) -> str:
    return sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def utc_now() -> datetime:
    """Return the time now, in UTC."""
    return datetime.now(UTC)
