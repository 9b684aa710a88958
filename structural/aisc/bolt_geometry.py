"""Holes, spacing and edge distances of bolts, ANSI/AISC 360-22 J3.3 to J3.6 (Tables J3.3, J3.4, J3.5).

Lengths in in. and > 0, results of broadcast shape. Diameters between two tabulated sizes take the row of the larger.
Every function raises `StructuralError` naming a number out of range; bolts are at least 1/2 in.
"""

from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from structural.checks import FloatArray, IntArray, enum_codes, require_between, require_positive
from structural.elementwise import maximum, minimum, where

MIN_DIAMETER_IN = 0.5
MAX_DIAMETER_IN = 4.0
"""Sizes accepted, in.; Table J3.3 opens at 1/2 in. and its last row is open-ended."""


_SIZES_IN = np.array([0.5, 0.625, 0.75, 0.875, 1.0])
"""Bolt sizes of Table J3.3 that have a row of their own."""


class HoleType(StrEnum):
    """Hole of Table J3.3."""

    STANDARD = "standard"
    OVERSIZED = "oversized"
    SHORT_SLOT = "short_slot"
    LONG_SLOT = "long_slot"


def hole_diameter_in(diameter_in: ArrayLike, hole_type: HoleType | ArrayLike = HoleType.STANDARD) -> FloatArray:
    """Return the hole diameter, for slots the width (Table J3.3): 1-1/8 in. for a standard hole of a 1 in. bolt."""
    diameter, row = _size_row(diameter_in)
    oversized = enum_codes("hole_type", hole_type, HoleType) == 1
    return diameter + where(oversized, _additions()[1, row], _additions()[0, row])


def slot_length_in(diameter_in: ArrayLike, hole_type: HoleType | ArrayLike) -> FloatArray:
    """Return the length of the opening along the slot (Table J3.3); for round holes their diameter."""
    diameter, row = _size_row(diameter_in)
    codes = enum_codes("hole_type", hole_type, HoleType)
    return where(codes == 3, 2.5 * diameter, diameter + _additions()[minimum(codes, 2), row])


def min_edge_distance_in(diameter_in: ArrayLike) -> FloatArray:
    """Return the least distance from the centre of a standard hole to an edge (Table J3.4); 1.25 d above 1-1/4 in."""
    diameter = _diameter(diameter_in)
    sizes = np.array([0.5, 0.625, 0.75, 0.875, 1.0, 1.125, 1.25])
    table = np.array([0.75, 0.875, 1.0, 1.125, 1.25, 1.5, 1.625, np.nan])
    row = np.searchsorted(sizes, diameter - 1e-9, side="left")
    return where(row == len(sizes), 1.25 * diameter, table[row])


def edge_increment_in(
    diameter_in: ArrayLike, hole_type: HoleType | ArrayLike, slot_normal_to_edge: ArrayLike = True
) -> FloatArray:
    """Return C2, added to the least edge distance for oversized and slotted holes (Table J3.5).

    ``slot_normal_to_edge`` is True where the long axis of the slot is normal to the edge; C2 is 0 for a slot parallel
    to it. 0.75 d for long slots; standard holes 0.
    """
    diameter = _diameter(diameter_in)
    codes = enum_codes("hole_type", hole_type, HoleType)
    small = diameter < 1.0 - 1e-9
    medium = diameter < 1.125 - 1e-9
    oversized = where(small, 1.0 / 16.0, 1.0 / 8.0)
    short = where(medium, 1.0 / 8.0, 3.0 / 16.0)
    slot = where(codes == 2, short, where(codes == 3, 0.75 * diameter, 0.0))
    normal = np.asarray(slot_normal_to_edge, dtype=bool)[()]
    return where(codes == 1, oversized, where(normal, slot, 0.0))


def min_spacing_in(diameter_in: ArrayLike, opening_in: ArrayLike | None = None) -> FloatArray:
    """Return the least centre-to-centre spacing 2-2/3 d (J3.4).

    With ``opening_in``, the size of the hole along the line of bolts, also the clear distance d between holes.
    """
    diameter = _diameter(diameter_in)
    spacing = 8.0 / 3.0 * diameter
    if opening_in is None:
        return spacing
    return maximum(spacing, require_positive("opening_in", opening_in) + diameter)


def max_edge_distance_in(thickness_in: ArrayLike) -> FloatArray:
    """Return the greatest edge distance: 12 t of the connected part, at most 6 in. (J3.6)."""
    return minimum(12.0 * require_positive("thickness_in", thickness_in), 6.0)


def max_spacing_in(thickness_in: ArrayLike, bare_weathering_steel: ArrayLike = False) -> FloatArray:
    """Return the greatest spacing of parts in continuous contact, t of the thinner (J3.6).

    24 t, at most 12 in.; 14 t, at most 7 in., for unpainted weathering steel.
    """
    thickness = require_positive("thickness_in", thickness_in)
    bare = np.asarray(bare_weathering_steel, dtype=bool)[()]
    return where(bare, minimum(14.0 * thickness, 7.0), minimum(24.0 * thickness, 12.0))


def _diameter(diameter_in: ArrayLike) -> FloatArray:
    return require_between("diameter_in", diameter_in, MIN_DIAMETER_IN, MAX_DIAMETER_IN)


def _size_row(diameter_in: ArrayLike) -> tuple[FloatArray, IntArray]:
    diameter = _diameter(diameter_in)
    return diameter, np.searchsorted(_SIZES_IN, diameter - 1e-9, side="left")


@cache
def _additions() -> FloatArray:
    """Return hole size less bolt diameter: rows standard, oversized, short slot length; columns 1/2 ... 1, above 1."""
    sixteenths = [[1, 1, 1, 1, 2, 2], [2, 3, 3, 3, 4, 5], [3, 4, 4, 4, 5, 6]]
    return np.array(sixteenths) / 16.0
