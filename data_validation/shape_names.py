"""Columns that name rolled shapes: which they are, one spelling for every name, and unknown names told as such."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from data_validation.findings import Fault, Finding, shown
from structural.problem import Column
from structural.problems.section_optimizer.request import NO_SECTION
from structural.section_table import ShapeKey, normalise_name, shape_key, unknown_shape
from structural.shapes import load_shapes
from structural.tables import UNSPECIFIED

FAMILY = "W"
NO_SHAPE = {
    ("section_optimizer", "section"): NO_SECTION,
    ("connection_designer", "supported_member"): UNSPECIFIED,
    ("connection_designer", "supporting_member"): UNSPECIFIED,
}
"""Problem and column -> the word that stands there where no shape is named."""
_NAMES_WITH_NEAR_ONES = 200
"""Near names are looked for this often a column: a file of nothing but unknown names must not take for ever."""


def known_name(text: str) -> str | None:
    """Return a W shape as the database writes it (``"w24 × 68"`` gives ``"W24X68"``), None for an unknown one."""
    names, keys = _known()
    plain = normalise_name(text)
    if plain in names:
        return plain
    key = shape_key(plain)
    return None if key is None else keys.get(key)


@cache
def _known() -> tuple[frozenset[str], dict[ShapeKey, str]]:
    names = load_shapes(FAMILY).name.tolist()
    return frozenset(names), {key: name for name in names if (key := shape_key(name)) is not None}


def one_spelling(
    column: Column, values: NDArray[np.str_], none: str, usable: NDArray[np.bool_]
) -> tuple[NDArray[np.str_], list[Finding]]:
    """Return the names of a column as the database writes them, shape (n,), and findings of those that are none.

    ``none`` is the word for no shape; an empty cell means the same where the column is optional. Unknown names are
    left as they are, and only rows of ``usable`` are named.
    """
    asked, rows = np.unique(values, return_inverse=True)
    spelled = [_spelled(text, none, column.optional) for text in asked.tolist()]
    names = np.asarray([name or text for name, text in zip(spelled, asked.tolist(), strict=True)], dtype=np.str_)[rows]
    unknown = np.asarray([name is None for name in spelled], dtype=bool)[rows] & usable
    empty = values == ""
    written = f"write a {FAMILY} shape or {none!r}"
    findings = [
        _finding(Fault.MISSING, column, values, unknown & empty, {"": f"{column.name} is empty; {written}"}),
        _finding(Fault.SHAPE, column, values, unknown & ~empty, _reasons(values[unknown & ~empty], written)),
    ]
    return names, [finding for finding in findings if len(finding.rows)]


def _spelled(text: str, none: str, optional: bool) -> str | None:
    plain = text.strip().casefold()
    if plain == none or (optional and not plain):
        return none
    return known_name(text)


def _reasons(names: NDArray[np.str_], written: str) -> dict[str, str]:
    known = load_shapes(FAMILY).name.tolist()
    return {
        name: f"{unknown_shape(name, known if place < _NAMES_WITH_NEAR_ONES else [])}; {written}"
        for place, name in enumerate(np.unique(names).tolist())
    }


def _finding(
    fault: Fault, column: Column, values: NDArray[np.str_], bad: NDArray[np.bool_], reasons: dict[str, str]
) -> Finding:
    rows = np.flatnonzero(bad)
    found = values[rows].tolist()
    return Finding(fault, column.name, rows, [shown(name) for name in found], [reasons[name] for name in found])
