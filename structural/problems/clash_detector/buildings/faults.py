"""Errors put into a building: joints gone wrong as in the scenes of pairs, and columns that stand where one stands."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from structural.geometry.prisms import Prisms
from structural.problems.clash_detector import catalogue, errors
from structural.problems.clash_detector.buildings.parts import Building, profile_names
from structural.problems.clash_detector.members import Members
from structural.problems.clash_detector.request import COLUMN
from structural.problems.clash_detector.scenes import Scene

_FAULTY = (0.15, 0.6)
"""Share of the joints of a building that an error is drawn for; about half of those drawn is none."""
_COINCIDENT = 0.4


def with_errors(building: Building, rng: np.random.Generator) -> Building:
    """Return the building with errors in some of its joints; a member has at most one."""
    joints = building.joints
    able = np.flatnonzero(np.isfinite(joints.toward).all(axis=1))
    able = able[rng.random(len(able)) < rng.uniform(*_FAULTY)]
    able = able[np.unique(joints.second[able], return_index=True)[1]]
    # a member that another one's error is measured from stays where it is
    able = able[~np.isin(joints.second[able], joints.first[able])]
    if len(able):
        building = _injected(building, able, rng)
    return _with_coincident_column(building, rng) if rng.random() < _COINCIDENT else building


def _injected(building: Building, able: NDArray[np.int64], rng: np.random.Generator) -> Building:
    joints, members = building.joints, building.members
    first, second = joints.first[able], joints.second[able]
    scene = Scene(members.take(first), members.take(second), joints.toward[able])
    kinds = np.array([errors.draw_errors(kind, 1, rng)[0] for kind in joints.kind[able].tolist()], dtype="U16")
    kinds = np.where(errors.effective(scene, kinds), kinds, "none")
    changed = errors.inject(scene, kinds, rng)
    copies = kinds == "duplicated"
    moved = (kinds != "none") & ~copies
    trimmed = kinds == "missing_trim"
    members = _put(members, first[trimmed], changed.first.take(trimmed))
    members = _put(members, second[moved], changed.second.take(moved))
    found = building.errors.copy()
    found[second[moved]] = kinds[moved]
    building = replace(building, members=members, errors=found)
    return _with_more(building, changed.second.take(copies), first[copies], "duplicated")


def _with_coincident_column(building: Building, rng: np.random.Generator) -> Building:
    """Model one column again: the same, or of another size or length on the same axis."""
    columns = np.flatnonzero((building.members.kind == COLUMN) & (building.errors == "none"))
    if not len(columns):
        return building
    row = rng.choice(columns, 1)
    one = building.members.take(row)
    if rng.random() < 0.4:
        shift = np.clip(rng.normal(0.0, 1.0, (1, 3)), -4, 4) * rng.choice([0.0, 1.0])
        return _with_more(building, _moved(one, shift), row, "duplicated")
    length = one.prisms.length * rng.uniform(0.4, 0.9, 1)
    prisms = replace(one.prisms, length=length)
    if rng.random() < 0.6:
        other = catalogue.draw("column", 1, rng)
        names = ("section", "depth", "width", "web", "flange")
        prisms = replace(prisms, **{name: getattr(other, name) for name in names})
    along = one.prisms.frame[:, 0] * ((one.prisms.length - length) * rng.choice([0.0, 1.0]))[:, None]
    return _with_more(building, _moved(Members(one.kind, prisms), along), row, "coincident")


def _moved(members: Members, by: NDArray[np.float64]) -> Members:
    return Members(members.kind, replace(members.prisms, origin=members.prisms.origin + by))


def _put(members: Members, rows: NDArray[np.int64], changed: Members) -> Members:
    values = {}
    for name in Prisms.__dataclass_fields__:
        values[name] = getattr(members.prisms, name).copy()
        values[name][rows] = getattr(changed.prisms, name)
    return Members(members.kind, Prisms(**values))


def _with_more(building: Building, more: Members, like: NDArray[np.int64], error: str) -> Building:
    """Return the building with members added, each on the storey of the one it is like."""
    if not len(more):
        return building
    one, two = building.members.prisms, more.prisms
    prisms = Prisms(
        **{name: np.concatenate([getattr(one, name), getattr(two, name)]) for name in Prisms.__dataclass_fields__}
    )
    members = Members(np.concatenate([building.members.kind, more.kind]), prisms)
    copies = tuple(f"{building.names[row]}-{number:03d}" for number, row in enumerate(like.tolist(), len(building)))
    return replace(
        building,
        members=members,
        names=(*building.names, *copies),
        profiles=(*building.profiles, *profile_names(more)),
        storeys=np.concatenate([building.storeys, building.storeys[like]]),
        errors=np.concatenate([building.errors, np.full(len(more), error, dtype="U16")]),
    )
