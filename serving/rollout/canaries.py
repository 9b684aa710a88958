"""Keeps the canaries of a worker those of the open rollouts: loaded beside the champion, weighted, and dropped."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from serving.artifacts import Artifact
from serving.background_loads import BackgroundLoads, Loader
from serving.loaded_models import Canary, LoadedModels, Served
from serving.loading import told_in_public
from serving.rollout.routing import Arm, Split, Wanted, following
from serving.store.database import StoreError
from structural.problems import PROBLEM_NAMES

RETRY_S = 60.0
"""A canary that does not load is tried again after this."""
log = logging.getLogger("sdai.serving")


@dataclass(frozen=True, slots=True)
class OpenRollout:
    """A rollout that the service takes part in: its id, the version that is rolled out, and how much it gets."""

    id: str
    artifact: Artifact
    wanted: Wanted


class RolloutSource(Protocol):
    """Tells the open rollouts and takes reports; asked by one thread."""

    def poll(self) -> Mapping[str, OpenRollout]:
        """Return problem to open rollout; raises SQLAlchemy's errors or `StoreError` while it cannot be asked."""

    def report_fault(self, rollout: OpenRollout, reason: str) -> None:
        """Note with the rollout that its version does not load here; raises like `poll`."""

    def close(self) -> None:
        """Let go of what is open."""


class KeepingLoader(Loader, Protocol):
    """The part of `serving.loading.ModelLoader` that canaries need."""

    def keep(self, problem: str, artifact: Artifact, served: Served) -> None:
        """Keep a version that goes out of service."""


@dataclass(frozen=True, slots=True)
class _Held:
    artifact: Artifact
    served: Served
    split: Split


@dataclass(slots=True)
class _Failure:
    rollout: OpenRollout
    reason: str
    next_try_s: float
    is_reported: bool = False


class CanaryFollower:
    """Loads, weighs and drops canaries; only the one thread that looks may use it.

    While the database is away everything stays as it is. A version that does not load leaves all to the champion, is
    named on the health page and reported to its rollout. Loading holds up no weight: see `BackgroundLoads`.

    Parameters
    ----------
    source : tells the open rollouts.
    loader : makes versions ready.
    models : what is in service.
    on_change : told problem, the version that answered as canary (None: none) and the one that does.
    rise_delay_s : how long after it was written a weight that rises counts; longer than a worker looks away.
    clock : Unix time in seconds.
    """

    def __init__(
        self,
        source: RolloutSource,
        loader: KeepingLoader,
        models: LoadedModels,
        on_change: Callable[[str, Served | None, Served | None], None],
        rise_delay_s: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._source = source
        self._loader = loader
        self._loads = BackgroundLoads(loader)
        self._models = models
        self._on_change = on_change
        self._rise_delay_s = rise_delay_s
        self._clock = clock
        self._held: dict[str, _Held] = {}
        self._failures: dict[str, _Failure] = {}
        self._is_away = False

    def read(self) -> Mapping[str, OpenRollout] | None:
        """Return the rollouts that are open, None while they cannot be read."""
        try:
            rollouts = self._source.poll()
        except (SQLAlchemyError, StoreError) as error:
            if not self._is_away:
                log.warning("the open rollouts cannot be read, each arm keeps its share: %s", error)
            self._is_away = True
            return None
        self._is_away = False
        return rollouts

    def would_drop(self, rollouts: Mapping[str, OpenRollout]) -> bool:
        """Return whether following these rollouts takes a version out of service."""
        followed = {problem: rollout.artifact for problem, rollout in rollouts.items()}
        return any(followed.get(problem) != held.artifact for problem, held in self._held.items())

    def follow(self, rollouts: Mapping[str, OpenRollout], *, waits: bool) -> None:
        """See to it that the versions of the open rollouts, as `read` returned them, get what they shall.

        What is dropped leaves its clients to the champion in service, so the ledger has to be read after the rollouts.
        ``waits`` for versions to be loaded; without, they are looked for at the next call.
        """
        for problem in PROBLEM_NAMES:
            rollout = rollouts.get(problem)
            held = self._held.get(problem)
            # A version of another rollout: that has ended, so its clients do not wait until the next one is loaded.
            if rollout is None or (held is not None and held.artifact != rollout.artifact):
                self._drop(problem)
            if rollout is not None:
                self._follow(problem, rollout, waits)
        self._report()

    def lend(self, problem: str, artifact: Artifact) -> None:
        """See to it that this version, which becomes the champion, is found loaded if it is the canary."""
        held = self._held.get(problem)
        if held is not None and held.artifact == artifact:
            self._keep(problem, held)

    def tell(self, on_loaded: Callable[[], None]) -> None:
        """Have ``on_loaded`` called, in another thread, when a version that was not waited for is loaded."""
        self._loads.tell(on_loaded)

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    def _follow(self, problem: str, rollout: OpenRollout, waits: bool) -> None:
        held = self._held.get(problem)
        if held is not None:
            self._weigh(problem, held, rollout.wanted)
        elif self._is_due(problem, rollout):
            self._load(problem, rollout, waits)

    def _weigh(self, problem: str, held: _Held, wanted: Wanted) -> None:
        split = following(held.split, wanted, self._rise_delay_s, self._clock())
        if split == held.split:
            return
        self._held[problem] = replace(held, split=split)
        self._models.put_canary(problem, Canary(held.served, split))
        if split.weight != held.split.weight:
            log.info("canary %s gets %d/10000", held.served.version, split.weight, extra={"model": problem})

    def _is_due(self, problem: str, rollout: OpenRollout) -> bool:
        failure = self._failures.get(problem)
        return (
            failure is None
            or failure.rollout.artifact != rollout.artifact
            or failure.rollout.id != rollout.id
            or self._clock() >= failure.next_try_s
        )

    def _load(self, problem: str, rollout: OpenRollout, waits: bool) -> None:
        try:
            loaded = self._loads.take(problem, rollout.artifact, waits=waits)
        except Exception as error:  # process edge: one version must not take the others down
            log.exception("canary %s does not load", rollout.artifact.version, extra={"model": problem})
            reason = f"version {rollout.artifact.version} does not load: {told_in_public(error)}"
            self._failures[problem] = _Failure(rollout, reason, self._clock() + RETRY_S)
            self._models.miss_canary(problem, reason)
            return
        if loaded is None:
            return
        served = replace(loaded, arm=Arm.CANARY)
        split = following(None, rollout.wanted, self._rise_delay_s, self._clock())
        self._failures.pop(problem, None)
        self._held[problem] = _Held(rollout.artifact, served, split)
        self._models.put_canary(problem, Canary(served, split))
        log.info("canary %s is loaded and gets %d/10000", served.version, split.weight, extra={"model": problem})
        self._on_change(problem, None, served)

    def _drop(self, problem: str) -> None:
        self._failures.pop(problem, None)
        self._loads.forget(problem)
        self._models.drop_canary(problem)
        held = self._held.pop(problem, None)
        if held is not None:
            self._keep(problem, held)
            log.info("canary %s answers no more", held.served.version, extra={"model": problem})
            self._on_change(problem, held.served, None)

    def _keep(self, problem: str, held: _Held) -> None:
        self._loader.keep(problem, held.artifact, replace(held.served, arm=Arm.CHAMPION))

    def _report(self) -> None:
        for failure in self._failures.values():
            if failure.is_reported:
                continue
            try:
                self._source.report_fault(failure.rollout, failure.reason)
            except (SQLAlchemyError, StoreError) as error:
                log.warning("a canary's fault is reported later: %s", error)
                return
            failure.is_reported = True
