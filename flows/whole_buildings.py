"""The problems as datasets are built from them: a share of the clash detector's pairs is read from whole buildings.

A building is drawn (`structural`), written as IFC and read back by the code that serves (`serving.ifc`), in any schema,
unit and place. Its near pairs are labelled by the same written rule as the scenes of single pairs. The floors below do
not know one another, so they meet here.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from serving.ifc.worker import members_of, read_models
from serving.ifc.writer import SCHEMAS, UNIT_MM, Placing, Style, Texts, write_model
from structural import problems
from structural.geometry.prisms import bounds_of
from structural.geometry.sweep import near_boxes
from structural.problem import Problem
from structural.problems.clash_detector.buildings import Building, draw_building
from structural.problems.clash_detector.measures import measure
from structural.problems.clash_detector.members import Members, read_members, write_members
from structural.problems.clash_detector.request import (
    CONNECTION,
    DEFAULT_TOLERANCE_MM,
    HIGH,
    LOW,
    MAX_BUILDING_ID,
    MEDIUM,
    NONE,
)
from structural.problems.clash_detector.sampler import GUARD_BAND_SHARE, sample
from structural.problems.clash_detector.truth import classify, in_guard_band
from structural.tables import Table, concatenate, row_count, take

BUILDING_SHARE = 0.15
"""Share of the pairs of a dataset that is read from buildings."""
PAIRS_A_BUILDING = 48
"""At most so many pairs of a building are kept: many buildings tell more than many pairs of one."""
KEPT_SHARE = {CONNECTION: 0.5, NONE: 1.0, LOW: 1.0, MEDIUM: 1.0, HIGH: 1.0}
"""Share of the pairs of each class that is kept of those in a building."""
BEYOND_SHARE = 0.1
"""Share kept of the pairs whose boxes come near while the members do not: a building has many, and all are NONE."""
_FEWEST_BUILDINGS = 4
_PAIRS_EXPECTED = 26
"""About so many pairs of a building are left after thinning; decides how many are drawn at a time."""
_CLASH = "clash_detector"
_SOURCES = ("serving.ifc", "flows.whole_buildings")
_LIMITS = {"members": 10_000, "triangles": 10_000_000, "pairs": 1_000_000}
_SITE_MM = np.array([4e8, 6e9, 5e5])
"""Sites lie as far from the origin as national grids have them."""


@dataclass(frozen=True, slots=True)
class BuildingPairs:
    """The near pairs of one building in dataset columns, and what became of its members.

    ``approximate`` members were left out because the reader's prism is not their very shape, ``unread`` ones because
    nothing was read of them.
    """

    pairs: Table
    members: int
    approximate: int
    unread: int


def loader(*, whole_buildings: bool) -> Callable[[str], Problem]:
    """Return what loads the problems that a dataset is built from, with whole buildings or without."""
    return load_problem if whole_buildings else problems.load_problem


def load_problem(name: str) -> Problem:
    """Return the problem of that name; the clash detector's samples hold pairs of whole buildings too."""
    problem = problems.load_problem(name)
    return replace(problem, sample=sample_with_buildings, sources=_SOURCES) if name == _CLASH else problem


def sample_with_buildings(n: int, rng: np.random.Generator) -> Table:
    """Draw n pairs, `BUILDING_SHARE` of them from buildings: QUESTION and PROVENANCE columns."""
    of_buildings = round(n * BUILDING_SHARE)
    parts = [sample(n - of_buildings, rng)] if of_buildings < n else []
    if of_buildings:
        parts.append(sample_buildings(of_buildings, rng))
    table = concatenate(parts)
    return take(table, rng.permutation(row_count(table)))


def sample_buildings(n: int, rng: np.random.Generator) -> Table:
    """Draw n pairs of buildings, thinned as the scenes are. Buildings have consecutive numbers from a drawn one on."""
    number = int(rng.integers(1, MAX_BUILDING_ID // 2))
    parts: list[Table] = []
    missing = n
    while missing > 0:
        count = max(_FEWEST_BUILDINGS, missing // _PAIRS_EXPECTED)
        drawn = [pairs_of_building(draw_building(rng), number + place, rng).pairs for place in range(count)]
        # labelling is by array: the buildings of a batch are thinned together
        part = at_most_a_building(thinned(concatenate(drawn), rng), PAIRS_A_BUILDING)
        number += count
        parts.append(take(part, slice(0, missing)))
        missing -= row_count(parts[-1])
    return concatenate(parts)


def at_most_a_building(table: Table, most: int) -> Table:
    """Return the first ``most`` pairs of each building, in the order of the buildings' numbers."""
    order = np.argsort(table["building_id"], kind="stable")
    _, start, count = np.unique(table["building_id"][order], return_index=True, return_counts=True)
    place = np.arange(len(order)) - np.repeat(start, count)
    return take(table, order[place < most])


def draw_style(rng: np.random.Generator) -> Style:
    """Draw how a model is written: schema, unit, place, and how its bodies lie."""
    far, turned = rng.random() < 0.4, rng.random() < 0.4
    site = rng.uniform(-1, 1, 3) * _SITE_MM * far
    return Style(
        schema=str(rng.choice(SCHEMAS)),
        unit=str(rng.choice(list(UNIT_MM))),
        site_mm=(float(site[0]), float(site[1]), float(site[2])),
        turn_deg=float(rng.uniform(-180, 180) * turned),
        placing=Placing(str(rng.choice(list(Placing)))),
        fillet_ratio=float(rng.uniform(0.8, 1.6) * (rng.random() < 0.4)),
        corner_ratio=float(rng.uniform(1.0, 2.0) * (rng.random() < 0.15)),
        outlined=bool(rng.random() < 0.4),
    )


def written(building: Building, style: Style) -> str:
    """Return a building as the text of an IFC file."""
    texts = Texts(building.names, building.profiles, building.storeys.tolist(), building.kind)
    return write_model(building.members, texts, style)


def read_back(building: Building, style: Style) -> tuple[Members, NDArray[np.bool_], NDArray[np.int64]]:
    """Write a building as IFC and read it; returns what was read, which of it is exact, and its rows in the building.

    Raises `serving.ifc.refusals.RefusedError` when nothing of it can be read.
    """
    with tempfile.TemporaryDirectory(prefix="sdai-building-") as folder:
        path = Path(folder) / "building.ifc"
        path.write_text(written(building, style), encoding="utf-8")
        order = {"models": [str(path)], "limits": _LIMITS, "careful": False, "skipped": []}
        model, prisms, _ = read_models(order, lambda *_: None)
    elements = model.elements[: len(prisms)]
    members, exact = members_of(prisms, [element.kind for element in elements])
    row = {name: number for number, name in enumerate(building.names)}
    whole = np.array([not element.trouble for element in elements], dtype=bool)
    return members, exact & whole, np.array([row[element.name] for element in elements], dtype=np.int64)


def pairs_of_building(building: Building, number: int, rng: np.random.Generator) -> BuildingPairs:
    """Return all pairs of a building, written and read back, whose boxes come within a drawn tolerance."""
    members, exact, rows = read_back(building, draw_style(rng))
    known = np.flatnonzero(exact)
    members, rows = _moved(members.take(known), rng), rows[known]
    tolerance = DEFAULT_TOLERANCE_MM if rng.random() < 0.5 else float(np.round(rng.uniform(10, 100)))
    pairs = near_boxes(*bounds_of(members.prisms), tolerance)
    pairs = np.where((rng.random(len(pairs)) < 0.5)[:, None], pairs, pairs[:, ::-1])
    n = len(pairs)
    table: Table = {
        **write_members(members.take(pairs[:, 0]), members.take(pairs[:, 1])),
        "tolerance_mm": np.full(n, tolerance),
        "joint_type": _joint_types(building, rows[pairs]),
        "error_kind": _error_kinds(building, rows[pairs]),
        "origin": np.full(n, "building"),
        "building_kind": np.full(n, building.kind),
        "building_id": np.full(n, number, dtype=np.int64),
    }
    return BuildingPairs(table, len(building), int((~exact).sum()), len(building) - len(exact))


def thinned(table: Table, rng: np.random.Generator) -> Table:
    """Return the pairs of a building in random order, frequent classes thinned, guard bands marked and thinned."""
    if not row_count(table):
        return {**table, "in_guard_band": np.zeros(0, dtype=bool)}
    first, second = read_members(table)
    measures, tolerance = measure(first, second), np.asarray(table["tolerance_mm"], dtype=float)
    classes = classify(first, second, measures, tolerance)
    guarded = in_guard_band(first, second, measures, tolerance)
    shares = np.array([KEPT_SHARE[code] for code in sorted(KEPT_SHARE)])[classes]
    shares = np.where(measures.contact.gap > tolerance, BEYOND_SHARE, shares)
    kept = rng.random(len(classes)) < np.where(guarded, GUARD_BAND_SHARE, 1.0) * shares
    found = take({**table, "in_guard_band": guarded}, kept)
    return take(found, rng.permutation(row_count(found)))


def _moved(members: Members, rng: np.random.Generator) -> Members:
    """Return members moved together: no two buildings lie in the same place, so no two pairs are alike."""
    by = np.round(rng.uniform(-60_000, 60_000, 3) * np.array([1.0, 1.0, 0.4]))
    return Members(members.kind, replace(members.prisms, origin=members.prisms.origin + by))


def _joint_types(building: Building, pairs: NDArray[np.int64]) -> NDArray[np.str_]:
    joints = building.joints
    meant = {
        frozenset((one, other)): kind
        for one, other, kind in zip(joints.first.tolist(), joints.second.tolist(), joints.kind.tolist(), strict=True)
    }
    return np.array([meant.get(frozenset(pair), "unplanned") for pair in pairs.tolist()], dtype="U24")


def _error_kinds(building: Building, pairs: NDArray[np.int64]) -> NDArray[np.str_]:
    """Return the error of each pair: that of its second member, or of its first where the second is as meant."""
    errors = building.errors[pairs]
    return np.where(errors[:, 1] != "none", errors[:, 1], errors[:, 0]).astype(np.str_)
