"""Print what telling people of clashes costs: ``python benchmarks/bench_clash_report.py``.

A generated model of boxes with some 15,000 clashes, far more than a model that people work on: rules and groups, BCF,
the page, the picture, the image of one clash. Processor seconds of one process; no search and no network.
"""

import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from flows.clash_picture import draw_picture, png_of
from serving.clash_report.bcf import BcfOrder, write_bcf
from serving.clash_report.page import write_page
from serving.clash_report.report import build_report
from serving.clash_report.rules import read_rules
from serving.clash_report.snapshots import Photographer
from serving.clash_report.views import views_of
from structural.geometry.findings import Finding, Model
from tests.clash_scenes import clash, element

MEMBERS, PAIRS, IMAGES = 5_000, 25_000, 50
SIDES_MM = (6_000.0, 200.0, 400.0)
SITE_MM = np.array([60_000.0, 60_000.0, 18_000.0])
STOREY_MM = 3_600.0
RULES = {
    "ignore": [{"between": [{"name": "beam-1*"}, {}]}, {"same": "storey"}],
    "tolerances": [{"between": [{"kind": "pipe"}, {}], "tolerance_mm": 70}],
}


def generated(rng: np.random.Generator) -> tuple[Model, list[Finding]]:
    """Return a model of members lying about, and clashes between members drawn by lot."""
    elements = []
    for number in range(MEMBERS):
        low = rng.uniform(0, 1, 3) * SITE_MM
        high = low + rng.permutation(SIDES_MM)
        texts = {"storey": f"L{low[2] // STOREY_MM:.0f}", "profile": f"HE{number % 12}"}
        elements.append(element(number, ("beam", "column", "pipe")[number % 3], tuple(low), tuple(high), **texts))
    findings = []
    for place, (a, b) in enumerate(rng.integers(0, MEMBERS, (PAIRS, 2)).tolist()):
        if a != b:
            kind, sign = (("hard", -1.0), ("clearance", 1.0))[place % 2]
            at = tuple(rng.uniform(0, 1, 3) * SITE_MM)
            sides = tuple(rng.uniform(1, 100, 3))
            distance = sign * rng.uniform(1, 80)
            findings.append(clash(min(a, b), max(a, b), kind, distance, point_mm=at, sides=sides))
    return Model(tuple(elements), np.zeros(3)), findings


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a call gives and the processor seconds it takes."""
    began = time.process_time()
    found = work()
    return found, time.process_time() - began


def main() -> None:
    """Time each part once."""
    model, findings = generated(np.random.default_rng(1))
    now = datetime.now(UTC)
    rules = read_rules(RULES)
    report, sort_s = timed(lambda: build_report(model, ("generated",), findings, rules, model_version="none"))
    print(f"{platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}, one process")
    print(f"{MEMBERS:,} members, {len(findings):,} findings, {len(report.clashes):,} clashes", end=" ")
    print(f"in {len(report.groups):,} groups\n\n| part | s | size, MB |\n|---|---|---|")
    print(f"| rules and groups | {sort_s:.1f} | |")
    parts: dict[str, Callable[[], bytes]] = {
        "BCF without images": lambda: write_bcf(views_of(report), BcfOrder(("generated",), "benchmark", now)),
        "page": lambda: write_page(report, now).encode(),
        "picture": lambda: draw_picture(report),
    }
    for name, work in parts.items():
        content, seconds = timed(work)
        print(f"| {name} | {seconds:.1f} | {len(content) / 1e6:.1f} |", flush=True)
    photographer = Photographer(model)
    _, seconds = timed(lambda: [png_of(photographer.clash(item)) for item in report.clashes[:IMAGES]])
    print(f"| image of one clash | {seconds / IMAGES:.2f} | |")


if __name__ == "__main__":
    main()
