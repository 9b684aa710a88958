"""What a subprocess found in models, as two files of a folder: arrays without pickles, and texts as JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structural.geometry.findings import Element, Findings, Mesh, Model
from structural.geometry.meshes import MeshPack, pack
from structural.geometry.prisms import Prisms
from structural.problems.clash_detector.members import Members

_ARRAYS, _TEXTS = "found.npz", "found.json"


@dataclass(frozen=True, slots=True)
class Read:
    """The elements of models and what an exact search found.

    The elements with geometry come first: row i of ``members`` (straight prisms for the network) and of ``exact``
    (whether the prism is the member's very shape) belongs to element i, and so do the indices in ``findings``.
    ``bears`` tells of each finding whether its members bear on one another (`bearing_pairs`). ``candidates`` is the
    number of pairs whose boxes come within ``tolerance_mm``. Meshes are there when asked for.
    """

    model: Model
    members: Members
    exact: NDArray[np.bool_]
    findings: Findings
    bears: NDArray[np.bool_]
    candidates: int
    tolerance_mm: float

    def __len__(self) -> int:
        """Return the number of elements with geometry."""
        return len(self.exact)

    @property
    def guids(self) -> tuple[str, ...]:
        """GlobalIds of the elements with geometry."""
        return tuple(element.guid for element in self.model.elements[: len(self)])

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the elements with geometry."""
        return tuple(element.name for element in self.model.elements[: len(self)])

    @property
    def without_geometry(self) -> int:
        """Number of elements that have none, or none that could be read."""
        return len(self.model) - len(self)

    @property
    def undecided(self) -> int:
        """Number of elements whose mesh bounds no solid."""
        return sum(bool(element.trouble) for element in self.model.elements[: len(self)])


def save(folder: Path, read: Read, meshes: MeshPack | None) -> None:
    """Write what was found into a folder; ``meshes`` are those of the elements with geometry, or None."""
    arrays: dict[str, NDArray[Any]] = {
        "origin_mm": read.model.origin_mm,
        "exact": read.exact,
        "bears": read.bears,
        "member_kind": read.members.kind,
        **{f"prism_{item.name}": getattr(read.members.prisms, item.name) for item in fields(Prisms)},
        **{f"finding_{item.name}": getattr(read.findings, item.name) for item in fields(Findings)},
    }
    if meshes is not None:
        names = ("vertices", "faces", "vertex_starts", "face_starts", "closed")
        arrays |= {f"mesh_{name}": getattr(meshes, name) for name in names}
    with (folder / _ARRAYS).open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
    texts = {
        "elements": [
            {item.name: getattr(element, item.name) for item in fields(Element) if item.name != "mesh"}
            for element in read.model.elements
        ],
        "schemas": list(read.model.schemas),
        "not_checked": dict(read.model.not_checked),
        "candidates": read.candidates,
        "tolerance_mm": read.tolerance_mm,
    }
    (folder / _TEXTS).write_text(json.dumps(texts), encoding="ascii")


def load(folder: Path) -> Read:
    """Return what was written into a folder; raises `ValueError`, `KeyError` or `OSError` when that is not whole."""
    texts = json.loads((folder / _TEXTS).read_text(encoding="ascii"))
    with np.load(folder / _ARRAYS, allow_pickle=False) as arrays:
        prisms = Prisms(**{item.name: arrays[f"prism_{item.name}"] for item in fields(Prisms)})
        findings = Findings(**{item.name: arrays[f"finding_{item.name}"] for item in fields(Findings)})
        meshes = _meshes(arrays) if "mesh_closed" in arrays else []
        members, exact, origin = Members(arrays["member_kind"], prisms), arrays["exact"], arrays["origin_mm"]
        bears = arrays["bears"]
    elements = tuple(
        Element(**values, mesh=meshes[row] if row < len(meshes) else None)
        for row, values in enumerate(texts["elements"])
    )
    model = Model(elements, origin, tuple(texts["schemas"]), texts["not_checked"])
    return Read(model, members, exact, findings, bears, int(texts["candidates"]), float(texts["tolerance_mm"]))


def _meshes(arrays: Any) -> Sequence[Mesh]:
    vertices, faces, closed = arrays["mesh_vertices"], arrays["mesh_faces"], arrays["mesh_closed"]
    vertex_starts, face_starts = arrays["mesh_vertex_starts"].tolist(), arrays["mesh_face_starts"].tolist()
    return [
        Mesh(
            vertices[vertex_starts[row] : vertex_starts[row + 1]],
            faces[face_starts[row] : face_starts[row + 1]] - np.int32(vertex_starts[row]),
            bool(closed[row]),
        )
        for row in range(len(closed))
    ]


def packed(model: Model, count: int) -> MeshPack:
    """Return the meshes of the first ``count`` elements of a model in flat arrays."""
    return pack([element.mesh for element in model.elements[:count] if element.mesh is not None])
