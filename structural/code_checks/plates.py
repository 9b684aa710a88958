"""Fillet welds (J2.2b, J2.4) and connecting plates (J4).

A plate with a shear force is a shear tab: one or two vertical lines of bolts along the force, edge distance on all
sides. A plate with an axial force and no member is a splice or gusset: lines of bolts along the force.
"""

import numpy as np

from structural.aisc.elements import (
    BLOCK_SHEAR,
    ELEMENT_COMPRESSION,
    ELEMENT_SHEAR_RUPTURE,
    ELEMENT_SHEAR_YIELD,
    ELEMENT_TENSION_RUPTURE,
    ELEMENT_TENSION_YIELD,
    block_shear,
    compression,
)
from structural.aisc.method import available
from structural.aisc.tension import HOLE_ALLOWANCE_IN
from structural.aisc.welds import (
    WELD,
    directional_factor,
    effective_size_in,
    fillet_weld_strength,
    long_weld_factor,
    max_fillet_size_in,
    min_fillet_size_in,
)
from structural.checks import FloatArray
from structural.code_checks.case import BoolArray, Case
from structural.code_checks.contract import Check, Outcome

_LEAST_AREA_IN2 = 1e-6
_SHORTEST_WELD_LEGS = 4.0


def _weld_strength(case: Case) -> Outcome:
    """J2.4 with the directional increase: equal parallel lines through the centroid of the force."""
    size, length = case.value["weld_size_in"], case.value["weld_length_in"]
    end_loaded = case.plate_tension | case.plate_compression
    share = np.where(end_loaded, long_weld_factor(length / size), 1.0)
    kds = directional_factor(case.value["weld_angle_deg"])
    one = fillet_weld_strength(effective_size_in(size, length), length * share, case.value["electrode_ksi"], kds)
    return Outcome(case.value["joint_force_kip"], available(one * case.value["weld_lines"], WELD, case.method))


def _least_size(case: Case) -> Outcome:
    return Outcome(min_fillet_size_in(case.value["plate_thickness_in"]), case.value["weld_size_in"])


def _largest_size(case: Case) -> Outcome:
    size, length = case.value["weld_size_in"], case.value["weld_length_in"]
    most = max_fillet_size_in(case.value["plate_thickness_in"])
    too_short = length < _SHORTEST_WELD_LEGS * size * (1.0 - 1e-9)
    return Outcome(size, most, fails=too_short | (size > most * (1.0 + 1e-6)))


def _deducted_hole_in(case: Case) -> FloatArray:
    return np.asarray(case.value["bolt_hole_in"] + HOLE_ALLOWANCE_IN)


def _lines(case: Case) -> FloatArray:
    return np.maximum(case.value["bolt_columns"], 1.0)


def _plate_tension(case: Case) -> Outcome:
    thickness, width = case.value["plate_thickness_in"], case.value["plate_width_in"]
    yielding = available(case.value["plate_fy_ksi"] * thickness * width, ELEMENT_TENSION_YIELD, case.method)
    holes = np.where(case.bolted, _lines(case) * _deducted_hole_in(case), 0.0)
    lag = np.where(case.stated["shear_lag_u"], case.value["shear_lag_u"], 1.0)
    net = np.maximum((width - holes) * thickness, _LEAST_AREA_IN2) * lag
    rupture = available(case.value["plate_fu_ksi"] * net, ELEMENT_TENSION_RUPTURE, case.method)
    missing = case.bolted & ~case.known["bolt_diameter_in"]
    return Outcome(case.value["axial_tension_kip"], np.minimum(yielding, rupture), missing=missing)


def _line_length_in(case: Case) -> FloatArray:
    spacing = np.where(case.known["bolt_spacing_in"], case.value["bolt_spacing_in"], 0.0)
    return np.asarray((case.value["bolts_per_line"] - 1.0) * spacing)


def _plate_shear(case: Case) -> Outcome:
    depth = _line_length_in(case) + 2.0 * case.value["edge_distance_in"]
    thickness = case.value["plate_thickness_in"]
    yielding = available(0.6 * case.value["plate_fy_ksi"] * depth * thickness, ELEMENT_SHEAR_YIELD, case.method)
    net = (depth - case.value["bolts_per_line"] * _deducted_hole_in(case)) * thickness
    rupture = available(
        0.6 * case.value["plate_fu_ksi"] * np.maximum(net, _LEAST_AREA_IN2), ELEMENT_SHEAR_RUPTURE, case.method
    )
    return Outcome(case.value["joint_force_kip"], np.minimum(yielding, rupture))


def _block_shear(case: Case) -> Outcome:
    """One shear plane beside a shear tab (Ubs 0.5 for two lines of bolts); two around a group in a tension plate."""
    thickness, hole, lines = case.value["plate_thickness_in"], _deducted_hole_in(case), _lines(case)
    per_line, edge = case.value["bolts_per_line"], case.value["edge_distance_in"]
    between = (lines - 1.0) * np.where(case.known["bolt_spacing_in"], case.value["bolt_spacing_in"], 0.0)
    pulled = case.plate_tension & (lines > 1.0)
    planes = np.where(pulled, 2.0, 1.0)
    gross = planes * (edge + _line_length_in(case))
    net_shear = gross - planes * (per_line - 0.5) * hole
    tension = np.where(pulled, between - (lines - 1.0) * hole, edge + between - (lines - 0.5) * hole)
    strength = block_shear(
        np.maximum(gross * thickness, _LEAST_AREA_IN2),
        np.maximum(net_shear * thickness, _LEAST_AREA_IN2),
        np.maximum(tension * thickness, 0.0),
        np.where((lines > 1.0) & ~case.plate_tension, 0.5, 1.0),
        case.value["plate_fy_ksi"],
        case.value["plate_fu_ksi"],
    )
    return Outcome(case.value["joint_force_kip"], available(strength, BLOCK_SHEAR, case.method))


def _plate_compression(case: Case) -> Outcome:
    """J4.4 on the Whitmore section: radius of gyration t/sqrt(12)."""
    thickness = case.value["plate_thickness_in"]
    slenderness = case.value["gusset_length_in"] / (thickness / np.sqrt(12.0))
    strength = compression(case.value["plate_fy_ksi"], thickness * case.value["plate_width_in"], slenderness)
    return Outcome(case.value["axial_compression_kip"], available(strength, ELEMENT_COMPRESSION, case.method))


def _tab(case: Case) -> BoolArray:
    shear = case.stated["shear_kip"] | case.beam
    return case.bolted & case.plate & shear & ~case.plate_tension & ~case.plate_compression


def _tears(case: Case) -> BoolArray:
    return _tab(case) | (case.plate_tension & case.bolted)


_PLATE = ("plate_thickness_in", "plate_fy_ksi", "plate_fu_ksi")
_HOLES = ("bolt_diameter_in", "bolt_count", "edge_distance_in", "spacing_if_several")

CHECKS = (
    Check(
        "WLD-01",
        "Fillet weld strength",
        "J2.4, Table J2.5",
        "kip",
        "no welds",
        lambda case: case.welded,
        _weld_strength,
        ("weld_size_in", "weld_length_in", "electrode_ksi", "joint_force_kip"),
    ),
    Check(
        "WLD-02",
        "Minimum weld size",
        "J2.2b(a), Table J2.4",
        "in",
        "no welds",
        lambda case: case.welded,
        _least_size,
        ("weld_size_in", "plate_thickness_in"),
    ),
    Check(
        "WLD-03",
        "Maximum weld size, minimum length",
        "J2.2b(b) to (e)",
        "in",
        "no welds",
        lambda case: case.welded,
        _largest_size,
        ("weld_size_in", "weld_length_in", "plate_thickness_in"),
    ),
    Check(
        "ELM-01",
        "Connecting plate in tension",
        "J4.1",
        "kip",
        "no plate in tension",
        lambda case: case.plate_tension,
        _plate_tension,
        ("plate_width_in", *_PLATE),
        asks="bolt_diameter_in",
    ),
    Check(
        "ELM-02",
        "Connecting plate in shear",
        "J4.2",
        "kip",
        "no bolted plate in shear",
        _tab,
        _plate_shear,
        (*_HOLES, "joint_force_kip", *_PLATE),
    ),
    Check(
        "ELM-03",
        "Block shear",
        "J4.3, Eq. J4-5",
        "kip",
        "no bolted plate in shear or tension",
        _tears,
        _block_shear,
        (*_HOLES, "joint_force_kip", *_PLATE),
    ),
    Check(
        "ELM-04",
        "Connecting plate in compression",
        "J4.4",
        "kip",
        "no plate in compression",
        lambda case: case.plate_compression,
        _plate_compression,
        ("plate_thickness_in", "plate_width_in", "plate_fy_ksi", "gusset_length_in"),
    ),
)
