"""An item of the checklist and what came of it. Pure."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum

FAILED_EXIT = 3


class Outcome(StrEnum):
    """What came of an item. Only `PASSED` says that it holds."""

    PASSED = "passed"
    FAILED = "failed"
    OPEN = "open"
    """Could not be asked here; ``mend`` says how it can be."""
    PEOPLE = "to be answered by people"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist: its area and name, what came of it, what was found, how to mend what does not hold."""

    area: str
    name: str
    outcome: Outcome
    found: str
    mend: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the item for programs."""
        return {key: str(value) for key, value in asdict(self).items()}


def judged(area: str, name: str, faults: Iterable[str], found: str, mend: str) -> Item:
    """Return an item that passed with what was found, or failed with its faults and how to mend them."""
    told = "; ".join(faults)
    return Item(area, name, Outcome.FAILED, told, mend) if told else Item(area, name, Outcome.PASSED, found)


def unanswered(area: str, name: str, why: str, how: str) -> Item:
    """Return an item that could not be asked here."""
    return Item(area, name, Outcome.OPEN, why, how)


def exit_code(items: Iterable[Item]) -> int:
    """Return 0 when nothing failed, else 3. What is open or for people fails nothing and is never counted as passed."""
    return FAILED_EXIT if any(item.outcome is Outcome.FAILED for item in items) else 0
