"""The truth: the checks evaluated on what the document says."""

import json
from collections.abc import Iterable, Mapping

import numpy as np

from structural.code_checks.case import Case
from structural.code_checks.derived import make_case, make_single_case
from structural.code_checks.parameters import parameter_table
from structural.code_checks.registry import COMPLIANT, Evaluation, answers, evaluate
from structural.tables import Table

CONTRADICTION = "contradiction:"
"""Begins the answer to a document that contradicts itself."""


def evaluate_table(parameters: Table, design_code: np.ndarray, jurisdiction: np.ndarray) -> tuple[Case, Evaluation]:
    """Return the case and the outcome of all checks for a table of canonical parameters (n rows)."""
    case = make_case(parameters, design_code, jurisdiction)
    return case, evaluate(case)


def evaluate_single(values: Mapping[str, float | str], design_code: str, jurisdiction: str) -> tuple[Case, Evaluation]:
    """Return what `evaluate_table` returns of one design, given by its canonical parameters, in half the time."""
    case = make_single_case(values, design_code, jurisdiction)
    return case, evaluate(case)


def contradiction(names: Iterable[str]) -> str:
    """Return the answer to a document that gives each of the named parameters two different values."""
    return CONTRADICTION + "|".join(sorted(names))


def label(table: Table) -> Table:
    """Return the label columns for documents whose canonical parameters stand in the ``parameters`` column.

    A parameter with a list of values there is one that the document contradicts itself about.
    """
    rows = [json.loads(text) for text in table["parameters"].tolist()]
    single = [{name: value[0] if isinstance(value, list) else value for name, value in row.items()} for row in rows]
    _, evaluation = evaluate_table(parameter_table(single), table["design_code"], table["jurisdiction"])
    violations = answers(evaluation)
    for index, row in enumerate(rows):
        twofold = [name for name, value in row.items() if isinstance(value, list)]
        if twofold:
            violations[index] = contradiction(twofold)
    return {"violations": violations, "compliant": violations == COMPLIANT}
