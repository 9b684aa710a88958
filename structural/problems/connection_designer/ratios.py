"""Load over simple strengths: what an engineer would scribble before a design, one ratio a limit state.

Each ratio is the logarithm of the load over one limit state taken alone, of one family, without the interplay that
makes the truth: which limit state governs, which leg of weld is chosen, what is allowed, and what is cheapest. The
cost ratios compare rough prices with the default table as a yardstick, whatever prices the truth was made with.
"""

import numpy as np

from structural.aisc import bolts, elements, welds
from structural.aisc.concentrated import FLANGE_BENDING
from structural.problems.connection_designer.beam import element_length_in, tab_weld_leg_in
from structural.problems.connection_designer.catalogue import Family
from structural.problems.connection_designer.costs import CostTable
from structural.problems.connection_designer.end_plate import (
    TENSION_BOLTS,
    lever_arms_in,
    plate_thickness_in,
    plate_width_in,
)
from structural.problems.connection_designer.lap import WeldLines, overlap_in
from structural.problems.connection_designer.layout import (
    BeamEnd,
    bolt_pattern,
    effective_bolts,
    tab_lines,
)
from structural.problems.connection_designer.request import FloatArray, Joint
from structural.problems.connection_designer.strengths import (
    MEMBER_FU_KSI,
    MEMBER_FY_KSI,
    Holes,
    bolt_shear,
    bolt_slip,
    bolt_tension,
    filler_ksi,
    hole_sizes,
    ply_bolt,
    ply_fu_ksi,
    ply_fy_ksi,
    pretension_is_required,
    scaled,
)

LARGEST = 4.0
"""Logarithms of ratios are cut at this size: 55 times too strong or too weak is as clear as it gets."""
SMALL_KIP = 1e-3


def load_ratios(joint: Joint, end: BeamEnd) -> dict[str, FloatArray]:
    """Return log(load / strength) by name, each (n,), cut at +-`LARGEST`; zero where the family is not of the joint."""
    holes = hole_sizes(joint)
    lap = {**_lap_bolts(joint, holes), **_lap_plies(joint, holes), **_lap_weld(joint)}
    beam = {
        **_tab(joint, end, holes),
        **_angles(joint, end, holes),
        **_beam_web(joint, end, holes),
        **_end_plate(joint, end),
    }
    ratios = {}
    for group, belongs in ((lap, joint.lap), (beam, ~joint.lap)):
        for name, strength in group.items():
            ratio = np.log(joint.load / np.maximum(strength, SMALL_KIP))
            ratios[name] = np.where(belongs, np.clip(ratio, -LARGEST, LARGEST), 0.0)
    return ratios


def _lap_bolts(joint: Joint, holes: Holes) -> dict[str, FloatArray]:
    pattern = bolt_pattern(joint.count, joint.lap_lines, joint.spacing, joint.gage)
    effective = effective_bolts(pattern, joint.eccentricity)
    hole = ply_bolt(joint, holes, joint.thickness, ply_fu_ksi(joint), joint.edge)
    shear = bolt_shear(joint, joint.planes) * bolts.long_joint_factor((joint.lap_rows - 1.0) * joint.spacing)
    edge = joint.lap_lines * np.minimum(hole.tearout_edge, shear)
    return {
        "lap_shear": shear * effective,
        "lap_bearing": hole.bearing * effective,
        "lap_tearout_edge": hole.tearout_edge * effective,
        "lap_tearout_inner": hole.tearout_inner * effective,
        "lap_mixed": edge + (joint.count - joint.lap_lines) * np.minimum(shear, hole.bearing),
        "lap_slip": bolt_slip(joint, joint.planes) * effective,
    }


def _lap_plies(joint: Joint, holes: Holes) -> dict[str, FloatArray]:
    fy, fu = ply_fy_ksi(joint), ply_fu_ksi(joint)
    gross = scaled(fy * joint.width * joint.thickness, elements.ELEMENT_TENSION_YIELD, joint)
    net_width = np.maximum(joint.width - joint.lap_lines * holes.net_across, 0.01)
    moment = scaled(fy * joint.thickness * joint.width**2 / 4.0, elements.ELEMENT_FLEXURE, joint)
    rows, two = joint.lap_rows, joint.lap_lines == 2.0
    length = (rows - 1.0) * joint.spacing + joint.edge
    net_length = np.maximum(length - (rows - 0.5) * holes.net_along, 0.01)
    beside = np.where(two, joint.width - joint.gage, 0.5 * (joint.width + holes.net_across)) - holes.net_across
    between = np.where(two, joint.gage - holes.net_across, beside)
    tension = fu * np.maximum(np.minimum(between, beside), 0.0)
    planes = np.where(two, 2.0, 1.0)
    rupture = joint.thickness * (0.6 * fu * planes * net_length + tension)
    yielding = joint.thickness * (0.6 * fy * planes * length + tension)
    return {
        "ply_yielding": gross,
        "ply_rupture": scaled(fu * net_width * joint.thickness, elements.ELEMENT_TENSION_RUPTURE, joint),
        "ply_bending": 1.0 / (1.0 / gross + joint.eccentricity / moment),
        "ply_block_rupture": scaled(rupture, elements.BLOCK_SHEAR, joint),
        "ply_block_yielding": scaled(yielding, elements.BLOCK_SHEAR, joint),
    }


def _lap_weld(joint: Joint) -> dict[str, FloatArray]:
    along, across = overlap_in(joint), joint.width
    leg = np.maximum(welds.max_fillet_size_in(joint.thickness / joint.planes), 0.125)
    leg = np.minimum(np.floor(leg * 16.0 + 1e-6) / 16.0, 1.0)
    unit = joint.planes * leg * scaled(0.6 * 0.707 * filler_ksi(joint), welds.WELD, joint)
    counted = along * welds.long_weld_factor(along / leg)
    length = 2.0 * along + across
    return {
        "weld_sum": unit * (2.0 * counted + across),
        "weld_transverse": unit * (1.7 * counted + 1.5 * across),
        "weld_eccentric": unit * WeldLines(along, across, joint.eccentricity).load_factor(),
        "weld_base_metal": scaled(
            0.6 * ply_fu_ksi(joint) * length * joint.thickness, elements.ELEMENT_SHEAR_RUPTURE, joint
        ),
    }


def _tab(joint: Joint, end: BeamEnd, holes: Holes) -> dict[str, FloatArray]:
    lines = tab_lines(joint, end)
    rows = np.ceil(joint.count / lines)
    pattern = bolt_pattern(joint.count, lines, joint.spacing, joint.gage)
    lever = end.lever + joint.eccentricity
    near = effective_bolts(pattern, 0.5 * end.lever)
    far = effective_bolts(pattern, lever + 0.5 * (lines - 1.0) * joint.gage)
    fy, fu = ply_fy_ksi(joint), ply_fu_ksi(joint)
    plate = ply_bolt(joint, holes, joint.thickness, fu, joint.edge)
    length = element_length_in(joint, rows)
    area, net = length * joint.thickness, np.maximum(length - rows * holes.net_along, 0.01) * joint.thickness
    moment = scaled(fy * joint.thickness * length**2 / 4.0, elements.ELEMENT_FLEXURE, joint)
    weld = 2.0 * length * tab_weld_leg_in(joint, end) * 0.6 * 0.707 * filler_ksi(joint)
    single = bolt_shear(joint, 1.0)
    return {
        "tab_shear_near": single * near,
        "tab_shear_far": single * far,
        "tab_bearing_near": plate.bearing * near,
        "tab_bearing_far": plate.bearing * far,
        "tab_tearout_near": np.minimum(plate.tearout_edge, plate.tearout_inner) * near,
        "tab_tearout_far": np.minimum(plate.tearout_edge, plate.tearout_inner) * far,
        "tab_slip_near": bolt_slip(joint, 1.0) * near,
        "tab_slip_far": bolt_slip(joint, 1.0) * far,
        "tab_yielding": scaled(0.6 * fy * area, elements.ELEMENT_SHEAR_YIELD, joint),
        "tab_rupture": scaled(0.6 * fu * net, elements.ELEMENT_SHEAR_RUPTURE, joint),
        "tab_bending": moment / np.maximum(lever, 0.1),
        "tab_weld": scaled(weld, welds.WELD, joint),
    }


def _angles(joint: Joint, end: BeamEnd, holes: Holes) -> dict[str, FloatArray]:
    one = np.ones(len(joint))
    effective = effective_bolts(bolt_pattern(joint.count, one, joint.spacing, joint.gage), joint.eccentricity)
    fy, fu = ply_fy_ksi(joint), ply_fu_ksi(joint)
    pair = ply_bolt(joint, holes, 2.0 * joint.thickness, fu, joint.edge)
    wall = ply_bolt(joint, holes, end.support_thickness, MEMBER_FU_KSI)
    length = element_length_in(joint, joint.count)
    net = np.maximum(length - joint.count * holes.net_along, 0.01) * 2.0 * joint.thickness
    inner = np.minimum(pair.bearing, pair.tearout_inner)
    double = bolt_shear(joint, 2.0)
    return {
        "angle_shear": double * effective,
        "angle_bearing": inner * effective,
        "angle_tearout": pair.tearout_edge * effective,
        "angle_mixed": np.minimum(double, pair.tearout_edge) + (joint.count - 1.0) * np.minimum(double, inner),
        "angle_slip": bolt_slip(joint, 2.0) * effective,
        "angle_yielding": scaled(1.2 * fy * length * joint.thickness, elements.ELEMENT_SHEAR_YIELD, joint),
        "angle_rupture": scaled(0.6 * fu * net, elements.ELEMENT_SHEAR_RUPTURE, joint),
        "support_bearing": 2.0 * joint.count * np.minimum(wall.bearing, wall.tearout_inner),
    }


def _beam_web(joint: Joint, end: BeamEnd, holes: Holes) -> dict[str, FloatArray]:
    beam = joint.beam
    depth = beam.d_in - end.cope_depth
    lines = tab_lines(joint, end)
    rows = np.ceil(joint.count / lines)
    net = np.maximum(depth - rows * holes.net_along, 0.1)
    effective = effective_bolts(bolt_pattern(joint.count, lines, joint.spacing, joint.gage), 0.5 * end.lever)
    web = ply_bolt(joint, holes, beam.tw_in, MEMBER_FU_KSI, joint.edge)
    length = np.maximum(end.web_depth - 1.0, 1.0)
    spread = 1.0 / np.hypot(1.0, 6.0 * joint.eccentricity / length)
    leg = np.clip(np.floor(beam.tw_in * 16.0 + 1e-6) / 16.0, 0.125, 1.0)
    weld = 2.0 * length * leg * 0.6 * 0.707 * filler_ksi(joint) * spread
    shear_length = joint.edge + (joint.count - 1.0) * joint.spacing
    net_length = np.maximum(shear_length - (joint.count - 0.5) * holes.net_along, 0.1)
    strip = np.maximum(2.0 * joint.diameter - 0.5 * holes.net_across, 0.0)
    yielded = scaled(0.6 * MEMBER_FY_KSI * length * beam.tw_in, elements.ELEMENT_SHEAR_YIELD, joint)
    moment = scaled(MEMBER_FY_KSI * beam.tw_in * length**2 / 4.0, elements.ELEMENT_FLEXURE, joint)
    rupture = np.minimum(0.6 * MEMBER_FU_KSI * net_length, 0.6 * MEMBER_FY_KSI * shear_length) + MEMBER_FU_KSI * strip
    return {
        "web_shear": scaled(0.6 * MEMBER_FY_KSI * depth * beam.tw_in, elements.ELEMENT_SHEAR_YIELD, joint),
        "web_rupture": scaled(0.6 * MEMBER_FU_KSI * net * beam.tw_in, elements.ELEMENT_SHEAR_RUPTURE, joint),
        "web_bearing": web.bearing * effective,
        "web_tearout": np.minimum(web.tearout_edge, web.tearout_inner) * effective,
        "web_all_bolts": joint.count * np.minimum(web.bearing, web.tearout_inner),
        "web_block": scaled(rupture * beam.tw_in, elements.BLOCK_SHEAR, joint),
        "web_weld": scaled(weld, welds.WELD, joint),
        "web_base_metal": scaled(0.6 * MEMBER_FU_KSI * length * beam.tw_in, elements.ELEMENT_SHEAR_RUPTURE, joint)
        * spread,
        "web_bending": 1.0 / np.hypot(1.0 / yielded, joint.eccentricity / moment),
        "support_shear": scaled(
            1.2 * MEMBER_FU_KSI * length * end.support_thickness, elements.ELEMENT_SHEAR_RUPTURE, joint
        ),
    }


def _end_plate(joint: Joint, end: BeamEnd) -> dict[str, FloatArray]:
    outer, inner = lever_arms_in(joint)
    eccentricity = np.maximum(joint.eccentricity, 0.05)
    arm = (joint.beam.d_in - joint.beam.tf_in) / eccentricity
    column = joint.support
    shear_bolts = np.maximum(joint.count - TENSION_BOLTS, 0.1)
    bearing_length = joint.beam.tf_in + 2.0 * plate_thickness_in(joint)
    spread = 5.0 * column.kdes_in + bearing_length
    wall = 2.4 * joint.diameter * end.support_thickness * MEMBER_FU_KSI
    return {
        "plate_tension": 2.0 * bolt_tension(joint) * (outer + inner) / eccentricity,
        "plate_shear": bolt_shear(joint, 1.0) * shear_bolts,
        "plate_bearing": scaled(wall, bolts.BOLT, joint) * shear_bolts,
        "plate_slip": bolt_slip(joint, 1.0) * shear_bolts,
        "plate_edges": 1.2 * ply_fy_ksi(joint) * plate_width_in(joint) * arm,
        "column_flange": scaled(6.25 * MEMBER_FY_KSI * column.tf_in**2, FLANGE_BENDING, joint) * arm,
        "column_web": scaled(MEMBER_FY_KSI * column.tw_in * spread, elements.ELEMENT_SHEAR_YIELD, joint) * arm,
        "panel_zone": scaled(0.6 * MEMBER_FY_KSI * column.d_in * column.tw_in, elements.ELEMENT_FLEXURE, joint) * arm,
    }


def cost_ratios(joint: Joint, end: BeamEnd) -> dict[str, FloatArray]:
    """Return logarithms of rough prices over the price of a site-welded joint, (n,): the cheaper, the smaller."""
    prices = CostTable()
    tight = pretension_is_required(joint).astype(float)
    lap_bolts = prices.bolts_usd(joint, joint.count, joint.count * (joint.planes + 1.0), 2.0 * joint.thickness, tight)
    steel = prices.plate_usd(2.0 * joint.width * overlap_in(joint) * joint.thickness)
    lap_length = joint.planes * (2.0 * overlap_in(joint) + joint.width)
    strength = scaled(0.6 * 0.707 * filler_ksi(joint), welds.WELD, joint)
    web_length = 2.0 * np.maximum(end.web_depth - 1.0, 1.0)
    length = np.where(joint.lap, lap_length, web_length)
    turned = np.hypot(1.0, 6.0 * joint.eccentricity / (0.5 * web_length))
    needed = joint.load * np.where(joint.lap, 1.0, turned) / (strength * length)
    leg = np.clip(np.ceil(needed * 16.0) / 16.0, 0.1875, 1.0)
    weld = prices.fixed_usd(Family.WELDED) + prices.fillet_usd(leg, length, on_site=True)
    surface = prices.faying_surface_usd_per_in2 * 2.0 * joint.planes * joint.width * overlap_in(joint)
    grip = 0.5 * joint.diameter + joint.beam.tw_in
    tab_bolts = prices.bolts_usd(joint, joint.count, 2.0 * joint.count, grip, tight)
    angle_bolts = prices.bolts_usd(joint, 3.0 * joint.count, 7.0 * joint.count, joint.diameter + 0.5, tight)
    welded = weld + np.where(joint.lap, steel, 0.0)
    height = joint.beam.d_in + 2.0 * joint.diameter
    plate = prices.plate_usd(height * plate_width_in(joint) * plate_thickness_in(joint))
    plate = plate + prices.groove_usd(joint.beam.tf_in, 2.0 * joint.beam.bf_in)
    rough = {
        "cost_bolted": steel + lap_bolts + prices.fixed_usd(Family.BOLTED_BEARING),
        "cost_slip_critical": steel + lap_bolts + surface + prices.fixed_usd(Family.BOLTED_SLIP_CRITICAL),
        "cost_tab": tab_bolts + prices.fixed_usd(Family.SHEAR_TAB),
        "cost_angles": angle_bolts + prices.fixed_usd(Family.DOUBLE_ANGLE),
        "cost_plate": plate + tab_bolts + prices.fixed_usd(Family.EXTENDED_END_PLATE),
    }
    is_lap = {"cost_bolted", "cost_slip_critical"}
    return {name: np.where(joint.lap == (name in is_lap), np.log(price / welded), 0.0) for name, price in rough.items()}
