"""After a restore: does the ledger hold, reach as far as the backup's, and would the service load every champion?"""

from collections.abc import Mapping

from configs import Settings
from flows.backup.manifest import Manifest
from flows.model_store import DIGEST_EVIDENCE, open_trusted
from flows.promotion import champions, verify
from serving.errors import ServingError
from serving.signing import Expected, SigningError, UnverifiedError, verify_folder
from serving.store.ledger import LedgerRow


def check_restored(settings: Settings, manifest: Manifest) -> tuple[str, ...]:
    """Return what does not verify, in words; empty when all does. The database is brought to today's schema."""
    try:
        return (*_ledger_faults(settings, manifest), *champion_faults(settings, champions(settings)))
    except ServingError as error:
        return (str(error),)


def champion_faults(settings: Settings, rows: Mapping[str, LedgerRow]) -> tuple[str, ...]:
    """Return, in words, the champions whose files the service would refuse; those in a bucket alone are passed over."""
    if not rows:
        return ()
    try:
        trusted = open_trusted(settings)
    except SigningError as error:
        return (f"no signature can be verified: {error}",)
    found = []
    store = settings.paths.work / "bentoml" / "models"
    for name, row in sorted(rows.items()):
        folder = store / name / row.version
        if settings.models.bucket is not None and not folder.is_dir():
            continue
        try:
            verify_folder(folder, Expected(name, row.version, str(row.evidence.get(DIGEST_EVIDENCE, ""))), trusted)
        except UnverifiedError as error:
            found.append(f"{name}: version {row.version} cannot be served: {error}")
    return tuple(found)


def _ledger_faults(settings: Settings, manifest: Manifest) -> tuple[str, ...]:
    report = verify(settings, manifest.ledger.head_sha256)
    if report.broken is not None:
        return (f"the ledger is broken at entry {report.broken.entry_id}: {report.broken.reason}",)
    if report.entries < manifest.ledger.entries:
        return (f"the ledger has {report.entries} entries, the backup had {manifest.ledger.entries}",)
    return ()
