"""Shear lag factors U of Table D3.1, ANSI/AISC 360-22 D3, beyond those of `tension` (cases 2, 4 and 7 of I flanges).

Lengths in in., areas in in2; U is dimensionless, in 0..1, of broadcast shape. Case 1 (load delivered to every element)
is U = 1. Every function raises `StructuralError` naming a number out of range (`ranges`: at most 1e12).
"""

from enum import StrEnum
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.tension import SHEAR_LAG_I_WEB_BOLTS, shear_lag_i_flange_bolts
from structural.checks import FloatArray, enum_codes, require_between, require_non_negative, require_positive
from structural.errors import StructuralError

SHEAR_LAG_ALL_ELEMENTS = 1.0
"""U where the load reaches every element of the section directly (case 1)."""
SHEAR_LAG_TRANSVERSE_WELDS = 1.0
"""U where only transverse welds carry the load; An is then the area of the connected elements (case 3)."""


class ConnectedElement(StrEnum):
    """Element of an I shape or tee that is bolted (case 7)."""

    FLANGE = "flange"
    WEB = "web"


def open_section_lower_bound(connected_area_in2: ArrayLike, gross_area_in2: ArrayLike) -> FloatArray:
    """Return the least U of an open section: gross area of the connected elements over that of the member (D3).

    Both > 0. Not for hollow sections, nor plates. ``field="connected_area_in2"`` where it exceeds the member's.
    """
    share = require_positive("connected_area_in2", connected_area_in2) / require_positive(
        "gross_area_in2", gross_area_in2
    )
    if np.any(share > 1.0 + 1e-9):
        raise StructuralError("the connected elements have more area than the member", field="connected_area_in2")
    return np.minimum(share, 1.0)


def governing_shear_lag(*factors: ArrayLike) -> FloatArray:
    """Return the largest of the U that a connection may use: cases 2 and 7, cases 2 and 8, and the lower bound (D3)."""
    values = [require_between("shear_lag", factor, 0.0, 1.0) for factor in factors]
    if not values:
        raise StructuralError("give at least one factor", field="shear_lag")
    return np.asarray(reduce(np.maximum, values))


def transverse_weld_effective_area_in2(connected_area_in2: ArrayLike) -> FloatArray:
    """Return Ae where only transverse welds carry the load: the area of the connected elements, U = 1 (case 3)."""
    return SHEAR_LAG_TRANSVERSE_WELDS * require_positive("connected_area_in2", connected_area_in2)


def slotted_rectangular_hss_x_bar_in(
    height_in: ArrayLike, width_in: ArrayLike, wall_in: ArrayLike, gusset_in: ArrayLike
) -> FloatArray:
    """Return x of a rectangular HSS slotted over a concentric gusset (case 5), from the gusset face to the centroid.

    Parameters
    ----------
    height_in : array_like
        H, overall size along the gusset, in., > 0.
    width_in : array_like
        B, overall size across the gusset, in., > 0.
    wall_in : array_like
        Design wall thickness t, in., > 0.
    gusset_in : array_like
        Gusset thickness tp, in., > 0; b of the formula is (B - tp)/2.

    Returns
    -------
    ndarray of float
        b - (2 b^2 + t H - 2 t^2)/(2 H + 4 b - 4 t), in.

    Raises
    ------
    StructuralError
        Naming a number out of range; ``field="gusset_in"`` where b is not more than the wall, ``"height_in"`` where H
        is not more than two walls.
    """
    height, wall = require_positive("height_in", height_in), require_positive("wall_in", wall_in)
    b = (require_positive("width_in", width_in) - require_positive("gusset_in", gusset_in)) / 2.0
    if np.any(b <= wall):
        raise StructuralError("the gusset leaves no room inside the HSS; use a thinner one", field="gusset_in")
    if np.any(height <= 2.0 * wall):
        raise StructuralError("height_in must be more than two walls", field="height_in")
    return np.asarray(b - (2.0 * b**2 + wall * height - 2.0 * wall**2) / (2.0 * height + 4.0 * b - 4.0 * wall))


def slotted_round_hss_x_bar_in(diameter_in: ArrayLike, gusset_in: ArrayLike) -> FloatArray:
    """Return x of a round HSS slotted over a concentric gusset, R sin(theta)/theta - tp/2 in in. (case 5).

    ``diameter_in`` outside diameter, > 0, and ``gusset_in`` gusset thickness tp, > 0 and less than the diameter;
    R is half the diameter and theta = pi/2 - asin(tp/D) half the angle of the arc beside the gusset.
    """
    diameter, gusset = require_positive("diameter_in", diameter_in), require_positive("gusset_in", gusset_in)
    if np.any(gusset >= diameter):
        raise StructuralError("the gusset is as thick as the HSS; use a thinner one", field="gusset_in")
    theta = np.pi / 2.0 - np.arcsin(gusset / diameter)
    return np.maximum(diameter / 2.0 * np.sin(theta) / theta - gusset / 2.0, 0.0)


def shear_lag_slotted_round_hss(x_bar_in: ArrayLike, connection_length_in: ArrayLike) -> FloatArray:
    """Return U = [1 + (x/l)^3.2]^-10 of a round HSS slotted over a gusset (case 5); x >= 0 and l > 0.

    Rectangular HSS: `tension.shear_lag_partial` with `slotted_rectangular_hss_x_bar_in`.
    """
    ratio = require_non_negative("x_bar_in", x_bar_in) / require_positive("connection_length_in", connection_length_in)
    return np.asarray((1.0 + ratio**3.2) ** -10.0)


def shear_lag_side_gussets(connection_length_in: ArrayLike, width_in: ArrayLike, height_in: ArrayLike) -> FloatArray:
    """Return U of a rectangular HSS between two side gussets: (B UB + H UH)/(H + B) (case 6).

    UB = 3 l^2/(3 l^2 + B^2) and UH likewise; ``connection_length_in`` l, ``width_in`` B, overall, across the plane of
    the connection, and ``height_in`` H in it, all > 0.
    """
    length = 3.0 * require_positive("connection_length_in", connection_length_in) ** 2
    b, h = require_positive("width_in", width_in), require_positive("height_in", height_in)
    weighted = b * length / (length + b**2) + h * length / (length + h**2)
    return np.asarray(weighted / (h + b))


def shear_lag_bolted_i_or_tee(
    bf_in: ArrayLike,
    d_in: ArrayLike,
    bolts_per_line: ArrayLike,
    connected: ConnectedElement | ArrayLike = ConnectedElement.FLANGE,
) -> FloatArray:
    """Return U of W, M, S and HP shapes, and tees cut from them, by rule of thumb (case 7).

    Parameters
    ----------
    bf_in : array_like
        Flange width, in., > 0.
    d_in : array_like
        Depth of the section, of a tee that of the section it was cut from, in., > 0.
    bolts_per_line : array_like
        Bolts in a line along the load, > 0.
    connected : ConnectedElement, str or array_like of str
        Flange: 0.90 for bf >= 2 d/3, else 0.85, with 3 bolts or more; web: 0.70 with 4 bolts or more.

    Returns
    -------
    ndarray of float
        U; 0 with fewer bolts, where case 2 decides alone (`governing_shear_lag`).

    Raises
    ------
    StructuralError
        Naming an argument out of range or unknown.
    """
    count = require_positive("bolts_per_line", bolts_per_line)
    flange = enum_codes("connected", connected, ConnectedElement) == 0
    by_flange = np.where(
        count >= 3.0, shear_lag_i_flange_bolts(require_positive("bf_in", bf_in), require_positive("d_in", d_in)), 0.0
    )
    by_web = np.where(count >= 4.0, SHEAR_LAG_I_WEB_BOLTS, 0.0)
    return np.where(flange, by_flange, by_web)


def shear_lag_bolted_angle(bolts_per_line: ArrayLike) -> FloatArray:
    """Return U of single and double angles: 0.80 with 4 bolts a line or more, 0.60 with 3 (case 8), > 0.

    0 with fewer, where case 2 decides alone (`governing_shear_lag`).
    """
    count = require_positive("bolts_per_line", bolts_per_line)
    return np.where(count >= 4.0, 0.80, np.where(count >= 3.0, 0.60, 0.0))
