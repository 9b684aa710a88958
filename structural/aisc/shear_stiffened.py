"""Shear of stiffened webs, ANSI/AISC 360-22 G2.2 and G2.3 (tension field action), and their stiffeners, G2.4.

Factor `structural.aisc.shear.SHEAR`. Panels are no longer than 3 h.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.aisc.constants import E_KSI
from structural.aisc.girder_section import GirderSection, layered_plastic_modulus
from structural.aisc.limit_states import checked_dimension, checked_stress, refuse
from structural.aisc.method import Method, load_ratio
from structural.aisc.shear import cv2, web_buckling_coefficient
from structural.checks import FloatArray, IntArray, require_between
from structural.errors import StructuralError


class PanelState(IntEnum):
    """What a panel's strength rests on; the codes in `PanelShear.governing`."""

    YIELDING = 0
    POST_BUCKLING = 1
    TENSION_FIELD = 2
    END_TENSION_FIELD = 3

    @property
    def clause(self) -> str:
        """Clause of the strength."""
        return ("G2.1", "G2.1", "G2.2", "G2.3")[self.value]


@dataclass(frozen=True, slots=True)
class PanelShear:
    """Nominal shear strength of web panels, kip: the larger of G2.1 and of tension field action.

    ``is_reduced`` marks panels whose small flanges allow a partial tension field only (Eq. G2-8); ``beta_v`` is 1 but
    in end panels (Eq. G2-13).
    """

    vn_kip: FloatArray
    vn_web_kip: FloatArray
    vn_tension_field_kip: FloatArray
    kv: FloatArray
    cv1: FloatArray
    cv2: FloatArray
    beta_v: FloatArray
    is_reduced: NDArray[np.bool_]
    is_end: bool

    @property
    def governing(self) -> IntArray:
        """`PanelState` codes, broadcast shape."""
        field = PanelState.END_TENSION_FIELD if self.is_end else PanelState.TENSION_FIELD
        buckled = np.where(self.vn_tension_field_kip > self.vn_web_kip, field, PanelState.POST_BUCKLING)
        return np.where(self.cv1 >= 1.0, PanelState.YIELDING, buckled).astype(np.int64)


@dataclass(frozen=True, slots=True)
class EndStiffener:
    """Pair of bearing stiffeners at the end of a girder: plates ``width_in`` x ``thickness_in`` each side of the web.

    ``overhang_in`` runs from the inside face of the stiffener to the end of the girder, at least the thickness.
    """

    width_in: ArrayLike
    thickness_in: ArrayLike
    overhang_in: ArrayLike
    fy_ksi: ArrayLike


class _TensionField(NamedTuple):
    """Anchorage beta_v, the divisor beside 1.15, whether that is the reduced one, and whether the panel is an end."""

    beta_v: FloatArray
    root: FloatArray
    is_reduced: NDArray[np.bool_]
    is_end: bool


def interior_panel_shear(section: GirderSection, fy_ksi: ArrayLike, panel_ratio: ArrayLike) -> PanelShear:
    """Return the nominal shear strength of interior web panels with transverse stiffeners (G2.2, G2.1).

    Parameters
    ----------
    section : GirderSection
        Girders; rolled webs too, without the factors of G2.1(a).
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1,000.
    panel_ratio : array_like
        Clear distance between stiffeners over h, 0.01 to 3.

    Returns
    -------
    PanelShear
        0.6 Fy Aw [Cv2 + (1 - Cv2)/(1.15 sqrt(1 + (a/h)^2))] (Eq. G2-7), or with a/h added to the root (Eq. G2-8) where
        2 Aw/(Afc + Aft) > 2.5 or h/bf > 6; Eq. G2-1 where that gives more. Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    fy, ratio = checked_stress("fy_ksi", fy_ksi), require_between("panel_ratio", panel_ratio, 0.01, 3.0)
    flanges = section.bfc_in * section.tfc_in + section.bft_in * section.tft_in
    web_area = section.d_in * section.tw_in
    slight = (2.0 * web_area > 2.5 * flanges) | (section.h_in > 6.0 * np.minimum(section.bfc_in, section.bft_in))
    root = np.hypot(1.0, ratio) + np.where(slight, ratio, 0.0)
    field = _TensionField(np.ones(root.shape), np.asarray(root), np.asarray(slight), is_end=False)
    return _panel(section, fy, ratio, field)


def end_panel_shear(
    section: GirderSection, fy_ksi: ArrayLike, panel_ratio: ArrayLike, stiffener: EndStiffener
) -> PanelShear:
    """Return the nominal shear strength of end panels of I shapes with equal flanges (G2.3, G2.1).

    The flexural stress in the tension flange of the panel, alpha Mr/Sxt, must not exceed 0.35 Fy: see
    `end_panel_stress_ratio`.

    Parameters
    ----------
    section : GirderSection
        Girders with two equal flanges.
    fy_ksi : array_like
        Yield stress of web and flanges, ksi, 1 to 1,000.
    panel_ratio : array_like
        Clear distance between stiffeners over h, 0.01 to 3.
    stiffener : EndStiffener
        Bearing stiffeners at the support; dimensions 0.001 to 10,000 in., yield stress 1 to 1,000 ksi.

    Returns
    -------
    PanelShear
        0.6 Fyw Aw [Cv2 + beta_v (1 - Cv2)/(1.15 sqrt(1 + (a/h)^2))] (Eq. G2-12), beta_v of Eq. G2-13 with the plastic
        moments of flange and end stiffener, each with a strip of web de of Eq. G2-14, G2-15. How flange, stiffener and
        strips are put together follows the description of Commentary Fig. C-G2.3 (verify). Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number out of range; ``field="shape"`` for unequal flanges, ``field="overhang_in"`` for an overhang
        shorter than the stiffener is thick.
    """
    fy, ratio = checked_stress("fy_ksi", fy_ksi), require_between("panel_ratio", panel_ratio, 0.01, 3.0)
    unequal = (section.bfc_in != section.bft_in) | (section.tfc_in != section.tft_in)
    refuse(unequal, section.name, "has unequal flanges; G2.3(b) asks for an analysis")
    coefficient = cv2(section.h_tw, fy, web_buckling_coefficient(ratio))
    strip = np.where(coefficient > 0.8, 0.0, 35.0 * section.tw_in * (0.8 - coefficient) ** 2)
    flange = fy * _stacked(((section.bfc_in, section.tfc_in), (section.tw_in, strip)))
    post = _end_post_moment(section, fy, strip, stiffener)
    least = np.minimum(flange, post)
    hinges = 2.8 * (np.sqrt(flange + least) + np.sqrt(post + least))
    anchorage = section.h_in * np.sqrt(fy * section.tw_in * (1.0 - coefficient))
    beta = hinges / np.maximum(anchorage, hinges)
    field = _TensionField(beta, np.hypot(1.0, ratio), np.zeros(beta.shape, dtype=bool), is_end=True)
    return _panel(section, fy, ratio, field)


def end_panel_stress_ratio(
    mr_kip_in: ArrayLike, sxt_in3: ArrayLike, fy_ksi: ArrayLike, method: Method | ArrayLike
) -> FloatArray:
    """Return alpha Mr/Sxt over 0.35 Fy, at most 1 where G2.3 may be used, broadcast shape.

    ``mr_kip_in`` required moment in the end panel, 0 to 1e9 kip-in.; ``sxt_in3`` > 0 to 1e9; ``fy_ksi`` 1 to 1,000.
    Raises `StructuralError` naming a number out of range.
    """
    moment = require_between("mr_kip_in", mr_kip_in, 0.0, 1e9)
    modulus = require_between("sxt_in3", sxt_in3, 1e-9, 1e9)
    return np.asarray(load_ratio(method) * moment / modulus / (0.35 * checked_stress("fy_ksi", fy_ksi)))


def needs_stiffeners(h_tw: ArrayLike, fy_ksi: ArrayLike, shear_ratio: ArrayLike) -> NDArray[np.bool_]:
    """Return where transverse stiffeners are required (G2.4(a)), broadcast shape.

    Not up to h/tw of 2.54 sqrt(E/Fy), nor where the web without stiffeners (G2.1, kv 5.34) is strong enough:
    ``shear_ratio`` = Vr over that available strength, 0 to 1e6. ``h_tw`` 0.001 to 10,000, ``fy_ksi`` 1 to 1,000. Raises
    `StructuralError` naming a number out of range.
    """
    slenderness = require_between("h_tw", h_tw, 1e-3, 1e4)
    thin = slenderness > 2.54 * np.sqrt(E_KSI / checked_stress("fy_ksi", fy_ksi))
    return np.asarray(thin & (require_between("shear_ratio", shear_ratio, 0.0, 1e6) > 1.0))


def stiffener_slenderness_limit(fyst_ksi: ArrayLike) -> FloatArray:
    """Return the greatest b/t of transverse stiffeners: 0.56 sqrt(E/Fyst) (Eq. G2-16); ``fyst_ksi`` 1 to 1,000."""
    return np.asarray(0.56 * np.sqrt(E_KSI / checked_stress("fyst_ksi", fyst_ksi)))


def stiffener_inertia_in4(
    width_in: ArrayLike, thickness_in: ArrayLike, tw_in: ArrayLike, *, paired: ArrayLike = True
) -> FloatArray:
    """Return Ist of plate stiffeners in in4 (G2.4(e)), broadcast shape.

    ``width_in`` projecting from the web and ``thickness_in`` of one plate, ``tw_in`` of the web, in., 0.001 to 10,000.
    Pairs about the middle of the web, t (2 b + tw)^3/12; single ones about the face of the web, t b^3/3. Raises
    `StructuralError` naming a number out of range.
    """
    width, thickness = checked_dimension("width_in", width_in), checked_dimension("thickness_in", thickness_in)
    pair = thickness * (2.0 * width + checked_dimension("tw_in", tw_in)) ** 3 / 12.0
    return np.where(np.asarray(paired, dtype=bool), pair, thickness * width**3 / 3.0)


def post_buckling_share(vr_kip: ArrayLike, vc1_kip: ArrayLike, vc2_kip: ArrayLike) -> FloatArray:
    """Return rho_w of G2.4(e), 0 to 1: how much of the strength beyond web buckling a panel uses, broadcast shape.

    ``vr_kip`` required shear, 0 to 1e9; ``vc1_kip`` available strength by G2.1 or G2.2 and ``vc2_kip`` that of
    0.6 Fy Aw Cv2, > 0 to 1e9. Take the larger of the two panels beside a stiffener. Raises `StructuralError` naming a
    number out of range, ``field="vr_kip"`` where it exceeds Vc1 and the panel itself fails.
    """
    required = require_between("vr_kip", vr_kip, 0.0, 1e9)
    full, buckling = require_between("vc1_kip", vc1_kip, 1e-9, 1e9), require_between("vc2_kip", vc2_kip, 1e-9, 1e9)
    if np.any(required > full):
        raise StructuralError("vr_kip exceeds the strength Vc1 of the panel; strengthen the panel", field="vr_kip")
    reserve = full - buckling
    used = np.maximum(required - buckling, 0.0)
    return np.asarray(used / np.where(reserve > 0.0, reserve, 1.0))


def required_stiffener_inertia_in4(
    section: GirderSection,
    panel_ratio: ArrayLike,
    fyw_ksi: ArrayLike,
    fyst_ksi: ArrayLike,
    rho_w: ArrayLike = 1.0,
) -> FloatArray:
    """Return the least Ist of transverse stiffeners in in4: Ist2 + (Ist1 - Ist2) rho_w (Eq. G2-17).

    Parameters
    ----------
    section : GirderSection
        Girders.
    panel_ratio : array_like
        Clear distance between stiffeners over h, 0.01 to 1,000.
    fyw_ksi, fyst_ksi : array_like
        Yield stress of web and stiffener, ksi, 1 to 1,000.
    rho_w : array_like
        `post_buckling_share`, 0 to 1; 1 for the full strength of the panel.

    Returns
    -------
    ndarray of float
        Ist1 = h^4 rho_st^1.3/40 (Fyw/E)^1.5 (Eq. G2-18) with rho_st the larger of Fyw/Fyst and 1; Ist2 =
        [2.5/(a/h)^2 - 2] bp tw^3 >= 0.5 bp tw^3 (Eq. G2-19) with bp the smaller of a and h. Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    ratio = require_between("panel_ratio", panel_ratio, 0.01, 1e3)
    fyw, fyst = checked_stress("fyw_ksi", fyw_ksi), checked_stress("fyst_ksi", fyst_ksi)
    rho_st = np.maximum(fyw / fyst, 1.0)
    full = section.h_in**4 * rho_st**1.3 / 40.0 * (fyw / E_KSI) ** 1.5
    bp = np.minimum(ratio, 1.0) * section.h_in
    buckling = np.maximum(2.5 / ratio**2 - 2.0, 0.5) * bp * section.tw_in**3
    return np.asarray(buckling + (full - buckling) * require_between("rho_w", rho_w, 0.0, 1.0))


def _panel(
    section: GirderSection,
    fy: FloatArray,
    ratio: FloatArray,
    tension: _TensionField,
) -> PanelShear:
    """Return G2.1 beside the tension field."""
    kv = web_buckling_coefficient(ratio)
    buckling = cv2(section.h_tw, fy, kv)
    cv1 = np.minimum(1.10 * np.sqrt(kv * E_KSI / fy) / section.h_tw, 1.0)
    plastic = 0.6 * fy * section.d_in * section.tw_in
    web = np.asarray(plastic * cv1)
    field = np.asarray(plastic * (buckling + tension.beta_v * (1.0 - buckling) / (1.15 * tension.root)))
    strengths = (np.maximum(web, field), web, field)
    return PanelShear(*strengths, kv, cv1, buckling, tension.beta_v, tension.is_reduced, tension.is_end)


def _end_post_moment(section: GirderSection, fy: FloatArray, strip: FloatArray, stiffener: EndStiffener) -> FloatArray:
    """Return Mpst, kip-in.: end stiffener with a strip de of web inside it and the overhang outside."""
    width, thickness = (
        checked_dimension("width_in", stiffener.width_in),
        checked_dimension("thickness_in", stiffener.thickness_in),
    )
    fyst = checked_stress("fy_ksi", stiffener.fy_ksi)
    overhang = checked_dimension("overhang_in", stiffener.overhang_in)
    if np.any(overhang < thickness):
        raise StructuralError("overhang_in must take in the thickness of the end stiffener", field="overhang_in")
    outside = np.maximum(np.minimum(overhang, 0.84 * section.tw_in * np.sqrt(E_KSI / fy)) - thickness, 0.0)
    middle = 2.0 * width * fyst / fy + section.tw_in
    return np.asarray(fy * _stacked(((section.tw_in, outside), (middle, thickness), (section.tw_in, strip))))


def _stacked(layers: tuple[tuple[FloatArray, FloatArray], ...]) -> FloatArray:
    """Return the plastic modulus of layers of (width, thickness)."""
    arrays = np.broadcast_arrays(*(array for layer in layers for array in layer))
    return layered_plastic_modulus(np.stack(arrays[::2], axis=-1), np.stack(arrays[1::2], axis=-1))[0]
