"""Parts of a building and the draft that they are put into, one by one. Lengths in mm, z up."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from structural.geometry.prisms import SECTIONS, FloatArray, IntArray, Prisms, frame_from
from structural.problems.clash_detector import catalogue
from structural.problems.clash_detector.catalogue import Profiles
from structural.problems.clash_detector.members import Members
from structural.problems.clash_detector.request import KINDS

X, Y, Z = np.eye(3)
_TAGS = ("C", "B", "D", "PL", "P", "DU")
_NOWHERE = np.full(3, np.nan)


@dataclass(frozen=True, slots=True)
class Part:
    """One straight member as drawn: ``kind`` is a code, ``profile`` one row, the ends and ``up`` have shape (3,).

    ``cope`` is length and depth at the start, ``opening`` place, length and height, as in `Prisms`.
    """

    kind: int
    profile: Profiles
    start: FloatArray
    end: FloatArray
    up: FloatArray
    storey: int = 0
    cope: tuple[float, float] = (0.0, 0.0)
    opening: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Joints:
    """j pairs that are meant to meet: indices of the carrying and of the coming member, and what the joint is.

    ``toward`` (j, 3) is the direction in which the second moves into the first at its start; NaN where the joint is
    not at its start.
    """

    first: IntArray
    second: IntArray
    kind: NDArray[np.str_]
    toward: FloatArray

    def __len__(self) -> int:
        """Return the number of joints."""
        return len(self.first)


@dataclass(frozen=True, slots=True)
class Building:
    """A building: n members with names, profile names and storeys, the joints meant, and the error in each member.

    ``errors`` (n,) is ``none`` for a member as meant. ``kind`` is one of `request.BUILDING_KINDS`.
    """

    kind: str
    members: Members
    names: tuple[str, ...]
    profiles: tuple[str, ...]
    storeys: IntArray
    joints: Joints
    errors: NDArray[np.str_]

    def __len__(self) -> int:
        """Return the number of members."""
        return len(self.members)


@dataclass(slots=True)
class Draft:
    """A building while it is drawn."""

    parts: list[Part] = field(default_factory=list)
    _joints: list[tuple[int, int, str, FloatArray]] = field(default_factory=list)

    def add(self, part: Part) -> int:
        """Put a part in; returns its number."""
        self.parts.append(part)
        return len(self.parts) - 1

    def join(self, first: int, second: int, kind: str, toward: FloatArray | None = None) -> None:
        """Say that a part comes to another on purpose; ``toward`` (3,) only where it does so at its start."""
        self._joints.append((first, second, kind, _NOWHERE if toward is None else toward))

    def finished(self, kind: str) -> Building:
        """Return the building without any error; raises `ValueError` for a draft without parts."""
        members = members_of(self.parts)
        joints = Joints(
            first=np.array([joint[0] for joint in self._joints], dtype=np.int64),
            second=np.array([joint[1] for joint in self._joints], dtype=np.int64),
            kind=np.array([joint[2] for joint in self._joints], dtype=np.str_),
            toward=np.array([joint[3] for joint in self._joints], dtype=float).reshape(-1, 3),
        )
        return Building(
            kind=kind,
            members=members,
            names=tuple(f"{_TAGS[code]}-{row:03d}" for row, code in enumerate(members.kind.tolist())),
            profiles=tuple(profile_names(members)),
            storeys=np.array([part.storey for part in self.parts], dtype=np.int64),
            joints=joints,
            errors=np.full(len(members), "none", dtype="U16"),
        )


def members_of(parts: Sequence[Part]) -> Members:
    """Return parts as members; raises `ValueError` when there is none."""
    if not parts:
        raise ValueError("a building needs at least one part")
    profiles = catalogue.stack([part.profile for part in parts])
    start, end = np.array([part.start for part in parts]), np.array([part.end for part in parts])
    cope, opening = np.array([part.cope for part in parts]), np.array([part.opening for part in parts])
    prisms = Prisms(
        section=profiles.section,
        depth=profiles.depth,
        width=profiles.width,
        web=profiles.web,
        flange=profiles.flange,
        length=np.linalg.norm(end - start, axis=1),
        cope_length=cope[:, 0],
        cope_depth=cope[:, 1],
        opening_at=opening[:, 0],
        opening_length=opening[:, 1],
        opening_height=opening[:, 2],
        origin=start,
        frame=frame_from(end - start, np.array([part.up for part in parts], dtype=float)),
    )
    return Members(np.array([part.kind for part in parts], dtype=np.int64), prisms)


def profile_names(members: Members) -> list[str]:
    """Return a name for each member's profile: its section and sizes in mm."""
    prisms = members.prisms
    names = np.array(SECTIONS)[prisms.section].tolist()
    sizes = np.stack([prisms.depth, prisms.width, prisms.web, prisms.flange], axis=1).tolist()
    named = [f"{name.upper()} {'x'.join(f'{size:g}' for size in row)}" for name, row in zip(names, sizes, strict=True)]
    services = np.array(KINDS)[members.kind]
    return [f"{kind} {name}" if kind in ("pipe", "duct") else name for kind, name in zip(services, named, strict=True)]
