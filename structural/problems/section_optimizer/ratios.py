"""Demand/capacity-like ratios from textbook mechanics: what the model reads, and a screen that is exact.

Nothing here is the Specification's own strength curve. `necessary` are upper bounds of strength (full plastic moment,
squash load, Euler load, full web yield), so a ratio above 1 rules a shape out for certain. `estimate` closes the gap
with smooth engineering approximations (one column curve, a straight line between plastic and yield moment); what the
Specification makes of it is left for the trees to learn.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structural.aisc.constants import E_KSI
from structural.elementwise import maximum, minimum, squared, where, within
from structural.problems.section_optimizer.effects import Effects, deflection_ratios, load_effects
from structural.problems.section_optimizer.request import MAX_SLENDERNESS, RATIO_CAP, Members
from structural.shapes import ShapeTable

PERRY_IMPERFECTION = (0.21, 0.2)
"""Imperfection factor and plateau of the Ayrton-Perry column formula for rolled shapes (EN 1993-1-1, curve a)."""
_TINY = 1e-9
_BENDING_FACTOR = (0.90, 1 / 1.67)
_SHEAR_FACTOR = (1.00, 1 / 1.50)


@dataclass(frozen=True, slots=True)
class Necessary:
    """Ratios that must be <= 1 for a shape to pass; arrays of one shape."""

    plastic: NDArray[np.float64]
    shear: NDArray[np.float64]
    squash: NDArray[np.float64]
    euler: NDArray[np.float64]
    slenderness: NDArray[np.float64]
    live: NDArray[np.float64]
    total: NDArray[np.float64]
    too_deep: NDArray[np.bool_]
    effects: Effects

    def hopeless(self) -> NDArray[np.bool_]:
        """Return where a shape cannot pass, whatever the exact strength is."""
        axial = maximum(self.squash, self.euler)
        # H1-1a and H1-1b are both at least this, and B1 >= 1.
        combined = 0.5 * axial + 8.0 / 9.0 * self.plastic
        worst = np.maximum.reduce([self.plastic, self.shear, axial, self.slenderness, self.live, self.total, combined])
        return np.asarray(self.too_deep | (worst > 1.0))


def strength_factor(asd: NDArray, pair: tuple[float, float]) -> NDArray[np.float64]:
    """Return phi (LRFD) or 1/Omega (ASD), shape of ``asd``; ``pair`` is (phi, 1/Omega)."""
    return where(asd, pair[1], pair[0])


def necessary(members: Members, shapes: ShapeTable) -> Necessary:
    """Return the exact screen; members (n, 1) x shapes (m,) give (n, m), one x (m,) gives (m,), both (k,) k pairs."""
    effects = load_effects(members, shapes.weight_lb_ft)
    bending = strength_factor(members.asd, _BENDING_FACTOR)
    shear = strength_factor(members.asd, _SHEAR_FACTOR)
    live, total = deflection_ratios(members, effects, shapes.ix_in4)
    slenderness = _slenderness(members, shapes)
    axial_area = effects.axial_kip / (bending * shapes.area_in2)
    return Necessary(
        plastic=effects.moment_kip_in / (bending * members.fy_ksi * shapes.zx_in3),
        shear=effects.shear_kip / (shear * 0.6 * members.fy_ksi * shapes.d_in * shapes.tw_in),
        squash=axial_area / members.fy_ksi,
        euler=axial_area * slenderness**2 / (np.pi**2 * E_KSI),
        slenderness=where(members.compressed, slenderness / MAX_SLENDERNESS, 0.0),
        live=live,
        total=total,
        too_deep=shapes.d_in > members.depth_limit_in,
        effects=effects,
    )


def _slenderness(members: Members, shapes: ShapeTable) -> NDArray[np.float64]:
    return maximum(members.lcx_in / shapes.rx_in, members.lcy_in / shapes.ry_in)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Approximate demand/capacity ratios of pairs and the coordinates they came from; arrays of one shape."""

    utilization: NDArray[np.float64]
    axial: NDArray[np.float64]
    moment: NDArray[np.float64]
    interaction: NDArray[np.float64]
    column_slenderness: NDArray[np.float64]
    bending: "BendingEstimate"
    euler_x: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BendingEstimate:
    """Approximate flexural strength over the plastic moment, and its coordinates; arrays of one shape."""

    strength: NDArray[np.float64]
    elastic: NDArray[np.float64]
    first_yield: NDArray[np.float64]
    lb_over_lp: NDArray[np.float64]
    lb_over_lr: NDArray[np.float64]
    torsion_term: NDArray[np.float64]


def estimate(members: Members, shapes: ShapeTable, bounds: Necessary) -> Estimate:
    """Return the approximate ratios; the same broadcasting as `necessary`."""
    lam = np.sqrt(bounds.euler / maximum(bounds.squash, _TINY))
    axial = bounds.squash / _perry_reduction(lam)
    bending = estimate_bending(members, shapes)
    euler_x = bounds.effects.axial_p_delta_kip * squared(members.le1_in) / (np.pi**2 * E_KSI * shapes.ix_in4)
    amplified = bounds.plastic / maximum(1.0 - euler_x, 1.0 / RATIO_CAP)
    moment = amplified / bending.strength
    interaction = where(axial >= 0.2, axial + 8.0 / 9.0 * moment, 0.5 * axial + moment)
    worst = np.maximum.reduce([interaction, axial, bounds.shear, bounds.slenderness, bounds.live, bounds.total])
    return Estimate(
        utilization=within(worst, _TINY, RATIO_CAP),
        axial=axial,
        moment=moment,
        interaction=interaction,
        column_slenderness=lam,
        bending=bending,
        euler_x=euler_x,
    )


def _perry_reduction(lam: NDArray) -> NDArray[np.float64]:
    imperfection, plateau = PERRY_IMPERFECTION
    half = 0.5 * (1.0 + imperfection * maximum(lam - plateau, 0.0) + lam**2)
    return np.asarray(1.0 / (half + np.sqrt(maximum(half**2 - lam**2, 0.0))))


def estimate_bending(members: Members, shapes: ShapeTable) -> BendingEstimate:
    """Return the approximate flexural strength: elastic buckling theory and a straight line to the plastic moment.

    The line runs over the slenderness sqrt(Mp/Mcr), from the plastic plateau to first yield (0.7 Fy, residual stress).
    """
    fy = members.fy_ksi
    torsion = shapes.j_in4 / (shapes.sx_in3 * shapes.ho_in)
    lp_in = 1.76 * shapes.ry_in * np.sqrt(E_KSI / fy)
    lr_in = np.pi * shapes.rts_in * np.sqrt(E_KSI / (0.7 * fy))
    shape_factor = shapes.sx_in3 / shapes.zx_in3
    elastic = _elastic_buckling(members.lb_in, shapes.rts_in, torsion) * shape_factor / fy
    at_plateau = _elastic_buckling(lp_in, shapes.rts_in, torsion) * shape_factor / fy
    first_yield = 0.7 * shape_factor
    start, end = 1.0 / np.sqrt(at_plateau), 1.0 / np.sqrt(first_yield)
    line = 1.0 - (1.0 - first_yield) * (1.0 / np.sqrt(elastic) - start) / (end - start)
    buckling = where(elastic < first_yield, elastic, line)
    return BendingEstimate(
        strength=minimum(members.cb * buckling, 1.0),
        elastic=elastic,
        first_yield=first_yield,
        lb_over_lp=members.lb_in / lp_in,
        lb_over_lr=members.lb_in / lr_in,
        torsion_term=torsion * E_KSI / (0.7 * fy),
    )


def _elastic_buckling(lb_in: NDArray, rts_in: NDArray, torsion: NDArray) -> NDArray[np.float64]:
    """Return the elastic lateral-torsional buckling stress (ksi) of a beam under uniform moment."""
    slenderness_sq = maximum(lb_in / rts_in, 1.0) ** 2
    return np.asarray(np.pi**2 * E_KSI / slenderness_sq * np.sqrt(1.0 + 0.078 * torsion * slenderness_sq))
