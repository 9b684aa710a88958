"""Member examples: each solver takes an example's inputs and returns the values it is asked for."""

from typing import Any

import numpy as np

from structural.aisc import compression, flexure, interaction, serviceability, shear, tension
from structural.aisc.method import available
from structural.angles import load_double_angles
from structural.built_up import welded_i_shapes
from structural.shapes import ShapeTable, load_shapes
from structural.tees import load_tees

FT = 12.0
Inputs = dict[str, Any]
Results = dict[str, Any]


def shape_of(name: str) -> ShapeTable:
    family = name.rstrip("0123456789X.")
    return load_shapes(family).rows(name)


def solve_tau_b(inputs: Inputs) -> Results:
    light, heavy = (shape_of(column["shape"]) for column in inputs["columns"])
    first, second = inputs["columns"]
    lrfd = first["Pr_LRFD_kip"] / (inputs["Fy_ksi"] * light.area_in2)
    asd = 1.6 * first["Pr_ASD_kip"] / (inputs["Fy_ksi"] * light.area_in2)
    return {
        "ratio_W12X65_LRFD": lrfd,
        "ratio_W12X65_ASD": asd,
        "tau_b_W12X65": interaction.tau_b(lrfd),
        "tau_b_W14X82_ASD": interaction.tau_b(1.6 * second["Pr_ASD_kip"] / (inputs["Fy_ksi"] * heavy.area_in2)),
    }


def both(nominal: Any, factor: Any, name: str, unit: str, scale: float = 1.0) -> Results:
    return {
        f"phi_{name}_{unit}": available(nominal, factor, "LRFD") / scale,
        f"{name}_over_omega_{unit}": available(nominal, factor, "ASD") / scale,
    }


def solve_tension_flanges(inputs: Inputs) -> Results:
    shape = shape_of(inputs["shape"])
    an = tension.net_area_in2(shape.area_in2, inputs["hole_diameter_in"], inputs["bolts_deducted"], shape.tf_in)
    lag = np.maximum(
        tension.shear_lag_partial(inputs["x_bar_in"], inputs["connection_length_in"]),
        tension.shear_lag_i_flange_bolts(shape.bf_in, shape.d_in),
    )
    ae = tension.effective_net_area(an, lag)
    return {
        "An_in2": an,
        "U": lag,
        "Ae_in2": ae,
        "slenderness_L_over_r": inputs["length_ft"] * FT / shape.ry_in,
        **both(tension.tensile_rupture(inputs["Fu_ksi"], ae), tension.TENSION_RUPTURE, "Pn", "kip"),
    }


def tension_both_states(inputs: Inputs, ae: Any) -> Results:
    yielding = tension.tensile_yielding(inputs["Fy_ksi"], inputs["area_in2"])
    rupture = tension.tensile_rupture(inputs["Fu_ksi"], ae)
    return {
        "phi_Pn_yield_kip": available(yielding, tension.TENSION_YIELD, "LRFD"),
        "Pn_over_omega_yield_kip": available(yielding, tension.TENSION_YIELD, "ASD"),
        "phi_Pn_rupture_kip": available(rupture, tension.TENSION_RUPTURE, "LRFD"),
        "Pn_over_omega_rupture_kip": available(rupture, tension.TENSION_RUPTURE, "ASD"),
    }


def solve_tension_welded(inputs: Inputs) -> Results:
    lag = tension.shear_lag_longitudinal_welds(inputs["weld_length_in"], inputs["w_in"], inputs["x_bar_in"])
    area = load_tees("WT").rows(inputs["shape"]).area_in2
    ae = tension.effective_net_area(area, lag)
    return {"U": lag, "Ae_in2": ae, **tension_both_states(inputs | {"area_in2": area}, ae)}


def solve_tension_double_angle(inputs: Inputs) -> Results:
    pair, hole_in = load_double_angles().rows(inputs["shape"]), 0.8125
    an = tension.net_area_in2(pair.area_in2, hole_in, 2, pair.t_in)
    lag = tension.shear_lag_partial(inputs["x_bar_in"], inputs["connection_length_in"])
    return {"An_in2": an, "U": lag, **tension_both_states(inputs, tension.effective_net_area(an, lag))}


def solve_staggered_plate(inputs: Inputs) -> Results:
    width, hole, s = inputs["plate_width_in"], inputs["hole_diameter_in"], inputs["stagger_s_in"]
    outer, middle = inputs["gage_outer_in"], inputs["gage_middle_in"]
    widths = {
        "net_width_ABEF_in": tension.net_width_in(width, hole, 2),
        "net_width_ABCDEF_in": tension.net_width_in(width, hole, 4, [s, s], [outer, outer]),
        "net_width_ABCDG_in": tension.net_width_in(width, hole, 3, [s], [outer]),
        "net_width_ABDEF_in": tension.net_width_in(width, hole, 3, [s, s], [middle, outer]),
    }
    return {**widths, "An_in2": min(widths.values()) * inputs["t_in"]}


def solve_column(inputs: Inputs) -> Results:
    strength = compression.compressive_strength(
        shape_of(inputs["shape"]), inputs["Fy_ksi"], inputs["Lcx_ft"] * FT, inputs["Lcy_ft"] * FT
    )
    return both(strength.pn_kip, compression.COMPRESSION, "Pn", "kip")


def solve_built_up_column(inputs: Inputs) -> Results:
    shape = welded_i_shapes(inputs["bf_in"], inputs["tf_in"], inputs["h_in"], inputs["tw_in"])
    length = inputs["Lc_ft"] * FT
    strength = compression.compressive_strength(shape, inputs["Fy_ksi"], length, length, length)
    assert strength.is_slender.all()
    return {
        "Ag_in2": shape.area_in2[0],
        "Fe_flexural_ksi": interaction.euler_load_kip(shape.iy_in4, length)[0] / shape.area_in2[0],
        "Fe_torsional_ksi": compression.torsional_stress_ksi(shape, length)[0],
        "Fn_ksi": strength.fn_ksi[0],
        "Ae_in2": strength.ae_in2[0],
        **both(strength.pn_kip[0], compression.COMPRESSION, "Pn", "kip"),
    }


def solve_beam(inputs: Inputs) -> Results:
    strength = flexure.major_axis_flexure(
        shape_of(inputs["shape"]), inputs["Fy_ksi"], inputs["Lb_ft"] * FT, inputs["Cb"]
    )
    return {
        "Lp_ft": strength.lp_in / FT,
        "Lr_ft": strength.lr_in / FT,
        **both(strength.mn_kip_in, flexure.FLEXURE, "Mn", "kip_ft", FT),
    }


def solve_cb(inputs: Inputs) -> Results:
    return {f"Cb_{name}": flexure.cb_factor(*moments) for name, moments in inputs["segments"].items()}


def solve_web_shear(inputs: Inputs) -> Results:
    strength = shear.major_axis_shear(shape_of(inputs["shape"]), inputs["Fy_ksi"])
    return both(strength.vn_kip, strength.factor, "Vn", "kip")


def solve_minor_shear(inputs: Inputs) -> Results:
    nominal = shear.minor_axis_shear(shape_of(inputs["shape"]), inputs["Fy_ksi"])
    return both(nominal, shear.SHEAR, "Vn", "kip")


def solve_h2(inputs: Inputs) -> Results:
    shape, fy = shape_of(inputs["shape"]), inputs["Fy_ksi"]
    pn = compression.compressive_strength(shape, fy, inputs["Lcx_ft"] * FT, inputs["Lcy_ft"] * FT).pn_kip
    mnx = flexure.major_axis_flexure(shape, fy, inputs["Lb_ft"] * FT).mn_kip_in
    mny = flexure.minor_axis_flexure(shape, fy).mn_kip_in

    def ratio(method: str, pr: float, mrx: float, mry: float) -> Any:
        return interaction.h2_interaction(
            pr / available(pn, compression.COMPRESSION, method),
            mrx * FT / available(mnx, flexure.FLEXURE, method),
            mry * FT / available(mny, flexure.FLEXURE, method),
        )

    lrfd, asd = inputs["LRFD"], inputs["ASD"]
    return {
        "ratio_LRFD": ratio("LRFD", lrfd["Pu_kip"], lrfd["Mux_kip_ft"], lrfd["Muy_kip_ft"]),
        "ratio_ASD": ratio("ASD", asd["Pa_kip"], asd["Max_kip_ft"], asd["May_kip_ft"]),
    }


def solve_beam_column(inputs: Inputs) -> Results:
    shape, fy, load = shape_of(inputs["shape"]), inputs["Fy_ksi"], inputs["LRFD"]
    lcx, lcy = inputs["Lcx_ft"] * FT, inputs["Lcy_ft"] * FT
    pn = compression.compressive_strength(shape, fy, lcx, lcy).pn_kip
    mnx = flexure.major_axis_flexure(shape, fy, inputs["Lb_ft"] * FT, inputs["Cb"]).mn_kip_in
    mny = flexure.minor_axis_flexure(shape, fy).mn_kip_in
    pe1x = interaction.euler_load_kip(shape.ix_in4, lcx)
    pe1y = interaction.euler_load_kip(shape.iy_in4, lcy)
    b1x = interaction.b1_multiplier(inputs["Cm"], load["Pu_kip"], pe1x, "LRFD")
    b1y = interaction.b1_multiplier(inputs["Cm"], load["Pu_kip"], pe1y, "LRFD")
    phi_pn = available(pn, compression.COMPRESSION, "LRFD")
    phi_mnx = available(mnx, flexure.FLEXURE, "LRFD") / FT
    phi_mny = available(mny, flexure.FLEXURE, "LRFD") / FT
    ratio = interaction.h1_interaction(
        load["Pu_kip"] / phi_pn,
        b1x * load["Mux_first_order_kip_ft"] / phi_mnx,
        b1y * load["Muy_first_order_kip_ft"] / phi_mny,
    )
    return {
        "Pe1x_kip": pe1x,
        "Pe1y_kip": pe1y,
        "B1x": b1x,
        "B1y": b1y,
        "phi_Pn_kip": phi_pn,
        "phi_Mnx_kip_ft": phi_mnx,
        "phi_Mny_kip_ft": phi_mny,
        "ratio_LRFD": ratio,
    }


def solve_deflection(inputs: Inputs) -> Results:
    span = inputs["span_ft"] * FT
    load = inputs["wL_kip_per_ft"] / FT
    return {
        "deflection_in": serviceability.uniform_load_deflection_in(load, span, shape_of(inputs["shape"]).ix_in4),
        "limit_L_360_in": serviceability.deflection_limit_in(span, serviceability.FLOOR_LIVE_DIVISOR),
    }


def lightest(shapes: ShapeTable, adequate: Any) -> str:
    rows = np.flatnonzero(adequate)
    return str(shapes.name[rows[np.argmin(shapes.weight_lb_ft[rows])]])


def solve_select_major(inputs: Inputs) -> Results:
    shapes = load_shapes("W")
    strength = flexure.major_axis_flexure(shapes, inputs["Fy_ksi"], 0.0).mn_kip_in
    return {"shape": lightest(shapes, available(strength, flexure.FLEXURE, "LRFD") >= inputs["Mu_kip_ft"] * FT)}


def solve_select_minor(inputs: Inputs) -> Results:
    shapes, span = load_shapes("W"), inputs["span_ft"] * FT
    dead, live = inputs["wD_kip_per_ft"] / FT, inputs["wL_kip_per_ft"] / FT
    mu = (1.2 * dead + 1.6 * live) * span**2 / 8.0
    limit = serviceability.deflection_limit_in(span, 240.0)
    strength = available(flexure.minor_axis_flexure(shapes, inputs["Fy_ksi"]).mn_kip_in, flexure.FLEXURE, "LRFD")
    sags = serviceability.uniform_load_deflection_in(live, span, shapes.iy_in4)
    return {
        "shape": lightest(shapes, (strength >= mu) & (sags <= limit)),
        "I_required_in4": serviceability.uniform_load_deflection_in(live, span, 1.0) / limit,
        "Mu_kip_ft": mu / FT,
    }


SOLVERS = {
    "C-02": solve_tau_b,
    "D-02": solve_tension_flanges,
    "D-04": solve_tension_welded,
    "D-07": solve_tension_double_angle,
    "D-09": solve_staggered_plate,
    **dict.fromkeys(("E-02", "E-04", "E-09", "E-21", "E-24"), solve_column),
    "E-07": solve_built_up_column,
    **dict.fromkeys(("F-02", "F-07", "F-09", "F-12", "F-22", "F-24", "F-27", "F-29", "F-32"), solve_beam),
    "F-04": solve_cb,
    "G-02": solve_web_shear,
    "G-07": solve_minor_shear,
    "H-02": solve_h2,
    "H-04": solve_beam_column,
    "L-02": solve_deflection,
    "S-02": solve_select_major,
    "S-04": solve_select_minor,
}
