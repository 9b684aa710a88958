"""Flanges and webs under concentrated forces, ANSI/AISC 360-22 J10.1, J10.2 and J10.3.

Lengths in in., Fy in ksi, strengths in kip, broadcast shape. ``end_distance_in`` runs from the force to the member end
(>= 0). Every function raises `StructuralError` naming a number out of range.
"""

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.constants import E_KSI
from structural.aisc.method import Factor
from structural.checks import FloatArray, require_non_negative, require_positive
from structural.elementwise import power, squared, where
from structural.shapes import ShapeTable

FLANGE_BENDING = Factor(0.90, 1.67)
"""J10.1."""
WEB_YIELDING = Factor(1.00, 1.50)
"""J10.2."""
WEB_CRIPPLING = Factor(0.75, 2.00)
"""J10.3."""


def flange_local_bending(fyf_ksi: ArrayLike, tf_in: ArrayLike, end_distance_in: ArrayLike) -> FloatArray:
    """Return Rn = 6.25 Fyf tf^2 under a tensile force (Eq. J10-1), half of it within 10 tf of the member end.

    Need not be checked where the loaded width across the flange is less than 0.15 bf.
    """
    tf = require_positive("tf_in", tf_in)
    full = 6.25 * require_positive("fyf_ksi", fyf_ksi) * squared(tf)
    return where(require_non_negative("end_distance_in", end_distance_in) < 10.0 * tf, 0.5 * full, full)


def web_local_yielding(
    shape: ShapeTable, fyw_ksi: ArrayLike, bearing_length_in: ArrayLike, end_distance_in: ArrayLike
) -> FloatArray:
    """Return Rn = Fyw tw (5 k + lb) (Eq. J10-2), or Fyw tw (2.5 k + lb) at or within d of the end (Eq. J10-3)."""
    lb = require_non_negative("bearing_length_in", bearing_length_in)
    near = require_non_negative("end_distance_in", end_distance_in) <= shape.d_in
    spread = where(near, 2.5, 5.0) * shape.kdes_in
    return require_positive("fyw_ksi", fyw_ksi) * shape.tw_in * (spread + lb)


def web_crippling(
    shape: ShapeTable, fyw_ksi: ArrayLike, bearing_length_in: ArrayLike, end_distance_in: ArrayLike
) -> FloatArray:
    """Return Rn of web local crippling under compression (Eq. J10-4; J10-5a, J10-5b nearer than d/2 to the end)."""
    lb = require_non_negative("bearing_length_in", bearing_length_in)
    ratio = lb / shape.d_in
    slimness = power(shape.tw_in / shape.tf_in, 1.5)
    root = np.sqrt(E_KSI * require_positive("fyw_ksi", fyw_ksi) * shape.tf_in / shape.tw_in)
    interior = 0.80 * (1.0 + 3.0 * ratio * slimness)
    exterior = 0.40 * (1.0 + where(ratio > 0.2, 4.0 * ratio - 0.2, 3.0 * ratio) * slimness)
    near = require_non_negative("end_distance_in", end_distance_in) < shape.d_in / 2.0
    return where(near, exterior, interior) * squared(shape.tw_in) * root
