"""The outcome of every check on one design, as people and programs read it."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from math import isfinite
from operator import itemgetter
from typing import Any

import numpy as np

from structural.code_checks.case import Case, describe
from structural.code_checks.contract import Check, Status
from structural.code_checks.jurisdictions import JURISDICTIONS, Jurisdiction, edition_differences
from structural.code_checks.parameters import BY_NAME
from structural.code_checks.registry import CORE, CORE_TOTAL, Evaluation, check_by_id, missing_quantities, registry
from structural.elementwise import at

_NO_RULE = "there is no strength to count on here: the Specification has no rule for this case"
_DIGITS = 6
# Bound once: a member of an enum is looked up through its metaclass, hundreds of times a design.
_STATUSES = tuple(Status)
_PASSES, _FAILS, _, _APART, _LACKS = _STATUSES
_PASS, _FAIL, _MISSING, _NOT_APPLICABLE = _PASSES.label, _FAILS.label, _LACKS.label, _APART.label
_CORE_IDS = frozenset(CORE)


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
        label = status.label
        found = [check for check in self.checks if check.status == label]
        if status is Status.FAIL:
            found.sort(key=lambda check: -(check.ratio if check.ratio is not None else np.inf))
        return found

    def as_dict(self) -> dict[str, Any]:
        """Return the result as plain values, for JSON."""
        return asdict(self)


def design_result(case: Case, evaluation: Evaluation, row: int = 0) -> DesignResult:
    """Return the outcome of every check on one design (row) of a case."""
    checks = _results(case, evaluation, row)
    place = JURISDICTIONS[_word(case.jurisdiction, row)]
    cleared = [check.core for check in checks if check.status not in (_FAIL, _MISSING)]
    used = [(use, check) for check, item in zip(checks, registry(), strict=True) if (use := _use(check, item)) >= 0.0]
    return DesignResult(
        compliant=len(cleared) == len(checks),
        checks_passed=sum(cleared),
        checks_total=CORE_TOTAL,
        extended_checks_passed=len(cleared) - sum(cleared),
        extended_checks_total=len(checks) - CORE_TOTAL,
        governing=max(used, key=itemgetter(0))[1] if used else None,
        checks=checks,
        design_code=_word(case.design_code, row),
        method=_word(case.method, row),
        jurisdiction=place,
        edition_differences=edition_differences(place, _word(case.design_code, row)),
        assumptions=tuple(_assumptions(checks, case, row)),
    )


def _assumptions(checks: Iterable[CheckResult], case: Case, row: int) -> Iterator[str]:
    """Yield the defaults behind the checks that concern the design; loads that are not given count as none."""
    concerned = frozenset(check.check_id for check in checks if check.status != _NOT_APPLICABLE)
    for name, default in _defaults_behind(concerned):
        if not at(case.stated[name], row):
            yield default


@lru_cache(maxsize=4_096)
def _defaults_behind(check_ids: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Return the parameters with a default that checks use, and the defaults as people read them."""
    used = dict.fromkeys(name for check in registry() if check.id in check_ids for name in check.uses)
    defaults = ((name, BY_NAME[name].default) for name in used)
    return tuple(
        (name, f"{name} = {default}" if isinstance(default, str) else f"{name} = {default:g}")
        for name, default in defaults
        if default
    )


def _use(result: CheckResult, check: Check) -> float:
    """Return how far a check is used, for the choice of the governing one, below 0 where it cannot be that.

    A failure without a ratio is beyond all others.
    """
    if result.status == _FAIL:
        return np.inf if result.ratio is None else result.ratio
    return result.ratio if result.status == _PASS and check.can_govern and result.ratio is not None else -1.0


def _results(case: Case, evaluation: Evaluation, row: int) -> tuple[CheckResult, ...]:
    # Plain lists first: reading an array element by element would cost more than the checks of one design.
    columns = zip(
        registry(),
        evaluation.status[row].tolist(),
        evaluation.demand[row].tolist(),
        evaluation.capacity[row].tolist(),
        evaluation.ratio[row].tolist(),
        strict=True,
    )
    return tuple(
        _result(check, _STATUSES[status], (demand, capacity, ratio), (case, evaluation, row))
        for check, status, demand, capacity, ratio in columns
    )


def _result(
    check: Check, status: Status, figures: tuple[float, float, float], judged: tuple[Case, Evaluation, int]
) -> CheckResult:
    case, evaluation, row = judged
    if status is _APART:
        return apart(check.id, check.why_not(case, row))
    demand, capacity, ratio = figures
    concerned = status is not _LACKS
    details = evaluation.details.get(check.id, {}) if concerned else {}
    return CheckResult(
        check_id=check.id,
        title=check.title,
        clause=check.clause_for(case, row) if concerned else check.clause,
        core=check.id in _CORE_IDS,
        status=status.label,
        demand=_figure(demand),
        capacity=_figure(capacity),
        ratio=_figure(ratio),
        unit=check.unit,
        formula=check.formula,
        factors=check.factors,
        details={
            name: figure for name, values in details.items() if (figure := _figure(float(at(values, row)))) is not None
        },
        reason=_reason(check, status, judged, no_capacity=capacity == 0.0),
        confirmed=check.confirmed,
    )


@lru_cache(maxsize=4096)
def apart(check_id: str, reason: str) -> CheckResult:
    """Return the result of a check that does not concern a design, as most do not; made once a reason."""
    check = check_by_id(check_id)
    return CheckResult(
        check_id=check_id,
        title=check.title,
        clause=check.clause,
        core=check_id in _CORE_IDS,
        status=_NOT_APPLICABLE,
        demand=None,
        capacity=None,
        ratio=None,
        unit=check.unit,
        formula=check.formula,
        factors=check.factors,
        details={},
        reason=reason,
        confirmed=check.confirmed,
    )


def _reason(check: Check, status: Status, judged: tuple[Case, Evaluation, int], no_capacity: bool) -> str:
    if status is _PASSES:
        return ""
    case, evaluation, row = judged
    told = next((text for rows, text in evaluation.reasons.get(check.id, ()) if at(rows, row)), "")
    if status is _LACKS:
        asked = dict.fromkeys(describe(name) for name in missing_quantities(check, case, row))
        return "missing: " + (", ".join(asked) or told or check.asks)
    return told or (_NO_RULE if no_capacity and status is _FAILS else "")


def _word(column: Any, row: int) -> str:
    return column if isinstance(column, str) else str(column[row])


def _figure(value: float) -> float | None:
    return round(value, _DIGITS) if isfinite(value) else None
