"""Members of any shape family side by side: which kind of section a name is, and columns over a mixture of kinds.

A `Sections` holds n members; each kind among them stands in its own table, so that a formula is evaluated once a kind
and its results are put back in the members' order.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from enum import IntEnum
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.angles import load_angles, load_double_angles
from structural.checks import FloatArray, IntArray
from structural.hollow import load_rectangular_hss, load_round_hss
from structural.section_table import SectionTable, ShapeKey, freeze, normalise_name, shape_key, unknown_shape
from structural.shapes import ShapeTable, load_shapes
from structural.tables import distinct
from structural.tees import TEE_FAMILIES, load_tees


class Kind(IntEnum):
    """Kind of cross-section: what decides which formulas apply."""

    I_SHAPE = 0
    CHANNEL = 1
    TEE = 2
    ANGLE = 3
    DOUBLE_ANGLE = 4
    RECTANGULAR_HSS = 5
    ROUND_HSS = 6


FAMILIES_OF_KIND: dict[Kind, tuple[str, ...]] = {
    Kind.I_SHAPE: ("W", "M", "S", "HP"),
    Kind.CHANNEL: ("C", "MC"),
    Kind.TEE: TEE_FAMILIES,
    Kind.ANGLE: ("L",),
    Kind.DOUBLE_ANGLE: ("2L",),
    Kind.RECTANGULAR_HSS: ("HSS",),
    Kind.ROUND_HSS: ("HSS round", "PIPE"),
}
"""The shape families of each kind, in the order of its table."""


@cache
def table_of(kind: Kind) -> SectionTable:
    """Return every section of a kind, its families one after the other, read-only arrays."""
    load: dict[Kind, Callable[[], list[SectionTable]]] = {
        Kind.I_SHAPE: lambda: [load_shapes(family) for family in FAMILIES_OF_KIND[Kind.I_SHAPE]],
        Kind.CHANNEL: lambda: [load_shapes(family) for family in FAMILIES_OF_KIND[Kind.CHANNEL]],
        Kind.TEE: lambda: [load_tees(family) for family in TEE_FAMILIES],
        Kind.ANGLE: lambda: [load_angles()],
        Kind.DOUBLE_ANGLE: lambda: [load_double_angles()],
        Kind.RECTANGULAR_HSS: lambda: [load_rectangular_hss()],
        Kind.ROUND_HSS: lambda: [load_round_hss("HSS"), load_round_hss("PIPE")],
    }
    table = stack(load[kind]())
    freeze(table)
    return table


def stack(tables: list[SectionTable]) -> SectionTable:
    """Return tables of one type as one, in order."""
    first = tables[0]
    columns = {item.name: np.concatenate([getattr(table, item.name) for table in tables]) for item in fields(first)}
    return type(first)(**columns)


def put(table: SectionTable, rows: IntArray, others: SectionTable) -> SectionTable:
    """Return the sections with those at ``rows`` replaced by ``others``, of the same type and as many as rows."""
    columns = {}
    for item in fields(table):
        columns[item.name] = np.array(getattr(table, item.name))
        columns[item.name][rows] = getattr(others, item.name)
    return type(table)(**columns)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a section stands: its kind and its row in `table_of` that kind."""

    kind: Kind
    row: int


def find(name: str) -> Place | None:
    """Return the place of a section by any spelling of its name, or None for an unknown one."""
    plain = normalise_name(name)
    place = _by_name().get(plain)
    if place is None:
        key = shape_key(plain)
        place = _by_key().get(key) if key is not None else None
    return place


def place_of(name: str) -> Place:
    """Return the place of a section; an unknown name raises `StructuralError` (``field="shape"``) with near ones."""
    place = find(name)
    if place is None:
        raise unknown_shape(name, list(_by_name()))
    return place


def database_name(name: str) -> str | None:
    """Return the name as the database writes it (``"HSS6X4X3/8"`` for ``"hss 6 x 4 x .375"``), None if unknown."""
    place = find(name)
    return None if place is None else str(table_of(place.kind).name[place.row])


def all_names() -> tuple[str, ...]:
    """Return the names of all sections of all families."""
    return tuple(_by_name())


@dataclass(frozen=True, slots=True)
class Sections:
    """n members of mixed kinds. ``kind`` (n,) holds `Kind` codes; ``parts`` the rows and the table of each kind met."""

    kind: IntArray
    parts: Mapping[Kind, tuple[IntArray, SectionTable]]

    def __len__(self) -> int:
        """Return the number of members."""
        return len(self.kind)

    def column(self, name: str) -> FloatArray:
        """Return a property over all members, (n,); NaN where a kind of section has no such property."""
        return self.scatter(lambda _kind, table, _rows: getattr(table, name, np.nan))

    def scatter(self, evaluate: Callable[[Kind, Any, IntArray], ArrayLike], fill: float = np.nan) -> FloatArray:
        """Return results over all members, (n,), in the members' order.

        ``evaluate(kind, table, rows)`` is called once a kind that is met, with its table and the positions of its
        members; it returns a value a member or one for all.
        """
        result = np.full(len(self.kind), fill)
        for kind, (rows, table) in self.parts.items():
            result[rows] = evaluate(kind, table, rows)
        return result

    def is_kind(self, *kinds: Kind) -> NDArray[np.bool_]:
        """Return where the section is of one of these kinds, (n,)."""
        # As plain numbers: NumPy asks a member of an enum many questions before it compares with it.
        found: NDArray[np.bool_] = self.kind == kinds[0].value
        for kind in kinds[1:]:
            found = found | (self.kind == kind.value)
        return found


def sections_of(names: Iterable[str]) -> Sections:
    """Return the sections of these names; an unknown one raises `StructuralError` with near ones."""
    unique, inverse = distinct(np.asarray(list(names), dtype=np.str_))
    places = [place_of(name) for name in unique]
    kinds = np.array([place.kind for place in places], dtype=np.int64)[inverse]
    rows = np.array([place.row for place in places], dtype=np.int64)[inverse]
    return sections_at(kinds, rows)


def sections_at(
    kinds: IntArray, rows: IntArray, welded: ShapeTable | None = None, welded_at: IntArray | None = None
) -> Sections:
    """Return the sections at these places: kind codes (n,) and rows in `table_of` each kind (n,).

    ``welded`` holds I shapes that stand in no database, and ``welded_at`` the positions of their members; the rows
    given for those members are not read.
    """
    parts = {}
    for kind in np.unique(kinds).tolist():
        members = np.flatnonzero(kinds == kind)
        table, taken = table_of(Kind(kind)), rows[members]
        if welded is not None and welded_at is not None and kind == Kind.I_SHAPE:
            taken = taken.copy()
            taken[np.searchsorted(members, welded_at)] = len(table) + np.arange(len(welded_at))
            table = stack([table, welded])
        parts[Kind(kind)] = (members, table.take(taken))
    return Sections(kinds, parts)


@cache
def _by_name() -> dict[str, Place]:
    return {name: Place(kind, row) for kind in Kind for row, name in enumerate(table_of(kind).name.tolist())}


@cache
def _by_key() -> dict[ShapeKey, Place]:
    return {key: place for name, place in _by_name().items() if (key := shape_key(name)) is not None}
