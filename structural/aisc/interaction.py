"""Combined forces, ANSI/AISC 360-22 H1 and H2, and the first-order amplifier of Appendix 8."""

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.constants import E_KSI
from structural.aisc.method import Method, load_ratio
from structural.checks import FloatArray, require_between, require_non_negative, require_positive
from structural.elementwise import squared
from structural.errors import StructuralError


def h1_interaction(axial_ratio: ArrayLike, moment_ratio_x: ArrayLike, moment_ratio_y: ArrayLike = 0.0) -> FloatArray:
    """Return the interaction ratio of axial force and bending (Eq. H1-1a, H1-1b); <= 1 is adequate.

    Parameters
    ----------
    axial_ratio : array_like
        Pr/Pc, required over available axial strength, compression (H1.1) or tension (H1.2), >= 0.
    moment_ratio_x, moment_ratio_y : array_like
        Mrx/Mcx and Mry/Mcy, >= 0.

    Returns
    -------
    ndarray of float
        Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a ratio that is negative or not finite.
    """
    axial = require_non_negative("axial_ratio", axial_ratio)
    moments = require_non_negative("moment_ratio_x", moment_ratio_x) + require_non_negative(
        "moment_ratio_y", moment_ratio_y
    )
    return np.where(axial >= 0.2, axial + 8.0 / 9.0 * moments, axial / 2.0 + moments)


def h2_interaction(axial_ratio: ArrayLike, stress_ratio_w: ArrayLike, stress_ratio_z: ArrayLike = 0.0) -> FloatArray:
    """Return the sum of stress ratios fra/Fca + frbw/Fcbw + frbz/Fcbz (Eq. H2-1), each >= 0, broadcast shape."""
    return np.asarray(
        require_non_negative("axial_ratio", axial_ratio)
        + require_non_negative("stress_ratio_w", stress_ratio_w)
        + require_non_negative("stress_ratio_z", stress_ratio_z)
    )


def euler_load_kip(i_in4: ArrayLike, length_in: ArrayLike) -> FloatArray:
    """Return pi^2 E I / L^2 in kip: Pey of H1.2 and Pe1 of Eq. A-8-5; I in in4 and L in in., both > 0."""
    inertia = require_positive("i_in4", i_in4)
    length = require_positive("length_in", length_in)
    return np.pi**2 * E_KSI * inertia / squared(length)


def tension_cb_multiplier(pr_kip: ArrayLike, pey_kip: ArrayLike, method: Method | ArrayLike) -> FloatArray:
    """Return sqrt(1 + alpha Pr/Pey), by which axial tension lets Cb of a doubly symmetric member grow (H1.2).

    ``pr_kip`` required tension, kip, >= 0; ``pey_kip`` of `euler_load_kip`, > 0. Broadcast shape.
    """
    tension = require_non_negative("pr_kip", pr_kip)
    return np.sqrt(1.0 + load_ratio(method) * tension / require_positive("pey_kip", pey_kip))


def b1_multiplier(cm: ArrayLike, pr_kip: ArrayLike, pe1_kip: ArrayLike, method: Method | ArrayLike) -> FloatArray:
    """Return B1 = Cm/(1 - alpha Pr/Pe1) >= 1 (Eq. A-8-3), the P-delta amplifier of a member, broadcast shape.

    ``cm`` in 0..1; ``pr_kip`` required compression, kip, >= 0; ``pe1_kip`` kip, > 0. alpha Pr >= Pe1 means the member
    buckles elastically: `StructuralError` with ``field="pr_kip"``.
    """
    share = load_ratio(method) * require_non_negative("pr_kip", pr_kip) / require_positive("pe1_kip", pe1_kip)
    if np.any(share >= 1.0):
        raise StructuralError("alpha Pr reaches the elastic buckling load Pe1; B1 has no value", field="pr_kip")
    return np.maximum(require_between("cm", cm, 0.0, 1.0) / (1.0 - share), 1.0)


def tau_b(axial_ratio: ArrayLike) -> FloatArray:
    """Return the stiffness reduction of C2.3: 1 for alpha Pr/Pns <= 0.5, else 4 x (1 - x) (Eq. C2-2a, C2-2b).

    ``axial_ratio`` = alpha Pr/Pns in 0..1, Pns = Fy Ag (Fy Ae with slender elements). Shape of ``axial_ratio``.
    """
    ratio = require_between("axial_ratio", axial_ratio, 0.0, 1.0)
    return np.where(ratio <= 0.5, 1.0, 4.0 * ratio * (1.0 - ratio))
