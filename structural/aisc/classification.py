"""Width-to-thickness limits of all shape families, ANSI/AISC 360-22 Tables B4.1a (compression) and B4.1b (flexure).

Limits are dimensionless, of the shape that ``shape`` and ``fy_ksi`` broadcast to. ``fy_ksi`` is in ksi and must be
positive (callers check it). Widths are those of B4.1: half the flange of I shapes and tees, the whole flange of
channels, the whole leg of angles, the whole depth of tee stems, the flat width of hollow walls, the outside diameter of
round sections.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from structural.aisc.constants import E_KSI
from structural.angles import DoubleAngleTable
from structural.checks import FloatArray, IntArray
from structural.shapes import ShapeTable


class ElementClass(IntEnum):
    """Class of an element in flexure; in compression an element is nonslender or slender only."""

    COMPACT = 0
    NONCOMPACT = 1
    SLENDER = 2


class Limits(NamedTuple):
    """Limiting slenderness ratios lambda_p and lambda_r."""

    compact: FloatArray
    slender: FloatArray


def kc(h_tw: FloatArray) -> FloatArray:
    """Return kc = 4/sqrt(h/tw), between 0.35 and 0.76 (note a of Table B4.1a)."""
    return np.clip(4.0 / np.sqrt(h_tw), 0.35, 0.76)


def flange_limit_compression(shape: ShapeTable, fy_ksi: FloatArray) -> FloatArray:
    """Return lambda_r of the flange: 0.56 sqrt(E/Fy) rolled (case 1), 0.64 sqrt(kc E/Fy) built-up (case 2)."""
    rolled = rolled_flange_limit_compression(fy_ksi)
    if np.all(shape.is_rolled):
        return rolled
    return np.where(shape.is_rolled, rolled, 0.64 * np.sqrt(kc(shape.h_tw) * E_KSI / fy_ksi))


def web_limit_compression(fy_ksi: FloatArray) -> FloatArray:
    """Return lambda_r of the web of a doubly symmetric I shape or channel: 1.49 sqrt(E/Fy) (case 5)."""
    return np.asarray(1.49 * np.sqrt(E_KSI / fy_ksi))


def flange_limits_major(shape: ShapeTable, fy_ksi: FloatArray) -> Limits:
    """Return the flange limits for major-axis bending: 0.38 and 1.0 sqrt(E/Fy) (case 10).

    Built-up: lambda_r = 0.95 sqrt(kc E/FL) with FL = 0.7 Fy (case 11).
    """
    root = np.sqrt(E_KSI / fy_ksi)
    if np.all(shape.is_rolled):
        return Limits(np.asarray(0.38 * root), np.asarray(root))
    built_up = 0.95 * np.sqrt(kc(shape.h_tw) / 0.7) * root
    return Limits(np.asarray(0.38 * root), np.where(shape.is_rolled, root, built_up))


def flange_limits_minor(fy_ksi: FloatArray) -> Limits:
    """Return the flange limits for minor-axis bending: 0.38 and 1.0 sqrt(E/Fy) (case 13)."""
    return _scaled(fy_ksi, 0.38, 1.0)


def web_limits_major(fy_ksi: FloatArray) -> Limits:
    """Return the web limits for bending: 3.76 and 5.70 sqrt(E/Fy) (case 15)."""
    return _scaled(fy_ksi, 3.76, 5.70)


def rolled_flange_limit_compression(fy_ksi: FloatArray) -> FloatArray:
    """Return lambda_r of the flanges of rolled I shapes, channels and tees: 0.56 sqrt(E/Fy) (case 1)."""
    return np.asarray(0.56 * np.sqrt(E_KSI / fy_ksi))


def angle_leg_limit_compression(fy_ksi: FloatArray) -> FloatArray:
    """Return lambda_r of the legs of single angles and of double angles with separators: 0.45 sqrt(E/Fy) (case 3)."""
    return np.asarray(0.45 * np.sqrt(E_KSI / fy_ksi))


def outstanding_leg_limit_compression(shape: DoubleAngleTable, fy_ksi: FloatArray) -> FloatArray:
    """Return lambda_r of the outstanding legs of double angles: case 1 where the angles touch, else case 3.

    The legs back to back stay in case 3 (`angle_leg_limit_compression`), which takes in all other unstiffened elements.
    """
    in_contact = shape.separation_in == 0.0
    return np.where(in_contact, rolled_flange_limit_compression(fy_ksi), angle_leg_limit_compression(fy_ksi))


def tee_stem_limit_compression(fy_ksi: FloatArray) -> FloatArray:
    """Return lambda_r of the stem of a tee: 0.75 sqrt(E/Fy) (case 4)."""
    return np.asarray(0.75 * np.sqrt(E_KSI / fy_ksi))


def hollow_wall_limit_compression(fy_ksi: FloatArray) -> FloatArray:
    """Return lambda_r of the walls of rectangular HSS: 1.40 sqrt(E/Fy) (case 6; cover and diaphragm plates, case 7)."""
    return np.asarray(1.40 * np.sqrt(E_KSI / fy_ksi))


def round_limit_compression(fy_ksi: FloatArray) -> FloatArray:
    """Return lambda_r = D/t of round HSS and pipe: 0.11 E/Fy (case 9)."""
    return np.asarray(0.11 * E_KSI / fy_ksi)


def tee_flange_limits(fy_ksi: FloatArray) -> Limits:
    """Return the limits of the flange of a tee in flexure: 0.38 and 1.0 sqrt(E/Fy) (case 10)."""
    return _scaled(fy_ksi, 0.38, 1.0)


def tee_stem_limits(fy_ksi: FloatArray) -> Limits:
    """Return the limits of the stem of a tee in flexure: 0.84 and 1.52 sqrt(E/Fy) (case 14)."""
    return _scaled(fy_ksi, 0.84, 1.52)


def angle_leg_limits(fy_ksi: FloatArray) -> Limits:
    """Return the limits of the legs of single and double angles in flexure: 0.54 and 0.91 sqrt(E/Fy) (case 12)."""
    return _scaled(fy_ksi, 0.54, 0.91)


def hollow_flange_limits(fy_ksi: FloatArray) -> Limits:
    """Return the limits of the flanges of rectangular HSS in flexure: 1.12 and 1.40 sqrt(E/Fy) (case 17)."""
    return _scaled(fy_ksi, 1.12, 1.40)


def hollow_web_limits(fy_ksi: FloatArray) -> Limits:
    """Return the limits of the webs of rectangular HSS in flexure: 2.42 and 5.70 sqrt(E/Fy) (case 19)."""
    return _scaled(fy_ksi, 2.42, 5.70)


def round_limits(fy_ksi: FloatArray) -> Limits:
    """Return the limits D/t of round HSS and pipe in flexure: 0.07 and 0.31 E/Fy (case 20)."""
    return Limits(np.asarray(0.07 * E_KSI / fy_ksi), np.asarray(0.31 * E_KSI / fy_ksi))


def classify(slenderness: FloatArray, limits: Limits) -> IntArray:
    """Return the `ElementClass` code of each slenderness against its limits, broadcast shape."""
    compact: NDArray[np.bool_] = slenderness > limits.compact
    slender: NDArray[np.bool_] = slenderness > limits.slender
    return compact.astype(np.int64) + slender


def _scaled(fy_ksi: FloatArray, compact: float, slender: float) -> Limits:
    """Return limits that are multiples of sqrt(E/Fy)."""
    root = np.sqrt(E_KSI / fy_ksi)
    return Limits(np.asarray(compact * root), np.asarray(slender * root))
