"""Grades and electrodes: published strengths (ASTM) and refusal of what is unknown."""

import pytest

from structural.errors import StructuralError
from structural.materials import ELECTRODES, STEEL_GRADES, electrode_strength_ksi, steel_grade


@pytest.mark.parametrize(
    ("name", "fy_ksi", "fu_ksi"),
    [("A992", 50, 65), ("A36", 36, 58), ("A572-50", 50, 65), ("A588", 50, 70), ("A913-65", 65, 80), ("A500-C", 50, 62)],
)
def test_minimum_strengths(name: str, fy_ksi: float, fu_ksi: float) -> None:
    grade = steel_grade(name)
    assert (grade.fy_ksi, grade.fu_ksi) == (fy_ksi, fu_ksi)
    assert grade.confirmed


@pytest.mark.parametrize("text", ["A572-50", "ASTM A572 Grade 50", "a572 gr. 50", "A572 GR 50"])
def test_usual_spellings_of_a_grade(text: str) -> None:
    assert steel_grade(text).name == "A572-50"


def test_yield_is_below_tensile_strength() -> None:
    assert all(0 < grade.fy_ksi < grade.fu_ksi for grade in STEEL_GRADES.values())
    assert all(name == grade.name for name, grade in STEEL_GRADES.items())


@pytest.mark.parametrize("text", ["A993", "", "50"])
def test_unknown_grade_names_the_field(text: str) -> None:
    with pytest.raises(StructuralError, match="known: A992") as error:
        steel_grade(text)
    assert error.value.field == "steel_grade"


def test_electrodes() -> None:
    assert electrode_strength_ksi("E70XX") == electrode_strength_ksi("e70") == ELECTRODES["E70"] == 70.0
    with pytest.raises(StructuralError, match="known: E60") as error:
        electrode_strength_ksi("E75")
    assert error.value.field == "electrode"
