"""The engine's verdict on a member made of a shape: every limit state, demand over capacity.

This is the truth behind the labels and the proof behind what is served. A member is checked for flexure with lateral-
torsional and flange local buckling (F2, F3), web shear (G2.1), flexural buckling with slender elements (E3, E7; braces
are taken to hold twist too, so E4 does not govern), slenderness (E2 user note, Lc/r <= 200 in compression), combined
axial force and bending (H1.1 with B1 of Appendix 8, Cm = 1) and live-load and total-load deflection (L2). The depth
limit is not a ratio: a deeper shape is out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structural.aisc.compression import COMPRESSION, compressive_strength
from structural.aisc.flexure import FLEXURE, Flexure, major_axis_flexure
from structural.aisc.interaction import euler_load_kip, h1_interaction
from structural.aisc.method import available
from structural.aisc.shear import major_axis_shear
from structural.problems.section_optimizer.effects import deflection_ratios, load_effects
from structural.problems.section_optimizer.request import LIMIT_STATES, MAX_SLENDERNESS, METHODS, RATIO_CAP, Members
from structural.shapes import ShapeTable

CLAUSES = {
    "flexural_yielding": "AISC 360-22 F2.1",
    "lateral_torsional_buckling": "AISC 360-22 F2.2",
    "flange_local_buckling": "AISC 360-22 F3.2",
    "shear": "AISC 360-22 G2.1",
    "compression": "AISC 360-22 E3, E7",
    "slenderness": "AISC 360-22 E2 (user note)",
    "combined_axial_flexure": "AISC 360-22 H1.1",
    "live_load_deflection": "AISC 360-22 L2",
    "total_load_deflection": "AISC 360-22 L2",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Utilization of pairs of member and shape, all arrays of shape (k,).

    ``ratios`` (k, len(LIMIT_STATES)) in the order of `LIMIT_STATES`; ``utilization`` their maximum; ``governing`` its
    position; ``passes`` where the utilization is at most 1 and the shape is not too deep.
    """

    ratios: NDArray[np.float64]
    utilization: NDArray[np.float64]
    governing: NDArray[np.int64]
    passes: NDArray[np.bool_]

    def take(self, rows: NDArray[np.intp]) -> "Verdict":
        """Return the verdicts of these pairs."""
        return Verdict(self.ratios[rows], self.utilization[rows], self.governing[rows], self.passes[rows])

    def governing_names(self) -> NDArray[np.str_]:
        """Return the name of the governing limit state of each pair, shape (k,)."""
        return np.array(LIMIT_STATES)[self.governing]


def check(members: Members, shapes: ShapeTable) -> Verdict:
    """Check k pairs: ``members`` and ``shapes`` both have k rows, paired row by row, or one member meets k shapes."""
    effects = load_effects(members, shapes.weight_lb_ft)
    method = METHODS[int(members.asd)] if members.asd.ndim == 0 else np.array(METHODS)[members.asd.astype(int)]
    flexure = major_axis_flexure(shapes, members.fy_ksi, members.lb_in, members.cb)
    bending = effects.moment_kip_in / available(flexure.mn_kip_in, FLEXURE, method)
    shear = major_axis_shear(shapes, members.fy_ksi)
    column = compressive_strength(shapes, members.fy_ksi, members.lcx_in, members.lcy_in)
    axial = effects.axial_kip / available(column.pn_kip, COMPRESSION, method)
    slenderness = np.maximum(members.lcx_in / shapes.rx_in, members.lcy_in / shapes.ry_in) / MAX_SLENDERNESS
    elastic_share = effects.axial_p_delta_kip / euler_load_kip(shapes.ix_in4, members.le1_in)
    live, total = deflection_ratios(members, effects, shapes.ix_in4)
    both = (axial > 0.0) & (bending > 0.0)
    ratios = np.stack(
        [
            *_by_flexure_state(flexure, bending),
            effects.shear_kip / available(shear.vn_kip, shear.factor, method),
            axial,
            np.where(members.compressed, slenderness, 0.0),
            np.where(both, _combined(axial, bending, elastic_share), 0.0),
            live,
            total,
        ],
        axis=1,
    )
    ratios = np.minimum(ratios, RATIO_CAP)
    utilization = ratios.max(axis=1)
    return Verdict(
        ratios=ratios,
        utilization=utilization,
        governing=ratios.argmax(axis=1),
        passes=(utilization <= 1.0) & (shapes.d_in <= members.depth_limit_in),
    )


def _by_flexure_state(flexure: Flexure, bending: NDArray) -> list[NDArray[np.float64]]:
    """Return the bending ratio in the column of the state that governs it, 0 in the two others."""
    return [np.where(flexure.governing == state, bending, 0.0) for state in range(3)]


def _combined(axial: NDArray, bending: NDArray, elastic_share: NDArray) -> NDArray[np.float64]:
    """Return H1-1 with the moment amplified by B1 = 1 / (1 - alpha Pr/Pe1); past elastic buckling `RATIO_CAP`."""
    b1 = 1.0 / np.maximum(1.0 - elastic_share, 1.0 / RATIO_CAP)
    return np.where(elastic_share < 1.0, h1_interaction(axial, b1 * bending), RATIO_CAP)
