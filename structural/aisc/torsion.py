"""Torsion of hollow sections alone and combined, and of other sections by stresses, ANSI/AISC 360-22 H3."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.constants import E_KSI
from structural.aisc.interaction import h1_interaction
from structural.aisc.limit_states import checked_length, checked_stress, governing_state, refuse
from structural.aisc.method import Factor
from structural.aisc.shear_other import round_shear_buckling_ksi
from structural.checks import FloatArray, IntArray, require_between
from structural.hollow import RectangularHssTable, RoundHssTable

TORSION = Factor(0.90, 1.67)
"""H3.1 and H3.3."""
NEGLIGIBLE_TORSION = 0.2
"""Tr/Tc up to which H3.2 lets torsion be neglected."""

_MAX_WALL_SLENDERNESS = 260.0


class TorsionState(IntEnum):
    """Limit state of an HSS in torsion that governs; the codes in `Torsion.governing`."""

    YIELDING = 0
    BUCKLING = 1

    @property
    def clause(self) -> str:
        """Clause of both limit states."""
        return "H3.1"


class TorsionStressState(IntEnum):
    """Limit state of a section other than HSS under torsional stresses; the codes in `TorsionStress.governing`."""

    NORMAL_YIELDING = 0
    SHEAR_YIELDING = 1
    BUCKLING = 2

    @property
    def clause(self) -> str:
        """Clause of the limit state."""
        return f"H3.3({'abc'[self.value]})"


@dataclass(frozen=True, slots=True)
class Torsion:
    """Nominal torsional strength of HSS (kip-in.); critical stress and the stresses it is the least of, ksi."""

    tn_kip_in: FloatArray
    fcr_ksi: FloatArray
    yield_ksi: FloatArray
    buckling_ksi: FloatArray

    @property
    def governing(self) -> IntArray:
        """`TorsionState` codes, broadcast shape; ties go to the first."""
        return governing_state((self.yield_ksi, self.buckling_ksi))


@dataclass(frozen=True, slots=True)
class TorsionStress:
    """Nominal stresses of H3.3, ksi, infinite where buckling does not apply, and the ratio of each limit state.

    Ratios compare the required with the nominal stress; `structural.aisc.method.available` with `TORSION` gives the
    available stresses.
    """

    fn_normal_ksi: FloatArray
    fn_shear_ksi: FloatArray
    fn_buckling_ksi: FloatArray
    ratio_normal: FloatArray
    ratio_shear: FloatArray
    ratio_buckling: FloatArray

    @property
    def governing(self) -> IntArray:
        """`TorsionStressState` codes of the greatest ratio, broadcast shape; ties go to the first."""
        return governing_state((-self.ratio_normal, -self.ratio_shear, -self.ratio_buckling))


def rectangular_hss_torsion(section: RectangularHssTable, fy_ksi: ArrayLike) -> Torsion:
    """Return the nominal torsional strength of rectangular HSS: Fcr C (Eq. H3-1).

    ``fy_ksi`` in ksi, 1 to 1,000. With h/t of the longer side, Fcr is 0.6 Fy (Eq. H3-3), 0.6 Fy (2.45 sqrt(E/Fy))/(h/t)
    (Eq. H3-4) beyond 2.45 sqrt(E/Fy), 0.458 pi^2 E/(h/t)^2 (Eq. H3-5) beyond 3.07 sqrt(E/Fy). Broadcast shape. Raises
    `StructuralError` naming a number out of range; ``field="shape"`` for h/t over 260.
    """
    fy = checked_stress("fy_ksi", fy_ksi)
    slenderness = np.maximum(section.h_t, section.b_t)
    refuse(slenderness > _MAX_WALL_SLENDERNESS, section.name, "has h/t over 260, outside H3.1; use a thicker wall")
    root = np.sqrt(E_KSI / fy)
    yielding = np.asarray(0.6 * fy)
    inelastic = yielding * 2.45 * root / slenderness
    elastic = 0.458 * np.pi**2 * E_KSI / slenderness**2
    buckling = np.where(slenderness > 3.07 * root, elastic, inelastic)
    fcr = np.minimum(yielding, buckling)
    return Torsion(np.asarray(fcr * section.torsional_c_in3), fcr, yielding, buckling)


def round_hss_torsion(section: RoundHssTable, fy_ksi: ArrayLike, length_in: ArrayLike) -> Torsion:
    """Return the nominal torsional strength of round HSS and pipe: Fcr C (Eq. H3-1).

    ``fy_ksi`` in ksi, 1 to 1,000; ``length_in`` of the member, in., 0 to 1,000,000. Fcr is the larger of Eq. H3-2a and
    H3-2b, at most 0.6 Fy. Broadcast shape. Raises `StructuralError` naming a number out of range.
    """
    fy = checked_stress("fy_ksi", fy_ksi)
    yielding = np.asarray(0.6 * fy)
    buckling = round_shear_buckling_ksi(section, checked_length("length_in", length_in), (1.23, 0.60))
    fcr = np.minimum(yielding, buckling)
    return Torsion(np.asarray(fcr * section.torsional_c_in3), fcr, yielding, buckling)


def h3_interaction(
    axial_ratio: ArrayLike,
    moment_ratio_x: ArrayLike,
    moment_ratio_y: ArrayLike,
    shear_ratio: ArrayLike,
    torsion_ratio: ArrayLike,
) -> FloatArray:
    """Return the interaction ratio of HSS with torsion (Eq. H3-6); <= 1 is adequate.

    Parameters
    ----------
    axial_ratio, moment_ratio_x, moment_ratio_y : array_like
        Pr/Pc, Mrx/Mcx, Mry/Mcy: required over available strength, 0 to 1e6.
    shear_ratio : array_like
        Vr/Vc, the larger of the two axes, 0 to 1e6.
    torsion_ratio : array_like
        Tr/Tc, 0 to 1e6.

    Returns
    -------
    ndarray of float
        (Pr/Pc + Mrx/Mcx + Mry/Mcy) + (Vr/Vc + Tr/Tc)^2, broadcast shape, whatever Tr/Tc is; see `hss_interaction`.

    Raises
    ------
    StructuralError
        Naming a ratio out of range.
    """
    normal = _ratio("axial_ratio", axial_ratio) + _ratio("moment_ratio_x", moment_ratio_x)
    normal = normal + _ratio("moment_ratio_y", moment_ratio_y)
    shear = _ratio("shear_ratio", shear_ratio) + _ratio("torsion_ratio", torsion_ratio)
    return np.asarray(normal + shear**2)


def hss_interaction(
    axial_ratio: ArrayLike,
    moment_ratio_x: ArrayLike,
    moment_ratio_y: ArrayLike,
    shear_ratio: ArrayLike,
    torsion_ratio: ArrayLike,
) -> FloatArray:
    """Return the interaction ratio of HSS (H3.2): Eq. H3-6 where Tr/Tc exceeds 0.2, else H1.1 without torsion.

    Arguments, result and errors are those of `h3_interaction`. Shear alone (G4, G5) is a check of its own.
    """
    with_torsion = h3_interaction(axial_ratio, moment_ratio_x, moment_ratio_y, shear_ratio, torsion_ratio)
    without = h1_interaction(axial_ratio, moment_ratio_x, moment_ratio_y)
    return np.where(_ratio("torsion_ratio", torsion_ratio) > NEGLIGIBLE_TORSION, with_torsion, without)


def torsion_stresses(
    normal_ksi: ArrayLike, shear_ksi: ArrayLike, fy_ksi: ArrayLike, fcr_ksi: ArrayLike | None = None
) -> TorsionStress:
    """Return the limit states of sections other than HSS under torsion and combined stress (H3.3).

    Parameters
    ----------
    normal_ksi, shear_ksi : array_like
        Greatest required normal stress (axial, bending and warping together) and shear stress (flexural, St. Venant and
        warping), ksi, 0 to 1e6.
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1,000.
    fcr_ksi : array_like, optional
        Buckling stress of the section by analysis, ksi, > 0 to 1e9, held against the normal stress; none where
        buckling does not apply.

    Returns
    -------
    TorsionStress
        Fn of yielding under normal stress Fy (Eq. H3-7), of shear yielding 0.6 Fy (Eq. H3-8), of buckling Fcr
        (Eq. H3-9), and the ratios to them. Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    normal, shear = _ratio("normal_ksi", normal_ksi), _ratio("shear_ksi", shear_ksi)
    fy = checked_stress("fy_ksi", fy_ksi)
    fcr = np.asarray(np.inf) if fcr_ksi is None else require_between("fcr_ksi", fcr_ksi, 1e-9, 1e9)
    ratios = (np.asarray(normal / fy), np.asarray(shear / (0.6 * fy)), np.asarray(normal / fcr))
    return TorsionStress(fy, np.asarray(0.6 * fy), fcr, *ratios)


def _ratio(name: str, value: ArrayLike) -> FloatArray:
    return require_between(name, value, 0.0, 1e6)
