"""Bolt groups and their nominal stresses, ANSI/AISC 360-22 Table J3.2, and pretension, Table J3.1."""

from dataclasses import dataclass
from enum import IntEnum
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.checks import FloatArray, IntArray, require_positive
from structural.errors import StructuralError
from structural.tables import distinct


class BoltGroup(IntEnum):
    """Strength group of Table J3.2; A307 stands beside the groups under its own number."""

    GROUP_120 = 120
    GROUP_144 = 144
    GROUP_150 = 150
    GROUP_200 = 200
    A307 = 307


@dataclass(frozen=True, slots=True)
class BoltGrade:
    """A bolt designation with nominal stresses in ksi on the nominal area (Table J3.2).

    ``fnv_n_ksi`` with threads in the shear plane, ``fnv_x_ksi`` with threads excluded.
    """

    name: str
    group: BoltGroup
    fnt_ksi: float
    fnv_n_ksi: float
    fnv_x_ksi: float


BOLT_GROUPS: dict[BoltGroup, tuple[float, float, float]] = {
    BoltGroup.A307: (45.0, 27.0, 27.0),
    BoltGroup.GROUP_120: (90.0, 54.0, 68.0),
    BoltGroup.GROUP_144: (108.0, 65.0, 81.0),
    BoltGroup.GROUP_150: (113.0, 68.0, 84.0),
    BoltGroup.GROUP_200: (150.0, 90.0, 113.0),
}
"""Fnt, Fnv threads included, Fnv threads excluded, ksi, by group (Table J3.2)."""

_DESIGNATIONS: dict[str, BoltGroup] = {
    "A307": BoltGroup.A307,
    "A325": BoltGroup.GROUP_120,
    "F1852": BoltGroup.GROUP_120,
    "A354 BC": BoltGroup.GROUP_120,
    "F3148": BoltGroup.GROUP_144,
    "A490": BoltGroup.GROUP_150,
    "F2280": BoltGroup.GROUP_150,
    "A354 BD": BoltGroup.GROUP_150,
    "F3043": BoltGroup.GROUP_200,
    "F3111": BoltGroup.GROUP_200,
}

BOLT_GRADES: dict[str, BoltGrade] = {
    name: BoltGrade(name, group, *BOLT_GROUPS[group]) for name, group in _DESIGNATIONS.items()
}

PRETENSION_DIAMETERS_IN = (0.5, 0.625, 0.75, 0.875, 1.0, 1.125, 1.25, 1.375, 1.5)
"""Bolt diameters of Table J3.1, in."""
_PRETENSION_144_150 = (15.0, 24.0, 35.0, 49.0, 64.0, 80.0, 102.0, 121.0, 148.0)
_NONE = float("nan")
_PRETENSION_KIP: dict[BoltGroup, tuple[float, ...]] = {
    BoltGroup.GROUP_120: (12.0, 19.0, 28.0, 39.0, 51.0, 64.0, 81.0, 97.0, 118.0),
    BoltGroup.GROUP_144: _PRETENSION_144_150,
    BoltGroup.GROUP_150: _PRETENSION_144_150,
    BoltGroup.GROUP_200: (_NONE, _NONE, _NONE, _NONE, 90.0, 113.0, 143.0, _NONE, _NONE),
}


@lru_cache(maxsize=1_024)
def bolt_grade(name: str) -> BoltGrade:
    """Return the bolt of that designation: ``"A325"``, ``"ASTM F3125 Grade A325"``, ``"a354 bd"``.

    Raises
    ------
    StructuralError
        ``field="bolt_grade"`` for an unknown designation, with the known ones.
    """
    text = str(name).upper()
    for noise in ("ASTM", "F3125", "GRADE", "GR.", "GR"):
        text = text.replace(noise, " ")
    key = " ".join(text.replace("-", " ").split())
    if key not in BOLT_GRADES:
        raise StructuralError(f"unknown bolt grade {name!r}; known: {', '.join(BOLT_GRADES)}", field="bolt_grade")
    return BOLT_GRADES[key]


def bolt_groups(names: ArrayLike) -> IntArray:
    """Return the `BoltGroup` number of each designation, shape of ``names``; unknown raises as in `bolt_grade`."""
    if isinstance(names, str):
        one: IntArray = _GROUP_NUMBERS[bolt_grade(names).group]
        return one
    asked = np.asarray(names, dtype=np.str_)
    unique, inverse = distinct(asked.ravel())
    groups = np.array([bolt_grade(name).group for name in unique], dtype=np.int64)
    return groups[inverse].reshape(asked.shape)


def nominal_tensile_stress_ksi(group: ArrayLike) -> FloatArray:
    """Return Fnt in ksi of each `BoltGroup` (Table J3.2), shape of ``group``; unknown raises `StructuralError`."""
    return np.asarray(_group_stresses()[_group_rows(group), 0])


def nominal_shear_stress_ksi(group: ArrayLike, threads_excluded: ArrayLike) -> FloatArray:
    """Return Fnv in ksi of each `BoltGroup` (Table J3.2), broadcast shape.

    ``threads_excluded`` is True where no thread lies in a shear plane (X), False otherwise (N). An unknown group raises
    `StructuralError` with ``field="bolt_group"``.
    """
    columns = np.where(np.asarray(threads_excluded, dtype=bool), 2, 1)
    return np.asarray(_group_stresses()[_group_rows(group), columns])


def min_pretension_kip(diameter_in: ArrayLike, group: ArrayLike) -> FloatArray:
    """Return the minimum bolt pretension Tb in kip (Table J3.1), broadcast shape.

    Parameters
    ----------
    diameter_in : array_like
        Nominal diameter, in., one of `PRETENSION_DIAMETERS_IN`.
    group : array_like of int
        `BoltGroup`; Group 200 (Grade 2 assemblies) is tabulated from 1 to 1-1/4 in.

    Returns
    -------
    ndarray of float
        Kip.

    Raises
    ------
    StructuralError
        ``field="diameter_in"`` for a size that is not tabulated for the group, ``field="bolt_group"`` for A307, which
        is not pretensioned, or an unknown group.
    """
    diameter = require_positive("diameter_in", diameter_in)
    groups = np.asarray(group)
    rows = _group_rows(groups)
    if np.any(groups == BoltGroup.A307.value):
        raise StructuralError("A307 bolts are not pretensioned; use A325 or stronger", field="bolt_group")
    sizes = np.array(PRETENSION_DIAMETERS_IN)
    columns = np.minimum(np.searchsorted(sizes, diameter - 1e-6), len(sizes) - 1)
    pretension = _pretension_table()[rows, columns]
    missing = np.isnan(pretension) | (np.abs(sizes[columns] - diameter) > 1e-6)
    if np.any(missing):
        wrong = np.broadcast_to(diameter, missing.shape)[missing].ravel()[0]
        raise StructuralError(f"no pretension is tabulated for a {wrong:g} in. bolt of this group", field="diameter_in")
    return pretension


_GROUP_NUMBERS: dict[BoltGroup, Any] = {group: np.int64(group.value) for group in BoltGroup}


@cache
def _group_numbers() -> IntArray:
    return np.array([int(group) for group in BoltGroup], dtype=np.int64)


@cache
def _group_stresses() -> FloatArray:
    return np.array([BOLT_GROUPS[group] for group in BoltGroup])


@cache
def _pretension_table() -> FloatArray:
    blank = (_NONE,) * len(PRETENSION_DIAMETERS_IN)
    return np.array([_PRETENSION_KIP.get(group, blank) for group in BoltGroup])


def _group_rows(group: ArrayLike) -> IntArray:
    groups: NDArray = np.asarray(group)
    numbers = _group_numbers()
    rows = np.minimum(np.searchsorted(numbers, groups), len(numbers) - 1) if groups.dtype.kind in "iu" else None
    if rows is None or np.any(numbers[rows] != groups):
        known = ", ".join(str(number) for number in numbers.tolist())
        raise StructuralError(f"bolt groups are numbers among {known}; see `bolt_groups`", field="bolt_group")
    return np.asarray(rows, dtype=np.int64)
