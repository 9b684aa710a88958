"""What one worker process has in service, and why anything is missing."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serving.predictors.contract import Predictor
from structural.problems import PROBLEM_NAMES

GPU_DEVICE = Path("/dev/nvidiactl")
CHAMPION = "champion"
NOTHING_PROMOTED = "no version has passed its gate yet; see `sdai status`"
LEDGER_UNREAD = "which version shall answer is not known yet: the database cannot be reached"
SCHEMA_UNKNOWN = "which version shall answer is not known: the database has a schema that this release does not know"


@dataclass(frozen=True, slots=True)
class Served:
    """A version that answers, the arm it answers in, and its verified files, which stay as long as its predictor."""

    predictor: Predictor
    version: str
    arm: str = CHAMPION
    folder: Path = Path()


class LoadedModels:
    """The versions that answer, by problem.

    One thread changes it, any may read it: a version is put in place of another in one step, and who has begun a
    question with the old one ends it with the old one.
    """

    def __init__(self) -> None:
        self.served: dict[str, Served] = {}
        self.unavailable: dict[str, str] = dict.fromkeys(PROBLEM_NAMES, LEDGER_UNREAD)
        """Problems that nothing answers, and why."""
        self.not_switched: dict[str, str] = {}
        """Problems that an older version answers than should, and why."""
        self.wanted: frozenset[str] | None = None
        """Problems that a version is promoted for; None until the ledger has been read."""

    def get(self, problem: str) -> Served | str:
        """Return the version that answers a problem, or why there is none."""
        return self.served.get(problem) or self.unavailable.get(problem, "not loaded")

    def want(self, problems: frozenset[str]) -> None:
        """Take note of the problems that a version is promoted for."""
        self.wanted = problems
        for name in PROBLEM_NAMES:
            if name not in problems and name not in self.served:
                self.unavailable[name] = NOTHING_PROMOTED

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

    def is_ready(self) -> bool:
        """Return whether it is known what to serve, and something of it answers if there is anything.

        Every version that should be in service has been tried by then.
        """
        return self.wanted is not None and (bool(self.served) or not self.wanted)

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
        }
