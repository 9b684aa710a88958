"""What one worker process has in service, and why anything is missing."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serving.predictors.contract import Predictor
from serving.rollout.routing import BUCKETS, Arm, Split
from structural.problems import PROBLEM_NAMES

GPU_DEVICE = Path("/dev/nvidiactl")
NOTHING_PROMOTED = "no version has passed its gate yet; see `sdai status`"
LEDGER_UNREAD = "which version shall answer is not known yet: the database cannot be reached"
LOADING = "its version is being loaded"
SCHEMA_UNKNOWN = "which version shall answer is not known: the database has a schema that this release does not know"


@dataclass(frozen=True, slots=True)
class Served:
    """A version that answers, the arm it answers in, and its verified files, which stay as long as its predictor."""

    predictor: Predictor
    version: str
    arm: Arm = Arm.CHAMPION
    folder: Path = Path()


@dataclass(frozen=True, slots=True)
class Canary:
    """A version that is being rolled out, and what it gets of the questions of its model."""

    served: Served
    split: Split


class LoadedModels:
    """The versions that answer, by problem.

    One thread changes it, any may read it: a version is put in place of another in one step, and who has begun a
    question with the old one ends it with the old one.

    Parameters
    ----------
    clock : Unix time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.served: dict[str, Served] = {}
        """Champions."""
        self.canaries: dict[str, Canary] = {}
        self.unavailable: dict[str, str] = dict.fromkeys(PROBLEM_NAMES, LEDGER_UNREAD)
        """Problems that nothing answers, and why."""
        self.not_switched: dict[str, str] = {}
        """Problems that an older version answers than should, and why."""
        self.canary_unavailable: dict[str, str] = {}
        """Problems whose canary does not load, and why; the champion answers all."""
        self.wanted: frozenset[str] | None = None
        """Problems that a version is promoted for; None until the ledger has been read."""
        self._all_tried = False
        self._clock = clock

    def route(self, problem: str, client: str) -> Served | None:
        """Return the version that answers a client, or None where nothing is in service."""
        champion = self.served.get(problem)
        canary = self.canaries.get(problem)
        if canary is not None and champion is not None and canary.split.takes(client, self._clock()):
            return canary.served
        return champion

    def get(self, problem: str, client: str | None = None) -> Served | str:
        """Return the version that answers a problem (no client: the champion), or why there is none."""
        found = self.served.get(problem) if client is None else self.route(problem, client)
        return found or self.unavailable.get(problem, "not loaded")

    def want(self, problems: frozenset[str]) -> None:
        """Take note of the problems that a version is promoted for."""
        self.wanted = problems
        for name in PROBLEM_NAMES:
            if name in self.served:
                continue
            if name not in problems:
                self.unavailable[name] = NOTHING_PROMOTED
            elif self.unavailable.get(name) in (NOTHING_PROMOTED, LEDGER_UNREAD, SCHEMA_UNKNOWN):
                self.unavailable[name] = LOADING

    def put(self, problem: str, served: Served) -> Served | None:
        """Put a version in service and return the one that was."""
        old = self.served.get(problem)
        self.served[problem] = served
        self.settled(problem)
        return old

    def not_read(self, reason: str) -> None:
        """Take note of why the ledger cannot be read; what it said before holds."""
        if self.wanted is None:
            self.unavailable = dict.fromkeys(PROBLEM_NAMES, reason)

    def settled(self, problem: str) -> None:
        """Take note that the version in service is the one that should be."""
        self.unavailable.pop(problem, None)
        self.not_switched.pop(problem, None)

    def miss(self, problem: str, reason: str) -> None:
        """Take note that the version that should be in service is not; an older one goes on."""
        old = self.served.get(problem)
        if old is None:
            self.unavailable[problem] = reason
        else:
            self.not_switched[problem] = f"{reason}; version {old.version} goes on"

    def put_canary(self, problem: str, canary: Canary) -> None:
        """Give a version its part of the questions, or another part than it has."""
        self.canaries[problem] = canary
        self.canary_unavailable.pop(problem, None)

    def miss_canary(self, problem: str, reason: str) -> None:
        """Take note that a version that is to be rolled out does not load; the champion answers all."""
        self.canaries.pop(problem, None)
        self.canary_unavailable[problem] = reason

    def drop_canary(self, problem: str) -> Canary | None:
        """Leave all questions to the champion again; return what was there."""
        self.canary_unavailable.pop(problem, None)
        return self.canaries.pop(problem, None)

    def is_ready(self) -> bool:
        """Return whether it is known what to serve, and something of it answers if there is anything.

        Every version that should be in service has been tried by then. A model whose first version comes later is
        loaded beside the others, which go on.
        """
        if self.wanted is None:
            return False
        self._all_tried = self._all_tried or LOADING not in self.unavailable.copy().values()
        return self._all_tried and (bool(self.served) or not self.wanted)

    def health(self) -> dict[str, Any]:
        """Return what the health page says of the models."""
        is_whole = not self.unavailable and not self.not_switched
        return {
            "status": "healthy" if is_whole else "degraded",
            "models": len(self.served),
            "gpu_available": GPU_DEVICE.exists(),
            "versions": {name: served.version for name, served in self.served.copy().items()},
            "unavailable": self.unavailable.copy(),
            "not_switched": self.not_switched.copy(),
            "canaries": {name: self._shown(canary) for name, canary in self.canaries.copy().items()},
            "canary_unavailable": self.canary_unavailable.copy(),
        }

    def _shown(self, canary: Canary) -> dict[str, Any]:
        split = canary.split
        return {
            "version": canary.served.version,
            "weight": split.weight_at(self._clock()) / BUCKETS,
            "shadow_share": split.shadow_share,
        }
