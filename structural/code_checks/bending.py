"""Flexural strengths over members of any shape family: which clause of Chapter F applies to which section.

Strengths are nominal, kip-in.; NaN where a limit state has no meaning for the section, 0 where the Specification has no
rule for it, so that nothing built on it passes.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.classification import (
    flange_limits_major,
    hollow_flange_limits,
    hollow_web_limits,
    web_limits_major,
)
from structural.aisc.constants import E_KSI
from structural.aisc.flexure import major_axis_flexure, minor_axis_flexure
from structural.aisc.flexure_angles import (
    AngleFlexure,
    CompressionLeg,
    GeometricBending,
    LateralRestraint,
    geometric_flexure,
    principal_major_flexure,
    principal_minor_flexure,
)
from structural.aisc.flexure_bars import unsymmetrical_flexure
from structural.aisc.flexure_girders import girder_flexure
from structural.aisc.flexure_hollow import BendingAxis, rectangular_hss_flexure, round_hss_flexure
from structural.aisc.flexure_tees import TeeFlexure, double_angle_flexure, tee_flexure
from structural.aisc.girder_section import girder_of_shape
from structural.checks import FloatArray, IntArray
from structural.code_checks.case import BoolArray, Case, Columns, Part
from structural.elementwise import maximum, where
from structural.sections import Kind

Found = Mapping[str, ArrayLike]
_RESTRAINT = {"ends": LateralRestraint.NONE, "point": LateralRestraint.AT_MAXIMUM_MOMENT}


def major_strengths(case: Case, cb: FloatArray | None = None) -> Columns:
    """Return strengths about x: ``mn`` governing, ``mp`` yielding, ``ltb``, ``flb``, ``local``; ``lp``, ``lr`` in in.

    ``cb`` replaces the case's Cb (H1.2 lets it grow beside tension).
    """
    if cb is None:
        return case.remember("major flexure", lambda: major_strengths(case, case.value["cb"]))
    factor = cb
    return case.by_kind(
        {
            Kind.I_SHAPE: lambda part: _i_shapes(part, factor),
            Kind.CHANNEL: lambda part: _channels(part, factor),
            Kind.TEE: _tees,
            Kind.DOUBLE_ANGLE: _double_angles,
            Kind.ANGLE: lambda part: _angles(part, factor),
            Kind.RECTANGULAR_HSS: lambda part: _rectangles(part, factor, BendingAxis.X),
            Kind.ROUND_HSS: _rounds,
        }
    )


def minor_strengths(case: Case) -> Columns:
    """Return strengths about y: ``mn`` governing, ``mp`` yielding, ``flb`` flange local buckling.

    Tees and double angles bent about y are taken as unsymmetrical shapes at first yield (F12).
    """
    return case.remember("minor flexure", lambda: case.by_kind(_MINOR))


def has_compact_web(case: Case) -> BoolArray:
    """Return where the member is an I shape or channel with a web that is compact in flexure."""
    limit = web_limits_major(case.value["fy_ksi"]).compact
    return case.is_kind(Kind.I_SHAPE, Kind.CHANNEL) & (case.property("h_tw") <= limit)


def _fill(part: Part, at: IntArray, columns: dict[str, FloatArray], found: Found) -> None:
    """Put what was found for the members at these positions of a part into its columns."""
    for name, values in found.items():
        columns.setdefault(name, np.full(len(part.rows), np.nan))[at] = values


def _i_shapes(part: Part, cb: FloatArray) -> Found:
    fy, lb, factor = part.value("fy_ksi"), part.value("lb_in"), part.of(cb)
    limits = web_limits_major(fy)
    compact = part.table.h_tw <= limits.compact
    if compact.all():
        return _compact_i(part, fy, lb, factor)
    columns: dict[str, FloatArray] = {}
    stocky, at = part.split(compact)
    if len(at):
        _fill(part, at, columns, _compact_i(stocky, fy[at], lb[at], factor[at]))
    too_thin = part.table.h_tw > maximum(12.0 * np.sqrt(E_KSI / fy), 0.40 * E_KSI / fy)
    _fill(part, np.flatnonzero(too_thin), columns, dict.fromkeys(("mn", "mp", "ltb"), 0.0))
    thin, at = part.split(~compact & ~too_thin)
    if len(at):
        girder = girder_flexure(girder_of_shape(thin.table), fy[at], lb[at], factor[at])
        found = {
            "mn": girder.mn_kip_in,
            "mp": girder.mn_yielding_kip_in,
            "ltb": girder.mn_ltb_kip_in,
            "flb": girder.mn_flb_kip_in,
            "lp": girder.lp_in,
            "lr": girder.lr_in,
            "web_factor": girder.web_factor,
        }
        _fill(part, at, columns, found)
    return columns


def _compact_i(part: Part, fy: FloatArray, lb: FloatArray, cb: FloatArray) -> Found:
    result = major_axis_flexure(part.table, fy, lb, cb)
    return {
        "mn": result.mn_kip_in,
        "mp": result.mp_kip_in,
        "ltb": result.mn_ltb_kip_in,
        "flb": result.mn_flb_kip_in,
        "lp": result.lp_in,
        "lr": result.lr_in,
    }


def _channels(part: Part, cb: FloatArray) -> Found:
    """F2 covers channels with compact flanges and webs; there is no rule for others."""
    fy, lb, factor = part.value("fy_ksi"), part.value("lb_in"), part.of(cb)
    compact = part.table.h_tw <= web_limits_major(fy).compact
    compact &= part.table.lambda_f <= flange_limits_major(part.table, fy).compact
    columns = {name: np.zeros(len(part.rows)) for name in ("mn", "mp", "ltb")}
    covered, at = part.split(compact)
    if len(at):
        _fill(part, at, columns, _compact_i(covered, fy[at], lb[at], factor[at]))
    return columns


def _stem(part: Part) -> np.ndarray:
    return part.of(part.case.words["toe_sense"])


def _tees(part: Part) -> Found:
    return _tee_columns(tee_flexure(part.table, part.value("fy_ksi"), part.value("lb_in"), _stem(part)))


def _double_angles(part: Part) -> Found:
    return _tee_columns(double_angle_flexure(part.table, part.value("fy_ksi"), part.value("lb_in"), _stem(part)))


def _tee_columns(result: TeeFlexure) -> Found:
    return {
        "mn": result.mn_kip_in,
        "mp": result.mp_kip_in,
        "ltb": result.mn_ltb_kip_in,
        "flb": result.mn_flb_kip_in,
        "local": result.mn_stem_kip_in,
        "lp": result.lp_in,
        "lr": result.lr_in,
    }


def _angles(part: Part, cb: FloatArray, *, about_y: bool = False) -> Found:
    """About a geometric axis where F10 allows it; unequal legs about both principal axes at once, by H2.

    Equal legs are alike about x and y; about y, continuous restraint is not counted, because F10 speaks of x for the
    upright leg alone.
    """
    fy, lb, factor = part.value("fy_ksi"), part.value("lb_in"), part.of(cb)
    restraint = part.of(part.case.words["angle_restraint"])
    words = np.array([_RESTRAINT.get(word, LateralRestraint.CONTINUOUS).value for word in restraint.tolist()])
    equal = part.table.long_leg_in == part.table.short_leg_in
    geometric = equal if about_y else equal | (words == LateralRestraint.CONTINUOUS.value)
    columns: dict[str, FloatArray] = {}
    simple, at = part.split(geometric)
    if len(at):
        bending = GeometricBending(_stem(part)[at], words[at])
        _fill(part, at, columns, _angle_columns(geometric_flexure(simple.table, fy[at], lb[at], factor[at], bending)))
    skew, at = part.split(~geometric)
    if len(at):
        major = principal_major_flexure(skew.table, fy[at], lb[at], factor[at], CompressionLeg.BOTH)
        minor = principal_minor_flexure(skew.table, fy[at])
        cosine = 1.0 / np.hypot(1.0, skew.table.tan_alpha)
        sine = skew.table.tan_alpha * cosine
        along_w, along_z = (sine, cosine) if about_y else (cosine, sine)
        combined = 1.0 / (along_w / major.mn_kip_in + along_z / minor.mn_kip_in)
        modulus = skew.table.sy_in3 if about_y else skew.table.sx_in3
        _fill(part, at, columns, {"mn": combined, "mp": fy[at] * 1.5 * modulus})
    return columns


def _angle_columns(result: AngleFlexure) -> Found:
    return {
        "mn": result.mn_kip_in,
        "mp": result.mp_kip_in,
        "ltb": result.mn_ltb_kip_in,
        "local": result.mn_leg_kip_in,
        "mcr": where(np.isfinite(result.mcr_kip_in), result.mcr_kip_in, np.nan),
    }


def _rectangles(part: Part, cb: FloatArray, axis: BendingAxis) -> Found:
    fy, lb, factor = part.value("fy_ksi"), part.value("lb_in"), part.of(cb)
    across, along = (part.table.b_t, part.table.h_t) if axis is BendingAxis.X else (part.table.h_t, part.table.b_t)
    no_rule = (across > hollow_flange_limits(fy).slender) & (along > hollow_web_limits(fy).slender)
    columns = {name: np.zeros(len(part.rows)) for name in ("mn", "mp")}
    covered, at = part.split(~no_rule)
    if len(at):
        result = rectangular_hss_flexure(covered.table, fy[at], lb[at], factor[at], axis)
        found = {
            "mn": result.mn_kip_in,
            "mp": result.mp_kip_in,
            "ltb": result.mn_ltb_kip_in,
            "flb": result.mn_flb_kip_in,
            "local": result.mn_wlb_kip_in,
            "lp": where(np.isfinite(result.lp_in), result.lp_in, np.nan),
            "lr": where(np.isfinite(result.lr_in), result.lr_in, np.nan),
        }
        _fill(part, at, columns, found)
    return columns


def _rounds(part: Part) -> Found:
    fy = part.value("fy_ksi")
    columns = {name: np.zeros(len(part.rows)) for name in ("mn", "mp")}
    covered, at = part.split(part.table.d_t < 0.45 * E_KSI / fy)
    if len(at):
        result = round_hss_flexure(covered.table, fy[at])
        _fill(part, at, columns, {"mn": result.mn_kip_in, "mp": result.mp_kip_in, "local": result.mn_lb_kip_in})
    return columns


def _minor_flanged(part: Part) -> Found:
    result = minor_axis_flexure(part.table, part.value("fy_ksi"))
    return {"mn": result.mn_kip_in, "mp": result.mp_kip_in, "flb": result.mn_flb_kip_in}


def _first_yield(part: Part) -> Found:
    result = unsymmetrical_flexure(part.table.sy_in3, part.value("fy_ksi"))
    return {"mn": result.mn_kip_in, "mp": result.mp_kip_in}


_MINOR = {
    Kind.I_SHAPE: _minor_flanged,
    Kind.CHANNEL: _minor_flanged,
    Kind.TEE: _first_yield,
    Kind.DOUBLE_ANGLE: _first_yield,
    Kind.ANGLE: lambda part: _angles(part, part.case.value["cb"], about_y=True),
    Kind.RECTANGULAR_HSS: lambda part: _rectangles(part, part.case.value["cb"], BendingAxis.Y),
    Kind.ROUND_HSS: _rounds,
}
