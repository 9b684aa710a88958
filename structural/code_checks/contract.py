"""What a check is: whom it concerns, what it needs, and its demand against its capacity."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import wraps
from typing import Any

from structural.aisc.method import Factor
from structural.checks import FloatArray
from structural.code_checks.case import BoolArray, Case
from structural.code_checks.single import SingleCase


class Status(IntEnum):
    """Outcome of one check on one design."""

    PASS = 0
    FAIL = 1
    ADVISORY = 2
    """A preference of a user note, or a fact worth knowing; never a failure."""
    NOT_APPLICABLE = 3
    MISSING_INPUT = 4

    @property
    def label(self) -> str:
        """The status as written in answers: ``"pass"``, ``"missing_input"``…"""
        return _LABELS[self]


_MOST_OUTCOMES = 4_096
_LABELS = {status: status.name.lower() for status in Status}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Columns of a check's result. ``demand`` and ``capacity`` share one unit and include phi or Omega.

    The check fails where demand exceeds capacity, or where ``fails`` says so (checks that are no comparison).
    ``missing`` marks rows that lack an input needed only sometimes; ``advisory`` marks rows that are to be noted when
    they do not fail. ``details`` are the values in between that an engineer wants to see, symbol and unit in the name
    (``"Lp_ft"``); NaN where one has no meaning. ``reasons`` say in words why a row fails or lacks an input, where the
    figures do not; the first that holds is shown.
    """

    demand: FloatArray
    capacity: FloatArray
    fails: BoolArray | None = None
    missing: BoolArray | None = None
    advisory: BoolArray | None = None
    details: Mapping[str, FloatArray] = field(default_factory=dict)
    reasons: Sequence[tuple[BoolArray, str]] = ()


Evaluate = Callable[[Case], Outcome]
Reason = str | Callable[[Case, int], str]


def by_words(*names: str) -> Callable[[Evaluate], Evaluate]:
    """Make an evaluation that hangs on words, and on what is given, remember its outcomes of single designs.

    Of the quantities ``names`` it may only ask for the words, and whether they are stated and known; beside these for
    design code and jurisdiction. So it has few outcomes, and nobody may write into them.
    """

    def decorate(evaluate: Evaluate) -> Evaluate:
        outcomes: dict[tuple[Any, ...], Outcome] = {}

        @wraps(evaluate)
        def found(case: Case) -> Outcome:
            if not isinstance(case, SingleCase):
                return evaluate(case)
            key = case.said(names)
            outcome = outcomes.get(key)
            if outcome is None:
                if len(outcomes) >= _MOST_OUTCOMES:
                    outcomes.clear()
                outcome = outcomes[key] = evaluate(case)
            return outcome

        return found

    return decorate


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the registry.

    ``applies`` and ``evaluate`` take a `Case` and work on all rows. ``requires`` are quantities of the case that must
    be known wherever the check applies; ``asks`` names inputs that are needed only sometimes, for people who lack one.
    ``uses`` are the canonical parameters the outcome depends on, the optional ones too; their units are in
    `parameters`. ``reason`` says why a design is not concerned. ``unit`` is that of demand and capacity. ``factor`` are
    the resistance and safety factors where the check has one pair, ``factor_note`` what is to be said where it has
    several. ``formula`` is the relation in symbols. ``advisory_only`` checks note instead of failing; ``can_govern`` is
    False where the ratio is a fact or a proportion and not the use of a strength or movement; ``confirmed`` is
    False where the relation was not checked against a primary text. ``clause`` lists every clause of the check,
    ``clause_of`` tells the one for a design where that depends on its section.
    """

    id: str
    title: str
    clause: str
    unit: str
    reason: Reason
    applies: Callable[[Case], BoolArray]
    evaluate: Callable[[Case], Outcome]
    requires: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    asks: str = ""
    factor: Factor | None = None
    factor_note: str = ""
    formula: str = ""
    advisory_only: bool = False
    can_govern: bool = True
    confirmed: bool = True
    clause_of: Callable[[Case, int], str] | None = None

    def clause_for(self, case: Case, row: int) -> str:
        """Return the clause that applies to this row, or all clauses of the check where it does not depend on it."""
        return self.clause if self.clause_of is None else self.clause_of(case, row)

    def why_not(self, case: Case, row: int) -> str:
        """Return why the check does not concern this row of the case."""
        return self.reason if isinstance(self.reason, str) else self.reason(case, row)

    @property
    def factors(self) -> str:
        """The factors as people write them: ``"0.90 / 1.67"``; empty for none."""
        if self.factor_note or self.factor is None:
            return self.factor_note
        return f"{self.factor.phi:.2f} / {self.factor.omega:.2f}"
