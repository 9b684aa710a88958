"""What must hold of every answer to a hostile request."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

from benchmarks.hostile.wire import Answered
from benchmarks.load.fuzz_checks import inside_told

PROBLEM = "application/problem+json"
FIRST_REFUSAL, FIRST_FAULT = 400, 500


@dataclass(frozen=True, slots=True)
class Case:
    """One hostile request. ``allowed`` are the statuses that it may get; 0 is a connection closed without an answer."""

    family: str
    name: str
    allowed: tuple[int, ...]


@dataclass(slots=True)
class Tally:
    """What became of a family of cases."""

    asked: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    slowest_s: float = 0.0
    faults: list[str] = field(default_factory=list)

    def take(self, case: Case, sent: str, answered: Answered) -> None:
        """Count one answer."""
        self.asked += 1
        self.statuses[answered.status] += 1
        self.slowest_s = max(self.slowest_s, answered.seconds)
        self.faults += [f"{case.family}: {case.name}: {fault}" for fault in faults_of(case, sent, answered)]


def faults_of(case: Case, sent: str, answered: Answered) -> list[str]:
    """Return what is wrong with an answer; ``sent`` is what the client itself said, which may be told back."""
    found = []
    text = answered.body.decode("utf-8", "replace")
    if answered.status not in case.allowed:
        found.append(f"status {answered.status}, expected one of {case.allowed}: {text[:200]}")
    if answered.status >= FIRST_FAULT:
        found.append(f"{answered.status}: {text[:200]}")
    if answered.status >= FIRST_REFUSAL and answered.headers.get("content-type") != PROBLEM:
        found.append(f"{answered.status} is no problem+json: {text[:200]}")
    told = inside_told("", sent + unquote(sent), text)
    if told:
        found.append(f"it tells {told}")
    return found


def in_words(statuses: Counter[int], names: Iterable[tuple[int, str]] = ((0, "closed"),)) -> str:
    """Return counts by status, the most frequent first."""
    words = dict(names)
    return ", ".join(f"{words.get(status, status)}: {count:,}" for status, count in statuses.most_common())
