"""Stability of frames, ANSI/AISC 360-22 Chapter C (direct analysis), Appendix 7 (method limits) and Appendix 8 (B2).

Lengths in in., forces in kip, moments in kip-in., results of broadcast shape. tau_b, B1 and the Euler load are in
`interaction`. Every function raises `StructuralError` naming a number out of range (`ranges`: at most 1e12).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.aisc.interaction import tau_b
from structural.aisc.method import Method, load_ratio
from structural.checks import FloatArray, require_between, require_non_negative, require_positive
from structural.errors import StructuralError

NOTIONAL_LOAD_RATIO = 0.002
"""Eq. C2-1, for an out-of-plumbness of 1/500."""
TAU_B_NOTIONAL_LOAD_RATIO = 0.001
"""C2.3(c): added notional load with which tau_b may be taken as 1."""
STIFFNESS_SHARE = 0.80
"""C2.3(a): on all stiffness that contributes to stability."""
GRAVITY_ONLY_DRIFT_RATIO = 1.7
"""C2.2b(d), C2.1(b): second over first-order drift, with the stiffness of C2.3."""
EFFECTIVE_LENGTH_DRIFT_RATIO = 1.5
"""Appendix 7.2.1(b) and 7.3.1(c): the same with nominal stiffness."""
UNIT_K_DRIFT_RATIO = 1.1
"""Appendix 7.2.3(b): up to here K is 1.0 for all columns."""
FIRST_ORDER_BEAM_AXIAL_SHARE = 0.08
"""Eq. A-7-1, alpha Pr over Pe of beams in moment frames."""
FIRST_ORDER_COLUMN_AXIAL_SHARE = 0.5
"""Eq. A-7-2, alpha Pr over Pns of members of the lateral system."""

BoolArray = NDArray[np.bool_]


def notional_load_kip(
    gravity_kip: ArrayLike, method: Method | ArrayLike, ratio: ArrayLike = NOTIONAL_LOAD_RATIO
) -> FloatArray:
    """Return the notional load Ni = 0.002 alpha Yi of a level (Eq. C2-1).

    Parameters
    ----------
    gravity_kip : array_like
        Gravity load Yi of the level in the load combination, kip, >= 0.
    method : Method, str or array_like of str
        alpha is 1.0 (LRFD) or 1.6 (ASD).
    ratio : array_like
        Another out-of-plumbness where it is justified, 0..0.1; `TAU_B_NOTIONAL_LOAD_RATIO` for C2.3(c).

    Returns
    -------
    ndarray of float
        Kip.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    load = load_ratio(method) * require_non_negative("gravity_kip", gravity_kip)
    return np.asarray(require_between("ratio", ratio, 0.0, 0.1) * load)


def notional_loads_in_gravity_only(drift_ratio: ArrayLike) -> BoolArray:
    """Return where notional loads may be left out of combinations with lateral load (C2.2b(d)).

    ``drift_ratio`` largest second over first-order drift of all storeys, >= 1, with the stiffness of C2.3: up to 1.7.
    """
    return _drift_ratio(drift_ratio) <= GRAVITY_ONLY_DRIFT_RATIO


def p_delta_member_effect_negligible(drift_ratio: ArrayLike, moment_frame_share: ArrayLike) -> BoolArray:
    """Return where P-delta (member) effects may be left out of the analysis of the structure (C2.1(b)).

    ``drift_ratio`` as in `notional_loads_in_gravity_only`, up to 1.7; ``moment_frame_share`` of the gravity load on
    columns of moment frames in the direction considered, 0..1, up to a third.
    """
    share = require_between("moment_frame_share", moment_frame_share, 0.0, 1.0)
    return (_drift_ratio(drift_ratio) <= GRAVITY_ONLY_DRIFT_RATIO) & (share <= 1.0 / 3.0)


def flexural_stiffness_factor(axial_ratio: ArrayLike) -> FloatArray:
    """Return 0.8 tau_b, by which flexural stiffness is reduced in the analysis (C2.3(a), (b)).

    ``axial_ratio`` = alpha Pr/Pns in 0..1. Other stiffness: `STIFFNESS_SHARE`.
    """
    return np.asarray(STIFFNESS_SHARE * tau_b(axial_ratio))


def cm_factor(end_moment_ratio: ArrayLike, transverse_load: ArrayLike = False) -> FloatArray:
    """Return Cm = 0.6 - 0.4 M1/M2 (Eq. A-8-4), 1.0 for members loaded between their supports (App. 8.1.2(b)).

    ``end_moment_ratio`` M1/M2, smaller over larger first-order end moment, -1..1: positive in reverse curvature,
    negative in single curvature.
    """
    ratio = require_between("end_moment_ratio", end_moment_ratio, -1.0, 1.0)
    return np.where(np.asarray(transverse_load, dtype=bool), 1.0, 0.6 - 0.4 * ratio)


def rm_factor(moment_frame_share: ArrayLike) -> FloatArray:
    """Return RM = 1 - 0.15 Pmf/Pstory (Eq. A-8-8).

    ``moment_frame_share`` of the vertical load of the storey on columns of moment frames, 0..1: 0 in braced frames.
    """
    return np.asarray(1.0 - 0.15 * require_between("moment_frame_share", moment_frame_share, 0.0, 1.0))


def story_buckling_load_kip(
    shear_kip: ArrayLike, height_in: ArrayLike, drift_in: ArrayLike, moment_frame_share: ArrayLike = 1.0
) -> FloatArray:
    """Return Pe,story = RM H L/DeltaH in kip (Eq. A-8-7).

    ``shear_kip`` storey shear H and ``drift_in`` the first-order drift it causes, with the stiffness of the analysis;
    ``height_in`` of the storey; all > 0. ``moment_frame_share`` as in `rm_factor`; 1 gives the lower bound 0.85.
    """
    stiffness = require_positive("shear_kip", shear_kip) / require_positive("drift_in", drift_in)
    return np.asarray(rm_factor(moment_frame_share) * stiffness * require_positive("height_in", height_in))


def b2_multiplier(story_load_kip: ArrayLike, pe_story_kip: ArrayLike, method: Method | ArrayLike) -> FloatArray:
    """Return B2 = 1/(1 - alpha Pstory/Pe,story) >= 1 (Eq. A-8-6), the P-Delta amplifier of a storey.

    ``story_load_kip`` all vertical load on the storey, leaning columns too, kip, >= 0; ``pe_story_kip`` kip, > 0.
    alpha Pstory >= Pe,story means the storey buckles sideways: `StructuralError`, ``field="story_load_kip"``.
    """
    load = load_ratio(method) * require_non_negative("story_load_kip", story_load_kip)
    share = load / require_positive("pe_story_kip", pe_story_kip)
    if np.any(share >= 1.0):
        raise StructuralError(
            "alpha Pstory reaches the buckling load of the storey; stiffen it, B2 has no value", field="story_load_kip"
        )
    return np.asarray(1.0 / (1.0 - share))


def amplified_moment_kip_in(b1: ArrayLike, mnt_kip_in: ArrayLike, b2: ArrayLike, mlt_kip_in: ArrayLike) -> FloatArray:
    """Return Mr = B1 Mnt + B2 Mlt (Eq. A-8-1), kip-in.

    ``mnt_kip_in`` with the structure held against translation and ``mlt_kip_in`` from translation alone, first-order,
    as sizes that add, >= 0; ``b1`` and ``b2`` > 0.
    """
    held = require_positive("b1", b1) * require_non_negative("mnt_kip_in", mnt_kip_in)
    return np.asarray(held + require_positive("b2", b2) * require_non_negative("mlt_kip_in", mlt_kip_in))


def amplified_axial_kip(pnt_kip: ArrayLike, b2: ArrayLike, plt_kip: ArrayLike) -> FloatArray:
    """Return Pr = Pnt + B2 Plt (Eq. A-8-2), kip; sizes that add, >= 0, as in `amplified_moment_kip_in`."""
    sway = require_positive("b2", b2) * require_non_negative("plt_kip", plt_kip)
    return np.asarray(require_non_negative("pnt_kip", pnt_kip) + sway)


def effective_length_method_allowed(drift_ratio: ArrayLike) -> BoolArray:
    """Return where the effective length method may be used: second over first-order drift up to 1.5 (App. 7.2.1(b)).

    ``drift_ratio`` >= 1, the largest of all storeys, with nominal stiffness; B2 may stand for it.
    """
    return _drift_ratio(drift_ratio) <= EFFECTIVE_LENGTH_DRIFT_RATIO


def unit_k_allowed(drift_ratio: ArrayLike) -> BoolArray:
    """Return where K = 1.0 for all columns in that method: ratio of drifts up to 1.1 (App. 7.2.3(b)), >= 1."""
    return _drift_ratio(drift_ratio) <= UNIT_K_DRIFT_RATIO


def first_order_method_allowed(
    drift_ratio: ArrayLike, column_axial_ratio: ArrayLike, beam_axial_ratio: ArrayLike = 0.0
) -> BoolArray:
    """Return where the first-order analysis method may be used (App. 7.3.1).

    ``drift_ratio`` as in `effective_length_method_allowed`; ``column_axial_ratio`` alpha Pr/Pns of members of the
    lateral system, up to 0.5 (Eq. A-7-2); ``beam_axial_ratio`` alpha Pr/Pe of beams in moment frames, up to 0.08
    (Eq. A-7-1); both >= 0.
    """
    columns = require_non_negative("column_axial_ratio", column_axial_ratio) <= FIRST_ORDER_COLUMN_AXIAL_SHARE
    beams = require_non_negative("beam_axial_ratio", beam_axial_ratio) <= FIRST_ORDER_BEAM_AXIAL_SHARE
    return effective_length_method_allowed(drift_ratio) & columns & beams


def first_order_lateral_load_kip(
    gravity_kip: ArrayLike, drift_over_height: ArrayLike, method: Method | ArrayLike
) -> FloatArray:
    """Return the added lateral load Ni = 2.1 alpha (Delta/L) Yi >= 0.0042 Yi of a level (Eq. A-7-3), kip.

    ``gravity_kip`` Yi, kip, >= 0; ``drift_over_height`` largest first-order storey drift over height, 0..1.
    """
    slope = load_ratio(method) * require_between("drift_over_height", drift_over_height, 0.0, 1.0)
    return np.asarray(np.maximum(2.1 * slope, 0.0042) * require_non_negative("gravity_kip", gravity_kip))


def _drift_ratio(drift_ratio: ArrayLike) -> FloatArray:
    return require_between("drift_ratio", drift_ratio, 1.0, 1e6)
