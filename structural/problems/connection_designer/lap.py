"""Families of the lap splice, detailed: bearing bolted, slip-critical bolted, welded.

One main ply of the given thickness, lapped by one ply (one shear plane) or two of half its thickness (two planes).
Bolts stand in two lines from four bolts on; the overlap is the length the bolts need.
"""

from dataclasses import dataclass

import numpy as np

from structural.aisc import bolts, elements, welds
from structural.elementwise import maximum, minimum, picked, power, squared, where, within
from structural.problems.connection_designer.catalogue import LIMIT_STATES, Family, LimitState
from structural.problems.connection_designer.costs import CostTable
from structural.problems.connection_designer.layout import drawn_pattern, effective_bolts
from structural.problems.connection_designer.request import BOLT_GRADES, ONE, FloatArray, Joint, once
from structural.problems.connection_designer.strengths import (
    SIXTEENTH_IN,
    BoltGroup,
    Candidates,
    Detail,
    bolt_shear,
    bolt_slip,
    filler_ksi,
    hole_sizes,
    ply_bolt,
    ply_fu_ksi,
    ply_fy_ksi,
    pretension_is_required,
    scaled,
)

MAX_LEG_SIXTEENTHS = 16


@once
def overlap_in(joint: Joint) -> FloatArray:
    """Return the length of the overlap, (n,): bolt rows and an edge distance at each end."""
    return (joint.lap_rows - 1.0) * joint.spacing + 2.0 * joint.edge


def _ply_costs(joint: Joint, costs: CostTable) -> FloatArray:
    return costs.plate_usd(2.0 * joint.width * overlap_in(joint) * joint.thickness)


def _ply_with_bending(joint: Joint, yielding: FloatArray) -> FloatArray:
    """Return the load at which the ply yields under tension and in-plane bending, linear interaction (H1, F11)."""
    moment = elements.plate_flexural_yielding(ply_fy_ksi(joint), joint.thickness, joint.width)
    available = scaled(moment, elements.ELEMENT_FLEXURE, joint)
    return 1.0 / (1.0 / yielding + joint.eccentricity / available)


def _ply_limits(joint: Joint, candidates: Candidates) -> None:
    holes = hole_sizes(joint)
    lines, rows, thickness = joint.lap_lines, joint.lap_rows, joint.thickness
    fy, fu = ply_fy_ksi(joint), ply_fu_ksi(joint)
    gross = scaled(elements.tension_yielding(fy, joint.width * thickness), elements.ELEMENT_TENSION_YIELD, joint)
    net_width = maximum(joint.width - lines * holes.net_across, 0.01)
    rupture = elements.tension_rupture(fu, net_width * thickness)
    length = (rows - 1.0) * joint.spacing + joint.edge
    net_length = maximum(length - (rows - 0.5) * holes.net_along, 0.01)
    # Two lines tear out together or with the strips outside them; a single line takes one side of the ply with it.
    between = where(lines == 2.0, joint.gage - holes.net_across, 0.5 * (joint.width - holes.net_across))
    outside = where(lines == 2.0, joint.width - joint.gage - holes.net_across, between)
    planes = where(lines == 2.0, 2.0, 1.0)
    tension_width = maximum(minimum(between, outside), 0.0)
    block = elements.block_shear(
        planes * length * thickness, planes * net_length * thickness, tension_width * thickness, 1.0, fy, fu
    )
    candidates.add(LimitState.TENSION_YIELDING, gross)
    bent = _ply_with_bending(joint, gross)
    candidates.add(LimitState.ELEMENT_BENDING, where(joint.eccentricity > 0.0, bent, np.inf))
    candidates.add(LimitState.TENSION_RUPTURE, scaled(rupture, elements.ELEMENT_TENSION_RUPTURE, joint))
    candidates.add(LimitState.BLOCK_SHEAR, scaled(block, elements.BLOCK_SHEAR, joint))


def bolted(joint: Joint, costs: CostTable) -> tuple[Detail, Detail]:
    """Return the bearing-type and the slip-critical splice, which differ by slip (J3.9), preparation and pretension."""
    limits = Candidates()
    _ply_limits(joint, limits)
    effective = effective_bolts(drawn_pattern(joint), joint.eccentricity)
    grip = 2.0 * joint.thickness
    shear = bolt_shear(joint, joint.planes) * bolts.long_joint_factor((joint.lap_rows - 1.0) * joint.spacing)
    grip_factor = bolts.grip_factor_a307(grip, joint.diameter)
    shear = where(joint.grade == BOLT_GRADES.index("A307"), shear * grip_factor, shear)
    ply = ply_bolt(joint, hole_sizes(joint), joint.thickness, ply_fu_ksi(joint), joint.edge)
    limits.add_bolts(shear, ply, BoltGroup(joint.count, joint.lap_lines, effective, joint.eccentricity > 0.0))
    capacity, state = limits.smallest()
    slip = bolt_slip(joint, joint.planes) * effective
    holes = joint.count * (joint.planes + 1.0)
    pieces = _ply_costs(joint, costs)
    snug = costs.bolts_usd(joint, joint.count, holes, grip, pretension_is_required(joint).astype(float))
    tight = costs.bolts_usd(joint, joint.count, holes, grip, ONE)
    surface = costs.faying_surface_usd_per_in2 * 2.0 * joint.planes * joint.width * overlap_in(joint)
    return (
        Detail(capacity, state, costs.fixed_usd(Family.BOLTED_BEARING) + pieces + snug),
        Detail(
            minimum(capacity, slip),
            where(slip < capacity, LIMIT_STATES.index(LimitState.SLIP), state),
            costs.fixed_usd(Family.BOLTED_SLIP_CRITICAL) + pieces + tight + surface,
        ),
    )


@dataclass(frozen=True, slots=True)
class WeldLines:
    """Weld lines on one face: a pair along the load and one across its end, in.; ``lever`` is e."""

    along: FloatArray
    across: FloatArray
    lever: FloatArray

    def load_factor(self) -> FloatArray:
        """Return load over (stress x length unit) at first overload of the eccentric group, elastic method, in."""
        length = 2.0 * self.along + self.across
        # Centroid from the transverse line; the critical points are the far ends of the longitudinal pair.
        centre = squared(self.along) / length
        along = 2.0 * (power(self.along, 3) / 12.0 + self.along * squared(0.5 * self.along - centre))
        line = self.across * squared(centre)
        polar = along + line + self.along * squared(self.across) / 2.0 + power(self.across, 3) / 12.0
        x, y = 0.5 * self.across, maximum(self.along - centre, centre)
        twist = self.lever / polar
        return 1.0 / np.hypot(twist * y, 1.0 / length + twist * x)


def welded(joint: Joint, costs: CostTable) -> Detail:
    """Return the splice with fillets along both edges and across one end, each face, made on site (J2.2b, J2.4).

    The leg is the smallest sixteenth, from Table J2.4 up to the greatest that the lapping ply's edge allows, that
    carries the load; where none does, the greatest.
    """
    thickness = joint.thickness / joint.planes
    lines = WeldLines(overlap_in(joint), joint.width, joint.eccentricity)
    legs = SIXTEENTH_IN * np.arange(2.0, MAX_LEG_SIXTEENTHS + 1.0)
    fexx = filler_ksi(joint)[..., None]
    length = lines.along[..., None]
    pair = welds.fillet_weld_strength(legs, 2.0 * length * welds.long_weld_factor(length / legs), fexx)
    end = welds.fillet_weld_strength(legs, lines.across[..., None], fexx)
    concentric = welds.weld_group_strength(pair, end)
    eccentric = welds.fillet_weld_strength(legs, lines.load_factor()[..., None], fexx)
    nominal = joint.planes[..., None] * where(lines.lever[..., None] > 0.0, eccentric, concentric)
    factor = where(joint.lrfd, welds.WELD.phi, 1.0 / welds.WELD.omega)[..., None]
    strengths = nominal * factor
    leg_index = choose_leg(strengths, legs, joint.load, thickness, welds.max_fillet_size_in(thickness))
    limits = Candidates()
    limits.add(LimitState.WELD_STRENGTH, picked(strengths, leg_index))
    gross = scaled(
        elements.tension_yielding(ply_fy_ksi(joint), joint.width * joint.thickness),
        elements.ELEMENT_TENSION_YIELD,
        joint,
    )
    limits.add(LimitState.TENSION_YIELDING, gross)
    limits.add(LimitState.ELEMENT_BENDING, where(lines.lever > 0.0, _ply_with_bending(joint, gross), np.inf))
    rupture = elements.tension_rupture(ply_fu_ksi(joint), joint.width * joint.thickness)
    limits.add(LimitState.TENSION_RUPTURE, scaled(rupture, elements.ELEMENT_TENSION_RUPTURE, joint))
    # Base metal: the block along both edges and across the end, at most what the two pairs of edges shear.
    edge = elements.shear_rupture(ply_fu_ksi(joint), (2.0 * lines.along + lines.across) * joint.thickness)
    limits.add(LimitState.BASE_METAL_SHEAR, scaled(edge, elements.ELEMENT_SHEAR_RUPTURE, joint))
    capacity, state = limits.smallest()
    weld_length = joint.planes * (2.0 * lines.along + lines.across)
    price = costs.fixed_usd(Family.WELDED) + _ply_costs(joint, costs)
    return Detail(capacity, state, price + costs.fillet_usd(legs[leg_index], weld_length, on_site=True))


def choose_leg(
    strengths: FloatArray, legs: FloatArray, load: FloatArray, thinner: FloatArray, greatest: FloatArray
) -> np.ndarray:
    """Return the position in ``legs`` (k,) of the smallest permitted leg whose ``strengths`` (n, k) carry the load.

    ``thinner`` (n,) is the thinner part joined (Table J2.4), ``greatest`` (n,) the largest leg; the least size wins
    where it exceeds the greatest.
    """
    least = welds.min_fillet_size_in(thinner)
    low = np.searchsorted(legs, least - 1e-9)
    high = maximum(np.searchsorted(legs, greatest + 1e-9) - 1, low)
    enough = where(strengths.max(axis=-1) >= load, (strengths >= load[..., None]).argmax(axis=-1), len(legs) - 1)
    return within(enough, low, high)
