"""Rounding to decimal digits that comes out the same on every machine."""

import numpy as np

from structural.elementwise import AnyArray

LARGEST_POWER = 308
_POWERS = np.array([float(f"1e{power}") for power in range(LARGEST_POWER + 1)])


def power_of_ten(power: AnyArray) -> AnyArray:
    """Return the doubles nearest to powers of ten, exact up to 1e22; exponents count as 0 to `LARGEST_POWER`."""
    powers: AnyArray = _POWERS[np.clip(power, 0, LARGEST_POWER)]
    return powers


def significant(values: AnyArray, digits: int) -> AnyArray:
    """Return positive numbers rounded to significant digits, shape kept: the doubles nearest to those decimals.

    ``10.0 ** -5`` is not exact and differs by machine in its last bit, and so would what is scaled with it; that bit
    decides which way a half is rounded later.
    """
    shift = digits - 1 - np.floor(np.log10(values)).astype(np.int64)
    up, down = power_of_ten(shift), power_of_ten(-shift)
    rounded: AnyArray = np.rint(values * up / down) * down / up
    return rounded
