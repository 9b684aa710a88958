"""The subprocess that opens IFC models and searches them: its limits are set before the geometry kernel is loaded.

Run as ``python -m serving.ifc.worker`` with one JSON line on standard input: ``parent`` (process id), ``models``
(paths), ``out`` (folder for the result), ``tolerance_mm``, ``with_meshes``, ``across`` (only pairs with a member of
each of two files), ``limits`` (`memory_bytes`, `cpu_s`, `members`, `triangles`, `pairs`), ``careful`` (elements one by
one, each named before it is worked on) and ``skipped`` ([[file, entity], …], elements that are left out because the
kernel died of them). Out: lines ``progress <share>``, ``at [file, entity]`` when careful, then ``result`` or
``refused`` with a reason for the client.
"""

import json
import math
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from serving.ifc.bearings import bearing_pairs
from serving.ifc.bodies import kind_of, prism_of
from serving.ifc.choice import choose
from serving.ifc.elements import Described, refuse_circular_placements
from serving.ifc.meshing import Body, Mesher
from serving.ifc.profiles import Profiles
from serving.ifc.refusals import RefusedError
from serving.ifc.representations import drawn_as
from serving.ifc.results import Read, packed, save
from serving.ifc.rewriting import rewrite
from serving.ifc.sections import Prism
from serving.process_limits import die_with_parent, limit_this_process
from structural.geometry.clash_search import find_clashes
from structural.geometry.findings import Element, Mesh, Model
from structural.geometry.meshes import MeshPack
from structural.geometry.prisms import SECTIONS, FloatArray, IntArray, Prisms, frame_from
from structural.geometry.sweep import TooManyPairsError, Wanted
from structural.problems.clash_detector.members import Members
from structural.problems.clash_detector.request import KINDS

Say = Callable[[str, Any], None]
"""Tells the parent something: what, and its content."""

_MM = 1000.0
_READ_SHARE = 0.6
"""What reading and meshing count for in the progress."""
_TOLD_STEP = 0.005
_ORIGIN_GRID_MM = 1000.0
_NO_ENTITY = re.compile(r"Entity with name '([^']*)' not found in schema '[^']*' at offset (\d+)")


def main() -> None:
    """Work on the order on standard input."""
    order = json.loads(sys.stdin.buffer.readline())
    die_with_parent(order["parent"])
    # Libraries write to standard output too; lines for the parent go where they cannot.
    out = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    limit_this_process(order["limits"]["memory_bytes"], order["limits"]["cpu_s"])
    try:
        work(order, lambda what, content: _say(out, what, content))
        _say(out, "result", {})
    except RefusedError as error:
        _say(out, "refused", str(error))
    except MemoryError:
        _say(out, "refused", "the model needs more memory than one request may use; split it")


def _say(out: TextIO, what: str, content: Any) -> None:
    out.write(f"{what} {json.dumps(content)}\n")
    out.flush()


def work(order: dict[str, Any], say: Say) -> None:
    """Read the models of an order, search them and write what was found; raises `RefusedError`."""
    model, prisms, wanted = read_models(order, say)
    read, meshes = search(model, prisms, wanted, order, say)
    save(Path(order["out"]), read, meshes if order["with_meshes"] else None)


def read_models(order: dict[str, Any], say: Say) -> tuple[Model, list[Prism], Wanted]:
    """Return the elements of the models of an order, those with geometry first, the prisms of these, and which pairs
    are to be searched.
    """
    reading = _Reading(order, say)
    for number, path in enumerate(order["models"]):
        reading.add(number, path)
    with_geometry = [found for found in reading.found if found.prism is not None]
    rest = [found for found in reading.found if found.prism is None]
    if rest and not with_geometry:
        first = rest[0].element
        told = f"{first.ifc_class} {first.name}: {first.trouble}"
        raise RefusedError(f"no member of the model has geometry that can be read; of {len(rest)} the first is {told}")
    elements = tuple(found.element for found in (*with_geometry, *rest))
    place = {found.at: row for row, found in enumerate(with_geometry)}
    wholes = [(row, place[at]) for row, found in enumerate(with_geometry) for at in found.wholes if at in place]
    model = Model(elements, reading.origin_mm, tuple(reading.schemas), dict(reading.not_checked))
    prisms = [found.prism for found in with_geometry if found.prism is not None]
    pairs = np.array(wholes, dtype=np.int64).reshape(-1, 2)
    return model, prisms, wanted_pairs(model, pairs, across=bool(order.get("across")))


def search(model: Model, prisms: list[Prism], wanted: Wanted, order: dict[str, Any], say: Say) -> tuple[Read, MeshPack]:
    """Return what an exact search finds in a model, and its meshes; raises `RefusedError`."""
    meshes = packed(model, len(prisms))
    tolerance_mm = float(order["tolerance_mm"])
    try:
        outcome = find_clashes(
            meshes,
            tolerance_mm,
            order["limits"]["pairs"],
            lambda share: say("progress", _READ_SHARE + (1 - _READ_SHARE) * share),
            wanted,
        )
    except TooManyPairsError as error:
        raise RefusedError(
            f"more than {error.most} pairs come within the tolerance; use a smaller tolerance_mm or split the model"
        ) from error
    kinds = [element.kind for element in model.elements[: len(prisms)]]
    members, exact = members_of(prisms, kinds)
    bears = bearing_pairs(model.elements, members, exact, outcome.findings)
    return Read(model, members, exact, outcome.findings, bears, outcome.candidates, tolerance_mm), meshes


def wanted_pairs(model: Model, wholes: IntArray, *, across: bool) -> Wanted:
    """Return what tells which pairs of elements are looked at: none of a whole and its own part.

    ``wholes`` (n, 2) are the elements and what they are part of; with ``across`` only pairs of two files are wanted.
    """
    count = len(model)
    file = np.array([element.file for element in model.elements], dtype=np.int64)
    own = np.unique(wholes.min(axis=1) * count + wholes.max(axis=1)) if len(wholes) else np.empty(0, np.int64)

    def wanted(pairs: IntArray) -> NDArray[np.bool_]:
        kept = ~np.isin(pairs[:, 0] * count + pairs[:, 1], own)
        return kept & (file[pairs[:, 0]] != file[pairs[:, 1]]) if across else kept

    return wanted


@dataclass(frozen=True, slots=True)
class _Found:
    """An element, and the prism that stands for it, if it has a mesh.

    ``at`` is where it is, file and entity; ``wholes`` are the places of those that it is part of.
    """

    element: Element
    prism: Prism | None
    at: tuple[int, int]
    wholes: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class _Reading:
    """Models as far as they have been read; all lie in one local frame."""

    order: dict[str, Any]
    say: Say
    found: list[_Found] = field(default_factory=list)
    schemas: list[str] = field(default_factory=list)
    not_checked: Counter[str] = field(default_factory=Counter)
    origin_mm: FloatArray = field(default_factory=lambda: np.zeros(3))
    _placed: bool = False
    _told: float = 0.0

    def add(self, number: int, path: str) -> None:
        """Read one more model."""
        model = _open(path)
        self.schemas.append(str(model.schema))
        described = Described(model)
        choice = choose(model, described)
        elements = choice.elements
        self.not_checked.update(choice.not_checked)
        total, most = len(self.found) + len(elements), self.order["limits"]["members"]
        if total > most:
            raise RefusedError(f"the model has {total} members; at most {most} are checked at once")
        refuse_circular_placements(element for element, _ in elements.values())
        profiles = Profiles(_unit_mm(model))
        rewrite(model)
        skipped = self._skipped(number, elements)
        begin = (lambda entity: self.say("at", [number, entity])) if self.order["careful"] else None
        mesher = Mesher(model, self.order["limits"]["triangles"], begin)
        bodies: dict[int, tuple[Mesh, Prism]] = {}
        for body in mesher.bodies([element for key, (element, _) in elements.items() if key not in skipped]):
            bodies[body.element] = self._place(elements[body.element][0], profiles, body)
            self._tell(number, len(bodies) / len(elements))
        for key, (element, kind) in elements.items():
            mesh, prism = bodies.get(key, (None, None))
            trouble = _trouble(mesh, mesher.failed.get(key), key in skipped)
            kind = described.kind_of(element, kind)
            kind = kind_of(kind, prism.section) if prism else kind
            texts = described.texts_of(element)
            element = Element(**texts, kind=kind, file=number, mesh=mesh, trouble=trouble)
            wholes = tuple((number, whole) for whole in choice.wholes.get(key, ()))
            self.found.append(_Found(element, prism, (number, key), wholes))

    def _skipped(self, number: int, elements: Mapping[int, tuple[Any, str]]) -> set[int]:
        """Return the elements that the kernel died of, and those that are drawn alike."""
        died = {entity for file, entity in self.order["skipped"] if file == number and entity in elements}
        shapes = {drawn_as(elements[entity][0]) for entity in died}
        return {key for key, (element, _) in elements.items() if drawn_as(element) in shapes} if died else died

    def _place(self, element: Any, profiles: Profiles, body: Body) -> tuple[Mesh, Prism]:
        world = body.in_world()
        if not self._placed:
            # the first member decides where the local frame lies, so that all are near it, however far the site is
            self.origin_mm = np.round(world.mean(axis=0) / _ORIGIN_GRID_MM) * _ORIGIN_GRID_MM
            self._placed = True
        points = world - self.origin_mm
        faces = body.mesh.faces if np.linalg.det(body.placement[:3, :3]) > 0 else body.mesh.faces[:, ::-1]
        prism = prism_of(element, profiles, body, points, self.origin_mm)
        return Mesh(points, np.ascontiguousarray(faces), body.mesh.closed), prism

    def _tell(self, number: int, share: float) -> None:
        done = _READ_SHARE * (number + share) / len(self.order["models"])
        if done - self._told >= _TOLD_STEP:
            self._told = done
            self.say("progress", done)


def _open(path: str) -> Any:
    import ifcopenshell

    ifcopenshell.get_log()
    try:
        model = ifcopenshell.open(path)
        str(model.schema)
    except MemoryError:
        raise
    except Exception as error:
        raise RefusedError("the file is not a readable IFC model (STEP physical file)") from error
    for name, offset in _NO_ENTITY.findall(str(ifcopenshell.get_log())):
        # exporters do write entities of other schemas, and those are passed over; anything else is no value at all
        if not name.upper().startswith("IFC"):
            raise RefusedError(f"the file is cut off or damaged at byte {offset}")
    if not model.by_type("IfcProject"):
        raise RefusedError("the file is not a readable IFC model (it holds no IfcProject)")
    return model


def _unit_mm(model: Any) -> float:
    import ifcopenshell.util.unit

    try:
        unit = ifcopenshell.util.unit.get_project_unit(model, "LENGTHUNIT")
        scale = float(ifcopenshell.util.unit.calculate_unit_scale(model))
    except Exception as error:
        raise RefusedError("the model's length unit cannot be read") from error
    if not 0.0 < scale < math.inf:
        raise RefusedError("the model's length unit is no length")
    if unit is None:
        raise RefusedError("the model names no length unit (IfcProject.UnitsInContext), so its sizes cannot be known")
    return scale * _MM


def _trouble(mesh: Mesh | None, failed: str | None, skipped: bool) -> str:
    if skipped:
        return "the geometry kernel fails on its shape"
    if mesh is None:
        return f"it has no geometry that can be read ({failed})" if failed else "it has no geometry that can be read"
    if not mesh.closed:
        return "its surface is not closed"
    return f"a part of its geometry could not be read ({failed})" if failed else ""


def members_of(prisms: list[Prism], kinds: list[str]) -> tuple[Members, NDArray[np.bool_]]:
    """Return prisms as members, and which of them are exact."""
    n = len(prisms)
    sizes = np.array(
        [[p.section.depth, p.section.width, p.section.web, p.section.flange, p.length] for p in prisms], dtype=float
    )
    sizes = np.maximum(sizes.reshape(n, 5), 0.1)
    trims = np.array(
        [[p.cope_length, p.cope_depth, p.opening_at, p.opening_length, p.opening_height] for p in prisms], dtype=float
    ).reshape(n, 5)
    made = Prisms(
        section=np.array([SECTIONS.index(p.section.name) for p in prisms], dtype=np.int64),
        depth=sizes[:, 0],
        width=sizes[:, 1],
        web=sizes[:, 2],
        flange=sizes[:, 3],
        length=sizes[:, 4],
        cope_length=trims[:, 0],
        cope_depth=trims[:, 1],
        opening_at=trims[:, 2],
        opening_length=trims[:, 3],
        opening_height=trims[:, 4],
        origin=np.array([p.origin for p in prisms]).reshape(n, 3),
        frame=frame_from(
            np.array([p.axis for p in prisms]).reshape(n, 3), np.array([p.up for p in prisms]).reshape(n, 3)
        ),
    )
    codes = np.array([KINDS.index(kind) for kind in kinds], dtype=np.int64)
    return Members(codes, made), np.array([p.exact for p in prisms], dtype=bool)


if __name__ == "__main__":
    main()
