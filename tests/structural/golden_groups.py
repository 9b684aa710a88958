"""Eccentric bolt and weld groups: each solver takes an example's inputs and returns the values it is asked for."""

from typing import Any

from structural.aisc import bolt_patterns, bolts, weld_groups, welds
from structural.aisc.method import available

Inputs = dict[str, Any]
Results = dict[str, Any]


def solve_weld_group(inputs: Inputs) -> Results:
    size, length = inputs["weld_size_in"], 10.0
    group, ex, theta = weld_groups.c_shape(length, 5.0), inputs["ex_from_cg_in"], inputs["theta_deg"]
    nominal = weld_groups.eccentric_weld_strength(group, size, inputs["FEXX_ksi"], ex, theta)
    return {
        "C": weld_groups.table_coefficient(group, length, ex, theta),
        "phi_P_kip": available(nominal, welds.WELD, "LRFD"),
        "P_over_omega_kip": available(nominal, welds.WELD, "ASD"),
    }


def solve_bolt_group(inputs: Inputs) -> Results:
    group = bolt_patterns.rectangular_pattern(inputs["rows"], inputs["columns"], inputs["pitch_in"], inputs["gage_in"])
    bolt = inputs["bolt"]
    fnv = bolts.nominal_shear_stress_ksi(bolt["group"], bolt["threads"] == "X")
    coefficient = bolt_patterns.elastic_coefficient(group, inputs["ex_in"])
    nominal = coefficient * bolts.bolt_shear(fnv, bolt["diameter_in"])
    return {
        "Ip_in2": group.ip_in2,
        "unit_force": 1.0 / coefficient,
        "phi_P_kip": available(nominal, bolts.BOLT, "LRFD"),
        "P_over_omega_kip": available(nominal, bolts.BOLT, "ASD"),
    }


SOLVERS = {"J-07": solve_weld_group, "J-23": solve_bolt_group}
