"""Grades and electrodes: published strengths (ASTM, AISC 341), by product and thickness, and refusal of the unknown."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from structural.errors import StructuralError
from structural.materials import (
    ELECTRODES,
    STEEL_GRADES,
    HollowStandard,
    design_wall_in,
    electrode_strength_ksi,
    expected_ratios,
    meets_notch_toughness,
    minimum_strengths_ksi,
    needs_notch_toughness,
    steel_grade,
)
from tests.structural.aisc.refusal import assert_bad_numbers_are_refused, assert_huge_numbers_are_refused


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


def test_cut_and_doubled_shapes_are_of_the_grade_of_their_parent() -> None:
    for grade in STEEL_GRADES.values():
        for rolled, made in (("W", "WT"), ("M", "MT"), ("S", "ST"), ("L", "2L")):
            assert (rolled in grade.products) == (made in grade.products), grade.name
    assert steel_grade("A992").products[:6] == ("W", "M", "S", "HP", "C", "MC")
    assert steel_grade("A572-50").products[-1] == "plate"


@pytest.mark.parametrize(
    ("name", "product", "thickness", "fy", "fu"),
    [
        ("A36", "plate", [8.0, 8.01], [36, 32], [58, 58]),
        ("A36", "bar", [8.01], [36], [58]),
        ("A36", "W", [9.0], [36], [58]),
        ("A514", "plate", [2.5, 2.51, 6.0], [100, 90, 90], [110, 100, 100]),
        ("A588", "plate", [4.0, 4.5, 6.0], [50, 46, 42], [70, 67, 63]),
        ("A449", "rod", [0.5, 1.0, 1.25, 1.5, 1.75, 3.0], [92, 92, 81, 81, 58, 58], [120, 120, 105, 105, 90, 90]),
        ("A992", "WT", [0.5, 4.0], [50, 50], [65, 65]),
        ("F1554 Gr. 105", "rod", [2.0], [105], [125]),
    ],
)
def test_strengths_by_thickness(
    name: str, product: str, thickness: list[float], fy: list[float], fu: list[float]
) -> None:
    found = minimum_strengths_ksi(name, product, thickness)
    assert [values.tolist() for values in found] == [fy, fu]
    assert minimum_strengths_ksi(name, product, thickness[0])[0] == fy[0]


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: minimum_strengths_ksi("A993", "plate", 1.0), "steel_grade"),
        (lambda: minimum_strengths_ksi("A992", "plate", 1.0), "product"),
        (lambda: minimum_strengths_ksi("A514", "plate", [1.0, 6.5]), "thickness_in"),
        (lambda: minimum_strengths_ksi("A449", "rod", 3.5), "thickness_in"),
        (lambda: minimum_strengths_ksi("A992", "W", [1.0, 1e308]), "thickness_in"),
        (lambda: minimum_strengths_ksi("A992", "W", "thick"), "thickness_in"),
        (lambda: expected_ratios("A514", "plate"), "steel_grade"),
        (lambda: expected_ratios("A572-65", "W"), "steel_grade"),
        (lambda: expected_ratios("A500-C", "W"), "product"),
        (lambda: design_wall_in(0.5, "A501"), "standard"),
    ],
)
def test_what_is_not_made_is_refused(call: Callable[[], Any], field: str) -> None:
    with pytest.raises(StructuralError) as error:
        call()
    assert error.value.field == field


@pytest.mark.parametrize(
    ("name", "product", "ry", "rt"),
    [
        # AISC 341-22 Table A3.2
        ("A36", "L", 1.5, 1.2),
        ("A36", "bar", 1.5, 1.2),
        ("A36", "plate", 1.3, 1.2),
        ("A992", "W", 1.1, 1.1),
        ("A572-50", "HP", 1.1, 1.1),
        ("A572-50", "plate", 1.1, 1.2),
        ("A913-65", "W", 1.1, 1.1),
        ("A500-B", "HSS rectangular", 1.4, 1.3),
        ("A500-B-ROUND", "HSS round", 1.4, 1.3),
        ("A500-C", "HSS round", 1.3, 1.2),
        ("A1085-A", "HSS rectangular", 1.25, 1.15),
        ("A53-B", "pipe", 1.6, 1.2),
    ],
)
def test_expected_strength_ratios(name: str, product: str, ry: float, rt: float) -> None:
    assert expected_ratios(name, product) == (ry, rt)


def test_design_wall() -> None:
    walls = design_wall_in(0.5, list(HollowStandard))
    assert walls == pytest.approx([0.465, 0.465, 0.5, 0.5, 0.5])
    assert float(design_wall_in(0.375, "A500")) == pytest.approx(0.349, abs=5e-4)
    wall = {"nominal_in": 0.5, "standard": "A500"}
    assert_bad_numbers_are_refused(design_wall_in, wall)
    assert_huge_numbers_are_refused(design_wall_in, wall)


def test_notch_toughness_of_heavy_sections() -> None:
    assert needs_notch_toughness([2.0, 2.01, 3.0], [True, True, False]).tolist() == [False, True, False]
    assert meets_notch_toughness([20.0, 19.9, 20.0], [70.0, 70.0, 71.0]).tolist() == [True, False, False]
    assert_bad_numbers_are_refused(needs_notch_toughness, {"thickness_in": 2, "cjp_in_tension": True})
    for bad in (np.nan, -500.0, "cold"):
        with pytest.raises(StructuralError) as error:
            meets_notch_toughness(20.0, bad)
        assert error.value.field == "temperature_f"
