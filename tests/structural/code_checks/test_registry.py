"""The registry as a whole: its checks, what they say of themselves, and rules that must hold for any design."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structural.code_checks import case as case_module
from structural.code_checks import derived
from structural.code_checks.contract import Status
from structural.code_checks.parameters import BY_NAME, PARAMETERS
from structural.code_checks.registry import CORE, EXTENDED, ORDER, check_by_id, registry
from structural.errors import StructuralError
from tests.structural.code_checks.designs import DESIGNS, Row, check_rows

CASE, EVALUATION = check_rows(*DESIGNS.values())


def test_there_are_47_core_and_13_extended_checks_in_order() -> None:
    assert (len(CORE), len(EXTENDED), len(set(ORDER))) == (47, 13, 60)
    assert [check.id for check in registry()] == list(ORDER)


@pytest.mark.parametrize("check", registry(), ids=ORDER)
def test_every_check_says_what_it_is(check) -> None:  # type: ignore[no-untyped-def]
    assert check.title
    assert check.clause
    assert check.formula
    assert check.unit
    assert set(check.uses) <= set(BY_NAME), set(check.uses) - set(BY_NAME)
    assert set(check.requires) <= set(CASE.known)


@pytest.mark.parametrize("check", ORDER)
def test_every_check_concerns_one_of_the_designs(check: str) -> None:
    assert np.any(EVALUATION.status[:, ORDER.index(check)] != Status.NOT_APPLICABLE), check


@pytest.mark.parametrize("check", sorted(set(ORDER) - {"JUR-01", "MAT-01"}))
def test_every_check_does_not_concern_some_design(check: str) -> None:
    assert np.any(EVALUATION.status[:, ORDER.index(check)] == Status.NOT_APPLICABLE), check
    row = int(np.flatnonzero(EVALUATION.status[:, ORDER.index(check)] == Status.NOT_APPLICABLE)[0])
    assert check_by_id(check).why_not(CASE, row)


def test_no_design_of_the_list_lacks_an_input_or_is_outside_the_specification() -> None:
    lacking = np.argwhere(EVALUATION.status == Status.MISSING_INPUT)
    assert [(list(DESIGNS)[row], ORDER[column]) for row, column in lacking] == []
    assert not np.any(EVALUATION.capacity == 0.0)


def test_unknown_check_is_refused_with_the_known_ones() -> None:
    assert check_by_id("cmp-01").id == "CMP-01"
    with pytest.raises(StructuralError, match="CMP-01"):
        check_by_id("CMP-99")


@pytest.mark.parametrize("name", DESIGNS)
def test_one_design_and_many_agree(name: str) -> None:
    row = list(DESIGNS).index(name)
    _, alone = check_rows(DESIGNS[name])
    np.testing.assert_array_equal(alone.status[0], EVALUATION.status[row])
    np.testing.assert_allclose(alone.ratio[0], EVALUATION.ratio[row], rtol=1e-12)


@pytest.mark.parametrize("name", DESIGNS)
def test_asd_and_lrfd_differ_by_the_factors_alone(name: str) -> None:
    """Where a check has one pair of factors and a capacity that does not depend on the loads."""
    _, lrfd = check_rows(DESIGNS[name] | {"method": "LRFD"})
    _, asd = check_rows(DESIGNS[name] | {"method": "ASD"})
    load_dependent = {"BLT-03", "SHR-03"}
    for column, check in enumerate(registry()):
        if check.factor is None or check.id in load_dependent:
            continue
        ratio = lrfd.capacity[0, column] / asd.capacity[0, column]
        expected = float(check.factor.phi) * float(check.factor.omega)
        assert np.isnan(ratio) or ratio == pytest.approx(expected, rel=1e-9), check.id


def _changed(row: Row, name: str) -> Row:
    item = BY_NAME[name]
    if item.words:
        others = [word for word in item.words if word != row.get(name, item.default)]
        return row | {name: others[0]}
    if item.is_text:
        return row | {name: {"shape": "W30X99"}.get(name, "A36" if row.get(name) != "A36" else "A572-50")}
    value = float(row.get(name, item.default if item.default is not None else (item.minimum + item.maximum) / 2.0))
    changed = value * 1.07 if value else 0.5 * (item.minimum + item.maximum)
    return row | {name: float(np.clip(changed, item.minimum, item.maximum))}


@pytest.mark.parametrize("name", DESIGNS)
def test_a_check_depends_on_nothing_but_what_it_says_it_uses(name: str) -> None:
    """A value that a check does not name may change without changing its outcome, as long as it concerns the design.

    Stating something new may change what kind of design it is, so only what is stated or has a default is changed.
    """
    row = DESIGNS[name]
    parameters = [item.name for item in PARAMETERS if item.name in row or item.default is not None]
    _, changed = check_rows(row, *(_changed(row, parameter) for parameter in parameters))
    wrong = []
    for column, check in enumerate(registry()):
        for at, parameter in enumerate(parameters, start=1):
            concerned = Status.NOT_APPLICABLE not in changed.status[[0, at], column]
            if parameter in check.uses or not concerned:
                continue
            same = changed.status[at, column] == changed.status[0, column]
            ratios = changed.ratio[[0, at], column]
            if not (same and np.allclose(ratios[0], ratios[1], rtol=1e-12, equal_nan=True)):
                wrong.append((check.id, parameter))
    assert wrong == []


@given(st.sampled_from(sorted(DESIGNS)), st.floats(1.01, 5.0))
@settings(max_examples=40)
def test_more_load_never_mends_a_check(name: str, factor: float) -> None:
    row = DESIGNS[name]
    grown = {"_kip", "_klf", "_kip_ft"}
    capacities = {"brace_strength_kip", "end_tie_strength_kip", "story_elastic_load_kip", "notional_load_kip"}
    heavier = {
        key: value * factor
        if key not in capacities and any(key.endswith(ending) for ending in grown) and isinstance(value, float)
        else value
        for key, value in row.items()
    }
    _, evaluation = check_rows(row, heavier)
    failed = evaluation.status == Status.FAIL
    assert not np.any(failed[0] & ~failed[1])


@pytest.mark.parametrize("name", DESIGNS)
def test_stand_ins_decide_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is taken in place of a value that is not given must decide nothing."""
    row = DESIGNS[name]
    rows = [{key: value for key, value in row.items() if key != left_out} for left_out in row]
    _, evaluation = check_rows(*rows)
    monkeypatch.setattr(case_module, "_STAND_IN", {key: 1.7 * value for key, value in case_module._STAND_IN.items()})
    case_module._stand_ins.cache_clear()
    monkeypatch.setattr(derived, "_STAND_IN_SHAPE", "W30X99")
    try:
        _, other = check_rows(*rows)
    finally:
        case_module._stand_ins.cache_clear()
    np.testing.assert_array_equal(evaluation.status, other.status)
    np.testing.assert_allclose(evaluation.ratio, other.ratio, rtol=1e-12)
