"""Width-to-thickness limits of I shapes and channels, ANSI/AISC 360-22 Tables B4.1a (compression) and B4.1b (flexure).

Limits are dimensionless, of the shape that ``shape`` and ``fy_ksi`` broadcast to. ``fy_ksi`` is in ksi and must be
positive (callers check it).
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from structural.aisc.constants import E_KSI
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
    root = np.sqrt(E_KSI / fy_ksi)
    if np.all(shape.is_rolled):
        return np.asarray(0.56 * root)
    return np.where(shape.is_rolled, 0.56 * root, 0.64 * np.sqrt(kc(shape.h_tw)) * root)


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
    root = np.sqrt(E_KSI / fy_ksi)
    return Limits(np.asarray(0.38 * root), np.asarray(root))


def web_limits_major(fy_ksi: FloatArray) -> Limits:
    """Return the web limits for bending: 3.76 and 5.70 sqrt(E/Fy) (case 15)."""
    root = np.sqrt(E_KSI / fy_ksi)
    return Limits(np.asarray(3.76 * root), np.asarray(5.70 * root))


def classify(slenderness: FloatArray, limits: Limits) -> IntArray:
    """Return the `ElementClass` code of each slenderness against its limits, broadcast shape."""
    compact: NDArray[np.bool_] = slenderness > limits.compact
    slender: NDArray[np.bool_] = slenderness > limits.slender
    return compact.astype(np.int64) + slender
