"""Strength of bolts, ANSI/AISC 360-22 J3.7 to J3.11.

Lengths in in., stresses in ksi, forces in kip; results of broadcast shape. Every function raises `StructuralError`
naming a number out of range. Grades and holes: `bolt_grades` and `bolt_geometry`, offered here under the same names.
"""

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.bolt_geometry import (
    HoleType,
    edge_increment_in,
    hole_diameter_in,
    max_edge_distance_in,
    max_spacing_in,
    min_edge_distance_in,
    min_spacing_in,
    slot_length_in,
)
from structural.aisc.bolt_grades import (
    BOLT_GRADES,
    BOLT_GROUPS,
    BoltGrade,
    BoltGroup,
    bolt_grade,
    bolt_groups,
    min_pretension_kip,
    nominal_shear_stress_ksi,
    nominal_tensile_stress_ksi,
)
from structural.aisc.method import Factor, Method, available
from structural.checks import FloatArray, enum_codes, require_between, require_non_negative, require_positive
from structural.elementwise import maximum, squared, where, within

__all__ = [
    "BOLT",
    "BOLT_GRADES",
    "BOLT_GROUPS",
    "END_LOADED_FACTOR",
    "SLIP_COEFFICIENTS",
    "SLIP_LONG_SLOT",
    "SLIP_OVERSIZED",
    "SLIP_STANDARD",
    "BearingCase",
    "BoltGrade",
    "BoltGroup",
    "HoleType",
    "bearing",
    "bolt_area_in2",
    "bolt_grade",
    "bolt_groups",
    "bolt_shear",
    "bolt_tension",
    "combined_tension_stress",
    "edge_increment_in",
    "filler_factor",
    "grip_factor_a307",
    "hole_diameter_in",
    "ksc_factor",
    "long_joint_factor",
    "max_edge_distance_in",
    "max_spacing_in",
    "min_edge_distance_in",
    "min_pretension_kip",
    "min_spacing_in",
    "nominal_shear_stress_ksi",
    "nominal_tensile_stress_ksi",
    "slip_factor",
    "slip_resistance",
    "slot_length_in",
    "tearout",
]

BOLT = Factor(0.75, 2.00)
"""J3.7, J3.8, J3.11: tension, shear, combined, bearing and tearout."""
SLIP_STANDARD = Factor(1.00, 1.50)
"""J3.9(a): standard holes and short slots normal to the load."""
SLIP_OVERSIZED = Factor(0.85, 1.76)
"""J3.9(b): oversized holes and short slots along the load."""
SLIP_LONG_SLOT = Factor(0.70, 2.14)
"""J3.9(c): long slots."""

SLIP_COEFFICIENTS = {"A": 0.30, "B": 0.50}
"""Mean slip coefficient mu by class of faying surface (J3.9)."""
PRETENSION_RATIO = 1.13
"""Du: mean installed over specified minimum pretension (J3.9)."""
END_LOADED_FACTOR = 0.833
"""On Fnv for end-loaded bolt patterns longer than 38 in. (Table J3.2, note)."""
LONG_JOINT_IN = 38.0


class BearingCase(StrEnum):
    """Which pair of coefficients of J3.11a applies to bearing and tearout."""

    DEFORMATION_CONSIDERED = "deformation_considered"
    """Deformation at the hole at service load is a design consideration: 2.4 and 1.2."""
    DEFORMATION_IGNORED = "deformation_ignored"
    """It is not: 3.0 and 1.5."""
    LONG_SLOT_NORMAL = "long_slot_normal"
    """Long slot with its length normal to the force: 2.0 and 1.0."""


_SLIP_PHI = np.array((SLIP_STANDARD.phi, SLIP_OVERSIZED.phi, SLIP_LONG_SLOT.phi))
_SLIP_OMEGA = np.array((SLIP_STANDARD.omega, SLIP_OVERSIZED.omega, SLIP_LONG_SLOT.omega))
_BEARING = np.array((2.4, 3.0, 2.0))
_TEAROUT = np.array((1.2, 1.5, 1.0))


def bolt_area_in2(diameter_in: ArrayLike) -> FloatArray:
    """Return the nominal area Ab = pi d^2/4 in in2; d > 0."""
    return np.pi / 4.0 * squared(require_positive("diameter_in", diameter_in))


def long_joint_factor(pattern_length_in: ArrayLike) -> FloatArray:
    """Return the factor on Fnv of an end-loaded connection: 0.833 for patterns over 38 in., else 1; length >= 0."""
    return where(require_non_negative("pattern_length_in", pattern_length_in) > LONG_JOINT_IN, END_LOADED_FACTOR, 1.0)


def grip_factor_a307(grip_in: ArrayLike, diameter_in: ArrayLike) -> FloatArray:
    """Return the factor on A307 strength: 1 % less for each 1/16 in. of grip over 5 diameters (Table J3.2, note)."""
    excess = require_positive("grip_in", grip_in) - 5.0 * require_positive("diameter_in", diameter_in)
    return within(1.0 - 0.01 * 16.0 * maximum(excess, 0.0), 0.0, 1.0)


def filler_factor(filler_in: ArrayLike) -> FloatArray:
    """Return the factor on bolt shear for undeveloped fillers: 1 - 0.4 (t - 0.25) >= 0.85, 1 up to 1/4 in. (J5.2)."""
    return within(1.0 - 0.4 * (require_non_negative("filler_in", filler_in) - 0.25), 0.85, 1.0)


def bolt_shear(fnv_ksi: ArrayLike, diameter_in: ArrayLike, planes: ArrayLike = 1, count: ArrayLike = 1) -> FloatArray:
    """Return Rn = Fnv Ab times shear planes and bolts, kip (Eq. J3-1). Factor `BOLT`.

    Parameters
    ----------
    fnv_ksi : array_like
        `nominal_shear_stress_ksi`, times `long_joint_factor` where it applies, > 0.
    diameter_in : array_like
        Nominal diameter, in., > 0.
    planes, count : array_like
        Shear planes a bolt and bolts, > 0.

    Returns
    -------
    ndarray of float
        Kip, broadcast shape. Eight 1 in. Group 120-X bolts in single shear: 427.3 (320.4 available, LRFD).

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    stress = require_positive("fnv_ksi", fnv_ksi)
    number = require_positive("planes", planes) * require_positive("count", count)
    return stress * bolt_area_in2(diameter_in) * number


def bolt_tension(fnt_ksi: ArrayLike, diameter_in: ArrayLike, count: ArrayLike = 1) -> FloatArray:
    """Return Rn = Fnt Ab times bolts, kip (Eq. J3-1); Fnt > 0 (or F'nt of `combined_tension_stress`). Factor `BOLT`."""
    stress = require_positive("fnt_ksi", fnt_ksi)
    return stress * bolt_area_in2(diameter_in) * require_positive("count", count)


def combined_tension_stress(
    fnt_ksi: ArrayLike, fnv_ksi: ArrayLike, frv_ksi: ArrayLike, method: Method | ArrayLike
) -> FloatArray:
    """Return F'nt in ksi, the nominal tensile stress beside shear in bearing joints (Eq. J3-3a LRFD, J3-3b ASD).

    1.3 Fnt - Fnt frv / (available Fnv), within 0..Fnt; ``frv_ksi`` is the required shear stress on the nominal area,
    >= 0 and separately within the available one. Need not be applied where either required stress is at most 30 % of
    the available one (J3.8).
    """
    fnt = require_positive("fnt_ksi", fnt_ksi)
    fnv_available = available(require_positive("fnv_ksi", fnv_ksi), BOLT, method)
    share = require_non_negative("frv_ksi", frv_ksi) / fnv_available
    return within(fnt * (1.3 - share), 0.0, fnt)


def slip_resistance(
    mu: ArrayLike, hf: ArrayLike, tb_kip: ArrayLike, ns: ArrayLike = 1, ksc: ArrayLike = 1.0
) -> FloatArray:
    """Return the slip resistance of one bolt mu Du hf Tb ns ksc, Du = 1.13, kip (Eq. J3-4, J3.10).

    Parameters
    ----------
    mu : array_like
        Mean slip coefficient, 0..1: 0.30 class A, 0.50 class B (`SLIP_COEFFICIENTS`).
    hf : array_like
        Filler factor: 1.0 with one filler or none (or fillers developed), 0.85 with two or more, 0..1.
    tb_kip : array_like
        `min_pretension_kip`, > 0.
    ns : array_like
        Slip planes, > 0.
    ksc : array_like
        `ksc_factor` beside tension, 0..1.

    Returns
    -------
    ndarray of float
        Kip a bolt, broadcast shape. Factor: `slip_factor`.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    clamp = PRETENSION_RATIO * require_positive("tb_kip", tb_kip) * require_between("ksc", ksc, 0.0, 1.0)
    friction = require_between("mu", mu, 0.0, 1.0) * require_between("hf", hf, 0.0, 1.0)
    return friction * clamp * require_positive("ns", ns)


def ksc_factor(tension_kip: ArrayLike, tb_kip: ArrayLike, count: ArrayLike, method: Method | ArrayLike) -> FloatArray:
    """Return ksc = 1 - Tu/(Du Tb nb) (Eq. J3-5a) or 1 - 1.5 Ta/(Du Tb nb) (Eq. J3-5b), at least 0.

    ``tension_kip`` required tension of the group, >= 0; ``tb_kip`` and ``count`` > 0.
    """
    multiplier = where(enum_codes("method", method, Method) == 0, 1.0, 1.5)
    clamp = PRETENSION_RATIO * require_positive("tb_kip", tb_kip) * require_positive("count", count)
    return maximum(1.0 - multiplier * require_non_negative("tension_kip", tension_kip) / clamp, 0.0)


def slip_factor(hole_type: HoleType | ArrayLike, slot_along_load: ArrayLike = False) -> Factor:
    """Return phi and Omega of slip a row (J3.9): by hole and by whether a short slot runs along the load."""
    codes = enum_codes("hole_type", hole_type, HoleType)
    along = np.asarray(slot_along_load, dtype=bool)[()]
    case = where(codes == 3, 2, where((codes == 1) | ((codes == 2) & along), 1, 0))
    return Factor(_SLIP_PHI[case], _SLIP_OMEGA[case])


def bearing(
    diameter_in: ArrayLike,
    thickness_in: ArrayLike,
    fu_ksi: ArrayLike,
    case: BearingCase | ArrayLike = BearingCase.DEFORMATION_CONSIDERED,
) -> FloatArray:
    """Return the bearing strength of one bolt hole, kip: 2.4, 3.0 or 2.0 d t Fu (Eq. J3-6a, b, e). Factor `BOLT`.

    ``diameter_in`` of the bolt, ``thickness_in`` of the ply and its ``fu_ksi``, all > 0.
    """
    coefficient = _BEARING[enum_codes("case", case, BearingCase)]
    area = require_positive("diameter_in", diameter_in) * require_positive("thickness_in", thickness_in)
    return coefficient * area * require_positive("fu_ksi", fu_ksi)


def tearout(
    lc_in: ArrayLike,
    thickness_in: ArrayLike,
    fu_ksi: ArrayLike,
    case: BearingCase | ArrayLike = BearingCase.DEFORMATION_CONSIDERED,
) -> FloatArray:
    """Return the tearout strength of one bolt, kip: 1.2, 1.5 or 1.0 lc t Fu (Eq. J3-6c, d, f). Factor `BOLT`.

    ``lc_in`` clear distance along the force from the hole (`hole_diameter_in`, nothing added) to the next hole or edge,
    >= 0; ``thickness_in`` and ``fu_ksi`` > 0.
    """
    coefficient = _TEAROUT[enum_codes("case", case, BearingCase)]
    area = require_non_negative("lc_in", lc_in) * require_positive("thickness_in", thickness_in)
    return coefficient * area * require_positive("fu_ksi", fu_ksi)
