"""Fillet welds, ANSI/AISC 360-22 J2.2b (size and length) and J2.4 (strength).

Sizes, lengths and thicknesses in in. and > 0, FEXX in ksi and > 0; strengths in kip, broadcast shape. Every function
raises `StructuralError` naming a number out of range.
"""

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.method import Factor
from structural.checks import FloatArray, require_between, require_non_negative, require_positive
from structural.elementwise import maximum, minimum, power, where

WELD = Factor(0.75, 2.00)
"""Table J2.5, fillet welds in shear."""
_LEG_STEPS_IN = np.array([0.25, 0.5, 0.75])
_LEAST_LEGS_IN = np.array([0.125, 0.1875, 0.25, 0.3125])
"""Table J2.4: least legs up to each thickness and above the last."""
THROAT_RATIO = 0.707
"""Effective throat of an equal-leg fillet over its leg (J2.2a)."""


def directional_factor(theta_deg: ArrayLike) -> FloatArray:
    """Return kds = 1 + 0.5 sin^1.5(theta) (Eq. J2-5), theta in 0..90 degrees between load and weld axis.

    Only where strain compatibility is considered (parallel or in-line welds of one size through the centroid, or the
    instantaneous-centre method); 1.0 otherwise, and always at ends of rectangular HSS in tension (J2.4(a)).
    """
    theta = np.radians(require_between("theta_deg", theta_deg, 0.0, 90.0))
    return 1.0 + 0.5 * power(np.sin(theta), 1.5)


def fillet_weld_strength(
    size_in: ArrayLike, length_in: ArrayLike, fexx_ksi: ArrayLike, kds: ArrayLike = 1.0
) -> FloatArray:
    """Return Rn = 0.60 FEXX kds (0.707 w L) of a fillet weld (Eq. J2-4 with Table J2.5).

    ``size_in`` leg w, ``length_in`` effective length L (`effective_length_in` where long and end-loaded), ``kds`` of
    `directional_factor` in 1..1.5.
    """
    throat_area = THROAT_RATIO * require_positive("size_in", size_in) * require_positive("length_in", length_in)
    stress = 0.60 * require_positive("fexx_ksi", fexx_ksi) * require_between("kds", kds, 1.0, 1.5)
    return stress * throat_area


def weld_group_strength(longitudinal_kip: ArrayLike, transverse_kip: ArrayLike) -> FloatArray:
    """Return Rn of a concentrically loaded group of longitudinal and transverse fillets of one size (J2.4(b)).

    The greater of Rnwl + Rnwt (J2.4(a) with kds = 1) and 0.85 Rnwl + 1.5 Rnwt (Eq. J2-6); both strengths >= 0, kip,
    without kds.
    """
    longitudinal = require_non_negative("longitudinal_kip", longitudinal_kip)
    transverse = require_non_negative("transverse_kip", transverse_kip)
    return maximum(longitudinal + transverse, 0.85 * longitudinal + 1.5 * transverse)


def min_fillet_size_in(thickness_in: ArrayLike) -> FloatArray:
    """Return the least leg for the thinner part joined (Table J2.4): 1/8, 3/16, 1/4 or 5/16 in."""
    thickness = require_positive("thickness_in", thickness_in)
    return _LEAST_LEGS_IN[np.searchsorted(_LEG_STEPS_IN, thickness, side="left")]


def max_fillet_size_in(thickness_in: ArrayLike) -> FloatArray:
    """Return the greatest leg along an edge (J2.2b(b)): t below 1/4 in., else t - 1/16 in."""
    thickness = require_positive("thickness_in", thickness_in)
    return where(thickness < 0.25, thickness, thickness - 0.0625)


def min_pjp_throat_in(thickness_in: ArrayLike) -> FloatArray:
    """Return the least effective throat of a partial-penetration weld for the thinner part joined (Table J2.3), in."""
    thickness = require_positive("thickness_in", thickness_in)
    steps = np.searchsorted(np.array([0.25, 0.5, 0.75, 1.5, 2.25, 6.0]), thickness, side="left")
    return np.array([0.125, 0.1875, 0.25, 0.3125, 0.375, 0.5, 0.625])[steps]


def effective_size_in(size_in: ArrayLike, length_in: ArrayLike) -> FloatArray:
    """Return the leg that counts: w, but not more than a quarter of the length (J2.2b(c))."""
    return minimum(require_positive("size_in", size_in), require_positive("length_in", length_in) / 4.0)


def long_weld_factor(l_over_w: ArrayLike) -> FloatArray:
    """Return the share of the length of an end-loaded weld that counts (J2.2b(d)).

    ``l_over_w`` = length over leg, >= 0: 1 up to 100, beta = 1.2 - 0.002 l/w up to 300 (Eq. J2-1), and 180 w above.
    """
    ratio = require_non_negative("l_over_w", l_over_w)
    beyond = 180.0 / maximum(ratio, 300.0)
    return where(ratio > 300.0, beyond, minimum(1.2 - 0.002 * ratio, 1.0))


def effective_length_in(size_in: ArrayLike, length_in: ArrayLike) -> FloatArray:
    """Return the effective length of an end-loaded fillet (J2.2b(d)): length times `long_weld_factor`."""
    length = require_positive("length_in", length_in)
    return length * long_weld_factor(length / require_positive("size_in", size_in))
