"""The listing of columns, and what is said of columns that the contract does not know."""

from importlib import import_module

import pytest

from data_validation.columns import API_NAMES, describe_columns, unknown_columns
from data_validation.contract import may_be_absent
from structural.problems import PROBLEM_NAMES, load_problem
from tests.data_validation.tiny import make_problem


def test_every_column_is_described_in_order() -> None:
    facts = {column.name: column for column in describe_columns(make_problem("tiny"))}
    assert list(facts) == [column.name for column in make_problem("tiny").columns]
    assert (facts["depth_in"].allowed, facts["depth_in"].unit, facts["depth_in"].needed) == ("4 to 44 in", "in", True)
    assert facts["grade"].allowed == "one of A992, A36, unspecified"
    assert facts["braced"].allowed == "true or false"
    assert facts["notes"].allowed == "text of at most 20,000 characters"
    left_out = [name for name, column in facts.items() if not column.needed]
    assert left_out == ["limit_in", "grade", "recipe"]


def test_shape_columns_say_how_a_name_may_be_written() -> None:
    facts = {column.name: column for column in describe_columns(load_problem("section_optimizer"))}
    assert facts["section"].allowed == "a W shape in any spelling (W24X68, w24×68), or none"


@pytest.mark.parametrize("problem", PROBLEM_NAMES)
def test_names_of_the_service_are_its_own_and_lead_to_columns(problem: str) -> None:
    schema = import_module(f"serving.schemas.{problem}")
    models = [item for item in vars(schema).values() if isinstance(item, type) and hasattr(item, "model_fields")]
    fields = {name for model in models for name in model.model_fields}
    columns = {column.name for column in load_problem(problem).columns}
    for name, meant in API_NAMES[problem].items():
        assert name in fields
        assert name not in columns
        assert set(meant) <= columns


@pytest.mark.parametrize("problem", PROBLEM_NAMES)
def test_every_needed_column_is_marked_so(problem: str) -> None:
    needed = {column.name for column in describe_columns(load_problem(problem)) if column.needed}
    assert needed == {column.name for column in load_problem(problem).columns if not may_be_absent(column)}


def test_unknown_columns_are_told_with_what_is_meant_and_what_is_allowed() -> None:
    problem = load_problem("section_optimizer")
    told = unknown_columns(problem, ["recommended_section", "Depth", "span_foot", "colour"])
    assert "'recommended_section' (the service's name; the dataset has section)" in told
    assert "'Depth' (the service's name; the dataset has depth_in)" in told
    assert "'span_foot' (is span_feet meant?)" in told
    assert "; 'colour'. Allowed are member_type, span_feet, " in told
    assert "`sdai dataset columns section_optimizer`" in told
    assert unknown_columns(problem, [f"x{index}" for index in range(40)]).count("'x") == 10
