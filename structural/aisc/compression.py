"""Compression of doubly symmetric I shapes, ANSI/AISC 360-22 E3, E4 and E7, and the results of all compression modules.

The other shapes: `compression_channels`, `compression_tees`, `compression_angles`, `compression_double_angles`,
`compression_hollow`; built-up members: `compression_built_up`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.aisc.buckling import (
    BucklingMode,
    effective_length,
    elastic_stress,
    flexural_flexibility,
    largest,
    nominal_stress,
    torsional_flexibility,
    yield_stress,
)
from structural.aisc.classification import flange_limit_compression, web_limit_compression
from structural.aisc.constants import E_KSI, G_KSI
from structural.aisc.effective_area import STIFFENED, UNSTIFFENED, Element, effective_area
from structural.aisc.method import Factor
from structural.checks import FloatArray, IntArray, require_between, require_positive
from structural.elementwise import squared
from structural.errors import StructuralError
from structural.shapes import ShapeTable

COMPRESSION = Factor(0.90, 1.67)
"""E1."""
MAX_SLENDERNESS = 1e8
"""Largest slenderness ratio that is believed."""


@dataclass(frozen=True, slots=True)
class Compression:
    """Nominal compressive strength (kip), critical stress Fn (ksi), effective area (in2), slender elements or not."""

    pn_kip: FloatArray
    fn_ksi: FloatArray
    ae_in2: FloatArray
    is_slender: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ModalCompression(Compression):
    """A `Compression` with the elastic buckling stress Fe of each mode in ksi, all arrays of one shape.

    ``fe_torsional_ksi`` is that of Eq. E4-2 for I shapes and of Eq. E4-3 for singly symmetric members. A stress is
    infinite where its mode does not occur: at an effective length of zero, or where E4 does not apply. ``governing``
    holds `BucklingMode` codes; ties go to the first.
    """

    fe_x_ksi: FloatArray
    fe_y_ksi: FloatArray
    fe_torsional_ksi: FloatArray
    governing: IntArray


def critical_stress(fy_ksi: ArrayLike, slenderness: ArrayLike) -> FloatArray:
    """Return the critical stress Fn in ksi of flexural buckling (Eq. E3-2, E3-3, with Fe of Eq. E3-4).

    Parameters
    ----------
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1000.
    slenderness : array_like
        Effective slenderness ratio Lc/r, 0 to 1e8.

    Returns
    -------
    ndarray of float
        Broadcast shape; Fy at zero slenderness.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    fy = yield_stress(fy_ksi)
    ratio = require_between("slenderness", slenderness, 0.0, MAX_SLENDERNESS)
    return nominal_stress(fy, fy * squared(ratio / np.pi) / E_KSI)


def torsional_stress_ksi(shape: ShapeTable, lcz_in: ArrayLike) -> FloatArray:
    """Return the elastic torsional buckling stress Fe in ksi of doubly symmetric I shapes (Eq. E4-2).

    ``lcz_in`` is the effective length for twist in in., > 0 to 1e6. Broadcast shape. Raises `StructuralError` as above.
    """
    lcz = require_positive("lcz_in", effective_length("lcz_in", lcz_in))
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
        Yield stress, ksi, 1 to 1000.
    lcx_in, lcy_in : array_like
        Effective lengths for buckling about the x and y axis, in., 0 to 1e6.
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
    fy = yield_stress(fy_ksi)
    lcx = effective_length("lcx_in", lcx_in)
    lcy = effective_length("lcy_in", lcy_in)
    _refuse_channels(shape)
    slenderness = np.maximum(lcx / shape.rx_in, lcy / shape.ry_in)
    yield_ratio = fy * (slenderness / np.pi) ** 2 / E_KSI
    if lcz_in is not None:
        yield_ratio = np.maximum(yield_ratio, fy / torsional_stress_ksi(shape, lcz_in))
    return with_effective_area(shape.area_in2, _elements(shape, fy), fy, nominal_stress(fy, yield_ratio))


def i_shape_compression(
    shape: ShapeTable, fy_ksi: ArrayLike, lcx_in: ArrayLike, lcy_in: ArrayLike, lcz_in: ArrayLike
) -> ModalCompression:
    """Return the nominal compressive strength of doubly symmetric I shapes with the stress of each mode (E3, E4, E7).

    Arguments and errors are those of `compressive_strength`, but ``lcz_in`` may be zero. Torsional buckling (Eq. E4-2)
    counts where E4 applies: for every welded shape, and for rolled ones where ``lcz_in`` exceeds ``lcy_in``.
    """
    fy = yield_stress(fy_ksi)
    lcx = effective_length("lcx_in", lcx_in)
    lcy = effective_length("lcy_in", lcy_in)
    lcz = effective_length("lcz_in", lcz_in)
    _refuse_channels(shape)
    x = flexural_flexibility(lcx / shape.rx_in)
    y = flexural_flexibility(lcy / shape.ry_in)
    twist = np.where((lcz > lcy) | ~shape.is_rolled, torsional_flexibility(shape, lcz), 0.0)
    return modal_strength(shape.area_in2, _elements(shape, fy), fy, (x, y, (BucklingMode.TORSIONAL, twist)))


def offset_bracing_stress_ksi(
    shape: ShapeTable, lcz_in: ArrayLike, *, yd_in: ArrayLike = 0.0, xd_in: ArrayLike = 0.0
) -> FloatArray:
    """Return Fe in ksi of doubly symmetric I shapes that twist about lateral bracing off the shear centre (E4(d), (e)).

    Parameters
    ----------
    shape : ShapeTable
        I shapes.
    lcz_in : array_like
        Effective length for twist, in., > 0 to 1e6.
    yd_in : array_like
        Offset of minor-axis bracing along the web, in., >= 0 (Eq. E4-10).
    xd_in : array_like
        Offset of major-axis bracing along the flanges, in., >= 0 (Eq. E4-12, verify). One of the two offsets is zero.

    Returns
    -------
    ndarray of float
        [pi^2 E (Cw + Iy yd^2 + Ix xd^2)/Lcz^2 + G J]/(Ag ro^2), ro^2 = rx^2 + ry^2 + xd^2 + yd^2 (Eq. E4-11), broadcast
        shape; Cw stands for Iy ho^2/4.

    Raises
    ------
    StructuralError
        For a number out of range, two offsets at once (``field="xd_in"``) or a channel (``field="shape"``).
    """
    lcz = require_positive("lcz_in", effective_length("lcz_in", lcz_in))
    yd = effective_length("yd_in", yd_in)
    xd = effective_length("xd_in", xd_in)
    _refuse_channels(shape)
    if np.any((xd > 0.0) & (yd > 0.0)):
        raise StructuralError("bracing is offset along one axis; set xd_in or yd_in to 0", field="xd_in")
    warping = np.pi**2 * E_KSI * (shape.cw_in6 + shape.iy_in4 * yd**2 + shape.ix_in4 * xd**2) / lcz**2
    polar = shape.ix_in4 + shape.iy_in4 + shape.area_in2 * (xd**2 + yd**2)
    return np.asarray((warping + G_KSI * shape.j_in4) / polar)


def with_effective_area(
    gross_in2: FloatArray, elements: Sequence[Element], fy_ksi: FloatArray, fn_ksi: FloatArray
) -> Compression:
    """Return Pn = Fn Ae (Eq. E7-1) of sections with these elements, at the nominal stress Fn in ksi of E3 or E4."""
    area, is_slender = effective_area(gross_in2, elements, fy_ksi, fn_ksi)
    return Compression(fn_ksi * area, fn_ksi, area, is_slender)


def modal_strength(
    gross_in2: FloatArray,
    elements: Sequence[Element],
    fy_ksi: FloatArray,
    modes: tuple[FloatArray, FloatArray, tuple[BucklingMode, FloatArray]],
) -> ModalCompression:
    """Return the strength that belongs to the largest of the flexibilities 1/Fe about x, about y and in torsion."""
    x, y, torsional = modes
    flexibility, governing = largest(((BucklingMode.FLEXURAL_X, x), (BucklingMode.FLEXURAL_Y, y), torsional))
    fn = nominal_stress(fy_ksi, fy_ksi * flexibility)
    strength = with_effective_area(gross_in2, elements, fy_ksi, fn)
    fe_x, fe_y, fe_torsional = (np.broadcast_to(elastic_stress(mode), fn.shape) for mode in (x, y, torsional[1]))
    return ModalCompression(
        **columns_of(strength),
        fe_x_ksi=fe_x,
        fe_y_ksi=fe_y,
        fe_torsional_ksi=fe_torsional,
        governing=np.broadcast_to(governing, fn.shape),
    )


def columns_of(strength: Compression) -> dict[str, Any]:
    """Return the fields of a result by name, to build a fuller one on it."""
    return {item.name: getattr(strength, item.name) for item in fields(strength)}


def _refuse_channels(shape: ShapeTable) -> None:
    if np.any(shape.is_channel):
        raise StructuralError("this takes doubly symmetric I shapes; got a channel", field="shape")


def _elements(shape: ShapeTable, fy: FloatArray) -> tuple[Element, Element]:
    flanges = 2.0 * shape.bf_in * shape.tf_in
    return (
        Element(shape.lambda_f, flange_limit_compression(shape, fy), flanges, UNSTIFFENED),
        Element(shape.h_tw, web_limit_compression(fy), shape.h_in * shape.tw_in, STIFFENED),
    )
