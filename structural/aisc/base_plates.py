"""Column bases, ANSI/AISC 360-22 J8 (concrete bearing) and J9 (anchor rods), Manual Part 14 (plate thickness).

Lengths in in., areas in in2, stresses in ksi, forces in kip, results of broadcast shape. Concentric compression, with
the base plate bearing over its whole area. Every function raises `StructuralError` naming a number out of range
(`ranges`: at most 1e12).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc import bolts
from structural.aisc.fasteners import threaded_shear_stress_ksi, threaded_tensile_stress_ksi
from structural.aisc.method import Factor, Method, available
from structural.checks import FloatArray, require_non_negative, require_positive
from structural.elementwise import squared
from structural.errors import StructuralError

CONCRETE_BEARING = Factor(0.65, 2.31)
"""J8."""
PLATE_FLEXURE = Factor(0.90, 1.67)
"""F1, yielding of the plate beyond the column."""
ANCHOR_ROD = bolts.BOLT
"""J9, by J3.7 and J3.8."""


def supporting_area_in2(
    plate_n_in: ArrayLike, plate_b_in: ArrayLike, support_n_in: ArrayLike, support_b_in: ArrayLike
) -> FloatArray:
    """Return A2: the largest area of the support similar to the plate and concentric with it (J8).

    ``plate_n_in`` by ``plate_b_in`` the plate, ``support_n_in`` by ``support_b_in`` the concrete in the same
    directions, all > 0. A support smaller than the plate raises `StructuralError`, ``field="support_n_in"`` or
    ``"support_b_in"``.
    """
    n, b = require_positive("plate_n_in", plate_n_in), require_positive("plate_b_in", plate_b_in)
    scales = []
    for name, support, plate in (("support_n_in", support_n_in, n), ("support_b_in", support_b_in, b)):
        scales.append(require_positive(name, support) / plate)
        if np.any(scales[-1] < 1.0):
            raise StructuralError(f"{name} is less than the plate; take the smaller as the bearing area", field=name)
    return np.asarray(squared(np.minimum(*scales)) * n * b)


def concrete_bearing(fc_ksi: ArrayLike, a1_in2: ArrayLike, a2_in2: ArrayLike | None = None) -> FloatArray:
    """Return Pp = 0.85 fc A1 sqrt(A2/A1) <= 1.7 fc A1 (Eq. J8-1, J8-2). Factor `CONCRETE_BEARING`.

    Parameters
    ----------
    fc_ksi : array_like
        Concrete strength f'c, ksi, > 0.
    a1_in2 : array_like
        Area of steel in concentric bearing, in2, > 0.
    a2_in2 : array_like, optional
        `supporting_area_in2`, >= A1; by default A1, which is bearing on the full area of the support.

    Returns
    -------
    ndarray of float
        Kip.

    Raises
    ------
    StructuralError
        Naming a number out of range; ``field="a2_in2"`` where A2 is less than A1.
    """
    a1 = require_positive("a1_in2", a1_in2)
    a2 = a1 if a2_in2 is None else require_positive("a2_in2", a2_in2)
    ratio = a2 / a1
    if np.any(ratio < 1.0 - 1e-9):
        raise StructuralError("a2_in2 must be at least a1_in2, the area it surrounds", field="a2_in2")
    return np.asarray(0.85 * require_positive("fc_ksi", fc_ksi) * a1 * np.clip(np.sqrt(ratio), 1.0, 2.0))


@dataclass(frozen=True, slots=True)
class Cantilevers:
    """Distances over which a base plate bends, in.: m, n beyond the column and lambda n' within it (0 if hollow)."""

    m_in: FloatArray
    n_in: FloatArray
    lambda_n_prime_in: FloatArray

    @property
    def l_in(self) -> FloatArray:
        """The longest of the three, 0 where the plate does not reach beyond them."""
        return np.maximum(np.maximum(self.m_in, self.n_in), np.maximum(self.lambda_n_prime_in, 0.0))


def i_column_cantilevers(
    d_in: ArrayLike,
    bf_in: ArrayLike,
    plate_n_in: ArrayLike,
    plate_b_in: ArrayLike,
    bearing_ratio: ArrayLike = 1.0,
) -> Cantilevers:
    """Return the cantilevers of the plate under an I-shaped column (Manual Eq. 14-2 to 14-6).

    m = (N - 0.95 d)/2, n = (B - 0.8 bf)/2, lambda n' with n' = sqrt(d bf)/4.

    Parameters
    ----------
    d_in, bf_in : array_like
        Depth and flange width of the column, in., > 0.
    plate_n_in, plate_b_in : array_like
        Plate along the depth and along the flanges, in., > 0.
    bearing_ratio : array_like
        Required over available concrete bearing strength, >= 0; 1.0, the default, gives lambda its largest value.

    Returns
    -------
    Cantilevers
        In.; m and n are negative where the plate is smaller than the column.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    d, bf = require_positive("d_in", d_in), require_positive("bf_in", bf_in)
    ratio = np.minimum(require_non_negative("bearing_ratio", bearing_ratio), 1.0)
    x = 4.0 * d * bf / squared(d + bf) * ratio
    lam = np.minimum(2.0 * np.sqrt(x) / (1.0 + np.sqrt(np.maximum(1.0 - x, 0.0))), 1.0)
    m = (require_positive("plate_n_in", plate_n_in) - 0.95 * d) / 2.0
    n = (require_positive("plate_b_in", plate_b_in) - 0.80 * bf) / 2.0
    return Cantilevers(m, n, np.asarray(lam * np.sqrt(d * bf) / 4.0))


def hollow_column_cantilevers(
    depth_in: ArrayLike,
    width_in: ArrayLike,
    plate_n_in: ArrayLike,
    plate_b_in: ArrayLike,
    round_section: ArrayLike = False,
) -> Cantilevers:
    """Return the cantilevers of the plate under an HSS column (Manual Part 14): 0.95 of each side, 0.80 D if round.

    ``depth_in`` and ``width_in`` in in., > 0, both the diameter of a ``round_section``; the rest as in
    `i_column_cantilevers`.
    """
    share = np.where(np.asarray(round_section, dtype=bool), 0.80, 0.95)
    m = (require_positive("plate_n_in", plate_n_in) - share * require_positive("depth_in", depth_in)) / 2.0
    n = (require_positive("plate_b_in", plate_b_in) - share * require_positive("width_in", width_in)) / 2.0
    return Cantilevers(m, n, np.zeros(()))


def required_plate_thickness_in(
    l_in: ArrayLike,
    pr_kip: ArrayLike,
    plate_n_in: ArrayLike,
    plate_b_in: ArrayLike,
    fy_ksi: ArrayLike,
    method: Method | ArrayLike,
) -> FloatArray:
    """Return the least plate thickness l sqrt(2 Pr/(available Fy B N)), in. (Manual Eq. 14-7a LRFD, 14-7b ASD).

    Parameters
    ----------
    l_in : array_like
        `Cantilevers.l_in`, in., >= 0.
    pr_kip : array_like
        Required axial compression, kip, >= 0, spread evenly over the plate.
    plate_n_in, plate_b_in : array_like
        Plate dimensions, in., > 0.
    fy_ksi : array_like
        Yield stress of the plate, ksi, > 0.
    method : Method, str or array_like of str
        Fy is multiplied by 0.90 (LRFD) or divided by 1.67 (ASD).

    Returns
    -------
    ndarray of float
        In.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    area = require_positive("plate_n_in", plate_n_in) * require_positive("plate_b_in", plate_b_in)
    pressure = require_non_negative("pr_kip", pr_kip) / area
    stress = available(require_positive("fy_ksi", fy_ksi), PLATE_FLEXURE, method)
    return np.asarray(require_non_negative("l_in", l_in) * np.sqrt(2.0 * pressure / stress))


def anchor_rod_tension(fu_ksi: ArrayLike, diameter_in: ArrayLike, count: ArrayLike = 1) -> FloatArray:
    """Return Rn = 0.75 Fu Ab times rods in tension (J9, Table J3.2). Factor `ANCHOR_ROD`; all > 0."""
    diameter, number = require_positive("diameter_in", diameter_in), require_positive("count", count)
    return bolts.bolt_tension(threaded_tensile_stress_ksi(fu_ksi), diameter, number)


def anchor_rod_shear(
    fu_ksi: ArrayLike, diameter_in: ArrayLike, count: ArrayLike = 1, threads_excluded: ArrayLike = False
) -> FloatArray:
    """Return Rn = 0.450 Fu Ab (0.563 Fu Ab with threads excluded) times rods in shear (J9). Factor `ANCHOR_ROD`."""
    diameter, number = require_positive("diameter_in", diameter_in), require_positive("count", count)
    return bolts.bolt_shear(threaded_shear_stress_ksi(fu_ksi, threads_excluded), diameter, 1, number)


def anchor_rod_combined_tension(
    fu_ksi: ArrayLike,
    diameter_in: ArrayLike,
    shear_kip: ArrayLike,
    method: Method | ArrayLike,
    count: ArrayLike = 1,
    threads_excluded: ArrayLike = False,
) -> FloatArray:
    """Return Rn in tension of rods that also carry shear, kip (J9, Eq. J3-2 with J3-3a, J3-3b). Factor `ANCHOR_ROD`.

    ``shear_kip`` the required shear of all rods together, >= 0; 0 is returned where it uses up the tension.
    """
    area = bolts.bolt_area_in2(require_positive("diameter_in", diameter_in)) * require_positive("count", count)
    stress = bolts.combined_tension_stress(
        threaded_tensile_stress_ksi(fu_ksi),
        threaded_shear_stress_ksi(fu_ksi, threads_excluded),
        require_non_negative("shear_kip", shear_kip) / area,
        method,
    )
    return np.asarray(stress * area)
