"""Hollow sections and angles: each solver takes an example's inputs and returns the values it is asked for."""

from typing import Any

from structural.aisc import flexure, flexure_angles, flexure_hollow, shear, shear_other, torsion
from structural.aisc.method import available
from structural.angles import load_angles
from structural.hollow import load_rectangular_hss, load_round_hss

FT = 12.0
Inputs = dict[str, Any]
Results = dict[str, Any]


def both(nominal: Any, factor: Any, name: str, unit: str, scale: float = 1.0) -> Results:
    return {
        f"phi_{name}_{unit}": available(nominal, factor, "LRFD") / scale,
        f"{name}_over_omega_{unit}": available(nominal, factor, "ASD") / scale,
    }


def solve_pipe_flexure(inputs: Inputs) -> Results:
    strength = flexure_hollow.round_hss_flexure(load_round_hss("PIPE").rows(inputs["shape"]), inputs["Fy_ksi"])
    return both(strength.mn_kip_in, flexure.FLEXURE, "Mn", "kip_ft", FT)


def solve_angle_flexure(inputs: Inputs) -> Results:
    assert inputs["axis"] == "geometric x"
    assert inputs["restraint"] == "ends only"
    strength = flexure_angles.geometric_flexure(
        load_angles().rows(inputs["shape"]),
        inputs["Fy_ksi"],
        inputs["L_ft"] * FT,
        inputs["Cb"],
        flexure_angles.GeometricBending(toe=inputs["toe"]),
    )
    return {"Mcr_kip_in": strength.mcr_kip_in, **both(strength.mn_kip_in, flexure.FLEXURE, "Mn", "kip_ft", FT)}


def solve_hss_shear(inputs: Inputs) -> Results:
    strength = shear_other.rectangular_hss_shear(load_rectangular_hss().rows(inputs["shape"]), inputs["Fy_ksi"])
    return both(strength.vn_kip, shear.SHEAR, "Vn", "kip")


def solve_hss_torsion(inputs: Inputs) -> Results:
    section, fy, span_in = load_rectangular_hss().rows(inputs["shape"]), inputs["Fy_ksi"], 96.0
    phi_vn = available(shear_other.rectangular_hss_shear(section, fy).vn_kip, shear.SHEAR, "LRFD")
    bending = flexure_hollow.rectangular_hss_flexure(section, fy, span_in)
    phi_mn = available(bending.mn_kip_in, flexure.FLEXURE, "LRFD")
    phi_tn = available(torsion.rectangular_hss_torsion(section, fy).tn_kip_in, torsion.TORSION, "LRFD")

    def ratio(point: dict[str, float]) -> Any:
        twist = point["Tu_over_Tc"] if "Tu_over_Tc" in point else point["Tu_kip_in"] / phi_tn
        return torsion.h3_interaction(0.0, point["Mu_kip_in"] / phi_mn, 0.0, point["Vu_kip"] / phi_vn, twist)

    return {
        "phi_Vn_kip": phi_vn,
        "phi_Mn_kip_in": phi_mn,
        "phi_Tn_kip_in": phi_tn,
        "ratio_at_support": ratio(inputs["support"]),
        "ratio_at_x": ratio(inputs["at_x"]),
    }


SOLVERS = {
    "F-18": solve_pipe_flexure,
    "F-20": solve_angle_flexure,
    "G-04": solve_hss_shear,
    "H-07": solve_hss_torsion,
}
