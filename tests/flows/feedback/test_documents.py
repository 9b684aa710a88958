"""Reports on compliance documents: what was misread becomes an annotated entry, labelled by the rules."""

import json
from typing import Any

import pytest

from flows.feedback.documents import WITHHELD, given_answer
from flows.feedback.findings import Finding, Opinion, find
from structural.problems import load_problem
from tests.flows.feedback.test_feedback import no_models, report
from training.compliance_checker.corpus import build_corpus

SHAPE = "W18x50"
DOCUMENT = {"member": "W18x50 A992", "clear length": "30 ft", "Lb": "6 ft", "service": "DL 0.5 klf", "crane": "9 klf"}
ASKED = {"design_parameters": DOCUMENT}


def read(name: str, value: float | str, source: str, source_text: str, assumed: str = "") -> dict[str, Any]:
    texts = {"source": source, "source_text": source_text, "assumed": assumed}
    return {"parameter": name, "value": value, "unit": "", **texts}


def answer(**changes: Any) -> dict[str, Any]:
    """Return an answer that read all of the document but the crane's load, which it passed over."""
    values: dict[str, Any] = {
        "verified": True,
        "violations": [],
        "missing_input": [],
        "doubts": [],
        "read_parameters": [
            read("shape", "W18X50", "member: W18x50 A992", "W18x50"),
            read("steel_grade", "A992", "member: W18x50 A992", "A992"),
            read("length_ft", 30.0, "clear length: 30 ft", "30 ft"),
            read("unbraced_length_ft", 6.0, "Lb: 6 ft", "6 ft"),
            read("dead_load_klf", 0.5, "service: DL 0.5 klf", "0.5 klf"),
            read("method", "LRFD", "service: DL 0.5 klf", "subscript u", "method by subscript"),
        ],
        "not_understood": [{"text": "crane: 9 klf", "reason": "gives no parameter that the checks read"}],
    }
    return values | changes


def found(parameters: Any, predicted: Any = None) -> Finding:
    actual = {"parameters": parameters}
    return find([report("compliance_checker", ASKED, predicted or answer(), actual)], no_models)[0]


def test_a_value_that_was_passed_over_is_placed_and_the_rules_judge_the_design_with_it() -> None:
    finding = found({"live_load": "9 klf"})
    assert finding.opinion is Opinion.CONFIRMED, finding.reason
    assert (finding.given, finding.reported) == ("none", finding.truth)
    assert "FLX-01" in finding.truth.split("|")
    assert "read the document" in finding.reason
    assert finding.entry is not None
    stated = json.loads(str(finding.entry["parameters"][0]))
    assert (stated["live_load_klf"], stated["length_ft"], stated["method"]) == (9.0, 30.0, "LRFD")
    marks = [mark for marks in json.loads(str(finding.entry["annotations"][0])) for mark in marks]
    assert [len("crane: "), len("crane: 9 klf"), "live_load_klf"] in marks


def test_the_entry_keeps_the_data_contract_and_is_learned_from() -> None:
    entry = found({"live_load_klf": 9}).entry
    assert entry is not None
    problem = load_problem("compliance_checker")
    assert list(entry) == [column.name for column in problem.columns]
    assert all(rule.holds(entry).all() for rule in problem.rules)
    corpus = build_corpus(entry)
    assert sum(1 for tags in corpus.tags if any(tags)) == len(DOCUMENT)


def test_a_value_read_as_another_parameter_moves_and_null_takes_one_away() -> None:
    finding = found({"dead_load_klf": None, "live_load_klf": "0.5 klf"})
    assert finding.entry is not None
    stated = json.loads(str(finding.entry["parameters"][0]))
    assert "dead_load_klf" not in stated
    assert stated["live_load_klf"] == pytest.approx(0.5)


def test_two_values_are_a_contradiction() -> None:
    finding = found({"dead_load_klf": [0.5, 9]})
    assert finding.truth == "contradiction:dead_load_klf"
    assert finding.opinion is Opinion.CONFIRMED


def test_a_correction_that_changes_no_verdict_finds_the_answer_right() -> None:
    right = found({"live_load_klf": 9}).truth.split("|")
    violations = [{"check_id": name} for name in right if not name.endswith("?")]
    missing = [{"check_id": name.removesuffix("?")} for name in right if name.endswith("?")]
    again = found({"live_load_klf": 9}, answer(violations=violations, missing_input=missing))
    assert again.opinion is Opinion.ALREADY_RIGHT


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        (None, "does not say what 'parameters'"),
        ({}, "does not say what 'parameters'"),
        ({"spam": 1}, "unknown parameter 'spam'"),
        ({"length_ft": "tall"}, "is no length"),
        ({"length_ft": {"a": 1}}, "length_ft must be"),
        ({"length_ft": [1, 2, 3]}, "a list of two that contradict"),
        ({"length_ft": 30, "length": "30 ft"}, "length_ft must be one value"),
        ({"length_ft": 31}, "length_ft = 31.0 stands nowhere"),
    ],
)
def test_a_report_that_cannot_be_learned_from_says_why(parameters: Any, says: str) -> None:
    finding = found(parameters)
    assert finding.opinion is Opinion.UNUSABLE
    assert says in finding.reason


def test_of_a_contradiction_the_report_must_name_both_sides() -> None:
    doubts = ["length_ft: '30 ft' and '31 ft' contradict each other"]
    finding = found({"live_load_klf": 9}, answer(doubts=doubts, verified=False))
    assert "contradiction about length_ft" in finding.reason


@pytest.mark.parametrize("predicted", [{"compliant": True}, {"read_parameters": [{"parameter": "length_ft"}]}, "text"])
def test_without_what_the_answer_read_nothing_can_be_learned(predicted: Any) -> None:
    assert "holds no reading" in found({"live_load_klf": 9}, predicted).reason


def test_an_answer_that_was_not_certain_stands_as_withheld() -> None:
    assert given_answer(answer(verified=False)) == WITHHELD
    finding = found({"live_load_klf": 9}, answer(verified=False))
    assert (finding.opinion, finding.given) == (Opinion.CONFIRMED, WITHHELD)
