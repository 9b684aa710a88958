"""What the engine says of answers: right, wrong, or that it cannot say."""

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from flows.samples import sample_request
from serving.errors import RequestError
from serving.labelling.contract import Given, Judgement, load_judges
from serving.predictors.clash_detector import ComparedPair
from structural.problems import PROBLEM_NAMES, load_problem
from structural.problems.connection_designer.catalogue import DISPLAY_NAMES, Family
from structural.problems.connection_designer.costs import CostTable

JUDGES = load_judges()


def judged(problem: str, output: dict[str, Any], request: Any = None, predictor: Any = None) -> Judgement:
    schema = import_module(f"serving.schemas.{problem}").Request
    given = Given(schema.model_validate(request or sample_request(problem)), output, predictor, "client", 0.5)
    return JUDGES[problem](given)


def test_every_problem_has_a_judge() -> None:
    assert set(JUDGES) == set(PROBLEM_NAMES)


def test_a_connection_is_judged_by_the_model_s_proposal_not_by_what_was_served() -> None:
    prices = SimpleNamespace(prices=CostTable())
    bolted, welded = DISPLAY_NAMES[Family.BOLTED_BEARING], DISPLAY_NAMES[Family.WELDED]
    # The README's sample: eight 1 in. A325-X bolts carry 320 kip and are the cheapest that carry 250.
    right = judged("connection_designer", {"model_proposal": bolted, "connection_type": welded}, predictor=prices)
    assert right == Judgement(True, {"connection_type": bolted})
    wrong = judged("connection_designer", {"model_proposal": welded, "connection_type": bolted}, predictor=prices)
    assert wrong == Judgement(False, {"connection_type": bolted})


def test_a_section_is_judged_by_the_lightest_of_all() -> None:
    lightest = judged("section_optimizer", {"model_section": "none"})
    assert not lightest.is_correct
    section = lightest.truth["section"]
    assert judged("section_optimizer", {"model_section": section}).is_correct
    assert judged("section_optimizer", {"model_section": "W27×194", "recommended_section": section}).is_correct is False


@pytest.mark.parametrize("problem", ["section_optimizer", "risk_analyzer"])
def test_the_truth_is_the_one_that_the_dataset_is_labelled_with(problem: str) -> None:
    definition = load_problem(problem)
    table = definition.generate(40, np.random.default_rng(4))
    row = next(row for row in range(40) if str(table[definition.answer_column][row]) not in ("none", ""))
    schema = import_module(f"serving.schemas.{problem}").Request
    names = {"span_ft": "span_feet"}
    request = {names.get(name, name): table[name][row].item() for name in schema.model_fields if name in table}
    request = {name: value for name, value in request.items() if value == value and value != "unspecified"}
    key = {"section_optimizer": "section", "risk_analyzer": "overall_risk"}[problem]
    if problem == "risk_analyzer" and str(request.get("design_class", "")).startswith("class_"):
        request["design_class"] = int(str(request["design_class"]).removeprefix("class_"))
    found = judged(problem, {"model_section": "?", "overall_risk": "?"}, request)
    assert found.truth[key].replace("×", "X") == str(table[definition.answer_column][row])


def test_a_risk_class_is_judged_by_the_reference_model() -> None:
    risk = judged("risk_analyzer", {"overall_risk": "?"}).truth["overall_risk"]
    assert judged("risk_analyzer", {"overall_risk": risk}).is_correct
    assert judged("risk_analyzer", {"overall_risk": "LOW" if risk != "LOW" else "HIGH"}).is_correct is False


STATED = {
    "design_parameters": {
        "shape": "W18X50",
        "length_ft": 30,
        "steel_grade": "A992",
        "dead_load_klf": 2.0,
        "live_load_klf": 3.0,
    },
    "design_code": "AISC 360-22",
}


def checks(*names: str) -> list[dict[str, str]]:
    return [{"check_id": name} for name in names]


def test_a_document_in_canonical_names_is_judged_by_the_rules() -> None:
    truth = judged("compliance_checker", {"violations": [], "missing_input": []}, STATED).truth
    violations, missing = truth["violations"], truth["missing_input"]
    # Far more than the section bears, and nothing is said of its bracing.
    assert (violations, missing) == (["FLX-01", "SRV-01", "SRV-02"], ["FLX-02"])
    said = {"violations": checks(*reversed(violations)), "missing_input": checks(*missing)}
    assert judged("compliance_checker", said, STATED).is_correct
    one_less = said | {"violations": checks(*violations[1:])}
    assert judged("compliance_checker", one_less, STATED).is_correct is False


@pytest.mark.parametrize(
    "parameters",
    [
        {"member": "W18x50 A992", "span": "30 ft"},
        {"shape": "W18X50", "length_ft": 30, "notes": "braced at midspan"},
        {"shape": "W18X50", "parameters": {"length_ft": 30}},
    ],
)
def test_what_people_write_freely_is_left_undecided(parameters: dict[str, Any]) -> None:
    request = {"design_parameters": parameters, "design_code": "AISC 360-22"}
    assert judged("compliance_checker", {"violations": [], "missing_input": []}, request) == Judgement(None)


class Comparing:
    """Stands for a clash model: gives what it is told of a pair."""

    def __init__(self, gives: ComparedPair | Exception | None) -> None:
        self.gives = gives
        self.asked: list[Any] = []

    def compare_pair(self, request: Any, client: str, chance: float) -> ComparedPair | None:
        self.asked.append((request.model_ifc, client, chance))
        if isinstance(self.gives, Exception):
            raise self.gives
        return self.gives


@pytest.mark.parametrize(
    ("gives", "is_correct"),
    [
        (ComparedPair(("a", "b"), "HIGH", "HIGH"), True),
        (ComparedPair(("a", "b"), "NONE", "HIGH"), False),
        (None, None),
        (RequestError("there is no such model", status=404), None),
    ],
)
def test_one_pair_of_a_clash_model_is_judged(gives: Any, is_correct: bool | None) -> None:
    predictor = Comparing(gives)
    assert judged("clash_detector", {}, predictor=predictor).is_correct is is_correct
    assert predictor.asked == [("sample_frame.ifc", "client", 0.5)]
