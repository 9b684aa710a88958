"""What a check is: whom it concerns, what it needs, and its demand against its capacity."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from structural.checks import FloatArray
from structural.code_checks.case import BoolArray, Case


class Status(IntEnum):
    """Outcome of one check on one document."""

    PASS = 0
    FAIL = 1
    ADVISORY = 2
    """A preference of a user note, or a fact worth knowing; never a failure."""
    NOT_APPLICABLE = 3
    MISSING_INPUT = 4

    @property
    def label(self) -> str:
        """The status as written in answers: ``"pass"``, ``"missing_input"``…"""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Outcome:
    """Columns of a check's result. ``demand`` and ``capacity`` share one unit and include phi or Omega.

    The check fails where demand exceeds capacity, or where ``fails`` says so (checks that are no comparison).
    ``missing`` marks rows that lack an input needed only sometimes; ``advisory`` marks rows that are to be noted when
    they do not fail.
    """

    demand: FloatArray
    capacity: FloatArray
    fails: BoolArray | None = None
    missing: BoolArray | None = None
    advisory: BoolArray | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the registry.

    ``applies`` and ``evaluate`` take a `Case` and work on all rows. ``requires`` are quantities of the case that must
    be known wherever the check applies. ``reason`` says why a document is not concerned. ``unit`` is that of demand
    and capacity. ``advisory_only`` checks note instead of failing. ``asks`` names inputs that are needed only
    sometimes, for people who lack one.
    """

    id: str
    title: str
    clause: str
    unit: str
    reason: str
    applies: Callable[[Case], BoolArray]
    evaluate: Callable[[Case], Outcome]
    requires: tuple[str, ...] = ()
    advisory_only: bool = False
    asks: str = ""
