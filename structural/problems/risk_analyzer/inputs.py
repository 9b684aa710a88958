"""Questions as index and value arrays: the one place where category names become numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from structural.errors import StructuralError
from structural.problems.risk_analyzer.reference_classes import COMPLEXITIES, PROJECT_TYPE_NAMES, type_array
from structural.problems.risk_analyzer.request import OPTIONAL_LEVELS
from structural.tables import UNSPECIFIED, Table, take

MISSING = -1


@dataclass(frozen=True, slots=True)
class Inputs:
    """The questions of n projects; every array has shape (n,).

    ``levels`` has an index a row for each optional category, `MISSING` where it was not given. ``stories`` and
    ``contingency`` are NaN where not given; stories of types that have none are always NaN.
    """

    project_type: NDArray[np.int64]
    complexity: NDArray[np.int64]
    budget_usd: NDArray[np.float64]
    schedule_months: NDArray[np.float64]
    levels: Mapping[str, NDArray[np.int64]]
    stories: NDArray[np.float64]
    contingency: NDArray[np.float64]

    def rows(self, rows: slice) -> "Inputs":
        """Return some of the rows."""
        return Inputs(
            self.project_type[rows],
            self.complexity[rows],
            self.budget_usd[rows],
            self.schedule_months[rows],
            take(self.levels, rows),
            self.stories[rows],
            self.contingency[rows],
        )


def read_inputs(questions: Table) -> Inputs:
    """Return a question table as arrays; an unknown category raises `StructuralError` naming field, value and row."""
    project_type = _indices(questions["project_type"], PROJECT_TYPE_NAMES, "project_type")
    stories = np.asarray(questions["stories"], dtype=float)
    return Inputs(
        project_type,
        _indices(questions["complexity"], COMPLEXITIES, "complexity"),
        np.asarray(questions["budget_usd"], dtype=float),
        np.asarray(questions["schedule_months"], dtype=float),
        {name: _indices(questions[name], levels, name, optional=True) for name, levels in OPTIONAL_LEVELS.items()},
        np.where(type_array("typical_stories")[project_type] > 0, stories, np.nan),
        np.asarray(questions["contingency_share"], dtype=float),
    )


def missing_optionals(questions: Table) -> NDArray[np.bool_]:
    """Return which optional inputs were not given, shape (n, optionals), in the order of `OPTIONAL_COLUMNS`."""
    columns = [np.asarray(questions[name]) == UNSPECIFIED for name in OPTIONAL_LEVELS]
    columns += [np.isnan(np.asarray(questions[name], dtype=float)) for name in ("stories", "contingency_share")]
    return np.stack(columns, axis=1)


@cache
def _positions(names: tuple[str, ...], optional: bool) -> dict[str, int]:
    """Return what each word counts as."""
    positions = {name: index for index, name in enumerate(names)}
    return positions | {UNSPECIFIED: MISSING} if optional else positions


def _indices(values: NDArray, names: tuple[str, ...], field: str, *, optional: bool = False) -> NDArray[np.int64]:
    if len(values) == 1:  # one word is found quicker without arrays
        known = _positions(names, optional)
        if (word := str(values[0])) in known:
            return np.array([known[word]])
    text = np.asarray(values, dtype=np.str_)
    found = np.full(len(text), MISSING - 1, dtype=np.int64)
    for index, name in enumerate(names):
        found[text == name] = index
    if optional:
        found[text == UNSPECIFIED] = MISSING
    unknown = np.flatnonzero(found < MISSING if optional else found < 0)
    if len(unknown):
        row = int(unknown[0])
        raise StructuralError(
            f"{field}: {str(text[row])!r} is unknown (row {row}); use one of {', '.join(names)}", field=field
        )
    return found
