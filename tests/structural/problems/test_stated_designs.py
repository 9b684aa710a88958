"""Designs by canonical names: what is taken, what is refused and how the refusal reads, and the calculation sheet."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structural.code_checks.contract import Status
from structural.code_checks.parameters import BY_NAME
from structural.code_checks.sheet import calculation_sheet
from structural.errors import StructuralError
from structural.problems.compliance_checker.stated import StatedDesign, check_design, check_designs, read_design
from tests.structural.code_checks.designs import DESIGNS

BEAM = {
    "shape": "w18x50",
    "steel_grade": "ASTM A992",
    "length": "35 ft",
    "unbraced_length_ft": 11.6667,
    "cb": 1.01,
    "dead_load_klf": 0.45,
    "live_load": "10.945 kN/m",
}


def test_numbers_texts_and_units_give_canonical_values() -> None:
    design = read_design(BEAM | {"jurisdiction": "US-NY", "in_protected_zone": False, "bolt_diameter": "3/4 in"})
    assert design.parameters["shape"] == "W18X50"
    assert design.parameters["steel_grade"] == "A992"
    assert design.parameters["length_ft"] == 35.0
    assert design.parameters["live_load_klf"] == pytest.approx(0.75, rel=1e-3)
    assert design.parameters["bolt_diameter_in"] == 0.75
    assert design.parameters["in_protected_zone"] == "no"
    assert (design.design_code, design.jurisdiction) == ("AISC 360-22", "US-NY")


def test_designs_are_checked_together_as_alone() -> None:
    designs = [read_design(row) for row in DESIGNS.values()]
    assert check_designs(designs) == [check_design(design) for design in designs]


@pytest.mark.parametrize(("text", "value"), [("L/360", 360.0), ("span/240", 240.0), ("360.00", 360.0), ("300", 300.0)])
def test_deflection_limits_are_read_in_their_usual_forms(text: str, value: float) -> None:
    assert read_design({"live_deflection_limit": text}).parameters["live_deflection_limit"] == value


@pytest.mark.parametrize("grade", ["A992", "ASTM A572 Gr. 50", "A572-50", "A500 Grade C", "A1085", "A913 Gr 65"])
def test_grades_are_read_in_their_usual_forms(grade: str) -> None:
    assert read_design({"steel_grade": grade}).parameters["steel_grade"]


def test_parameters_may_stand_under_their_own_key() -> None:
    nested = {"design_code": "AISC 360-16", "parameters": {"shape": "HSS 6x4x.375"}}
    assert read_design(nested) == StatedDesign({"shape": "HSS6X4X3/8"}, "AISC 360-16", "default")


@pytest.mark.parametrize(
    ("bad", "field", "told"),
    [
        ({"shape": "W99X1"}, "shape", "near: WT9X129"),
        ({"lenght_ft": 3}, "lenght_ft", "near: length_ft"),
        ({"length_ft": math.nan}, "length_ft", "must be finite"),
        ({"length_ft": math.inf}, "length_ft", "must be finite"),
        ({"length_ft": 1e308}, "length_ft", "must be finite"),
        ({"length_ft": 10**400}, "length_ft", "must be finite"),
        ({"length_ft": -3}, "length_ft", "between 0.5 and 300 ft"),
        ({"length_ft": "-3 ft"}, "length_ft", "is no length"),
        ({"length_ft": "30 kip"}, "length_ft", "is no length"),
        ({"length_ft": "thirty"}, "length_ft", "a text such as '1 ft'"),
        ({"length_ft": True}, "length_ft", "got True"),
        ({"length_ft": [30]}, "length_ft", "a number in ft"),
        ({"length_ft": None}, "length_ft", "a number in ft"),
        ({"length": 30}, "length_ft", "length_ft: 30 or length: '30 ft'"),
        ({"length": "30"}, "length_ft", "is no length"),
        ({"length_ft": 30, "length": "30 ft"}, "length_ft", "given twice"),
        ({"cb": "1.2 ft"}, "cb", "a plain number"),
        ({"bolt_grade": "A999"}, "bolt_grade", "known: A307, A325"),
        ({"shape": 3}, "shape", "unknown shape"),
        ({"steel_grade": {}}, "steel_grade", "must be a text"),
        ({"shape": "W18X50", "design_code": "ACI 318"}, "design_code", "known: AISC 360-22"),
        ({"shape": "W18X50", "jurisdiction": "US-XX"}, "jurisdiction", "known: default"),
        ({"parameters": [1]}, "parameters", "mapping"),
        ({"length_ft": 30, "parameters": {"length_ft": 20}}, "length_ft", "given twice"),
        ({"live_deflection_limit": "12345"}, "live_deflection_limit", "is no number"),
        ({"live_deflection_limit": "L/360 or so"}, "live_deflection_limit", "is no number"),
        ({"electrode_ksi": "NE70 or so"}, "electrode_ksi", "is no stress"),
        ({"steel_grade": "A36 or A992"}, "steel_grade", "unknown"),
        ({"steel_grade": "bananaA36"}, "steel_grade", "unknown"),
        ({"bolt_count": 2.7}, "bolt_count", "whole number"),
        ({"length_ft": {"a": 1}}, "length_ft", "got a dict"),
        ({"shape": "W18X50", "web_height_in": 20}, "web_height_in", "both given"),
        ([], "design", "mapping"),
        ({}, "design", "no parameter"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name_with_a_remedy(bad: Any, field: str, told: str) -> None:
    with pytest.raises(StructuralError) as refusal:
        read_design(bad)
    assert refusal.value.field == field
    assert told in str(refusal.value)


@given(
    st.dictionaries(
        st.one_of(st.sampled_from(sorted(BY_NAME)), st.text(max_size=12)),
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.lists(st.integers())),
        max_size=6,
    )
)
@settings(max_examples=150)
def test_any_mapping_is_checked_or_refused(document: dict[str, Any]) -> None:
    try:
        design = read_design(document)
    except StructuralError as refusal:
        told = refusal
    else:
        told = None
    if told is not None:
        assert told.field
        return
    result = check_design(design)
    json.dumps(result.as_dict(), allow_nan=False)
    assert len(result.checks) == 60


@pytest.mark.parametrize("name", DESIGNS)
def test_every_design_has_a_sheet_and_plain_json(name: str) -> None:
    result = check_design(read_design(DESIGNS[name]))
    sheet = calculation_sheet(DESIGNS[name], result)
    json.dumps(result.as_dict(), allow_nan=False)
    for check in result.checks:
        if check.status != Status.NOT_APPLICABLE.label:
            assert f"{check.check_id}  {check.title}" in sheet
    assert max(map(len, sheet.splitlines())) < 140


def test_the_sheet_shows_clause_formula_numbers_and_result() -> None:
    # F.1-2A: W18X50, Lb 11.67 ft: Lp 5.83 ft, Lr 16.9 ft, φMn 304 kip-ft.
    sheet = calculation_sheet({}, check_design(read_design(BEAM)))
    block = sheet[sheet.index("FLX-02") :].split("\n\n")[0]
    assert "[F2.2]" in block
    assert "Cb [Mp − (Mp − 0.7 Fy Sx)(Lb − Lp)/(Lr − Lp)]" in block
    assert "Lp = 5.828 ft" in block
    assert "≤ 305.4 kip-ft   (φ = 0.90)" in block
    assert "COMPLIANT: 47 of 47 core and 13 of 13 extended" in sheet
    assert "live_deflection_limit = 360" in sheet[sheet.index("Assumed") : sheet.index("MAT-01")]
    assert "Not checked here" in sheet


def test_what_governs_is_a_strength_or_a_movement_unless_another_check_fails() -> None:
    tab = read_design(DESIGNS["tab"] | {"shear_kip": 5.0, "bolt_tension_kip": 1.0})
    governing = check_design(tab).governing
    assert governing is not None
    assert governing.check_id not in ("MAT-01", "BLT-07", "BLT-08", "BLT-09", "WLD-02", "WLD-03")
    crowded = check_design(read_design(DESIGNS["tab"] | {"bolt_spacing_in": 1.75, "shear_kip": 5.0})).governing
    assert crowded is not None
    assert (crowded.check_id, crowded.status) == ("BLT-07", "fail")


def test_failures_missing_inputs_and_editions_are_told() -> None:
    weak = BEAM | {"live_load": "3 klf", "design_code": "AISC 360-16", "jurisdiction": "US-FL", "bolt_count": 3}
    result = check_design(read_design(weak))
    sheet = calculation_sheet({}, result, all_checks=True)
    assert not result.compliant
    assert "NOT COMPLIANT" in sheet
    assert "FLX-01 (Flexural yielding)" in sheet
    assert "missing: bolt_diameter_in" in sheet
    assert "between the editions differ" in sheet
    assert "CMP-01  Flexural buckling, x axis: no axial compression" in sheet
    assert result.with_status(Status.FAIL)[0].ratio == max(
        check.ratio or 0 for check in result.with_status(Status.FAIL)
    )
