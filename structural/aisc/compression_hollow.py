"""Compression of rectangular and round HSS and pipe, ANSI/AISC 360-22 E3 and E7."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.buckling import (
    BucklingMode,
    effective_length,
    elastic_stress,
    flexural_flexibility,
    largest,
    nominal_stress,
    yield_stress,
)
from structural.aisc.classification import hollow_wall_limit_compression, round_limit_compression
from structural.aisc.compression import Compression, columns_of, with_effective_area
from structural.aisc.constants import E_KSI
from structural.aisc.effective_area import HOLLOW_WALL, Element, round_effective_share
from structural.checks import FloatArray, IntArray
from structural.errors import StructuralError
from structural.hollow import RectangularHssTable, RoundHssTable


@dataclass(frozen=True, slots=True)
class HollowCompression(Compression):
    """A `Compression` with Fe of flexural buckling about x and y in ksi (infinite at zero length), one shape.

    ``governing`` holds `BucklingMode` codes.
    """

    fe_x_ksi: FloatArray
    fe_y_ksi: FloatArray
    governing: IntArray


def rectangular_hss_compression(
    shape: RectangularHssTable, fy_ksi: ArrayLike, lcx_in: ArrayLike, lcy_in: ArrayLike
) -> HollowCompression:
    """Return the nominal compressive strength of rectangular and square HSS (E3; E7.1 where walls are slender).

    Parameters
    ----------
    shape : RectangularHssTable
        Rectangular HSS.
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1000.
    lcx_in, lcy_in : array_like
        Effective lengths for buckling about the x and y axis, in., 0 to 1e6.

    Returns
    -------
    HollowCompression
        Pn = Fn Ae (Eq. E7-1) with the flat widths of slender walls reduced, broadcast shape.

    Raises
    ------
    StructuralError
        For a number out of range; ``field`` names it.
    """
    fy = yield_stress(fy_ksi)
    x, y = _flexibilities(shape, lcx_in, lcy_in)
    limit = hollow_wall_limit_compression(fy)
    elements = (
        Element(shape.h_t, limit, 2.0 * shape.h_in * shape.t_in, HOLLOW_WALL),
        Element(shape.b_t, limit, 2.0 * shape.b_in * shape.t_in, HOLLOW_WALL),
    )
    fn, governing = _governing(fy, x, y)
    return _result(with_effective_area(shape.area_in2, elements, fy, fn), x, y, governing)


def round_hss_compression(
    shape: RoundHssTable, fy_ksi: ArrayLike, lcx_in: ArrayLike, lcy_in: ArrayLike
) -> HollowCompression:
    """Return the nominal compressive strength of round HSS and pipe (E3; E7.2 where the wall is slender).

    Arguments and result are those of `rectangular_hss_compression`; Ae by Eq. E7-6 and E7-7. Raises `StructuralError`
    for a number out of range, and for D/t >= 0.45 E/Fy, where the Specification has no rule (``field="shape"``).
    """
    fy = yield_stress(fy_ksi)
    x, y = _flexibilities(shape, lcx_in, lcy_in)
    too_thin = shape.d_t >= 0.45 * E_KSI / fy
    if np.any(too_thin):
        name = np.broadcast_to(shape.name, too_thin.shape)[too_thin].ravel()[0]
        raise StructuralError(f"{name} has D/t of 0.45 E/Fy or more; use a thicker wall or a lower Fy", field="shape")
    fn, governing = _governing(fy, x, y)
    area = np.broadcast_to(shape.area_in2 * round_effective_share(shape.d_t, fy), fn.shape)
    is_slender = np.broadcast_to(shape.d_t > round_limit_compression(fy), fn.shape)
    return _result(Compression(fn * area, fn, area, is_slender), x, y, governing)


def _flexibilities(
    shape: RectangularHssTable | RoundHssTable, lcx_in: ArrayLike, lcy_in: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    return (
        flexural_flexibility(effective_length("lcx_in", lcx_in) / shape.rx_in),
        flexural_flexibility(effective_length("lcy_in", lcy_in) / shape.ry_in),
    )


def _governing(fy: FloatArray, x: FloatArray, y: FloatArray) -> tuple[FloatArray, IntArray]:
    flexibility, governing = largest(((BucklingMode.FLEXURAL_X, x), (BucklingMode.FLEXURAL_Y, y)))
    return nominal_stress(fy, fy * flexibility), governing


def _result(strength: Compression, x: FloatArray, y: FloatArray, governing: IntArray) -> HollowCompression:
    shape = strength.pn_kip.shape
    return HollowCompression(
        **columns_of(strength),
        fe_x_ksi=np.broadcast_to(elastic_stress(x), shape),
        fe_y_ksi=np.broadcast_to(elastic_stress(y), shape),
        governing=np.broadcast_to(governing, shape),
    )
