"""One design judged on numbers: every status, figure and word is what the checks give on columns, to the bit."""

from json import loads

import numpy as np
import pytest
from hypothesis import given

from structural.code_checks.derived import make_single_case
from structural.code_checks.jurisdictions import DESIGN_CODES, JURISDICTIONS
from structural.code_checks.parameters import parameter_table
from structural.code_checks.registry import ORDER, evaluate
from structural.code_checks.results import design_result
from structural.problems.compliance_checker import PROBLEM
from structural.problems.compliance_checker.truth import evaluate_single, evaluate_table
from tests.structural.code_checks.designs import DESIGNS, Row, check_rows
from tests.structural.code_checks.test_any_design import ANYTHING, FAST

FIGURES = ("status", "demand", "capacity", "ratio")


def assert_alike(row: Row, code: str = "AISC 360-22", place: str = "default") -> None:
    """Assert that a design is judged alike on numbers and on columns of one."""
    columns, expected = check_rows(row, code=code, place=place)
    case = make_single_case(row, code, place)
    found = evaluate(case)
    for name in FIGURES:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)
    assert design_result(case, found) == design_result(columns, expected)


@pytest.mark.parametrize("name", DESIGNS)
def test_a_design_of_every_kind(name: str) -> None:
    for left_out in ("", *DESIGNS[name]):
        assert_alike({key: value for key, value in DESIGNS[name].items() if key != left_out})


@FAST
@given(row=ANYTHING)
def test_anything_within_the_bounds(row: Row) -> None:
    assert_alike(row)


@pytest.mark.parametrize("place", JURISDICTIONS)
@pytest.mark.parametrize("code", DESIGN_CODES)
def test_every_code_and_place(code: str, place: str) -> None:
    system = {"seismic_system": "SMF", "seismic_design_category": "D", "seismic_detailing": "none"}
    for words in ({}, {"seismic_system": "R3", "seismic_design_category": "E"}, system):
        assert_alike({"shape": "W18X50", "steel_grade": "A992", **words}, code, place)


@pytest.mark.parametrize("stranger", [{"no such parameter": 3.0}, {"shape": ""}, {"length_ft": float("nan")}])
def test_what_says_nothing_is_passed_over(stranger: Row) -> None:
    assert_alike({"steel_grade": "A992", **stranger})


def test_many_drawn_designs() -> None:
    """Designs of the dataset's own sampler, judged one by one and all at once."""
    drawn = PROBLEM.sample(300, np.random.default_rng(11))
    rows = [
        {name: value[0] if isinstance(value, list) else value for name, value in loads(text).items()}
        for text in drawn["parameters"].tolist()
    ]
    case, expected = evaluate_table(parameter_table(rows), drawn["design_code"], drawn["jurisdiction"])
    for at, row in enumerate(rows):
        single, found = evaluate_single(row, str(drawn["design_code"][at]), str(drawn["jurisdiction"][at]))
        for name in FIGURES:
            assert np.array_equal(getattr(found, name)[0], getattr(expected, name)[at], equal_nan=True), (at, name)
        assert design_result(single, found) == design_result(case, expected, at)


def test_remembered_outcomes_do_not_mix_up_designs() -> None:
    """BLT-11 hangs on words alone and is remembered by them: designs that differ in one word differ."""
    bolts = {"bolt_diameter_in": 0.75, "bolt_count": 4.0, "bolt_grade": "A325", "hole_type": "oversized"}
    column = ORDER.index("BLT-11")
    statuses = []
    for joint_type in ("bearing", "slip_critical", "bearing"):
        row = bolts | {"joint_type": joint_type}
        assert_alike(row)
        _, found = evaluate_single(row, "AISC 360-22", "default")
        statuses.append(int(found.status[0, column]))
    assert statuses[0] == statuses[2] != statuses[1]
