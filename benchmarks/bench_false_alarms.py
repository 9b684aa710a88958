"""Print how many clashes are told of real models and of generated buildings, by geometry alone and with the network.

``python -m benchmarks.bench_false_alarms [--models DIR] [--buildings N] [--artifact DIR]``

``--models`` is a folder of IFC files as people made them (default: ``../shared/ifc``). Nobody has said which of their
pairs are clashes; they were published as finished, so nearly all that is told of them is false. ``--buildings`` are
drawn from seeds that no dataset uses, written as IFC and checked as a service would; what each pair is follows from the
written rule, so there a false alarm and a miss are known. ``--artifact`` is the folder of a trained clash detector.
"""

import argparse
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flows.documents import markdown_table
from flows.machine import describe_machine
from flows.whole_buildings import draw_style, written
from serving.ifc.results import Read
from serving.ifc.worker import read_models, search
from serving.predictors.clash_detector import Predictor
from structural.geometry.findings import CLEARANCE, CONTAINED, DUPLICATE, HARD
from structural.problems.clash_detector.buildings import draw_building
from structural.problems.clash_detector.measures import measure
from structural.problems.clash_detector.request import CLASSES, HIGH, LOW
from structural.problems.clash_detector.truth import classify

TOLERANCE_MM = 50.0
FIRST_SEED = 900_000_000
BOUNDS = {"members": 100_000, "triangles": 50_000_000, "pairs": 5_000_000}
_TOLD_KINDS = (HARD, CONTAINED, DUPLICATE, CLEARANCE)


@dataclass(slots=True)
class Count:
    """What was told of some models: alarms, false ones, clashes missed, and of the pairs of each class how many right.

    The last three are known where a truth is.
    """

    told: int = 0
    false: int = 0
    missed: int = 0
    right: Counter[str] = field(default_factory=Counter)

    def add(self, told: NDArray[np.bool_], truth: NDArray[np.int64], classes: NDArray[np.int64]) -> None:
        """Count one model: which pairs were told as clashes, (m,), what they are, and as what they were told."""
        clash = (truth >= LOW) & (truth <= HIGH)
        self.told += int(told.sum())
        self.false += int((told & ~clash).sum())
        self.missed += int((clash & ~told).sum())
        self.right.update(np.array(CLASSES)[truth[truth == classes]].tolist())


def read_file(path: Path) -> Read:
    """Return the members of a file and its pairs within the tolerance."""
    order = {"models": [str(path)], "tolerance_mm": TOLERANCE_MM, "limits": BOUNDS, "careful": False, "skipped": []}
    model, prisms, wanted = read_models(order, lambda *_: None)
    return search(model, prisms, wanted, order, lambda *_: None)[0]


def told_by_geometry(read: Read) -> NDArray[np.bool_]:
    """Return which findings geometry alone takes for clashes: shared volume, twins, and too little clearance."""
    return np.isin(read.findings.kind, _TOLD_KINDS)


def told_by_network(read: Read, predictor: Predictor) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which findings are served as clashes, and the class of each."""
    classes = predictor.judge(read).classes
    return (classes >= LOW) & (classes <= HIGH), classes


def print_real_models(folder: Path, predictor: Predictor | None) -> None:
    """Print what is told of each file of a folder."""
    rows = []
    for path in sorted(folder.glob("*.ifc")):
        read = read_file(path)
        told, agreed = [int(told_by_geometry(read).sum())], []
        if predictor:
            clash, classes = told_by_network(read, predictor)
            told.append(int(clash.sum()))
            agreed.append(_agreement(read, classes))
        shares = [f"{1000 * count / len(read):,.0f}" for count in told]
        rows.append([path.name, str(len(read)), str(len(read.findings)), *map(str, told), *shares, *agreed])
    names = ["geometry alone", "with the network"][: 2 if predictor else 1]
    head = ["file", "members", "pairs within 50 mm", *(f"clashes, {name}" for name in names)]
    head += [f"a thousand members, {name}" for name in names]
    print(markdown_table([*head, *(["class as by the rule"] if predictor else [])], rows))


def _agreement(read: Read, classes: NDArray[np.int64]) -> str:
    """Return how many pairs have the class that the written rule gives, of those whose members are read exactly."""
    known = read.exact[read.findings.pairs].all(axis=1)
    if not known.any():
        return "no such pair"
    same = (classes == _truth(read)) & known
    return f"{int(same.sum())} of {int(known.sum())}"


def print_buildings(count: int, predictor: Predictor | None) -> None:
    """Print false alarms and misses over buildings that no dataset holds, and what writing and reading them takes."""
    members, classes_there = 0, Counter[str]()
    counts = {"geometry alone": Count()} | ({"with the network": Count()} if predictor else {})
    left_out, began = 0, time.process_time()
    for seed in range(FIRST_SEED, FIRST_SEED + count):
        rng = np.random.default_rng(seed)
        building = draw_building(rng)
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / "building.ifc"
            path.write_text(written(building, draw_style(rng)), encoding="utf-8")
            read = read_file(path)
        members, left_out = members + len(building), left_out + int((~read.exact).sum())
        truth = _truth(read)
        classes_there.update(np.array(CLASSES)[truth].tolist())
        no_class = np.full(len(truth), -1)
        counts["geometry alone"].add(told_by_geometry(read), truth, no_class)
        if predictor:
            counts["with the network"].add(*_ordered(told_by_network(read, predictor), truth))
    seconds = time.process_time() - began
    print(
        f"{count} buildings, {members:,} members ({left_out} not held exactly), "
        f"{sum(classes_there.values()):,} pairs, {seconds / count * 1000:.0f} ms of one core a building\n"
    )
    rows = []
    for name, found in counts.items():
        shares = [f"{1000 * value / members:,.0f}" for value in (found.told, found.false, found.missed)]
        right = [_share(found.right[one], classes_there[one]) if found.right else "" for one in CLASSES]
        rows.append([name, *shares, *right])
    head = ["told by", "alarms a thousand members", "false", "missed", *(f"{name} right" for name in CLASSES)]
    print(markdown_table(head, rows))


def _truth(read: Read) -> NDArray[np.int64]:
    """Return what each finding is by the written rule."""
    one, other = (read.members.take(read.findings.pairs[:, side]) for side in (0, 1))
    return classify(one, other, measure(one, other), np.full(len(one), read.tolerance_mm))


def _ordered(
    told: tuple[NDArray[np.bool_], NDArray[np.int64]], truth: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    return told[0], truth, told[1]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--models", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "ifc")
    parser.add_argument("--buildings", type=int, default=100)
    parser.add_argument("--artifact", type=Path)
    arguments = parser.parse_args()
    predictor = Predictor(arguments.artifact) if arguments.artifact else None
    print(f"Machine: {describe_machine()}\n")
    if arguments.models.is_dir():
        print_real_models(arguments.models, predictor)
        print()
    if arguments.buildings:
        print_buildings(arguments.buildings, predictor)


if __name__ == "__main__":
    main()
