"""Connection examples: each solver takes an example's inputs and returns the values it is asked for."""

import math
from typing import Any

import numpy as np

from structural.aisc import bolts, elements, welds
from structural.aisc.method import available

Inputs = dict[str, Any]
Results = dict[str, Any]


def solve_bearing_table(inputs: Inputs) -> Results:
    fu, results = inputs["Fu_ksi"], {}
    for name, diameter in (("3_4", 0.75), ("7_8", 0.875)):
        hole = bolts.hole_diameter_in(diameter, inputs["hole"])
        clear = {"s3": 3.0 - hole, "le1_25": 1.25 - hole / 2.0, "le2": 2.0 - hole / 2.0}
        for case, lc in clear.items():
            nominal = np.minimum(bolts.bearing(diameter, 1.0, fu), bolts.tearout(lc, 1.0, fu))
            results[f"{name}_{case}"] = available(nominal, bolts.BOLT, "LRFD")
    return results


def solve_angled_weld(inputs: Inputs) -> Results:
    kds = welds.directional_factor(inputs["theta_deg"])
    nominal = inputs["sides"] * welds.fillet_weld_strength(inputs["weld_size_in"], 1.0, inputs["FEXX_ksi"], kds)
    design = available(nominal, welds.WELD, "LRFD")
    return {"kds": kds, "phi_rn_two_sides_kip_per_in": design, "required_length_in": inputs["Pu_kip"] / design}


def solve_weld_group(inputs: Inputs) -> Results:
    size, fexx = inputs["weld_size_in"], inputs["FEXX_ksi"]
    length = inputs["n_longitudinal"] * inputs["longitudinal_length_each_in"]
    nominal = welds.weld_group_strength(
        welds.fillet_weld_strength(size, length, fexx),
        welds.fillet_weld_strength(size, inputs["transverse_length_in"], fexx),
    )
    return {
        "phi_Rn_kip": available(nominal, welds.WELD, "LRFD"),
        "Rn_over_omega_kip": available(nominal, welds.WELD, "ASD"),
    }


def solve_combined_bolt(inputs: Inputs) -> Results:
    diameter, group = inputs["diameter_in"], inputs["group"]
    fnt = bolts.nominal_tensile_stress_ksi(group)
    fnv = bolts.nominal_shear_stress_ksi(group, inputs["threads"] == "X")
    area = bolts.bolt_area_in2(diameter)
    lrfd = bolts.combined_tension_stress(fnt, fnv, inputs["LRFD"]["Vu_kip"] / area, "LRFD")
    asd = bolts.combined_tension_stress(fnt, fnv, inputs["ASD"]["Va_kip"] / area, "ASD")
    return {
        "Fnt_prime_ksi": lrfd,
        "phi_Rn_tension_kip": available(bolts.bolt_tension(lrfd, diameter), bolts.BOLT, "LRFD"),
        "Rn_over_omega_tension_kip": available(bolts.bolt_tension(asd, diameter), bolts.BOLT, "ASD"),
    }


def solve_slip(inputs: Inputs) -> Results:
    pretension = bolts.min_pretension_kip(inputs["diameter_in"], inputs["group"])
    assert pretension == inputs["Tb_kip"]
    nominal = bolts.slip_resistance(bolts.SLIP_COEFFICIENTS[inputs["surface"]], 1.0, pretension, inputs["slip_planes"])
    factor = bolts.slip_factor(inputs["hole"].replace(" ", "_"))
    design = available(nominal, factor, "LRFD")
    return {
        "phi_rn_kip": design,
        "rn_over_omega_kip": available(nominal, factor, "ASD"),
        "n_bolts_required": math.ceil(inputs["Pu_kip"] / float(design)),
    }


def solve_web_plate(inputs: Inputs) -> Results:
    thickness, length, width_to_edge = 0.375, 9.0, inputs["leh_in"]
    bolt, fy, fu = inputs["bolts"], inputs["Fy_ksi"], inputs["Fu_ksi"]
    diameter, count, pitch = bolt["diameter_in"], bolt["n"], bolt["pitch_in"]
    hole = bolts.hole_diameter_in(diameter)
    net_hole = hole + 1.0 / 16.0
    line = inputs["lev_in"] + (count - 1) * pitch
    block = elements.block_shear(
        line * thickness,
        (line - (count - 0.5) * net_hole) * thickness,
        (width_to_edge - 0.5 * net_hole) * thickness,
        1.0,
        fy,
        fu,
    )
    clear = np.array([inputs["lev_in"] - hole / 2.0] + [pitch - hole] * (count - 1))
    fnv = bolts.nominal_shear_stress_ksi(bolt["group"], bolt["threads"] == "X")
    each = np.minimum(
        bolts.bolt_shear(fnv, diameter),
        np.minimum(bolts.bearing(diameter, thickness, fu), bolts.tearout(clear, thickness, fu)),
    )
    shear_yield = elements.shear_yielding(fy, length * thickness)
    shear_rupture = elements.shear_rupture(fu, (length - count * net_hole) * thickness)
    return {
        "phi_shear_yield_kip": available(shear_yield, elements.ELEMENT_SHEAR_YIELD, "LRFD"),
        "phi_shear_rupture_kip": available(shear_rupture, elements.ELEMENT_SHEAR_RUPTURE, "LRFD"),
        "phi_block_shear_kip": available(block, elements.BLOCK_SHEAR, "LRFD"),
        "phi_bolt_group_kip": available(each.sum(), bolts.BOLT, "LRFD"),
    }


SOLVERS = {
    "J-02": solve_angled_weld,
    "J-04": solve_weld_group,
    "J-12": solve_combined_bolt,
    "J-15": solve_slip,
    "J-18": solve_bearing_table,
    "J-26": solve_web_plate,
}
