"""Rolled I shapes and channels of the AISC Shapes Database v16.0, as arrays.

A `ShapeTable` holds one array a property, so a formula written for one member works for a whole family or for a
hundred thousand members: ``load_shapes("W").take(indices)``. Data: `structural/data/shapes`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from structural.checks import FloatArray
from structural.errors import StructuralError
from structural.section_table import (
    BASE_COLUMNS,
    SectionTable,
    as_names,
    display_name,
    freeze,
    normalise_name,
    read_properties,
)

__all__ = ["FAMILIES", "ShapeTable", "display_name", "load_shapes", "normalise_name", "shape_table"]

FAMILIES = ("W", "M", "S", "HP", "C", "MC")
"""Families that `load_shapes` knows: doubly symmetric I shapes and channels."""

_COLUMNS = BASE_COLUMNS | {
    "d_in": "d",
    "bf_in": "bf",
    "tw_in": "tw",
    "tf_in": "tf",
    "kdes_in": "k",
    "j_in4": "J",
    "cw_in6": "Cw",
    "rts_in": "rts",
    "ho_in": "ho",
}
_CHANNEL_COLUMNS = {"ro_in": "ro", "flexural_constant": "H", "x_bar_in": "x"}


@dataclass(frozen=True, slots=True)
class ShapeTable(SectionTable):
    """Properties of I shapes or channels, one array a property, all of one shape.

    Units are in the names; symbols are those of ANSI/AISC 360-22. ``h_in`` = d - 2 kdes (clear web height of a rolled
    shape; clear distance between flanges of a welded one), ``h_tw`` = h/tw, ``bf_2tf`` = bf/(2 tf), ``lambda_f`` the
    flange slenderness of Table B4.1 (bf/2tf of I shapes, bf/tf of channels), ``ltb_c`` the coefficient c of Eq. F2-8,
    ``ro_in`` the polar radius of gyration about the shear centre and ``flexural_constant`` H of Eq. E4-8 (1 for I
    shapes), ``x_bar_in`` the distance from the back of a channel to its centroid (0 for I shapes).
    """

    d_in: FloatArray
    bf_in: FloatArray
    tw_in: FloatArray
    tf_in: FloatArray
    kdes_in: FloatArray
    j_in4: FloatArray
    cw_in6: FloatArray
    rts_in: FloatArray
    ho_in: FloatArray
    h_in: FloatArray
    h_tw: FloatArray
    bf_2tf: FloatArray
    lambda_f: FloatArray
    ltb_c: FloatArray
    ro_in: FloatArray
    flexural_constant: FloatArray
    x_bar_in: FloatArray
    is_channel: NDArray[np.bool_]
    is_rolled: NDArray[np.bool_]


@cache
def load_shapes(family: str = "W") -> ShapeTable:
    """Return all shapes of a family of `FAMILIES`, in database order (heaviest of each depth first), read-only arrays.

    Raises
    ------
    StructuralError
        ``field="shape_family"`` for a family that is not in `FAMILIES`.
    """
    if family not in FAMILIES:
        raise StructuralError(f"unknown shape family {family!r}; known: {', '.join(FAMILIES)}", field="shape_family")
    is_channel = family in ("C", "MC")
    names, columns = read_properties(family, _COLUMNS | (_CHANNEL_COLUMNS if is_channel else {}))
    return shape_table(names, columns, is_channel=is_channel, is_rolled=True)


def shape_table(
    names: Iterable[str], columns: Mapping[str, FloatArray], *, is_channel: bool, is_rolled: bool
) -> ShapeTable:
    """Build a table from the property columns (``weight_lb_ft`` to ``ho_in``), all of shape (n,); adds what follows.

    ``h_in`` is taken from ``columns`` when it is there and is d - 2 kdes otherwise; channels also need ``ro_in``,
    ``flexural_constant`` and ``x_bar_in``.

    Raises
    ------
    StructuralError
        Naming the first column with a value that is not finite and positive.
    """
    for column, values in columns.items():
        if not np.all((values > 0.0) & (values < np.inf)):
            raise StructuralError(f"shape property {column} must be finite and greater than 0", field=column)
    count = len(columns["d_in"])
    polar = np.sqrt((columns["ix_in4"] + columns["iy_in4"]) / columns["area_in2"])
    symmetric = {"ro_in": polar, "flexural_constant": np.ones(count), "x_bar_in": np.zeros(count)}
    columns = {"h_in": columns["d_in"] - 2.0 * columns["kdes_in"], **symmetric, **columns}
    bf_2tf = columns["bf_in"] / (2.0 * columns["tf_in"])
    channel_c = columns["ho_in"] / 2.0 * np.sqrt(columns["iy_in4"] / columns["cw_in6"])
    table = ShapeTable(
        name=as_names(names),
        **columns,
        h_tw=columns["h_in"] / columns["tw_in"],
        bf_2tf=bf_2tf,
        lambda_f=2.0 * bf_2tf if is_channel else bf_2tf,
        ltb_c=channel_c if is_channel else np.ones(count),
        is_channel=np.full(count, is_channel),
        is_rolled=np.full(count, is_rolled),
    )
    freeze(table)
    return table
