"""Rolled I shapes and channels of the AISC Shapes Database v16.0, as arrays.

A `ShapeTable` holds one array a property, so a formula written for one member works for a whole family or for a
hundred thousand members: ``load_shapes("W").take(indices)``. Data: `structural/data/shapes`.
"""

import csv
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.checks import FloatArray, IntArray
from structural.errors import StructuralError

FAMILIES = ("W", "M", "S", "HP", "C", "MC")
"""Families that `load_shapes` knows: doubly symmetric I shapes and channels."""

_COLUMNS = {
    "weight_lb_ft": "weight",
    "area_in2": "area",
    "d_in": "d",
    "bf_in": "bf",
    "tw_in": "tw",
    "tf_in": "tf",
    "kdes_in": "k",
    "ix_in4": "Ix",
    "zx_in3": "Zx",
    "sx_in3": "Sx",
    "rx_in": "rx",
    "iy_in4": "Iy",
    "zy_in3": "Zy",
    "sy_in3": "Sy",
    "ry_in": "ry",
    "j_in4": "J",
    "cw_in6": "Cw",
    "rts_in": "rts",
    "ho_in": "ho",
}


@dataclass(frozen=True, slots=True)
class ShapeTable:
    """Properties of I shapes or channels, one array a property, all of one shape.

    Units are in the names; symbols are those of ANSI/AISC 360-22. ``h_in`` = d - 2 kdes (clear web height of a rolled
    shape; clear distance between flanges of a welded one), ``h_tw`` = h/tw, ``bf_2tf`` = bf/(2 tf), ``lambda_f`` the
    flange slenderness of Table B4.1 (bf/2tf of I shapes, bf/tf of channels), ``ltb_c`` the coefficient c of Eq. F2-8.
    """

    name: NDArray[np.str_]
    weight_lb_ft: FloatArray
    area_in2: FloatArray
    d_in: FloatArray
    bf_in: FloatArray
    tw_in: FloatArray
    tf_in: FloatArray
    kdes_in: FloatArray
    ix_in4: FloatArray
    zx_in3: FloatArray
    sx_in3: FloatArray
    rx_in: FloatArray
    iy_in4: FloatArray
    zy_in3: FloatArray
    sy_in3: FloatArray
    ry_in: FloatArray
    j_in4: FloatArray
    cw_in6: FloatArray
    rts_in: FloatArray
    ho_in: FloatArray
    h_in: FloatArray
    h_tw: FloatArray
    bf_2tf: FloatArray
    lambda_f: FloatArray
    ltb_c: FloatArray
    is_channel: NDArray[np.bool_]
    is_rolled: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of shapes along the first axis."""
        return len(self.name)

    def take(self, indices: Any) -> "ShapeTable":
        """Return the rows at ``indices``: integers (any shape), a boolean mask, a slice, or ``np.s_[:, None]``."""
        return ShapeTable(**{item.name: getattr(self, item.name)[indices] for item in fields(self)})

    def index_of(self, names: str | ArrayLike) -> IntArray:
        """Return the row of each name, shape of ``names`` (0-d for one name).

        ``"W27X194"``, ``"w27x194"`` and ``"W27×194"`` are one name.

        Raises
        ------
        StructuralError
            ``field="shape"`` for a name that is not in this table, with near ones.
        """
        rows = {name: row for row, name in enumerate(self.name.tolist())}
        asked = np.asarray(names, dtype=np.str_)
        unique, inverse = np.unique(asked, return_inverse=True)
        found = [_row_of(normalise_name(name), rows) for name in unique.tolist()]
        return np.asarray(found, dtype=np.int64)[inverse].reshape(asked.shape)

    def rows(self, names: str | ArrayLike) -> "ShapeTable":
        """Return the shapes of these names: ``take(index_of(names))``."""
        return self.take(self.index_of(names))


def normalise_name(text: str) -> str:
    """Return the name as the database writes it: ``"w27 × 194"`` gives ``"W27X194"``."""
    return "".join(str(text).upper().replace("×", "X").split())


def display_name(name: str) -> str:
    """Return the name as people print it: ``"W27X194"`` gives ``"W27×194"``."""
    return normalise_name(name).replace("X", "×")


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
    text = files("structural").joinpath("data", "shapes", f"{family}_shapes.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    names = [row["shape"].replace("_", ".") for row in rows]
    columns = {ours: np.array([float(row[theirs]) for row in rows]) for ours, theirs in _COLUMNS.items()}
    return shape_table(names, columns, is_channel=family in ("C", "MC"), is_rolled=True)


def shape_table(
    names: Iterable[str], columns: Mapping[str, FloatArray], *, is_channel: bool, is_rolled: bool
) -> ShapeTable:
    """Build a table from the property columns (``weight_lb_ft`` to ``ho_in``), all of shape (n,); adds what follows.

    ``h_in`` is taken from ``columns`` when it is there and is d - 2 kdes otherwise.

    Raises
    ------
    StructuralError
        Naming the first column with a value that is not finite and positive.
    """
    for column, values in columns.items():
        if not np.all((values > 0.0) & (values < np.inf)):
            raise StructuralError(f"shape property {column} must be finite and greater than 0", field=column)
    count = len(columns["d_in"])
    h_in = columns.get("h_in", columns["d_in"] - 2.0 * columns["kdes_in"])
    bf_2tf = columns["bf_in"] / (2.0 * columns["tf_in"])
    channel_c = columns["ho_in"] / 2.0 * np.sqrt(columns["iy_in4"] / columns["cw_in6"])
    table = ShapeTable(
        name=np.asarray(list(names), dtype=np.str_),
        **{key: values for key, values in columns.items() if key != "h_in"},
        h_in=h_in,
        h_tw=h_in / columns["tw_in"],
        bf_2tf=bf_2tf,
        lambda_f=2.0 * bf_2tf if is_channel else bf_2tf,
        ltb_c=channel_c if is_channel else np.ones(count),
        is_channel=np.full(count, is_channel),
        is_rolled=np.full(count, is_rolled),
    )
    for item in fields(table):
        getattr(table, item.name).setflags(write=False)
    return table


def _row_of(name: str, rows: Mapping[str, int]) -> int:
    if name in rows:
        return rows[name]
    near = difflib.get_close_matches(name, rows, n=3)
    hint = f"; near: {', '.join(near)}" if near else ""
    raise StructuralError(f"unknown shape {name!r}{hint}", field="shape")
