"""Makes the parts of clash jobs and uploads that settings ask for."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Engine

from configs import Settings
from serving.artifacts import Artifact
from serving.ifc.upload import UploadPlace
from serving.ifc.uploads import UploadLimits, purge_uploads
from serving.jobs.desk import JobDesk, JobPolicy
from serving.jobs.guarded import ChildLimits
from serving.jobs.runner import Chore, JobRunner, RunnerTimes, Workshop
from serving.store.jobs import purge_jobs


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def build_desk(settings: Settings, engine: Engine, clock: Callable[[], datetime] = utc_now) -> JobDesk:
    """Return the desk that takes jobs on."""
    jobs = settings.jobs
    policy = JobPolicy(jobs.max_open, jobs.max_open_per_client, jobs.max_attempts, settings.serving.max_upload_bytes)
    return JobDesk(engine, settings.paths.ifc_models, policy, clock)


def build_runner(
    settings: Settings,
    engine: Engine,
    artifact: Callable[[], Artifact | str],
    clock: Callable[[], datetime] = utc_now,
) -> JobRunner:
    """Return the worker of jobs; it deletes what is old, too.

    ``artifact`` gives the clash model in service at the moment, or why there is none.
    """
    jobs, uploads, root = settings.jobs, settings.uploads, settings.paths.ifc_models
    limits = ChildLimits(
        jobs.timeout_s, jobs.memory_bytes, settings.serving.max_upload_bytes, jobs.members, jobs.max_result_bytes
    )
    chores = (
        Chore("old jobs", lambda now: purge_jobs(engine, now - timedelta(days=jobs.keep_days))),
        Chore("old models", lambda now: purge_uploads(root, now.timestamp() - uploads.keep_days * 86_400)),
    )
    workshop = Workshop(root, settings.paths.work / "jobs", artifact, limits, chores=chores)
    return JobRunner(engine, workshop, RunnerTimes(jobs.lease_s, jobs.heartbeat_s, jobs.poll_s), clock)


def build_upload_place(settings: Settings) -> UploadPlace:
    """Return where clients' models are kept and what they may send."""
    uploads = settings.uploads
    limits = UploadLimits(settings.serving.max_upload_bytes, uploads.client_bytes, uploads.client_models)
    return UploadPlace(settings.paths.ifc_models, limits, uploads.timeout_s, uploads.at_once)
