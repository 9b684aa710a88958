"""Great Expectations suites generated from a problem's columns: nothing is written down twice."""

from typing import Any

from data_validation.contract import ENTRY_ID, SPLIT, SPLITS, accepted_categories, accepts_missing
from data_validation.frames import ROW_NAME, check_columns
from data_validation.limits import LabelLimits
from structural.problem import Column, Kind, Problem, Role
from structural.tables import UNSPECIFIED

_FRAME_TYPES = {
    Kind.FLOAT: "float64",
    Kind.INTEGER: "int64",
    Kind.BOOLEAN: "bool",
    Kind.CATEGORY: "str",
    Kind.TEXT: "str",
}
_ID_PATTERN = "^[0-9a-f]{32}$"


def rows_expectations(problem: Problem) -> list[Any]:
    """Return what every row of a problem must meet: schema, types, ranges, categories, rules, identity."""
    import great_expectations.expectations as gxe

    names = [ENTRY_ID, SPLIT, *(column.name for column in problem.columns), *check_columns(problem), ROW_NAME]
    expectations: list[Any] = [
        gxe.ExpectTableRowCountToBeBetween(min_value=1),
        gxe.ExpectTableColumnsToMatchSet(column_set=names, exact_match=True),
        gxe.ExpectColumnValuesToBeUnique(column=ENTRY_ID),
        gxe.ExpectColumnValuesToMatchRegex(column=ENTRY_ID, regex=_ID_PATTERN),
        gxe.ExpectColumnValuesToBeInSet(column=SPLIT, value_set=list(SPLITS)),
    ]
    for column in problem.columns:
        expectations += _column_expectations(column)
    for name in check_columns(problem):
        notes = next((rule.description for rule in problem.rules if name.endswith(f": {rule.name}")), "")
        expectations.append(gxe.ExpectColumnValuesToBeInSet(column=name, value_set=[True], notes=notes or None))
    if _answer(problem).kind in (Kind.CATEGORY, Kind.TEXT, Kind.BOOLEAN):
        expectations.append(gxe.ExpectColumnUniqueValueCountToBeBetween(column=problem.answer_column, min_value=2))
    return expectations


def _answer(problem: Problem) -> Column:
    return next(column for column in problem.columns if column.name == problem.answer_column)


def _column_expectations(column: Column) -> list[Any]:
    import great_expectations.expectations as gxe

    about = {"unit": column.unit, "role": column.role.value, "description": column.description}
    made: list[Any] = [
        gxe.ExpectColumnValuesToBeOfType(column=column.name, type_=_FRAME_TYPES[column.kind], meta=about)
    ]
    if column.kind is not Kind.FLOAT or not accepts_missing(column):
        made.append(gxe.ExpectColumnValuesToNotBeNull(column=column.name, meta=about))
    if column.kind is Kind.CATEGORY:
        accepted = [*accepted_categories(column), *([UNSPECIFIED] if accepts_missing(column) else [])]
        made.append(gxe.ExpectColumnValuesToBeInSet(column=column.name, value_set=list(dict.fromkeys(accepted))))
    if column.kind in (Kind.FLOAT, Kind.INTEGER) and (column.minimum is not None or column.maximum is not None):
        made.append(
            gxe.ExpectColumnValuesToBeBetween(
                column=column.name, min_value=column.minimum, max_value=column.maximum, meta=about
            )
        )
    if column.kind is Kind.TEXT and column.role is Role.QUESTION and not column.optional:
        made.append(gxe.ExpectColumnValueLengthsToBeBetween(column=column.name, min_value=1, meta=about))
    return made


def columns_expectations() -> list[Any]:
    """Return what the columns of a file must meet: stored type and declared unit are the contract's."""
    import great_expectations.expectations as gxe

    return [
        gxe.ExpectColumnPairValuesToBeEqual(column_A="expected_type", column_B="found_type"),
        gxe.ExpectColumnPairValuesToBeEqual(column_A="expected_unit", column_B="found_unit"),
    ]


def answers_expectations(problem: Problem, rows: int, limits: LabelLimits) -> list[Any]:
    """Return what the distribution of the scored answer must meet; rare values are judged in large sets only."""
    import great_expectations.expectations as gxe

    answer = _answer(problem)
    expectations: list[Any] = [
        gxe.ExpectColumnValuesToBeBetween(column="share", min_value=0, max_value=limits.largest_share)
    ]
    few = answer.kind is Kind.CATEGORY and len(answer.categories) <= limits.few_categories
    if few and rows >= limits.judged_from_rows:
        expectations += [
            gxe.ExpectColumnDistinctValuesToContainSet(column="value", value_set=list(answer.categories)),
            gxe.ExpectColumnValuesToBeBetween(column="share", min_value=limits.smallest_share),
        ]
    return expectations


def files_expectations(problems: list[str], max_age_days: int) -> list[Any]:
    """Return what the files of a dataset must meet: all there, unchanged, as long as recorded, fresh."""
    import great_expectations.expectations as gxe

    return [
        gxe.ExpectColumnDistinctValuesToEqualSet(column="problem", value_set=problems),
        gxe.ExpectColumnValuesToBeInSet(column="readable", value_set=[True]),
        gxe.ExpectColumnPairValuesToBeEqual(column_A="rows", column_B="expected_rows"),
        gxe.ExpectColumnPairValuesToBeEqual(column_A="sha256", column_B="expected_sha256"),
        gxe.ExpectColumnValuesToBeInSet(column="splits_as_recorded", value_set=[True]),
        gxe.ExpectColumnValuesToBeInSet(column="splits_near_weights", value_set=[True]),
        gxe.ExpectColumnValuesToBeBetween(column="age_days", min_value=-1, max_value=max_age_days),
    ]
