"""Elastic buckling of members in compression and the nominal stress that follows, ANSI/AISC 360-22 E3 and E4.

A mode is carried as its flexibility 1/Fe: it is zero, not infinite, where the effective length is zero, the mode that
governs has the largest one, and E4-3 and E4-4 become the largest eigenvalues of small symmetric matrices, free of the
cancellation of the printed forms.
"""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.constants import E_KSI, G_KSI
from structural.angles import AngleTable, DoubleAngleTable
from structural.checks import FloatArray, IntArray, require_between
from structural.elementwise import maximum, minimum, power, where
from structural.shapes import ShapeTable
from structural.tees import TeeTable

MAX_LENGTH_IN = 1e6
"""Longest effective length that is believed, in."""
YIELD_RANGE_KSI = (1.0, 1000.0)
"""Range of yield stress that is believed, ksi."""

# Below this the reciprocal overflows.
_LEAST_FLEXIBILITY = 1e-300


class BucklingMode(IntEnum):
    """Mode of member buckling that governs; the codes in ``governing`` of every result."""

    FLEXURAL_X = 0
    FLEXURAL_Y = 1
    TORSIONAL = 2
    FLEXURAL_TORSIONAL = 3
    FLEXURAL_Z = 4
    EQUIVALENT_SLENDERNESS = 5

    @property
    def clause(self) -> str:
        """Clause of the mode; E7 joins it where the section has slender elements."""
        return ("E3", "E3", "E4(a)", "E4", "E3", "E5")[self.value]


def yield_stress(fy_ksi: ArrayLike) -> FloatArray:
    """Return Fy, every element in `YIELD_RANGE_KSI`; anything else raises `StructuralError`, ``field="fy_ksi"``."""
    return require_between("fy_ksi", fy_ksi, *YIELD_RANGE_KSI)


def effective_length(name: str, length_in: ArrayLike) -> FloatArray:
    """Return a length, every element in 0..`MAX_LENGTH_IN`; anything else raises `StructuralError` naming ``name``."""
    return require_between(name, length_in, 0.0, MAX_LENGTH_IN)


def nominal_stress(fy_ksi: FloatArray, yield_ratio: FloatArray) -> FloatArray:
    """Return Fn in ksi from Fy/Fe >= 0: Eq. E3-2 up to 2.25, Eq. E3-3 above."""
    inelastic = power(0.658, minimum(yield_ratio, 2.25))
    return where(yield_ratio <= 2.25, inelastic, 0.877 / maximum(yield_ratio, 2.25)) * fy_ksi


def flexural_flexibility(slenderness: FloatArray) -> FloatArray:
    """Return 1/Fe in 1/ksi of flexural buckling (Eq. E3-4, E4-5, E4-6) from Lc/r >= 0."""
    return np.asarray((slenderness / np.pi) ** 2 / E_KSI)


def torsional_flexibility(
    shape: ShapeTable | TeeTable | DoubleAngleTable | AngleTable, length_in: FloatArray
) -> FloatArray:
    """Return 1/Fez in 1/ksi of twisting about the shear centre (Eq. E4-7); ``length_in`` that for twist, >= 0.

    For doubly symmetric I shapes, whose ro^2 is (Ix + Iy)/Ag, this is 1/Fe of Eq. E4-2.
    """
    polar = shape.area_in2 * shape.ro_in**2
    stiffness = np.pi**2 * E_KSI * shape.cw_in6 + G_KSI * shape.j_in4 * length_in**2
    return np.asarray(polar * length_in**2 / stiffness)


def coupled_flexibility(flexural: FloatArray, torsional: FloatArray, flexural_constant: FloatArray) -> FloatArray:
    """Return 1/Fe of flexural-torsional buckling of a singly symmetric member (Eq. E4-3).

    ``flexural`` is 1/Fe about the axis of symmetry (1/Fey; 1/Fex for channels), ``torsional`` 1/Fez, and H of Eq. E4-8
    is in 0..1. Never less than either of the two.
    """
    half_gap = (flexural - torsional) / 2.0
    coupling = np.sqrt(half_gap**2 + (1.0 - flexural_constant) * flexural * torsional)
    return np.asarray((flexural + torsional) / 2.0 + coupling)


def largest(flexibilities: Sequence[tuple[BucklingMode, FloatArray]]) -> tuple[FloatArray, IntArray]:
    """Return the flexibility of the mode that governs and its `BucklingMode` code; ties go to the first."""
    stacked = np.stack(np.broadcast_arrays(*(flexibility for _, flexibility in flexibilities)))
    codes = np.array([mode for mode, _ in flexibilities], dtype=np.int64)
    return stacked.max(axis=0), codes[stacked.argmax(axis=0)]


def elastic_stress(flexibility: FloatArray) -> FloatArray:
    """Return Fe in ksi, infinite where the flexibility is zero."""
    stiff = flexibility < _LEAST_FLEXIBILITY
    return np.where(stiff, np.inf, 1.0 / np.where(stiff, 1.0, flexibility))
