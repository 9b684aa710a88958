"""Restoring a backup: every digest is compared before anything is changed, then old and new change places.

Killed at any point, the same command goes on: files fetched already are kept, and a mark in the home tells that what
lies there half-restored may be replaced by the same backup.
"""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from configs import Settings
from flows.backup.checking import check_restored
from flows.backup.contents import CONFIGS, RESTORED_CONFIGS, Component, components
from flows.backup.copying import Advance, digest_file, nothing_shown
from flows.backup.databases import check_dump, holds_rows, kind_of, load, sqlite_file
from flows.backup.manifest import Manifest, StoredDatabase, StoredFile, parse_manifest
from flows.backup.places import Place, read_text
from flows.errors import FlowError
from flows.lock import only_run
from flows.tracking import tracking_uri
from serving.signing.keys import LOCAL_KEY

STAGING = "restoring"
MARK = "backup-id"
REPLACED = "replaced"
"""Folder below the work folder that a forced restore moves the old state into."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How to restore: whether what is there may be replaced, the manifest's digest noted elsewhere, the progress."""

    force: bool = False
    known_sha256: str | None = None
    advance: Advance = nothing_shown


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored; ``faults`` is empty unless ledger or signatures do not verify, ``notes`` is for people."""

    manifest: Manifest
    faults: tuple[str, ...]
    notes: tuple[str, ...]


def read_manifest(place: Place, backup_id: str, work: Path, known_sha256: str | None = None) -> Manifest:
    """Return a backup's manifest. Raises `FlowError` when it is unusable or not the one whose digest was noted."""
    work.mkdir(parents=True, exist_ok=True)
    text = read_text(place, backup_id, work)
    found = hashlib.sha256(text.encode()).hexdigest()
    if known_sha256 is not None and found != known_sha256:
        raise FlowError(f"{place}/{backup_id}: the manifest's sha256 is {found}, not {known_sha256}; it was changed")
    manifest = parse_manifest(text, f"{place}/{backup_id}")
    if manifest.backup_id != backup_id:
        raise FlowError(f"{place}/{backup_id} holds the manifest of {manifest.backup_id}; take another backup")
    return manifest


def restore_backup(settings: Settings, place: Place, manifest: Manifest, wish: Wish) -> Restored:
    """Bring home and databases to what a backup holds.

    Raises `FlowError`, with nothing changed, when a file is not what the manifest says, when the settings name other
    kinds of databases, when there is something already and ``force`` is not set, or when a run is going on. With
    ``force`` the old files are moved to ``.sdai/replaced``; an old PostgreSQL database is replaced.
    """
    work = settings.paths.work
    work.mkdir(parents=True, exist_ok=True)
    with only_run(work / "run.lock"):
        _check_kinds(settings, manifest)
        staged = work / STAGING
        found = occupied(settings, manifest)
        if found and not wish.force and _begun(staged) != manifest.backup_id:
            raise FlowError(
                f"there is something already: {'; '.join(found)}. Restore into an empty home and database, or use "
                "--force, which moves files to .sdai/replaced and replaces the database"
            )
        _fetch_all(place, manifest, staged, wish.advance)
        for item in manifest.databases:
            check_dump(staged / item.file, item.kind)
        (staged / MARK).write_text(manifest.backup_id, encoding="ascii")
        aside = work / REPLACED / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        for item in manifest.databases:
            _replace_database(_url_of(settings, item), item, staged, aside)
        for component in components(settings, with_signing_key=True):
            _replace_files(component, staged, aside)
        _replace_files(Component(CONFIGS, work / RESTORED_CONFIGS), staged, aside)
        faults = check_restored(settings, manifest)
        shutil.rmtree(staged)
    return Restored(manifest, faults, _notes(settings, manifest))


def occupied(settings: Settings, manifest: Manifest) -> list[str]:
    """Return, in words, what is in the way of a restore: databases with rows, folders with files.

    ``manifest`` names the databases; a folder counts whether or not the backup has files for it.
    """
    found = [
        f"{item.name} database ({item.kind}) has rows"
        for item in manifest.databases
        if holds_rows(_url_of(settings, item))
    ]
    # Also where the backup has no file: what came later would stay beside the restored database.
    found += [
        f"{item.path} has files"
        for item in components(settings, with_signing_key=True)
        if next(item.files(), None) is not None
    ]
    return found


def _check_kinds(settings: Settings, manifest: Manifest) -> None:
    for item in manifest.databases:
        kind = kind_of(_url_of(settings, item))
        if kind != item.kind:
            name = "SDAI_STORE_URL" if item.name == "store" else "SDAI_TRACKING_URI"
            raise FlowError(
                f"the backup holds a {item.kind} {item.name} database and {name} names {kind}; set it right"
            )


def _url_of(settings: Settings, item: StoredDatabase) -> str:
    return settings.store_url if item.name == "store" else tracking_uri(settings)


def _begun(staged: Path) -> str | None:
    mark = staged / MARK
    return mark.read_text(encoding="ascii") if mark.is_file() else None


def _fetch_all(place: Place, manifest: Manifest, staged: Path, advance: Advance) -> None:
    """Fetch what is not there yet; whatever else lies in the folder, of another backup or damaged, goes."""
    wanted = {file.name: file for file in manifest.files}
    for path in sorted(staged.rglob("*"), reverse=True) if staged.is_dir() else ():
        name = path.relative_to(staged).as_posix()
        if path.is_file() and name != MARK and (name not in wanted or digest_file(path, name) != wanted[name]):
            path.unlink()
    for file in manifest.files:
        _fetch(place, manifest.backup_id, file, staged)
        advance(file.size_bytes)


def _fetch(place: Place, backup_id: str, file: StoredFile, staged: Path) -> None:
    target = staged / file.name
    if target.is_file():
        return
    part = staged / f"{file.name}.part"
    part.unlink(missing_ok=True)
    place.fetch(backup_id, file.name, part, file.size_bytes)
    if digest_file(part, file.name) != file:
        part.unlink()
        raise FlowError(f"{place}/{backup_id}/{file.name} is not what the manifest says; take another backup")
    part.replace(target)


def _replace_database(url: str, item: StoredDatabase, staged: Path, aside: Path) -> None:
    if item.kind == "postgresql":
        load(url, staged / item.file)
        return
    file = sqlite_file(url)
    file.parent.mkdir(parents=True, exist_ok=True)
    for beside in (f"{file.name}-wal", f"{file.name}-shm", file.name):
        _set_aside(file.with_name(beside), aside)
    (staged / item.file).replace(file)


def _replace_files(component: Component, staged: Path, aside: Path) -> None:
    """Bring a component to what the backup holds of it, which may be nothing."""
    fetched = staged / component.name
    if component.only:
        _replace_keys(component, fetched, aside)
        return
    _set_aside(component.path, aside)
    if fetched.is_dir():
        component.path.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(fetched, component.path)


def _replace_keys(component: Component, fetched: Path, aside: Path) -> None:
    for name in component.only:
        is_fetched = (fetched / name).is_file()
        # A backup lacks the private key by choice, so the one that is there stays.
        if is_fetched or name != LOCAL_KEY:
            _set_aside(component.path / name, aside)
        if is_fetched:
            component.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            (fetched / name).chmod(0o600 if name == LOCAL_KEY else 0o644)
            shutil.move(fetched / name, component.path / name)


def _set_aside(path: Path, aside: Path) -> None:
    if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
        path.rmdir()
    elif path.exists():
        aside.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.move(path, aside / path.name)


def _notes(settings: Settings, manifest: Manifest) -> tuple[str, ...]:
    said = list(_without_key(settings))
    home = str(settings.paths.home.resolve())
    if home != manifest.home:
        said.append(
            f"the backup was taken in {manifest.home}: MLflow's runs name their files there; the service does not care"
        )
    return (*said, *(f"not in the backup: {item}" for item in manifest.left_out))


def _without_key(settings: Settings) -> Sequence[str]:
    signing = settings.signing
    if signing.key or signing.key_pem or (settings.paths.keys / LOCAL_KEY).is_file():
        return ()
    return (
        f"there is no private signing key: put it back ({settings.paths.keys / LOCAL_KEY} or SDAI_SIGNING_KEY) before "
        "the next promotion, or run `sdai sign` with a new one then",
    )
