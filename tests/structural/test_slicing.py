"""Slices: ranges with fixed edges, completeness, and that every problem is cut by what an engineer would ask for."""

import numpy as np
import pytest

from structural.errors import StructuralError
from structural.problem import Problem
from structural.problems import PROBLEM_NAMES, load_problem
from structural.slicing import NOT_GIVEN, by_category, by_completeness, by_range
from structural.tables import UNSPECIFIED, Table

EXPECTED = {
    "connection_designer": {"joint_type", "bolt_grade", "load_character", "load_kip", "bolt_diameter_in", "hole_type"},
    "section_optimizer": {"member_type", "span_ft", "load_psf", "axial_load_kip", "steel_grade", "optional_inputs"},
    "clash_detector": {"kinds", "trades", "joint_type", "error_kind", "distance_mm", "guard_band", "origin"},
    "compliance_checker": {"topic", "unit_system", "jurisdiction", "design_code"},
    "risk_analyzer": {"project_type", "complexity", "budget_million_usd", "optional_inputs", "schedule_months"},
}
UNITS = ("_ft", "_in", "_mm", "_psf", "_kip", "_usd", "_months", "_deg", "_characters")


@pytest.fixture(scope="module", params=PROBLEM_NAMES)
def drawn(request: pytest.FixtureRequest) -> tuple[Problem, Table]:
    problem = load_problem(request.param)
    return problem, problem.generate(200, np.random.default_rng(11))


def test_a_number_on_an_edge_belongs_below_and_a_missing_one_is_named() -> None:
    cut = by_range("span_ft", "ft", (15.0, 25.0), "span")
    groups = cut.group({"span": np.array([3.0, 15.0, 15.01, 25.0, 25.1, np.nan])})
    assert groups.tolist() == ["up to 15 ft", "up to 15 ft", "15 to 25 ft", "15 to 25 ft", "over 25 ft", NOT_GIVEN]


def test_a_single_edge_and_a_computed_number_are_enough() -> None:
    cut = by_range("cost", "million USD", (1_000.0,), lambda table: table["usd"] / 1e6)
    assert cut.group({"usd": np.array([1e6, 2e9])}).tolist() == ["up to 1,000 million USD", "over 1,000 million USD"]


@pytest.mark.parametrize("edges", [(), (2.0, 1.0), (1.0, 1.0)])
def test_edges_that_do_not_rise_are_refused_by_name(edges: tuple[float, ...]) -> None:
    with pytest.raises(StructuralError, match=r"slice span_ft: the edges .* do not rise"):
        by_range("span_ft", "ft", edges, "span")


def test_categories_of_any_kind_become_names() -> None:
    assert by_category("planes").group({"planes": np.array([1, 2])}).tolist() == ["1", "2"]


def test_completeness_tells_none_some_and_all() -> None:
    table = {"a": np.array([np.nan, np.nan, 1.0]), "b": np.array([UNSPECIFIED, "x", "x"])}
    groups = by_completeness("inputs", ("a", "b")).group(table)
    assert groups.tolist() == ["all missing", "some missing", "all given"]


def test_every_problem_is_cut_by_what_matters_to_it(drawn: tuple[Problem, Table]) -> None:
    problem, entries = drawn
    names = [cut.name for cut in problem.slices]
    assert len(set(names)) == len(names)
    assert set(names) >= EXPECTED[problem.name]
    for cut in problem.slices:
        groups = np.asarray(cut.group(entries), dtype=np.str_)
        assert groups.shape == (200,), cut.name
        assert not np.any(groups == ""), cut.name


def test_ranges_carry_their_unit_in_name_and_group(drawn: tuple[Problem, Table]) -> None:
    problem, entries = drawn
    for cut in problem.slices:
        ranges = [str(group) for group in np.unique(cut.group(entries)) if str(group).startswith(("up to", "over "))]
        if ranges and cut.name not in ("bolt_count", "stories"):
            assert cut.name.endswith(UNITS), cut.name
        assert all(len(group.split()) > 2 for group in ranges), ranges
