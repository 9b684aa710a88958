"""Rough prices of the families over that of the welded joint, with the default table as a yardstick."""

from functools import cache

import numpy as np

from structural.elementwise import maximum
from structural.problems.connection_designer.beam import element_length_in, tab_weld_leg_in
from structural.problems.connection_designer.catalogue import Family
from structural.problems.connection_designer.costs import CostTable
from structural.problems.connection_designer.end_plate import plate_thickness_in, plate_width_in
from structural.problems.connection_designer.lap import overlap_in
from structural.problems.connection_designer.layout import BeamEnd, tab_lines
from structural.problems.connection_designer.request import ONE, FloatArray, Joint
from structural.problems.connection_designer.strengths import pretension_is_required


@cache
def _prices() -> CostTable:
    return CostTable()


def lap_costs(joint: Joint, leg: FloatArray) -> dict[str, FloatArray]:
    """Return the logarithm of the price of both bolted splices over the welded one of this leg (n,), in."""
    prices = _prices()
    tight = pretension_is_required(joint).astype(float)
    overlap = overlap_in(joint)
    bolted = prices.bolts_usd(joint, joint.count, joint.count * (joint.planes + 1.0), 2.0 * joint.thickness, tight)
    steel = prices.plate_usd(2.0 * joint.width * overlap * joint.thickness)
    length = joint.planes * (2.0 * overlap + joint.width)
    welded = steel + prices.fixed_usd(Family.WELDED) + prices.fillet_usd(leg, length, on_site=True)
    surface = prices.faying_surface_usd_per_in2 * 2.0 * joint.planes * joint.width * overlap
    bearing = steel + bolted + prices.fixed_usd(Family.BOLTED_BEARING)
    slip = steel + bolted + surface + prices.fixed_usd(Family.BOLTED_SLIP_CRITICAL)
    return {"cost_bolted": np.log(bearing / welded), "cost_slip_critical": np.log(slip / welded)}


def beam_costs(joint: Joint, end: BeamEnd, leg: FloatArray) -> dict[str, FloatArray]:
    """Return the logarithm of the price of tab, angles and end plate over the welded web of this leg (n,), in."""
    prices, thickness = _prices(), joint.thickness
    tight = pretension_is_required(joint).astype(float)
    weld_length = 2.0 * maximum(end.web_depth - 1.0, 1.0)
    welded = prices.fixed_usd(Family.WELDED) + prices.fillet_usd(leg, weld_length, on_site=True)
    tab_bolts = prices.bolts_usd(joint, joint.count, 2.0 * joint.count, thickness + joint.beam.tw_in, tight)
    height = element_length_in(joint, np.ceil(joint.count / tab_lines(joint, end)))
    tab = prices.plate_usd(height * thickness * (end.lever + 2.0 * joint.diameter))
    tab = tab + prices.fillet_usd(tab_weld_leg_in(joint, end), 2.0 * height, on_site=False)
    angle_bolts = prices.bolts_usd(joint, 3.0 * joint.count, 7.0 * joint.count, thickness + joint.beam.tw_in, tight)
    angles = prices.angle_usd(16.0 * thickness * element_length_in(joint, joint.count))
    plate = prices.plate_usd((joint.beam.d_in + 4.0) * plate_width_in(joint) * plate_thickness_in(joint))
    plate = plate + prices.groove_usd(joint.beam.tf_in, 2.0 * joint.beam.bf_in)
    grip = plate_thickness_in(joint) + end.support_thickness
    plate_bolts = prices.bolts_usd(joint, joint.count, 2.0 * joint.count, grip, ONE)
    return {
        "cost_tab": np.log((tab + tab_bolts + prices.fixed_usd(Family.SHEAR_TAB)) / welded),
        "cost_angles": np.log((angles + angle_bolts + prices.fixed_usd(Family.DOUBLE_ANGLE)) / welded),
        "cost_plate": np.log((plate + plate_bolts + prices.fixed_usd(Family.EXTENDED_END_PLATE)) / welded),
    }
