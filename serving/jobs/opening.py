"""The desk, the runner and the place of uploads of one worker, made from the settings."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from configs import Settings
from serving.ifc.upload import UploadPlace
from serving.ifc.uploads import UploadLimits, purge_uploads
from serving.jobs.desk import JobDesk, JobPolicy
from serving.jobs.guarded import ChildLimits
from serving.jobs.runner import Chore, JobRunner, RunnerTimes, Workshop
from serving.loaded_models import Served
from serving.store.jobs import purge_jobs

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

FOLDER = "jobs"


def open_job_desk(settings: Settings, engine: "Engine") -> JobDesk:
    """Return the desk that takes jobs on."""
    jobs = settings.jobs
    policy = JobPolicy(jobs.max_open, jobs.max_open_per_client, jobs.max_attempts, settings.serving.max_upload_bytes)
    return JobDesk(engine, settings.paths.ifc_models, policy, _now)


def open_job_runner(settings: Settings, engine: "Engine", artifact: Callable[[str | None], Served | str]) -> JobRunner:
    """Return the runner of this process; ``artifact`` tells the clash model that answers a client; see `Workshop`."""
    jobs, root = settings.jobs, settings.paths.ifc_models
    limits = ChildLimits(
        timeout_s=jobs.timeout_s,
        memory_bytes=jobs.memory_bytes,
        model_bytes=settings.serving.max_upload_bytes,
        members=jobs.members,
        result_bytes=jobs.max_result_bytes,
    )
    chores = (
        Chore("purge jobs", lambda now: purge_jobs(engine, now - timedelta(days=jobs.keep_days))),
        Chore(
            "purge uploads",
            lambda now: purge_uploads(root, (now - timedelta(days=settings.uploads.keep_days)).timestamp()),
        ),
    )
    workshop = Workshop(root, settings.paths.work / FOLDER, artifact, limits, chores=chores)
    return JobRunner(engine, workshop, RunnerTimes(jobs.lease_s, jobs.heartbeat_s, jobs.poll_s), _now)


def open_upload_place(settings: Settings) -> UploadPlace:
    """Return where clients' models go. One that takes longer than any request may is given up like it."""
    uploads = settings.uploads
    limits = UploadLimits(settings.serving.max_upload_bytes, uploads.client_bytes, uploads.client_models)
    timeout_s = min(uploads.timeout_s, settings.serving.timeout_s)
    return UploadPlace(settings.paths.ifc_models, limits, timeout_s, uploads.at_once)


def _now() -> datetime:
    return datetime.now(UTC)
