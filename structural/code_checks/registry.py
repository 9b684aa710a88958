"""The 60 checks in order, 47 core and 13 extended, and their evaluation over a case.

Numbering and titles follow the project's catalogue of checks of ANSI/AISC 360-22 (`docs/checks.md`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

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
    shape = (case.size, CHECKS_TOTAL)
    status = np.full(shape, Status.NOT_APPLICABLE, dtype=np.int8)
    demand, capacity, ratio = (np.full(shape, np.nan) for _ in range(3))
    details: dict[str, Mapping[str, FloatArray]] = {}
    reasons: dict[str, Sequence[tuple[NDArray[np.bool_], str]]] = {}
    with np.errstate(all="ignore"):
        for column, check in enumerate(registry()):
            applies = check.applies(case)
            if applies.any():
                outcome = check.evaluate(case)
                status[:, column], figures = _decide(check, case, applies, outcome)
                demand[:, column], capacity[:, column], ratio[:, column] = figures
                details[check.id], reasons[check.id] = outcome.details, outcome.reasons
    return Evaluation(status, demand, capacity, ratio, details, reasons)


def _decide(
    check: Check, case: Case, applies: NDArray[np.bool_], outcome: Outcome
) -> tuple[NDArray[np.int8], tuple[FloatArray, FloatArray, FloatArray]]:
    ready = case.all_known(check.requires)
    if outcome.missing is not None:
        ready = ready & ~outcome.missing
    shown = applies & ready
    demand = np.where(shown, outcome.demand, np.nan)
    capacity = np.where(shown, outcome.capacity, np.nan)
    ratio = np.where(capacity > 0.0, demand / capacity, np.where(demand > 0.0, np.inf, np.nan))
    fails = outcome.fails if outcome.fails is not None else demand > capacity * (1.0 + _TOLERANCE)
    failed = Status.ADVISORY if check.advisory_only else Status.FAIL
    noted = outcome.advisory if outcome.advisory is not None else np.zeros(case.size, dtype=bool)
    passed = np.where(noted, Status.ADVISORY, Status.PASS)
    judged = np.where(fails, failed, passed)
    # A proven failure stands even when another input is missing.
    proven = outcome.fails is not None and not check.requires
    unready = np.where(fails, failed, Status.MISSING_INPUT) if proven else Status.MISSING_INPUT
    status = np.where(applies, np.where(ready, judged, unready), Status.NOT_APPLICABLE)
    return status.astype(np.int8), (demand, capacity, ratio)


def answers(evaluation: Evaluation) -> NDArray[np.str_]:
    """Return the answer column (n,): sorted ids of violated checks and, marked, of those lacking an input, or `none`.

    Ids are joined by ``|``; a check that lacks an input is followed by ``?``.
    """
    failed = evaluation.status == Status.FAIL
    missing = evaluation.status == Status.MISSING_INPUT
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
    return tuple(name for name in check.requires if not case.known[name][row])
