"""What a report on a compliance document says that the document states.

The answer lists what was read, so a report only names what was read wrongly: ``{"parameters": {"length_ft": "30 ft",
"bolt_count": null}}``, null for a value that the document does not give, two values in a list for a contradiction.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from serving.schemas.compliance_checker import NotUnderstood, ReadParameter
from structural.code_checks.registry import MISSING_MARK, join
from structural.errors import StructuralError
from structural.problems.compliance_checker.decoding import BY_SUBSCRIPT, CONTRADICTORY
from structural.problems.compliance_checker.placing import Told, place_values
from structural.problems.compliance_checker.stated import named_parameter, read_design
from structural.problems.compliance_checker.truth import label
from structural.tables import Table, table_of

WITHHELD = "withheld"
"""What stands for the answer to a document that the reader was not certain of."""


class Check(BaseModel):
    """A check that an answer names."""

    check_id: str


class Answer(BaseModel):
    """What of a stored answer tells how the document was read; the rest is left aside."""

    verified: bool
    violations: list[Check]
    missing_input: list[Check]
    read_parameters: list[ReadParameter]
    not_understood: list[NotUnderstood]
    doubts: list[str]


def given_answer(predicted: Any) -> str:
    """Return the set of violated checks that an answer named, as the dataset writes it, or `WITHHELD`."""
    answer = _answer(predicted)
    if not answer.verified:
        return WITHHELD
    missing = [check.check_id + MISSING_MARK for check in answer.missing_input]
    return join([*(check.check_id for check in answer.violations), *missing])


def annotate(question: Table, predicted: Any, actual: Any) -> Table:
    """Return the columns ``parameters`` and ``annotations`` (one row) of a document, corrected by a report.

    Raises `StructuralError` when the stored answer holds no reading, when the report corrects nothing, or when a value
    is none of its parameter, does not stand in the document, or could stand at two places of it.
    """
    answer = _answer(predicted)
    corrections = _corrections(actual)
    _require_both_sides(answer.doubts, corrections)
    kept = [item for item in answer.read_parameters if item.parameter not in corrections]
    inferred = {item.parameter: item.value for item in kept if item.assumed == BY_SUBSCRIPT}
    told = [
        Told(item.parameter, item.value, item.source, item.source_text)
        for item in kept
        if item.parameter not in inferred
    ]
    told += [Told(name, value) for name, values in corrections.items() for value in values]
    passed_over = {item.text for item in answer.not_understood}
    spans = place_values(json.loads(str(question["document"][0])), told, passed_over)
    stated: dict[str, Any] = {}
    for item in told:
        stated[item.name] = [stated[item.name], item.value] if item.name in stated else item.value
    return table_of([{"parameters": json.dumps(inferred | stated), "annotations": json.dumps(spans)}])


def verdict(question: Table, annotated: Table) -> str:
    """Return the answer that follows by the rules from what a document is said to state."""
    return str(label({**question, **annotated})["violations"][0])


def _answer(predicted: Any) -> Answer:
    try:
        return Answer.model_validate(predicted)
    except ValidationError as error:
        raise StructuralError("the stored answer holds no reading of the document", field="predicted") from error


def _corrections(actual: Any) -> dict[str, list[float | str]]:
    """Return the corrected values by canonical name: none where the document does not give the parameter."""
    given = actual.get("parameters") if isinstance(actual, Mapping) else None
    if not isinstance(given, Mapping) or not given:
        raise StructuralError(
            "the report does not say what 'parameters' should have been read: canonical names with values, null for "
            "one that the document does not give",
            field="parameters",
        )
    corrections: dict[str, list[float | str]] = {}
    for key, value in given.items():
        name = named_parameter(key).name
        values = value if isinstance(value, list) else [] if value is None else [value]
        if name in corrections or len(values) > 2:
            raise StructuralError(f"{name} must be one value, null, or a list of two that contradict", field=name)
        corrections[name] = [read_design({key: item}).parameters[name] for item in values]
    return corrections


def _require_both_sides(doubts: Iterable[str], corrections: Mapping[str, list[float | str]]) -> None:
    """Refuse a contradiction that a report is silent about: the answer only holds one of its values."""
    for doubt in doubts:
        name = doubt.partition(":")[0]
        if doubt.endswith(CONTRADICTORY) and name not in corrections:
            raise StructuralError(
                f"the answer found a contradiction about {name}: say what the document states of it", field=name
            )
