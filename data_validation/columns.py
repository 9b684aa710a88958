"""The columns of a problem as a person who brings own data needs them: listed, and hinted at when a name is unknown."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from data_validation.contract import may_be_absent
from data_validation.parsing import longest_text
from data_validation.shape_names import FAMILY, NO_SHAPE
from structural.problem import Column, Kind, Problem

API_NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "connection_designer": {"model_proposal": ("connection_type",)},
    "section_optimizer": {
        "recommended_section": ("section",),
        "model_section": ("section",),
        "weight_per_foot": ("weight_lb_ft",),
        "depth": ("depth_in",),
    },
    "clash_detector": {"severity": ("pair_class",)},
    "compliance_checker": {"design_parameters": ("document",)},
    "risk_analyzer": {
        "cost_ratio": ("cost_p10", "cost_p50", "cost_p90"),
        "schedule_ratio": ("time_p10", "time_p50", "time_p90"),
    },
}
"""Fields of the service's requests and answers that are called otherwise in the dataset: field -> columns."""


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What to know of one column: ``needed`` tells whether a file of own data must have it."""

    name: str
    role: str
    kind: str
    unit: str
    needed: bool
    allowed: str
    description: str


def describe_columns(problem: Problem) -> list[ColumnFacts]:
    """Return the facts of a problem's columns in their declared order."""
    return [
        ColumnFacts(
            name=column.name,
            role=column.role.value,
            kind=column.kind.value,
            unit=column.unit,
            needed=not may_be_absent(column),
            allowed=allowed_values(problem, column),
            description=column.description,
        )
        for column in problem.columns
    ]


def allowed_values(problem: Problem, column: Column, most_categories: int | None = None) -> str:
    """Return the values a column may hold, in words; long lists of categories are cut on demand."""
    if column.kind is Kind.BOOLEAN:
        return "true or false"
    if column.kind is Kind.CATEGORY:
        shown = column.categories[:most_categories]
        listed = ", ".join(shown) + (", …" if len(shown) < len(column.categories) else "")
        return listed if len(column.categories) == 1 else f"one of {listed}"
    if column.kind is Kind.TEXT:
        none = NO_SHAPE.get((problem.name, column.name))
        if none is not None:
            return f"a {FAMILY} shape in any spelling (W24X68, w24×68), or {none}"
        return f"text of at most {longest_text(column):,} characters"
    unit = "" if column.unit in ("", "1") else f" {column.unit}"
    if column.minimum is None or column.maximum is None:
        bounds = ((column.minimum, "or more"), (column.maximum, "or less"))
        return " ".join(f"{bound:.15g}{unit} {words}" for bound, words in bounds if bound is not None) or "any number"
    return f"{column.minimum:.15g} to {column.maximum:.15g}{unit}"


def unknown_columns(problem: Problem, unknown: Sequence[str], most: int = 10) -> str:
    """Return what to say of columns that the contract does not know: what may be meant, and what is allowed."""
    allowed = [column.name for column in problem.columns]
    told = "; ".join(_meant(problem.name, name, allowed) for name in unknown[:most])
    more = f" and {len(unknown) - most} more" if len(unknown) > most else ""
    return (
        f"{told}{more}. Allowed are {', '.join(allowed)}; `sdai dataset columns {problem.name}` tells of each. "
        "Leave other columns out"
    )


def _meant(problem: str, name: str, allowed: Sequence[str]) -> str:
    plain = name.strip().casefold()
    if meant := API_NAMES.get(problem, {}).get(plain):
        return f"{name!r} (the service's name; the dataset has {', '.join(meant)})"
    near = difflib.get_close_matches(plain, allowed, n=2, cutoff=0.7)
    return f"{name!r} (is {' or '.join(near)} meant?)" if near else repr(name)
