"""Connecting plates: J4.

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
from structural.checks import FloatArray
from structural.code_checks.case import BoolArray, Case
from structural.code_checks.contract import Check, Outcome
from structural.code_checks.uses import JOINT_FORCES
from structural.elementwise import maximum, minimum, where

_LEAST_AREA_IN2 = 1e-6


def _deducted_hole_in(case: Case) -> FloatArray:
    return case.value["bolt_hole_in"] + HOLE_ALLOWANCE_IN


def _lines(case: Case) -> FloatArray:
    return maximum(case.value["bolt_columns"], 1.0)


def _plate_tension(case: Case) -> Outcome:
    thickness, width = case.value["plate_thickness_in"], case.value["plate_width_in"]
    yielding = available(case.value["plate_fy_ksi"] * thickness * width, ELEMENT_TENSION_YIELD, case.method)
    holes = where(case.bolted, _lines(case) * _deducted_hole_in(case), 0.0)
    lag = where(case.stated["shear_lag_u"], case.value["shear_lag_u"], 1.0)
    net = maximum((width - holes) * thickness, _LEAST_AREA_IN2) * lag
    rupture = available(case.value["plate_fu_ksi"] * net, ELEMENT_TENSION_RUPTURE, case.method)
    missing = case.bolted & ~case.known["bolt_diameter_in"]
    details = {"yielding_kip": yielding, "rupture_kip": rupture, "An_in2": net / lag}
    return Outcome(case.value["axial_tension_kip"], minimum(yielding, rupture), missing=missing, details=details)


def _line_length_in(case: Case) -> FloatArray:
    spacing = where(case.known["bolt_spacing_in"], case.value["bolt_spacing_in"], 0.0)
    return (case.value["bolts_per_line"] - 1.0) * spacing


def _plate_shear(case: Case) -> Outcome:
    """The depth of a bolted tab follows from its bolts, that of a welded one is its width."""
    bolted_depth = _line_length_in(case) + 2.0 * case.value["edge_distance_in"]
    depth = where(case.bolted, bolted_depth, case.value["plate_width_in"])
    thickness = case.value["plate_thickness_in"]
    yielding = available(0.6 * case.value["plate_fy_ksi"] * depth * thickness, ELEMENT_SHEAR_YIELD, case.method)
    holes = where(case.bolted, case.value["bolts_per_line"] * _deducted_hole_in(case), 0.0)
    net = (depth - holes) * thickness
    rupture = available(
        0.6 * case.value["plate_fu_ksi"] * maximum(net, _LEAST_AREA_IN2), ELEMENT_SHEAR_RUPTURE, case.method
    )
    details = {"yielding_kip": yielding, "rupture_kip": rupture}
    missing = case.bolted & ~case.all_known(_HOLES)
    return Outcome(case.value["joint_shear_kip"], minimum(yielding, rupture), missing=missing, details=details)


def _block_shear(case: Case) -> Outcome:
    """One shear plane beside a shear tab (Ubs 0.5 for two lines of bolts); two around a group in a tension plate."""
    thickness, hole, lines = case.value["plate_thickness_in"], _deducted_hole_in(case), _lines(case)
    per_line, edge = case.value["bolts_per_line"], case.value["edge_distance_in"]
    side = where(case.known["side_edge_distance_in"], case.value["side_edge_distance_in"], edge)
    between = (lines - 1.0) * where(case.known["bolt_spacing_in"], case.value["bolt_spacing_in"], 0.0)
    pulled = case.plate_tension & (lines > 1.0)
    planes = where(pulled, 2.0, 1.0)
    gross = planes * (edge + _line_length_in(case))
    net_shear = gross - planes * (per_line - 0.5) * hole
    # A group in a tension plate tears out between its lines or, where less, with the strips beside them.
    inner, outer = between - (lines - 1.0) * hole, 2.0 * side - hole
    tension = where(pulled, minimum(inner, outer), side + between - (lines - 0.5) * hole)
    agv = maximum(gross * thickness, _LEAST_AREA_IN2)
    anv = maximum(net_shear * thickness, _LEAST_AREA_IN2)
    ant = maximum(tension * thickness, 0.0)
    ubs = where((lines > 1.0) & ~case.plate_tension, 0.5, 1.0)
    strength = block_shear(agv, anv, ant, ubs, case.value["plate_fy_ksi"], case.value["plate_fu_ksi"])
    details = {"Agv_in2": agv, "Anv_in2": anv, "Ant_in2": ant, "Ubs": ubs}
    demand = where(case.plate_tension, case.value["axial_tension_kip"], case.value["joint_shear_kip"])
    return Outcome(demand, available(strength, BLOCK_SHEAR, case.method), details=details)


def _plate_compression(case: Case) -> Outcome:
    """J4.4 on the Whitmore section: radius of gyration t/sqrt(12)."""
    thickness = case.value["plate_thickness_in"]
    slenderness = case.value["gusset_length_in"] / (thickness / np.sqrt(12.0))
    strength = compression(case.value["plate_fy_ksi"], thickness * case.value["plate_width_in"], slenderness)
    capacity = available(strength, ELEMENT_COMPRESSION, case.method)
    return Outcome(case.value["axial_compression_kip"], capacity, details={"Lc_over_r": slenderness})


def _sheared(case: Case) -> BoolArray:
    return case.plate & (case.stated["shear_kip"] | case.beam)


def _tab(case: Case) -> BoolArray:
    return case.bolted & _sheared(case)


def _shear_tab(case: Case) -> BoolArray:
    return _tab(case) | (_sheared(case) & case.welded & ~case.bolted & case.stated["plate_width_in"])


def _tears(case: Case) -> BoolArray:
    return _tab(case) | (case.plate_tension & case.bolted)


_PLATE = ("plate_thickness_in", "plate_fy_ksi", "plate_fu_ksi")
_HOLES = ("bolt_diameter_in", "bolt_count", "edge_distance_in", "spacing_if_several")
_PLATE_USES = (
    *("plate_thickness_in", "plate_grade", "plate_width_in", "gusset_length_in", "steel_grade", "fy_ksi", "fu_ksi"),
    "method",
)
_BOLT_USES = ("bolt_diameter_in", "bolt_count", "bolt_grade", "bolt_columns", "bolt_spacing_in", "hole_type")
CHECKS = (
    Check(
        "ELM-01",
        "Connecting plate in tension",
        "J4.1",
        "kip",
        "no plate in tension",
        lambda case: case.plate_tension,
        _plate_tension,
        requires=("plate_width_in", *_PLATE),
        uses=(*_PLATE_USES, *_BOLT_USES, *JOINT_FORCES, "shear_lag_u", "connection_length_in", "x_bar_in"),
        asks="bolt_diameter_in",
        factor_note="0.90 / 1.67 yielding; 0.75 / 2.00 rupture",
        formula="Rn = Fy Ag; Rn = Fu Ae",
    ),
    Check(
        "ELM-02",
        "Connecting plate in shear",
        "J4.2",
        "kip",
        "no bolted plate in shear, nor a welded one of known width",
        _shear_tab,
        _plate_shear,
        requires=("joint_shear_kip", *_PLATE),
        uses=(*_PLATE_USES, *_BOLT_USES, *JOINT_FORCES, "edge_distance_in"),
        asks="bolt_diameter_in, bolt_count, edge_distance_in, bolt_spacing_in",
        factor_note="1.00 / 1.50 yielding; 0.75 / 2.00 rupture",
        formula="Rn = 0.60 Fy Agv; Rn = 0.60 Fu Anv",
    ),
    Check(
        "ELM-03",
        "Block shear",
        "J4.3, Eq. J4-5",
        "kip",
        "no bolted plate in shear or tension",
        _tears,
        _block_shear,
        requires=(*_HOLES, "joint_force_kip", *_PLATE),
        uses=(*_PLATE_USES, *_BOLT_USES, *JOINT_FORCES, "edge_distance_in", "side_edge_distance_in"),
        factor=BLOCK_SHEAR,
        formula="Rn = 0.60 Fu Anv + Ubs Fu Ant ≤ 0.60 Fy Agv + Ubs Fu Ant",
    ),
    Check(
        "ELM-04",
        "Connecting plate in compression",
        "J4.4",
        "kip",
        "no plate in compression",
        lambda case: case.plate_compression,
        _plate_compression,
        requires=("plate_thickness_in", "plate_width_in", "plate_fy_ksi", "gusset_length_in"),
        uses=(*_PLATE_USES, *JOINT_FORCES),
        factor=ELEMENT_COMPRESSION,
        formula="Pn = Fy Ag for Lc/r ≤ 25, else by E3; Whitmore width",
    ),
)
