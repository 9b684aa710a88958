"""The 60 checks in order, 47 core and 13 extended, and their evaluation over a case.

Numbering and titles follow the project's catalogue of checks of ANSI/AISC 360-22 (`docs/checks.md`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from structural.checks import FloatArray
from structural.code_checks import (
    bases,
    bolts,
    bolts_extended,
    bracing,
    combined,
    compression,
    elements,
    flexure,
    forces,
    general,
    local_buckling,
    seismic,
    serviceability,
    shear,
    stability,
    tension,
    welds,
)
from structural.code_checks.case import Case
from structural.code_checks.contract import Check, Outcome, Status
from structural.elementwise import anywhere, at, where
from structural.errors import StructuralError

CORE = (
    *("MAT-01", "MAT-02", "MAT-03", "LOD-01", "CLS-01", "CLS-02", "STB-01", "STB-02", "STB-03", "STB-04"),
    *("TEN-01", "TEN-02", "TEN-03", "CMP-01", "CMP-02", "CMP-03", "CMP-04", "CMP-05"),
    *("FLX-01", "FLX-02", "FLX-03", "FLX-04", "FLX-05", "SHR-01", "SHR-02", "CMB-01", "CMB-02"),
    *("SRV-01", "SRV-02", "SRV-03"),
    *("BLT-01", "BLT-02", "BLT-03", "BLT-04", "BLT-05", "BLT-06", "BLT-07", "BLT-08", "BLT-09"),
    *("WLD-01", "WLD-02", "WLD-03", "ELM-01", "ELM-02", "ELM-03", "ELM-04", "JUR-01"),
)
EXTENDED = (
    *("FLX-06", "FLX-07", "FLX-08", "SHR-03", "CMP-06", "CMB-03", "BLT-10", "BLT-11"),
    *("CNF-01", "CNF-02", "BAS-01", "SEI-01", "BRC-01"),
)
ORDER = CORE + EXTENDED
CORE_TOTAL = len(CORE)
CHECKS_TOTAL = len(ORDER)
MISSING_MARK = "?"
"""Follows the id of a check that lacks an input, in the answer column."""
COMPLIANT = "none"
"""The answer of a compliant design: no violated check and none that lacks an input."""
_TOLERANCE = 1e-6
"""A ratio this little above 1 is rounding, not a failure."""
# Bound once: a member of an enum is looked up through its metaclass.
_PASS, _FAIL, _ADVISORY, _NOT_APPLICABLE, _MISSING = (int(status) for status in Status)
_MODULES = (
    *(general, local_buckling, stability, tension, compression, flexure, shear, combined, serviceability, bolts),
    *(bolts_extended, welds, elements, forces, bases, seismic, bracing),
)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All checks on all designs: arrays of shape (n, 60) in the order of `ORDER`.

    ``demand``, ``capacity`` and ``ratio`` are NaN where a check is not applicable, lacks an input or is no comparison.
    ``details`` holds the values in between of each check that concerned any design, arrays of shape (n,), ``reasons``
    what it says in words of rows (n,) that fail or lack an input.
    """

    status: NDArray[np.int8]
    demand: FloatArray
    capacity: FloatArray
    ratio: FloatArray
    details: Mapping[str, Mapping[str, FloatArray]]
    reasons: Mapping[str, Sequence[tuple[NDArray[np.bool_], str]]]


@cache
def registry() -> tuple[Check, ...]:
    """Return the checks in order."""
    found: dict[str, Check] = {}
    for module in _MODULES:
        checks = (*getattr(module, "CHECKS", ()), *getattr(module, "EXTENDED_CHECKS", ()))
        found |= {check.id: check for check in checks}
    if set(found) != set(ORDER):
        raise StructuralError(f"registry and order differ: {sorted(set(found) ^ set(ORDER))}")
    return tuple(found[identifier] for identifier in ORDER)


def check_by_id(identifier: str) -> Check:
    """Return the check of that id; an unknown one raises `StructuralError` with the known ones."""
    key = identifier.upper()
    if key not in ORDER:
        raise StructuralError(f"unknown check {identifier[:40]!r}; known: {', '.join(ORDER)}", field="check")
    return registry()[ORDER.index(key)]


def evaluate(case: Case) -> Evaluation:
    """Return the outcome of every check on every design of the case."""
    judged: list[_Judged] = []
    with np.errstate(all="ignore"):
        for column, check in enumerate(registry()):
            concerned = check.applies(case)
            if anywhere(concerned):
                judged.append(_Judged(column, check, concerned, check.evaluate(case)))
        applies, ready = _flags(case, (item.applies for item in judged)), _ready(case, judged)
        figures = _figures(case, judged, applies & ready)
        decided = where(applies, _decide(case, judged, ready, figures), _NOT_APPLICABLE)
    columns = [item.column for item in judged]
    shape = (case.size, CHECKS_TOTAL)
    status = np.full(shape, _NOT_APPLICABLE, dtype=np.int8)
    status[:, columns] = decided.T
    demand, capacity, ratio = np.full((3, *shape), np.nan)
    for page, values in zip((demand, capacity, ratio), figures, strict=True):
        page[:, columns] = values.T
    return Evaluation(
        status,
        demand,
        capacity,
        ratio,
        details={item.check.id: item.outcome.details for item in judged},
        reasons={item.check.id: item.outcome.reasons for item in judged},
    )


class _Judged(NamedTuple):
    """A check that concerns some design of a case. What follows of k of them is in arrays of shape (k, n)."""

    column: int
    check: Check
    applies: NDArray[np.bool_]
    outcome: Outcome


def _flags(case: Case, columns: Iterable[NDArray[np.bool_] | None]) -> NDArray[np.bool_]:
    """Return columns (n,) as rows (k, n); None is False everywhere."""
    none = case.full(False)
    rows = [none if column is None else column for column in columns]
    return np.array(rows, dtype=bool).reshape(-1, case.size)


def _ready(case: Case, judged: Sequence[_Judged]) -> NDArray[np.bool_]:
    """Return where a check has all its inputs."""
    known = _flags(case, (case.all_known(item.check.requires) for item in judged))
    return known & ~_flags(case, (item.outcome.missing for item in judged))


def _figures(
    case: Case, judged: Sequence[_Judged], shown: NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return demand, capacity and their ratio where ``shown``, else NaN."""
    demands = np.array([item.outcome.demand for item in judged]).reshape(-1, case.size)
    capacities = np.array([item.outcome.capacity for item in judged]).reshape(-1, case.size)
    demand, capacity = where(shown, demands, np.nan), where(shown, capacities, np.nan)
    ratio = where(capacity > 0.0, demand / capacity, where(demand > 0.0, np.inf, np.nan))
    return demand, capacity, ratio


def _decide(
    case: Case,
    judged: Sequence[_Judged],
    ready: NDArray[np.bool_],
    figures: tuple[FloatArray, FloatArray, FloatArray],
) -> NDArray[np.integer]:
    """Return the status of each check on each design as if it concerned them all."""
    demand, capacity, _ = figures
    fails = demand > capacity * (1.0 + _TOLERANCE)
    proven = np.zeros_like(fails)
    for place, (_, check, _, outcome) in enumerate(judged):
        if outcome.fails is not None:
            fails[place] = outcome.fails
            # A proven failure stands even when another input is missing.
            proven[place] = False if check.requires else outcome.fails
    noted = _flags(case, (item.outcome.advisory for item in judged))
    failure = np.array([[_ADVISORY if item.check.advisory_only else _FAIL] for item in judged], dtype=np.int8)
    with_inputs = where(fails, failure.reshape(-1, 1), where(noted, _ADVISORY, _PASS))
    return where(ready, with_inputs, where(proven, failure.reshape(-1, 1), _MISSING))


def answers(evaluation: Evaluation) -> NDArray[np.str_]:
    """Return the answer column (n,): sorted ids of violated checks and, marked, of those lacking an input, or `none`.

    Ids are joined by ``|``; a check that lacks an input is followed by ``?``.
    """
    failed = evaluation.status == _FAIL
    missing = evaluation.status == _MISSING
    flagged = failed | missing
    result = np.full(len(flagged), COMPLIANT, dtype="<U500")
    for row in np.flatnonzero(flagged.any(axis=1)):
        columns = np.flatnonzero(flagged[row]).tolist()
        result[row] = join(ORDER[column] + (MISSING_MARK if missing[row, column] else "") for column in columns)
    return result


def join(identifiers: Iterable[str]) -> str:
    """Return ids (with marks) as one answer."""
    return "|".join(sorted(identifiers)) or COMPLIANT


def missing_quantities(check: Check, case: Case, row: int) -> tuple[str, ...]:
    """Return the required quantities that a design of the case does not give for a check."""
    return tuple(name for name in check.requires if not at(case.known[name], row))
