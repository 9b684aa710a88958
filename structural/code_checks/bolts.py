"""Bolts: strength (J3.7 to J3.11), spacing and edges (J3.4 to J3.6).

Slots are taken with their length normal to the force (J3.3 allows no other slot in a bearing joint). Prying is not
added to the tension given; the required bolt tension must contain it.
"""

import numpy as np

from structural.aisc.bolt_grades import PRETENSION_DIAMETERS_IN, BoltGroup
from structural.aisc.bolts import (
    BOLT,
    SLIP_COEFFICIENTS,
    BearingCase,
    bearing,
    bolt_area_in2,
    bolt_groups,
    bolt_shear,
    bolt_tension,
    combined_tension_stress,
    edge_increment_in,
    ksc_factor,
    long_joint_factor,
    max_edge_distance_in,
    max_spacing_in,
    min_edge_distance_in,
    min_pretension_kip,
    min_spacing_in,
    nominal_shear_stress_ksi,
    nominal_tensile_stress_ksi,
    slip_factor,
    slip_resistance,
    tearout,
)
from structural.aisc.method import available
from structural.checks import FloatArray
from structural.code_checks.case import BoolArray, Case
from structural.code_checks.contract import Check, Outcome

_NEGLIGIBLE_STRESS_SHARE = 0.30
"""J3.8: combined stresses need not be checked where either is at most this share of its available stress."""


def _groups(case: Case) -> np.ndarray:
    names = np.where(case.known["bolt_grade"], case.words["bolt_grade"], "A325")
    return case.remember("bolt_groups", lambda: bolt_groups(names))


def _sheared(case: Case) -> BoolArray:
    """Bolts carry shear, or nothing says what they carry."""
    return case.bolted & (case.known["joint_force_kip"] | ~case.stated["bolt_tension_kip"])


def _shear_stress_ksi(case: Case) -> FloatArray:
    return case.remember("bolt_shear_stress", lambda: _compute_shear_stress(case))


def _compute_shear_stress(case: Case) -> FloatArray:
    excluded = case.words["thread_condition"] == "X"
    stress = nominal_shear_stress_ksi(_groups(case), excluded)
    spacing = np.where(case.known["bolt_spacing_in"], case.value["bolt_spacing_in"], 0.0)
    pattern = (case.value["bolts_per_line"] - 1.0) * spacing
    end_loaded = case.plate_tension | case.plate_compression
    return np.asarray(stress * np.where(end_loaded, long_joint_factor(np.maximum(pattern, 0.0)), 1.0))


def _shear_capacity(case: Case) -> FloatArray:
    strength = bolt_shear(
        _shear_stress_ksi(case),
        case.value["bolt_diameter_in"],
        np.maximum(case.value["shear_planes"], 1.0),
        np.maximum(case.value["bolt_count"], 1.0),
    )
    return available(strength, BOLT, case.method)


def _shear(case: Case) -> Outcome:
    return Outcome(case.value["joint_force_kip"], _shear_capacity(case))


def _tension(case: Case) -> Outcome:
    stress = nominal_tensile_stress_ksi(_groups(case))
    strength = bolt_tension(stress, case.value["bolt_diameter_in"], np.maximum(case.value["bolt_count"], 1.0))
    return Outcome(case.value["bolt_tension_kip"], available(strength, BOLT, case.method))


def _combined(case: Case) -> Outcome:
    """J3.8; where one stress is small the plain tensile strength stands."""
    group, count = _groups(case), np.maximum(case.value["bolt_count"], 1.0)
    fnt, fnv = nominal_tensile_stress_ksi(group), _shear_stress_ksi(case)
    planes = np.maximum(case.value["shear_planes"], 1.0)
    area = bolt_area_in2(case.value["bolt_diameter_in"])
    required = np.maximum(case.value["joint_force_kip"], 0.0) / (area * planes * count)
    reduced = combined_tension_stress(fnt, fnv, required, case.method)
    plain = available(fnt, BOLT, case.method)
    tension = case.value["bolt_tension_kip"] / (area * count)
    small = (required <= _NEGLIGIBLE_STRESS_SHARE * available(fnv, BOLT, case.method)) | (
        tension <= _NEGLIGIBLE_STRESS_SHARE * plain
    )
    stress = np.where(small, plain, available(np.maximum(reduced, 1e-6), BOLT, case.method))
    return Outcome(case.value["bolt_tension_kip"], stress * area * count)


def _bearing_case(case: Case) -> np.ndarray:
    slotted = case.words["hole_type"] == "long_slot"
    return np.where(slotted, BearingCase.LONG_SLOT_NORMAL.value, BearingCase.DEFORMATION_CONSIDERED.value)


def _bearing(case: Case) -> Outcome:
    one = bearing(
        case.value["bolt_diameter_in"],
        case.value["plate_thickness_in"],
        case.value["plate_fu_ksi"],
        _bearing_case(case),
    )
    return Outcome(case.value["joint_force_kip"], available(one * case.value["bolt_count"], BOLT, case.method))


def _tearout(case: Case) -> Outcome:
    """End bolts tear to the edge, the others to the next hole; the group is the sum (user note of J3.11)."""
    hole, count = case.value["bolt_hole_in"], np.maximum(case.value["bolt_count"], 1.0)
    thickness, fu, kind = case.value["plate_thickness_in"], case.value["plate_fu_ksi"], _bearing_case(case)
    ends = np.minimum(np.maximum(case.value["bolt_columns"], 1.0), count)
    to_edge = np.maximum(case.value["edge_distance_in"] - hole / 2.0, 0.0)
    to_next = np.where(count > ends, np.maximum(case.value["bolt_spacing_in"] - hole, 0.0), 0.0)
    strength = ends * tearout(to_edge, thickness, fu, kind) + (count - ends) * tearout(to_next, thickness, fu, kind)
    return Outcome(case.value["joint_force_kip"], available(np.maximum(strength, 1e-6), BOLT, case.method))


def _slip(case: Case) -> Outcome:
    group = _groups(case)
    hard = group != BoltGroup.A307
    sizes = np.array(PRETENSION_DIAMETERS_IN)
    diameter = case.value["bolt_diameter_in"]
    tabulated = np.isclose(diameter[:, None], sizes, rtol=0.0, atol=1e-6).any(axis=1)
    tabulated &= (group != BoltGroup.GROUP_200) | ((diameter > 0.99) & (diameter < 1.26))
    pretension = min_pretension_kip(np.where(tabulated, diameter, 1.0), np.where(hard, group, BoltGroup.GROUP_120))
    count = np.maximum(case.value["bolt_count"], 1.0)
    pull = np.where(case.stated["bolt_tension_kip"], case.value["bolt_tension_kip"], 0.0)
    mu = np.where(case.words["faying_surface"] == "B", SLIP_COEFFICIENTS["B"], SLIP_COEFFICIENTS["A"])
    ksc = ksc_factor(pull, pretension, count, case.method)
    one = slip_resistance(mu, 1.0, pretension, np.maximum(case.value["shear_planes"], 1.0), ksc)
    capacity = available(one * count, slip_factor(case.words["hole_type"]), case.method)
    return Outcome(case.value["joint_force_kip"], np.where(hard, capacity, 0.0), missing=~tabulated)


def _spacing(case: Case) -> Outcome:
    # Slots lie normal to the force, so along the line of bolts the opening is the width of the hole.
    needed = min_spacing_in(case.value["bolt_diameter_in"], case.value["bolt_hole_in"])
    return Outcome(needed, case.value["bolt_spacing_in"])


def _edge(case: Case) -> Outcome:
    diameter = case.value["bolt_diameter_in"]
    needed = min_edge_distance_in(diameter) + edge_increment_in(diameter, case.words["hole_type"], False)
    return Outcome(needed, case.value["edge_distance_in"])


def _largest(case: Case) -> Outcome:
    thickness = case.value["plate_thickness_in"]
    edge, most_edge = case.value["edge_distance_in"], max_edge_distance_in(thickness)
    several = case.value["bolt_count"] > 1.0
    spacing, most_spacing = np.where(several, case.value["bolt_spacing_in"], 0.0), max_spacing_in(thickness)
    edge_governs = edge / most_edge >= spacing / most_spacing
    return Outcome(np.where(edge_governs, edge, spacing), np.where(edge_governs, most_edge, most_spacing))


def _several(case: Case) -> BoolArray:
    return case.bolted & ~(case.known["bolt_count"] & (case.value["bolt_count"] <= 1.0))


_BOLTS = ("bolt_diameter_in", "bolt_count", "bolt_grade")
_PLY = ("plate_thickness_in", "plate_fu_ksi")
_NO_BOLTS = "no bolts"
_NO_SHEAR = "no bolts in shear"

CHECKS = (
    Check("BLT-01", "Bolt shear", "J3.7", "kip", _NO_SHEAR, _sheared, _shear, (*_BOLTS, "joint_force_kip")),
    Check(
        "BLT-02",
        "Bolt tension",
        "J3.7",
        "kip",
        "no tension on bolts",
        lambda case: case.bolted & case.stated["bolt_tension_kip"],
        _tension,
        (*_BOLTS, "bolt_tension_kip"),
    ),
    Check(
        "BLT-03",
        "Bolts in combined shear and tension",
        "J3.8, Eq. J3-3",
        "kip",
        "no shear together with tension on bolts of a bearing joint",
        lambda case: (
            case.bolted & case.stated["bolt_tension_kip"] & case.known["joint_force_kip"] & ~case.slip_critical
        ),
        _combined,
        (*_BOLTS, "bolt_tension_kip", "joint_force_kip"),
    ),
    Check(
        "BLT-04",
        "Bearing at bolt holes",
        "J3.11a(1)(a)",
        "kip",
        _NO_SHEAR,
        _sheared,
        _bearing,
        ("bolt_diameter_in", "bolt_count", "joint_force_kip", *_PLY),
    ),
    Check(
        "BLT-05",
        "Tearout at bolt holes",
        "J3.11a(1)(b)",
        "kip",
        _NO_SHEAR,
        _sheared,
        _tearout,
        ("bolt_diameter_in", "bolt_count", "edge_distance_in", "spacing_if_several", "joint_force_kip", *_PLY),
    ),
    Check(
        "BLT-06",
        "Slip resistance",
        "J3.9, J3.10",
        "kip",
        "the joint is not slip-critical",
        lambda case: case.slip_critical & _sheared(case),
        _slip,
        (*_BOLTS, "joint_force_kip"),
        asks="a bolt_diameter_in of Table J3.1",
    ),
    Check(
        "BLT-07",
        "Minimum bolt spacing",
        "J3.4",
        "in",
        "fewer than two bolts",
        _several,
        _spacing,
        ("bolt_diameter_in", "bolt_spacing_in"),
    ),
    Check(
        "BLT-08",
        "Minimum edge distance",
        "J3.5, Tables J3.4, J3.5",
        "in",
        _NO_BOLTS,
        lambda case: case.bolted,
        _edge,
        ("bolt_diameter_in", "edge_distance_in"),
    ),
    Check(
        "BLT-09",
        "Maximum spacing and edge distance",
        "J3.6",
        "in",
        _NO_BOLTS,
        lambda case: case.bolted,
        _largest,
        ("edge_distance_in", "spacing_if_several", "plate_thickness_in"),
    ),
)
