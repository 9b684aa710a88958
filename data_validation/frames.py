"""The data frames that expectations are run on: rows with their check columns, columns, answers and files."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from data_validation.checks import CheckedSource, near_duplicates_together
from data_validation.contract import ENTRY_ID, SPLIT, is_text
from data_validation.findings import Fault, bad_mask
from structural.problem import Problem
from structural.tables import Table

if TYPE_CHECKING:
    import pandas as pd

CHECK_PREFIX, RULE_PREFIX = "check: ", "rule: "
ROW_CHECKS: dict[str, tuple[Fault, ...]] = {
    "check: every value has its declared type": (Fault.TYPE,),
    "check: every value is in the contract's unit": (Fault.UNIT,),
    "check: no required value is missing": (Fault.MISSING,),
    "check: every shape that is named is known": (Fault.SHAPE,),
    "check: entry id matches the content": (Fault.TAMPERED,),
    "check: split matches the content": (Fault.LEAK,),
    "check: question occurs once": (Fault.DUPLICATE,),
}
NEAR_DUPLICATES = "check: near duplicates share one split"
ROW_NAME = "row"


def check_columns(problem: Problem) -> list[str]:
    """Return the names of the boolean columns that must be true in every row."""
    return [*ROW_CHECKS, NEAR_DUPLICATES, *(f"{RULE_PREFIX}{rule.name}" for rule in problem.rules)]


def rows_frame(checked: CheckedSource, keep: NDArray[np.bool_]) -> "pd.DataFrame":
    """Return the kept rows with identity, split, contract columns and one boolean column a check."""
    import pandas as pd

    source = checked.source
    rows = np.flatnonzero(keep)
    strings: Table = {
        ENTRY_ID: source.kept.get(ENTRY_ID, checked.ids),
        SPLIT: source.kept.get(SPLIT, checked.splits),
    }
    columns: dict[str, object] = {name: _strings(values[rows]) for name, values in strings.items()}
    for column in source.problem.columns:
        values = source.table[column.name][rows]
        columns[column.name] = _strings(values) if is_text(column) else values
    for name, faults in ROW_CHECKS.items():
        columns[name] = ~bad_mask(checked.findings, source.rows, *faults)[rows]
    columns[NEAR_DUPLICATES] = near_duplicates_together(checked.keys[rows], strings[SPLIT][rows])
    for rule in source.problem.rules:
        broken = [found for found in checked.findings if found.fault is Fault.PHYSICS and found.column == rule.name]
        columns[f"{RULE_PREFIX}{rule.name}"] = ~bad_mask(broken, source.rows)[rows]
    columns[ROW_NAME] = source.numbers[rows]
    return pd.DataFrame(columns)


def _strings(values: NDArray) -> object:
    import pandas as pd

    return pd.array(values.tolist(), dtype="str")


def columns_frame(checked: CheckedSource) -> "pd.DataFrame":
    """Return one row a column of the file: type and unit by contract and as found."""
    import pandas as pd

    found = checked.source.columns
    return pd.DataFrame(
        {
            "column": [column.name for column in found],
            "expected_type": [column.expected_type for column in found],
            "found_type": [column.found_type for column in found],
            "expected_unit": [column.expected_unit for column in found],
            "found_unit": [column.found_unit for column in found],
        }
    )


def answers_frame(checked: CheckedSource, keep: NDArray[np.bool_]) -> "pd.DataFrame":
    """Return one row a scored answer: how often it is the truth among the kept rows, as a ratio."""
    import pandas as pd

    answers = checked.source.table[checked.source.problem.answer_column][keep].astype(np.str_)
    names, counts = np.unique(answers, return_counts=True)
    return pd.DataFrame({"answer": _strings(names), "rows": counts, "share": counts / max(counts.sum(), 1)})


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One problem's file beside what the manifest says of it; without a manifest both sides are what was found."""

    problem: str
    readable: bool
    rows: int
    expected_rows: int
    sha256: str
    expected_sha256: str
    splits_as_recorded: bool
    splits_near_weights: bool


def files_frame(files: Sequence[FileFacts], age_days: float) -> "pd.DataFrame":
    """Return one row a problem's file; ``age_days`` is the age of the manifest."""
    import pandas as pd

    names = FileFacts.__dataclass_fields__
    frame = pd.DataFrame({name: [getattr(file, name) for file in files] for name in names})
    frame["age_days"] = age_days
    return frame
