"""Compression of tees, ANSI/AISC 360-22 E3, E4(b) and E7; y, along the stem, is the axis of symmetry."""

from numpy.typing import ArrayLike

from structural.aisc.buckling import (
    BucklingMode,
    coupled_flexibility,
    effective_length,
    flexural_flexibility,
    torsional_flexibility,
    yield_stress,
)
from structural.aisc.classification import rolled_flange_limit_compression, tee_stem_limit_compression
from structural.aisc.compression import ModalCompression, modal_strength
from structural.aisc.effective_area import UNSTIFFENED, Element
from structural.tees import TeeTable


def tee_compression(
    shape: TeeTable, fy_ksi: ArrayLike, lcx_in: ArrayLike, lcy_in: ArrayLike, lcz_in: ArrayLike
) -> ModalCompression:
    """Return the nominal compressive strength of tees with the stress of each mode.

    Parameters
    ----------
    shape : TeeTable
        Tees.
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1000.
    lcx_in, lcy_in, lcz_in : array_like
        Effective lengths for buckling about the x and y axis and for twist, in., 0 to 1e6.

    Returns
    -------
    ModalCompression
        Flexural buckling about x and y (E3), flexural-torsional buckling about y (Eq. E4-3, Cw included), and
        Pn = Fn Ae with slender stems and flanges reduced (E7.1). Broadcast shape.

    Raises
    ------
    StructuralError
        For a number out of range; ``field`` names it.
    """
    fy = yield_stress(fy_ksi)
    x = flexural_flexibility(effective_length("lcx_in", lcx_in) / shape.rx_in)
    y = flexural_flexibility(effective_length("lcy_in", lcy_in) / shape.ry_in)
    twist = torsional_flexibility(shape, effective_length("lcz_in", lcz_in))
    coupled = coupled_flexibility(y, twist, shape.flexural_constant)
    flange, stem = shape.bf_in * shape.tf_in, shape.d_in * shape.tw_in
    elements = (
        Element(shape.bf_2tf, rolled_flange_limit_compression(fy), flange, UNSTIFFENED),
        Element(shape.d_tw, tee_stem_limit_compression(fy), stem, UNSTIFFENED),
    )
    return modal_strength(shape.area_in2, elements, fy, (x, y, (BucklingMode.FLEXURAL_TORSIONAL, coupled)))
