"""Compliance checker: does a free-form design document satisfy the 60 checks of ANSI/AISC 360-22?

The request is a document of any keys, units and notes; the answer is the exact set of violated checks. Reading is
learnt (`encoding`, `decoding`), deciding is rules (`structural.code_checks`).
"""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structural.code_checks.parameters import BY_NAME
from structural.code_checks.registry import COMPLIANT, MISSING_MARK, ORDER
from structural.materials import STEEL_GRADES
from structural.problem import PhysicsRule, Problem, Slice
from structural.problems.compliance_checker.request import COLUMNS
from structural.problems.compliance_checker.sampler import sample
from structural.problems.compliance_checker.truth import CONTRADICTION, label
from structural.slicing import by_category, by_range
from structural.tables import Table


def _verdict_follows(table: Table) -> NDArray[np.bool_]:
    return np.asarray(table["compliant"] == (table["violations"] == COMPLIANT))


def _checks_are_known(table: Table) -> NDArray[np.bool_]:
    known = {*ORDER, *(name + MISSING_MARK for name in ORDER), COMPLIANT}
    answers, rows = np.unique(table["violations"], return_inverse=True)
    fits = [
        BY_NAME.keys() >= set(answer.removeprefix(CONTRADICTION).split("|"))
        if answer.startswith(CONTRADICTION)
        else known.issuperset(answer.split("|"))
        for answer in answers.tolist()
    ]
    return np.asarray(fits)[rows]


def _documents_are_objects(table: Table) -> NDArray[np.bool_]:
    return np.asarray([text.startswith("{") and text.endswith("}") for text in table["document"].tolist()])


def _stated(text: str) -> dict[str, Any]:
    """Return the parameters that a document is known to state; none where only a company knows them."""
    stated: dict[str, Any] = json.loads(text) if text.startswith("{") else {}
    return stated


def _within_bounds(table: Table) -> NDArray[np.bool_]:
    return np.asarray([_row_within_bounds(text) for text in table["parameters"].tolist()])


def _row_within_bounds(text: str) -> bool:
    for name, stated in _stated(text).items():
        item = BY_NAME.get(name)
        if item is None:
            return False
        for value in stated if isinstance(stated, list) else [stated]:
            if not item.is_text and not item.minimum <= value <= item.maximum:
                return False
            if item.words and value not in item.words:
                return False
    return True


_HIGHEST_YIELD_KSI = 130.0


def _yield_is_steel(table: Table) -> NDArray[np.bool_]:
    least = min(grade.fy_ksi for grade in STEEL_GRADES.values()) * 0.5
    stated = [_stated(text).get("fy_ksi", 50.0) for text in table["parameters"].tolist()]
    given = [value if isinstance(value, list) else [value] for value in stated]
    return np.asarray([all(least <= value <= _HIGHEST_YIELD_KSI for value in values) for values in given])


def _document_characters(table: Table) -> NDArray[np.float64]:
    return np.asarray(np.char.str_len(np.asarray(table["document"], dtype=np.str_)), dtype=float)


def _verdict(table: Table) -> NDArray[np.str_]:
    answers = np.asarray(table["violations"], dtype=np.str_)
    failing = np.where(np.char.find(answers, MISSING_MARK) >= 0, "lacks an input", "violates")
    failing = np.where(np.char.startswith(answers, CONTRADICTION), "contradicts itself", failing)
    return np.where(np.asarray(table["compliant"], dtype=bool), "compliant", failing)


PROBLEM = Problem(
    name="compliance_checker",
    title="Compliance with the 60 checks of AISC 360-22 (47 core, 13 extended), from a free-form document",
    columns=COLUMNS,
    answer_column="violations",
    sample=sample,
    label=label,
    rules=(
        PhysicsRule("verdict_follows_violations", "compliant exactly when no check is violated", _verdict_follows),
        PhysicsRule("checks_are_known", "violations name checks of the registry", _checks_are_known),
        PhysicsRule("documents_are_objects", "the document is a JSON object", _documents_are_objects),
        PhysicsRule("parameters_within_bounds", "canonical parameters lie within their bounds", _within_bounds),
        PhysicsRule("yield_is_steel", "stated yield stress is one of structural steel", _yield_is_steel),
    ),
    slices=(
        by_category("topic"),
        by_category("unit_system"),
        by_category("jurisdiction"),
        by_category("design_code"),
        by_category("phrasing"),
        by_range("document_characters", "characters", (200, 300, 400), _document_characters),
        Slice("verdict", _verdict),
    ),
)
