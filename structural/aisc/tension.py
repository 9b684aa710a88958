"""Tension members, ANSI/AISC 360-22 D2, D3 (Table D3.1 for plates and I shapes) and net area of B4.3b."""

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.method import Factor
from structural.checks import FloatArray, require_between, require_non_negative, require_positive
from structural.errors import StructuralError

TENSION_YIELD = Factor(0.90, 1.67)
"""D2(a)."""
TENSION_RUPTURE = Factor(0.75, 2.00)
"""D2(b)."""
HOLE_ALLOWANCE_IN = 1.0 / 16.0
"""Added to the nominal hole when a net area is computed (B4.3b), in."""


def tensile_yielding(fy_ksi: ArrayLike, ag_in2: ArrayLike) -> FloatArray:
    """Return Pn = Fy Ag in kip (Eq. D2-1); Fy in ksi, Ag in in2, both > 0. Factor `TENSION_YIELD`."""
    return np.asarray(require_positive("fy_ksi", fy_ksi) * require_positive("ag_in2", ag_in2))


def tensile_rupture(fu_ksi: ArrayLike, ae_in2: ArrayLike) -> FloatArray:
    """Return Pn = Fu Ae in kip (Eq. D2-2); Fu in ksi, Ae in in2, both > 0. Factor `TENSION_RUPTURE`."""
    return np.asarray(require_positive("fu_ksi", fu_ksi) * require_positive("ae_in2", ae_in2))


def net_width_in(
    width_in: ArrayLike, hole_in: ArrayLike, holes: ArrayLike, stagger_in: ArrayLike = (), gage_in: ArrayLike = ()
) -> FloatArray:
    """Return the net width of a chain of holes: gross - n (hole + 1/16) + sum of s^2/4g (B4.3b).

    Parameters
    ----------
    width_in : array_like
        Gross width, in., > 0.
    hole_in : array_like
        Nominal hole size (`bolts.hole_diameter_in`), in., > 0.
    holes : array_like
        Holes in the chain, >= 0.
    stagger_in, gage_in : array_like
        Pitch s and gage g of each diagonal of the chain, in., last axis = diagonals; none by default.

    Returns
    -------
    ndarray of float
        Net width, in., broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number out of range; ``field="holes"`` when nothing is left.
    """
    pitch = require_non_negative("stagger_in", stagger_in)
    gage = require_positive("gage_in", gage_in)
    diagonals = np.sum(pitch**2 / (4.0 * gage), axis=-1)
    deduction = require_non_negative("holes", holes) * (require_positive("hole_in", hole_in) + HOLE_ALLOWANCE_IN)
    width = np.asarray(require_positive("width_in", width_in) - deduction + diagonals)
    if np.any(width <= 0.0):
        raise StructuralError("the holes leave no net width", field="holes")
    return width


def net_area_in2(ag_in2: ArrayLike, hole_in: ArrayLike, holes: ArrayLike, thickness_in: ArrayLike) -> FloatArray:
    """Return An = Ag - n (hole + 1/16) t in in2 (B4.3b), for holes in line across the load.

    ``ag_in2`` in2, ``hole_in`` and ``thickness_in`` in., all > 0; ``holes`` >= 0. Broadcast shape. Raises
    `StructuralError`, ``field="holes"`` when nothing is left.
    """
    hole = require_positive("hole_in", hole_in) + HOLE_ALLOWANCE_IN
    deduction = require_non_negative("holes", holes) * hole * require_positive("thickness_in", thickness_in)
    area = np.asarray(require_positive("ag_in2", ag_in2) - deduction)
    if np.any(area <= 0.0):
        raise StructuralError("the holes leave no net area", field="holes")
    return area


def effective_net_area(an_in2: ArrayLike, shear_lag: ArrayLike = 1.0) -> FloatArray:
    """Return Ae = An U in in2 (Eq. D3-1); An > 0, U in 0..1."""
    return np.asarray(require_positive("an_in2", an_in2) * require_between("shear_lag", shear_lag, 0.0, 1.0))


def shear_lag_partial(x_bar_in: ArrayLike, connection_length_in: ArrayLike) -> FloatArray:
    """Return U = 1 - x/l >= 0 (Table D3.1 case 2); x >= 0 and l > 0, in."""
    x_bar = require_non_negative("x_bar_in", x_bar_in)
    return np.maximum(1.0 - x_bar / require_positive("connection_length_in", connection_length_in), 0.0)


def shear_lag_longitudinal_welds(length_in: ArrayLike, width_in: ArrayLike, x_bar_in: ArrayLike = 0.0) -> FloatArray:
    """Return U = 3 l^2/(3 l^2 + w^2) (1 - x/l) for longitudinal welds only (Table D3.1 case 4).

    ``length_in`` mean weld length (each at least 4 times the weld size) and ``width_in`` plate width between the welds,
    > 0; ``x_bar_in`` >= 0, zero for plates.
    """
    length = require_positive("length_in", length_in)
    width = require_positive("width_in", width_in)
    return np.asarray(3.0 * length**2 / (3.0 * length**2 + width**2) * shear_lag_partial(x_bar_in, length))


def shear_lag_i_flange_bolts(bf_in: ArrayLike, d_in: ArrayLike) -> FloatArray:
    """Return U of an I shape bolted through its flanges, 3 or more bolts a line (Table D3.1 case 7).

    0.90 for bf >= 2 d/3, else 0.85; the greater of this and case 2 may be used.
    """
    return np.where(require_positive("bf_in", bf_in) >= 2.0 / 3.0 * require_positive("d_in", d_in), 0.90, 0.85)


SHEAR_LAG_I_WEB_BOLTS = 0.70
"""U of an I shape bolted through its web, 4 or more bolts a line (Table D3.1 case 7)."""
