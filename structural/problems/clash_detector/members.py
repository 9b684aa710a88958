"""Tables of pairs to members and back."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structural.errors import StructuralError
from structural.geometry.prisms import SECTIONS, IntArray, Prisms, bounds_of, frame_from
from structural.problems.clash_detector.request import AXIS, DIMENSIONS, KINDS, ORIGIN, SIDES, TRIMS, UP
from structural.tables import Table


@dataclass(frozen=True, slots=True)
class Members:
    """n members: ``kind`` (n,) codes into `KINDS` and their geometry."""

    kind: IntArray
    prisms: Prisms

    def __len__(self) -> int:
        """Return the number of members."""
        return len(self.kind)

    def take(self, rows: NDArray) -> "Members":
        """Return the members at these indices or under this mask."""
        return Members(self.kind[rows], self.prisms.take(rows))


def read_members(table: Mapping[str, NDArray]) -> tuple[Members, Members]:
    """Return the first and the second members of a table of pairs; an unknown kind or section raises."""
    first, second = (_read_side(table, side) for side in SIDES)
    return first, second


def _read_side(table: Mapping[str, NDArray], side: str) -> Members:
    def stack(names: tuple[str, ...]) -> NDArray:
        return np.stack([np.asarray(table[f"{name}_{side}"], dtype=float) for name in names], axis=-1)

    numbers = {
        name.removesuffix("_mm"): np.asarray(table[f"{name}_{side}"], dtype=float) for name in (*DIMENSIONS, *TRIMS)
    }
    section = codes(table[f"section_{side}"], SECTIONS, f"section_{side}")
    frame = frame_from(stack(AXIS), stack(UP))
    prisms = Prisms(section=section, origin=stack(ORIGIN), frame=frame, **numbers)
    return Members(codes(table[f"kind_{side}"], KINDS, f"kind_{side}"), prisms)


def codes(values: NDArray, names: tuple[str, ...], field: str) -> IntArray:
    """Return the index in ``names`` of each value, shape (n,); an unknown value raises `StructuralError`."""
    unique, inverse = np.unique(np.asarray(values, dtype=np.str_), return_inverse=True)
    unknown = [value for value in unique.tolist() if value not in names]
    if unknown:
        raise StructuralError(f"{field}: {unknown[0]!r} is unknown; use one of {', '.join(names)}", field=field)
    return np.array([names.index(value) for value in unique.tolist()], dtype=np.int64)[inverse.reshape(-1)]


def write_members(first: Members, second: Members) -> Table:
    """Return the QUESTION columns (but the tolerance) of pairs: 0.01 mm, directions to nine decimals."""
    table: Table = {}
    for side, members in zip(SIDES, (first, second), strict=True):
        prisms = members.prisms
        table[f"kind_{side}"] = np.array(KINDS)[members.kind]
        table[f"section_{side}"] = np.array(SECTIONS)[prisms.section]
        for name in (*DIMENSIONS, *TRIMS):
            table[f"{name}_{side}"] = np.round(getattr(prisms, name.removesuffix("_mm")), 2)
        for axis in range(3):
            table[f"{ORIGIN[axis]}_{side}"] = np.round(prisms.origin[:, axis], 2)
            table[f"{AXIS[axis]}_{side}"] = np.clip(np.round(prisms.frame[:, 0, axis], 9), -1.0, 1.0)
            table[f"{UP[axis]}_{side}"] = np.clip(np.round(prisms.frame[:, 2, axis], 9), -1.0, 1.0)
    return table


def boxes_within(first: Prisms, second: Prisms, tolerance_mm: NDArray) -> NDArray[np.bool_]:
    """Return whether the axis-aligned bounding boxes of each pair come within the tolerance, shape (n,)."""
    low_a, high_a = bounds_of(first)
    low_b, high_b = bounds_of(second)
    reach = np.asarray(tolerance_mm, dtype=float)[:, None]
    near: NDArray[np.bool_] = np.all((low_a <= high_b + reach) & (low_b <= high_a + reach), axis=1)
    return near
