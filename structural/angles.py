"""Single and double angles of the AISC Shapes Database v16.0, as arrays.

An angle stands with its long leg upright, so that x, parallel to the short leg, is the stronger geometric axis; z is
the principal axis of least inertia, w the other one.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from structural.checks import FloatArray
from structural.section_table import BASE_COLUMNS, SectionTable, as_names, freeze, read_properties, shape_key


@dataclass(frozen=True, slots=True)
class AngleTable(SectionTable):
    """Single angles: ``long_leg_in``, ``short_leg_in``, ``t_in`` thickness.

    ``x_in`` from the back of the long leg and ``y_in`` from the back of the short leg to the centroid; ``rz_in``,
    ``iz_in4``, ``sz_in3``: least principal axis (``sz_in3`` at the toe farther from it); ``tan_alpha`` the slope of
    that axis; ``iw_in4`` the other principal axis; ``za_in`` … ``wc_in`` the distances from the principal axes of
    points A (toe of the short leg), B (heel) and C (toe of the long leg), all positive: z from axis w, w from axis z.
    ``flexural_constant`` H is NaN for unequal legs, which have no axis of symmetry.
    """

    long_leg_in: FloatArray
    short_leg_in: FloatArray
    t_in: FloatArray
    k_in: FloatArray
    x_in: FloatArray
    y_in: FloatArray
    iz_in4: FloatArray
    rz_in: FloatArray
    sz_in3: FloatArray
    iw_in4: FloatArray
    j_in4: FloatArray
    cw_in6: FloatArray
    ro_in: FloatArray
    flexural_constant: FloatArray
    tan_alpha: FloatArray
    za_in: FloatArray
    zb_in: FloatArray
    zc_in: FloatArray
    wa_in: FloatArray
    wb_in: FloatArray
    wc_in: FloatArray


@dataclass(frozen=True, slots=True)
class DoubleAngleTable(SectionTable):
    """Double angles, back to back: x parallel to the outstanding legs, y the axis of symmetry between the angles.

    ``d_in`` the legs back to back, ``b_in`` the outstanding legs, ``t_in`` thickness, ``separation_in`` the gap (0 in
    contact), ``y_in`` from the back of the outstanding legs to the centroid. ``single`` holds the row of one of the
    angles in `load_angles`; ``j_in4`` and ``cw_in6`` are twice the single angle's, ``ri_in`` its least radius of
    gyration rz.
    """

    d_in: FloatArray
    b_in: FloatArray
    t_in: FloatArray
    separation_in: FloatArray
    y_in: FloatArray
    j_in4: FloatArray
    cw_in6: FloatArray
    ro_in: FloatArray
    flexural_constant: FloatArray
    ri_in: FloatArray
    long_legs_back_to_back: NDArray[np.bool_]
    single: NDArray[np.int64]


_ANGLE_COLUMNS = BASE_COLUMNS | {
    "long_leg_in": "b",
    "short_leg_in": "d",
    "t_in": "t",
    "k_in": "k",
    "x_in": "x",
    "y_in": "y",
    "iz_in4": "Iz",
    "rz_in": "rz",
    "sz_in3": "Sz",
    "iw_in4": "Iw",
    "j_in4": "J",
    "cw_in6": "Cw",
    "ro_in": "ro",
    "flexural_constant": "H",
    "tan_alpha": "tan_a",
    "za_in": "zA",
    "zb_in": "zB",
    "zc_in": "zC",
    "wa_in": "wA",
    "wb_in": "wB",
    "wc_in": "wC",
}
_DOUBLE_COLUMNS = BASE_COLUMNS | {
    "d_in": "d",
    "b_in": "b",
    "t_in": "t",
    "y_in": "y",
    "ro_in": "ro",
    "flexural_constant": "H",
}


@cache
def load_angles() -> AngleTable:
    """Return all single angles in database order, read-only arrays."""
    names, columns = read_properties("L", _ANGLE_COLUMNS, label="L")
    table = AngleTable(name=as_names(names), **columns)
    freeze(table)
    return table


@cache
def load_double_angles() -> DoubleAngleTable:
    """Return all double angles in database order, read-only arrays."""
    names, columns = read_properties("DBL_L", _DOUBLE_COLUMNS, label="2L")
    keys = [shape_key(name) for name in names]
    sizes = [key[1] if key else () for key in keys]
    singles = load_angles()
    row_of = {key[1]: row for row, name in enumerate(singles.name.tolist()) if (key := shape_key(name))}
    single = np.array([row_of[size[:3]] for size in sizes], dtype=np.int64)
    table = DoubleAngleTable(
        name=as_names(names),
        **columns,
        separation_in=np.array([size[3] if len(size) > 3 else 0.0 for size in sizes]),
        j_in4=2.0 * singles.j_in4[single],
        cw_in6=2.0 * singles.cw_in6[single],
        ri_in=singles.rz_in[single],
        long_legs_back_to_back=np.array([key is not None and key[2] != "SLBB" for key in keys]),
        single=single,
    )
    freeze(table)
    return table
