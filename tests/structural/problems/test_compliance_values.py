"""Values in text: what they come to in canonical units, what is refused, and the units that keys name."""

import pytest

from structural.code_checks.parameters import Dimension
from structural.problems.compliance_checker.number_styles import (
    FT_PER_M,
    KIP_FT_PER_KN_M,
    KIP_PER_KN,
    KLF_PER_KN_M,
    KSI_PER_MPA,
)
from structural.problems.compliance_checker.units import key_unit, unit_factor
from structural.problems.compliance_checker.values import parse_value


@pytest.mark.parametrize(
    ("name", "text", "key", "expected"),
    [
        ("bolt_diameter_in", "3/4 in", "bolt dia", 0.75),
        ("bolt_diameter_in", '1-1/8"', "db", 1.125),
        ("bolt_diameter_in", "1 1/8", "bolt_dia_in", 1.125),
        ("bolt_diameter_in", "19 mm", "d", 19 / 25.4),
        ("length_ft", "35'-6\"", "span", 35.5),
        ("length_ft", "35 ft 6 in", "span", 35.5),
        ("length_ft", "20'-6 1/2\"", "span", 20 + 6.5 / 12),
        ("length_ft", "10.67", "span (m)", 10.67 / 0.3048),
        ("length_ft", "12,500 mm", "span", 12.5 / 0.3048),
        ("fy_ksi", "345 MPa", "Fy", 345 / 6.894757293168361),
        ("shear_kip", "120k", "V", 120.0),
        ("axial_compression_kip", "500", "P_kN", 500 / 4.4482216152605),
        ("moment_x_kip_ft", "339 kN·m", "M", 339 / 1.3558179483314),
        ("dead_load_klf", "1,200 plf", "D", 1.2),
        ("live_deflection_limit", "L/360", "limit", 360.0),
        ("live_deflection_limit", "1/480", "limit", 480.0),
        ("electrode_ksi", "E70XX", "electrode", 70.0),
        ("shear_planes", "double", "planes", 2.0),
        ("shape", "w 18 × 50", "beam", "W18X50"),
        ("steel_grade", "ASTM A572 Gr. 50", "steel", "A572-50"),
        ("steel_grade", "A992", "steel", "A992"),
        ("steel_grade", "S355JR", "steel", "S355"),
        ("hole_type", "STD", "holes", "standard"),
        ("joint_type", "yes", "slip critical", "slip_critical"),
        ("bracing", "third points", "bracing", "third_points"),
        ("seismic_design_category", "SDC D", "seismic", "D"),
    ],
)
def test_values_are_parsed(name: str, text: str, key: str, expected: float | str) -> None:
    value = parse_value(name, text, key)
    assert value is not None
    assert value.value == (expected if isinstance(expected, str) else pytest.approx(expected, rel=1e-9))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("bolt_diameter_in", "9 in"),
        ("bolt_diameter_in", "3/0 in"),
        ("length_ft", "35 kips"),
        ("fy_ksi", "m**9**9**9"),
        ("shape", "HSS99x6x1/2"),
        ("hole_type", "square"),
        ("bolt_count", "8 in"),
    ],
)
def test_what_cannot_be_meant_is_refused(name: str, text: str) -> None:
    assert parse_value(name, text, "") is None


def test_unitless_numbers_say_what_was_assumed() -> None:
    value = parse_value("length_ft", "35", "span")
    assert value is not None
    assert value.assumed == "unit ft"


def test_generator_factors_are_those_of_the_units_library() -> None:
    for unit, dimension, canonical, factor in (
        ("m", Dimension.LENGTH, "ft", FT_PER_M),
        ("kN", Dimension.FORCE, "kip", KIP_PER_KN),
        ("MPa", Dimension.STRESS, "ksi", KSI_PER_MPA),
        ("kN-m", Dimension.MOMENT, "kip*ft", KIP_FT_PER_KN_M),
        ("kN/m", Dimension.LINE_LOAD, "kip/ft", KLF_PER_KN_M),
    ):
        assert unit_factor(unit, dimension, canonical) == pytest.approx(factor, rel=1e-9)


@pytest.mark.parametrize(
    ("key", "dimension", "unit"),
    [
        ("span_ft", Dimension.LENGTH, "ft"),
        ("Fy (MPa)", Dimension.STRESS, "MPa"),
        ("wu_kN_per_m", Dimension.LINE_LOAD, "kN per m"),
        ("spanFt", Dimension.LENGTH, "Ft"),
        ("Mux_kip_ft", Dimension.MOMENT, "kip ft"),
        ("axial_tension_kN", Dimension.FORCE, "kN"),
        ("span", Dimension.LENGTH, ""),
    ],
)
def test_units_are_found_in_keys(key: str, dimension: Dimension, unit: str) -> None:
    assert key_unit(key, dimension) == unit
