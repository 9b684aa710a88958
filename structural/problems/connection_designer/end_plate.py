"""The extended end plate, detailed: four tension bolts, unstiffened, beam to column flange.

Plate welded to the beam end (groove welds at the flanges), bolted to the column flange. The moment at the column face
is load times eccentricity. Four bolts stand about the tension flange; all others carry shear. Plate by the thick-plate
procedure of AISC Design Guide 4 and AISC 358 Chapter 6 (four-bolt unstiffened, Table 6.2): its thickness is chosen, in
eighths, so that the bolts govern. Column stiffeners are not offered: J10 governs instead.
"""

import numpy as np

from structural.aisc import concentrated, elements
from structural.aisc.method import Factor
from structural.aisc.shear import major_axis_shear
from structural.elementwise import maximum, minimum, where
from structural.problems.connection_designer.catalogue import Family, LimitState
from structural.problems.connection_designer.costs import CostTable
from structural.problems.connection_designer.layout import BeamEnd
from structural.problems.connection_designer.request import NONE, ONE, FloatArray, Joint, once
from structural.problems.connection_designer.strengths import (
    MEMBER_FU_KSI,
    MEMBER_FY_KSI,
    BoltGroup,
    Candidates,
    Detail,
    bolt_shear,
    bolt_slip,
    bolt_tension,
    hole_sizes,
    ply_bolt,
    ply_fu_ksi,
    ply_fy_ksi,
    scaled,
    slip_is_required_to_be_prevented,
)

TENSION_BOLTS = 4
GAGE_IN = 5.5
"""Usual gage of bolts in a column flange."""
MAX_PLATE_IN = 2.5
BOLT_CLEARANCE_IN = 0.5
"""Bolt centre to flange face: d + 1/2 in."""
THICK_PLATE_FACTOR = 1.11
PANEL_ZONE = Factor(0.90, 1.67)
FAR_FROM_END_IN = 1e3
MIN_ECCENTRICITY_IN = 1e-3


@once
def lever_arms_in(joint: Joint) -> tuple[FloatArray, FloatArray]:
    """Return h0 and h1, outer and inner tension bolts to the centre of the compression flange, (n,) in."""
    beam = joint.beam
    pitch = joint.diameter + BOLT_CLEARANCE_IN
    return beam.d_in - 0.5 * beam.tf_in + pitch, beam.d_in - 1.5 * beam.tf_in - pitch


def plate_width_in(joint: Joint) -> FloatArray:
    """Return the width of the end plate, (n,) in.: beam flange plus 1 in."""
    return joint.beam.bf_in + 1.0


@once
def plate_thickness_in(joint: Joint) -> FloatArray:
    """Return the thickness, in eighths, at which the plate is stronger than 1.11 times the bolts, (n,) in.

    Yield-line parameter Yp of the four-bolt unstiffened plate, AISC 358 Table 6.2.
    """
    outer, inner = lever_arms_in(joint)
    width = plate_width_in(joint)
    reach = 0.5 * np.sqrt(width * GAGE_IN)
    pitch = minimum(joint.diameter + BOLT_CLEARANCE_IN, reach)
    lines = 0.5 * width * (inner * (1.0 / pitch + 1.0 / reach) + outer / pitch - 0.5)
    lines = lines + 2.0 / GAGE_IN * inner * (pitch + reach)
    moment = 2.0 * bolt_tension(joint) * (outer + inner)
    plate_unit = scaled(ply_fy_ksi(joint) * lines, elements.ELEMENT_FLEXURE, joint)
    exact = np.sqrt(THICK_PLATE_FACTOR * moment / plate_unit)
    return np.ceil(exact * 8.0 - 1e-9) / 8.0


def _column_limits(joint: Joint, limits: Candidates, plate: FloatArray, arm: FloatArray) -> None:
    """Add J10.1, J10.2, J10.3 and J10.6 for the flange forces; ``arm`` (n,) turns a flange force into a load."""
    column, far = joint.support, FAR_FROM_END_IN
    bearing_length = joint.beam.tf_in + 2.0 * plate
    flange = concentrated.flange_local_bending(MEMBER_FY_KSI, column.tf_in, far)
    yielding = concentrated.web_local_yielding(column, MEMBER_FY_KSI, bearing_length, far)
    crippling = concentrated.web_crippling(column, MEMBER_FY_KSI, bearing_length, far)
    panel = elements.shear_yielding(MEMBER_FY_KSI, column.d_in * column.tw_in)
    for state, strength, factor in (
        (LimitState.COLUMN_FLANGE_BENDING, flange, concentrated.FLANGE_BENDING),
        (LimitState.COLUMN_WEB_YIELDING, yielding, concentrated.WEB_YIELDING),
        (LimitState.COLUMN_WEB_CRIPPLING, crippling, concentrated.WEB_CRIPPLING),
        (LimitState.PANEL_ZONE_SHEAR, panel, PANEL_ZONE),
    ):
        limits.add(state, scaled(strength, factor, joint) * arm)


def extended_end_plate(joint: Joint, end: BeamEnd, costs: CostTable) -> Detail:
    """Return the extended end plate; its capacity is the load at which shear or moment reaches a limit state."""
    beam, plate = joint.beam, plate_thickness_in(joint)
    outer, inner = lever_arms_in(joint)
    eccentricity = maximum(joint.eccentricity, MIN_ECCENTRICITY_IN)
    arm = (beam.d_in - beam.tf_in) / eccentricity
    limits = Candidates()
    limits.add(LimitState.BOLT_TENSION, 2.0 * bolt_tension(joint) * (outer + inner) / eccentricity)
    holes = hole_sizes(joint)
    hole = ply_bolt(joint, holes, plate, ply_fu_ksi(joint))
    hole = hole.weaker(ply_bolt(joint, holes, end.support_thickness, MEMBER_FU_KSI))
    shear_bolts = maximum(joint.count - TENSION_BOLTS, 0.1)
    limits.add_bolts(bolt_shear(joint, 1.0), hole, BoltGroup(shear_bolts, shear_bolts, shear_bolts, is_eccentric=NONE))
    slip = where(slip_is_required_to_be_prevented(joint), bolt_slip(joint, 1.0) * shear_bolts, np.inf)
    limits.add(LimitState.SLIP, slip)
    width = plate_width_in(joint)
    edge_shear = elements.shear_yielding(ply_fy_ksi(joint), 2.0 * width * plate)
    limits.add(LimitState.SHEAR_YIELDING, scaled(edge_shear, elements.ELEMENT_SHEAR_YIELD, joint) * arm)
    web = major_axis_shear(beam, MEMBER_FY_KSI)
    limits.add(LimitState.BEAM_WEB_SHEAR, scaled(web.vn_kip, web.factor, joint))
    _column_limits(joint, limits, plate, arm)
    capacity, state = limits.smallest()
    height = beam.d_in + 2.0 * (joint.diameter + BOLT_CLEARANCE_IN + joint.edge)
    price = costs.fixed_usd(Family.EXTENDED_END_PLATE) + costs.plate_usd(height * width * plate)
    price = price + costs.groove_usd(beam.tf_in, 2.0 * beam.bf_in)
    price = price + costs.fillet_usd(0.625 * beam.tw_in, 2.0 * beam.h_in, on_site=False)
    grip = plate + end.support_thickness
    bolts_usd = costs.bolts_usd(joint, joint.count, 2.0 * joint.count, grip, ONE)
    return Detail(capacity, state, price + bolts_usd)
