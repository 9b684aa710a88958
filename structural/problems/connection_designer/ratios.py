"""Load over simple strengths: what an engineer would scribble before a design, one ratio a limit state.

Each ratio is the logarithm of the load over one limit state taken alone, of one family, without the interplay that
makes the truth: which limit state governs, which leg of weld is chosen, what is allowed, and what is cheapest. The
cost ratios compare rough prices with the default table as a yardstick, whatever prices the truth was made with.
"""

from typing import Any

import numpy as np

from structural.aisc import bolts, elements, welds
from structural.aisc.concentrated import FLANGE_BENDING
from structural.elementwise import maximum, minimum, squared, where, within
from structural.problems.connection_designer.arrays import as_columns
from structural.problems.connection_designer.beam import (
    element_length_in,
    is_conventional_tab,
    tab_weld_leg_in,
)
from structural.problems.connection_designer.cost_ratios import beam_costs, lap_costs
from structural.problems.connection_designer.end_plate import (
    TENSION_BOLTS,
    lever_arms_in,
    plate_thickness_in,
    plate_width_in,
)
from structural.problems.connection_designer.lap import WeldLines, overlap_in
from structural.problems.connection_designer.layout import (
    BeamEnd,
    angle_pattern,
    beam_end,
    drawn_pattern,
    effective_bolts,
    tab_lines,
)
from structural.problems.connection_designer.request import ONE, FloatArray, Joint, once
from structural.problems.connection_designer.strengths import (
    MEMBER_FU_KSI,
    MEMBER_FY_KSI,
    Holes,
    PlyBolt,
    bolt_shear,
    bolt_slip,
    bolt_tension,
    filler_ksi,
    hole_sizes,
    ply_bolt,
    ply_fu_ksi,
    ply_fy_ksi,
    scaled,
)

LARGEST = 4.0
"""Logarithms of ratios are cut at this size: 55 times too strong or too weak is as clear as it gets."""
SMALL_KIP = 1e-3


LAP_NAMES = (
    "lap_shear",
    "lap_bearing",
    "lap_tearout",
    "lap_slip",
    "ply_yielding",
    "ply_rupture",
    "ply_bending",
    "ply_block_rupture",
    "ply_block_yielding",
    "weld_group",
    "weld_base_metal",
    "weld_leg",
    "cost_bolted",
    "cost_slip_critical",
)
"""Ratios of a lap splice."""
BEAM_NAMES = (
    "tab_shear",
    "tab_bearing",
    "tab_tearout",
    "tab_web_bearing",
    "tab_web_tearout",
    "tab_slip",
    "tab_yielding",
    "tab_rupture",
    "tab_bending",
    "tab_weld",
    "tab_block",
    "angle_shear",
    "angle_bearing",
    "angle_tearout",
    "angle_web_bearing",
    "angle_web_tearout",
    "angle_slip",
    "angle_yielding",
    "angle_rupture",
    "angle_block",
    "support_bearing",
    "web_shear",
    "web_rupture",
    "web_block",
    "web_weld",
    "web_base_metal",
    "web_bending",
    "web_leg",
    "support_shear",
    "plate_tension",
    "plate_shear",
    "plate_bearing",
    "plate_slip",
    "plate_edges",
    "column_flange",
    "column_web",
    "panel_zone",
    "cost_tab",
    "cost_angles",
    "cost_plate",
)
"""Ratios of a beam joint."""
RATIO_NAMES = (*LAP_NAMES, *BEAM_NAMES)


def load_ratios(joint: Joint) -> FloatArray:
    """Return the ratios in the order of `RATIO_NAMES`, shape (n, ratios), cut at +-`LARGEST`.

    log(load / strength), but for ``cost_*`` (log of a rough price over that of a welded joint) and ``*_leg`` (log of
    the weld's strength, rounded up to a sixteenth of leg, over the load). Zero where they are not of the joint.
    """
    ratios = np.zeros((*joint.load.shape, len(RATIO_NAMES)))
    for is_lap, at, part in joint.kinds():
        names, first = (LAP_NAMES, 0) if is_lap else (BEAM_NAMES, len(LAP_NAMES))
        found = _lap_ratios(part) if is_lap else _beam_ratios(part, beam_end(part))
        columns = as_columns(found[name] for name in names)
        place: Any = (*at, slice(first, first + len(names)))
        ratios[place] = within(columns, -LARGEST, LARGEST)
    return ratios


def _over(load: FloatArray, strengths: dict[str, FloatArray]) -> dict[str, FloatArray]:
    ratios = np.log(load[..., None] / maximum(as_columns(strengths.values()), SMALL_KIP))
    return dict(zip(strengths, ratios.T, strict=True))


def _lap_ratios(joint: Joint) -> dict[str, FloatArray]:
    holes = hole_sizes(joint)
    strengths = {**_lap_bolts(joint), **_lap_plies(joint, holes)}
    return {**_over(joint.load, strengths), **_lap_weld(joint)}


def _beam_ratios(joint: Joint, end: BeamEnd) -> dict[str, FloatArray]:
    holes = hole_sizes(joint)
    strengths = {
        **_tab(joint, end, holes),
        **_angles(joint, end, holes),
        **_web(joint, end, holes),
        **_end_plate(joint, end),
    }
    return {**_over(joint.load, strengths), **_web_weld(joint, end)}


def _group(
    joint: Joint, ply: PlyBolt, shear: FloatArray, effective: FloatArray, edge_bolts: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return a group's strength in bolt shear, in bearing, and with tearout: summed where the load is concentric."""
    at_edge, inner = minimum(shear, ply.tearout_edge), minimum(shear, minimum(ply.bearing, ply.tearout_inner))
    summed = edge_bolts * minimum(at_edge, ply.bearing) + (joint.count - edge_bolts) * inner
    weakest = minimum(ply.tearout_edge, ply.tearout_inner) * effective
    return shear * effective, ply.bearing * effective, where(joint.eccentricity > 0.0, weakest, summed)


@once
def plate_bolt(joint: Joint) -> PlyBolt:
    """Return the strength of one bolt hole in a plate or ply of the request."""
    return ply_bolt(joint, hole_sizes(joint), joint.thickness, ply_fu_ksi(joint), joint.edge)


@once
def web_bolt(joint: Joint) -> PlyBolt:
    """Return the strength of one bolt hole in the beam's web."""
    return ply_bolt(joint, hole_sizes(joint), joint.beam.tw_in, MEMBER_FU_KSI, joint.edge)


def _lap_bolts(joint: Joint) -> dict[str, FloatArray]:
    effective = effective_bolts(drawn_pattern(joint), joint.eccentricity)
    ply = plate_bolt(joint)
    single = bolt_shear(joint, joint.planes) * bolts.long_joint_factor((joint.lap_rows - 1.0) * joint.spacing)
    shear, bearing, tearout = _group(joint, ply, single, effective, joint.lap_lines)
    return {
        "lap_shear": shear,
        "lap_bearing": bearing,
        "lap_tearout": tearout,
        "lap_slip": bolt_slip(joint, joint.planes) * effective,
    }


def _lap_plies(joint: Joint, holes: Holes) -> dict[str, FloatArray]:
    fy, fu = ply_fy_ksi(joint), ply_fu_ksi(joint)
    gross = scaled(fy * joint.width * joint.thickness, elements.ELEMENT_TENSION_YIELD, joint)
    net_width = maximum(joint.width - joint.lap_lines * holes.net_across, 0.01)
    moment = scaled(fy * joint.thickness * squared(joint.width) / 4.0, elements.ELEMENT_FLEXURE, joint)
    rows, two = joint.lap_rows, joint.lap_lines == 2.0
    length = (rows - 1.0) * joint.spacing + joint.edge
    net_length = maximum(length - (rows - 0.5) * holes.net_along, 0.01)
    beside = where(two, joint.width - joint.gage, 0.5 * (joint.width + holes.net_across)) - holes.net_across
    between = where(two, joint.gage - holes.net_across, beside)
    tension = fu * maximum(minimum(between, beside), 0.0)
    planes = where(two, 2.0, 1.0)
    rupture = joint.thickness * (0.6 * fu * planes * net_length + tension)
    yielding = joint.thickness * (0.6 * fy * planes * length + tension)
    return {
        "ply_yielding": gross,
        "ply_rupture": scaled(fu * net_width * joint.thickness, elements.ELEMENT_TENSION_RUPTURE, joint),
        "ply_bending": 1.0 / (1.0 / gross + joint.eccentricity / moment),
        "ply_block_rupture": scaled(rupture, elements.BLOCK_SHEAR, joint),
        "ply_block_yielding": scaled(yielding, elements.BLOCK_SHEAR, joint),
    }


def _rounded_leg(unit: FloatArray, load: FloatArray, least: FloatArray) -> FloatArray:
    """Return the leg, up to the next sixteenth, whose strength ``unit`` x leg carries the load, at least ``least``."""
    return within(np.ceil(load / unit * 16.0 - 1e-9) / 16.0, least, 1.0)


def _lap_weld(joint: Joint) -> dict[str, FloatArray]:
    along, across = overlap_in(joint), joint.width
    ply = joint.thickness / joint.planes
    greatest = within(np.floor(welds.max_fillet_size_in(ply) * 16.0 + 1e-6) / 16.0, 0.125, 1.0)
    each = joint.planes * scaled(0.6 * 0.707 * filler_ksi(joint), welds.WELD, joint)
    counted = along * welds.long_weld_factor(along / greatest)
    concentric = maximum(2.0 * counted + across, 1.7 * counted + 1.5 * across)
    eccentric = WeldLines(along, across, joint.eccentricity).load_factor()
    unit = each * where(joint.eccentricity > 0.0, eccentric, concentric)
    length = 2.0 * along + across
    base = scaled(0.6 * ply_fu_ksi(joint) * length * joint.thickness, elements.ELEMENT_SHEAR_RUPTURE, joint)
    leg = minimum(_rounded_leg(unit, joint.load, welds.min_fillet_size_in(ply)), greatest)
    return {
        **_over(joint.load, {"weld_group": unit * greatest, "weld_base_metal": base}),
        "weld_leg": np.log(unit * leg / joint.load),
        **lap_costs(joint, leg),
    }


def _tab(joint: Joint, end: BeamEnd, holes: Holes) -> dict[str, FloatArray]:
    lines = tab_lines(joint, end)
    rows = np.ceil(joint.count / lines)
    lever = end.lever + joint.eccentricity
    conventional = is_conventional_tab(joint, end)
    on_bolts = where(conventional, 0.5 * end.lever, lever + 0.5 * (lines - 1.0) * joint.gage)
    effective = effective_bolts(drawn_pattern(joint), on_bolts)
    fy, fu = ply_fy_ksi(joint), ply_fu_ksi(joint)
    plate, web = plate_bolt(joint), web_bolt(joint)
    length = element_length_in(joint, rows)
    area, net = length * joint.thickness, maximum(length - rows * holes.net_along, 0.01) * joint.thickness
    moment = scaled(fy * joint.thickness * squared(length) / 4.0, elements.ELEMENT_FLEXURE, joint)
    weld = 2.0 * length * tab_weld_leg_in(joint, end) * 0.6 * 0.707 * filler_ksi(joint)
    return {
        "tab_shear": bolt_shear(joint, 1.0) * effective,
        "tab_bearing": plate.bearing * effective,
        "tab_tearout": minimum(plate.tearout_edge, plate.tearout_inner) * effective,
        "tab_web_bearing": minimum(web.bearing, web.tearout_inner) * effective,
        "tab_web_tearout": web.tearout_edge * effective,
        "tab_slip": bolt_slip(joint, 1.0) * effective,
        "tab_yielding": scaled(0.6 * fy * area, elements.ELEMENT_SHEAR_YIELD, joint),
        "tab_rupture": scaled(0.6 * fu * net, elements.ELEMENT_SHEAR_RUPTURE, joint),
        "tab_bending": moment / lever,
        "tab_weld": scaled(weld, welds.WELD, joint),
        "tab_block": _block(joint, holes, joint.thickness, (fy, fu)),
    }


def _angles(joint: Joint, end: BeamEnd, holes: Holes) -> dict[str, FloatArray]:
    effective = effective_bolts(angle_pattern(joint), joint.eccentricity)
    fy, fu = ply_fy_ksi(joint), ply_fu_ksi(joint)
    one_leg, web = plate_bolt(joint), web_bolt(joint)
    pair = PlyBolt(2.0 * one_leg.bearing, 2.0 * one_leg.tearout_edge, 2.0 * one_leg.tearout_inner)
    wall = ply_bolt(joint, holes, end.support_thickness, MEMBER_FU_KSI)
    web_edge = where(end.coped, web.tearout_edge, web.tearout_inner)
    length = element_length_in(joint, joint.count)
    net = maximum(length - joint.count * holes.net_along, 0.01) * 2.0 * joint.thickness
    double = bolt_shear(joint, 2.0)
    shear, bearing, tearout = _group(joint, pair, double, effective, ONE)
    web_ply = PlyBolt(web.bearing, web_edge, web.tearout_inner)
    _, web_bearing, web_tearout = _group(joint, web_ply, double, effective, ONE)
    return {
        "angle_shear": shear,
        "angle_bearing": bearing,
        "angle_tearout": tearout,
        "angle_web_bearing": web_bearing,
        "angle_web_tearout": web_tearout,
        "angle_slip": bolt_slip(joint, 2.0) * effective,
        "angle_yielding": scaled(1.2 * fy * length * joint.thickness, elements.ELEMENT_SHEAR_YIELD, joint),
        "angle_rupture": scaled(0.6 * fu * net, elements.ELEMENT_SHEAR_RUPTURE, joint),
        "angle_block": _block(joint, holes, 2.0 * joint.thickness, (fy, fu)),
        "support_bearing": 2.0 * joint.count * minimum(wall.bearing, wall.tearout_inner),
    }


def _web(joint: Joint, end: BeamEnd, holes: Holes) -> dict[str, FloatArray]:
    beam = joint.beam
    depth = beam.d_in - end.cope_depth
    net = maximum(depth - np.ceil(joint.count / tab_lines(joint, end)) * holes.net_along, 0.1)
    weld_length = maximum(end.web_depth - 1.0, 1.0)
    wall = 1.2 * MEMBER_FU_KSI * weld_length * end.support_thickness
    one_line = _block(joint, holes, beam.tw_in, (MEMBER_FY_KSI, MEMBER_FU_KSI))
    return {
        "web_shear": scaled(0.6 * MEMBER_FY_KSI * depth * beam.tw_in, elements.ELEMENT_SHEAR_YIELD, joint),
        "web_rupture": scaled(0.6 * MEMBER_FU_KSI * net * beam.tw_in, elements.ELEMENT_SHEAR_RUPTURE, joint),
        "web_block": one_line,
        "support_shear": scaled(wall, elements.ELEMENT_SHEAR_RUPTURE, joint),
    }


def _block(
    joint: Joint, holes: Holes, thickness: FloatArray, grade: tuple[FloatArray | float, FloatArray | float]
) -> FloatArray:
    """Return the block shear strength of one vertical line of all bolts, 2 d from the end."""
    fy, fu = grade
    length = joint.edge + (joint.count - 1.0) * joint.spacing
    net_length = maximum(length - (joint.count - 0.5) * holes.net_along, 0.1)
    strip = maximum(2.0 * joint.diameter - 0.5 * holes.net_across, 0.0)
    stress = minimum(0.6 * fu * net_length, 0.6 * fy * length) + fu * strip
    return scaled(stress * thickness, elements.BLOCK_SHEAR, joint)


def _web_weld(joint: Joint, end: BeamEnd) -> dict[str, FloatArray]:
    web = joint.beam.tw_in
    length = maximum(end.web_depth - 1.0, 1.0)
    spread = 1.0 / np.hypot(1.0, 6.0 * joint.eccentricity / length)
    greatest = within(np.floor(web * 16.0 + 1e-6) / 16.0, 0.125, 1.0)
    unit = 2.0 * length * spread * scaled(0.6 * 0.707 * filler_ksi(joint), welds.WELD, joint)
    least = welds.min_fillet_size_in(minimum(web, end.support_thickness))
    leg = maximum(minimum(_rounded_leg(unit, joint.load, least), greatest), least)
    base = scaled(0.6 * MEMBER_FU_KSI * length * web, elements.ELEMENT_SHEAR_RUPTURE, joint)
    yielding = scaled(0.6 * MEMBER_FY_KSI * length * web, elements.ELEMENT_SHEAR_YIELD, joint)
    moment = scaled(MEMBER_FY_KSI * web * squared(length) / 4.0, elements.ELEMENT_FLEXURE, joint)
    strengths = {
        "web_weld": unit * maximum(greatest, least),
        "web_base_metal": base * spread,
        "web_bending": 1.0 / np.hypot(1.0 / yielding, joint.eccentricity / moment),
    }
    return {
        **_over(joint.load, strengths),
        "web_leg": np.log(unit * leg / joint.load),
        **beam_costs(joint, end, leg),
    }


def _end_plate(joint: Joint, end: BeamEnd) -> dict[str, FloatArray]:
    outer, inner = lever_arms_in(joint)
    eccentricity = maximum(joint.eccentricity, 0.05)
    arm = (joint.beam.d_in - joint.beam.tf_in) / eccentricity
    column = joint.support
    shear_bolts = maximum(joint.count - TENSION_BOLTS, 0.1)
    bearing_length = joint.beam.tf_in + 2.0 * plate_thickness_in(joint)
    spread = 5.0 * column.kdes_in + bearing_length
    wall = 2.4 * joint.diameter * end.support_thickness * MEMBER_FU_KSI
    return {
        "plate_tension": 2.0 * bolt_tension(joint) * (outer + inner) / eccentricity,
        "plate_shear": bolt_shear(joint, 1.0) * shear_bolts,
        "plate_bearing": scaled(wall, bolts.BOLT, joint) * shear_bolts,
        "plate_slip": bolt_slip(joint, 1.0) * shear_bolts,
        "plate_edges": 1.2 * ply_fy_ksi(joint) * plate_width_in(joint) * arm,
        "column_flange": scaled(6.25 * MEMBER_FY_KSI * squared(column.tf_in), FLANGE_BENDING, joint) * arm,
        "column_web": scaled(MEMBER_FY_KSI * column.tw_in * spread, elements.ELEMENT_SHEAR_YIELD, joint) * arm,
        "panel_zone": scaled(0.6 * MEMBER_FY_KSI * column.d_in * column.tw_in, elements.ELEMENT_FLEXURE, joint) * arm,
    }
