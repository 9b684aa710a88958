"""The truth: the checks evaluated on what the document says."""

import json

import numpy as np

from structural.code_checks.case import Case
from structural.code_checks.derived import make_case
from structural.code_checks.parameters import parameter_table
from structural.code_checks.registry import COMPLIANT, Evaluation, answers, evaluate
from structural.tables import Table


def evaluate_table(parameters: Table, design_code: np.ndarray, jurisdiction: np.ndarray) -> tuple[Case, Evaluation]:
    """Return the case and the outcome of all checks for a table of canonical parameters (n rows)."""
    case = make_case(parameters, design_code, jurisdiction)
    return case, evaluate(case)


def label(table: Table) -> Table:
    """Return the label columns for documents whose canonical parameters stand in the ``parameters`` column."""
    rows = [json.loads(text) for text in table["parameters"].tolist()]
    _, evaluation = evaluate_table(parameter_table(rows), table["design_code"], table["jurisdiction"])
    violations = answers(evaluation)
    return {"violations": violations, "compliant": violations == COMPLIANT}
