"""Webs under concentrated forces, their stiffeners and doublers, ANSI/AISC 360-22 J10.4 to J10.9.

Lengths in in., stresses in ksi, forces in kip, results of broadcast shape. J10.1 to J10.3 are in `concentrated`; J10.10
(forces transverse to a plate) has no formula of its own and refers to J4.2 and J4.5 (`elements`). Every function raises
`StructuralError` naming a number out of range (`ranges`: at most 1e12).
"""

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc import elements
from structural.aisc.constants import E_KSI
from structural.aisc.method import Factor, Method, available, load_ratio
from structural.checks import FloatArray, enum_codes, require_between, require_non_negative, require_positive
from structural.shapes import ShapeTable

WEB_SIDESWAY = Factor(0.85, 1.76)
"""J10.4."""
WEB_BUCKLING = Factor(0.90, 1.67)
"""J10.5."""
PANEL_ZONE = Factor(0.90, 1.67)
"""J10.6."""
STIFFENER_BEARING = Factor(0.75, 2.00)
"""J7, ends of fitted bearing stiffeners."""


def web_sidesway_buckling(
    shape: ShapeTable,
    fy_ksi: ArrayLike,
    lb_in: ArrayLike,
    moment_kip_in: ArrayLike,
    method: Method | ArrayLike,
    *,
    flange_restrained: ArrayLike = True,
) -> FloatArray:
    """Return Rn of web sidesway buckling under one compressive force (Eq. J10-6, J10-7). Factor `WEB_SIDESWAY`.

    Applies where the tension flange can move sideways against the loaded one at the force.

    Parameters
    ----------
    shape : ShapeTable
        I shapes.
    fy_ksi : array_like
        Yield stress, ksi, > 0.
    lb_in : array_like
        Longest laterally unbraced length along either flange at the force, in., > 0.
    moment_kip_in : array_like
        Size of the required moment Mr at the force, kip-in., >= 0: Cr is 960,000 ksi where alpha_s Mr < Fy Sx, else
        480,000.
    method : Method, str or array_like of str
        alpha_s is 1.0 (LRFD) or 1.5 (ASD).
    flange_restrained : array_like of bool
        The loaded flange is held against rotation (J10.4(a)), else J10.4(b).

    Returns
    -------
    ndarray of float
        Kip, broadcast shape; infinity where the limit state does not apply: (h/tw)/(Lb/bf) over 2.3 (restrained) or
        1.7 (not).

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    yield_moment = require_positive("fy_ksi", fy_ksi) * shape.sx_in3
    level = np.where(enum_codes("method", method, Method) == 0, 1.0, 1.5)
    elastic = level * require_non_negative("moment_kip_in", moment_kip_in) < yield_moment
    restrained = np.asarray(flange_restrained, dtype=bool)
    ratio = shape.h_tw / (require_positive("lb_in", lb_in) / shape.bf_in)
    bracket = np.where(restrained, 1.0, 0.0) + 0.4 * ratio**3
    strength = np.where(elastic, 960_000.0, 480_000.0) * shape.tw_in**3 * shape.tf_in / shape.h_in**2 * bracket
    return np.where(ratio > np.where(restrained, 2.3, 1.7), np.inf, strength)


def web_compression_buckling(shape: ShapeTable, fyw_ksi: ArrayLike, end_distance_in: ArrayLike) -> FloatArray:
    """Return Rn = 24 tw^3 sqrt(E Fyw)/h under a pair of compressive forces (Eq. J10-8). Factor `WEB_BUCKLING`.

    Half of it nearer than d/2 to the member end; ``end_distance_in`` >= 0.
    """
    full = 24.0 * shape.tw_in**3 * np.sqrt(E_KSI * require_positive("fyw_ksi", fyw_ksi)) / shape.h_in
    near = require_non_negative("end_distance_in", end_distance_in) < shape.d_in / 2.0
    return np.where(near, 0.5 * full, full)


def panel_zone_shear(
    shape: ShapeTable,
    fy_ksi: ArrayLike,
    pr_kip: ArrayLike,
    method: Method | ArrayLike,
    doubler_in: ArrayLike = 0.0,
) -> FloatArray:
    """Return Rn of a column web panel whose inelastic deformation the analysis leaves out (Eq. J10-9, J10-10).

    Parameters
    ----------
    shape : ShapeTable
        The column.
    fy_ksi : array_like
        Yield stress of web and doublers, ksi, > 0.
    pr_kip : array_like
        Size of the required axial strength of the column, kip, >= 0.
    method : Method, str or array_like of str
        alpha is 1.0 (LRFD) or 1.6 (ASD).
    doubler_in : array_like
        Thickness of all doublers together, in., >= 0.

    Returns
    -------
    ndarray of float
        0.60 Fy dc tw, times 1.4 - alpha Pr/Py beyond alpha Pr = 0.4 Py, at least 0; kip. Factor `PANEL_ZONE`.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    axial = _axial_ratio(shape, fy_ksi, pr_kip, method)
    return np.asarray(_panel_yielding(shape, fy_ksi, doubler_in) * np.clip(1.4 - axial, 0.0, 1.0))


def panel_zone_shear_deforming(
    shape: ShapeTable,
    fy_ksi: ArrayLike,
    pr_kip: ArrayLike,
    method: Method | ArrayLike,
    beam_depth_in: ArrayLike,
    doubler_in: ArrayLike = 0.0,
) -> FloatArray:
    """Return Rn of a column web panel whose inelastic deformation the analysis counts (Eq. J10-11, J10-12).

    As `panel_zone_shear`, with the column flanges: 0.60 Fy dc tw (1 + 3 bcf tcf^2/(db dc tw)), times
    1.9 - 1.2 alpha Pr/Py beyond alpha Pr = 0.75 Py. ``beam_depth_in`` db in in., > 0.
    """
    axial = _axial_ratio(shape, fy_ksi, pr_kip, method)
    frame = 3.0 * shape.bf_in * shape.tf_in**2 / require_positive("beam_depth_in", beam_depth_in)
    flanges = 0.60 * require_positive("fy_ksi", fy_ksi) * frame
    return np.asarray((_panel_yielding(shape, fy_ksi, doubler_in) + flanges) * np.clip(1.9 - 1.2 * axial, 0.0, 1.0))


def _axial_ratio(shape: ShapeTable, fy_ksi: ArrayLike, pr_kip: ArrayLike, method: Method | ArrayLike) -> FloatArray:
    axial = load_ratio(method) * require_non_negative("pr_kip", pr_kip)
    return np.asarray(axial / (require_positive("fy_ksi", fy_ksi) * shape.area_in2))


def _panel_yielding(shape: ShapeTable, fy_ksi: ArrayLike, doubler_in: ArrayLike) -> FloatArray:
    thickness = shape.tw_in + require_non_negative("doubler_in", doubler_in)
    return np.asarray(0.60 * require_positive("fy_ksi", fy_ksi) * shape.d_in * thickness)


def doubler_thickness_in(
    shape: ShapeTable,
    fy_ksi: ArrayLike,
    shear_kip: ArrayLike,
    available_kip: ArrayLike,
    method: Method | ArrayLike,
) -> FloatArray:
    """Return the doubler thickness that makes up for a panel zone's lack of shear strength, in. (J10.9(a), G2.1).

    ``shear_kip`` required and ``available_kip`` available shear strength of the bare panel, both >= 0. The doubler
    yields in shear, 0.60 Fy dc t with `PANEL_ZONE` (the factors of G1); `doubler_slenderness_limit` says when it may be
    counted in full. 0 where nothing is lacking.
    """
    lacking = require_non_negative("shear_kip", shear_kip) - require_non_negative("available_kip", available_kip)
    per_inch = available(0.60 * require_positive("fy_ksi", fy_ksi) * shape.d_in, PANEL_ZONE, method)
    return np.maximum(lacking, 0.0) / per_inch


def doubler_slenderness_limit(fy_ksi: ArrayLike) -> FloatArray:
    """Return h/t up to which a doubler yields before it buckles: 1.10 sqrt(5.34 E/Fy) (G2.1(b)); ``fy_ksi`` > 0."""
    return np.asarray(1.10 * np.sqrt(5.34 * E_KSI / require_positive("fy_ksi", fy_ksi)))


def stiffener_force_kip(required_kip: ArrayLike, available_kip: ArrayLike) -> FloatArray:
    """Return what stiffeners must carry: required less available strength of the limit state, at least 0 (J10).

    Both >= 0; an infinite ``available_kip``, of a limit state that does not apply, leaves nothing to carry.
    """
    required = require_non_negative("required_kip", required_kip)
    return np.maximum(required - require_between("available_kip", available_kip, 0.0, np.inf), 0.0)


def min_stiffener_width_in(delivering_width_in: ArrayLike, tw_in: ArrayLike) -> FloatArray:
    """Return the least width of each stiffener: a third of the delivering flange or plate, less tw/2 (J10.8(a)).

    ``delivering_width_in`` and the column's ``tw_in`` in in., > 0; at least 0.
    """
    third = require_positive("delivering_width_in", delivering_width_in) / 3.0
    return np.maximum(third - require_positive("tw_in", tw_in) / 2.0, 0.0)


def min_stiffener_thickness_in(delivering_thickness_in: ArrayLike, width_in: ArrayLike) -> FloatArray:
    """Return the least thickness of a stiffener: half the delivering flange or plate, and width/16 (J10.8(b)).

    ``delivering_thickness_in`` and the stiffener's ``width_in`` in in., > 0.
    """
    half = require_positive("delivering_thickness_in", delivering_thickness_in) / 2.0
    return np.maximum(half, require_positive("width_in", width_in) / 16.0)


def min_stiffener_length_in(shape: ShapeTable) -> FloatArray:
    """Return the least length of a transverse stiffener, d/2 (J10.8(c)).

    J10.3 asks for three quarters of the web depth, J10.5 and J10.7 for all of it.
    """
    return np.asarray(shape.d_in / 2.0)


def bearing_stiffener_strength(
    shape: ShapeTable,
    fy_ksi: ArrayLike,
    width_in: ArrayLike,
    thickness_in: ArrayLike,
    at_end: ArrayLike = False,
) -> FloatArray:
    """Return Pn of a pair of full-depth stiffeners as a column (J10.8, J4.4). Factor `elements.ELEMENT_COMPRESSION`.

    Parameters
    ----------
    shape : ShapeTable
        The member.
    fy_ksi : array_like
        The lesser yield stress of web and stiffeners, ksi, > 0.
    width_in, thickness_in : array_like
        Of each of the two stiffeners, in., > 0.
    at_end : array_like of bool
        At a member end: a strip of 12 tw of the web works with them, elsewhere 25 tw.

    Returns
    -------
    ndarray of float
        Kip, with Lc = 0.75 h about the web.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    thickness = require_positive("thickness_in", thickness_in)
    depth = 2.0 * require_positive("width_in", width_in) + shape.tw_in
    strip = np.where(np.asarray(at_end, dtype=bool), 12.0, 25.0) * shape.tw_in
    beyond = np.maximum(strip - thickness, 0.0)
    area = depth * thickness + beyond * shape.tw_in
    inertia = (thickness * depth**3 + beyond * shape.tw_in**3) / 12.0
    return elements.compression(require_positive("fy_ksi", fy_ksi), area, 0.75 * shape.h_in / np.sqrt(inertia / area))


def stiffener_bearing(fy_ksi: ArrayLike, contact_width_in: ArrayLike, thickness_in: ArrayLike) -> FloatArray:
    """Return Rn = 1.8 Fy Apb of one fitted stiffener end (Eq. J7-1). Factor `STIFFENER_BEARING`.

    ``contact_width_in`` the width less the corner clip, ``thickness_in`` in in., ``fy_ksi`` in ksi, all > 0.
    """
    area = require_positive("contact_width_in", contact_width_in) * require_positive("thickness_in", thickness_in)
    return np.asarray(1.8 * require_positive("fy_ksi", fy_ksi) * area)
