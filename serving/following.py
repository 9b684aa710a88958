"""Following the ledger: another version is loaded beside the one in service and put in its place, without a restart."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from serving.artifacts import Artifact, VersionSource
from serving.background_loads import BackgroundLoads
from serving.loaded_models import LEDGER_UNREAD, SCHEMA_UNKNOWN, LoadedModels, Served
from serving.loading import told_in_public
from serving.rollout.canaries import CanaryFollower, KeepingLoader
from serving.store.database import SchemaError, StoreError

RETRY_S = 60.0
"""A version that does not load is tried again after this."""
log = logging.getLogger("sdai.serving")


class WholeLoader(KeepingLoader, Protocol):
    """What `serving.loading.ModelLoader` does."""

    def expire(self) -> None:
        """Let go of what was kept for long enough."""

    def close(self) -> None:
        """Remove what loading has left."""


@dataclass(frozen=True, slots=True)
class _Failure:
    artifact: Artifact
    next_try_s: float


class Follower:
    """Keeps the versions in service those that the ledger names; only the one thread that looks may use it.

    A database that is away and a version that does not load both leave in service what is there. While it looks again
    and again a version that loads slowly holds up nothing else: see `BackgroundLoads`.

    Parameters
    ----------
    source : says which versions shall answer.
    loader : makes them ready.
    models : what is in service.
    on_switch : told problem, the version that was (None: none) and the one that is.
    canaries : keeps the versions that are being rolled out, looked after by the same thread; none where there are none.
    clock : seconds that never go back.
    """

    def __init__(
        self,
        source: VersionSource,
        loader: WholeLoader,
        models: LoadedModels,
        on_switch: Callable[[str, Served | None, Served], None],
        *,
        canaries: CanaryFollower | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._loader = loader
        self._loads = BackgroundLoads(loader)
        self._models = models
        self._on_switch = on_switch
        self._canaries = canaries
        self._clock = clock
        self._wanted: dict[str, Artifact] = {}
        self._current: dict[str, Artifact] = {}
        self._failures: dict[str, _Failure] = {}
        self._is_away = False
        self._stopping = threading.Event()
        self._stirred = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_away(self) -> bool:
        """Whether the last look found the source silent."""
        return self._is_away

    def look(self) -> None:
        """Look once which versions shall answer, and see to it that they do. Blocks while it loads."""
        self._look(waits=True)

    def _look(self, *, waits: bool) -> None:
        self._read_source()
        self._loader.expire()
        self._follow_champions(waits)
        # After the champions: a canary that was promoted answers without a gap, under its new name. Both are in one
        # database; while it is away, one wait for it is enough.
        if self._canaries is not None and not self._is_away and not self._stopping.is_set():
            self._follow_canaries(self._canaries, waits)

    def start(self, interval_s: float) -> None:
        """Look again and again, in a thread, with this pause in between.

        What loads holds up no look; once it is loaded the pause is over.
        """
        for loads in (self._loads, self._canaries):
            if loads is not None:
                loads.tell(self._stirred.set)
        self._thread = threading.Thread(target=self._run, args=(interval_s,), name="follower", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Look no more; a look under way gets this long. What is being loaded is left."""
        self._stopping.set()
        self._stirred.set()
        if self._thread is not None:
            self._thread.join(max(0.0, timeout_s))
            if self._thread.is_alive():
                return
        self._source.close()
        if self._canaries is not None:
            self._canaries.close()
        self._loader.close()

    def _run(self, interval_s: float) -> None:
        while True:
            self._stirred.wait(interval_s)
            self._stirred.clear()
            if self._stopping.is_set():
                return
            try:
                self._look(waits=False)
            except Exception:  # process edge: without its thread the worker would never follow again
                log.exception("looking for another version failed")

    def _follow_champions(self, waits: bool) -> None:
        for problem, artifact in self._wanted.items():
            if self._stopping.is_set():
                return
            if self._current.get(problem) == artifact:
                self._failures.pop(problem, None)
                self._loads.forget(problem)
                self._models.settled(problem)
            elif self._is_due(problem, artifact):
                self._switch(problem, artifact, waits)

    def _follow_canaries(self, canaries: CanaryFollower, waits: bool) -> None:
        rollouts = canaries.read()
        if rollouts is None:
            return
        if canaries.would_drop(rollouts):
            # It may have been promoted after the ledger was read. Dropped by what the ledger said then, its clients
            # would be the old champion's until the next look.
            self._read_source()
            self._follow_champions(waits)
            if self._is_away or self._stopping.is_set():
                return
        canaries.follow(rollouts, waits=waits)

    def _read_source(self) -> None:
        try:
            wanted = self._source.poll()
        except (SQLAlchemyError, StoreError) as error:
            if not self._is_away:
                log.warning("the promotion ledger cannot be read, what is loaded stays in service: %s", error)
            self._is_away = True
            self._models.not_read(SCHEMA_UNKNOWN if isinstance(error, SchemaError) else LEDGER_UNREAD)
            return
        if self._is_away:
            log.info("the promotion ledger can be read again")
        self._is_away = False
        if wanted is not None:
            self._wanted = wanted
            self._models.want(frozenset(wanted))

    def _is_due(self, problem: str, artifact: Artifact) -> bool:
        failure = self._failures.get(problem)
        return failure is None or failure.artifact != artifact or self._clock() >= failure.next_try_s

    def _switch(self, problem: str, artifact: Artifact, waits: bool) -> None:
        # A canary that is promoted is loaded already; it has to be the champion before it is dropped as a canary.
        if self._canaries is not None:
            self._canaries.lend(problem, artifact)
        try:
            served = self._loads.take(problem, artifact, waits=waits)
        except Exception as error:  # process edge: one model must not take the others down
            log.exception("version %s does not load", artifact.version, extra={"model": problem})
            self._failures[problem] = _Failure(artifact, self._clock() + RETRY_S)
            self._models.miss(problem, f"version {artifact.version} does not load: {told_in_public(error)}")
            return
        if served is None:
            return
        self._failures.pop(problem, None)
        old = self._models.put(problem, served)
        before = self._current.get(problem)
        self._current[problem] = artifact
        if old is not None and before is not None:
            self._loader.keep(problem, before, old)
        log.info("version %s is in service", served.version, extra={"model": problem})
        self._on_switch(problem, old, served)
