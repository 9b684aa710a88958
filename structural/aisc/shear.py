"""Shear of I shapes and channels, ANSI/AISC 360-22 G2.1 (web) and G6 (minor axis)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.constants import E_KSI
from structural.aisc.method import Factor
from structural.checks import FloatArray, require_positive
from structural.elementwise import minimum, squared, where
from structural.shapes import ShapeTable

SHEAR = Factor(0.90, 1.67)
"""G1."""
SHEAR_ROLLED_WEB = Factor(1.00, 1.50)
"""G2.1(a): rolled I shapes with h/tw <= 2.24 sqrt(E/Fy)."""


@dataclass(frozen=True, slots=True)
class Shear:
    """Nominal shear strength (kip), its factors a row, and the web shear coefficient used."""

    vn_kip: FloatArray
    phi: FloatArray
    omega: FloatArray
    cv1: FloatArray

    @property
    def factor(self) -> Factor:
        """The factors as one `Factor` for `available`."""
        return Factor(self.phi, self.omega)


def web_buckling_coefficient(panel_ratio: ArrayLike) -> FloatArray:
    """Return kv of Eq. G2-5 for stiffened webs: 5 + 5/(a/h)^2, 5.34 where a/h > 3; ``panel_ratio`` = a/h > 0."""
    ratio = require_positive("panel_ratio", panel_ratio)
    return where(ratio > 3.0, 5.34, 5.0 + 5.0 / squared(ratio))


def is_stocky_rolled_web(shape: ShapeTable, fy_ksi: ArrayLike) -> np.ndarray:
    """Return where G2.1(a) applies: rolled I shape with h/tw <= 2.24 sqrt(E/Fy); ``fy_ksi`` in ksi, > 0."""
    fy = require_positive("fy_ksi", fy_ksi)
    return shape.is_rolled & ~shape.is_channel & (shape.h_tw <= 2.24 * np.sqrt(E_KSI / fy))


def major_axis_shear(shape: ShapeTable, fy_ksi: ArrayLike, kv: ArrayLike = 5.34) -> Shear:
    """Return the nominal web shear strength without tension field action (G2.1).

    Parameters
    ----------
    shape : ShapeTable
        I shapes or channels.
    fy_ksi : array_like
        Yield stress, ksi, > 0.
    kv : array_like
        Web plate shear buckling coefficient: 5.34 without transverse stiffeners, else `web_buckling_coefficient`.

    Returns
    -------
    Shear
        Vn = 0.6 Fy d tw Cv1 (Eq. G2-1), Cv1 by Eq. G2-2 to G2-4; phi and Omega are 1.00 and 1.50 where G2.1(a) applies
        and 0.90 and 1.67 elsewhere. Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    fy = require_positive("fy_ksi", fy_ksi)
    kv = require_positive("kv", kv)
    stocky = is_stocky_rolled_web(shape, fy)
    limit = 1.10 * np.sqrt(kv * E_KSI / fy)
    cv1 = where(stocky, 1.0, minimum(limit / shape.h_tw, 1.0))
    return Shear(
        vn_kip=0.6 * fy * shape.d_in * shape.tw_in * cv1,
        phi=where(stocky, SHEAR_ROLLED_WEB.phi, SHEAR.phi),
        omega=where(stocky, SHEAR_ROLLED_WEB.omega, SHEAR.omega),
        cv1=cv1,
    )


def cv2(slenderness: ArrayLike, fy_ksi: ArrayLike, kv: ArrayLike) -> FloatArray:
    """Return the web shear buckling coefficient Cv2 (Eq. G2-9 to G2-11).

    ``slenderness`` = h/tw > 0, ``fy_ksi`` in ksi > 0, ``kv`` > 0. Dimensionless, broadcast shape.
    """
    ratio = require_positive("slenderness", slenderness)
    stiffness = require_positive("kv", kv) * E_KSI / require_positive("fy_ksi", fy_ksi)
    root = np.sqrt(stiffness)
    inelastic = minimum(1.10 * root / ratio, 1.0)
    return where(ratio > 1.37 * root, 1.51 * stiffness / squared(ratio), inelastic)


def minor_axis_shear(shape: ShapeTable, fy_ksi: ArrayLike) -> FloatArray:
    """Return the nominal minor-axis shear strength, kip: both flanges, 0.6 Fy (2 bf tf) Cv2 with kv 1.2 (Eq. G6-1).

    ``fy_ksi`` in ksi, > 0; factor `SHEAR`. Broadcast shape. Raises `StructuralError` naming a number out of range.
    """
    fy = require_positive("fy_ksi", fy_ksi)
    return 0.6 * fy * 2.0 * shape.bf_in * shape.tf_in * cv2(shape.lambda_f, fy, 1.2)
