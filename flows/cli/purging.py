"""``sdai purge``: the database and the uploaded models, by the settings of retention."""

from collections.abc import Iterator
from datetime import UTC, datetime

from configs import Settings
from serving.ifc.uploads import purge_uploads
from serving.jobs.opening import retention_policy, uploads_before_s
from serving.store.database import open_database
from serving.store.retention import purge


def purge_everything(settings: Settings) -> Iterator[str]:
    """Delete what the settings do not keep; yields a line on each part when it is done."""
    now = datetime.now(UTC)
    engine = open_database(settings.store_url)
    try:
        purged = purge(engine, retention_policy(settings), now)
    finally:
        engine.dispose()
    if purged is None:
        yield "database: another process purges it right now"
    else:
        yield f"predictions older than {settings.retention.predictions_days:g} days: {purged.predictions} deleted"
        yield f"labels of the engine older than {settings.retention.labels_days:g} days: {purged.labels} deleted"
        yield f"jobs that ended more than {settings.jobs.keep_days:g} days ago: {purged.jobs} deleted"
        yield f"idempotency keys whose time is over: {purged.keys} deleted"
    models = purge_uploads(settings.paths.ifc_models, uploads_before_s(settings, now))
    yield f"uploaded models not sent for {settings.uploads.keep_days:g} days: {models} deleted"
