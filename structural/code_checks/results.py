"""The outcome of every check on one design, as people and programs read it."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from structural.code_checks.case import Case, describe
from structural.code_checks.contract import Check, Status
from structural.code_checks.jurisdictions import JURISDICTIONS, Jurisdiction, edition_differences
from structural.code_checks.parameters import BY_NAME
from structural.code_checks.registry import CORE_TOTAL, Evaluation, missing_quantities, registry

_NO_RULE = "there is no strength to count on here: the Specification has no rule for this case"
_DIGITS = 6


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
    nor lack an input, so checks that do not concern the design count as passed. ``assumptions`` are the defaults that
    checks took where the design is silent, as ``"name = value"``.
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
    assumptions: tuple[str, ...]

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
    judged = [
        (check, use) for check, item in zip(checks, registry(), strict=True) if (use := _use(check, item)) is not None
    ]
    return DesignResult(
        compliant=len(core) + len(extended) == len(checks),
        checks_passed=len(core),
        checks_total=CORE_TOTAL,
        extended_checks_passed=len(extended),
        extended_checks_total=len(checks) - CORE_TOTAL,
        governing=max(judged, key=lambda pair: pair[1])[0] if judged else None,
        checks=checks,
        design_code=str(case.design_code[row]),
        method=str(case.method[row]),
        jurisdiction=place,
        edition_differences=edition_differences(place, str(case.design_code[row])),
        assumptions=tuple(_assumptions(checks, case, row)),
    )


def _assumptions(checks: Iterable[CheckResult], case: Case, row: int) -> Iterator[str]:
    """Yield the defaults behind the checks that concern the design; loads that are not given count as none."""
    concerned = {check.check_id for check in checks if check.status != Status.NOT_APPLICABLE.label}
    used = dict.fromkeys(name for check in registry() if check.id in concerned for name in check.uses)
    for name in used:
        default = BY_NAME[name].default
        if default and not case.stated[name][row]:
            yield f"{name} = {default}" if isinstance(default, str) else f"{name} = {default:g}"


def _use(result: CheckResult, check: Check) -> float | None:
    """Return how far a check is used, for the choice of the governing one; a failure without a ratio is beyond all."""
    if result.status == Status.FAIL.label:
        return np.inf if result.ratio is None else result.ratio
    return result.ratio if result.status == Status.PASS.label and check.can_govern else None


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
        reason=_reason(check, judged, row, status, bool(evaluation.capacity[row, column] == 0.0)),
        confirmed=check.confirmed,
    )


def _reason(check: Check, judged: tuple[Case, Evaluation], row: int, status: Status, no_capacity: bool) -> str:
    case, evaluation = judged
    if status is Status.NOT_APPLICABLE:
        return check.why_not(case, row)
    told = next((text for rows, text in evaluation.reasons.get(check.id, ()) if rows[row]), "")
    if status is Status.MISSING_INPUT:
        asked = dict.fromkeys(describe(name) for name in missing_quantities(check, case, row))
        return "missing: " + (", ".join(asked) or told or check.asks)
    if status is Status.FAIL:
        return told or (_NO_RULE if no_capacity else "")
    return told if status is Status.ADVISORY else ""


def _figure(value: float) -> float | None:
    return round(float(value), _DIGITS) if np.isfinite(value) else None
