"""Load effects in a member, its own weight included: factored moment, shear and axial force, service deflections."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structural.aisc.constants import E_KSI
from structural.elementwise import maximum, minimum, power, squared, where
from structural.problems.section_optimizer.request import Members

LB_FT_TO_KIP_IN = 1.0 / 12_000.0


@dataclass(frozen=True, slots=True)
class Effects:
    """Demands, arrays of one shape. ``*_bend`` are deflections times I (in5)."""

    moment_kip_in: NDArray[np.float64]
    shear_kip: NDArray[np.float64]
    axial_kip: NDArray[np.float64]
    axial_p_delta_kip: NDArray[np.float64]
    """The axial force that enters B1: alpha Pr, alpha 1.0 (LRFD) or 1.6 (ASD)."""
    live_bend: NDArray[np.float64]
    dead_bend: NDArray[np.float64]


def combine(dead: NDArray, live: NDArray, asd: NDArray) -> NDArray[np.float64]:
    """Return the governing combination of ASCE 7: D + L (ASD) or the larger of 1.4 D and 1.2 D + 1.6 L (LRFD)."""
    factored = maximum(1.2 * dead + 1.6 * live, 1.4 * dead)
    return where(asd, dead + live, factored)


def load_effects(members: Members, weight_lb_ft: NDArray) -> Effects:
    """Return the demands on members of this self-weight; shapes broadcast (members (n, 1) or one x weights, or pairs).

    Moment, shear and axial force are the envelope over the combinations.
    """
    weight = weight_lb_ft * LB_FT_TO_KIP_IN
    w_dead = members.w_dead + weight * members.transverse_weight
    w_design = combine(w_dead, members.w_live, members.asd)
    axial = combine(members.p_dead + weight * members.axial_weight_in, members.p_live, members.asd)
    bend = members.deflection_factor * power(members.span_in, 4) / E_KSI
    return Effects(
        moment_kip_in=members.moment_factor * w_design * squared(members.span_in),
        shear_kip=members.shear_factor * w_design * members.span_in,
        axial_kip=axial,
        axial_p_delta_kip=where(members.asd, 1.6, 1.0) * axial,
        live_bend=bend * members.w_live,
        dead_bend=bend * w_dead,
    )


def deflection_ratios(members: Members, effects: Effects, ix_in4: NDArray) -> tuple[NDArray, NDArray]:
    """Return live-load and total-load deflection over their limits.

    Camber is taken off the total deflection, at most the dead-load part of it: camber never lifts live load.
    """
    live = effects.live_bend / ix_in4
    dead = effects.dead_bend / ix_in4
    total = live + dead - minimum(members.camber_in, dead)
    return live / members.live_limit_in, total / members.total_limit_in
