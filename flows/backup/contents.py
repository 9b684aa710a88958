"""What goes into a backup, and what does not: folders of a home, configuration as used, no secrets.

Left out is what can be made or fetched again (datasets, trained folders, caches) and what is secret. See
`docs/backup_and_recovery.md` for the reasons.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from configs import Settings
from configs.concern import CONFIG_DIR, Concern
from flows.tracking import tracking_uri
from serving.signing.keys import LOCAL_KEY, LOCAL_PUBLIC_KEY

HIDDEN = "(secret, not in a backup)"
SECRET_CONCERNS = frozenset({"notify"})
"""Concerns all of whose texts may carry a password or a token: addresses of notices."""
_USER_OF_URL = re.compile(r"(?<=://)[^/@\s]+(?=@)")
JOURNAL = "journal"
CONFIGS = "configs"
SETTINGS_FILE = f"{CONFIGS}/settings.json"
RESTORED_CONFIGS = "configs-of-backup"
"""Folder of the home that restored configuration is put in, to be compared by people; nothing reads it."""


@dataclass(frozen=True, slots=True)
class Component:
    """A folder of the backup and the folder or files of the home it is taken from and goes back to.

    ``only`` names the files directly in it that count; none given: everything below it.
    """

    name: str
    path: Path
    only: tuple[str, ...] = ()

    def files(self) -> Iterator[Path]:
        """Yield the plain files, sorted; links are not followed and not taken."""
        if self.only:
            yield from (self.path / name for name in self.only if (self.path / name).is_file())
            return
        for path in sorted(self.path.rglob("*")):
            if path.is_file() and not path.is_symlink() and not _through_link(path, self.path):
                yield path


def components(settings: Settings, *, with_signing_key: bool = False) -> tuple[Component, ...]:
    """Return the folders that a backup of these settings holds, in the order they are taken.

    The journal comes first and before the databases: a record moves from the journal into the database, so taken in
    this order each is in one of the two at least.
    """
    work, paths = settings.paths.work, settings.paths
    keys = (LOCAL_PUBLIC_KEY, LOCAL_KEY) if with_signing_key else (LOCAL_PUBLIC_KEY,)
    found = [
        Component(JOURNAL, work / settings.recording.folder),
        Component("models", work / "bentoml" / "models"),
        Component("mlflow-artifacts", paths.mlruns / "artifacts"),
        Component("runs", work / "runs"),
        Component("reports", work / "reports"),
        Component("alarms", work / "alarms"),
        Component("keys", paths.keys, only=keys),
    ]
    # Folders elsewhere may be disks of their own, which cannot change places and have backups of their own.
    if settings.dataset.reviewed_dir is None:
        found.append(Component("reviewed", work / "reviewed"))
    if paths.ifc_root is None:
        found.append(Component("ifc", paths.ifc_models))
    return tuple(found)


def left_out(settings: Settings, *, with_signing_key: bool = False) -> tuple[str, ...]:
    """Return, in words, what a backup of these settings does not hold and where that is kept instead."""
    said = [
        "datasets and trained folders: made again from seed and configuration, or kept with `sdai dataset push`",
        "the development key, tokens, passwords of databases: they belong to a secret store; after a restore "
        "`sdai token` makes a new key and token",
    ]
    if not with_signing_key:
        said.append("the private signing key: keep it in a secret store, or use --with-signing-key")
    said += [
        f"{folder}: it is outside of the home; back it up where it is (on AWS the file system does so itself)"
        for folder in (settings.paths.ifc_root, settings.dataset.reviewed_dir)
        if folder is not None
    ]
    if settings.models.bucket:
        said.append(f"s3://{settings.models.bucket}: replaced objects are kept by the bucket's versioning")
    artifacts = settings.tracking.artifacts or ""
    if artifacts and not artifacts.startswith("file://"):
        said.append(f"MLflow's artifacts in {artifacts}: replaced objects are kept by the bucket's versioning")
    if tracking_uri(settings).startswith("http"):
        said.append("MLflow's database: it belongs to the tracking server; back it up there")
    if settings.store_url.startswith("postgresql"):
        said.append("any moment between two backups: PostgreSQL's point-in-time recovery has those (RDS: 30 days)")
    return tuple(said)


def used_settings(settings: Settings) -> str:
    """Return the settings in force as JSON, secrets replaced."""
    content = {item.name: _told(item.name, getattr(settings, item.name)) for item in fields(settings)}
    return json.dumps(content, indent=2, sort_keys=True, default=str) + "\n"


def config_files(folder: Path = CONFIG_DIR) -> Iterator[Path]:
    """Yield the YAML files of the settings."""
    yield from sorted(path for path in folder.rglob("*.yaml") if path.is_file())


def _told(name: str, concern: Concern) -> dict[str, Any]:
    hidden = {field for field, facts in type(concern).model_fields.items() if not facts.repr}
    return {
        field: HIDDEN if field in hidden or (name in SECRET_CONCERNS and _has_text(value)) else _masked(value)
        for field, value in concern
    }


def _masked(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return HIDDEN
    if isinstance(value, str):
        return _USER_OF_URL.sub(HIDDEN, value)
    if isinstance(value, Mapping):
        return {str(key): _masked(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_masked(item) for item in value]
    return value


def _has_text(value: Any) -> bool:
    return bool(value) and isinstance(value, str | tuple | list)


def _through_link(path: Path, root: Path) -> bool:
    return any(parent.is_symlink() for parent in path.parents if parent != root and root in parent.parents)
