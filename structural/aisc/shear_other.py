"""Shear of angles, tees and hollow sections, ANSI/AISC 360-22 G3, G4 and G5; tee flanges by G6.

Factor `structural.aisc.shear.SHEAR`.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.constants import E_KSI
from structural.aisc.limit_states import checked_length, checked_stress, governing_state
from structural.aisc.shear import cv2
from structural.angles import AngleTable, DoubleAngleTable
from structural.checks import FloatArray, IntArray, enum_codes
from structural.hollow import RectangularHssTable, RoundHssTable
from structural.tees import TeeTable

_KV_OUTSTANDING = 1.2
_KV_HOLLOW = 5.0


class ShearState(IntEnum):
    """Limit state in shear that governs; the codes in `ElementShear.governing` and `RoundShear.governing`."""

    STEM_OR_LEG_YIELDING = 0
    STEM_OR_LEG_BUCKLING = 1
    WALL_YIELDING = 2
    WALL_BUCKLING = 3
    ROUND_YIELDING = 4
    ROUND_BUCKLING = 5
    FLANGE_YIELDING = 6
    FLANGE_BUCKLING = 7

    @property
    def clause(self) -> str:
        """Clause of the limit state: G3 to G6."""
        return f"G{3 + self.value // 2}"


class AngleLeg(StrEnum):
    """Leg of a single angle that resists the shear force, the one parallel to it."""

    LONG = "long"
    SHORT = "short"


class HollowWall(StrEnum):
    """Walls of a rectangular HSS that resist the shear force, those parallel to it."""

    HEIGHT = "height"
    WIDTH = "width"


@dataclass(frozen=True, slots=True)
class ElementShear:
    """Nominal shear strength (kip), the web shear buckling coefficient Cv2 used, and the state if that is 1."""

    vn_kip: FloatArray
    cv2: FloatArray
    yielding: ShearState

    @property
    def governing(self) -> IntArray:
        """`ShearState` codes, broadcast shape."""
        return np.asarray(self.yielding + (self.cv2 < 1.0), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class RoundShear:
    """Nominal shear strength (kip) of round HSS; critical stress Fcr and the stresses it is the least of, ksi."""

    vn_kip: FloatArray
    fcr_ksi: FloatArray
    yield_ksi: FloatArray
    buckling_ksi: FloatArray

    @property
    def governing(self) -> IntArray:
        """`ShearState` codes, broadcast shape."""
        return ShearState.ROUND_YIELDING + governing_state((self.yield_ksi, self.buckling_ksi))


def angle_shear(angle: AngleTable, fy_ksi: ArrayLike, leg: AngleLeg | ArrayLike = AngleLeg.LONG) -> ElementShear:
    """Return the nominal shear strength of a leg of single angles: 0.6 Fy b t Cv2 with kv 1.2 (Eq. G3-1).

    ``fy_ksi`` in ksi, 1 to 1,000; ``leg`` is ``"long"`` or ``"short"``. Broadcast shape. Raises `StructuralError`
    naming a number or word out of range.
    """
    fy = checked_stress("fy_ksi", fy_ksi)
    width = np.where(enum_codes("leg", leg, AngleLeg) == 0, angle.long_leg_in, angle.short_leg_in)
    return _plate_shear(width, angle.t_in, fy)


def double_angle_shear(section: DoubleAngleTable, fy_ksi: ArrayLike) -> ElementShear:
    """Return the nominal shear strength of double angles parallel to their legs back to back: two legs by Eq. G3-1.

    ``fy_ksi`` in ksi, 1 to 1,000. Broadcast shape. Raises `StructuralError` naming a number out of range.
    """
    one = _plate_shear(section.d_in, section.t_in, checked_stress("fy_ksi", fy_ksi))
    return ElementShear(np.asarray(2.0 * one.vn_kip), one.cv2, one.yielding)


def tee_shear(section: TeeTable, fy_ksi: ArrayLike) -> ElementShear:
    """Return the nominal shear strength of the stem of tees: 0.6 Fy d tw Cv2 with kv 1.2 (Eq. G3-1).

    ``fy_ksi`` in ksi, 1 to 1,000. Broadcast shape. Raises `StructuralError` naming a number out of range.
    """
    return _plate_shear(section.d_in, section.tw_in, checked_stress("fy_ksi", fy_ksi))


def tee_minor_axis_shear(section: TeeTable, fy_ksi: ArrayLike) -> ElementShear:
    """Return the nominal shear strength of tees parallel to the flange: 0.6 Fy bf tf Cv2 with kv 1.2 (Eq. G6-1).

    ``fy_ksi`` in ksi, 1 to 1,000. Broadcast shape. Raises `StructuralError` naming a number out of range.
    """
    fy = checked_stress("fy_ksi", fy_ksi)
    coefficient = cv2(section.bf_2tf, fy, _KV_OUTSTANDING)
    return ElementShear(0.6 * fy * section.bf_in * section.tf_in * coefficient, coefficient, ShearState.FLANGE_YIELDING)


def rectangular_hss_shear(
    section: RectangularHssTable, fy_ksi: ArrayLike, walls: HollowWall | ArrayLike = HollowWall.HEIGHT
) -> ElementShear:
    """Return the nominal shear strength of rectangular HSS: 0.6 Fy (2 h t) Cv2 with kv 5 (Eq. G4-1).

    Parameters
    ----------
    section : RectangularHssTable
        Rectangular or square HSS; h is the flat width of the walls.
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1,000.
    walls : HollowWall, str or array_like of str
        ``"height"`` for a force along the height (bending about x), ``"width"`` for one along the width.

    Returns
    -------
    ElementShear
        Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number or word out of range.
    """
    fy = checked_stress("fy_ksi", fy_ksi)
    tall = enum_codes("walls", walls, HollowWall) == 0
    coefficient = cv2(np.where(tall, section.h_t, section.b_t), fy, _KV_HOLLOW)
    area = 2.0 * np.where(tall, section.h_in, section.b_in) * section.t_in
    return ElementShear(0.6 * fy * area * coefficient, coefficient, ShearState.WALL_YIELDING)


def round_hss_shear(section: RoundHssTable, fy_ksi: ArrayLike, lv_in: ArrayLike) -> RoundShear:
    """Return the nominal shear strength of round HSS and pipe: Fcr Ag/2 (Eq. G5-1).

    Parameters
    ----------
    section : RoundHssTable
        Round HSS or pipe.
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1,000.
    lv_in : array_like
        Distance from maximum to zero shear force, in., 0 to 1,000,000.

    Returns
    -------
    RoundShear
        Fcr is the larger of Eq. G5-2a and G5-2b, at most 0.6 Fy. Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    fy, lv = checked_stress("fy_ksi", fy_ksi), checked_length("lv_in", lv_in)
    yielding = np.asarray(0.6 * fy)
    buckling = round_shear_buckling_ksi(section, lv, (1.60, 0.78))
    fcr = np.minimum(yielding, buckling)
    return RoundShear(np.asarray(fcr * section.area_in2 / 2.0), fcr, yielding, buckling)


def round_shear_buckling_ksi(
    section: RoundHssTable, length: FloatArray, coefficients: tuple[float, float]
) -> FloatArray:
    """Return the elastic shear buckling stress of round tubes, ksi.

    The larger of c1 E/(sqrt(L/D) (D/t)^(5/4)) and c2 E/(D/t)^(3/2): Eq. G5-2a and G5-2b for shear, H3-2a and H3-2b for
    torsion. Numbers are taken as checked.
    """
    slender, short = coefficients
    # The least length keeps the division finite where the stress is far beyond any yield stress.
    root = np.sqrt(np.maximum(length, 1e-6) / section.od_in)
    return np.maximum(slender * E_KSI / (root * section.d_t**1.25), short * E_KSI / section.d_t**1.5)


def _plate_shear(width: FloatArray, thickness: FloatArray, fy: FloatArray) -> ElementShear:
    coefficient = cv2(width / thickness, fy, _KV_OUTSTANDING)
    return ElementShear(0.6 * fy * width * thickness * coefficient, coefficient, ShearState.STEM_OR_LEG_YIELDING)
