"""Bolts: tables row by row, strengths by hand, monotone and refused where they should be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc import bolts
from structural.aisc.bolt_grades import PRETENSION_DIAMETERS_IN
from structural.aisc.bolts import BearingCase, BoltGroup, HoleType
from structural.aisc.method import available
from structural.errors import StructuralError

SIZES = np.array([0.5, 0.625, 0.75, 0.875, 1.0, 1.125, 1.25])
DIAMETERS = st.sampled_from(PRETENSION_DIAMETERS_IN)


def test_eight_one_inch_a325_x_bolts_in_single_shear_carry_320_kip() -> None:
    grade = bolts.bolt_grade("A325")
    nominal = bolts.bolt_shear(grade.fnv_x_ksi, 1.0, planes=1, count=8)
    assert float(available(nominal, bolts.BOLT, "LRFD")) == pytest.approx(320.44, abs=0.01)


@pytest.mark.parametrize(
    ("name", "group", "stresses"),
    [
        ("A307", 307, (45, 27, 27)),
        ("A325", 120, (90, 54, 68)),
        ("F1852", 120, (90, 54, 68)),
        ("A354 BC", 120, (90, 54, 68)),
        ("F3148", 144, (108, 65, 81)),
        ("A490", 150, (113, 68, 84)),
        ("F2280", 150, (113, 68, 84)),
        ("A354 BD", 150, (113, 68, 84)),
        ("F3043", 200, (150, 90, 113)),
        ("F3111", 200, (150, 90, 113)),
    ],
)
def test_nominal_stresses(name: str, group: int, stresses: tuple[float, float, float]) -> None:
    grade = bolts.bolt_grade(name)
    assert (grade.group, grade.fnt_ksi, grade.fnv_n_ksi, grade.fnv_x_ksi) == (group, *stresses)
    assert float(bolts.nominal_tensile_stress_ksi(group)) == stresses[0]
    assert bolts.nominal_shear_stress_ksi(group, [False, True]).tolist() == list(stresses[1:])


@pytest.mark.parametrize("text", ["ASTM F3125 Grade A325", "a325", " A325 ", "F3125 Gr. A325"])
def test_usual_spellings_of_a_grade(text: str) -> None:
    assert bolts.bolt_grade(text).name == "A325"


def test_groups_of_many_names() -> None:
    assert bolts.bolt_groups([["A325", "A490"], ["A307", "a325"]]).tolist() == [[120, 150], [307, 120]]


@pytest.mark.parametrize("text", ["A326", "", "8.8"])
def test_unknown_grade_names_the_field(text: str) -> None:
    with pytest.raises(StructuralError, match="known: A307, A325") as error:
        bolts.bolt_groups(["A325", text])
    assert error.value.field == "bolt_grade"


@pytest.mark.parametrize("group", [325, 0, -1, 120.5, "120"])
def test_unknown_group_names_the_field(group: object) -> None:
    with pytest.raises(StructuralError) as error:
        bolts.nominal_tensile_stress_ksi([group])  # type: ignore[list-item]
    assert error.value.field == "bolt_group"


@pytest.mark.parametrize(
    ("group", "pretension"),
    [
        (120, (12, 19, 28, 39, 51, 64, 81, 97, 118)),
        (144, (15, 24, 35, 49, 64, 80, 102, 121, 148)),
        (150, (15, 24, 35, 49, 64, 80, 102, 121, 148)),
    ],
)
def test_pretension_table(group: int, pretension: tuple[float, ...]) -> None:
    assert bolts.min_pretension_kip(PRETENSION_DIAMETERS_IN, group).tolist() == list(pretension)


def test_pretension_of_mixed_rows() -> None:
    found = bolts.min_pretension_kip([0.75, 1.0, 1.0], [120, 150, 200])
    assert found.tolist() == [28.0, 64.0, 90.0]


@pytest.mark.parametrize(
    ("diameter", "group", "field"),
    [
        (0.8, 120, "diameter_in"),
        (1.75, 120, "diameter_in"),
        (0.75, 200, "diameter_in"),
        (0.75, 307, "bolt_group"),
    ],
)
def test_pretension_that_is_not_tabulated(diameter: float, group: int, field: str) -> None:
    with pytest.raises(StructuralError) as error:
        bolts.min_pretension_kip([0.75, diameter], [120, group])
    assert error.value.field == field


@pytest.mark.parametrize(
    ("hole", "widths", "lengths"),
    [
        ("standard", (9, 11, 13, 15, 18, 20, 22), (9, 11, 13, 15, 18, 20, 22)),
        ("oversized", (10, 13, 15, 17, 20, 23, 25), (10, 13, 15, 17, 20, 23, 25)),
        ("short_slot", (9, 11, 13, 15, 18, 20, 22), (11, 14, 16, 18, 21, 24, 26)),
        ("long_slot", (9, 11, 13, 15, 18, 20, 22), (20, 25, 30, 35, 40, 45, 50)),
    ],
)
def test_hole_table_in_sixteenths(hole: str, widths: tuple[int, ...], lengths: tuple[int, ...]) -> None:
    assert (16.0 * bolts.hole_diameter_in(SIZES, hole)).tolist() == list(widths)
    assert (16.0 * bolts.slot_length_in(SIZES, hole)).tolist() == list(lengths)


def test_holes_of_mixed_rows() -> None:
    holes = np.array([member.value for member in HoleType])
    assert (16.0 * bolts.hole_diameter_in(1.0, holes)).tolist() == [18.0, 20.0, 18.0, 18.0]


def test_edge_distance_tables() -> None:
    sizes = np.append(SIZES, [1.5, 2.0])
    expected = [0.75, 0.875, 1.0, 1.125, 1.25, 1.5, 1.625, 1.875, 2.5]
    assert bolts.min_edge_distance_in(sizes).tolist() == expected
    increments = {
        "standard": [0.0, 0.0, 0.0],
        "oversized": [1 / 16, 1 / 8, 1 / 8],
        "short_slot": [1 / 8, 1 / 8, 3 / 16],
        "long_slot": [0.65625, 0.75, 0.84375],
    }
    for hole, expected in increments.items():
        assert bolts.edge_increment_in([0.875, 1.0, 1.125], hole).tolist() == expected
    assert bolts.edge_increment_in(1.0, ["short_slot", "long_slot", "oversized"], False).tolist() == [0, 0, 1 / 8]


def test_spacing() -> None:
    assert float(bolts.min_spacing_in(0.75)) == pytest.approx(2.0)
    assert float(bolts.min_spacing_in(0.75, 1.875)) == pytest.approx(2.625)
    assert bolts.max_edge_distance_in([0.25, 1.0]).tolist() == [3.0, 6.0]
    assert bolts.max_spacing_in([0.25, 1.0, 0.25, 1.0], [False, False, True, True]).tolist() == [6.0, 12.0, 3.5, 7.0]


@given(st.floats(0.5, 3.9), st.floats(0.0, 0.1), st.sampled_from(list(HoleType)))
def test_tables_never_fall_with_diameter(diameter: float, step: float, hole: HoleType) -> None:
    for table in (bolts.hole_diameter_in, bolts.slot_length_in):
        small, large = table([diameter, diameter + step], hole)
        assert diameter < small <= large
    small, large = bolts.min_edge_distance_in([diameter, diameter + step])
    assert diameter < small
    # The table itself falls from 1-5/8 at 1-1/4 in. to 1.25 d just above: 1.5625.
    assert small <= large or (diameter <= 1.25 < diameter + step)


def test_reductions_of_shear_strength() -> None:
    assert bolts.long_joint_factor([0.0, 38.0, 38.01]).tolist() == [1.0, 1.0, 0.833]
    assert bolts.filler_factor([0.0, 0.25, 0.5, 0.75]).tolist() == pytest.approx([1.0, 1.0, 0.9, 0.85])
    assert bolts.grip_factor_a307([3.0, 3.75, 4.75], 0.75).tolist() == pytest.approx([1.0, 1.0, 0.84])


@given(DIAMETERS, st.sampled_from(list(BoltGroup)), st.floats(0.0, 60.0), st.sampled_from(["LRFD", "ASD"]))
def test_combined_stress_falls_with_shear_and_stays_below_fnt(
    diameter: float, group: BoltGroup, frv: float, method: str
) -> None:
    fnt = bolts.nominal_tensile_stress_ksi(group)
    fnv = bolts.nominal_shear_stress_ksi(group, False)
    stress = bolts.combined_tension_stress(fnt, fnv, [0.0, frv, frv + 1.0], method)
    assert stress[0] == fnt
    assert stress[0] >= stress[1] >= stress[2] >= 0.0


def test_combined_stress_by_hand() -> None:
    # A325-N: 1.3 x 90 - 90 x 20/(0.75 x 54) and 1.3 x 90 - 2 x 90 x 20/54
    stress = bolts.combined_tension_stress(90.0, 54.0, 20.0, ["LRFD", "ASD"])
    assert stress == pytest.approx([72.556, 50.333], rel=1e-4)


def test_slip_by_hand() -> None:
    # 3/4 in. A325, class A, single plane: 0.30 x 1.13 x 28 = 9.49 (Manual Table 7-3, LRFD)
    nominal = bolts.slip_resistance(0.30, 1.0, 28.0)
    assert float(available(nominal, bolts.slip_factor("standard"), "LRFD")) == pytest.approx(9.49, abs=0.005)
    assert bolts.ksc_factor(50.0, 28.0, 4, ["LRFD", "ASD"]) == pytest.approx([0.60493, 0.40740], rel=1e-4)
    assert float(bolts.ksc_factor(500.0, 28.0, 4, "LRFD")) == 0.0


def test_slip_factors_by_hole_and_direction() -> None:
    factor = bolts.slip_factor(["standard", "oversized", "short_slot", "short_slot", "long_slot"], [0, 0, 0, 1, 1])
    assert np.asarray(factor.phi).tolist() == [1.00, 0.85, 1.00, 0.85, 0.70]
    assert np.asarray(factor.omega).tolist() == [1.50, 1.76, 1.50, 1.76, 2.14]


def test_bearing_and_tearout_coefficients() -> None:
    cases = [member.value for member in BearingCase]
    assert bolts.bearing(1.0, 1.0, 1.0, cases).tolist() == [2.4, 3.0, 2.0]
    assert bolts.tearout(1.0, 1.0, 1.0, cases).tolist() == [1.2, 1.5, 1.0]
    assert float(bolts.tearout(0.0, 0.5, 65.0)) == 0.0


def test_tearout_gives_way_to_bearing_at_twice_the_diameter() -> None:
    assert bolts.tearout(2.0 * 0.75, 0.5, 65.0) == bolts.bearing(0.75, 0.5, 65.0)
