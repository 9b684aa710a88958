"""Flexure of single angles, ANSI/AISC 360-22 F10: about the principal axes and, where allowed, a geometric axis.

Factor `structural.aisc.flexure.FLEXURE`. Axis w is the major and z the minor principal axis; x and y are parallel to
the short and the long leg (`structural.angles`). Moments with components about both principal axes, or with axial
force, are combined by H2 (`structural.aisc.interaction.h2_interaction`).
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.classification import Limits, angle_leg_limits
from structural.aisc.constants import E_KSI
from structural.aisc.limit_states import (
    checked_cb,
    checked_dimension,
    checked_length,
    checked_stress,
    governing_state,
    refuse,
    weakest,
)
from structural.angles import AngleTable
from structural.checks import FloatArray, IntArray, enum_codes
from structural.errors import StructuralError

MAX_CB = 1.5
"""Greatest Cb that F10.2 lets count."""

_SHORTEST_IN = 1e-3
"""Unbraced lengths below this have one Mcr, beyond any strength: it keeps the divisions by Lb finite."""


class AngleState(IntEnum):
    """Limit state of a single angle that governs; the codes in `AngleFlexure.governing`."""

    YIELDING = 0
    LATERAL_TORSIONAL_BUCKLING = 1
    LEG_LOCAL_BUCKLING = 2

    @property
    def clause(self) -> str:
        """Clause of the limit state."""
        return f"F10.{self.value + 1}"


class CompressionLeg(StrEnum):
    """Leg whose toe is in compression under bending about the major principal axis; both where the moment reverses."""

    SHORT = "short"
    LONG = "long"
    BOTH = "both"


class ToeStress(StrEnum):
    """Stress at the toes (minor principal axis), or at the toe of the leg across the axis (geometric axis)."""

    COMPRESSION = "compression"
    TENSION = "tension"


class LateralRestraint(StrEnum):
    """Lateral-torsional restraint of an angle bent about a geometric axis, F10.2(2)."""

    NONE = "none"
    AT_MAXIMUM_MOMENT = "at_maximum_moment"
    CONTINUOUS = "continuous"


@dataclass(frozen=True, slots=True)
class GeometricBending:
    """How an angle is bent about its x axis: stress at the toe of the upright leg, and lateral-torsional restraint."""

    toe: ToeStress | ArrayLike = ToeStress.COMPRESSION
    restraint: LateralRestraint | ArrayLike = LateralRestraint.NONE


@dataclass(frozen=True, slots=True)
class AngleFlexure:
    """Nominal flexural strength of single angles, kip-in., and what it is the least of.

    ``mp_kip_in`` is 1.5 My; a limit state that does not apply has that strength. ``mcr_kip_in`` is the elastic
    lateral-torsional buckling moment, infinite where such buckling does not apply. F10 has no limiting lengths.
    """

    mn_kip_in: FloatArray
    mp_kip_in: FloatArray
    mn_ltb_kip_in: FloatArray
    mn_leg_kip_in: FloatArray
    mcr_kip_in: FloatArray

    @property
    def governing(self) -> IntArray:
        """`AngleState` codes, broadcast shape; ties go to the first."""
        return governing_state((self.mp_kip_in, self.mn_ltb_kip_in, self.mn_leg_kip_in))


def principal_major_flexure(
    angle: AngleTable,
    fy_ksi: ArrayLike,
    lb_in: ArrayLike,
    cb: ArrayLike = 1.0,
    compression: CompressionLeg | ArrayLike = CompressionLeg.BOTH,
) -> AngleFlexure:
    """Return the nominal flexural strength of single angles about the major principal axis w (F10).

    Parameters
    ----------
    angle : AngleTable
        Single angles.
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1,000.
    lb_in : array_like
        Laterally unbraced length, in., 0 (continuous restraint) to 1,000,000.
    cb : array_like
        Lateral-torsional buckling modification factor (F1), > 0; counts up to `MAX_CB`.
    compression : CompressionLeg, str or array_like of str
        Leg whose toe is in compression: ``"short"`` (beta_w positive), ``"long"`` (negative), or ``"both"``, the weaker
        of the two, where the moment reverses along the length or its sense is not known.

    Returns
    -------
    AngleFlexure
        Yielding (Eq. F10-1) at the point farthest from the axis, lateral-torsional buckling (Eq. F10-2, F10-3 with
        Mcr of Eq. F10-4) and leg local buckling (Eq. F10-6 to F10-8). Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number or word out of range.
    """
    fy, lb = checked_stress("fy_ksi", fy_ksi), checked_length("lb_in", lb_in)
    cb = np.minimum(checked_cb(cb), MAX_CB)
    codes = enum_codes("compression", compression, CompressionLeg)
    short_modulus, long_modulus = angle.iw_in4 / angle.za_in, angle.iw_in4 / angle.zc_in
    farthest = np.maximum(np.maximum(angle.za_in, angle.zb_in), angle.zc_in)
    my = np.asarray(fy * angle.iw_in4 / farthest)
    beta = np.where(codes == 0, 1.0, -1.0) * beta_w_in(angle.long_leg_in, angle.short_leg_in, angle.t_in)
    mcr = _principal_buckling_moment(angle, lb, cb, beta)
    limits = angle_leg_limits(fy)
    short = leg_local_buckling(angle.short_leg_in / angle.t_in, fy, short_modulus, limits)
    long = leg_local_buckling(angle.long_leg_in / angle.t_in, fy, long_modulus, limits)
    leg = np.where(codes == 0, short, np.where(codes == 1, long, np.minimum(short, long)))
    return _combine(my, mcr, leg, 1.5 * my)


def principal_minor_flexure(
    angle: AngleTable, fy_ksi: ArrayLike, toes: ToeStress | ArrayLike = ToeStress.COMPRESSION
) -> AngleFlexure:
    """Return the nominal flexural strength of single angles about the minor principal axis z (F10).

    ``fy_ksi`` in ksi, 1 to 1,000; ``toes`` is the stress at the toes of the legs. Yielding (Eq. F10-1) and, with the
    toes in compression, leg local buckling of the weaker leg (Eq. F10-6 to F10-8); lateral-torsional buckling does not
    apply. Broadcast shape. Raises `StructuralError` naming a number or word out of range.
    """
    fy = checked_stress("fy_ksi", fy_ksi)
    compressed = enum_codes("toes", toes, ToeStress) == 0
    farthest = np.maximum(np.maximum(angle.wa_in, angle.wb_in), angle.wc_in)
    my = np.asarray(fy * angle.iz_in4 / farthest)
    limits = angle_leg_limits(fy)
    short = leg_local_buckling(angle.short_leg_in / angle.t_in, fy, angle.iz_in4 / angle.wa_in, limits)
    long = leg_local_buckling(angle.long_leg_in / angle.t_in, fy, angle.iz_in4 / angle.wc_in, limits)
    leg = np.where(compressed, np.minimum(short, long), np.inf)
    return _combine(my, np.asarray(np.inf), leg, 1.5 * my)


def geometric_flexure(
    angle: AngleTable,
    fy_ksi: ArrayLike,
    lb_in: ArrayLike,
    cb: ArrayLike = 1.0,
    bending: GeometricBending | None = None,
) -> AngleFlexure:
    """Return the nominal flexural strength of single angles about the geometric axis x, without axial force (F10).

    Without continuous restraint only equal-leg angles may be designed so; others bend about both principal axes.

    Parameters
    ----------
    angle : AngleTable
        Single angles, the long leg upright.
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1,000.
    lb_in : array_like
        Laterally unbraced length, in., 0 to 1,000,000; not used with continuous restraint.
    cb : array_like
        Lateral-torsional buckling modification factor (F1), > 0; counts up to `MAX_CB`, which F10.2 sets where it
        first uses Cb, for principal axes (verify).
    bending : GeometricBending, optional
        Stress at the toe of the upright leg and restraint; toe in compression without restraint by default.

    Returns
    -------
    AngleFlexure
        Yielding (Eq. F10-1), lateral-torsional buckling (Eq. F10-2, F10-3 with Mcr of Eq. F10-5a or F10-5b; My is
        0.80 Fy Sx without restraint, Mcr 1.25 times as great with restraint at the maximum moment) and leg local
        buckling (Eq. F10-6 to F10-8, with 0.80 Sx without restraint): of the upright leg with its toe in compression,
        of the other leg with it in tension, unless unrestrained bending relieves that one. Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number or word out of range; ``field="shape"`` for unequal legs without continuous restraint.
    """
    fy, lb = checked_stress("fy_ksi", fy_ksi), checked_length("lb_in", lb_in)
    cb = np.minimum(checked_cb(cb), MAX_CB)
    bending = GeometricBending() if bending is None else bending
    toe_compressed = enum_codes("toe", bending.toe, ToeStress) == 0
    restraint = enum_codes("restraint", bending.restraint, LateralRestraint)
    free, continuous = restraint == 0, restraint == 2
    unequal = ~continuous & (angle.long_leg_in != angle.short_leg_in)
    refuse(unequal, angle.name, "has unequal legs; resolve the moment along the principal axes, or restrain it fully")
    share = np.where(free, 0.80, 1.0)
    my = np.asarray(fy * angle.sx_in3)
    mcr = np.where(free, 1.0, 1.25) * _geometric_buckling_moment(angle, lb, cb, toe_compressed)
    mcr = np.where(continuous, np.inf, mcr)
    limits = angle_leg_limits(fy)
    upright = leg_local_buckling(angle.long_leg_in / angle.t_in, fy, share * angle.sx_in3, limits)
    flat = leg_local_buckling(angle.short_leg_in / angle.t_in, fy, angle.ix_in4 / angle.y_in, limits)
    leg = np.where(toe_compressed, upright, np.where(free, np.inf, flat))
    return _combine(share * my, mcr, leg, 1.5 * my)


def beta_w_in(long_leg_in: ArrayLike, short_leg_in: ArrayLike, t_in: ArrayLike) -> FloatArray:
    """Return the size of the section property beta_w of F10.2 in in., computed from the two legs as rectangles.

    beta_w = integral of z (w^2 + z^2) dA/Iw - 2 zo (Commentary Table C-F10.1), zo the shear centre, where the middle
    lines of the legs meet. Legs and thickness in in., 0.001 to 10,000; broadcast shape; 0 for equal legs. Positive with
    the short leg in compression, negative with the long leg. Raises `StructuralError` naming a number out of range,
    ``field="t_in"`` for a thickness that leaves no leg.
    """
    thickness = checked_dimension("t_in", t_in)
    long, short = checked_dimension("long_leg_in", long_leg_in), checked_dimension("short_leg_in", short_leg_in)
    if np.any(thickness >= np.minimum(long, short)):
        raise StructuralError("the thickness leaves no leg; it must be less than either leg", field="t_in")
    # Rectangles as (width along x, height along y, centre x, centre y), from the heel; the flat leg without the corner.
    upright = (thickness, long, thickness / 2.0, long / 2.0)
    flat = (short - thickness, thickness, (short + thickness) / 2.0, thickness / 2.0)
    area = upright[0] * upright[1] + flat[0] * flat[1]
    x_bar = (upright[0] * upright[1] * upright[2] + flat[0] * flat[1] * flat[2]) / area
    y_bar = (upright[0] * upright[1] * upright[3] + flat[0] * flat[1] * flat[3]) / area
    ix, iy, ixy, third_x, third_y = (np.zeros(np.shape(area)) for _ in range(5))
    for width, height, centre_x, centre_y in (upright, flat):
        part, x, y = width * height, centre_x - x_bar, centre_y - y_bar
        ix = ix + part * (y**2 + height**2 / 12.0)
        iy = iy + part * (x**2 + width**2 / 12.0)
        ixy = ixy + part * x * y
        polar = x**2 + y**2 + (width**2 + height**2) / 12.0
        third_x = third_x + part * x * (polar + width**2 / 6.0)
        third_y = third_y + part * y * (polar + height**2 / 6.0)
    alpha = 0.5 * np.arctan2(-2.0 * ixy, ix - iy)  # from x to the major axis w
    iw = (ix + iy) / 2.0 + np.hypot((ix - iy) / 2.0, ixy)
    shear_centre = (x_bar - thickness / 2.0) * np.sin(alpha) - (y_bar - thickness / 2.0) * np.cos(alpha)
    third = third_y * np.cos(alpha) - third_x * np.sin(alpha)
    return np.where(long == short, 0.0, np.abs(third / iw - 2.0 * shear_centre))


def angle_buckling_moment(my_kip_in: FloatArray, mcr_kip_in: FloatArray) -> FloatArray:
    """Return Mn of lateral-torsional buckling from My and Mcr, kip-in.: Eq. F10-2 (capped at 1.5 My) and F10-3."""
    inelastic = np.minimum(1.92 - 1.17 * np.sqrt(np.minimum(my_kip_in / mcr_kip_in, 1.0)), 1.5) * my_kip_in
    elastic_moment = np.minimum(mcr_kip_in, my_kip_in)
    elastic = (0.92 - 0.17 * elastic_moment / my_kip_in) * elastic_moment
    return np.where(mcr_kip_in < my_kip_in, elastic, inelastic)


def leg_local_buckling(
    slenderness: FloatArray, fy_ksi: FloatArray, sc_in3: FloatArray, limits: Limits | None = None
) -> FloatArray:
    """Return Mn of leg local buckling, kip-in. (F10.3), infinite for compact legs, to which it does not apply.

    ``slenderness`` = b/t of the leg in compression, ``sc_in3`` the elastic modulus to its toe. Noncompact Eq. F10-6,
    slender Eq. F10-7 with F10-8. Numbers are taken as checked.
    """
    limits = angle_leg_limits(fy_ksi) if limits is None else limits
    noncompact = fy_ksi * (2.43 - 1.72 * slenderness * np.sqrt(fy_ksi / E_KSI))
    stress = np.where(slenderness > limits.slender, 0.71 * E_KSI / slenderness**2, noncompact)
    return np.where(slenderness > limits.compact, stress * sc_in3, np.inf)


def _combine(my: FloatArray, mcr: FloatArray, leg: FloatArray, mp: FloatArray) -> AngleFlexure:
    ltb = np.where(np.isinf(mcr), mp, np.minimum(angle_buckling_moment(my, mcr), mp))
    leg = np.minimum(leg, mp)
    return AngleFlexure(weakest((mp, ltb, leg)), mp, ltb, leg, mcr)


def _principal_buckling_moment(angle: AngleTable, lb: FloatArray, cb: FloatArray, beta: FloatArray) -> FloatArray:
    """Return Mcr of Eq. F10-4, kip-in.; infinite at Lb = 0."""
    length = np.maximum(lb, _SHORTEST_IN)
    scale = 9.0 * E_KSI * angle.area_in2 * angle.rz_in * angle.t_in * cb / (8.0 * length)
    monosymmetry = 4.4 * beta * angle.rz_in / (length * angle.t_in)
    root = np.hypot(1.0, monosymmetry)
    # The two forms are one; the second keeps its digits where the terms of the first cancel.
    bracket = np.where(beta < 0.0, 1.0 / (root + np.abs(monosymmetry)), root + monosymmetry)
    return np.where(lb > 0.0, scale * bracket, np.inf)


def _geometric_buckling_moment(
    angle: AngleTable, lb: FloatArray, cb: FloatArray, toe_compressed: np.ndarray
) -> FloatArray:
    """Return Mcr of Eq. F10-5a (toe in compression) or F10-5b, kip-in.; F10-5b is infinite at Lb = 0."""
    b, t = angle.long_leg_in, angle.t_in
    length = np.maximum(lb, _SHORTEST_IN)
    root = np.sqrt(1.0 + 0.88 * (lb * t / b**2) ** 2)
    tension = np.where(lb > 0.0, 0.58 * E_KSI * b**4 * t * cb / length**2 * (root + 1.0), np.inf)
    # b^4/Lb^2 (root - 1) = 0.88 t^2/(root + 1), finite at Lb = 0.
    compression = 0.58 * 0.88 * E_KSI * t**3 * cb / (root + 1.0)
    return np.where(toe_compressed, compression, tension)
