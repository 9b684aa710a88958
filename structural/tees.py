"""Structural tees (WT, MT, ST) of the AISC Shapes Database v16.0, as arrays."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from structural.checks import FloatArray
from structural.errors import StructuralError
from structural.section_table import BASE_COLUMNS, SectionTable, as_names, freeze, read_properties

TEE_FAMILIES = ("WT", "MT", "ST")


@dataclass(frozen=True, slots=True)
class TeeTable(SectionTable):
    """Tees: x parallel to the flange, y the axis of symmetry along the stem.

    ``d_in`` full depth, ``y_in`` from the outer face of the flange to the centroid, ``d_tw`` = d/tw (stem slenderness
    of Table B4.1), ``bf_2tf`` = bf/(2 tf), ``sx_in3`` at the tip of the stem (the smaller one), ``sx_flange_in3`` at
    the flange, ``ro_in`` and ``flexural_constant`` H of E4.
    """

    d_in: FloatArray
    bf_in: FloatArray
    tw_in: FloatArray
    tf_in: FloatArray
    kdes_in: FloatArray
    y_in: FloatArray
    j_in4: FloatArray
    cw_in6: FloatArray
    ro_in: FloatArray
    flexural_constant: FloatArray
    d_tw: FloatArray
    bf_2tf: FloatArray
    sx_flange_in3: FloatArray


_COLUMNS = BASE_COLUMNS | {
    "d_in": "d",
    "bf_in": "bf",
    "tw_in": "tw",
    "tf_in": "tf",
    "kdes_in": "k",
    "y_in": "y",
    "j_in4": "J",
    "cw_in6": "Cw",
    "ro_in": "ro",
    "flexural_constant": "H",
}


@cache
def load_tees(family: str = "WT") -> TeeTable:
    """Return all tees of a family of `TEE_FAMILIES` in database order, read-only arrays.

    Raises
    ------
    StructuralError
        ``field="shape_family"`` for any other family.
    """
    if family not in TEE_FAMILIES:
        raise StructuralError(f"unknown tee family {family!r}; known: {', '.join(TEE_FAMILIES)}", field="shape_family")
    names, columns = read_properties(family, _COLUMNS)
    table = TeeTable(
        name=as_names(names),
        **columns,
        d_tw=np.asarray(columns["d_in"] / columns["tw_in"]),
        bf_2tf=np.asarray(columns["bf_in"] / (2.0 * columns["tf_in"])),
        sx_flange_in3=np.asarray(columns["ix_in4"] / columns["y_in"]),
    )
    freeze(table)
    return table
