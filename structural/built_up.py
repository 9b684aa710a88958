"""Doubly symmetric I shapes welded of three plates, as a `ShapeTable` beside the rolled ones."""

import numpy as np
from numpy.typing import ArrayLike

from structural.checks import FloatArray, require_positive
from structural.shapes import ShapeTable, shape_table

STEEL_LB_FT_PER_IN2 = 3.4
"""Weight of steel, lb/ft for each in2 (490 lb/ft3)."""


def welded_i_shapes(bf_in: ArrayLike, tf_in: ArrayLike, h_in: ArrayLike, tw_in: ArrayLike) -> ShapeTable:
    """Return the section properties of welded I shapes; the area of the welds is left out.

    Parameters
    ----------
    bf_in, tf_in : array_like
        Width and thickness of each flange, in., > 0, broadcast to shape (n,).
    h_in, tw_in : array_like
        Clear distance between flanges and thickness of the web, in., > 0.

    Returns
    -------
    ShapeTable
        n shapes with ``is_rolled`` False, named by their plates. J is the sum of b t^3/3, Cw = Iy ho^2/4 (E4, user
        note), rts^2 = sqrt(Iy Cw)/Sx (Eq. F2-7).

    Raises
    ------
    StructuralError
        Naming a dimension out of range.
    """
    bf, tf, h, tw = np.broadcast_arrays(
        np.atleast_1d(require_positive("bf_in", bf_in)),
        require_positive("tf_in", tf_in),
        require_positive("h_in", h_in),
        require_positive("tw_in", tw_in),
    )
    d, ho = h + 2.0 * tf, h + tf
    area = 2.0 * bf * tf + h * tw
    ix = (bf * d**3 - (bf - tw) * h**3) / 12.0
    iy = (2.0 * tf * bf**3 + h * tw**3) / 12.0
    cw = iy * ho**2 / 4.0
    sx = 2.0 * ix / d
    columns: dict[str, FloatArray] = {
        "weight_lb_ft": STEEL_LB_FT_PER_IN2 * area,
        "area_in2": area,
        "d_in": d,
        "bf_in": bf.copy(),
        "tw_in": tw.copy(),
        "tf_in": tf.copy(),
        "kdes_in": tf.copy(),
        "ix_in4": ix,
        "zx_in3": bf * tf * ho + tw * h**2 / 4.0,
        "sx_in3": sx,
        "rx_in": np.sqrt(ix / area),
        "iy_in4": iy,
        "zy_in3": tf * bf**2 / 2.0 + h * tw**2 / 4.0,
        "sy_in3": 2.0 * iy / bf,
        "ry_in": np.sqrt(iy / area),
        "j_in4": (2.0 * bf * tf**3 + h * tw**3) / 3.0,
        "cw_in6": cw,
        "rts_in": np.sqrt(np.sqrt(iy * cw) / sx),
        "ho_in": ho,
        "h_in": h.copy(),
    }
    plates = zip(bf.tolist(), tf.tolist(), h.tolist(), tw.tolist(), strict=True)
    names = [f"PL{b:g}X{t:g}+{web:g}X{thin:g}" for b, t, web, thin in plates]
    return shape_table(names, columns, is_channel=False, is_rolled=False)
