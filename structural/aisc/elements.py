"""Affected elements of members and connecting elements, ANSI/AISC 360-22 J4.

Areas in in2 and > 0 (net areas may be zero where noted), stresses in ksi and > 0; strengths in kip, broadcast shape.
Every function raises `StructuralError` naming a number out of range.
"""

from numpy.typing import ArrayLike

from structural.aisc.compression import critical_stress
from structural.aisc.method import Factor
from structural.checks import FloatArray, require_between, require_non_negative, require_positive
from structural.elementwise import minimum, squared, where

ELEMENT_TENSION_YIELD = Factor(0.90, 1.67)
"""J4.1(a)."""
ELEMENT_TENSION_RUPTURE = Factor(0.75, 2.00)
"""J4.1(b)."""
ELEMENT_SHEAR_YIELD = Factor(1.00, 1.50)
"""J4.2(a)."""
ELEMENT_SHEAR_RUPTURE = Factor(0.75, 2.00)
"""J4.2(b)."""
BLOCK_SHEAR = Factor(0.75, 2.00)
"""J4.3."""
ELEMENT_COMPRESSION = Factor(0.90, 1.67)
"""J4.4."""
ELEMENT_FLEXURE = Factor(0.90, 1.67)
"""J4.5."""


def tension_yielding(fy_ksi: ArrayLike, ag_in2: ArrayLike) -> FloatArray:
    """Return Rn = Fy Ag (Eq. J4-1)."""
    return require_positive("fy_ksi", fy_ksi) * require_positive("ag_in2", ag_in2)


def tension_rupture(fu_ksi: ArrayLike, ae_in2: ArrayLike) -> FloatArray:
    """Return Rn = Fu Ae (Eq. J4-2)."""
    return require_positive("fu_ksi", fu_ksi) * require_positive("ae_in2", ae_in2)


def shear_yielding(fy_ksi: ArrayLike, agv_in2: ArrayLike) -> FloatArray:
    """Return Rn = 0.60 Fy Agv (Eq. J4-3)."""
    return 0.60 * require_positive("fy_ksi", fy_ksi) * require_positive("agv_in2", agv_in2)


def shear_rupture(fu_ksi: ArrayLike, anv_in2: ArrayLike) -> FloatArray:
    """Return Rn = 0.60 Fu Anv (Eq. J4-4)."""
    return 0.60 * require_positive("fu_ksi", fu_ksi) * require_positive("anv_in2", anv_in2)


def block_shear(
    agv_in2: ArrayLike,
    anv_in2: ArrayLike,
    ant_in2: ArrayLike,
    ubs: ArrayLike,
    fy_ksi: ArrayLike,
    fu_ksi: ArrayLike,
) -> FloatArray:
    """Return Rn = 0.60 Fu Anv + Ubs Fu Ant <= 0.60 Fy Agv + Ubs Fu Ant (Eq. J4-5).

    ``agv_in2`` gross and ``anv_in2`` net area in shear, ``ant_in2`` net area in tension (may be zero); ``ubs`` 1.0
    where the tension stress is uniform, 0.5 where it is not.
    """
    fu = require_positive("fu_ksi", fu_ksi)
    tension = require_between("ubs", ubs, 0.0, 1.0) * fu * require_non_negative("ant_in2", ant_in2)
    rupture = fu * require_positive("anv_in2", anv_in2)
    yielding = require_positive("fy_ksi", fy_ksi) * require_positive("agv_in2", agv_in2)
    return 0.60 * minimum(rupture, yielding) + tension


def compression(fy_ksi: ArrayLike, ag_in2: ArrayLike, slenderness: ArrayLike) -> FloatArray:
    """Return Pn of an element in compression: Fy Ag for Lc/r <= 25 (Eq. J4-6), else Fn Ag by E3; Lc/r >= 0."""
    ratio = require_non_negative("slenderness", slenderness)
    fy = require_positive("fy_ksi", fy_ksi)
    stress = where(ratio <= 25.0, fy, critical_stress(fy, ratio))
    return stress * require_positive("ag_in2", ag_in2)


def plate_flexural_yielding(fy_ksi: ArrayLike, thickness_in: ArrayLike, depth_in: ArrayLike) -> FloatArray:
    """Return the plastic moment Fy t d^2/4 of a plate bent in its plane, kip-in. (J4.5, F11.1 with Lb d/t^2 small).

    ``thickness_in`` and ``depth_in`` in in., > 0. Limited to 1.6 Fy Sx by F11, which never governs a rectangle (Z/S is
    1.5).
    """
    thickness = require_positive("thickness_in", thickness_in)
    depth = require_positive("depth_in", depth_in)
    return require_positive("fy_ksi", fy_ksi) * thickness * squared(depth) / 4.0
