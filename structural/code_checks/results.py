"""The outcome of every check on one design, as people and programs read it."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from structural.code_checks.case import Case, describe
from structural.code_checks.contract import Check, Status
from structural.code_checks.jurisdictions import JURISDICTIONS, Jurisdiction, edition_differences
from structural.code_checks.registry import CORE_TOTAL, Evaluation, missing_quantities, registry

_NO_RULE = "the Specification has no rule for this section and strength; choose another section"
_DIGITS = 6
_FACTS = ("MAT-", "LOD-", "CLS-", "STB-", "TEN-03", "CMP-05", "BLT-07", "BLT-08", "BLT-09", "WLD-02", "WLD-03")
"""Checks whose ratio says nothing about how much of a strength or movement is used: facts, proportions, spacing."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check on one design. Figures are None where the check is no comparison or lacks an input.

    ``factors`` are phi / Omega as text, ``details`` the values in between by symbol with unit (``"Lp_ft"``),
    ``confirmed`` is False where the relation was not checked against a primary text.
    """

    check_id: str
    title: str
    clause: str
    core: bool
    status: str
    demand: float | None
    capacity: float | None
    ratio: float | None
    unit: str
    formula: str
    factors: str
    details: dict[str, float]
    reason: str
    confirmed: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the result as plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class DesignResult:
    """All checks on one design and what they come to.

    ``compliant``: no check fails and none lacks an input. ``checks_passed`` counts the core checks that neither fail
    nor lack an input, so checks that do not concern the design count as passed.
    """

    compliant: bool
    checks_passed: int
    checks_total: int
    extended_checks_passed: int
    extended_checks_total: int
    governing: CheckResult | None
    checks: tuple[CheckResult, ...]
    design_code: str
    method: str
    jurisdiction: Jurisdiction
    edition_differences: tuple[str, ...]

    def with_status(self, status: Status) -> list[CheckResult]:
        """Return the checks of a status, failures with the worst ratio first, others in order."""
        found = [check for check in self.checks if check.status == status.label]
        if status is Status.FAIL:
            found.sort(key=lambda check: -(check.ratio if check.ratio is not None else np.inf))
        return found

    def as_dict(self) -> dict[str, Any]:
        """Return the result as plain values, for JSON."""
        return asdict(self)


def design_result(case: Case, evaluation: Evaluation, row: int = 0) -> DesignResult:
    """Return the outcome of every check on one design (row) of a case."""
    checks = tuple(_result(check, column, (case, evaluation), row) for column, check in enumerate(registry()))
    place = JURISDICTIONS[str(case.jurisdiction[row])]
    open_statuses = (Status.FAIL.label, Status.MISSING_INPUT.label)
    core = [check for check in checks if check.core and check.status not in open_statuses]
    extended = [check for check in checks if not check.core and check.status not in open_statuses]
    judged = [check for check in checks if check.ratio is not None and _is_strength(check)]
    return DesignResult(
        compliant=len(core) + len(extended) == len(checks),
        checks_passed=len(core),
        checks_total=CORE_TOTAL,
        extended_checks_passed=len(extended),
        extended_checks_total=len(checks) - CORE_TOTAL,
        governing=max(judged, key=lambda check: check.ratio or 0.0, default=None),
        checks=checks,
        design_code=str(case.design_code[row]),
        method=str(case.method[row]),
        jurisdiction=place,
        edition_differences=edition_differences(place, str(case.design_code[row])),
    )


def _is_strength(check: CheckResult) -> bool:
    """Return whether a check can govern: one that compares forces or movements, or one that fails."""
    return check.status == "fail" or (check.status == "pass" and not check.check_id.startswith(_FACTS))


def _result(check: Check, column: int, judged: tuple[Case, Evaluation], row: int) -> CheckResult:
    case, evaluation = judged
    status = Status(int(evaluation.status[row, column]))
    concerned = status not in (Status.NOT_APPLICABLE, Status.MISSING_INPUT)
    details = evaluation.details.get(check.id, {}) if concerned else {}
    return CheckResult(
        check_id=check.id,
        title=check.title,
        clause=check.clause_for(case, row) if concerned else check.clause,
        core=column < CORE_TOTAL,
        status=status.label,
        demand=_figure(evaluation.demand[row, column]),
        capacity=_figure(evaluation.capacity[row, column]),
        ratio=_figure(evaluation.ratio[row, column]),
        unit=check.unit,
        formula=check.formula,
        factors=check.factors,
        details={name: figure for name, values in details.items() if (figure := _figure(values[row])) is not None},
        reason=_reason(check, case, row, status, bool(evaluation.capacity[row, column] == 0.0)),
        confirmed=check.confirmed,
    )


def _reason(check: Check, case: Case, row: int, status: Status, no_capacity: bool) -> str:
    if status is Status.NOT_APPLICABLE:
        return check.why_not(case, row)
    if status is Status.MISSING_INPUT:
        asked = dict.fromkeys(describe(name) for name in missing_quantities(check, case, row))
        return "missing: " + (", ".join(asked) or check.asks)
    if status is Status.FAIL and no_capacity:
        return _NO_RULE
    return ""


def _figure(value: float) -> float | None:
    return round(float(value), _DIGITS) if np.isfinite(value) else None
