"""Works on jobs, one at a time, in a thread of one worker process of the host.

A job is held by a lease that is renewed while its subprocess runs. Whoever dies with a job loses it when the lease
ends, and another runner, on any host, takes it; whoever only seemed dead finds its lease lost and drops the work.
"""

import logging
import os
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from serving.errors import ServingError
from serving.jobs.answers import JobAnswers
from serving.jobs.desk import KIND
from serving.jobs.guarded import (
    COMMAND,
    At,
    ChildLimits,
    Crashed,
    Done,
    Event,
    GuardedRun,
    Progress,
    Refused,
    order_limits,
    too_long,
)
from serving.jobs.host_lock import HostLock
from serving.loaded_models import Served
from serving.store.jobs import (
    Job,
    Lease,
    LeaseLostError,
    claim_job,
    fail_job,
    finish_job,
    release_job,
    renew_lease,
)

log = logging.getLogger("sdai.serving.jobs")
CRASHED = "the check ended without an answer"
"""What a client is told of a crash; the log has the rest."""


@dataclass(frozen=True, slots=True)
class RunnerTimes:
    """Seconds: how long a job is held, between signs of life, between looks for work, between chores."""

    lease_s: float
    heartbeat_s: float
    poll_s: float
    chores_s: float = 3_600.0


@dataclass(frozen=True, slots=True)
class Chore:
    """Something done now and then, for example deleting what is old.

    ``work`` is given the time, and what says when to stop early.
    """

    name: str
    work: Callable[[datetime, Callable[[], bool]], object]


@dataclass(frozen=True, slots=True)
class Workshop:
    """What work is done with.

    ``artifact`` names the clash model that answers a client (none: the champion), or why there is none: then no job is
    begun. ``answers`` keeps and counts what jobs come to. ``folder`` belongs to runners alone; everything in it but the
    lock is removed.
    """

    ifc_root: Path
    folder: Path
    artifact: Callable[[str | None], Served | str]
    limits: ChildLimits
    answers: JobAnswers
    command: Sequence[str] = COMMAND
    chores: Sequence[Chore] = field(default_factory=tuple)


class JobRunner:
    """The worker of jobs and chores. Every worker process of a host has one; the host's lock lets one of them work.

    Arguments: the database; what work is done with; times; the time with its zone.
    """

    def __init__(self, engine: Engine, workshop: Workshop, times: RunnerTimes, clock: Callable[[], datetime]) -> None:
        self.name = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._engine = engine
        self._workshop = workshop
        self._times = times
        self._clock = clock
        self._lock = HostLock(workshop.folder / "host.lock")
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._chores_at_s = 0.0

    def start(self) -> None:
        """Begin to work in a thread."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="sdai-jobs", daemon=True)
            self._thread.start()

    def stop(self, wait_s: float = 10.0) -> None:
        """Stop: a job under way goes back to the queue, without loss of an attempt."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(wait_s)

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def step(self) -> bool:
        """Work on one job to its end, if there is one; returns whether there was. Raises when the database fails."""
        artifact = self._workshop.artifact(None)
        if isinstance(artifact, str):
            return False
        claimed = claim_job(self._engine, self.name, self._clock(), self._times.lease_s, KIND)
        if claimed is None:
            return False
        job, lease = claimed
        if job.attempts == 1:  # what a canary did not finish is the champion's
            own = self._workshop.artifact(job.client_id)
            artifact = artifact if isinstance(own, str) else own
        log.info("job %s begun, attempt %d", job.id, job.attempts)
        scratch = self._workshop.folder / "scratch"
        try:
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir(parents=True)
            self._attend(job, lease, artifact, scratch)
        except LeaseLostError:
            log.info("job %s dropped: cancelled or taken by another worker", job.id)
        except (OSError, ServingError):  # a fault of this host: the job waits for a better one
            release_job(self._engine, lease)
            raise
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return True

    def _work(self) -> None:
        try:
            while not self._stop.is_set():
                if not self._turn():
                    self._stop.wait(self._times.poll_s)
        finally:
            self._lock.give_back()

    def _turn(self) -> bool:
        """Take one turn of the loop; whatever fails is logged and tried again, because nobody else would."""
        try:
            if not self._lock.take():
                return False
            self._do_chores()
            return self.step()
        except (SQLAlchemyError, ServingError, OSError) as error:
            log.warning("jobs rest: %s: %s", type(error).__name__, str(error).splitlines()[0] if str(error) else "")
        except Exception:  # process edge: the thread must not die
            log.exception("jobs rest")
        return False

    def _do_chores(self) -> None:
        if time.monotonic() < self._chores_at_s:
            return
        self._chores_at_s = time.monotonic() + self._times.chores_s
        for chore in self._workshop.chores:
            try:
                chore.work(self._clock(), self._stop.is_set)
            except (SQLAlchemyError, ServingError, OSError) as error:
                log.warning("chore %r failed and is done later: %s", chore.name, type(error).__name__)

    def _attend(self, job: Job, lease: Lease, artifact: Served, scratch: Path) -> None:
        """Run the subprocess, keep the lease, and note how it ended; raises `LeaseLostError`."""
        answers, started_s = self._workshop.answers, time.monotonic()
        run = GuardedRun(self._order(job, artifact), self._workshop.limits, scratch, self._workshop.command)
        try:
            ending = self._watch(run, lease)
        finally:
            run.end()
        elapsed_s = time.monotonic() - started_s
        if ending is None:
            self._settle(lambda: release_job(self._engine, lease), job)
        elif isinstance(ending, Done):
            result = answers.answered(job, artifact, ending.result, elapsed_s)
            self._settle(lambda: finish_job(self._engine, lease, result, self._clock()), job)
        elif isinstance(ending, Refused):
            answers.refused(artifact, elapsed_s)
            self._settle(lambda: fail_job(self._engine, lease, ending.reason, self._clock(), retry=False), job)
        elif isinstance(ending, Crashed):
            log.error("job %s crashed, attempt %d: %s", job.id, job.attempts, ending.how)
            answers.failed(job, artifact, elapsed_s)
            self._settle(lambda: fail_job(self._engine, lease, CRASHED, self._clock(), retry=True), job)

    def _watch(self, run: GuardedRun, lease: Lease) -> Event | None:
        """Return how the subprocess ended; None when this runner is to stop."""
        started_s = beat_s = time.monotonic()
        share = 0.0
        while not self._stop.is_set():
            event = run.next_event(min(self._times.heartbeat_s, 0.2))
            if isinstance(event, Progress):
                share = event.share
            elif event is not None and not isinstance(event, At):
                return event
            now_s = time.monotonic()
            if now_s - started_s > self._workshop.limits.timeout_s:
                return Refused(too_long(self._workshop.limits.timeout_s))
            if now_s - beat_s >= self._times.heartbeat_s:
                beat_s = now_s
                self._renew(lease, share)
        return None

    def _renew(self, lease: Lease, share: float) -> None:
        try:
            renew_lease(self._engine, lease, self._clock(), self._times.lease_s, share)
        except SQLAlchemyError as error:
            # The work goes on: should another worker take the job meanwhile, the next sign of life is refused.
            log.warning("no sign of life for job %s: %s", lease.job_id, type(error).__name__)

    def _settle(self, note: Callable[[], Any], job: Job) -> None:
        """Note how a job ended, waiting for a database that is away: the work is done and shall not be lost."""
        while True:
            try:
                note()
            except SQLAlchemyError as error:
                log.warning("the end of job %s waits for the database: %s", job.id, type(error).__name__)
                if self._stop.wait(self._times.poll_s):
                    return
            else:
                log.info("job %s: attempt %d ended", job.id, job.attempts)
                return

    def _order(self, job: Job, artifact: Served) -> dict[str, Any]:
        return {
            "artifact": str(artifact.folder),
            "version": artifact.version,
            "ifc_root": str(self._workshop.ifc_root),
            "client": job.client_id,
            "request": job.request,
            "limits": order_limits(self._workshop.limits),
        }
