"""Great Expectations suites generated from a problem's columns: nothing is written down twice."""

from typing import Any

from data_validation.columns import allowed_values
from data_validation.contract import ENTRY_ID, SPLIT, SPLITS, accepted_categories, accepts_missing
from data_validation.frames import CHECK_PREFIX, ROW_NAME, RULE_PREFIX, check_columns
from data_validation.limits import LabelLimits
from data_validation.wording import MEND_ROWS, Wording
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
_CATEGORIES_TOLD = 12
_MORE_ANSWERS = "add entries with other answers"
_NOT_AS_RECORDED = "the files were changed after the build: build the dataset again"
_EACH_FILE = "{problem}"


def rows_expectations(problem: Problem, file: str, judge_answers: bool) -> list[Any]:
    """Return what every row of a problem's file must meet: schema, types, ranges, categories, rules, identity.

    ``file`` is the name that rows are told by; ``judge_answers``: also that the answer is not the same in all of them.
    """
    import great_expectations.expectations as gxe

    expectations = _table_expectations(problem, file)
    for column in problem.columns:
        expectations += _column_expectations(problem, column, file)
    expectations += [_check_expectation(problem, name, file) for name in check_columns(problem)]
    answer = _answer(problem)
    if judge_answers and answer.kind in (Kind.CATEGORY, Kind.TEXT, Kind.BOOLEAN):
        words = Wording(_what(answer), "at least 2 different values", _MORE_ANSWERS)
        expectations.append(
            gxe.ExpectColumnUniqueValueCountToBeBetween(column=answer.name, min_value=2, meta=words.meta())
        )
    return expectations


def _answer(problem: Problem) -> Column:
    return next(column for column in problem.columns if column.name == problem.answer_column)


def _what(column: Column) -> str:
    return f"column {column.name!r}"


def _value_at(file: str) -> str:
    return f"{{found_value}} at {file}:{{{ROW_NAME}}}"


def _otherwise(what: str, expected: str, file: str) -> Wording:
    return Wording(what, expected, MEND_ROWS, f"{file}:{{{ROW_NAME}}}", found="otherwise at ")


def _table_expectations(problem: Problem, file: str) -> list[Any]:
    import great_expectations.expectations as gxe

    names = [ENTRY_ID, SPLIT, *(column.name for column in problem.columns), *check_columns(problem), ROW_NAME]
    rows = Wording("the file", "at least one usable row", "add entries, or mend those set aside")
    columns = Wording("the file", "the contract's columns", f"see `sdai dataset columns {problem.name}`")
    unique = Wording("column 'entry_id'", "each id once", MEND_ROWS, _value_at(file))
    form = Wording("column 'entry_id'", "32 hex digits", MEND_ROWS, _value_at(file))
    split = Wording("column 'split'", f"one of {', '.join(SPLITS)}", MEND_ROWS, _value_at(file))
    return [
        gxe.ExpectTableRowCountToBeBetween(min_value=1, meta=rows.meta()),
        gxe.ExpectTableColumnsToMatchSet(column_set=names, exact_match=True, meta=columns.meta()),
        gxe.ExpectColumnValuesToBeUnique(column=ENTRY_ID, meta=unique.meta()),
        gxe.ExpectColumnValuesToMatchRegex(column=ENTRY_ID, regex=_ID_PATTERN, meta=form.meta()),
        gxe.ExpectColumnValuesToBeInSet(column=SPLIT, value_set=list(SPLITS), meta=split.meta()),
    ]


def _check_expectation(problem: Problem, name: str, file: str) -> Any:
    """Return the expectation that a check column is true in every row."""
    import great_expectations.expectations as gxe

    rule = next((rule for rule in problem.rules if name == f"{RULE_PREFIX}{rule.name}"), None)
    if rule is None:
        words = _otherwise("the rows", f"that {name.removeprefix(CHECK_PREFIX)}", file)
        return gxe.ExpectColumnValuesToBeInSet(column=name, value_set=[True], meta=words.meta())
    words = _otherwise(f"rule {rule.name!r}", rule.description, file)
    return gxe.ExpectColumnValuesToBeInSet(column=name, value_set=[True], notes=rule.description, meta=words.meta())


def _column_expectations(problem: Problem, column: Column, file: str) -> list[Any]:
    import great_expectations.expectations as gxe

    about = {"unit": column.unit, "role": column.role.value, "description": column.description}
    name, kind = column.name, _FRAME_TYPES[column.kind]
    given = _otherwise(_what(column), "a value in every row", file).meta(**about)

    def words(expected: str) -> dict[str, Any]:
        return Wording(_what(column), expected, MEND_ROWS, _value_at(file)).meta(**about)

    made: list[Any] = [gxe.ExpectColumnValuesToBeOfType(column=name, type_=kind, meta=words(f"type {kind}"))]
    if column.kind is not Kind.FLOAT or not accepts_missing(column):
        made.append(gxe.ExpectColumnValuesToNotBeNull(column=name, meta=given))
    if column.kind is Kind.CATEGORY:
        accepted = [*accepted_categories(column), *([UNSPECIFIED] if accepts_missing(column) else [])]
        values = list(dict.fromkeys(accepted))
        allowed = words(allowed_values(problem, column, _CATEGORIES_TOLD))
        made.append(gxe.ExpectColumnValuesToBeInSet(column=name, value_set=values, meta=allowed))
    if column.kind in (Kind.FLOAT, Kind.INTEGER) and (column.minimum is not None or column.maximum is not None):
        made.append(
            gxe.ExpectColumnValuesToBeBetween(
                column=name,
                min_value=column.minimum,
                max_value=column.maximum,
                meta=words(allowed_values(problem, column)),
            )
        )
    if column.kind is Kind.TEXT and column.role is Role.QUESTION and not column.optional:
        made.append(gxe.ExpectColumnValueLengthsToBeBetween(column=name, min_value=1, meta=given))
    return made


def columns_expectations() -> list[Any]:
    """Return what the columns of a file must meet: stored type and declared unit are the contract's."""
    import great_expectations.expectations as gxe

    pairs = {
        "type": "store the column in that type",
        "unit": "convert the column, or correct the unit declared for it",
    }
    return [
        gxe.ExpectColumnPairValuesToBeEqual(
            column_A=f"expected_{aspect}",
            column_B=f"found_{aspect}",
            meta=Wording(
                "the columns",
                f"the {aspect} of the contract",
                mend,
                f"column {{column!r}} in {{found_{aspect}!r}} instead of {{expected_{aspect}!r}}",
                at_most=20,
            ).meta(),
        )
        for aspect, mend in pairs.items()
    ]


def answers_expectations(problem: Problem, rows: int, limits: LabelLimits) -> list[Any]:
    """Return what the distribution of the scored answer must meet; rare values are judged in large sets only."""
    import great_expectations.expectations as gxe

    answer = _answer(problem)

    def words(expected: str, mend: str = _MORE_ANSWERS) -> dict[str, Any]:
        return Wording(f"the answers ({_what(answer)})", expected, mend, "{answer!r} in {share:.1%}").meta()

    largest = f"none in more than {limits.largest_share:.0%} of the rows"
    expectations: list[Any] = [
        gxe.ExpectColumnValuesToBeBetween(
            column="share", min_value=0, max_value=limits.largest_share, meta=words(largest)
        )
    ]
    few = answer.kind is Kind.CATEGORY and len(answer.categories) <= limits.few_categories
    if few and rows >= limits.judged_from_rows:
        values, more = list(answer.categories), "add entries with this answer"
        smallest = f"each in at least {limits.smallest_share:.1%} of the rows"
        expectations += [
            gxe.ExpectColumnDistinctValuesToContainSet(
                column="answer", value_set=values, meta=words(f"each of {', '.join(values)}", more)
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="share", min_value=limits.smallest_share, meta=words(smallest, more)
            ),
        ]
    return expectations


def files_expectations(problems: list[str], max_age_days: int) -> list[Any]:
    """Return what the files of a dataset must meet: all there, unchanged, as long as recorded, fresh."""
    import great_expectations.expectations as gxe

    def words(expected: str, mend: str = _NOT_AS_RECORDED, each: str = _EACH_FILE) -> dict[str, Any]:
        return Wording("the files", expected, mend, each).meta()

    age = words(f"an age of at most {max_age_days} days (max_age_days)", "build it again", "{found_value} days")
    weights = words("shares of the splits within a point of their weights", "build the dataset again")
    return [
        gxe.ExpectColumnDistinctValuesToEqualSet(
            column="problem", value_set=problems, meta=words("one of each problem", "build the dataset again")
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="readable",
            value_set=[True],
            meta=words("each readable", "mend what is told of it above", "otherwise {problem}"),
        ),
        gxe.ExpectColumnPairValuesToBeEqual(
            column_A="rows",
            column_B="expected_rows",
            meta=words("as many rows as the manifest says", each="{rows} instead of {expected_rows} in {problem}"),
        ),
        gxe.ExpectColumnPairValuesToBeEqual(
            column_A="sha256",
            column_B="expected_sha256",
            meta=words("the sha256 of the manifest", each="another one of {problem}"),
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="splits_as_recorded",
            value_set=[True],
            meta=words("as many rows a split as the manifest says", each="others in {problem}"),
        ),
        gxe.ExpectColumnValuesToBeInSet(column="splits_near_weights", value_set=[True], meta=weights),
        gxe.ExpectColumnValuesToBeBetween(column="age_days", min_value=-1, max_value=max_age_days, meta=age),
    ]
