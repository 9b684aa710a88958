"""Whatever a design states within the bounds, it is judged: never an exception, never a verdict out of nothing."""

import json
import math

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from structural.code_checks.parameter import Dimension, Parameter
from structural.code_checks.parameters import PARAMETERS
from structural.code_checks.results import CheckResult
from structural.code_checks.sheet import calculation_sheet
from structural.code_checks.uses import BUILT_UP_PLATES
from structural.materials import STEEL_GRADES
from structural.problems.compliance_checker.stated import StatedDesign, check_designs
from structural.sections import all_names
from tests.structural.code_checks.designs import DESIGNS

GRADES = st.sampled_from(list(STEEL_GRADES))
# A design has close to 200 parameters: to shrink one takes minutes and shows no more than the failure itself.
FAST = settings(phases=[Phase.explicit, Phase.reuse, Phase.generate])
STATUSES = {"pass", "fail", "advisory", "not_applicable", "missing_input"}


def values(item: Parameter) -> st.SearchStrategy[float | str]:
    match item.dimension:
        case Dimension.SHAPE:
            return st.sampled_from(all_names())
        case Dimension.GRADE:
            return GRADES
        case Dimension.WORD:
            return st.sampled_from(item.words)
        case Dimension.COUNT:
            return st.integers(math.ceil(item.minimum), math.floor(item.maximum)).map(float)
    edges = st.sampled_from([item.minimum, item.maximum])
    return st.one_of(edges, st.floats(item.minimum, item.maximum, allow_subnormal=False))


ANYTHING = st.fixed_dictionaries({}, optional={item.name: values(item) for item in PARAMETERS})


@st.composite
def designs(draw: st.DrawFn) -> StatedDesign:
    """A design of the list with anything added, replaced or left out, or anything at all."""
    base = draw(st.sampled_from([{}, *DESIGNS.values()]))
    changed = draw(ANYTHING)
    left_out = draw(st.sets(st.sampled_from(sorted(base)), max_size=4)) if base else set()
    row = {name: value for name, value in {**base, **changed}.items() if name not in left_out}
    if "shape" in row:
        row = {name: value for name, value in row.items() if name not in BUILT_UP_PLATES}
    return StatedDesign(row)


@settings(FAST, max_examples=100)
@given(st.lists(designs(), min_size=1, max_size=6))
def test_every_design_within_the_bounds_is_judged(stated: list[StatedDesign]) -> None:
    for design, result in zip(stated, check_designs(stated), strict=True):
        assert len(result.checks) == 60
        assert {check.status for check in result.checks} <= STATUSES
        json.dumps(result.as_dict(), allow_nan=False)
        assert calculation_sheet(design.parameters, result, all_checks=True)
        for check in result.checks:
            lacking = check.status == "missing_input"
            assert check.reason.removeprefix("missing: ") or not lacking, check
            if check.ratio is not None and check.demand and check.capacity and check.capacity > 1e-3:
                assert math.isclose(check.ratio, check.demand / check.capacity, rel_tol=1e-3, abs_tol=1e-3), check


def figures(check: CheckResult) -> list[float]:
    return [math.nan if figure is None else figure for figure in (check.demand, check.capacity, check.ratio)]


@settings(FAST, max_examples=40)
@given(st.lists(designs(), min_size=2, max_size=5))
def test_a_design_is_judged_alike_alone_and_in_company(stated: list[StatedDesign]) -> None:
    for design, together in zip(stated, check_designs(stated), strict=True):
        for alone, beside in zip(check_designs([design])[0].checks, together.checks, strict=True):
            assert (alone.check_id, alone.status, alone.reason) == (beside.check_id, beside.status, beside.reason)
            assert figures(alone) == pytest.approx(figures(beside), rel=1e-9, abs=1e-6, nan_ok=True)
