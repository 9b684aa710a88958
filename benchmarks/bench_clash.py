"""Print how the clash search stands against a reference, against IfcOpenShell's own tree, and what it costs.

``python -m benchmarks.bench_clash [--models DIR] [--members N] [--artifact DIR] [--alone]``

``--models`` is a folder of IFC files with the ``reference.json`` of their pairs (default: ``../shared/ifc``).
IfcOpenShell's tree is the engine of ifcclash, asked for the nearest of all faces. ``--members`` is the size of the
generated frame; 0 leaves it out. With ``--artifact``, the folder of a trained clash detector, its pairs are judged by
the network too. Geometry (reading and meshing) is timed apart from the search. Seconds are those of the processor.
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.clash_models import frame_model
from flows.documents import markdown_table
from flows.machine import describe_machine
from serving.ifc.choice import choose
from serving.ifc.elements import Described
from serving.ifc.meshing import EXACT
from serving.ifc.results import Read
from serving.ifc.worker import read_models, search
from structural.geometry.findings import CLEARANCE, CONTAINED, DUPLICATE, HARD

TOLERANCE_MM = 50.0
SURE_MM = 2.0
"""Overlaps thicker than this must be found."""
SHIFT_MM = 1.0
"""How far the ends of members are moved where no two pairs shall be alike."""
BOUNDS = {"members": 1_000_000, "triangles": 500_000_000, "pairs": 20_000_000}
_HARD_KINDS = (HARD, DUPLICATE, CONTAINED)
Pair = frozenset[str]


@contextmanager
def timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    """Add the processor time of a block to ``seconds[name]``."""
    began = time.process_time()
    yield
    seconds[name] = seconds.get(name, 0.0) + time.process_time() - began


def read_and_search(path: Path) -> tuple[Read, dict[str, float]]:
    """Return what the search finds in a file, and the seconds of geometry and search."""
    order = {
        "models": [str(path)],
        "tolerance_mm": TOLERANCE_MM,
        "limits": BOUNDS,
        "careful": False,
        "skipped": [],
    }
    seconds: dict[str, float] = {}
    with timed(seconds, "geometry"):
        model, prisms, wanted = read_models(order, lambda *_: None)
    with timed(seconds, "search"):
        read, _ = search(model, prisms, wanted, order, lambda *_: None)
    return read, seconds


def ask_the_tree(path: Path) -> tuple[dict[Pair, float], dict[Pair, float], dict[str, float]]:
    """Return the pairs that IfcOpenShell's tree takes for hard and for too near, with mm, and the seconds it takes."""
    import ifcopenshell
    import ifcopenshell.geom

    model = ifcopenshell.open(path)
    elements = [element for element, _ in choose(model, Described(model)).elements.values()]
    settings = ifcopenshell.geom.settings()
    seconds: dict[str, float] = {}
    with timed(seconds, "geometry"):
        tree = ifcopenshell.geom.tree(backend="opencascade.trianglebvh")
        iterator = ifcopenshell.geom.iterator(settings, model, 1, include=elements, geometry_library=EXACT)
        tree.add_iterator(iterator)
    with timed(seconds, "search"):
        crossing = tree.clash_intersection_many(elements, elements, tolerance=SURE_MM / 1000, check_all=True)
        near = tree.clash_clearance_many(elements, elements, clearance=TOLERANCE_MM / 1000, check_all=True)
    return _by_pair(crossing), _by_pair(near), seconds


def _by_pair(clashes: Any) -> dict[Pair, float]:
    found: dict[Pair, float] = {}
    for clash in clashes:
        pair = frozenset((str(clash.a.get_argument(0)), str(clash.b.get_argument(0))))
        if len(pair) == 2:
            distance = abs(float(clash.distance)) * 1000
            found[pair] = min(found.get(pair, np.inf), distance)
    return found


def compare(name: str, known: dict[str, Any], path: Path) -> list[list[str]]:
    """Return rows of one file: the search and the tree, each against the reference."""
    read, seconds = read_and_search(path)
    guids = read.guids
    pairs = [frozenset((guids[a], guids[b])) for a, b in read.findings.pairs.tolist()]
    distance = dict(zip(pairs, read.findings.distance_mm.tolist(), strict=True))
    kind = dict(zip(pairs, read.findings.kind.tolist(), strict=True))
    hard = {pair: -distance[pair] for pair in pairs if kind[pair] in _HARD_KINDS}
    near = {pair: distance[pair] for pair in pairs if kind[pair] == CLEARANCE}
    rows = [_score(name, "this search", known, hard, near, seconds)]
    crossing, close, took = ask_the_tree(path)
    rows.append(_score("", "IfcOpenShell's tree", known, crossing, close, took))
    return rows


def _score(
    name: str,
    engine: str,
    known: dict[str, Any],
    hard: dict[Pair, float],
    near: dict[Pair, float],
    seconds: dict[str, float],
) -> list[str]:
    sure = [frozenset(row[:2]) for row in known["hard"] if row[2] > SURE_MM]
    marginal = {frozenset(row[:2]) for row in [*known["hard"], *known["marginal"]]}
    false = [pair for pair in hard if pair not in marginal]
    clearances = {frozenset(row[:2]): row[2] for row in known["clearance"]}
    off = [abs(near[pair] - distance) for pair, distance in clearances.items() if pair in near]
    exact = sum(value <= 0.1 for value in off)
    return [
        name,
        engine,
        f"{sum(pair in hard for pair in sure)} of {len(sure)}",
        str(len(false)),
        f"{exact} of {len(clearances)}",
        f"{max(off):.4f}" if off else "",
        f"{seconds['geometry']:.2f}",
        f"{seconds['search']:.2f}",
    ]


def print_reference(folder: Path) -> None:
    """Print the comparison over all files of a folder."""
    known = json.loads((folder / "reference.json").read_text(encoding="utf-8"))["files"]
    rows = [row for name, item in known.items() for row in compare(name, item, folder / name)]
    head = [
        "file",
        "engine",
        f"hard pairs > {SURE_MM:g} mm",
        "false hard pairs",
        "clearances within 0.1 mm",
        "largest error, mm",
        "geometry, s",
        "search, s",
    ]
    print(markdown_table(head, rows))


def frame_rows(members: int, shift_mm: float, artifact: Path | None, *, beside: bool) -> list[list[str]]:
    """Return what a generated frame costs; with ``beside``, also what IfcOpenShell's tree finds in it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "frame.ifc"
        path.write_bytes(frame_model(members, shift_mm))
        read, seconds = read_and_search(path)
        if artifact is not None:
            from serving.predictors.clash_detector import Predictor

            predictor = Predictor(artifact)
            with timed(seconds, "judging"):
                predictor.judge(read)
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        crossing, _, took = ask_the_tree(path) if beside else ({}, {}, {})
    findings = read.findings
    deep = np.isin(findings.kind, _HARD_KINDS) & (findings.distance_mm < -SURE_MM)
    guids = read.guids
    hard = {frozenset((guids[a], guids[b])) for a, b in findings.pairs[deep].tolist()}
    frame = "no two pairs alike" if shift_mm else "regular"
    size = [frame, f"{len(read):,}", f"{read.candidates:,}"]
    rows = [[*size, "this search", f"{len(hard):,} of {len(hard):,}", *_seconds(seconds), f"{peak_mb:.0f}"]]
    if beside:
        both = f"{len(hard & set(crossing)):,} of {len(hard):,}"
        rows.append(["", "", "", "IfcOpenShell's tree", both, *_seconds(took), ""])
    return rows


def _seconds(seconds: dict[str, float]) -> list[str]:
    return [f"{seconds[name]:.1f}" if name in seconds else "" for name in ("geometry", "search", "judging")]


def print_frames(members: int, artifact: Path | None, *, beside: bool) -> None:
    """Print what a regular frame costs, and one in which no two pairs are alike."""
    head = ["frame", "members", "candidates", "engine", f"hard pairs > {SURE_MM:g} mm"]
    head += ["geometry, s", "search, s", "judging, s", "peak, MB"]
    rows = [row for shift_mm in (0.0, SHIFT_MM) for row in frame_rows(members, shift_mm, artifact, beside=beside)]
    print(markdown_table(head, rows))


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--models", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "ifc")
    parser.add_argument("--members", type=int, default=5_000)
    parser.add_argument("--artifact", type=Path)
    parser.add_argument("--alone", action="store_true", help="leave IfcOpenShell's tree out of the generated frame")
    arguments = parser.parse_args()
    print(f"Machine: {describe_machine()}\n")
    if (arguments.models / "reference.json").is_file():
        print_reference(arguments.models)
        print()
    if arguments.members:
        print_frames(arguments.members, arguments.artifact, beside=not arguments.alone)


if __name__ == "__main__":
    main()
