"""Designs that between them make every check of the registry apply, by name."""

from typing import Any

import numpy as np

from structural.code_checks.case import Case
from structural.code_checks.contract import Status
from structural.code_checks.derived import make_case
from structural.code_checks.parameters import parameter_table
from structural.code_checks.registry import ORDER, Evaluation, evaluate

Row = dict[str, Any]

DESIGNS: dict[str, Row] = {
    "beam": {
        "shape": "W18X50",
        "steel_grade": "A992",
        "length_ft": 35.0,
        "unbraced_length_ft": 11.6667,
        "cb": 1.01,
        "dead_load_klf": 0.45,
        "live_load_klf": 0.75,
        "flange_hole_count": 2.0,
        "hole_diameter_in": 0.9375,
        "concentrated_force_kip": 40.0,
        "force_sense": "pair",
        "bearing_length_in": 6.0,
        "force_end_distance_in": 60.0,
        "end_tie_strength_kip": 40.0,
    },
    "noncompact_beam": {
        "shape": "W14X90",
        "steel_grade": "A992",
        "length_ft": 30.0,
        "bracing": "continuous",
        "moment_x_kip_ft": 400.0,
        "moment_y_kip_ft": 60.0,
        "shear_y_kip": 20.0,
    },
    "column": {
        "shape": "W14X90",
        "steel_grade": "A992",
        "axial_compression_kip": 600.0,
        "length_ft": 30.0,
        "lcy_ft": 15.0,
        "lcz_ft": 30.0,
        "analysis_method": "direct_analysis",
        "stiffness_factor": 0.8,
        "gravity_load_kip": 1000.0,
        "notional_load_kip": 2.0,
        "second_order_ratio": 1.2,
        "story_drift_in": 2.0,
        "story_height_ft": 15.0,
        "base_plate_length_in": 22.0,
        "base_plate_width_in": 22.0,
        "base_plate_thickness_in": 1.75,
        "base_plate_grade": "A572-50",
        "concrete_strength_ksi": 3.0,
        "pedestal_area_in2": 576.0,
        "brace_of": "column_point",
        "brace_spacing_ft": 15.0,
        "brace_strength_kip": 8.0,
        "brace_stiffness_kip_in": 40.0,
        "member_ductility": "moderately",
    },
    "slender_column": {
        "shape": "W16X26",
        "steel_grade": "A992",
        "axial_compression_kip": 80.0,
        "length_ft": 12.0,
        "analysis_method": "effective_length",
        "second_order_ratio": 1.3,
    },
    "beam_column": {
        "shape": "W10X33",
        "steel_grade": "A992",
        "length_ft": 14.0,
        "unbraced_length_ft": 14.0,
        "cb": 1.14,
        "axial_compression_kip": 30.0,
        "moment_x_kip_ft": 60.0,
        "moment_basis": "first_order",
        "sway_moment_x_kip_ft": 20.0,
        "story_load_kip": 800.0,
        "story_elastic_load_kip": 9000.0,
        "shear_kip": 12.0,
        "panel_shear_kip": 60.0,
    },
    "hanger_member": {
        "shape": "W8X21",
        "steel_grade": "A992",
        "length_ft": 25.0,
        "unbraced_length_ft": 25.0,
        "axial_tension_kip": 100.0,
        "moment_x_kip_ft": 10.0,
        "hole_count": 4.0,
        "hole_diameter_in": 0.8125,
        "connection_length_in": 9.0,
        "x_bar_in": 0.831,
    },
    "girder": {
        "steel_grade": "A572-50",
        "flange_width_in": 16.0,
        "flange_thickness_in": 1.0,
        "web_height_in": 60.0,
        "web_thickness_in": 0.375,
        "length_ft": 60.0,
        "unbraced_length_ft": 10.0,
        "moment_x_kip_ft": 2500.0,
        "shear_kip": 200.0,
        "stiffener_spacing_in": 60.0,
        "stiffener_inertia_in4": 60.0,
    },
    "channel": {
        "shape": "C15X33.9",
        "steel_grade": "A992",
        "length_ft": 10.0,
        "axial_compression_kip": 40.0,
        "moment_x_kip_ft": 40.0,
        "bracing": "midspan",
        "shear_kip": 20.0,
    },
    "tee": {
        "shape": "WT7X34",
        "steel_grade": "A992",
        "length_ft": 12.0,
        "axial_compression_kip": 60.0,
        "moment_x_kip_ft": 5.0,
        "unbraced_length_ft": 12.0,
        "shear_kip": 10.0,
    },
    "angle": {
        "shape": "L4X4X1/2",
        "steel_grade": "A36",
        "length_ft": 6.0,
        "axial_compression_kip": 20.0,
        "connected_leg": "long",
        "moment_x_kip_ft": 1.0,
        "unbraced_length_ft": 6.0,
        "shear_kip": 3.0,
    },
    "double_angle": {
        "shape": "2L5X3X1/4X3/4LLBB",
        "steel_grade": "A572-50",
        "length_ft": 8.0,
        "axial_compression_kip": 60.0,
        "connector_spacing_in": 32.0,
    },
    "tube": {
        "shape": "HSS6X4X1/4",
        "steel_grade": "A500-C",
        "length_ft": 12.0,
        "unbraced_length_ft": 12.0,
        "axial_compression_kip": 30.0,
        "moment_x_kip_ft": 8.0,
        "shear_kip": 11.0,
        "torsion_kip_ft": 5.52,
    },
    "pipe": {
        "shape": "PIPE8XS",
        "steel_grade": "A53-B",
        "length_ft": 12.0,
        "axial_compression_kip": 60.0,
        "moment_x_kip_ft": 20.0,
        "unbraced_length_ft": 12.0,
    },
    "tab": {
        "plate_grade": "A572-50",
        "plate_thickness_in": 0.375,
        "bolt_diameter_in": 0.875,
        "bolt_count": 3.0,
        "bolt_grade": "A325",
        "bolt_spacing_in": 3.0,
        "edge_distance_in": 1.5,
        "shear_kip": 45.0,
        "bolt_tension_kip": 12.0,
        "prying_a_in": 2.0,
        "prying_b_in": 1.75,
        "prying_length_in": 3.0,
        "weld_size_in": 0.25,
        "weld_length_in": 9.0,
        "weld_lines": 2.0,
        "electrode_ksi": 70.0,
    },
    "slip_joint": {
        "plate_grade": "A36",
        "plate_thickness_in": 0.5,
        "plate_width_in": 8.0,
        "bolt_diameter_in": 0.75,
        "bolt_count": 8.0,
        "bolt_columns": 2.0,
        "bolt_grade": "A325",
        "joint_type": "slip_critical",
        "hole_type": "oversized",
        "bolt_spacing_in": 3.0,
        "edge_distance_in": 1.5,
        "axial_tension_kip": 50.0,
    },
    "gusset": {
        "plate_grade": "A36",
        "plate_thickness_in": 0.5,
        "plate_width_in": 10.0,
        "gusset_length_in": 12.0,
        "axial_compression_kip": 60.0,
    },
}


def check_rows(*rows: Row, code: str = "AISC 360-22", place: str = "default") -> tuple[Case, Evaluation]:
    """Return the case and evaluation of designs."""
    case = make_case(parameter_table(rows), np.full(len(rows), code), np.full(len(rows), place))
    return case, evaluate(case)


def status_of(row: Row, check: str) -> Status:
    """Return the status of one check on one design."""
    _, evaluation = check_rows(row)
    return Status(int(evaluation.status[0, ORDER.index(check)]))


def figure_of(row: Row, check: str, what: str = "capacity") -> float:
    """Return demand, capacity or ratio of one check on one design."""
    _, evaluation = check_rows(row)
    return float(getattr(evaluation, what)[0, ORDER.index(check)])


def detail_of(row: Row, check: str, name: str) -> float:
    """Return a value in between of one check on one design."""
    _, evaluation = check_rows(row)
    return float(evaluation.details[check][name][0])
