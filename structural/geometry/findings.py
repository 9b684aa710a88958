"""What a clash search reads and what it finds: elements of a model with their meshes, and one finding a pair.

Lengths are millimetres. Meshes and findings lie in a local frame whose origin is near the model; `Model.origin_mm` is
where that origin lies in the world of the file, so that models far from the world's origin keep their precision.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

FINDING_KINDS = ("hard", "touching", "clearance", "duplicate", "contained", "undecided")
"""What exact geometry says of a pair, by code.

- hard: the solids share volume, thicker than `structural.geometry.mesh_contact.HARD_MM`;
- touching: they meet without sharing volume of that thickness;
- clearance: they are apart, by at most the tolerance;
- duplicate: both have the same shape in the same place;
- contained: one lies wholly inside the other;
- undecided: a mesh is open or has no volume, so inside and outside are not defined; the distance is that of surfaces.
"""
HARD, TOUCHING, CLEARANCE, DUPLICATE, CONTAINED, UNDECIDED = range(len(FINDING_KINDS))


@dataclass(frozen=True, slots=True)
class Mesh:
    """The surface of one element: ``vertices_mm`` float64 (v, 3) in the local frame and ``faces`` int32 (f, 3).

    ``closed`` says whether it bounds a solid: every edge is used as often in one direction as in the other, and the
    enclosed volume is not zero.
    """

    vertices_mm: NDArray[np.float64]
    faces: NDArray[np.int32]
    closed: bool

    @property
    def low_mm(self) -> NDArray[np.float64]:
        """Lower corner (3,) of the axis-aligned bounding box."""
        return np.asarray(self.vertices_mm.min(axis=0))

    @property
    def high_mm(self) -> NDArray[np.float64]:
        """Upper corner (3,) of the axis-aligned bounding box."""
        return np.asarray(self.vertices_mm.max(axis=0))


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a building model, as its file names it. Every text is the file's own and not to be trusted.

    ``kind`` is what it is to the clash detector (`structural.problems.clash_detector.request.KINDS`); ``assembly`` the
    GlobalId of the assembly it belongs to; ``storey``, ``system`` and ``material`` are names. A text that the file does
    not give is empty. ``file`` counts the files that were read together, from 0. ``mesh`` is None where no geometry
    could be made; ``trouble`` then says why, and also why a mesh that is there cannot be judged.
    """

    guid: str
    name: str
    ifc_class: str
    kind: str
    storey: str = ""
    material: str = ""
    profile: str = ""
    assembly: str = ""
    system: str = ""
    tag: str = ""
    file: int = 0
    mesh: Mesh | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """The elements of one or more files in one local frame; ``origin_mm`` (3,) float64 is its origin in the world.

    ``not_checked`` counts what has a shape and is none of the elements, by IFC class.
    """

    elements: tuple[Element, ...]
    origin_mm: NDArray[np.float64]
    schemas: tuple[str, ...] = ()
    not_checked: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of elements."""
        return len(self.elements)


@dataclass(frozen=True, slots=True)
class Finding:
    """One pair within the tolerance.

    ``a`` and ``b`` (a < b) are indices into `Model.elements`. ``kind`` is one of `FINDING_KINDS`. ``distance_mm`` is
    the gap of solids that are apart, 0 where they touch, and minus the depth of penetration where they share volume.
    ``point_mm`` is where to look: the middle of the nearest points, or of the shared volume. ``low_mm`` and ``high_mm``
    are the corners of the box around the shared volume, or around the nearest points. ``pair_class`` (one of
    `structural.problems.clash_detector.request.CLASSES`), ``confidence`` (0 to 1) and ``hours`` are the network's and
    the written rule's; empty and NaN until a network has judged the pair.
    """

    a: int
    b: int
    kind: str
    distance_mm: float
    point_mm: tuple[float, float, float]
    low_mm: tuple[float, float, float]
    high_mm: tuple[float, float, float]
    pair_class: str = ""
    confidence: float = float("nan")
    hours: float = float("nan")


@dataclass(frozen=True, slots=True)
class Findings:
    """m findings as columns, sorted by pair: ``pairs`` int64 (m, 2); ``kind`` codes into `FINDING_KINDS`, (m,).

    ``distance_mm`` (m,), ``point_mm``, ``low_mm``, ``high_mm`` (m, 3) as in `Finding`.
    """

    pairs: NDArray[np.int64]
    kind: NDArray[np.int64]
    distance_mm: NDArray[np.float64]
    point_mm: NDArray[np.float64]
    low_mm: NDArray[np.float64]
    high_mm: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of findings."""
        return len(self.pairs)

    def take(self, rows: NDArray) -> "Findings":
        """Return the findings at these indices or under this mask."""
        return Findings(**{item.name: getattr(self, item.name)[rows] for item in fields(self)})

    def __iter__(self) -> Iterator[Finding]:
        """Yield one `Finding` a pair, not judged."""
        columns = (self.pairs, self.kind, self.distance_mm, self.point_mm, self.low_mm, self.high_mm)
        for pair, kind, distance, point, low, high in zip(*(column.tolist() for column in columns), strict=True):
            yield Finding(pair[0], pair[1], FINDING_KINDS[kind], distance, tuple(point), tuple(low), tuple(high))
