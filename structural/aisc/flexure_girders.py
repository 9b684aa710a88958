"""Flexure of I shapes with noncompact or slender webs or unequal flanges, ANSI/AISC 360-22 F4 and F5; F13.1 and F13.2.

Bending is about the major axis. Factor `structural.aisc.flexure.FLEXURE`.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.aisc.classification import Limits, kc, web_limits_major
from structural.aisc.constants import E_KSI
from structural.aisc.girder_section import GirderSection
from structural.aisc.limit_states import (
    checked_cb,
    checked_length,
    checked_stress,
    governing_state,
    refuse,
    transition,
    weakest,
)
from structural.checks import FloatArray, IntArray, require_between
from structural.errors import StructuralError

_MIN_FLANGE_SHARE = 0.23
"""Iyc/Iy up to which F4 counts neither J nor a plastic web."""


class GirderState(IntEnum):
    """Limit state of a girder that governs; the codes in `GirderFlexure.governing`."""

    COMPRESSION_FLANGE_YIELDING = 0
    LATERAL_TORSIONAL_BUCKLING = 1
    FLANGE_LOCAL_BUCKLING = 2
    TENSION_FLANGE_YIELDING = 3
    SLENDER_WEB_COMPRESSION_FLANGE_YIELDING = 4
    SLENDER_WEB_LATERAL_TORSIONAL_BUCKLING = 5
    SLENDER_WEB_FLANGE_LOCAL_BUCKLING = 6
    SLENDER_WEB_TENSION_FLANGE_YIELDING = 7

    @property
    def clause(self) -> str:
        """Clause of the limit state: F4 up to noncompact webs, F5 for slender ones."""
        return f"F{4 + self.value // 4}.{self.value % 4 + 1}"


@dataclass(frozen=True, slots=True)
class GirderFlexure:
    """Nominal flexural strength of girders, kip-in., and what it is the least of; limiting lengths in in.

    ``mn_yielding_kip_in`` is compression flange yielding; a limit state that does not apply has that strength.
    ``web_factor`` is Rpc of F4 or Rpg of F5.
    """

    mn_kip_in: FloatArray
    mp_kip_in: FloatArray
    mn_yielding_kip_in: FloatArray
    mn_ltb_kip_in: FloatArray
    mn_flb_kip_in: FloatArray
    mn_tension_kip_in: FloatArray
    lp_in: FloatArray
    lr_in: FloatArray
    web_factor: FloatArray
    is_slender_web: NDArray[np.bool_]

    @property
    def governing(self) -> IntArray:
        """`GirderState` codes, broadcast shape; ties go to the first."""
        states = (self.mn_yielding_kip_in, self.mn_ltb_kip_in, self.mn_flb_kip_in, self.mn_tension_kip_in)
        return np.asarray(governing_state(states) + 4 * self.is_slender_web)


@dataclass(frozen=True, slots=True)
class ProportioningLimits:
    """Proportions of I-shaped members against F13.2. ``h_tw_max`` concerns slender webs only."""

    flange_share: FloatArray
    aw: FloatArray
    h_tw: FloatArray
    h_tw_max: FloatArray
    is_satisfied: NDArray[np.bool_]


class _Curve(NamedTuple):
    """Strengths (kip-in.) and limiting lengths (in.) of one of the two sections."""

    yielding: FloatArray
    ltb: FloatArray
    flb: FloatArray
    tension: FloatArray
    lp: FloatArray
    lr: FloatArray
    factor: FloatArray


def girder_flexure(section: GirderSection, fy_ksi: ArrayLike, lb_in: ArrayLike, cb: ArrayLike = 1.0) -> GirderFlexure:
    """Return the nominal major-axis flexural strength of I shapes outside F2 and F3.

    Parameters
    ----------
    section : GirderSection
        Doubly symmetric with noncompact or slender webs, or singly symmetric.
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1,000.
    lb_in : array_like
        Length between points braced against lateral displacement or twist, in., 0 to 1,000,000.
    cb : array_like
        Lateral-torsional buckling modification factor (F1), > 0.

    Returns
    -------
    GirderFlexure
        With webs not slender, F4: compression flange yielding (Eq. F4-1), lateral-torsional buckling (Eq. F4-2 to
        F4-8), flange local buckling (Eq. F4-13, F4-14), tension flange yielding (Eq. F4-15). With slender webs, F5, in
        the same order: Eq. F5-1; F5-2 to F5-6; F5-7 to F5-9; F5-10. Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number out of range; ``field="shape"`` for a doubly symmetric section with a compact web (F2 or F3
        applies) and for a slender web thinner than F13.2 allows with any stiffeners.
    """
    fy, lb, cb = checked_stress("fy_ksi", fy_ksi), checked_length("lb_in", lb_in), checked_cb(cb)
    mp = np.minimum(fy * section.zx_in3, 1.6 * fy * np.minimum(section.sxc_in3, section.sxt_in3))
    web = web_limits(section, fy)
    slender = np.asarray(section.hc_tw > web.slender)
    compact = section.is_doubly_symmetric & (section.hc_tw <= web.compact)
    refuse(compact, section.name, "has a compact web and equal flanges; F2 or F3 applies")
    too_thin = slender & (section.h_tw > np.maximum(12.0 * np.sqrt(E_KSI / fy), 0.40 * E_KSI / fy))
    refuse(too_thin, section.name, "has a web thinner than F13.2 allows; use a thicker web")
    stocky, thin = _noncompact_web(section, fy, mp, lb, cb), _slender_web(section, fy, lb, cb)
    chosen = _Curve(*(np.where(slender, second, first) for first, second in zip(stocky, thin, strict=True)))
    strengths = (chosen.yielding, chosen.ltb, chosen.flb, chosen.tension)
    return GirderFlexure(weakest(strengths), mp, *chosen, slender)


def web_limits(section: GirderSection, fy_ksi: ArrayLike) -> Limits:
    """Return lambda_pw and lambda_rw of hc/tw (Table B4.1b cases 15 and 16); ``fy_ksi`` in ksi, 1 to 1,000.

    Unequal flanges: (hc/hp) sqrt(E/Fy)/(0.54 Mp/My - 0.09)^2 <= lambda_rw = 5.70 sqrt(E/Fy), Mp = Fy Zx, My at first
    yield. Broadcast shape. Raises `StructuralError` naming a number out of range.
    """
    fy = checked_stress("fy_ksi", fy_ksi)
    equal = web_limits_major(fy)
    shape_factor = section.zx_in3 / np.minimum(section.sxc_in3, section.sxt_in3)
    has_plastic_depth = section.hp_in > 0.0
    ratio = np.where(has_plastic_depth, section.hc_in / np.where(has_plastic_depth, section.hp_in, 1.0), np.inf)
    unequal = np.minimum(ratio * np.sqrt(E_KSI / fy) / (0.54 * shape_factor - 0.09) ** 2, equal.slender)
    return Limits(np.where(section.is_doubly_symmetric, equal.compact, unequal), equal.slender)


def proportioning_limits(
    section: GirderSection, fy_ksi: ArrayLike, panel_ratio: ArrayLike | None = None
) -> ProportioningLimits:
    """Return the proportions of I-shaped members against F13.2.

    Parameters
    ----------
    section : GirderSection
        Girders.
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1,000.
    panel_ratio : array_like, optional
        Clear distance between transverse stiffeners over h, 0.001 to 1,000; none without stiffeners.

    Returns
    -------
    ProportioningLimits
        0.1 <= Iyc/Iy <= 0.9 (Eq. F13-2) of singly symmetric members; of slender webs h/tw up to 12.0 sqrt(E/Fy) for
        a/h <= 1.5 (Eq. F13-3), 0.40 E/Fy above (Eq. F13-4), 260 without stiffeners; and aw up to 10. Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    fy = checked_stress("fy_ksi", fy_ksi)
    wide = np.asarray(0.40 * E_KSI / fy)
    if panel_ratio is None:
        h_tw_max = np.minimum(wide, 260.0)
    else:
        ratio = require_between("panel_ratio", panel_ratio, 1e-3, 1e3)
        h_tw_max = np.where(ratio <= 1.5, 12.0 * np.sqrt(E_KSI / fy), wide)
    share = np.asarray(section.iyc_in4 / section.iy_in4)
    proportioned = section.is_doubly_symmetric | ((share >= 0.1) & (share <= 0.9))
    slender = section.hc_tw > web_limits(section, fy).slender
    thick_enough = ~slender | ((section.h_tw <= h_tw_max) & (section.aw <= 10.0))
    return ProportioningLimits(share, section.aw, section.h_tw, h_tw_max, np.asarray(proportioned & thick_enough))


def tension_flange_rupture(
    fy_ksi: ArrayLike, fu_ksi: ArrayLike, afg_in2: ArrayLike, afn_in2: ArrayLike, sx_in3: ArrayLike
) -> FloatArray:
    """Return Mn of a tension flange with bolt holes, kip-in. (F13.1), a limit state beside those of other clauses.

    Parameters
    ----------
    fy_ksi, fu_ksi : array_like
        Yield stress and tensile strength, ksi, 1 to 1,000.
    afg_in2, afn_in2 : array_like
        Gross and net area of the tension flange, in2, 1e-6 to 1e6 (holes with the 1/16 in. of B4.3b).
    sx_in3 : array_like
        Least elastic section modulus about x, in3, 1e-6 to 1e9.

    Returns
    -------
    ndarray of float
        Fu Afn/Afg Sx (Eq. F13-1) where Fu Afn < Yt Fy Afg, Yt 1.0 for Fy/Fu <= 0.8 else 1.1; infinite elsewhere, where
        rupture does not apply. Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number out of range; ``field="afn_in2"`` where the net area exceeds the gross area.
    """
    fy, fu = checked_stress("fy_ksi", fy_ksi), checked_stress("fu_ksi", fu_ksi)
    gross, net = require_between("afg_in2", afg_in2, 1e-6, 1e6), require_between("afn_in2", afn_in2, 1e-6, 1e6)
    if np.any(net > gross):
        raise StructuralError("afn_in2 must not exceed afg_in2; deduct the holes from the gross area", field="afn_in2")
    modulus = require_between("sx_in3", sx_in3, 1e-6, 1e9)
    yt = np.where(fy / fu <= 0.8, 1.0, 1.1)
    return np.where(fu * net < yt * fy * gross, fu * net / gross * modulus, np.inf)


def _noncompact_web(section: GirderSection, fy: FloatArray, mp: FloatArray, lb: FloatArray, cb: FloatArray) -> _Curve:
    """Return F4."""
    myc, myt = np.asarray(fy * section.sxc_in3), np.asarray(fy * section.sxt_in3)
    robust = section.iyc_in4 / section.iy_in4 > _MIN_FLANGE_SHARE
    modulus_ratio = section.sxt_in3 / section.sxc_in3
    fl = fy * np.where(modulus_ratio >= 0.7, 0.7, np.maximum(modulus_ratio, 0.5))
    rpc, rpt = (_plastification(section, fy, mp / my, robust) for my in (myc, myt))
    yielding, onset = np.asarray(rpc * myc), np.asarray(fl * section.sxc_in3)
    torsion = np.where(robust, section.j_in4, 0.0) / (section.sxc_in3 * section.ho_in)
    strain = fl / E_KSI
    lp = 1.1 * section.rt_in * np.sqrt(E_KSI / fy)
    lr = 1.95 * section.rt_in / strain * np.sqrt(torsion + np.hypot(torsion, 2.6 * strain))
    lengths = Limits(np.asarray(lp), np.asarray(lr))
    square = (np.maximum(lb, lr) / section.rt_in) ** 2
    elastic = cb * np.pi**2 * E_KSI / square * np.sqrt(1.0 + 0.078 * torsion * square) * section.sxc_in3
    inelastic = cb * transition(yielding, onset, lb, lengths)
    flb = _flange_local_buckling(section, fy, fl, yielding)
    tension = np.where(section.sxt_in3 < section.sxc_in3, rpt * myt, yielding)
    return _Curve(yielding, _capped(lb, lengths, (inelastic, elastic), yielding), flb, tension, *lengths, rpc)


def _slender_web(section: GirderSection, fy: FloatArray, lb: FloatArray, cb: FloatArray) -> _Curve:
    """Return F5."""
    aw = np.minimum(section.aw, 10.0)
    excess = section.hc_tw - 5.7 * np.sqrt(E_KSI / fy)
    rpg = np.clip(1.0 - aw / (1200.0 + 300.0 * aw) * excess, 0.0, 1.0)
    yielding, onset = np.asarray(rpg * fy * section.sxc_in3), np.asarray(0.7 * rpg * fy * section.sxc_in3)
    lp = 1.1 * section.rt_in * np.sqrt(E_KSI / fy)
    lr = np.pi * section.rt_in * np.sqrt(E_KSI / (0.7 * fy))
    lengths = Limits(np.asarray(lp), np.asarray(lr))
    stress = cb * np.pi**2 * E_KSI / (np.maximum(lb, lr) / section.rt_in) ** 2
    inelastic = cb * transition(yielding, onset, lb, lengths)
    ltb = _capped(lb, lengths, (inelastic, rpg * stress * section.sxc_in3), yielding)
    flb = _flange_local_buckling(section, fy, np.asarray(0.7 * fy), yielding, rpg)
    tension = np.where(section.sxt_in3 < section.sxc_in3, fy * section.sxt_in3, yielding)
    return _Curve(yielding, ltb, flb, tension, *lengths, rpg)


def _plastification(
    section: GirderSection, fy: FloatArray, shape_factor: FloatArray, robust: NDArray[np.bool_]
) -> FloatArray:
    """Return Rpc (Eq. F4-9, F4-10) or Rpt (Eq. F4-16, F4-17) from Mp/Myc or Mp/Myt."""
    line = transition(shape_factor, np.asarray(1.0), section.hc_tw, _separated(web_limits(section, fy)))
    return np.where(robust, np.minimum(line, shape_factor), 1.0)


def _separated(limits: Limits) -> Limits:
    """Return limits with lambda_pw below lambda_rw, so that the line between them is defined where they meet."""
    return Limits(np.minimum(limits.compact, limits.slender * (1.0 - 1e-12)), limits.slender)


def _flange_local_buckling(
    section: GirderSection, fy: FloatArray, fl: FloatArray, yielding: FloatArray, rpg: FloatArray | float = 1.0
) -> FloatArray:
    """Return Eq. F4-13, F4-14, or times Rpg F5-7 to F5-9; ``fl`` is FL of Table B4.1b."""
    slenderness = section.bfc_in / (2.0 * section.tfc_in)
    root, coefficient = np.sqrt(E_KSI / fy), kc(section.h_tw)
    built_up = 0.95 * np.sqrt(coefficient * E_KSI / fl)
    limits = Limits(np.asarray(0.38 * root), np.where(section.is_rolled, root, built_up))
    noncompact = transition(yielding, rpg * fl * section.sxc_in3, slenderness, limits)
    slender = rpg * 0.9 * E_KSI * coefficient / slenderness**2 * section.sxc_in3
    return np.where(slenderness > limits.slender, slender, noncompact)


def _capped(
    lb: FloatArray, lengths: Limits, branches: tuple[FloatArray, FloatArray], yielding: FloatArray
) -> FloatArray:
    inelastic, elastic = branches
    buckling = np.minimum(np.where(lb <= lengths.slender, inelastic, elastic), yielding)
    return np.where(lb <= lengths.compact, yielding, buckling)
