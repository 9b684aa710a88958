"""One worker process: every part of the service made from the settings, and ended in order."""

import asyncio
import logging
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from configs import Settings
from configs.limits_settings import LimitsSettings
from serving.answering import Answering
from serving.artifacts import FixedVersions, VersionSource
from serving.asking import SLOW, open_questions
from serving.auth import Authoriser, build_authoriser, require_loopback
from serving.batches import Batches
from serving.breaker import CircuitBreaker
from serving.caching import (
    REDIS_TROUBLES,
    AnswerCache,
    Event,
    LoadedVersions,
    open_answer_cache,
    release_digest,
)
from serving.edge import EdgeParts
from serving.edge.once import OnceOnly
from serving.edge.state import route_table
from serving.feedback import FeedbackDesk
from serving.following import Follower
from serving.http_problems import Problem
from serving.idempotency import Idempotency
from serving.idempotency_store import DatabaseIdempotencyStore
from serving.ifc.content import ModelContent
from serving.ifc.reader import Limits
from serving.ifc.upload import UploadPlace
from serving.jobs import JobDesk, JobRunner
from serving.jobs.opening import open_job_desk, open_job_runner, open_upload_place
from serving.labelling.contract import load_judges
from serving.labelling.live import LiveLabels
from serving.labelling.store import DatabaseLabels
from serving.limiting import InFlight, open_loop_delay, open_rate_limiter
from serving.loaded_models import LoadedModels, Served
from serving.loading import ModelLoader
from serving.model_files import open_model_files
from serving.questions import PATHS
from serving.recording import DatabaseSink, Recorder
from serving.rollout.canaries import CanaryFollower
from serving.rollout.guarding import CanaryGuard, GuardLimits
from serving.rollout.mirror import Mirror
from serving.rollout.sampling import Sampler
from serving.rollout.source import DatabaseRollouts
from serving.signing import open_trusted_keys
from serving.signing.private_copies import PrivateCopies
from serving.store.database import StoreAwayError, connect_database, migrate_database
from serving.store.idempotency import KeyTimes
from serving.telemetry import Telemetry, start_telemetry
from serving.threads import ThreadPool
from serving.together import Together
from serving.waiting_line import WaitingLine
from structural.problems import PROBLEM_NAMES

BACKLOG_INTERVAL_S = 1.0
RISE_LOOKS = 1.5
"""A weight that rises counts this many looks after it was written: every worker has looked once by then."""
_STORE_THREADS = 4
_LOOKUP_THREADS = 2
_STOP_S = 0.5
"""What a worker that ends waits for a clash job to stop and for a look at the ledger that is under way."""
_SERVING = Path(__file__).parent
log = logging.getLogger("sdai.serving")


@dataclass(frozen=True, slots=True)
class Threads:
    """Threads by what they are for: no kind of work waits for another."""

    slow: ThreadPool
    lookups: ThreadPool
    batches: ThreadPool
    items: ThreadPool
    store: ThreadPool
    keys: ThreadPool
    canaries: ThreadPool

    def stop(self) -> None:
        """Begin nothing more."""
        for pool in (self.slow, self.lookups, self.batches, self.items, self.store, self.keys, self.canaries):
            pool.stop()


@dataclass(frozen=True, slots=True)
class Worker:
    """What a worker works with; `start_worker` makes it."""

    settings: Settings
    telemetry: Telemetry
    authoriser: Authoriser
    models: LoadedModels
    follower: Follower
    cache: AnswerCache
    recorder: Recorder
    engine: Engine
    runner: JobRunner
    desk: JobDesk
    uploads: UploadPlace
    threads: Threads
    edge: EdgeParts
    answering: Answering
    mirror: Mirror
    labels: LiveLabels
    batches: Batches
    feedback: FeedbackDesk

    def is_ready(self) -> bool:
        """Return whether requests can be decided and there is something to answer them with."""
        return self.not_ready() is None

    def not_ready(self) -> Problem | None:
        """Return what a worker that is not ready answers to the question how it is; None when it is ready."""
        if self.authoriser.problem() is not None:  # whose text names the place of the keys
            detail = "The service is not ready: it has no keys to check tokens with."
        elif not self.models.is_ready():
            detail = "The service is not ready: no version answers yet."
        else:
            return None
        faults = tuple(sorted(self.models.unavailable.items()))
        return Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, faults, retry_after_s=1)

    def health(self) -> dict[str, Any]:
        """Return the body of the health page."""
        recorder = self.recorder.status()
        return self.models.health() | {
            "recorder": recorder.state.value,
            "records_waiting_bytes": recorder.backlog_bytes,
        }

    async def watch_backlog(self) -> None:
        """Tell the metrics, again and again, how far the database is behind."""
        waiting_since_s: float | None = None
        while True:
            backlog_bytes = self.recorder.status().backlog_bytes
            now_s = time.monotonic()
            waiting_since_s = None if backlog_bytes == 0 else waiting_since_s or now_s
            lag_s = 0.0 if waiting_since_s is None else now_s - waiting_since_s
            self.telemetry.metrics.set_recorder_backlog(backlog_bytes, lag_s)
            await asyncio.sleep(BACKLOG_INTERVAL_S)

    async def stop(self) -> None:
        """End in order: records into the database, caches, then the last figures and lines. Requests are over."""
        stops = (
            partial(self.runner.stop, _STOP_S),
            partial(self.follower.stop, _STOP_S),
            partial(self.mirror.spare.stop, _STOP_S),
            partial(self.labels.stop, _STOP_S),
        )
        await asyncio.gather(*(asyncio.to_thread(stop) for stop in stops))
        await asyncio.to_thread(self.recorder.close, self.settings.serving.drain_records_s)
        await self.cache.close()
        self.threads.stop()
        self.engine.dispose()
        await asyncio.to_thread(self.telemetry.stop)


def start_worker(settings: Settings, source: VersionSource) -> Worker:
    """Return a worker that has tried to load every version its source names, and that follows the source.

    Raises `AuthSetupError` or `JournalError` where the service must not start.
    """
    serving = settings.serving
    require_loopback(settings.auth, serving.host)
    routes = route_table()
    telemetry = start_telemetry(settings.telemetry, settings.logging, routes, os.environ)
    authoriser = build_authoriser(settings.auth, settings.paths.keys)
    threads = Threads(
        ThreadPool("slow", serving.slow_threads),
        ThreadPool("lookup", _LOOKUP_THREADS),
        ThreadPool("batch", serving.batch_threads),
        ThreadPool("item", serving.batch_threads),
        ThreadPool("store", _STORE_THREADS),
        ThreadPool("keys", _STORE_THREADS),
        ThreadPool("canary", settings.routing.threads),
    )
    models = LoadedModels()
    follower = _follower(settings, source, models, telemetry)
    follower.look()
    cache = _open_cache(settings, telemetry)
    journal = settings.paths.work / settings.recording.folder
    recorder = Recorder(settings.recording, journal, DatabaseSink(settings.store_url))
    engine = _open_store(settings, follower)
    labels = LiveLabels(load_judges(), DatabaseLabels(settings.store_url), settings.labels, telemetry.metrics)
    mirror = Mirror(models, telemetry, recorder, settings.routing, labels.offer)
    contents = ModelContent(settings.paths.ifc_models, Limits().file_bytes)
    delay = open_loop_delay(settings.limits)
    together = Together(delay)
    answering = Answering(
        models,
        telemetry,
        cache,
        recorder,
        together,
        threads.lookups,
        WaitingLine(threads.slow, serving.slow_threads, serving.slow_waiting),
        {"clash_detector": lambda request, client: contents.digest(request.model_ifc, client)},
        CanaryGuard(cache, together, threads.canaries, _guard_limits(settings)),
        Sampler(models, mirror, labels),
    )
    edge = EdgeParts(
        authoriser,
        telemetry,
        open_rate_limiter(settings.limits, serving.workers),
        InFlight(settings.limits.max_in_flight),
        delay,
        _once_only(settings.limits, engine, threads.keys),
        routes,
        open_questions(answering, request_schemas()),
    )
    tells = partial(models.get, "clash_detector")
    runner = open_job_runner(settings, engine, tells, recorder.record, telemetry.metrics.observe_prediction)
    runner.start()
    mirror.spare.start()
    labels.spare.start()
    return Worker(
        settings,
        telemetry,
        authoriser,
        models,
        follower,
        cache,
        recorder,
        engine,
        runner,
        open_job_desk(settings, engine),
        open_upload_place(settings),
        threads,
        edge,
        answering,
        mirror,
        labels,
        Batches(answering, request_schemas(), serving.timeout_s, SLOW, threads.items),
        FeedbackDesk(recorder, threads.store),
    )


def _open_cache(settings: Settings, telemetry: Telemetry) -> AnswerCache:
    """Return the cache of answers. Where there is no Redis nothing is told, which costs every answer time."""

    def told(event: Event) -> None:
        if event in REDIS_TROUBLES:
            telemetry.metrics.count_redis_trouble(event.value.removeprefix("redis_"))

    hook = told if settings.cache.redis_url is not None else None
    return open_answer_cache(settings.cache, release=_release(settings), hook=hook)


def _open_store(settings: Settings, follower: Follower) -> Engine:
    """Return an engine for what requests read and write, whether the database is there now or not.

    A source of versions that lies in the database has brought it to the newest schema when it could be read, and does
    so later when it could not.
    """
    if not follower.is_away:
        try:
            migrate_database(settings.store_url)
        except StoreAwayError as error:
            log.warning("the service starts without its database: %s", error)
    return connect_database(settings.store_url, settings.store.timeout_s)


def _once_only(limits: LimitsSettings, engine: Engine, threads: ThreadPool) -> OnceOnly:
    times = KeyTimes(limits.idempotency_lease_s, limits.idempotency_ttl_s)
    rules = Idempotency(DatabaseIdempotencyStore(engine, times), lambda: datetime.now(UTC))
    breaker = CircuitBreaker(limits.breaker_failures, limits.breaker_open_s)
    return OnceOnly(rules, threads, limits.idempotency_wait_s, breaker, frozenset(PATHS.values()))


def _follower(settings: Settings, source: VersionSource, models: LoadedModels, telemetry: Telemetry) -> Follower:
    """Return what keeps a worker's versions those of the source."""

    def count(problem: str, old: Served | None, new: Served | None) -> None:
        for served, loaded in ((old, False), (new, True)):
            if served is not None:
                telemetry.metrics.set_loaded(problem, version=served.version, arm=served.arm, loaded=loaded)

    signing = settings.signing
    loader = ModelLoader(
        PrivateCopies(settings.paths.work / "loaded"),
        partial(open_trusted_keys, signing.trusted_keys, settings.paths.keys, signing.trusted_pems),
        LoadedVersions(settings.cache.max_models, settings.cache.model_ttl_s, time.monotonic),
        open_model_files(settings.models, settings.paths.work),
    )
    if isinstance(source, FixedVersions):  # what is tried before it is promoted is tried alone
        return Follower(source, loader, models, count)
    canaries = CanaryFollower(
        DatabaseRollouts(settings.store_url), loader, models, count, RISE_LOOKS * settings.serving.follow_interval_s
    )
    return Follower(source, loader, models, count, canaries=canaries)


def _guard_limits(settings: Settings) -> GuardLimits:
    routing = settings.routing
    slow_deadline_s = routing.slow_deadline_ratio * settings.serving.timeout_s
    return GuardLimits(routing.deadline_s, slow_deadline_s, routing.max_waiting)


def request_schemas() -> dict[str, Any]:
    """Return the request schema of each problem."""
    return {name: import_module(f"serving.schemas.{name}").Request for name in PROBLEM_NAMES}


def _release(settings: Settings) -> str:
    """Return what changes with the code that answers; only what leaves the process needs to know it."""
    if settings.cache.redis_url is None:
        return ""
    return release_digest((_SERVING, _SERVING.parent / "structural"))
