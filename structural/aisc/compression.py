"""Compression of doubly symmetric I shapes, ANSI/AISC 360-22 E3, E4 and E7."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.aisc.classification import flange_limit_compression, web_limit_compression
from structural.aisc.constants import E_KSI, G_KSI
from structural.aisc.method import Factor
from structural.checks import FloatArray, require_non_negative, require_positive
from structural.errors import StructuralError
from structural.shapes import ShapeTable

COMPRESSION = Factor(0.90, 1.67)
"""E1."""

_UNSTIFFENED = (0.22, 1.49)
_STIFFENED = (0.18, 1.31)


@dataclass(frozen=True, slots=True)
class Compression:
    """Nominal compressive strength (kip), critical stress Fn (ksi), effective area (in2), slender elements or not."""

    pn_kip: FloatArray
    fn_ksi: FloatArray
    ae_in2: FloatArray
    is_slender: NDArray[np.bool_]


def critical_stress(fy_ksi: ArrayLike, slenderness: ArrayLike) -> FloatArray:
    """Return the critical stress Fn in ksi of flexural buckling (Eq. E3-2, E3-3, with Fe of Eq. E3-4).

    Parameters
    ----------
    fy_ksi : array_like
        Yield stress, ksi, > 0.
    slenderness : array_like
        Effective slenderness ratio Lc/r, >= 0.

    Returns
    -------
    ndarray of float
        Broadcast shape; Fy at zero slenderness.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    fy = require_positive("fy_ksi", fy_ksi)
    ratio = require_non_negative("slenderness", slenderness)
    return _critical_stress(fy, fy * (ratio / np.pi) ** 2 / E_KSI)


def torsional_stress_ksi(shape: ShapeTable, lcz_in: ArrayLike) -> FloatArray:
    """Return the elastic torsional buckling stress Fe in ksi of doubly symmetric I shapes (Eq. E4-2).

    ``lcz_in`` is the effective length for twist in in., > 0. Broadcast shape. Raises `StructuralError` as above.
    """
    lcz = require_positive("lcz_in", lcz_in)
    warping = np.pi**2 * E_KSI * shape.cw_in6 / lcz**2
    return np.asarray((warping + G_KSI * shape.j_in4) / (shape.ix_in4 + shape.iy_in4))


def compressive_strength(
    shape: ShapeTable, fy_ksi: ArrayLike, lcx_in: ArrayLike, lcy_in: ArrayLike, lcz_in: ArrayLike | None = None
) -> Compression:
    """Return the nominal compressive strength of doubly symmetric I shapes (E3; E7 where elements are slender; E4).

    Parameters
    ----------
    shape : ShapeTable
        I shapes.
    fy_ksi : array_like
        Yield stress, ksi, > 0.
    lcx_in, lcy_in : array_like
        Effective lengths for buckling about the x and y axis, in., >= 0.
    lcz_in : array_like, optional
        Effective length for twist, in., > 0. Torsional buckling is checked only when it is given; E4 asks for it where
        the torsional unbraced length exceeds the lateral one, and for built-up shapes of thin plates.

    Returns
    -------
    Compression
        Pn = Fn Ae (Eq. E7-1; Ae = Ag without slender elements, Eq. E3-1), broadcast shape.

    Raises
    ------
    StructuralError
        For a number out of range (``field`` names it) or a channel, which is not doubly symmetric (``field="shape"``).
    """
    fy = require_positive("fy_ksi", fy_ksi)
    lcx = require_non_negative("lcx_in", lcx_in)
    lcy = require_non_negative("lcy_in", lcy_in)
    if np.any(shape.is_channel):
        raise StructuralError("compressive_strength takes doubly symmetric I shapes; got a channel", field="shape")
    slenderness = np.maximum(lcx / shape.rx_in, lcy / shape.ry_in)
    yield_ratio = fy * (slenderness / np.pi) ** 2 / E_KSI
    if lcz_in is not None:
        yield_ratio = np.maximum(yield_ratio, fy / torsional_stress_ksi(shape, lcz_in))
    fn = _critical_stress(fy, yield_ratio)
    return _with_effective_area(shape, fy, fn)


def _critical_stress(fy: FloatArray, yield_ratio: FloatArray) -> FloatArray:
    """Return Fn from Fy/Fe: E3-2 up to 2.25, E3-3 above."""
    inelastic = 0.658 ** np.minimum(yield_ratio, 2.25)
    return np.where(yield_ratio <= 2.25, inelastic, 0.877 / np.maximum(yield_ratio, 2.25)) * fy


def _with_effective_area(shape: ShapeTable, fy: FloatArray, fn: FloatArray) -> Compression:
    flange_limit = flange_limit_compression(shape, fy)
    web_limit = web_limit_compression(fy)
    slender = np.asarray((shape.bf_2tf > flange_limit) | (shape.h_tw > web_limit))
    if not slender.any():
        area = np.broadcast_to(shape.area_in2, fn.shape)
        return Compression(fn * area, fn, area, np.broadcast_to(slender, fn.shape))
    flange_share = _effective_share(shape.bf_2tf, flange_limit, (fy, fn), _UNSTIFFENED)
    web_share = _effective_share(shape.h_tw, web_limit, (fy, fn), _STIFFENED)
    lost = 2.0 * shape.bf_in * shape.tf_in * (1.0 - flange_share) + shape.h_in * shape.tw_in * (1.0 - web_share)
    area = shape.area_in2 - lost
    return Compression(fn * area, fn, area, np.broadcast_to(slender, fn.shape))


def _effective_share(
    slenderness: FloatArray,
    limit: FloatArray,
    stresses: tuple[FloatArray, FloatArray],
    imperfection: tuple[float, float],
) -> FloatArray:
    """Return be/b of Eq. E7-2 and E7-3 with Fel of Eq. E7-5 and (c1, c2) of Table E7.1."""
    fy, fn = stresses
    c1, c2 = imperfection
    root = c2 * limit / slenderness * np.sqrt(fy / fn)
    reduced = np.minimum((1.0 - c1 * root) * root, 1.0)
    return np.where(slenderness <= limit * np.sqrt(fy / fn), 1.0, reduced)
