"""Effective area of members with slender elements, ANSI/AISC 360-22 E7."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from structural.aisc.constants import E_KSI
from structural.checks import FloatArray


class Imperfection(NamedTuple):
    """Effective width imperfection adjustment factors c1 and c2 of Table E7.1."""

    c1: float
    c2: float


STIFFENED = Imperfection(0.18, 1.31)
"""Table E7.1 case (a): stiffened elements other than walls of rectangular HSS."""
HOLLOW_WALL = Imperfection(0.20, 1.38)
"""Table E7.1 case (b): walls of rectangular HSS."""
UNSTIFFENED = Imperfection(0.22, 1.49)
"""Table E7.1 case (c): all other elements."""


class Element(NamedTuple):
    """Elements of a cross-section that are alike: slenderness lambda, its limit lambda_r, and the area of them all.

    ``area_in2`` is width times thickness, with the width that lambda is measured by.
    """

    slenderness: FloatArray
    limit: FloatArray
    area_in2: FloatArray
    imperfection: Imperfection


def effective_area(
    gross_in2: FloatArray, elements: Sequence[Element], fy_ksi: FloatArray, fn_ksi: FloatArray
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return Ae = Ag - sum of (b - be) t in in2 (E7.1), and whether a section has a slender element.

    Parameters
    ----------
    gross_in2 : ndarray of float
        Gross area Ag, in2.
    elements : sequence of Element
        Every plate element of the section.
    fy_ksi, fn_ksi : ndarray of float
        Yield stress and nominal stress Fn of E3 or E4, ksi, > 0.

    Returns
    -------
    tuple of ndarray
        Both of the shape of ``fn_ksi``; Ae = Ag where no element is slender.
    """
    slender = np.asarray(elements[0].slenderness > elements[0].limit)
    for element in elements[1:]:
        slender = slender | (element.slenderness > element.limit)
    is_slender = np.broadcast_to(slender, fn_ksi.shape)
    if not slender.any():
        return np.broadcast_to(gross_in2, fn_ksi.shape), is_slender
    lost = [element.area_in2 * (1.0 - effective_share(element, fy_ksi, fn_ksi)) for element in elements]
    return np.asarray(gross_in2 - sum(lost)), is_slender


def effective_share(element: Element, fy_ksi: FloatArray, fn_ksi: FloatArray) -> FloatArray:
    """Return be/b of Eq. E7-2 and E7-3 with Fel of Eq. E7-5, 1 up to lambda = lambda_r sqrt(Fy/Fn)."""
    c1, c2 = element.imperfection
    root = c2 * element.limit / element.slenderness * np.sqrt(fy_ksi / fn_ksi)
    reduced = np.minimum((1.0 - c1 * root) * root, 1.0)
    return np.where(element.slenderness <= element.limit * np.sqrt(fy_ksi / fn_ksi), 1.0, reduced)


def round_effective_share(d_t: FloatArray, fy_ksi: FloatArray) -> FloatArray:
    """Return Ae/Ag of round HSS with D/t < 0.45 E/Fy (Eq. E7-6, E7-7): the two equations meet within 1.2 %."""
    return np.minimum(0.038 * E_KSI / (fy_ksi * d_t) + 2.0 / 3.0, 1.0)
