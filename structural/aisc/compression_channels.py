"""Compression of channels, ANSI/AISC 360-22 E3, E4(b) and E7.

x is the axis of symmetry of a channel, so that it is buckling about x that couples with twist (user note of E4(b)).
"""

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.buckling import (
    BucklingMode,
    coupled_flexibility,
    effective_length,
    flexural_flexibility,
    torsional_flexibility,
    yield_stress,
)
from structural.aisc.classification import flange_limit_compression, web_limit_compression
from structural.aisc.compression import ModalCompression, modal_strength
from structural.aisc.effective_area import STIFFENED, UNSTIFFENED, Element
from structural.errors import StructuralError
from structural.shapes import ShapeTable


def channel_compression(
    shape: ShapeTable, fy_ksi: ArrayLike, lcx_in: ArrayLike, lcy_in: ArrayLike, lcz_in: ArrayLike
) -> ModalCompression:
    """Return the nominal compressive strength of channels with the stress of each mode.

    Parameters
    ----------
    shape : ShapeTable
        Channels.
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1000.
    lcx_in, lcy_in, lcz_in : array_like
        Effective lengths for buckling about the x and y axis and for twist, in., 0 to 1e6.

    Returns
    -------
    ModalCompression
        Flexural buckling about x and y (E3), flexural-torsional buckling about x (Eq. E4-3 with Fex for Fey), and
        Pn = Fn Ae with slender flanges and webs reduced (E7.1). Broadcast shape.

    Raises
    ------
    StructuralError
        For a number out of range (``field`` names it) or an I shape (``field="shape"``).
    """
    fy = yield_stress(fy_ksi)
    if not np.all(shape.is_channel):
        raise StructuralError("channel_compression takes channels; got an I shape", field="shape")
    x = flexural_flexibility(effective_length("lcx_in", lcx_in) / shape.rx_in)
    y = flexural_flexibility(effective_length("lcy_in", lcy_in) / shape.ry_in)
    twist = torsional_flexibility(shape, effective_length("lcz_in", lcz_in))
    coupled = coupled_flexibility(x, twist, shape.flexural_constant)
    flanges = 2.0 * shape.bf_in * shape.tf_in
    elements = (
        Element(shape.lambda_f, flange_limit_compression(shape, fy), flanges, UNSTIFFENED),
        Element(shape.h_tw, web_limit_compression(fy), shape.h_in * shape.tw_in, STIFFENED),
    )
    return modal_strength(shape.area_in2, elements, fy, (x, y, (BucklingMode.FLEXURAL_TORSIONAL, coupled)))
