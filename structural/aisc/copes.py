"""Flexural strength of beam ends coped at one or both flanges, AISC Manual 16th ed. Part 9.

The reaction R acts at e from the face of the cope, so the end carries Rn = Mn/e (Eq. 9-9). Lengths in in., strengths in
kip-in., Fy and Fu in ksi. Every function raises `StructuralError` naming a number out of range; a cope longer than 2 d,
or deeper than d/2 at the top flange, is outside the method.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.aisc.constants import E_KSI
from structural.aisc.flexure_bars import rectangular_bar_flexure
from structural.aisc.limit_states import checked_dimension, checked_stress
from structural.aisc.method import Factor
from structural.checks import FloatArray
from structural.errors import StructuralError
from structural.shapes import ShapeTable

COPE_YIELDING = Factor(0.90, 1.67)
"""Flexural yielding and local buckling of the coped section (Part 9)."""
COPE_RUPTURE = Factor(0.75, 2.00)
"""Flexural rupture (Part 9)."""


@dataclass(frozen=True, slots=True)
class CopedSection:
    """What the cope leaves of the section: depth ``ho_in``, elastic and plastic modulus Sc and Zc about its own axis.

    ``sc_in3`` belongs to the coped edge, the farther one. Fillets are left out, as in Manual Tables 9-2a and 9-2b.
    """

    ho_in: FloatArray
    sc_in3: FloatArray
    zc_in3: FloatArray


@dataclass(frozen=True, slots=True)
class CopedFlexure:
    """Nominal flexural strength of a coped end and what it follows from, broadcast shape.

    ``slenderness`` is ho/tw of a top cope, to be compared with ``slenderness_p`` and twice that; Lb d/t^2 and
    0.08 E/Fy of a double cope.
    """

    mn_kip_in: FloatArray
    mp_kip_in: FloatArray
    my_kip_in: FloatArray
    slenderness: FloatArray
    slenderness_p: FloatArray


def section_coped_at_one_flange(shape: ShapeTable, depth_in: ArrayLike) -> CopedSection:
    """Return the tee that a cope ``depth_in`` deep (tf <= dc < d - tf) leaves: the other flange and the web.

    W21X62, 8 in.: Sc 17.9, Zc 32.2 in.3.
    """
    dc = _cope_depth(shape, "depth_in", depth_in)
    ho = np.asarray(shape.d_in - dc)
    if np.any(ho <= shape.tf_in):
        raise StructuralError("depth_in leaves no web; use a shallower cope", field="depth_in")
    flange, web = shape.bf_in * shape.tf_in, shape.tw_in * (ho - shape.tf_in)
    web_middle = (shape.tf_in + ho) / 2.0
    axis = (flange * shape.tf_in / 2.0 + web * web_middle) / (flange + web)
    inertia = (
        flange * (shape.tf_in**2 / 12.0 + (axis - shape.tf_in / 2.0) ** 2)
        + web * (ho - shape.tf_in) ** 2 / 12.0
        + web * (web_middle - axis) ** 2
    )
    return CopedSection(ho, np.asarray(inertia / (ho - axis)), _tee_plastic_modulus(shape, flange, web, ho))


def section_coped_at_both_flanges(
    shape: ShapeTable, top_depth_in: ArrayLike, bottom_depth_in: ArrayLike
) -> CopedSection:
    """Return the rectangle of web between copes of the depths given (each >= tf, together < d): tw ho^2/6 and /4."""
    top = _cope_depth(shape, "top_depth_in", top_depth_in)
    bottom = _cope_depth(shape, "bottom_depth_in", bottom_depth_in)
    ho = np.asarray(shape.d_in - top - bottom)
    if np.any(ho <= 0.0):
        raise StructuralError("the copes leave no web; use shallower ones", field="bottom_depth_in")
    return CopedSection(ho, np.asarray(shape.tw_in * ho**2 / 6.0), np.asarray(shape.tw_in * ho**2 / 4.0))


def buckling_coefficient(shape: ShapeTable, length_in: ArrayLike, ho_in: ArrayLike) -> FloatArray:
    """Return k1 = f k >= 1.61 of a web coped at the compression flange, length c, remaining depth ho, in.

    k = 2.2 (ho/c)^1.65 for c <= ho, else 2.2 ho/c (Eq. 9-19); f = 2 c/d for c <= d, else 1 + c/d (Eq. 9-20); Eq. 9-14.
    """
    c, ho = checked_dimension("length_in", length_in), checked_dimension("ho_in", ho_in)
    k = 2.2 * np.where(c <= ho, (ho / c) ** 1.65, ho / c)
    f = np.where(c <= shape.d_in, 2.0 * c / shape.d_in, 1.0 + c / shape.d_in)
    return np.maximum(f * k, 1.61)


def top_cope_flexure(shape: ShapeTable, fy_ksi: ArrayLike, length_in: ArrayLike, depth_in: ArrayLike) -> CopedFlexure:
    """Return the strength of a beam end coped at the top (compression) flange only.

    Parameters
    ----------
    shape : ShapeTable
        I shapes.
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1,000.
    length_in, depth_in : array_like
        Cope length c, 0 < c <= 2 d, and depth dc, tf <= dc <= d/2, in.

    Returns
    -------
    CopedFlexure
        Mp = Fy Zc up to lambda_p = 0.475 sqrt(k1 E/Fy); Mp - (Mp - My)(lambda/lambda_p - 1) up to twice that; beyond,
        Fcr Sc with Fcr = 0.903 E k1/lambda^2; lambda = ho/tw (Eq. 9-10 to 9-18). W21X62, c 9, dc 8 in., 50 ksi:
        1230 kip-in.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    fy = checked_stress("fy_ksi", fy_ksi)
    c = checked_dimension("length_in", length_in)
    dc = checked_dimension("depth_in", depth_in)
    _require("length_in", c <= 2.0 * shape.d_in, "at most twice the beam depth")
    _require("depth_in", dc <= shape.d_in / 2.0, "at most half the beam depth")
    section = section_coped_at_one_flange(shape, dc)
    k1 = buckling_coefficient(shape, c, section.ho_in)
    slenderness, limit = section.ho_in / shape.tw_in, 0.475 * np.sqrt(k1 * E_KSI / fy)
    mp, my = fy * section.zc_in3, fy * section.sc_in3
    inelastic = mp - (mp - my) * np.clip(slenderness / limit - 1.0, 0.0, 1.0)
    # The constants of Fcr are rounded: without the cap it starts 0.06 % above My.
    elastic = np.minimum(0.903 * E_KSI * k1 / slenderness**2 * section.sc_in3, my)
    mn = np.where(slenderness > 2.0 * limit, elastic, inelastic)
    return CopedFlexure(mn, *np.broadcast_arrays(mp, my, slenderness, limit))


def double_cope_flexure(
    shape: ShapeTable, fy_ksi: ArrayLike, length_in: ArrayLike, top_depth_in: ArrayLike, bottom_depth_in: ArrayLike
) -> CopedFlexure:
    """Return the strength of a beam end coped at both flanges: the web as a rectangular bar (F11).

    Parameters
    ----------
    shape : ShapeTable
        I shapes.
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1,000.
    length_in : array_like
        Length ct of the top cope, 0 < ct <= 2 d, in.; the bottom one is as long (a shorter one taken as long as the top
        one is on the safe side, verify).
    top_depth_in, bottom_depth_in : array_like
        Cope depths, each >= tf, the top one at most d/2, in.

    Returns
    -------
    CopedFlexure
        F11.2 with d = ho, t = tw, Lb = ct and Cb = [3 + ln(ct/d)](1 - dct/d) >= 1.84 (Eq. 9-21): Mp up to
        Lb d/t^2 = 0.08 E/Fy, Eq. F11-3 up to 1.9 E/Fy, Eq. F11-4 beyond, at most Mp. W16X40, ct 9-1/2, depths 3-1/2 and
        2 in., 50 ksi: 421 kip-in.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    fy = checked_stress("fy_ksi", fy_ksi)
    ct = checked_dimension("length_in", length_in)
    top = checked_dimension("top_depth_in", top_depth_in)
    _require("length_in", ct <= 2.0 * shape.d_in, "at most twice the beam depth")
    _require("top_depth_in", top <= shape.d_in / 2.0, "at most half the beam depth")
    section = section_coped_at_both_flanges(shape, top, bottom_depth_in)
    cb = np.maximum((3.0 + np.log(ct / shape.d_in)) * (1.0 - top / shape.d_in), 1.84)
    bar = rectangular_bar_flexure(section.ho_in, shape.tw_in, fy, ct, cb)
    slenderness, limit = ct * section.ho_in / shape.tw_in**2, 0.08 * E_KSI / fy
    return CopedFlexure(bar.mn_kip_in, *np.broadcast_arrays(bar.mp_kip_in, fy * section.sc_in3, slenderness, limit))


def coped_flexural_rupture(section: CopedSection, fu_ksi: ArrayLike) -> FloatArray:
    """Return Mn = Fu Sc of flexural rupture at the cope (14th ed. Eq. 9-4; not stated in the 16th ed., verify)."""
    return np.asarray(checked_stress("fu_ksi", fu_ksi) * section.sc_in3)


def _tee_plastic_modulus(shape: ShapeTable, flange: FloatArray, web: FloatArray, ho: FloatArray) -> FloatArray:
    half = (flange + web) / 2.0
    in_flange = half / shape.bf_in
    in_web = shape.tf_in + (half - flange) / shape.tw_in
    to_web = (shape.tf_in + ho) / 2.0
    flange_cut = shape.bf_in * (in_flange**2 + (shape.tf_in - in_flange) ** 2) / 2.0 + web * (to_web - in_flange)
    web_cut = (
        flange * (in_web - shape.tf_in / 2.0) + shape.tw_in * ((in_web - shape.tf_in) ** 2 + (ho - in_web) ** 2) / 2.0
    )
    return np.where(flange >= half, flange_cut, web_cut)


def _cope_depth(shape: ShapeTable, name: str, depth_in: ArrayLike) -> FloatArray:
    depth = checked_dimension(name, depth_in)
    _require("shape", ~np.asarray(shape.is_channel), "an I shape")
    _require(name, depth >= shape.tf_in, "at least the flange thickness: a cope removes the flange")
    return depth


def _require(name: str, holds: NDArray[np.bool_], rule: str) -> None:
    if not np.all(holds):
        row = int(np.flatnonzero(~np.ravel(holds))[0])
        raise StructuralError(f"{name} must be {rule} (row {row})", field=name)
