"""Gathering the evidence: reads database, files and health page, changes nothing and judges nothing."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, text
from sqlalchemy.engine import Engine, make_url

from configs import Settings
from flows.alarms.watch import remembered
from flows.backup.checking import champion_faults
from flows.backup.databases import kind_of, sqlite_file
from flows.backup.making import LAST_FILE
from flows.backup.places import open_backups
from flows.errors import FlowError
from flows.model_store import DIGEST_EVIDENCE, is_intact
from flows.preflight.operations import Alarms, Backup, Secrets
from flows.preflight.versions import InService, Timed
from flows.records import read_latest
from serving.recording.drain import REJECTED_FILE
from serving.store.database import MIGRATIONS, connect_database
from serving.store.ledger import (
    LedgerRow,
    current_champions,
    find_model,
    previous_champion,
    verify_ledger,
)

HEALTH_PATH = "/api/v1/health"
MAX_PAGE_BYTES = 1_000_000
HEALTH_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema's number in the database (None: none) and that of this release."""

    current: str | None
    head: str | None


@contextmanager
def opened(settings: Settings) -> Iterator[Engine]:
    """Give an engine on the database as it is: not migrated, not made. Raises `FlowError` where there is none."""
    if kind_of(settings.store_url) == "sqlite" and not sqlite_file(settings.store_url).is_file():
        raise FlowError(f"there is no database at {settings.store_url}; run `sdai run` first")
    engine = connect_database(settings.store_url)
    try:
        yield engine
    finally:
        engine.dispose()


def read_schema(engine: Engine) -> Schema:
    """Return which schema the database has and which this release needs."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.connect() as connection:
        known = inspect(connection).has_table("alembic_version")
        current = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if known else None
    return Schema(current, ScriptDirectory.from_config(config).get_current_head())


def read_chain(engine: Engine) -> tuple[int, str | None]:
    """Return the ledger's entries that hold, and the first break in words."""
    report = verify_ledger(engine)
    return report.entries, f"entry {report.broken.entry_id}: {report.broken.reason}" if report.broken else None


def read_versions(settings: Settings, engine: Engine) -> dict[str, InService]:
    """Return what is known of the version in service of each model."""
    return {name: _in_service(settings, engine, row) for name, row in current_champions(engine).items()}


def read_signatures(settings: Settings, engine: Engine) -> tuple[tuple[str, ...], int]:
    """Return the versions in service that the service would refuse, in words, and how many there are."""
    rows = current_champions(engine)
    return champion_faults(settings, rows), len(rows)


def read_timed(settings: Settings, record: Mapping[str, Any]) -> dict[str, Timed]:
    """Return what the last completed run timed."""
    gates = settings.gates
    return {
        name: Timed(
            facts.get("version"),
            facts.get("p95_ms"),
            gates.p95_ms[name],
            facts.get("inference_p95_ms"),
            gates.inference_p95_ms[name],
        )
        for name, facts in record.get("models", {}).items()
        if name in gates.p95_ms
    }


def read_run(settings: Settings) -> dict[str, Any]:
    """Return the record of the last completed run, empty without one."""
    with suppress(FlowError):
        return read_latest(settings.paths.work / "runs", "completed")
    return {}


def changed_files(record: Mapping[str, Any]) -> list[str] | None:
    """Return, in words, how the dataset of a run differs from its record; None where it is not on this machine."""
    from data_validation.errors import DataError
    from data_validation.manifest import file_sha256, read_manifest

    dataset = record.get("dataset", {})
    folder = Path(str(dataset.get("folder", "")))
    if not dataset.get("folder") or not folder.is_dir():
        return None
    try:
        manifest = read_manifest(folder)
    except DataError as error:
        return [str(error)]
    found = [
        f"{item.file} is not what its manifest says"
        for item in manifest.problems.values()
        if not (folder / item.file).is_file() or file_sha256(folder / item.file) != item.sha256
    ]
    if manifest.sha256 != dataset.get("sha256"):
        found.append(f"its manifest has sha256 {manifest.sha256[:16]}, the run had {str(dataset.get('sha256'))[:16]}")
    return found


def ask_health(url: str, timeout_s: float = HEALTH_TIMEOUT_S) -> tuple[int | None, dict[str, Any]]:
    """Return status and body of a health page; None without an answer. Raises `FlowError` for no http(s) address."""
    if not url.startswith(("http://", "https://")):
        raise FlowError(f"{url} is no address of a service; write http://host:port")
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}{HEALTH_PATH}", timeout=timeout_s) as answer:  # noqa: S310  (http or https alone)
            return answer.status, _object(answer.read(MAX_PAGE_BYTES))
    except urllib.error.HTTPError as error:
        return error.code, _object(error.read(MAX_PAGE_BYTES))
    except (OSError, ValueError):
        return None, {}


def read_alarms(settings: Settings) -> Alarms:
    """Return who hears of alarms, and what the watch remembers."""
    memory = remembered(settings.paths.work / "alarms" / "state.json")
    looked = max((reading.at for reading in memory.readings.values()), default=None)
    raised = [f"{name} {subject}".strip() for (name, subject), state in memory.states.items() if state.is_raised]
    return Alarms(len(settings.notify.urls), len(settings.notify.page_urls), looked, raised)


def read_backup(settings: Settings) -> Backup | None:
    """Return what is known of the last backup, None without one; its place is asked whether it still has it."""
    work = settings.paths.work
    try:
        noted = json.loads((work / LAST_FILE).read_text(encoding="utf-8"))
        backup = Backup(noted["backup_id"], datetime.fromisoformat(noted["created_at"]), noted["place"])
        known = str(noted["manifest_sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    from flows.backup.restoring import read_manifest

    try:
        read_manifest(open_backups(backup.place, settings.models), backup.backup_id, work, known)
    except FlowError as error:
        return Backup(backup.backup_id, backup.created_at, backup.place, str(error))
    return backup


def read_secrets(settings: Settings) -> Secrets:
    """Return what guards the service."""
    urls = {
        "SDAI_STORE_URL": settings.store.url,
        "SDAI_TRACKING_URI": settings.tracking.uri,
        "SDAI_CACHE_REDIS_URL": settings.cache.redis_url,
        "SDAI_LIMITS_REDIS_URL": settings.limits.redis_url,
    }
    servers = {name: url for name, url in urls.items() if url and not url.startswith(("sqlite", "http", "unix"))}
    passwords = {name: _password(url) for name, url in servers.items()}
    signing = settings.signing
    is_local = not (signing.key or signing.key_pem or signing.trusted_keys or signing.trusted_pems)
    return Secrets(settings.auth.mode.value, settings.auth.has_issuer, passwords, is_local)


def count_rejected(settings: Settings) -> int:
    """Return how many answers no database took."""
    file = settings.paths.work / settings.recording.folder / REJECTED_FILE
    try:
        with file.open("rb") as stream:
            return sum(1 for _ in stream)
    except FileNotFoundError:
        return 0


def read_plan(file: Path) -> dict[str, dict[str, Any]]:
    """Return the planned values by address of a file that ``terraform show -json`` wrote; `FlowError` for another."""
    try:
        plan = json.loads(file.read_text(encoding="utf-8"))
        return dict(_resources(plan["planned_values"]["root_module"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FlowError(f"{file} is no plan of `terraform show -json PLAN`: {type(error).__name__} {error}") from error


def _in_service(settings: Settings, engine: Engine, row: LedgerRow) -> InService:
    stored = find_model(engine, row.model, row.version)
    previous = previous_champion(engine, row.model)
    return InService(
        row.version,
        _gate_of(row),
        stored.accuracy if stored else None,
        settings.gates.targets.get(row.model, 1.0),
        _fault_of(settings, previous) if previous else None,
        previous is not None,
    )


def _gate_of(row: LedgerRow) -> str | None:
    """Return what the gate said; a rollback carries the evidence of the promotion that it goes back to."""
    verdict = row.evidence.get("verdict")
    return str(verdict.get("outcome")) if isinstance(verdict, dict) and "outcome" in verdict else None


def _fault_of(settings: Settings, row: LedgerRow) -> str | None:
    folder = settings.paths.work / "bentoml" / "models" / row.model / row.version
    if settings.models.bucket is not None and not folder.is_dir():
        return None
    if not is_intact(folder, str(row.evidence.get(DIGEST_EVIDENCE, ""))):
        return f"the files of version {row.version} are not what was promoted"
    return None


def _password(url: str) -> str | None:
    password = make_url(url).password
    return None if password is None else str(password)


def _resources(module: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for item in module.get("resources", ()):
        yield item["address"], dict(item["values"])
    for child in module.get("child_modules", ()):
        yield from _resources(child)


def _object(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
