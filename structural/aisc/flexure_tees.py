"""Flexure of tees and double angles loaded in the plane of symmetry, ANSI/AISC 360-22 F9.

Bending is about x; Cb is 1 (Commentary F9.2). Factor `structural.aisc.flexure.FLEXURE`.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.classification import Limits, angle_leg_limits, tee_flange_limits, tee_stem_limits
from structural.aisc.constants import E_KSI
from structural.aisc.flexure_angles import angle_buckling_moment, leg_local_buckling
from structural.aisc.limit_states import checked_length, checked_stress, governing_state, transition, weakest
from structural.angles import DoubleAngleTable
from structural.checks import FloatArray, IntArray, enum_codes
from structural.tees import TeeTable


class StemStress(StrEnum):
    """Flexural stress at the tip of the stem or of the web legs."""

    TENSION = "tension"
    COMPRESSION = "compression"


class TeeState(IntEnum):
    """Limit state of a tee or double angle that governs; the codes in `TeeFlexure.governing`."""

    YIELDING = 0
    LATERAL_TORSIONAL_BUCKLING = 1
    FLANGE_LOCAL_BUCKLING = 2
    STEM_LOCAL_BUCKLING = 3

    @property
    def clause(self) -> str:
        """Clause of the limit state."""
        return f"F9.{self.value + 1}"


@dataclass(frozen=True, slots=True)
class TeeFlexure:
    """Nominal flexural strength of tees or double angles, kip-in., and what it is the least of.

    A limit state that does not apply has the strength Mp. ``lp_in`` and ``lr_in`` belong to stems and web legs in
    tension and are NaN for those in compression, which have no such limits.
    """

    mn_kip_in: FloatArray
    mp_kip_in: FloatArray
    my_kip_in: FloatArray
    mn_ltb_kip_in: FloatArray
    mn_flb_kip_in: FloatArray
    mn_stem_kip_in: FloatArray
    lp_in: FloatArray
    lr_in: FloatArray

    @property
    def governing(self) -> IntArray:
        """`TeeState` codes, broadcast shape; ties go to the first."""
        return governing_state((self.mp_kip_in, self.mn_ltb_kip_in, self.mn_flb_kip_in, self.mn_stem_kip_in))


class _Buckling(NamedTuple):
    """Lateral-torsional buckling with the stem in tension, and the elastic moment with it in compression."""

    tension: FloatArray
    mcr_compression: FloatArray
    limits: Limits


def tee_flexure(
    section: TeeTable, fy_ksi: ArrayLike, lb_in: ArrayLike, stem: StemStress | ArrayLike = StemStress.TENSION
) -> TeeFlexure:
    """Return the nominal flexural strength of tees about the axis parallel to the flange (F9).

    Parameters
    ----------
    section : TeeTable
        Tees.
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1,000.
    lb_in : array_like
        Length between points braced against lateral displacement or twist, in., 0 (braced all along, no
        lateral-torsional buckling) to 1,000,000.
    stem : StemStress, str or array_like of str
        Stress at the tip of the stem: ``"tension"``, or ``"compression"`` where it is in compression anywhere along the
        unbraced length.

    Returns
    -------
    TeeFlexure
        Yielding (Eq. F9-2, stem in tension; F9-4, in compression), lateral-torsional buckling (Eq. F9-6 to F9-13),
        flange local buckling (stem in tension, Eq. F9-14, F9-15) and stem local buckling (stem in compression, Eq.
        F9-16 to F9-19). Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number or word out of range.
    """
    fy, lb = checked_stress("fy_ksi", fy_ksi), checked_length("lb_in", lb_in)
    in_tension = enum_codes("stem", stem, StemStress) == 0
    my = np.asarray(fy * section.sx_in3)
    plastic = np.asarray(fy * section.zx_in3)
    mp = np.where(in_tension, np.minimum(plastic, 1.6 * my), my)
    buckling = _lateral_torsional_buckling(section, fy, (np.minimum(plastic, 1.6 * my), my), lb)
    compression = np.where(lb > 0.0, np.minimum(buckling.mcr_compression, my), my)
    ltb = np.where(in_tension, buckling.tension, compression)
    flb = np.where(in_tension, np.minimum(_tee_flange_buckling(section, fy, plastic), mp), mp)
    stem_buckling = np.where(in_tension, mp, _tee_stem_stress(section, fy) * section.sx_in3)
    lp, lr = (np.where(in_tension, limit, np.nan) for limit in buckling.limits)
    return TeeFlexure(weakest((mp, ltb, flb, stem_buckling)), mp, my, ltb, flb, stem_buckling, lp, lr)


def double_angle_flexure(
    section: DoubleAngleTable,
    fy_ksi: ArrayLike,
    lb_in: ArrayLike,
    web_legs: StemStress | ArrayLike = StemStress.TENSION,
) -> TeeFlexure:
    """Return the nominal flexural strength of double angles about the axis parallel to the outstanding legs (F9).

    Arguments are those of `tee_flexure`; ``web_legs`` is the stress at the toes of the legs back to back.

    Returns
    -------
    TeeFlexure
        Yielding (Eq. F9-2, web legs in tension; F9-5, in compression), lateral-torsional buckling (Eq. F9-6 to F9-11;
        web legs in compression Eq. F10-2, F10-3 with Mcr of Eq. F9-10) and leg local buckling by F10.3: of the
        outstanding legs (``mn_flb_kip_in``) or of the web legs (``mn_stem_kip_in``), whichever are in compression.
        Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number or word out of range.
    """
    fy, lb = checked_stress("fy_ksi", fy_ksi), checked_length("lb_in", lb_in)
    in_tension = enum_codes("web_legs", web_legs, StemStress) == 0
    my = np.asarray(fy * section.sx_in3)
    tension_mp = np.minimum(fy * section.zx_in3, 1.6 * my)
    mp = np.where(in_tension, tension_mp, 1.5 * my)
    buckling = _lateral_torsional_buckling(section, fy, (tension_mp, my), lb)
    compression = np.where(lb > 0.0, angle_buckling_moment(my, buckling.mcr_compression), mp)
    ltb = np.where(in_tension, buckling.tension, compression)
    limits = angle_leg_limits(fy)
    heel_modulus = section.ix_in4 / section.y_in
    flange_legs = leg_local_buckling(section.b_in / section.t_in, fy, heel_modulus, limits)
    web = leg_local_buckling(section.d_in / section.t_in, fy, section.sx_in3, limits)
    flb = np.where(in_tension, np.minimum(flange_legs, mp), mp)
    stem = np.where(in_tension, mp, np.minimum(web, mp))
    lp, lr = (np.where(in_tension, limit, np.nan) for limit in buckling.limits)
    return TeeFlexure(weakest((mp, ltb, flb, stem)), mp, my, ltb, flb, stem, lp, lr)


def _lateral_torsional_buckling(
    section: TeeTable | DoubleAngleTable, fy: FloatArray, anchors: tuple[FloatArray, FloatArray], lb: FloatArray
) -> _Buckling:
    """Return F9.2 with B + sqrt(1 + B^2) multiplied out by Lb, so that nothing cancels or divides by Lb = 0."""
    mp, my = anchors
    stiffness = 1.95 * E_KSI * np.sqrt(section.iy_in4 * section.j_in4)
    monosymmetry = 2.3 * section.d_in * np.sqrt(section.iy_in4 / section.j_in4)  # B Lb
    lp = 1.76 * section.ry_in * np.sqrt(E_KSI / fy)
    lr = stiffness / my * np.sqrt(2.36 * my * section.d_in / (E_KSI * section.j_in4) + 1.0)
    limits = Limits(np.asarray(lp), np.asarray(lr))
    beyond = np.maximum(lb, lr)
    elastic = stiffness * (monosymmetry + np.hypot(beyond, monosymmetry)) / beyond**2
    tension = np.where(lb > lr, elastic, transition(mp, my, lb, limits))
    compression = stiffness / (monosymmetry + np.hypot(lb, monosymmetry))
    return _Buckling(tension, compression, limits)


def _tee_flange_buckling(section: TeeTable, fy: FloatArray, plastic: FloatArray) -> FloatArray:
    """Return F9.3(a) before its cap; Mp is Fy Zx without the cap of Eq. F9-2, as AISC Design Example F.10 takes it."""
    limits = tee_flange_limits(fy)
    noncompact = transition(plastic, 0.7 * fy * section.sx_flange_in3, section.bf_2tf, limits)
    slender = 0.7 * E_KSI * section.sx_flange_in3 / section.bf_2tf**2
    return np.where(section.bf_2tf > limits.slender, slender, noncompact)


def _tee_stem_stress(section: TeeTable, fy: FloatArray) -> FloatArray:
    """Return Fcr of Eq. F9-17 to F9-19, ksi."""
    limits = tee_stem_limits(fy)
    noncompact = np.minimum(1.43 - 0.515 * section.d_tw * np.sqrt(fy / E_KSI), 1.0) * fy
    slender = 1.52 * E_KSI / section.d_tw**2
    stress = np.where(section.d_tw > limits.slender, slender, noncompact)
    return np.where(section.d_tw > limits.compact, stress, fy)
