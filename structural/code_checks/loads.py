"""Load combinations of ASCE 7 for gravity-sense uniform loads: LRFD section 2.3, ASD section 2.4.

ASCE 7-22 goes with AISC 360-22 and has snow at strength level; ASCE 7-16 goes with AISC 360-16.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from structural.checks import FloatArray
from structural.elementwise import maximum

LOADS = ("D", "L", "Lr", "S", "R", "W", "E")
"""Dead, live, roof live, snow, rain, wind and earthquake load."""


@dataclass(frozen=True, slots=True)
class SnowFactors:
    """Snow factors of an edition: companion, principal, beside earthquake; in ASD, and in ASD beside earthquake."""

    companion: float
    principal: float
    earthquake: float
    asd: float
    asd_earthquake: float


SNOW_7_22 = SnowFactors(0.3, 1.0, 0.15, 0.7, 0.1)
SNOW_7_16 = SnowFactors(0.5, 1.6, 0.2, 1.0, 0.15)


def combinations(loads: Mapping[str, FloatArray], lrfd: bool, snow: SnowFactors) -> dict[str, FloatArray]:
    """Return the value of each combination that adds up, by its text; uplift combinations are left out.

    ``loads`` holds `LOADS` in one unit, all >= 0 and of one shape. The live load factor in combinations with wind, roof
    or earthquake loads is 1.0 (the 0.5 permitted for light occupancies is not taken).
    """
    dead, live, wind, quake = loads["D"], loads["L"], loads["W"], loads["E"]
    roof, rain, white = loads["Lr"], loads["R"], loads["S"]
    if lrfd:
        companion = maximum(maximum(0.5 * roof, snow.companion * white), 0.5 * rain)
        principal = maximum(maximum(1.6 * roof, snow.principal * white), 1.6 * rain)
        return {
            "1.4D": 1.4 * dead,
            f"1.2D + 1.6L + (0.5Lr or {snow.companion}S or 0.5R)": 1.2 * dead + 1.6 * live + companion,
            f"1.2D + (1.6Lr or {snow.principal}S or 1.6R) + (L or 0.5W)": 1.2 * dead
            + principal
            + maximum(live, 0.5 * wind),
            f"1.2D + 1.0W + L + (0.5Lr or {snow.companion}S or 0.5R)": 1.2 * dead + wind + live + companion,
            f"1.2D + 1.0E + L + {snow.earthquake}S": 1.2 * dead + quake + live + snow.earthquake * white,
        }
    top = maximum(maximum(roof, snow.asd * white), rain)
    return {
        "D + L": dead + live,
        f"D + (Lr or {snow.asd}S or R)": dead + top,
        f"D + 0.75L + 0.75(Lr or {snow.asd}S or R)": dead + 0.75 * live + 0.75 * top,
        "D + 0.6W": dead + 0.6 * wind,
        f"D + 0.75L + 0.75(0.6W) + 0.75(Lr or {snow.asd}S or R)": dead + 0.75 * (live + 0.6 * wind + top),
        "D + 0.7E": dead + 0.7 * quake,
        f"D + 0.525E + 0.75L + {snow.asd_earthquake}S": dead
        + 0.525 * quake
        + 0.75 * live
        + snow.asd_earthquake * white,
    }


def governing_load_klf(
    loads: Mapping[str, FloatArray], lrfd: NDArray[np.bool_], edition_22: NDArray[np.bool_]
) -> FloatArray:
    """Return the largest combination of each row, shape (n,): by its method, and by ASCE 7-22 where ``edition_22``."""
    if lrfd.ndim == 0:
        snow = SNOW_7_22 if edition_22 else SNOW_7_16
        return reduce(maximum, combinations(loads, bool(lrfd), snow).values())
    result = np.zeros(len(lrfd))
    for method in (True, False):
        for newest, snow in ((True, SNOW_7_22), (False, SNOW_7_16)):
            rows = (lrfd == method) & (edition_22 == newest)
            if rows.any():
                part = {name: load[rows] for name, load in loads.items()}
                result[rows] = np.maximum.reduce(list(combinations(part, method, snow).values()))
    return result
