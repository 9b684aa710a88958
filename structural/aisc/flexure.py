"""Flexure of I shapes and channels, ANSI/AISC 360-22 F1, F2, F3 and F6."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.classification import flange_limits_major, flange_limits_minor, kc, web_limits_major
from structural.aisc.constants import E_KSI
from structural.aisc.method import Factor
from structural.checks import FloatArray, IntArray, require_non_negative, require_positive
from structural.errors import StructuralError
from structural.shapes import ShapeTable

FLEXURE = Factor(0.90, 1.67)
"""F1(a)."""


class FlexureState(IntEnum):
    """Limit state that governs; the codes in `Flexure.governing`."""

    YIELDING = 0
    LATERAL_TORSIONAL_BUCKLING = 1
    FLANGE_LOCAL_BUCKLING = 2

    @property
    def clause(self) -> str:
        """Clause of the major-axis limit state."""
        return ("F2.1", "F2.2", "F3.2")[self.value]


@dataclass(frozen=True, slots=True)
class Flexure:
    """Nominal flexural strength (kip-in.) and what it is the least of; limiting lengths in in."""

    mn_kip_in: FloatArray
    mp_kip_in: FloatArray
    lp_in: FloatArray
    lr_in: FloatArray
    mn_ltb_kip_in: FloatArray
    mn_flb_kip_in: FloatArray

    @property
    def governing(self) -> IntArray:
        """`FlexureState` codes, shape of ``mn_kip_in``; ties go to the first."""
        buckles = self.mn_kip_in < self.mp_kip_in
        flange = buckles & (self.mn_flb_kip_in < self.mn_ltb_kip_in)
        return buckles.astype(np.int64) + flange


@dataclass(frozen=True, slots=True)
class MinorFlexure:
    """Nominal minor-axis flexural strength, kip-in.: the least of plastic moment and flange local buckling."""

    mn_kip_in: FloatArray
    mp_kip_in: FloatArray
    mn_flb_kip_in: FloatArray


def cb_factor(m_max: ArrayLike, m_a: ArrayLike, m_b: ArrayLike, m_c: ArrayLike) -> FloatArray:
    """Return Cb of Eq. F1-1 from the moments in an unbraced segment.

    Parameters
    ----------
    m_max, m_a, m_b, m_c : array_like
        Largest moment and the moments at the quarter, middle and three-quarter point, one unit; signs are dropped.

    Returns
    -------
    ndarray of float
        Cb, broadcast shape; 1.0 where all four moments are zero.

    Raises
    ------
    StructuralError
        When a moment is not finite, or ``m_max`` is less than another (``field="m_max"``).
    """
    names = ("m_max", "m_a", "m_b", "m_c")
    largest, a, b, c = (
        require_non_negative(name, np.abs(np.asarray(moment, dtype=np.float64)))
        for name, moment in zip(names, (m_max, m_a, m_b, m_c), strict=True)
    )
    if np.any(np.maximum(np.maximum(a, b), c) > largest * (1.0 + 1e-9)):
        raise StructuralError("m_max must be the largest of the four moments", field="m_max")
    divisor = 2.5 * largest + 3.0 * a + 4.0 * b + 3.0 * c
    return np.where(divisor > 0.0, 12.5 * largest / np.where(divisor > 0.0, divisor, 1.0), 1.0)


def limiting_lengths_in(shape: ShapeTable, fy_ksi: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return Lp (Eq. F2-5) and Lr (Eq. F2-6, with c of Eq. F2-8a/b) in in., broadcast shape; Fy in ksi, > 0."""
    fy = require_positive("fy_ksi", fy_ksi)
    stress_ratio = 0.7 * fy / E_KSI
    torsion = shape.j_in4 * shape.ltb_c / (shape.sx_in3 * shape.ho_in)
    lp_in = 1.76 * shape.ry_in * np.sqrt(E_KSI / fy)
    lr_in = 1.95 * shape.rts_in / stress_ratio * np.sqrt(torsion + np.hypot(torsion, 2.6 * stress_ratio))
    return np.asarray(lp_in), np.asarray(lr_in)


def major_axis_flexure(shape: ShapeTable, fy_ksi: ArrayLike, lb_in: ArrayLike, cb: ArrayLike = 1.0) -> Flexure:
    """Return the nominal major-axis flexural strength of I shapes and channels with compact webs (F2, F3).

    Parameters
    ----------
    shape : ShapeTable
        I shapes or channels.
    fy_ksi : array_like
        Yield stress, ksi, > 0.
    lb_in : array_like
        Length between points braced against lateral displacement or twist, in., >= 0.
    cb : array_like
        Lateral-torsional buckling modification factor (F1), > 0.

    Returns
    -------
    Flexure
        Yielding Mp (Eq. F2-1), lateral-torsional buckling (Eq. F2-2, F2-3, F2-4; capped at Mp), flange local buckling
        (Eq. F3-1, F3-2; Mp for compact flanges) and the least of them, kip-in., broadcast shape.

    Raises
    ------
    StructuralError
        For a number out of range (``field`` names it), a web that is not compact (F4, F5) or a channel flange that is
        not compact (``field="shape"``).
    """
    fy = require_positive("fy_ksi", fy_ksi)
    lb = require_non_negative("lb_in", lb_in)
    cb = require_positive("cb", cb)
    _require_compact_web(shape, fy)
    mp = np.asarray(fy * shape.zx_in3)
    yield_onset = 0.7 * fy * shape.sx_in3
    lp_in, lr_in = limiting_lengths_in(shape, fy)
    ltb = _lateral_torsional_buckling(shape, (mp, yield_onset, lp_in, lr_in), lb, cb)
    flb = _flange_local_buckling(shape, fy, mp, yield_onset)
    return Flexure(np.minimum(ltb, flb), mp, lp_in, lr_in, ltb, flb)


def minor_axis_flexure(shape: ShapeTable, fy_ksi: ArrayLike) -> MinorFlexure:
    """Return the nominal minor-axis flexural strength of I shapes and channels (F6).

    ``fy_ksi`` in ksi, > 0. Yielding min(Fy Zy, 1.6 Fy Sy) (Eq. F6-1); flange local buckling Eq. F6-2 (noncompact) and
    F6-3, F6-4 (slender). Returns kip-in., broadcast shape. Raises `StructuralError` naming a number out of range.
    """
    fy = require_positive("fy_ksi", fy_ksi)
    mp = np.minimum(fy * shape.zy_in3, 1.6 * fy * shape.sy_in3)
    limits = flange_limits_minor(fy)
    yield_onset = 0.7 * fy * shape.sy_in3
    share = np.clip((shape.lambda_f - limits.compact) / (limits.slender - limits.compact), 0.0, 1.0)
    elastic = 0.70 * E_KSI / shape.lambda_f**2 * shape.sy_in3
    flb = np.where(shape.lambda_f > limits.slender, elastic, mp - (mp - yield_onset) * share)
    return MinorFlexure(np.minimum(mp, flb), mp, flb)


def _lateral_torsional_buckling(
    shape: ShapeTable, anchors: tuple[FloatArray, FloatArray, FloatArray, FloatArray], lb: FloatArray, cb: FloatArray
) -> FloatArray:
    mp, yield_onset, lp_in, lr_in = anchors
    share = np.maximum((lb - lp_in) / (lr_in - lp_in), 0.0)
    inelastic = cb * (mp - (mp - yield_onset) * share)
    # At Lb <= Lr the elastic branch is not used; Lr in its place keeps the division defined at Lb = 0.
    slenderness_squared = (np.maximum(lb, lr_in) / shape.rts_in) ** 2
    torsion = shape.j_in4 * shape.ltb_c / (shape.sx_in3 * shape.ho_in)
    elastic_stress = cb * np.pi**2 * E_KSI / slenderness_squared * np.sqrt(1.0 + 0.078 * torsion * slenderness_squared)
    buckling = np.where(lb <= lr_in, inelastic, elastic_stress * shape.sx_in3)
    # Without this a Cb below 1 would reduce a beam braced within Lp, where F2.2(a) says buckling does not apply.
    return np.where(lb <= lp_in, mp, np.minimum(buckling, mp))


def _flange_local_buckling(shape: ShapeTable, fy: FloatArray, mp: FloatArray, yield_onset: FloatArray) -> FloatArray:
    limits = flange_limits_major(shape, fy)
    if not np.any(shape.lambda_f > limits.compact):
        return mp
    if np.any(shape.is_channel & (shape.lambda_f > limits.compact)):
        raise StructuralError("channels with noncompact flanges are outside F2; use a lower Fy", field="shape")
    share = np.clip((shape.lambda_f - limits.compact) / (limits.slender - limits.compact), 0.0, 1.0)
    noncompact = mp - (mp - yield_onset) * share
    slender = 0.9 * E_KSI * kc(shape.h_tw) * shape.sx_in3 / shape.lambda_f**2
    return np.where(shape.lambda_f > limits.slender, slender, noncompact)


def _require_compact_web(shape: ShapeTable, fy: FloatArray) -> None:
    too_thin = shape.h_tw > web_limits_major(fy).compact
    if np.any(too_thin):
        names = np.broadcast_to(shape.name, too_thin.shape)[too_thin]
        raise StructuralError(f"{names.ravel()[0]} has a web that is not compact; F4 or F5 applies", field="shape")
