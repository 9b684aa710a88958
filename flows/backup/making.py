"""Making a backup: put together beside the others, then kept in one step.

The order is what makes it consistent while the service answers: the journal, then the databases, then the files. A
record is in the journal or the database; a version that the database names was in the model store before.
"""

import hashlib
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from configs import Settings
from flows.backup.contents import (
    CONFIGS,
    JOURNAL,
    SETTINGS_FILE,
    Component,
    components,
    config_files,
    left_out,
    used_settings,
)
from flows.backup.copying import Advance, copy_file, digest_file, nothing_shown
from flows.backup.databases import check_dump, dump, kind_of, sqlite_file
from flows.backup.manifest import (
    MANIFEST_FILE,
    LedgerHead,
    Manifest,
    StoredDatabase,
    StoredFile,
    new_backup_id,
)
from flows.backup.places import Place
from flows.errors import FlowError
from flows.lock import only_run
from flows.model_store import DIGEST_EVIDENCE, is_intact
from flows.records import write_json
from flows.tracking import tracking_uri
from serving.store.chain import ChainReport
from serving.store.database import connect_database
from serving.store.ledger import LedgerRow, current_champions, verify_ledger

PROJECT = "structural-design-ai"
STAGED = ".making-"
LAST_FILE = "last-backup.json"
"""Notes, below the work folder, where the last backup is and the digest of its manifest."""
_FILE_ENDINGS = {"sqlite": "db", "postgresql": "dump"}


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was kept; the digest is that of its manifest, which covers everything else."""

    manifest: Manifest
    manifest_sha256: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of a backup: when it is, whether the private signing key goes in, who sees the progress."""

    now: datetime
    with_signing_key: bool = False
    advance: Advance = nothing_shown


def make_backup(settings: Settings, place: Place, order: Order) -> Made:
    """Put a backup of a home and its databases into a place; nothing of it shows there before it is whole.

    May run while the service answers and while a run trains. Raises `FlowError` when something cannot be read, when a
    tool of PostgreSQL is missing or when another backup to the same place is under way.
    """
    backup_id = new_backup_id(order.now, secrets.token_hex(3))
    with _staging(place, settings.paths.work, backup_id) as staged:
        taken = components(settings, with_signing_key=order.with_signing_key)
        files = _copy_all((item for item in taken if item.name == JOURNAL), staged, order.advance)
        ledger, champions = _read_ledger(settings)
        databases = _dump_databases(settings, staged)
        files += [digest_file(staged / item.file, item.file) for item in databases]
        files += _copy_all((item for item in taken if item.name != JOURNAL), staged, order.advance)
        files += _copy_configs(settings, staged)
        manifest = Manifest(
            backup_id=backup_id,
            created_at=order.now,
            project_version=version(PROJECT),
            home=str(settings.paths.home.resolve()),
            databases=tuple(databases),
            ledger=LedgerHead(entries=ledger.entries, head_sha256=ledger.head_sha256),
            champions={name: row.version for name, row in champions.items()},
            files=tuple(files),
            left_out=left_out(settings, with_signing_key=order.with_signing_key),
        )
        text = manifest.to_json()
        (staged / MANIFEST_FILE).write_text(text, encoding="utf-8")
        place.keep(backup_id, staged, [file.name for file in files])
    return Made(manifest, hashlib.sha256(text.encode()).hexdigest(), _warnings(settings, ledger, champions))


def note_last(work: Path, place: Place, made: Made) -> None:
    """Note where the backup is that people made last, so that `sdai preflight` can tell its age."""
    noted = {
        "place": str(place),
        "backup_id": made.manifest.backup_id,
        "created_at": made.manifest.created_at.isoformat(),
        "manifest_sha256": made.manifest_sha256,
    }
    write_json(work / LAST_FILE, noted)


def size_of(settings: Settings) -> int:
    """Return about how many bytes a backup will copy, without the databases."""
    return sum(path.stat().st_size for item in components(settings) for path in item.files())


@contextmanager
def _staging(place: Place, work: Path, backup_id: str) -> Iterator[Path]:
    """Give an empty folder for one backup; what killed ones left goes first."""
    root = place.staging(work)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with only_run(root / ".backup.lock"):
        for left in root.glob(f"{STAGED}*"):
            shutil.rmtree(left)
        staged = root / f"{STAGED}{backup_id}"
        staged.mkdir(mode=0o700)
        try:
            yield staged
        finally:
            shutil.rmtree(staged, ignore_errors=True)


def _copy_all(taken: Iterator[Component], staged: Path, advance: Advance) -> list[StoredFile]:
    found = []
    for component in taken:
        for path in component.files():
            name = f"{component.name}/{path.relative_to(component.path).as_posix()}"
            try:
                found.append(copy_file(path, staged / name, name, advance))
            except FileNotFoundError:
                # Moved on since it was listed: a journal into the database, which is copied later; a half-written file.
                (staged / name).unlink(missing_ok=True)
            except OSError as error:
                raise FlowError(f"{path} cannot be copied: {error.strerror or error}") from error
    return found


def _copy_configs(settings: Settings, staged: Path) -> list[StoredFile]:
    from configs.concern import CONFIG_DIR

    found = []
    for path in config_files():
        name = f"{CONFIGS}/{path.relative_to(CONFIG_DIR).as_posix()}"
        found.append(copy_file(path, staged / name, name))
    (staged / SETTINGS_FILE).write_text(used_settings(settings), encoding="utf-8")
    return [*found, digest_file(staged / SETTINGS_FILE, SETTINGS_FILE)]


def _dump_databases(settings: Settings, staged: Path) -> list[StoredDatabase]:
    found = []
    for name, url in (("store", settings.store_url), ("mlflow", tracking_uri(settings))):
        kind = kind_of(url)
        if kind is None or (name == "mlflow" and kind == "sqlite" and not sqlite_file(url).is_file()):
            continue
        file = f"{name}.{_FILE_ENDINGS[kind]}"
        dump(url, staged / file)
        check_dump(staged / file, kind)
        found.append(StoredDatabase.model_validate({"name": name, "kind": kind, "file": file}))
    return found


def _read_ledger(settings: Settings) -> tuple[ChainReport, dict[str, LedgerRow]]:
    from sqlalchemy.exc import SQLAlchemyError

    if kind_of(settings.store_url) == "sqlite" and not sqlite_file(settings.store_url).is_file():
        raise FlowError(f"there is no database at {settings.store_url}; is SDAI_PATHS_HOME or SDAI_STORE_URL right?")
    engine = connect_database(settings.store_url)
    try:
        return verify_ledger(engine), current_champions(engine)
    except SQLAlchemyError as error:
        shown = engine.url.render_as_string()
        raise FlowError(f"the ledger in {shown} cannot be read: {error}; is it this project's database?") from error
    finally:
        engine.dispose()


def _warnings(settings: Settings, ledger: ChainReport, champions: dict[str, LedgerRow]) -> tuple[str, ...]:
    said = []
    if ledger.broken is not None:
        said.append(f"the ledger was broken already, at entry {ledger.broken.entry_id}: {ledger.broken.reason}")
    store = settings.paths.work / "bentoml" / "models"
    for name, row in champions.items():
        folder = store / name / row.version
        if settings.models.bucket is None and not is_intact(folder, str(row.evidence.get(DIGEST_EVIDENCE, ""))):
            said.append(f"{name}: the files of version {row.version}, in service, are not what was promoted")
    return tuple(said)
