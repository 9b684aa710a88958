"""Flexure of hollow sections, ANSI/AISC 360-22 F7 (rectangular and square HSS) and F8 (round HSS and pipe).

Factor `structural.aisc.flexure.FLEXURE`.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.classification import (
    Limits,
    hollow_flange_limits,
    hollow_web_limits,
    round_limits,
)
from structural.aisc.constants import E_KSI
from structural.aisc.limit_states import (
    checked_cb,
    checked_length,
    checked_stress,
    governing_state,
    refuse,
    transition,
    weakest,
)
from structural.checks import FloatArray, IntArray, enum_codes
from structural.hollow import RectangularHssTable, RoundHssTable


class BendingAxis(StrEnum):
    """Axis of bending of a rectangular HSS: x, the strong one, or y."""

    X = "x"
    Y = "y"


class HollowState(IntEnum):
    """Limit state of a rectangular HSS that governs; the codes in `HollowFlexure.governing`."""

    YIELDING = 0
    FLANGE_LOCAL_BUCKLING = 1
    WEB_LOCAL_BUCKLING = 2
    LATERAL_TORSIONAL_BUCKLING = 3

    @property
    def clause(self) -> str:
        """Clause of the limit state."""
        return f"F7.{self.value + 1}"


class RoundState(IntEnum):
    """Limit state of a round HSS that governs; the codes in `RoundFlexure.governing`."""

    YIELDING = 0
    LOCAL_BUCKLING = 1

    @property
    def clause(self) -> str:
        """Clause of the limit state."""
        return f"F8.{self.value + 1}"


@dataclass(frozen=True, slots=True)
class HollowFlexure:
    """Nominal flexural strength of rectangular HSS, kip-in., and what it is the least of.

    A limit state that does not apply has the strength Mp. ``lp_in`` and ``lr_in`` are infinite where lateral-torsional
    buckling does not occur: square sections and bending about the weak axis.
    """

    mn_kip_in: FloatArray
    mp_kip_in: FloatArray
    mn_flb_kip_in: FloatArray
    mn_wlb_kip_in: FloatArray
    mn_ltb_kip_in: FloatArray
    lp_in: FloatArray
    lr_in: FloatArray

    @property
    def governing(self) -> IntArray:
        """`HollowState` codes, broadcast shape; ties go to the first."""
        return governing_state((self.mp_kip_in, self.mn_flb_kip_in, self.mn_wlb_kip_in, self.mn_ltb_kip_in))


@dataclass(frozen=True, slots=True)
class RoundFlexure:
    """Nominal flexural strength of round HSS, kip-in.: the least of plastic moment and local buckling."""

    mn_kip_in: FloatArray
    mp_kip_in: FloatArray
    mn_lb_kip_in: FloatArray

    @property
    def governing(self) -> IntArray:
        """`RoundState` codes, broadcast shape; ties go to the first."""
        return governing_state((self.mp_kip_in, self.mn_lb_kip_in))


class _Bent(NamedTuple):
    """A rectangular tube seen along its axis of bending: flanges parallel to the axis, webs across it."""

    depth_in: FloatArray
    flange_in: FloatArray
    flange_slenderness: FloatArray
    web_in: FloatArray
    web_slenderness: FloatArray
    inertia_in4: FloatArray
    s_in3: FloatArray
    z_in3: FloatArray
    other_radius_in: FloatArray
    is_strong: np.ndarray


def rectangular_hss_flexure(
    section: RectangularHssTable,
    fy_ksi: ArrayLike,
    lb_in: ArrayLike,
    cb: ArrayLike = 1.0,
    axis: BendingAxis | ArrayLike = BendingAxis.X,
) -> HollowFlexure:
    """Return the nominal flexural strength of rectangular and square HSS about either axis (F7).

    Parameters
    ----------
    section : RectangularHssTable
        Rectangular or square HSS.
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1,000.
    lb_in : array_like
        Length between points braced against lateral displacement or twist, in., 0 to 1,000,000.
    cb : array_like
        Lateral-torsional buckling modification factor (F1), > 0.
    axis : BendingAxis, str or array_like of str
        ``"x"`` or ``"y"``.

    Returns
    -------
    HollowFlexure
        Yielding Mp (Eq. F7-1); flange local buckling Eq. F7-2 (noncompact) and F7-3 with the effective width of
        Eq. F7-4 in the compression flange only, about the shifted neutral axis (slender); web local buckling Eq. F7-6
        (noncompact) and F7-7 (slender, with Rpg of Eq. F5-6); lateral-torsional buckling F7.4. Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number out of range; ``field="shape"`` where web and flange are both slender, which the Specification
        does not address.
    """
    fy, lb, cb = checked_stress("fy_ksi", fy_ksi), checked_length("lb_in", lb_in), checked_cb(cb)
    bent = _bent(section, enum_codes("axis", axis, BendingAxis) == 0)
    flange, web = hollow_flange_limits(fy), hollow_web_limits(fy)
    both = (bent.flange_slenderness > flange.slender) & (bent.web_slenderness > web.slender)
    refuse(both, section.name, "has a slender web and a slender flange, outside F7; use a thicker wall or a lower Fy")
    mp, my = np.asarray(fy * bent.z_in3), np.asarray(fy * bent.s_in3)
    flb = _flange_local_buckling(section, bent, fy, (mp, my), flange)
    wlb = _web_local_buckling(bent, (mp, my), web)
    lp, lr, ltb = _lateral_torsional_buckling(section, bent, (mp, my), lb, cb)
    return HollowFlexure(weakest((mp, flb, wlb, ltb)), mp, flb, wlb, ltb, lp, lr)


def round_hss_flexure(section: RoundHssTable, fy_ksi: ArrayLike) -> RoundFlexure:
    """Return the nominal flexural strength of round HSS and pipe (F8); lateral-torsional buckling does not occur.

    ``fy_ksi`` in ksi, 1 to 1,000. Yielding Mp (Eq. F8-1); local buckling Eq. F8-2 (noncompact) and F8-3 with F8-4
    (slender). Broadcast shape. Raises `StructuralError` naming a number out of range; ``field="shape"`` for D/t of
    0.45 E/Fy and more, to which F8 does not apply.
    """
    fy = checked_stress("fy_ksi", fy_ksi)
    too_thin = section.d_t >= 0.45 * E_KSI / fy
    refuse(too_thin, section.name, "has D/t of 0.45 E/Fy or more, outside F8; use a thicker wall or a lower Fy")
    limits = round_limits(fy)
    mp = np.asarray(fy * section.zx_in3)
    noncompact = np.minimum((0.021 * E_KSI / section.d_t + fy) * section.sx_in3, mp)
    slender = 0.33 * E_KSI / section.d_t * section.sx_in3
    buckling = np.where(section.d_t > limits.slender, slender, noncompact)
    lb = np.where(section.d_t > limits.compact, buckling, mp)
    return RoundFlexure(weakest((mp, lb)), mp, lb)


def _bent(section: RectangularHssTable, about_x: np.ndarray) -> _Bent:
    def pick(x_value: FloatArray, y_value: FloatArray) -> FloatArray:
        return np.where(about_x, x_value, y_value)

    return _Bent(
        depth_in=pick(section.height_in, section.width_in),
        flange_in=pick(section.b_in, section.h_in),
        flange_slenderness=pick(section.b_t, section.h_t),
        web_in=pick(section.h_in, section.b_in),
        web_slenderness=pick(section.h_t, section.b_t),
        inertia_in4=pick(section.ix_in4, section.iy_in4),
        s_in3=pick(section.sx_in3, section.sy_in3),
        z_in3=pick(section.zx_in3, section.zy_in3),
        other_radius_in=pick(section.ry_in, section.rx_in),
        is_strong=np.where(about_x, section.height_in > section.width_in, section.width_in > section.height_in),
    )


def _flange_local_buckling(
    section: RectangularHssTable,
    bent: _Bent,
    fy: FloatArray,
    anchors: tuple[FloatArray, FloatArray],
    limits: Limits,
) -> FloatArray:
    mp, my = anchors
    noncompact = transition(mp, my, bent.flange_slenderness, limits)
    is_slender = bent.flange_slenderness > limits.slender
    if not np.any(is_slender):
        return noncompact
    root = np.sqrt(E_KSI / fy)
    effective = 1.92 * section.t_in * root * (1.0 - 0.38 / bent.flange_slenderness * root)
    lost = np.maximum(bent.flange_in - effective, 0.0) * section.t_in
    arm = (bent.depth_in - section.t_in) / 2.0
    kept = section.area_in2 - lost
    shift = lost * arm / kept
    inertia = bent.inertia_in4 - lost * (arm**2 + section.t_in**2 / 12.0) - kept * shift**2
    return np.where(is_slender, fy * inertia / (bent.depth_in / 2.0 + shift), noncompact)


def _web_local_buckling(bent: _Bent, anchors: tuple[FloatArray, FloatArray], limits: Limits) -> FloatArray:
    mp, my = anchors
    noncompact = transition(mp, my, bent.web_slenderness, limits)
    # Both walls have one thickness, so that aw = 2 h tw/(b tf) is 2 h/b.
    aw = np.minimum(2.0 * bent.web_in / bent.flange_in, 10.0)
    rpg = 1.0 - aw / (1200.0 + 300.0 * aw) * (bent.web_slenderness - limits.slender)
    return np.where(bent.web_slenderness > limits.slender, np.maximum(rpg, 0.0) * my, noncompact)


def _lateral_torsional_buckling(
    section: RectangularHssTable,
    bent: _Bent,
    anchors: tuple[FloatArray, FloatArray],
    lb: FloatArray,
    cb: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    mp, my = anchors
    stiffness = E_KSI * bent.other_radius_in * np.sqrt(section.j_in4 * section.area_in2)
    limits = Limits(np.asarray(0.13 * stiffness / mp), np.asarray(2.0 * stiffness / (0.7 * my)))
    inelastic = cb * transition(mp, 0.7 * my, lb, limits)
    elastic = cb * 2.0 * stiffness / np.maximum(lb, limits.slender)
    buckling = np.minimum(np.where(lb <= limits.slender, inelastic, elastic), mp)
    applies = bent.is_strong & (lb > limits.compact)
    unlimited = [np.where(bent.is_strong, limit, np.inf) for limit in limits]
    return unlimited[0], unlimited[1], np.where(applies, buckling, mp)
