"""The desk, the runner and the place of uploads of one worker, made from the settings."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from configs import Settings
from serving.ifc.upload import UploadPlace
from serving.ifc.uploads import UploadLimits, purge_uploads
from serving.jobs.answers import JobAnswers, Observe
from serving.jobs.desk import JobDesk, JobPolicy
from serving.jobs.guarded import ChildLimits
from serving.jobs.runner import Chore, JobRunner, RunnerTimes, Workshop
from serving.loaded_models import Served
from serving.recording import Outcome, PredictionRecord
from serving.store.retention import RetentionPolicy, purge

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

FOLDER = "jobs"


def open_job_desk(settings: Settings, engine: "Engine") -> JobDesk:
    """Return the desk that takes jobs on."""
    jobs = settings.jobs
    policy = JobPolicy(jobs.max_open, jobs.max_open_per_client, jobs.max_attempts, settings.serving.max_upload_bytes)
    return JobDesk(engine, settings.paths.ifc_models, policy, _now)


def open_job_runner(
    settings: Settings,
    engine: "Engine",
    artifact: Callable[[str | None], Served | str],
    record: Callable[[PredictionRecord], Outcome],
    observe: Observe,
) -> JobRunner:
    """Return the runner of this process; ``artifact`` tells the clash model that answers a client; see `Workshop`.

    ``record`` and ``observe`` keep and count what is answered; see `JobAnswers`.

    A host that works on no jobs does the chores all the same.
    """
    jobs, root = settings.jobs, settings.paths.ifc_models
    limits = ChildLimits(
        timeout_s=jobs.timeout_s,
        memory_bytes=jobs.memory_bytes,
        model_bytes=settings.serving.max_upload_bytes,
        members=jobs.members,
        result_bytes=jobs.max_result_bytes,
    )
    policy = retention_policy(settings)
    chores = (
        Chore("purge database", lambda now, is_stopped: purge(engine, policy, now, is_stopped=is_stopped)),
        Chore("purge uploads", lambda now, _: purge_uploads(root, uploads_before_s(settings, now))),
    )
    tells = artifact if jobs.enabled else lambda _: "this host works on no jobs"
    workshop = Workshop(
        root, settings.paths.work / FOLDER, tells, limits, JobAnswers(record, observe, _now), chores=chores
    )
    times = RunnerTimes(jobs.lease_s, jobs.heartbeat_s, jobs.poll_s, settings.retention.interval_s)
    return JobRunner(engine, workshop, times, _now)


def retention_policy(settings: Settings) -> RetentionPolicy:
    """Return how long the database keeps what it need not keep for ever."""
    retention = settings.retention
    return RetentionPolicy(
        predictions=timedelta(days=retention.predictions_days),
        labels=timedelta(days=retention.labels_days),
        jobs=timedelta(days=settings.jobs.keep_days),
        batch_rows=retention.batch_rows,
    )


def uploads_before_s(settings: Settings, now: datetime) -> float:
    """Return the Unix time of which models that were sent earlier are not kept."""
    return (now - timedelta(days=settings.uploads.keep_days)).timestamp()


def open_upload_place(settings: Settings) -> UploadPlace:
    """Return where clients' models go."""
    uploads = settings.uploads
    limits = UploadLimits(settings.serving.max_upload_bytes, uploads.client_bytes, uploads.client_models)
    return UploadPlace(
        settings.paths.ifc_models, limits, uploads.timeout_s, uploads.at_once, uploads.at_once_per_client
    )


def _now() -> datetime:
    return datetime.now(UTC)
