"""The 47 core checks in order, and their evaluation over a table of canonical parameters.

Numbering and titles follow the project's catalogue of checks of ANSI/AISC 360-22. Checks of families that are not
covered yet (hollow sections: MAT-03, FLX-05; angles, tees and minor-axis shear: SHR-02) are `not_applicable` with that
reason and never pass.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from structural.checks import FloatArray
from structural.code_checks import bolts, general, members, plates, stability
from structural.code_checks.case import Case
from structural.code_checks.contract import Check, Status
from structural.errors import StructuralError

ORDER = (
    *("MAT-01", "MAT-02", "MAT-03", "LOD-01", "CLS-01", "CLS-02", "STB-01", "STB-02", "STB-03", "STB-04"),
    *("TEN-01", "TEN-02", "TEN-03", "CMP-01", "CMP-02", "CMP-03", "CMP-04", "CMP-05"),
    *("FLX-01", "FLX-02", "FLX-03", "FLX-04", "FLX-05", "SHR-01", "SHR-02", "CMB-01", "CMB-02"),
    *("SRV-01", "SRV-02", "SRV-03"),
    *("BLT-01", "BLT-02", "BLT-03", "BLT-04", "BLT-05", "BLT-06", "BLT-07", "BLT-08", "BLT-09"),
    *("WLD-01", "WLD-02", "WLD-03", "ELM-01", "ELM-02", "ELM-03", "ELM-04", "JUR-01"),
)
CHECKS_TOTAL = len(ORDER)
MISSING_MARK = "?"
"""Follows the id of a check that lacks an input, in the answer column."""
COMPLIANT = "none"
"""The answer of a compliant document: no violated check and none that lacks an input."""
_TOLERANCE = 1e-6
"""A ratio this little above 1 is rounding, not a failure."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All checks on all documents: arrays of shape (n, 47) in the order of `ORDER`.

    ``demand``, ``capacity`` and ``ratio`` are NaN where a check is not applicable, lacks an input or is no comparison.
    """

    status: NDArray[np.int8]
    demand: FloatArray
    capacity: FloatArray
    ratio: FloatArray


@cache
def registry() -> tuple[Check, ...]:
    """Return the core checks in order."""
    found = {check.id: check for part in (general, stability, members, bolts, plates) for check in part.CHECKS}
    if set(found) != set(ORDER):
        raise StructuralError(f"registry and order differ: {sorted(set(found) ^ set(ORDER))}")
    return tuple(found[identifier] for identifier in ORDER)


def evaluate(case: Case) -> Evaluation:
    """Return the outcome of every check on every document of the case."""
    shape = (case.size, CHECKS_TOTAL)
    status = np.full(shape, Status.NOT_APPLICABLE, dtype=np.int8)
    demand, capacity, ratio = (np.full(shape, np.nan) for _ in range(3))
    with np.errstate(all="ignore"):
        for column, check in enumerate(registry()):
            applies = check.applies(case)
            if applies.any():
                status[:, column], figures = _decide(check, case, applies)
                demand[:, column], capacity[:, column], ratio[:, column] = figures
    return Evaluation(status, demand, capacity, ratio)


def _decide(
    check: Check, case: Case, applies: NDArray[np.bool_]
) -> tuple[NDArray[np.int8], tuple[FloatArray, FloatArray, FloatArray]]:
    outcome = check.evaluate(case)
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
    result = np.full(len(flagged), COMPLIANT, dtype="<U400")
    for row in np.flatnonzero(flagged.any(axis=1)):
        columns = np.flatnonzero(flagged[row]).tolist()
        result[row] = join(ORDER[column] + (MISSING_MARK if missing[row, column] else "") for column in columns)
    return result


def join(identifiers: Iterable[str]) -> str:
    """Return ids (with marks) as one answer."""
    return "|".join(sorted(identifiers)) or COMPLIANT


def missing_quantities(check: Check, case: Case, row: int) -> tuple[str, ...]:
    """Return the required quantities that a document of the case does not give for a check."""
    return tuple(name for name in check.requires if not case.known[name][row])
