"""What every shape table has in common, and how the shape names that people write are matched to the database.

A table holds one array a property, so a formula written for one member works for a family or for a hundred thousand
members. Data: `structural/data/shapes` (AISC Shapes Database v16.0).
"""

import csv
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.checks import FloatArray, IntArray
from structural.errors import StructuralError
from structural.records import field_names
from structural.tables import distinct

ShapeKey = tuple[str, tuple[float, ...], str]
"""Family prefix, dimensions, suffix: what a name says however it is written."""


@dataclass(frozen=True, slots=True)
class SectionTable:
    """Properties that every section has, one array a property, all of one shape; units are in the names.

    x is the axis that the database calls X-X (strong axis of I shapes, channels and hollow sections, the axis parallel
    to the flange of tees, the geometric axis parallel to the short leg of angles), y the other one.
    """

    name: NDArray[np.str_]
    weight_lb_ft: FloatArray
    area_in2: FloatArray
    ix_in4: FloatArray
    zx_in3: FloatArray
    sx_in3: FloatArray
    rx_in: FloatArray
    iy_in4: FloatArray
    zy_in3: FloatArray
    sy_in3: FloatArray
    ry_in: FloatArray

    def __len__(self) -> int:
        """Return the number of sections along the first axis."""
        return len(self.name)

    def take(self, indices: Any) -> Self:
        """Return the rows at ``indices``: integers (any shape), a boolean mask, a slice, or ``np.s_[:, None]``."""
        kind: Any = type(self)
        taken: Self = kind(*(getattr(self, name)[indices] for name in field_names(kind)))
        return taken

    def index_of(self, names: str | ArrayLike) -> IntArray:
        """Return the row of each name, shape of ``names`` (0-d for one name).

        ``"W27X194"``, ``"w27x194"`` and ``"W27×194"`` are one name, so are ``"HSS6X4X3/8"`` and ``"hss 6x4x.375"``.

        Raises
        ------
        StructuralError
            ``field="shape"`` for a name that is not in this table, with near ones.
        """
        asked = np.asarray(names, dtype=np.str_)
        unique, inverse = distinct(asked.ravel())
        known = self.name.tolist()
        rows = {name: row for row, name in enumerate(known)}
        keys: dict[ShapeKey, int] = {}
        found = []
        for name in unique:
            plain = normalise_name(name)
            if plain not in rows and not keys:
                keys = {key: row for row, item in enumerate(known) if (key := shape_key(item)) is not None}
            row = rows.get(plain)
            key = shape_key(plain) if row is None else None
            row = keys.get(key) if row is None and key is not None else row
            if row is None:
                raise unknown_shape(plain, known)
            found.append(row)
        return np.asarray(found, dtype=np.int64)[inverse].reshape(asked.shape)

    def rows(self, names: str | ArrayLike) -> Self:
        """Return the sections of these names: ``take(index_of(names))``."""
        return self.take(self.index_of(names))


BASE_COLUMNS = {
    "weight_lb_ft": "weight",
    "area_in2": "area",
    "ix_in4": "Ix",
    "zx_in3": "Zx",
    "sx_in3": "Sx",
    "rx_in": "rx",
    "iy_in4": "Iy",
    "zy_in3": "Zy",
    "sy_in3": "Sy",
    "ry_in": "ry",
}
"""Our property names to the database's, for `SectionTable`."""


_LETTERS_DASH = re.compile(r"\A(2L|[A-Z]+)-(?=[\d.])")


def normalise_name(text: str) -> str:
    """Return the name as the database writes it: ``"w27 × 194"`` and ``"W-27*194"`` give ``"W27X194"``."""
    plain = "".join(str(text).upper().replace("×", "X").replace("*", "X").split())
    return _LETTERS_DASH.sub(r"\1", plain)


@lru_cache(maxsize=4_096)
def display_name(name: str) -> str:
    """Return the name as people print it: ``"W27X194"`` gives ``"W27×194"``."""
    plain = normalise_name(name)
    return plain if plain.startswith("PIPE") else plain.replace("X", "×")


_NAME = re.compile(r"(2L|[A-Z]{1,4})([\d./X-]{1,40}?)(STD|XXS|XS|LLBB|SLBB)?\Z")


def shape_key(name: str) -> ShapeKey | None:
    """Return what a name says, or None for a text that is no name of a shape.

    ``"HSS6X4X3/8"`` and ``"hss 6 x 4 x 0.375"`` give ``("HSS", (6.0, 4.0, 0.375), "")``.
    """
    match = _NAME.match(normalise_name(name))
    if match is None:
        return None
    numbers = [_number(part) for part in match[2].split("X")]
    if None in numbers:
        return None
    return match[1], tuple(number for number in numbers if number is not None), match[3] or ""


def unknown_shape(name: str, known: Sequence[str]) -> StructuralError:
    """Return the error for a name that is not among ``known``, with near ones."""
    near = difflib.get_close_matches(normalise_name(name), known, n=3)
    hint = f"; near: {', '.join(near)}" if near else ""
    return StructuralError(f"unknown shape {str(name)[:40]!r}{hint}", field="shape")


def read_properties(
    file: str, columns: Mapping[str, str], *, label: str | None = None
) -> tuple[list[str], dict[str, FloatArray]]:
    """Return names and property columns of a file of ``data/shapes``.

    ``columns`` maps our names to the file's. A dash (no value) becomes NaN. ``label`` is the family prefix of labels
    with fractions (``"L"``, ``"2L"``, ``"HSS"``, ``"PIPE"``); without it ``_`` is a decimal point.
    """
    text = files("structural").joinpath("data", "shapes", f"{file}_shapes.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    names = [row["shape"].replace("_", ".") if label is None else _label(row["shape"], label) for row in rows]
    return names, {ours: np.array([_value(row[theirs]) for row in rows]) for ours, theirs in columns.items()}


def freeze(table: SectionTable) -> None:
    """Make the arrays of a table read-only, so that one loaded table can serve everybody."""
    for item in fields(table):
        getattr(table, item.name).setflags(write=False)


def as_names(names: Iterable[str]) -> NDArray[np.str_]:
    """Return names as an array."""
    return np.asarray(list(names), dtype=np.str_)


def _value(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _number(part: str) -> float | None:
    """Return 3.5 for ``"3-1/2"`` and ``"3.5"``, to a thousandth (3/16 and 0.188 are one wall), else None."""
    try:
        value = sum((Fraction(piece) for piece in part.split("-")), Fraction(0))
    except (ValueError, ZeroDivisionError):
        return None
    return int(value * 1000 + Fraction(1, 2)) / 1000.0


_DECIMAL = re.compile(r"(\d+)_(\d{3})(?!\d)")
_MIXED = re.compile(r"(\d+)_(\d{1,2})_(\d{1,2})(?!\d)")
_SIMPLE = re.compile(r"(\d+)_(\d{1,2})(?!\d)")


def _label(name: str, label: str) -> str:
    """Return the Manual's label: ``DBL_L5X3X1_4X3_4LLBB`` gives ``2L5X3X1/4X3/4LLBB``."""
    tail = re.sub(r"\A(DBL_L|HSS|Pipe|L)", "", name)
    tail = _DECIMAL.sub(r"\1.\2", tail)
    tail = _MIXED.sub(r"\1-\2/\3", tail)
    return label + _SIMPLE.sub(r"\1/\2", tail)
