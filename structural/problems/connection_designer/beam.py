"""Shear families of a beam end, detailed: shear tab, double angle, directly welded web.

The load is the beam's reaction; the request's eccentricity is its further distance from the usual line of action, for
example the offset of a bracket. W shapes are A992.
"""

import numpy as np

from structural.aisc import elements, welds
from structural.aisc.shear import major_axis_shear
from structural.elementwise import maximum, minimum, picked, where
from structural.problems.connection_designer.catalogue import Family, LimitState
from structural.problems.connection_designer.costs import CostTable
from structural.problems.connection_designer.lap import MAX_LEG_SIXTEENTHS, choose_leg
from structural.problems.connection_designer.layout import (
    SETBACK_IN,
    BeamEnd,
    angle_pattern,
    drawn_pattern,
    effective_bolts,
    tab_lines,
)
from structural.problems.connection_designer.request import ALL, ONE, ZERO, BoolArray, FloatArray, Joint
from structural.problems.connection_designer.strengths import (
    MEMBER_FU_KSI,
    MEMBER_FY_KSI,
    SIXTEENTH_IN,
    BoltGroup,
    Candidates,
    Detail,
    Holes,
    PlyBolt,
    bolt_shear,
    bolt_slip,
    filler_ksi,
    hole_sizes,
    ply_bolt,
    ply_fu_ksi,
    ply_fy_ksi,
    pretension_is_required,
    scaled,
    slip_is_required_to_be_prevented,
)

ANGLE_LEG_IN = 4.0
CONVENTIONAL_LEVER_IN = 3.5
CONVENTIONAL_BOLTS = 12
"""Bounds of the conventional single-plate connection (AISC Manual Part 10)."""
TAB_WELD_RATIO = 5.0 / 8.0
"""Fillet leg over plate thickness that develops the plate (AISC Manual Part 10)."""


def web_limits(joint: Joint, end: BeamEnd, limits: Candidates, rows: FloatArray, lines: FloatArray) -> None:
    """Add what the beam web itself gives: shear (G2.1), shear rupture (J4.2), block shear of a coped web (J4.3).

    ``rows`` and ``lines`` (n,) are the bolts through the web; zero rows for a web without holes. Bending of the coped
    section is a member check and not among these.
    """
    beam, holes = joint.beam, hole_sizes(joint)
    shear = major_axis_shear(beam, MEMBER_FY_KSI)
    depth = beam.d_in - end.cope_depth
    coped_yield = elements.shear_yielding(MEMBER_FY_KSI, depth * beam.tw_in)
    yielding = where(
        end.coped,
        scaled(coped_yield, elements.ELEMENT_SHEAR_YIELD, joint),
        scaled(shear.vn_kip, shear.factor, joint),
    )
    limits.add(LimitState.BEAM_WEB_SHEAR, yielding)
    net = maximum(depth - rows * holes.net_along, 0.1) * beam.tw_in
    rupture = elements.shear_rupture(MEMBER_FU_KSI, net)
    limits.add(LimitState.BEAM_WEB_RUPTURE, scaled(rupture, elements.ELEMENT_SHEAR_RUPTURE, joint))
    if not rows.any():
        return
    block = _block_shear(joint, holes, beam.tw_in, (rows, lines), (MEMBER_FY_KSI, MEMBER_FU_KSI))
    limits.add(LimitState.BEAM_BLOCK_SHEAR, where(end.coped, block, np.inf))


def _block_shear(
    joint: Joint,
    holes: Holes,
    thickness: FloatArray,
    pattern: tuple[FloatArray, FloatArray],
    grade: tuple[FloatArray | float, FloatArray | float],
) -> FloatArray:
    """Return the available block shear strength of a vertical bolt group near an end 2 d away (J4.3).

    ``pattern`` holds rows and lines, ``grade`` Fy and Fu. Ubs is 0.5 for two lines (Commentary Fig. C-J4.2).
    """
    rows, lines = pattern
    length = joint.edge + (rows - 1.0) * joint.spacing
    net_length = maximum(length - (rows - 0.5) * holes.net_along, 0.01)
    width = 2.0 * joint.diameter + (lines - 1.0) * joint.gage - (lines - 0.5) * holes.net_across
    nominal = elements.block_shear(
        length * thickness,
        net_length * thickness,
        maximum(width, 0.0) * thickness,
        where(lines == 2.0, 0.5, 1.0),
        *grade,
    )
    return scaled(nominal, elements.BLOCK_SHEAR, joint)


def _plate_limits(
    joint: Joint, limits: Candidates, thickness: FloatArray, pattern: tuple[FloatArray, FloatArray]
) -> FloatArray:
    """Add shear yielding, shear rupture and block shear of the connection element; return its shear yielding."""
    rows, _ = pattern
    holes, fy, fu = hole_sizes(joint), ply_fy_ksi(joint), ply_fu_ksi(joint)
    length = element_length_in(joint, rows)
    yielding = scaled(elements.shear_yielding(fy, length * thickness), elements.ELEMENT_SHEAR_YIELD, joint)
    net = maximum(length - rows * holes.net_along, 0.01) * thickness
    limits.add(LimitState.SHEAR_YIELDING, yielding)
    limits.add(LimitState.SHEAR_RUPTURE, scaled(elements.shear_rupture(fu, net), elements.ELEMENT_SHEAR_RUPTURE, joint))
    limits.add(LimitState.BLOCK_SHEAR, _block_shear(joint, holes, thickness, pattern, (fy, fu)))
    return yielding


def element_length_in(joint: Joint, rows: FloatArray) -> FloatArray:
    """Return the height of a plate or angle with this many bolt rows, (n,) in."""
    return (rows - 1.0) * joint.spacing + 2.0 * joint.edge


def is_conventional_tab(joint: Joint, end: BeamEnd) -> BoolArray:
    """Return where a shear tab is the Manual's conventional one: one line of 2 to 12 bolts close to the support."""
    conventional: BoolArray = (
        (tab_lines(joint, end) == 1.0)
        & (joint.count <= CONVENTIONAL_BOLTS)
        & (joint.eccentricity == 0.0)
        & (end.lever <= CONVENTIONAL_LEVER_IN)
        & joint.has_hole("standard", "short_slot")
    )
    return conventional


def shear_tab(joint: Joint, end: BeamEnd, costs: CostTable) -> Detail:
    """Return the single-plate connection, welded to the support and bolted to the beam web (AISC Manual Part 10).

    The bolts of a conventional tab see half the lever as eccentricity; those of an extended one all of it, elastic
    method, and its plate yields under shear and bending together. The weld leg is 5/8 of the plate.
    """
    lines = tab_lines(joint, end)
    rows = np.ceil(joint.count / lines)
    conventional = is_conventional_tab(joint, end)
    lever = end.lever + joint.eccentricity
    on_bolts = where(conventional, 0.5 * end.lever, lever + 0.5 * (lines - 1.0) * joint.gage)
    effective = effective_bolts(drawn_pattern(joint), on_bolts)
    limits = Candidates()
    holes, thickness = hole_sizes(joint), joint.thickness
    plate = ply_bolt(joint, holes, thickness, ply_fu_ksi(joint), joint.edge)
    ply = plate.weaker(_web_bolt(joint, end, holes))
    group = BoltGroup(joint.count, lines, effective, is_eccentric=ALL)
    limits.add_bolts(bolt_shear(joint, 1.0), ply, group)
    needs_slip = slip_is_required_to_be_prevented(joint)
    limits.add(LimitState.SLIP, where(needs_slip, bolt_slip(joint, 1.0) * effective, np.inf))
    yielding = _plate_limits(joint, limits, thickness, (rows, lines))
    length = element_length_in(joint, rows)
    moment = elements.plate_flexural_yielding(ply_fy_ksi(joint), thickness, length)
    bent = 1.0 / np.hypot(1.0 / yielding, lever / scaled(moment, elements.ELEMENT_FLEXURE, joint))
    limits.add(LimitState.ELEMENT_BENDING, where(conventional, np.inf, bent))
    leg = tab_weld_leg_in(joint, end)
    weld = welds.fillet_weld_strength(leg, 2.0 * length, filler_ksi(joint))
    limits.add(LimitState.WELD_STRENGTH, scaled(weld, welds.WELD, joint))
    wall = elements.shear_rupture(MEMBER_FU_KSI, 2.0 * length * end.support_thickness)
    limits.add(LimitState.SUPPORT_SHEAR, scaled(wall, elements.ELEMENT_SHEAR_RUPTURE, joint))
    web_limits(joint, end, limits, rows, lines)
    capacity, state = limits.smallest()
    width = end.lever + (lines - 1.0) * joint.gage + 2.0 * joint.diameter
    price = costs.fixed_usd(Family.SHEAR_TAB) + costs.plate_usd(length * width * thickness)
    price = price + costs.fillet_usd(leg, 2.0 * length, on_site=False)
    grip = thickness + joint.beam.tw_in
    pretensioned = pretension_is_required(joint).astype(float)
    price = price + costs.bolts_usd(joint, joint.count, 2.0 * joint.count, grip, pretensioned)
    return Detail(capacity, state, price)


def tab_weld_leg_in(joint: Joint, end: BeamEnd) -> FloatArray:
    """Return the leg of a tab's fillets: 5/8 of the plate, up to the next sixteenth, at least Table J2.4's."""
    leg = np.ceil(TAB_WELD_RATIO * joint.thickness / SIXTEENTH_IN - 1e-9) * SIXTEENTH_IN
    return maximum(leg, welds.min_fillet_size_in(minimum(joint.thickness, end.support_thickness)))


def _web_bolt(joint: Joint, end: BeamEnd, holes: Holes) -> PlyBolt:
    """Return the strength of one hole in the beam web: with an edge above the top bolt only where it is coped."""
    web = joint.beam.tw_in
    coped = ply_bolt(joint, holes, web, MEMBER_FU_KSI, joint.edge)
    whole = ply_bolt(joint, holes, web, MEMBER_FU_KSI)
    edge = where(end.coped, coped.tearout_edge, whole.tearout_edge)
    return PlyBolt(whole.bearing, edge, whole.tearout_inner)


def double_angle(joint: Joint, end: BeamEnd, costs: CostTable) -> Detail:
    """Return a pair of angles, bolted to the beam web (double shear) and to the support (single shear).

    ``bolt_count`` bolts stand in one line in the web and as many through each outstanding leg. The web bolts see the
    request's eccentricity only (AISC Manual Part 10: none for one line at the usual gage); the legs' bolts carry
    shear, because the angles bend rather than pull.
    """
    rows, lines = joint.count, ONE
    holes, thickness, fu = hole_sizes(joint), joint.thickness, ply_fu_ksi(joint)
    effective = effective_bolts(angle_pattern(joint), joint.eccentricity)
    limits = Candidates()
    angles = ply_bolt(joint, holes, 2.0 * thickness, fu, joint.edge)
    ply = angles.weaker(_web_bolt(joint, end, holes))
    group = BoltGroup(joint.count, lines, effective, joint.eccentricity > 0.0)
    limits.add_bolts(bolt_shear(joint, 2.0), ply, group)
    leg = ply_bolt(joint, holes, thickness, fu, joint.edge)
    wall = ply_bolt(joint, holes, end.support_thickness, MEMBER_FU_KSI)
    outstanding = leg.weaker(wall)
    each = minimum(minimum(bolt_shear(joint, 1.0), outstanding.bearing), outstanding.tearout_edge)
    inside = minimum(minimum(bolt_shear(joint, 1.0), outstanding.bearing), outstanding.tearout_inner)
    limits.add(LimitState.SUPPORT_BOLTS, 2.0 * (each + (joint.count - 1.0) * inside))
    slip = bolt_slip(joint, 2.0) * effective
    limits.add(LimitState.SLIP, where(slip_is_required_to_be_prevented(joint), slip, np.inf))
    _plate_limits(joint, limits, 2.0 * thickness, (rows, lines))
    web_limits(joint, end, limits, rows, lines)
    capacity, state = limits.smallest()
    section = thickness * (2.0 * ANGLE_LEG_IN - thickness)
    steel = costs.angle_usd(2.0 * section * element_length_in(joint, rows))
    price = costs.fixed_usd(Family.DOUBLE_ANGLE) + steel
    tight = pretension_is_required(joint).astype(float)
    price = price + costs.bolts_usd(joint, joint.count, 3.0 * joint.count, 2.0 * thickness + joint.beam.tw_in, tight)
    grip = thickness + end.support_thickness
    price = price + costs.bolts_usd(joint, 2.0 * joint.count, 4.0 * joint.count, grip, tight)
    return Detail(capacity, state, price)


def welded_web(joint: Joint, end: BeamEnd, costs: CostTable) -> Detail:
    """Return the beam web welded on site to the support by a pair of fillets (J2.4), elastic method when eccentric.

    The leg is the smallest sixteenth that carries the load, from Table J2.4 up to the web thickness.
    """
    web = joint.beam.tw_in
    length = maximum(end.web_depth - 2.0 * SETBACK_IN, 1.0)
    legs = SIXTEENTH_IN * np.arange(2.0, MAX_LEG_SIXTEENTHS + 1.0)
    spread = 1.0 / np.hypot(1.0, 6.0 * joint.eccentricity / length)
    nominal = welds.fillet_weld_strength(legs, (2.0 * length * spread)[..., None], filler_ksi(joint)[..., None])
    strengths = nominal * where(joint.lrfd, welds.WELD.phi, 1.0 / welds.WELD.omega)[..., None]
    leg_index = choose_leg(strengths, legs, joint.load, minimum(web, end.support_thickness), web)
    limits = Candidates()
    limits.add(LimitState.WELD_STRENGTH, picked(strengths, leg_index))
    base = elements.shear_rupture(MEMBER_FU_KSI, length * web)
    limits.add(LimitState.BASE_METAL_SHEAR, scaled(base, elements.ELEMENT_SHEAR_RUPTURE, joint) * spread)
    yielding = scaled(elements.shear_yielding(MEMBER_FY_KSI, length * web), elements.ELEMENT_SHEAR_YIELD, joint)
    moment = elements.plate_flexural_yielding(MEMBER_FY_KSI, web, length)
    bent = 1.0 / np.hypot(1.0 / yielding, joint.eccentricity / scaled(moment, elements.ELEMENT_FLEXURE, joint))
    limits.add(LimitState.ELEMENT_BENDING, bent)
    wall = elements.shear_rupture(MEMBER_FU_KSI, 2.0 * length * end.support_thickness)
    limits.add(LimitState.SUPPORT_SHEAR, scaled(wall, elements.ELEMENT_SHEAR_RUPTURE, joint))
    web_limits(joint, end, limits, ZERO, ZERO)
    capacity, state = limits.smallest()
    price = costs.fixed_usd(Family.WELDED) + costs.fillet_usd(legs[leg_index], 2.0 * length, on_site=True)
    return Detail(capacity, state, price)
