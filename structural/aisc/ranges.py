"""Ranges of numbers that can be meant, wide enough for any structure and narrow enough that no formula overflows."""

from numpy.typing import ArrayLike

from structural.checks import FloatArray, require_between

SMALLEST, LARGEST = 1e-9, 1e12
"""Bounds of lengths, areas, stresses, forces, moments and counts in US units."""


def positive(name: str, value: ArrayLike) -> FloatArray:
    """Return ``value`` as a float64 array of its own shape, within 1e-9..1e12; else `StructuralError` naming it."""
    return require_between(name, value, SMALLEST, LARGEST)


def non_negative(name: str, value: ArrayLike) -> FloatArray:
    """Return ``value`` as a float64 array of its own shape, within 0..1e12; else `StructuralError` naming it."""
    return require_between(name, value, 0.0, LARGEST)
